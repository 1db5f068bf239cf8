/* The other entries of the base provider, and WSAJoinLeaf (clauses/spientries.md). */
#include "provider.h"
#include "messages.h"

static WSPPROC_TABLE base;
static char bytes[64];
static DWORD got, flags;

static int take(SOCKET s, ULONG room) {
    WSABUF part = {room, bytes};
    got = POISON;
    flags = 0;
    return base.lpWSPRecv(s, &part, 1, &got, &flags, NULL, NULL, NULL, &told);
}

static int post(SOCKET s, struct posted *r) {
    return base.lpWSPRecv(s, &r->part, 1, &r->got, &r->flags, &r->over, NULL, NULL, &told);
}

/* ---- WSPGetOverlappedResult ---- */

static BOOL result_of(SOCKET s, struct posted *r, BOOL wait) {
    got = flags = POISON;
    return base.lpWSPGetOverlappedResult(s, &r->over, &got, wait, &flags, &told);
}

CASE("wspgetoverlappedresult/pending/no-wait") {
    struct pair pair = tcp_pair();
    struct posted r;
    base = start_base();
    lay_out_event(&r, 8);
    expect_told(post(pair.local, &r), SOCKET_ERROR, WSA_IO_PENDING);
    expect_told(result_of(pair.local, &r, FALSE), FALSE, WSA_IO_INCOMPLETE);
    expect_eq(got, POISON);
}

struct waiting {
    SOCKET s;
    struct posted *r;
};

static long long act_result(void *argument) {
    struct waiting *it = (struct waiting *)argument;
    return result_of(it->s, it->r, TRUE);
}

static void expect_waits(HANDLE event) {
    struct pair pair = tcp_pair();
    struct posted r;
    struct waiting it = {pair.local, &r};
    struct call call;
    base = start_base();
    lay_out(&r, 8, event);
    expect_told(post(pair.local, &r), SOCKET_ERROR, WSA_IO_PENDING);
    begin(&call, act_result, &it);
    expect(still_blocked(&call, 20));
    give(pair.peer, "abcd");
    finish(&call);
    expect_eq(call.result, TRUE);
    expect_eq(got, 4);
}

CASE("wspgetoverlappedresult/pending/waits-for-event") { expect_waits(manual_event()); }

CASE("wspgetoverlappedresult/pending/waits-without-event") { expect_waits(NULL); }

CASE("wspgetoverlappedresult/success/count-and-flags") {
    struct pair pair = tcp_pair();
    struct posted r;
    base = start_base();
    lay_out_event(&r, 8);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(post(pair.local, &r), 0);
    expect_told(result_of(pair.local, &r, FALSE), TRUE, POISON);
    expect_eq(got, 4);
    expect_eq(flags, 0);
}

CASE("wspgetoverlappedresult/failure/count") {
    struct pair pair = udp_pair();
    struct posted r;
    base = start_base();
    lay_out_event(&r, 4);
    expect_told(post(pair.local, &r), SOCKET_ERROR, WSA_IO_PENDING);
    give(pair.peer, "abcdef");
    expect(signalled(r.over.hEvent, PATIENCE));
    expect_told(result_of(pair.local, &r, FALSE), FALSE, WSAEMSGSIZE);
    expect_eq(got, 4);
}

CASE("wspgetoverlappedresult/error/WSAEFAULT") {
    SOCKET s = tcp();
    WSAOVERLAPPED over;
    base = start_base();
    memset(&over, 0, sizeof over);
    expect_told(base.lpWSPGetOverlappedResult(s, NULL, &got, FALSE, &flags, &told), FALSE, WSAEFAULT);
    expect_told(base.lpWSPGetOverlappedResult(s, &over, NULL, FALSE, &flags, &told), FALSE, WSAEFAULT);
}

CASE("wspgetoverlappedresult/error/no-flags") {
    SOCKET s = tcp();
    WSAOVERLAPPED over;
    base = start_base();
    memset(&over, 0, sizeof over);
    over.InternalHigh = 7;
    expect_eq(base.lpWSPGetOverlappedResult(s, &over, &got, FALSE, NULL, &told), TRUE);
    expect_eq(got, 7);
}

/* ---- WSPCloseSocket ---- */

