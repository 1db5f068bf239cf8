/* Winsock 1.1's blocking hooks (clauses/blockinghook.md). */
#include "harness.h"

static void start(int major, int minor) {
    WSADATA data;
    require(WSAStartup(MAKEWORD(major, minor), &data) == 0);
}

/* ---- Hooks ---- */

static volatile LONG turns; /* of any hook below */

static BOOL WINAPI counts(void) {
    InterlockedIncrement(&turns);
    return FALSE;
}

static BOOL WINAPI counts_too(void) {
    InterlockedIncrement(&turns);
    return FALSE;
}

static BOOL WINAPI has_more_three_times(void) { return InterlockedIncrement(&turns) <= 3; }

static BOOL WINAPI has_always_more(void) {
    InterlockedIncrement(&turns);
    return TRUE;
}

static BOOL WINAPI cancels(void) {
    InterlockedIncrement(&turns);
    expect_clears(WSACancelBlockingCall(), 0);
    return FALSE;
}

static FARPROC of(BOOL(WINAPI *hook)(void)) { return (FARPROC)(void *)hook; }

static void install(BOOL(WINAPI *hook)(void)) { require(WSASetBlockingHook(of(hook)) != NULL); }

/* Version 1.1, and this hook. */
static void start_with(BOOL(WINAPI *hook)(void)) {
    start(1, 1);
    install(hook);
}

/* ---- What other threads do once the hook has had some turns ---- */

static void await_turns(LONG wanted) {
    long long until = now_ms() + PATIENCE;
    while (turns < wanted && now_ms() < until) Sleep(1);
}

static long long act_send(void *socket) {
    await_turns(3);
    return send(*(SOCKET *)socket, "abcd", 4, 0);
}

static long long act_close(void *socket) {
    await_turns(3);
    return closesocket(*(SOCKET *)socket);
}

static long long act_connect(void *name) {
    await_turns(3);
    return connect(tcp(), (struct sockaddr *)name, sizeof(struct sockaddr_in));
}

static long long act_drain(void *socket) {
    static char room[1 << 16];
    int got;
    await_turns(3);
    for (;;) {
        got = recv(*(SOCKET *)socket, room, sizeof room, 0);
        if (got <= 0) return got;
    }
}

static struct call later;

/* ---- Installing ---- */

COLD_CASE("blocking-hook/set/previous") {
    start_with(counts);
    expect(WSASetBlockingHook(of(counts_too)) == of(counts));
    expect(WSASetBlockingHook(of(counts)) == of(counts_too));
    expect(WSASetBlockingHook(of(counts)) == of(counts));
}

COLD_CASE("blocking-hook/set/first-previous") {
    FARPROC first;
    start(1, 1);
    first = WSASetBlockingHook(of(counts));
    expect(first != NULL);
    expect(first != of(counts));
    expect_eq(WSAUnhookBlockingHook(), 0);
    expect(WSASetBlockingHook(of(counts)) == first);
}

/* Hands the first hook's predecessor back. */
static long long act_recv_with_default(void *socket) {
    FARPROC first = WSASetBlockingHook(of(counts));
    WSASetBlockingHook(first);
    return act_recv(socket);
}

/* In another thread, that no hook has a turn while this receive waits. */
static void expect_no_turns(long long (*act)(void *)) {
    struct pair pair = tcp_pair();
    turns = 0;
    begin(&later, act, &pair.local);
    expect(still_blocked(&later, 50));
    give(pair.peer, "abcd");
    expect_finish(&later, 4, 0);
    expect_eq(turns, 0);
}

COLD_CASE("blocking-hook/set/default-again") {
    start(1, 1);
    expect_no_turns(act_recv_with_default);
}

COLD_CASE("blocking-hook/set/null") {
    start_with(counts);
    expect_false(WSASetBlockingHook(NULL), WSAEFAULT);
    expect(WSASetBlockingHook(of(counts_too)) == of(counts));
}

static FARPROC before_first;

static long long act_recv_unhooked(void *socket) {
    char buffer[8];
    int got = recv(*(SOCKET *)socket, buffer, sizeof buffer, 0);
    before_first = WSASetBlockingHook(of(counts_too));
    return got;
}

COLD_CASE("blocking-hook/set/per-thread") {
    FARPROC first;
    start(1, 1);
    first = WSASetBlockingHook(of(counts));
    expect_no_turns(act_recv_unhooked);
    expect(before_first == first);
    expect(WSASetBlockingHook(of(counts)) == of(counts));
}

