/* ioctlsocket and WSAIoctl (clauses/ioctl.md). */
#include "harness.h"

#ifndef SIO_KEEPALIVE_VALS
#define SIO_KEEPALIVE_VALS _WSAIOW(IOC_VENDOR, 4)
struct tcp_keepalive {
    u_long onoff, keepalivetime, keepaliveinterval;
};
#endif
#ifndef SIO_GET_INTERFACE_LIST
#define SIO_GET_INTERFACE_LIST 0x4004747f
#endif
#ifndef SIO_BASE_HANDLE
#define SIO_BASE_HANDLE _WSAIOR(IOC_WS2, 34)
#endif

CASE("ioctlsocket/error/WSAEFAULT") {
    SOCKET s = tcp_pair().local;
    expect_error(ioctlsocket(s, (long)FIONBIO, UNMAPPED(u_long)), WSAEFAULT);
    expect_error(ioctlsocket(s, FIONREAD, UNMAPPED(u_long)), WSAEFAULT);
    expect_error(ioctlsocket(s, SIOCATMARK, UNMAPPED(u_long)), WSAEFAULT);
}

CASE("ioctlsocket/error/WSAENOTSOCK") {
    u_long value = POISON;
    SOCKET s = tcp();
    require(closesocket(s) == 0);
    expect_error(ioctlsocket(s, FIONREAD, &value), WSAENOTSOCK);
    expect_error(ioctlsocket(0, FIONREAD, &value), WSAENOTSOCK);
    expect_error(ioctlsocket(INVALID_SOCKET, FIONREAD, &value), WSAENOTSOCK);
    expect_eq(value, POISON);
}

CASE("ioctlsocket/fionread/zero") {
    struct sockaddr_in any = loopback(0);
    SOCKET bound = tcp();
    require(bind(bound, (struct sockaddr *)&any, sizeof any) == 0);
    expect_eq(queued(tcp()), 0);
    expect_eq(queued(bound), 0);
    expect_eq(queued(listener(NULL)), 0);
    expect_eq(queued(tcp_pair().local), 0);
}

CASE("ioctlsocket/fionread/count") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "abcde");
    await_queued(pair.local, 5);
    expect_eq(queued(pair.local), 5);
    expect_eq(recv(pair.local, buffer, 3, 0), 3);
    expect_eq(queued(pair.local), 2);
}

CASE("ioctlsocket/fionread/udp-total") {
    struct pair pair = udp_pair();
    give_to(pair.peer, pair.local, "abc");
    give(pair.peer, "defgh");
    expect_eq(queued(pair.local), 8);
}

static u_long at_mark(SOCKET s) {
    u_long mark = POISON;
    require(ioctlsocket(s, SIOCATMARK, &mark) == 0);
    return mark;
}

CASE("ioctlsocket/siocatmark/idle") {
    struct pair pair = tcp_pair();
    expect_eq(at_mark(tcp()), 1);
    expect_eq(at_mark(listener(NULL)), 1);
    expect_eq(at_mark(pair.local), 1);
    give_to(pair.peer, pair.local, "abcde");
    expect_eq(at_mark(pair.local), 1);
}

CASE("ioctlsocket/fionbio/both-ways") {
    struct pair pair = tcp_pair();
    struct call call;
    u_long off = 0;
    char byte;
    nonblocking(pair.local);
    expect_error(recv(pair.local, &byte, 1, 0), WSAEWOULDBLOCK);
    expect_clears(ioctlsocket(pair.local, (long)FIONBIO, &off), 0);
    begin(&call, act_recv, &pair.local);
    give(pair.peer, "x");
    expect_finish(&call, 1, 0);
}

CASE("ioctlsocket/error/WSAEOPNOTSUPP") {
    u_long value = 0;
    expect_error(ioctlsocket(tcp(), 0x12345678, &value), WSAEOPNOTSUPP);
}

CASE("wsaioctl/error/WSAEFAULT-short-output") {
    SOCKET s = tcp_pair().local;
    u_long value;
    DWORD size = POISON;
    expect_error(WSAIoctl(s, FIONREAD, NULL, 0, &value, 3, &size, NULL, NULL), WSAEFAULT);
    expect_error(WSAIoctl(s, SIOCATMARK, NULL, 0, &value, 3, &size, NULL, NULL), WSAEFAULT);
    expect_eq(size, POISON);
}