static long long act_post(void *argument) {
    struct waiting *it = (struct waiting *)argument;
    long long result = post(it->s, it->r);
    Sleep(INFINITE);
    return result;
}

CASE("wspclosesocket/pending/all-of-the-process") {
    struct pair pair = tcp_pair();
    struct posted mine, others;
    struct waiting it = {pair.local, &others};
    struct call call;
    base = start_base();
    lay_out_event(&mine, 8);
    lay_out_event(&others, 8);
    others.over.Internal = 0;
    expect_told(post(pair.local, &mine), SOCKET_ERROR, WSA_IO_PENDING);
    begin(&call, act_post, &it);
    expect_eq((DWORD)others.over.Internal, PENDING);
    expect_eq(base.lpWSPCloseSocket(pair.local, &told), 0);
    expect(signalled(mine.over.hEvent, PATIENCE));
    expect(signalled(others.over.hEvent, PATIENCE));
    expect_eq((DWORD)mine.over.Internal, ABORTED);
    expect_eq((DWORD)others.over.Internal, ABORTED);
}

CASE("wspclosesocket/error/WSAENOTSOCK") {
    base = start_base();
    expect_told(base.lpWSPCloseSocket(INVALID_SOCKET, &told), SOCKET_ERROR, WSAENOTSOCK);
}

/* ---- WSPSocket ---- */

static SOCKET make(int type, int protocol) {
    SOCKET s = base.lpWSPSocket(AF_INET, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED, &told);
    require(s != INVALID_SOCKET);
    return s;
}

CASE("wspsocket/returns/a-socket") {
    struct sockaddr_in where = loopback(0);
    SOCKET s;
    base = start_base();
    s = make(SOCK_STREAM, IPPROTO_TCP);
    expect_eq(bind(s, (struct sockaddr *)&where, sizeof where), 0);
    expect_eq(listen(s, 1), 0);
    expect_eq(closesocket(s), 0);
}

CASE("wspsocket/returns/by-record") {
    WSAPROTOCOL_INFOW record = base_record(IPPROTO_UDP);
    int type = 0, length = sizeof type;
    SOCKET s;
    base = start_base();
    s = base.lpWSPSocket(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &record, 0,
                         WSA_FLAG_OVERLAPPED, &told);
    expect(s != INVALID_SOCKET);
    expect_eq(base.lpWSPGetSockOpt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &length, &told), 0);
    expect_eq(type, SOCK_DGRAM);
}

CASE("wspsocket/error/to-lperrno") {
    base = start_base();
    expect_told(base.lpWSPSocket(AF_INET, 77, 0, NULL, 0, 0, &told), INVALID_SOCKET, WSAESOCKTNOSUPPORT);
    expect_told(base.lpWSPSocket(AF_INET, SOCK_STREAM, IPPROTO_UDP, NULL, 0, 0, &told), INVALID_SOCKET,
                WSAEPROTONOSUPPORT);
}

/* ---- Connections ---- */

static SOCKET listening(struct sockaddr_in *where) {
    SOCKET s = make(SOCK_STREAM, IPPROTO_TCP);
    int length = sizeof *where;
    *where = loopback(0);
    require(base.lpWSPBind(s, (struct sockaddr *)where, sizeof *where, &told) == 0);
    require(base.lpWSPListen(s, 5, &told) == 0);
    require(base.lpWSPGetSockName(s, (struct sockaddr *)where, &length, &told) == 0);
    return s;
}

static int reach(SOCKET s, struct sockaddr_in *where) {
    return base.lpWSPConnect(s, (struct sockaddr *)where, sizeof *where, NULL, NULL, NULL, NULL, &told);
}