static long long act_recv_after_cleanup(void *socket) {
    before_first = WSASetBlockingHook(of(counts));
    require(WSACleanup() == 0);
    start(1, 1);
    *(struct pair *)socket = tcp_pair();
    return act_recv(socket);
}

COLD_CASE("blocking-hook/set/until-cleanup") {
    struct pair pair;
    start(1, 1);
    begin(&later, act_recv_after_cleanup, &pair);
    expect(still_blocked(&later, 50));
    give(pair.peer, "abcd");
    expect_finish(&later, 4, 0);
    expect_eq(turns, 0);
}

COLD_CASE("blocking-hook/default/takes-a-message") {
    BOOL(WINAPI *first)(void);
    MSG message;
    start(1, 1);
    first = (BOOL(WINAPI *)(void))(void *)WSASetBlockingHook(of(counts));
    while (PeekMessageA(&message, NULL, 0, 0, PM_REMOVE)) continue;
    require(PostThreadMessageA(GetCurrentThreadId(), WM_APP + 1, 0, 0));
    require(PostThreadMessageA(GetCurrentThreadId(), WM_APP + 2, 0, 0));
    expect(first());
    expect(PeekMessageA(&message, NULL, 0, 0, PM_NOREMOVE));
    expect_eq(message.message, WM_APP + 2);
    expect(first());
    expect(!first());
}

static long long act_recv_after_unhook(void *socket) {
    install(counts);
    expect_clears(WSAUnhookBlockingHook(), 0);
    return act_recv(socket);
}

COLD_CASE("blocking-hook/unhook/blocks") {
    start(1, 1);
    expect_no_turns(act_recv_after_unhook);
}

COLD_CASE("blocking-hook/unhook/without-a-hook") {
    start(1, 1);
    expect_clears(WSAUnhookBlockingHook(), 0);
    expect_clears(WSAUnhookBlockingHook(), 0);
}

/* ---- Calls that run it ---- */

COLD_CASE("blocking-hook/hook/recv") {
    struct pair pair;
    char buffer[8];
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_send, &pair.peer);
    expect_clears(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/hook/true") {
    struct pair pair;
    char buffer[8];
    start_with(has_more_three_times);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_send, &pair.peer);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/hook/always-true") {
    struct pair pair;
    char buffer[8];
    start_with(has_always_more);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_send, &pair.peer);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/hook/at-once") {
    struct pair pair;
    SOCKET listening;
    struct sockaddr_in name;
    struct timeval long_time = {60, 0};
    fd_set set;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    listening = listener(&name);
    give_to(pair.peer, pair.local, "abcd");
    require(connect(tcp(), (struct sockaddr *)&name, sizeof name) == 0);
    await_readable(listening);
    install(counts);
    FD_ZERO(&set);
    FD_SET(pair.local, &set);
    expect_eq(select(0, &set, NULL, NULL, &long_time), 1);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_eq(send(pair.local, "abcd", 4, 0), 4);
    expect(accept(listening, NULL, NULL) != INVALID_SOCKET);
    expect_eq(turns, 0);
}

COLD_CASE("blocking-hook/hook/nonblocking") {
    struct pair pair;
    char buffer[8];
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    nonblocking(pair.local);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    expect_eq(turns, 0);
}

COLD_CASE("blocking-hook/hook/timeout") {
    struct pair pair;
    DWORD limit = 600;
    long long began;
    char buffer[8];
    start_with(counts);
    pair = tcp_pair();
    require(setsockopt(pair.local, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    turns = 0;
    began = now_ms();
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAETIMEDOUT);
    expect_between(now_ms() - began, 500, 5000);
    expect(turns >= 2);
}

COLD_CASE("blocking-hook/hook/recvfrom") {
    struct pair pair;
    char buffer[8];
    start_with(counts);
    pair = udp_pair();
    turns = 0;
    begin(&later, act_send, &pair.peer);
    expect_eq(recvfrom(pair.local, buffer, sizeof buffer, 0, NULL, NULL), 4);
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/hook/wsarecv") {
    struct pair pair;
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got, flags = 0;
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_send, &pair.peer);
    expect_eq(WSARecv(pair.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_eq(got, 4);
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/hook/peek-and-waitall") {
    struct pair pair;
    char buffer[8];
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_send, &pair.peer);
    expect_eq(recv(pair.local, buffer, sizeof buffer, MSG_PEEK), 4);
    expect(turns >= 3);
    finish(&later);
    turns = 0;
    begin(&later, act_send, &pair.peer);
    expect_eq(recv(pair.local, buffer, 8, MSG_WAITALL), 8);
    expect(turns >= 3);
}

static char much[1 << 24];

COLD_CASE("blocking-hook/hook/send") {
    struct pair pair;
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_drain, &pair.peer);
    expect_eq(send(pair.local, much, sizeof much, 0), sizeof much);
    expect(turns >= 3);
    require(closesocket(pair.local) == 0);
    expect_finish(&later, 0, 0);
}