CASE("wsaioctl/returns/fionread") {
    struct pair pair = tcp_pair();
    u_long value = POISON;
    DWORD size = POISON;
    give_to(pair.peer, pair.local, "abcde");
    expect_clears(WSAIoctl(pair.local, FIONREAD, NULL, 0, &value, sizeof value, &size, NULL, NULL), 0);
    expect_eq(value, 5);
    expect_eq(size, 4);
    expect_clears(WSAIoctl(pair.local, SIOCATMARK, NULL, 0, &value, sizeof value, &size, NULL, NULL), 0);
    expect_eq(value, 1);
    expect_eq(size, 4);
}

CASE("wsaioctl/fionbio/short-input") {
    u_long on = 1;
    DWORD size = POISON;
    expect_error(WSAIoctl(tcp(), FIONBIO, &on, 3, NULL, 0, &size, NULL, NULL), WSAEFAULT);
}

CASE("wsaioctl/fionbio/output") {
    SOCKET s = tcp_pair().local;
    u_long on[2] = {1, 0};
    DWORD size = POISON;
    char byte;
    expect_clears(WSAIoctl(s, FIONBIO, on, 4, UNMAPPED(char), 4, &size, NULL, NULL), 0);
    expect_eq(size, 0);
    expect_clears(WSAIoctl(s, FIONBIO, on, 8, NULL, 0, &size, NULL, NULL), 0);
    expect_error(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
}

CASE("wsaioctl/error/WSAEFAULT-no-count") {
    u_long value = 1;
    expect_error(WSAIoctl(tcp(), FIONREAD, NULL, 0, &value, sizeof value, NULL, NULL, NULL), WSAEFAULT);
    expect_error(WSAIoctl(tcp(), FIONBIO, &value, sizeof value, NULL, 0, NULL, NULL, NULL), WSAEFAULT);
    expect_error(WSAIoctl(tcp(), 0xdeadbeef, NULL, 0, NULL, 0, NULL, NULL, NULL), WSAEFAULT);
}

CASE("wsaioctl/extension/pointer") {
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    DWORD size = POISON;
    expect_clears(WSAIoctl(udp(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                           sizeof function, &size, NULL, NULL),
                  0);
    expect(function != NULL);
    expect_eq(size, sizeof(void *));
}

CASE("wsaioctl/extension/unknown") {
    GUID id = {0xdeadbeef, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    ULONG_PTR function = POISON;
    DWORD size = POISON;
    expect_error(WSAIoctl(udp(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                          sizeof function, &size, NULL, NULL),
                 WSAEINVAL);
    expect_eq(size, POISON);
    expect_eq(function, POISON);
}

CASE("wsaioctl/keepalive/no-input") {
    struct tcp_keepalive values = {1, 1000, 1000};
    SOCKET s = tcp();
    DWORD size = POISON;
    expect_error(WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, 0, NULL, 0, &size, NULL, NULL), WSAEFAULT);
    expect_eq(size, 0);
    size = POISON;
    expect_error(WSAIoctl(s, SIO_KEEPALIVE_VALS, NULL, sizeof values, NULL, 0, &size, NULL, NULL), WSAEFAULT);
    expect_eq(size, 0);
}

CASE("wsaioctl/keepalive/set") {
    struct tcp_keepalive values = {1, 10000, 1000};
    DWORD size = POISON;
    expect_clears(WSAIoctl(tcp(), SIO_KEEPALIVE_VALS, &values, sizeof values, NULL, 0, &size, NULL, NULL), 0);
    expect_eq(size, 0);
}

CASE("wsaioctl/error/WSAEOPNOTSUPP") {
    static const DWORD codes[] = {0xdeadbeef, 0x667e, 0x8004667d};
    SOCKET s = tcp_pair().local;
    int i;
    for (i = 0; i < 3; i++) {
        u_long in = 0, out = 0;
        DWORD size = POISON;
        expect_error(WSAIoctl(s, codes[i], &in, sizeof in, &out, sizeof out, &size, NULL, NULL),
                     WSAEOPNOTSUPP);
        expect_eq(size, 0);
    }
}

CASE("wsaioctl/error/WSAENOTSOCK") {
    u_long value = 0;
    DWORD size;
    expect_error(WSAIoctl(INVALID_SOCKET, FIONREAD, NULL, 0, &value, sizeof value, &size, NULL, NULL),
                 WSAENOTSOCK);
}

/* ---- With an OVERLAPPED ---- */

#define KEY 5

/* One ioctl, of a socket with a port. */
struct question {
    HANDLE port;
    SOCKET s;
    struct request request;
    DWORD size;
    char output[8192];
};

static void prepare(struct question *asked, SOCKET s) {
    poison(asked, sizeof *asked);
    asked->s = s;
    asked->port = new_port();
    associate(asked->port, s, KEY);
    request_init(&asked->request, NULL);
}

static int control(struct question *asked, DWORD code, void *input, DWORD length, DWORD room) {
    return WSAIoctl(asked->s, code, input, length, asked->output, room, &asked->size,
                    &asked->request.overlapped, NULL);
}

/* The call has failed itself: Internal is this, and nobody is told. */
static void expect_not_told(struct question *asked, DWORD internal) {
    expect_eq((DWORD)asked->request.overlapped.Internal, internal);
    expect_eq((DWORD)asked->request.overlapped.InternalHigh, POISON);
    expect_untouched(asked->output, sizeof asked->output);
    expect_no_packet(asked->port);
}

static struct question asked;
static int told_times;
static DWORD told_error, told_count;

static void CALLBACK tell(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags) {
    (void)flags;
    expect(overlapped == &asked.request.overlapped);
    told_times++;
    told_error = error;
    told_count = count;
}

/* The call pends, and its routine is told this error. */
static void expect_routine(DWORD code, DWORD room, DWORD error) {
    poison(&asked, sizeof asked);
    request_init(&asked.request, NULL);
    expect_error(
        WSAIoctl(udp(), code, NULL, 0, asked.output, room, &asked.size, &asked.request.overlapped, tell),
        WSA_IO_PENDING);
    expect_eq(asked.size, POISON);
    expect_eq(told_times, 0);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(told_times, 1);
    expect_eq(told_error, error);
    expect_eq(told_count, 0);
    expect_untouched(asked.output, sizeof asked.output);
}

CASE("wsaioctl/extension/unknown-overlapped") {
    GUID id = {0xdeadbeef, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    prepare(&asked, tcp());
    expect_error(control(&asked, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, sizeof(void *)),
                 WSAEINVAL);
    expect_eq(asked.size, POISON);
    expect_not_told(&asked, POISON);
}

CASE("wsaioctl/keepalive/overlapped") {
    struct tcp_keepalive values = {1, 10000, 1000};
    prepare(&asked, tcp());
    expect_clears(control(&asked, SIO_KEEPALIVE_VALS, &values, sizeof values, 0), 0);
    expect_eq(asked.size, POISON);
    expect_ended(&asked.request, ENDED_WELL, 0);
    expect_packet(asked.port, KEY, &asked.request.overlapped, 0, NO_ERROR);
}

CASE("wsaioctl/keepalive/short-overlapped") {
    struct tcp_keepalive values = {1, 10000, 1000};
    prepare(&asked, tcp());
    expect_error(control(&asked, SIO_KEEPALIVE_VALS, &values, sizeof values - 1, 0), WSAEFAULT);
    expect_eq(asked.size, POISON);
    expect_not_told(&asked, NOT_ENDED);
}

CASE("wsaioctl/address-list/overlapped") {
    prepare(&asked, tcp());
    expect_clears(control(&asked, SIO_ADDRESS_LIST_QUERY, NULL, 0, sizeof asked.output), 0);
    expect_between(asked.size, sizeof(SOCKET_ADDRESS_LIST), sizeof asked.output);
    expect(((SOCKET_ADDRESS_LIST *)asked.output)->iAddressCount >= 1);
    expect_ended(&asked.request, ENDED_WELL, 0);
    expect_packet(asked.port, KEY, &asked.request.overlapped, 0, NO_ERROR);
}

CASE("wsaioctl/address-list/short-overlapped") {
    prepare(&asked, tcp());
    expect_error(control(&asked, SIO_ADDRESS_LIST_QUERY, NULL, 0, 1), WSAEFAULT);
    expect_not_told(&asked, POISON);
}

CASE("wsaioctl/base-handle/itself") {
    SOCKET s = tcp(), base = POISON;
    DWORD size = POISON;
    expect_clears(WSAIoctl(s, SIO_BASE_HANDLE, NULL, 0, &base, sizeof base, &size, NULL, NULL), 0);
    expect_eq(base, s);
    expect_eq(size, sizeof base);
}

CASE("wsaioctl/base-handle/packet") {
    prepare(&asked, tcp());
    expect_error(control(&asked, SIO_BASE_HANDLE, NULL, 0, sizeof(SOCKET)), WSA_IO_PENDING);
    expect_packet(asked.port, KEY, &asked.request.overlapped, 0, ERROR_NOT_SUPPORTED);
    expect_ended(&asked.request, UNSUPPORTED, 0);
    expect_eq(asked.size, POISON);
    expect_untouched(asked.output, sizeof asked.output);
}

CASE("wsaioctl/base-handle/routine") { expect_routine(SIO_BASE_HANDLE, sizeof(SOCKET), WSAEOPNOTSUPP); }

CASE("wsaioctl/interface-list/short") {
    SOCKET s = udp();
    char info;
    DWORD size = POISON;
    expect_error(WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, &info, 1, &size, NULL, NULL), WSAEFAULT);
    expect_eq(size, 0);
}

CASE("wsaioctl/interface-list/packet") {
    SOCKET s = udp();
    DWORD size = POISON;
    static char list[sizeof asked.output];
    prepare(&asked, s);
    expect_error(control(&asked, SIO_GET_INTERFACE_LIST, NULL, 0, sizeof asked.output), WSA_IO_PENDING);
    expect_eq(asked.size, POISON);
    require(WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, sizeof list, &size, NULL, NULL) == 0);
    expect_packet(asked.port, KEY, &asked.request.overlapped, size, NO_ERROR);
    expect_ended(&asked.request, ENDED_WELL, size);
    expect(memcmp(asked.output, list, size) == 0);
}

CASE("wsaioctl/interface-list/short-packet") {
    prepare(&asked, udp());
    expect_error(control(&asked, SIO_GET_INTERFACE_LIST, NULL, 0, 1), WSA_IO_PENDING);
    expect_packet(asked.port, KEY, &asked.request.overlapped, 0, ERROR_INSUFFICIENT_BUFFER);
    expect_ended(&asked.request, TOO_SMALL, 0);
    expect_untouched(asked.output, sizeof asked.output);
}

CASE("wsaioctl/interface-list/short-routine") { expect_routine(SIO_GET_INTERFACE_LIST, 1, WSAEFAULT); }

CASE("wsaioctl/circular-queueing/accepted") {
    DWORD size = POISON;
    expect_clears(WSAIoctl(udp(), SIO_ENABLE_CIRCULAR_QUEUEING, NULL, 0, NULL, 0, &size, NULL, NULL), 0);
}

static int wait_for_addresses(SOCKET s, WSAOVERLAPPED *over) {
    DWORD count = POISON;
    return WSAIoctl(s, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &count, over, NULL);
}

CASE("wsaioctl/address-list-change/WSAEWOULDBLOCK") {
    SOCKET s = udp_at(NULL);
    nonblocking(s);
    expect_error(wait_for_addresses(s, NULL), WSAEWOULDBLOCK);
}

CASE("wsaioctl/address-list-change/overlapped") {
    SOCKET s = udp_at(NULL);
    struct posted r;
    lay_out_event(&r, 0);
    expect_pends(wait_for_addresses(s, &r.over));
    expect(!signalled(r.over.hEvent, 50));
    require(CancelIo((HANDLE)s));
    expect_ends(s, &r, CANCELLED, 0);
}