CASE("wspaccept/life/tcp") {
    struct sockaddr_in where, client, peer;
    int length = sizeof client;
    WSABUF part = {4, (char *)"abcd"};
    SOCKET waits, local, accepted;
    base = start_base();
    waits = listening(&where);
    local = make(SOCK_STREAM, IPPROTO_TCP);
    expect_eq(reach(local, &where), 0);
    accepted = base.lpWSPAccept(waits, (struct sockaddr *)&peer, &length, NULL, 0, &told);
    expect(accepted != INVALID_SOCKET);
    expect_eq(base.lpWSPGetSockName(local, (struct sockaddr *)&client, &length, &told), 0);
    expect_eq(client.sin_port, peer.sin_port);
    expect_eq(base.lpWSPGetPeerName(accepted, (struct sockaddr *)&peer, &length, &told), 0);
    expect_eq(client.sin_port, peer.sin_port);
    expect_eq(base.lpWSPSend(local, &part, 1, &got, 0, NULL, NULL, NULL, &told), 0);
    expect_eq(got, 4);
    expect_eq(take(accepted, 8), 0);
    expect_bytes(bytes, "abcd");
    expect_eq(base.lpWSPShutdown(local, SD_SEND, &told), 0);
    expect_eq(take(accepted, 8), 0);
    expect_eq(got, 0);
    expect_eq(base.lpWSPCloseSocket(accepted, &told), 0);
    expect_eq(base.lpWSPCloseSocket(local, &told), 0);
    expect_eq(base.lpWSPCloseSocket(waits, &told), 0);
}

static int CALLBACK rejects(LPWSABUF caller, LPWSABUF caller_data, LPQOS qos, LPQOS group_qos,
                            LPWSABUF callee, LPWSABUF callee_data, GROUP *group, DWORD_PTR data) {
    (void)caller, (void)caller_data, (void)qos, (void)group_qos, (void)callee, (void)callee_data, (void)group;
    return data == 77 ? CF_REJECT : CF_ACCEPT;
}

CASE("wspaccept/condition/rejects") {
    struct sockaddr_in where;
    SOCKET waits, local;
    base = start_base();
    waits = listening(&where);
    local = make(SOCK_STREAM, IPPROTO_TCP);
    nonblocking(local);
    expect_told(reach(local, &where), SOCKET_ERROR, WSAEWOULDBLOCK);
    await_readable(waits);
    expect_told(base.lpWSPAccept(waits, NULL, NULL, rejects, 77, &told), INVALID_SOCKET, WSAECONNREFUSED);
}

/* ---- Datagrams ---- */

CASE("wspsendto/life/udp") {
    struct sockaddr_in where, from;
    int length = sizeof from;
    SOCKET s = udp_at(&where), sender;
    WSABUF part = {4, (char *)"abcd"}, into = {sizeof bytes, bytes};
    base = start_base();
    sender = make(SOCK_DGRAM, IPPROTO_UDP);
    expect_eq(base.lpWSPSendTo(sender, &part, 1, &got, 0, (struct sockaddr *)&where, sizeof where, NULL, NULL,
                               NULL, &told),
              0);
    expect_eq(got, 4);
    flags = 0;
    expect_eq(base.lpWSPRecvFrom(s, &into, 1, &got, &flags, (struct sockaddr *)&from, &length, NULL, NULL,
                                 NULL, &told),
              0);
    expect_eq(got, 4);
    length = sizeof where;
    expect_eq(base.lpWSPGetSockName(sender, (struct sockaddr *)&where, &length, &told), 0);
    expect_eq(from.sin_port, where.sin_port);
}

static volatile LONG calls;
static DWORD with_count;

static void CALLBACK routine(DWORD error, DWORD count, LPWSAOVERLAPPED over, DWORD its_flags) {
    (void)error, (void)over, (void)its_flags;
    with_count = count;
    calls++;
}

CASE("wspsendto/overlapped/routine") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where), sender;
    WSABUF part = {4, (char *)"abcd"};
    WSATHREADID self = this_thread();
    WSAOVERLAPPED over;
    base = start_base();
    memset(&over, 0, sizeof over);
    sender = make(SOCK_DGRAM, IPPROTO_UDP);
    expect_eq(base.lpWSPSendTo(sender, &part, 1, &got, 0, (struct sockaddr *)&where, sizeof where, &over,
                               routine, &self, &told),
              0);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(calls, 1);
    expect_eq(with_count, 4);
    expect(readable(s, PATIENCE));
}

CASE("wsprecvfrom/error/to-lperrno") {
    SOCKET s = udp();
    WSABUF into = {sizeof bytes, bytes};
    base = start_base();
    flags = 0;
    expect_told(base.lpWSPRecvFrom(s, &into, 1, &got, &flags, NULL, NULL, NULL, NULL, NULL, &told),
                SOCKET_ERROR, WSAEINVAL);
}