COLD_CASE("blocking-hook/hook/accept") {
    struct sockaddr_in name;
    SOCKET listening;
    start_with(counts);
    listening = listener(&name);
    turns = 0;
    begin(&later, act_connect, &name);
    expect(accept(listening, NULL, NULL) != INVALID_SOCKET);
    expect(turns >= 3);
    expect_finish(&later, 0, 0);
}

COLD_CASE("blocking-hook/hook/connect") {
    struct sockaddr_in name;
    SOCKET listening, s;
    start_with(counts);
    listening = listener(&name);
    s = tcp();
    turns = 0;
    expect_clears(connect(s, (struct sockaddr *)&name, sizeof name), 0);
    expect(turns >= 1);
    expect(accept(listening, NULL, NULL) != INVALID_SOCKET);
    expect_eq(send(s, "abcd", 4, 0), 4);
}

COLD_CASE("blocking-hook/hook/connect-refused") {
    struct sockaddr_in name;
    start_with(counts);
    name = closed_port(SOCK_STREAM);
    expect_error(connect(tcp(), (struct sockaddr *)&name, sizeof name), WSAECONNREFUSED);
}

COLD_CASE("blocking-hook/hook/select") {
    struct pair pair;
    fd_set set;
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    FD_ZERO(&set);
    FD_SET(pair.local, &set);
    begin(&later, act_send, &pair.peer);
    expect_clears(select(0, &set, NULL, NULL, NULL), 1);
    expect(FD_ISSET(pair.local, &set));
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/hook/select-timeout") {
    struct pair pair;
    struct timeval none = {0, 0}, some = {0, 200000};
    long long began;
    fd_set set;
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    FD_ZERO(&set);
    FD_SET(pair.local, &set);
    expect_eq(select(0, &set, NULL, NULL, &none), 0);
    expect_eq(turns, 0);
    FD_SET(pair.local, &set);
    began = now_ms();
    expect_eq(select(0, &set, NULL, NULL, &some), 0);
    expect_between(now_ms() - began, 150, 5000);
    expect(turns >= 2);
}

COLD_CASE("blocking-hook/hook/behind-overlapped") {
    struct pair pair;
    struct posted first;
    char buffer[8];
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    expect_pend(pair.local, &first, 2);
    begin(&later, act_send, &pair.peer);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 2);
    expect_bytes(buffer, "cd");
    expect_ends(pair.local, &first, 0, 2);
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/hook/closed-meanwhile") {
    struct pair pair;
    char buffer[8];
    start_with(counts);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_close, &pair.local);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAECONNABORTED);
    expect_finish(&later, 0, 0);
}

/* ---- Inside of it ---- */

static struct pair pair_inside;
static SOCKET other_inside;

static BOOL WINAPI tries_sockets(void) {
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got, flags = 0;
    struct sockaddr_in name = loopback(htons(9));
    int value = 0, length = sizeof value;
    fd_set set;
    if (InterlockedIncrement(&turns) > 1) return FALSE;
    expect_error(recv(pair_inside.local, buffer, 8, 0), WSAEINPROGRESS);
    expect_error(send(pair_inside.local, "x", 1, 0), WSAEINPROGRESS);
    expect_error(send(other_inside, "x", 1, 0), WSAEINPROGRESS);
    expect_error(WSARecv(other_inside, &part, 1, &got, &flags, NULL, NULL), WSAEINPROGRESS);
    expect_error(sendto(other_inside, "x", 1, 0, (struct sockaddr *)&name, sizeof name), WSAEINPROGRESS);
    expect_error(socket(AF_INET, SOCK_STREAM, 0), WSAEINPROGRESS);
    expect_error(bind(other_inside, (struct sockaddr *)&name, sizeof name), WSAEINPROGRESS);
    expect_error(connect(other_inside, (struct sockaddr *)&name, sizeof name), WSAEINPROGRESS);
    expect_error(listen(other_inside, 1), WSAEINPROGRESS);
    expect_error(accept(other_inside, NULL, NULL), WSAEINPROGRESS);
    expect_error(shutdown(other_inside, SD_BOTH), WSAEINPROGRESS);
    expect_error(getsockopt(other_inside, SOL_SOCKET, SO_TYPE, (char *)&value, &length), WSAEINPROGRESS);
    expect_error(closesocket(other_inside), WSAEINPROGRESS);
    FD_ZERO(&set);
    FD_SET(other_inside, &set);
    expect_error(select(0, NULL, &set, NULL, NULL), WSAEINPROGRESS);
    /* Before anything that is wrong with the arguments. */
    expect_error(recv(INVALID_SOCKET, NULL, -1, 99), WSAEINPROGRESS);
    return FALSE;
}

static void run_inside(BOOL(WINAPI *hook)(void)) {
    char buffer[8];
    start(1, 1);
    pair_inside = tcp_pair();
    other_inside = udp_at(NULL);
    install(hook);
    begin(&later, act_send, &pair_inside.peer);
    expect_eq(recv(pair_inside.local, buffer, sizeof buffer, 0), 4);
    finish(&later);
    expect(turns >= 3);
}

COLD_CASE("blocking-hook/inside/WSAEINPROGRESS") { run_inside(tries_sockets); }

static BOOL WINAPI tries_names(void) {
    WSADATA data;
    if (InterlockedIncrement(&turns) > 1) return FALSE;
    expect_eq(WSAStartup(MAKEWORD(1, 1), &data), WSAEINPROGRESS);
    expect_error(WSACleanup(), WSAEINPROGRESS);
    expect_false(gethostbyname("localhost"), WSAEINPROGRESS);
    expect_false(WSASetBlockingHook(of(counts)), WSAEINPROGRESS);
    expect_error(WSAUnhookBlockingHook(), WSAEINPROGRESS);
    return FALSE;
}

COLD_CASE("blocking-hook/inside/startup-and-names") {
    run_inside(tries_names);
    expect_eq(WSACleanup(), 0);
    expect_error(WSACleanup(), WSANOTINITIALISED);
}

static BOOL WINAPI tries_helpers(void) {
    if (InterlockedIncrement(&turns) > 1) return FALSE;
    WSASetLastError(77);
    expect(WSAGetLastError() == 77);
    expect_eq(ntohs(htons(0x1234)), 0x1234);
    expect_eq(ntohl(htonl(0x12345678)), 0x12345678);
    expect_eq(inet_addr("127.0.0.1"), htonl(INADDR_LOOPBACK));
    return FALSE;
}

COLD_CASE("blocking-hook/inside/helpers") { run_inside(tries_helpers); }

static DWORD WINAPI sends(void *unused) {
    struct sockaddr_in name = loopback(htons(9));
    (void)unused;
    expect_eq(sendto(other_inside, "abc", 3, 0, (struct sockaddr *)&name, sizeof name), 3);
    expect(socket(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET);
    return 7;
}

static BOOL WINAPI lets_others(void) {
    DWORD answer = 0;
    HANDLE thread;
    if (InterlockedIncrement(&turns) > 1) return FALSE;
    thread = CreateThread(NULL, 0, sends, NULL, 0, NULL);
    expect(thread != NULL && signalled(thread, PATIENCE));
    expect(GetExitCodeThread(thread, &answer) && answer == 7);
    return FALSE;
}

COLD_CASE("blocking-hook/inside/other-threads") { run_inside(lets_others); }

COLD_CASE("blocking-hook/inside/over") {
    run_inside(tries_sockets);
    expect_eq(send(pair_inside.local, "abcd", 4, 0), 4);
    expect_eq(closesocket(other_inside), 0);
}

/* ---- WSAIsBlocking ---- */

static BOOL WINAPI asks(void) {
    if (InterlockedIncrement(&turns) == 1) {
        expect_clears(WSAIsBlocking(), TRUE);
        expect_eq(WSACancelBlockingCall(), 0);
        expect_clears(WSAIsBlocking(), TRUE);
    }
    return FALSE;
}

COLD_CASE("wsaisblocking/returns/inside") {
    struct pair pair;
    char buffer[8];
    start(1, 1);
    pair = udp_pair();
    install(asks);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEINTR);
    expect_eq(turns, 1);
}

static long long act_hooked_recv(void *socket) {
    install(counts);
    return act_recv(socket);
}

COLD_CASE("wsaisblocking/returns/outside") {
    struct pair pair;
    start_with(counts);
    expect_clears(WSAIsBlocking(), FALSE);
    pair = tcp_pair();
    turns = 0;
    begin(&later, act_hooked_recv, &pair.local);
    await_turns(2);
    expect_clears(WSAIsBlocking(), FALSE);
    give(pair.peer, "abcd");
    expect_finish(&later, 4, 0);
    expect_clears(WSAIsBlocking(), FALSE);
}

/* ---- WSACancelBlockingCall ---- */