CASE("wspsend/error/to-lperrno") {
    SOCKET s = tcp();
    WSABUF part = {4, (char *)"abcd"};
    base = start_base();
    expect_told(base.lpWSPSend(s, &part, 1, &got, 0, NULL, NULL, NULL, &told), SOCKET_ERROR, WSAENOTCONN);
}

/* ---- Readiness ---- */

CASE("wspselect/returns/count") {
    struct pair ready = tcp_pair(), idle = tcp_pair();
    struct timeval patience = {5, 0};
    fd_set set;
    base = start_base();
    give(ready.peer, "abcd");
    FD_ZERO(&set);
    FD_SET(ready.local, &set);
    FD_SET(idle.local, &set);
    expect_eq(base.lpWSPSelect(0, &set, NULL, NULL, &patience, &told), 1);
    expect(FD_ISSET(ready.local, &set));
    expect(!FD_ISSET(idle.local, &set));
}

CASE("wspselect/error/WSAEINVAL") {
    struct timeval none = {0, 0};
    base = start_base();
    expect_told(base.lpWSPSelect(0, NULL, NULL, NULL, &none, &told), SOCKET_ERROR, WSAEINVAL);
}

CASE("wspeventselect/records/read") {
    struct pair pair = tcp_pair();
    HANDLE event = manual_event();
    WSANETWORKEVENTS events;
    base = start_base();
    expect_eq(base.lpWSPEventSelect(pair.local, event, FD_READ, &told), 0);
    give(pair.peer, "abcd");
    expect(signalled(event, PATIENCE));
    expect_eq(base.lpWSPEnumNetworkEvents(pair.local, event, &events, &told), 0);
    expect_eq(events.lNetworkEvents, FD_READ);
    expect(!signalled(event, 0));
}

CASE("wspasyncselect/message/read") {
    struct pair pair = tcp_pair();
    HWND window = message_window();
    long long until = now_ms() + PATIENCE;
    MSG message;
    BOOL found = FALSE;
    base = start_base();
    expect_eq(base.lpWSPAsyncSelect(pair.local, window, WM_SOCKET, FD_READ, &told), 0);
    give(pair.peer, "abcd");
    while (!found && now_ms() < until)
        found = PeekMessageA(&message, window, WM_SOCKET, WM_SOCKET, PM_REMOVE);
    require(found);
    expect_eq(message.wParam, pair.local);
    expect_eq(WSAGETSELECTEVENT(message.lParam), FD_READ);
}

/* ---- WSPIoctl, options ---- */

static int control(SOCKET s, DWORD code, void *in, DWORD in_length, void *out, DWORD out_length) {
    return base.lpWSPIoctl(s, code, in, in_length, out, out_length, &got, NULL, NULL, NULL, &told);
}

CASE("wspioctl/fionread/count") {
    struct pair pair = tcp_pair();
    u_long count = POISON;
    base = start_base();
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(control(pair.local, (DWORD)FIONREAD, NULL, 0, &count, sizeof count), 0);
    expect_eq((DWORD)count, 4);
}

CASE("wspioctl/extension/pointer") {
    struct pair pair = tcp_pair();
    GUID name = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG receive = NULL;
    struct sockaddr_in where;
    SOCKET s = udp_at(&where);
    WSABUF part = {sizeof bytes, bytes};
    WSAMSG message;
    base = start_base();
    expect_eq(
        control(pair.local, SIO_GET_EXTENSION_FUNCTION_POINTER, &name, sizeof name, &receive, sizeof receive),
        0);
    require(receive != NULL);
    require(sendto(udp(), "abcd", 4, 0, (struct sockaddr *)&where, sizeof where) == 4);
    memset(&message, 0, sizeof message);
    message.lpBuffers = &part;
    message.dwBufferCount = 1;
    expect_eq(receive(s, &message, &got, NULL, NULL), 0);
    expect_eq(got, 4);
}

CASE("wspioctl/error/WSAEOPNOTSUPP") {
    SOCKET s = tcp();
    base = start_base();
    expect_told(control(s, _WSAIOR(IOC_VENDOR, 4242), NULL, 0, bytes, sizeof bytes), SOCKET_ERROR,
                WSAEOPNOTSUPP);
}

CASE("wspgetsockopt/value/type") {
    BOOL on = TRUE, value = FALSE;
    int length = sizeof value;
    SOCKET s = tcp();
    base = start_base();
    expect_eq(base.lpWSPSetSockOpt(s, SOL_SOCKET, SO_KEEPALIVE, (char *)&on, sizeof on, &told), 0);
    expect_eq(base.lpWSPGetSockOpt(s, SOL_SOCKET, SO_KEEPALIVE, (char *)&value, &length, &told), 0);
    expect(value != FALSE);
    expect_told(base.lpWSPGetSockOpt(s, SOL_SOCKET, 0x7777, (char *)&value, &length, &told), SOCKET_ERROR,
                WSAENOPROTOOPT);
}

CASE("wspgetsockopt/value/record") {
    WSAPROTOCOL_INFOW record, expected = base_record(IPPROTO_UDP);
    int length = sizeof record;
    SOCKET s = udp();
    base = start_base();
    poison(&record, sizeof record);
    expect_eq(base.lpWSPGetSockOpt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&record, &length, &told), 0);
    expect_eq(record.iSocketType, SOCK_DGRAM);
    expect_eq(record.dwCatalogEntryId, expected.dwCatalogEntryId);
    expect_eq(wcscmp(record.szProtocol, expected.szProtocol), 0);
}

/* ---- Addresses, duplicates, qualities of service ---- */

CASE("wspaddresstostring/text/both-ways") {
    struct sockaddr_in where = loopback(htons(27015)), read;
    WCHAR text[64];
    DWORD room = 64;
    INT length = sizeof read;
    base = start_base();
    expect_eq(base.lpWSPAddressToString((LPSOCKADDR)&where, sizeof where, NULL, text, &room, &told), 0);
    expect_eq(wcscmp(text, L"127.0.0.1:27015"), 0);
    expect_eq(base.lpWSPStringToAddress(text, AF_INET, NULL, (LPSOCKADDR)&read, &length, &told), 0);
    expect_eq(read.sin_port, where.sin_port);
    expect_eq(read.sin_addr.s_addr, where.sin_addr.s_addr);
}

CASE("wspstringtoaddress/error/WSAEINVAL") {
    struct sockaddr_in read;
    WCHAR text[] = L"nobody";
    INT length = sizeof read;
    base = start_base();
    expect_told(base.lpWSPStringToAddress(text, AF_INET, NULL, (LPSOCKADDR)&read, &length, &told),
                SOCKET_ERROR, WSAEINVAL);
}

CASE("wspduplicatesocket/record/within-the-process") {
    struct pair pair = tcp_pair();
    WSAPROTOCOL_INFOW record;
    SOCKET twin;
    base = start_base();
    expect_eq(base.lpWSPDuplicateSocket(pair.local, GetCurrentProcessId(), &record, &told), 0);
    twin = base.lpWSPSocket(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &record, 0, 0, &told);
    require(twin != INVALID_SOCKET);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(take(twin, 8), 0);
    expect_bytes(bytes, "abcd");
}

CASE("wspgetqosbyname/error/WSAEOPNOTSUPP") {
    SOCKET s = tcp();
    WSABUF name = {4, (char *)"none"};
    QOS qos;
    base = start_base();
    expect_told(base.lpWSPGetQOSByName(s, &name, &qos, &told), FALSE, WSAEOPNOTSUPP);
}

/* ---- Ends ---- */

CASE("wspsenddisconnect/end/peer-sees-it") {
    struct pair pair = tcp_pair();
    base = start_base();
    expect_eq(base.lpWSPSendDisconnect(pair.local, NULL, &told), 0);
    expect_eq(take(pair.peer, 8), 0);
    expect_eq(got, 0);
}

CASE("wsprecvdisconnect/end/no-more") {
    struct pair pair = tcp_pair();
    base = start_base();
    expect_eq(base.lpWSPRecvDisconnect(pair.local, NULL, &told), 0);
    expect_told(take(pair.local, 8), SOCKET_ERROR, WSAESHUTDOWN);
}