COLD_CASE("wsacancelblockingcall/returns/recv") {
    struct pair pair;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    install(cancels);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEINTR);
    expect_eq(turns, 1);
    expect_error(WSACancelBlockingCall(), WSAEINVAL);
}

static BOOL WINAPI cancels_twice(void) {
    expect_eq(WSACancelBlockingCall(), 0);
    expect_error(WSACancelBlockingCall(), WSAEINVAL);
    return TRUE;
}

COLD_CASE("wsacancelblockingcall/returns/twice") {
    struct pair pair;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    install(cancels_twice);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEINTR);
}

COLD_CASE("wsacancelblockingcall/remarks/recv-goes-on") {
    struct pair pair;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    install(cancels);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEINTR);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
    expect_eq(send(pair.local, "efgh", 4, 0), 4);
}

COLD_CASE("wsacancelblockingcall/remarks/waitall") {
    struct pair pair;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    install(cancels);
    give_to(pair.peer, pair.local, "abcd");
    expect_error(recv(pair.local, buffer, 8, MSG_WAITALL), WSAEINTR);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
    expect_bytes(buffer, "abcd");
}

COLD_CASE("wsacancelblockingcall/remarks/accept") {
    struct sockaddr_in name;
    SOCKET listening;
    start(1, 1);
    listening = listener(&name);
    install(cancels);
    expect_error(accept(listening, NULL, NULL), WSAEINTR);
    require(WSAUnhookBlockingHook() == 0);
    require(connect(tcp(), (struct sockaddr *)&name, sizeof name) == 0);
    expect(accept(listening, NULL, NULL) != INVALID_SOCKET);
}

COLD_CASE("wsacancelblockingcall/remarks/select") {
    struct pair pair;
    fd_set set;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    install(cancels);
    FD_ZERO(&set);
    FD_SET(pair.local, &set);
    expect_error(select(0, &set, NULL, NULL, NULL), WSAEINTR);
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 4);
}

COLD_CASE("wsacancelblockingcall/remarks/connect") {
    struct sockaddr_in name;
    start(1, 1);
    listener(&name);
    install(cancels);
    expect_error(connect(tcp(), (struct sockaddr *)&name, sizeof name), WSAEINTR);
}

COLD_CASE("wsacancelblockingcall/remarks/connect-again") {
    struct sockaddr_in name;
    SOCKET s;
    start(1, 1);
    listener(&name);
    s = tcp();
    install(cancels);
    expect_error(connect(s, (struct sockaddr *)&name, sizeof name), WSAEINTR);
    expect_error(send(s, "x", 1, 0), WSAENOTCONN);
    require(WSAUnhookBlockingHook() == 0);
    expect_eq(connect(s, (struct sockaddr *)&name, sizeof name), 0);
    expect_eq(send(s, "abcd", 4, 0), 4);
}

COLD_CASE("wsacancelblockingcall/remarks/send") {
    struct pair pair;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    install(cancels);
    expect_error(send(pair.local, much, sizeof much, 0), WSAEINTR);
    expect_error(send(pair.local, "x", 1, 0), WSAECONNABORTED);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAECONNABORTED);
    expect_eq(closesocket(pair.local), 0);
    require(WSAUnhookBlockingHook() == 0);
    expect_eq(act_drain(&pair.peer), -1);
    expect(WSAGetLastError() == WSAECONNRESET);
}

COLD_CASE("wsacancelblockingcall/remarks/behind-overlapped") {
    struct pair pair;
    struct posted first;
    char buffer[8];
    start(1, 1);
    pair = tcp_pair();
    install(cancels);
    expect_pend(pair.local, &first, 2);
    expect_error(recv(pair.local, buffer, sizeof buffer, 0), WSAEINTR);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &first, 0, 2);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 2);
    expect_bytes(buffer, "cd");
}

/* ---- Refusals ---- */

COLD_CASE("blocking-hook/error/WSANOTINITIALISED") {
    expect_false(WSASetBlockingHook(of(counts)), WSANOTINITIALISED);
    expect_error(WSAUnhookBlockingHook(), WSANOTINITIALISED);
    expect_false(WSAIsBlocking(), WSANOTINITIALISED);
    expect_error(WSACancelBlockingCall(), WSANOTINITIALISED);
}

COLD_CASE("blocking-hook/error/WSAEOPNOTSUPP") {
    start(2, 2);
    start(1, 1);
    expect_false(WSASetBlockingHook(of(counts)), WSAEOPNOTSUPP);
    expect_error(WSAUnhookBlockingHook(), WSAEOPNOTSUPP);
    expect_false(WSAIsBlocking(), WSAEOPNOTSUPP);
}