CASE("wspcancelblockingcall/error/not-blocking") {
    base = start_base();
    told = 0;
    expect_eq(base.lpWSPCancelBlockingCall(&told), SOCKET_ERROR);
    expect_eq(WSAGetLastError(), (int)POISON);
    expect(told == WSAEINVAL || told == WSAEOPNOTSUPP);
}

/* ---- WSAJoinLeaf ---- */

static struct sockaddr_in group(void) {
    struct sockaddr_in name = loopback(0);
    name.sin_addr.s_addr = htonl(0xefff0102); /* 239.255.1.2 */
    return name;
}

static SOCKET join(SOCKET s, const void *name, int length, DWORD how) {
    return WSAJoinLeaf(s, (const struct sockaddr *)name, length, NULL, NULL, NULL, NULL, how);
}

/* A UDP socket that may join on loopback, where there may be no other way. */
static SOCKET leaf(void) {
    struct in_addr interface_address;
    SOCKET s = udp_at(NULL);
    interface_address.s_addr = htonl(INADDR_LOOPBACK);
    require(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&interface_address,
                       sizeof interface_address) == 0);
    return s;
}

CASE("wspjoinleaf/error/to-lperrno") {
    struct sockaddr_in name = group();
    SOCKET s = tcp();
    base = start_base();
    expect_told(
        base.lpWSPJoinLeaf(s, (struct sockaddr *)&name, sizeof name, NULL, NULL, NULL, NULL, JL_BOTH, &told),
        INVALID_SOCKET, WSAEOPNOTSUPP);
}

CASE("wsajoinleaf/returns/same-socket") {
    struct sockaddr_in name = group();
    SOCKET s = leaf();
    struct ip_mreq membership;
    expect_clears(join(s, &name, sizeof name, JL_BOTH), s);
    /* Who is a member can leave. */
    membership.imr_multiaddr = name.sin_addr;
    membership.imr_interface.s_addr = htonl(INADDR_ANY);
    expect_eq(setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&membership, sizeof membership), 0);
}

CASE("wsajoinleaf/returns/sender-only") {
    struct sockaddr_in name = group();
    SOCKET s = leaf();
    struct ip_mreq membership;
    expect_clears(join(s, &name, sizeof name, JL_SENDER_ONLY), s);
    membership.imr_multiaddr = name.sin_addr;
    membership.imr_interface.s_addr = htonl(INADDR_ANY);
    expect_error(setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&membership, sizeof membership),
                 WSAEADDRNOTAVAIL);
}

CASE("wsajoinleaf/error/WSAENOTSOCK") {
    struct sockaddr_in name = group();
    expect_error(join(INVALID_SOCKET, &name, sizeof name, JL_BOTH), WSAENOTSOCK);
}

CASE("wsajoinleaf/error/WSAEFAULT") {
    struct sockaddr_in name = group();
    SOCKET s = leaf();
    expect_error(join(s, UNMAPPED(struct sockaddr), sizeof name, JL_BOTH), WSAEFAULT);
    expect_error(join(s, &name, 4, JL_BOTH), WSAEFAULT);
}

CASE("wsajoinleaf/error/WSAEINVAL") {
    struct sockaddr_in name = group();
    SOCKET s = leaf();
    expect_error(join(s, &name, sizeof name, 0), WSAEINVAL);
    expect_error(join(s, &name, sizeof name, 8), WSAEINVAL);
}

CASE("wsajoinleaf/error/WSAEOPNOTSUPP") {
    struct sockaddr_in name = group();
    expect_error(join(tcp(), &name, sizeof name, JL_BOTH), WSAEOPNOTSUPP);
}

CASE("wsajoinleaf/error/WSAEAFNOSUPPORT") {
    struct sockaddr_in6 name;
    SOCKET s = leaf();
    memset(&name, 0, sizeof name);
    name.sin6_family = AF_INET6;
    name.sin6_addr.s6_addr[0] = 0xff;
    name.sin6_addr.s6_addr[15] = 2;
    expect_error(join(s, &name, sizeof name, JL_BOTH), WSAEAFNOSUPPORT);
}

CASE("wsajoinleaf/error/WSAEADDRNOTAVAIL") {
    struct sockaddr_in name = loopback(0);
    expect_error(join(leaf(), &name, sizeof name, JL_BOTH), WSAEADDRNOTAVAIL);
}
