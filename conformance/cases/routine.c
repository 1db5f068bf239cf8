/* Completion routines: when and where they run, and what they are told (clauses/routine.md). */
#include "harness.h"

#ifndef SIO_FLUSH
#define SIO_FLUSH _WSAIO(IOC_WS2, 4)
#endif
#define NAME(address) ((struct sockaddr *)&(address))
#define expect_alerted(call) expect_eq((DWORD)(call), WAIT_IO_COMPLETION)

/* The order in which routines and APCs ran, by what they were given. */
static int noted[16], note_count;

static void note(int what) {
    require(note_count < 16);
    noted[note_count++] = what;
}

static void CALLBACK apc(ULONG_PTR argument) { note((int)argument); }

/* What the last routine was told. */
static struct {
    int count, depth, deepest;
    DWORD error, bytes, flags, thread;
    WSAOVERLAPPED *over;
} told;

static void CALLBACK routine(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    told.count++;
    told.error = error;
    told.bytes = bytes;
    told.over = over;
    told.flags = flags;
    told.thread = GetCurrentThreadId();
}

static int post_routine(SOCKET s, struct posted *r, LPWSAOVERLAPPED_COMPLETION_ROUTINE what) {
    return WSARecv(s, &r->part, 1, &r->got, &r->flags, &r->over, what);
}

/* Sleeps alertably until so many routines ran. */
static void await_told(int count) {
    long long end = now_ms() + PATIENCE;
    while (told.count < count) {
        require(now_ms() < end);
        SleepEx(PATIENCE, TRUE);
    }
}

static void expect_told(DWORD error, DWORD bytes, struct posted *r) {
    await_told(1);
    expect_eq(told.count, 1);
    expect_eq(told.error, error);
    expect_eq(told.bytes, bytes);
    expect(told.over == &r->over);
    expect_eq(told.flags, 0);
}

CASE("apc/routine/runs") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    expect_eq(r.over.Internal, PENDING);
    expect_eq(SleepEx(50, TRUE), 0);
    give(pair.peer, "abcd");
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_told(0, 4, &r);
    expect_eq(told.thread, GetCurrentThreadId());
    expect_eq((DWORD)r.over.Internal, 0);
    expect_eq(r.over.InternalHigh, 4);
    expect_bytes(r.bytes, "abcd");
    expect_eq(SleepEx(50, TRUE), 0);
    expect_eq(told.count, 1);
}

CASE("apc/routine/at-once") {
    struct pair pair = tcp_pair();
    struct posted r;
    int result;
    give_to(pair.peer, pair.local, "abcd");
    lay_out(&r, 16, NULL);
    result = post_routine(pair.local, &r, routine);
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    if (result == 0) expect_eq(r.got, 4);
    Sleep(20);
    expect_eq(told.count, 0);
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_told(0, 4, &r);
}

CASE("apc/routine/event-unset") {
    struct pair pair = tcp_pair();
    struct posted r;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    lay_out(&r, 16, event);
    expect_pends(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_told(0, 4, &r);
    expect(!signalled(event, 1));
}

CASE("apc/routine/event-is-free") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out(&r, 16, (HANDLE)(ULONG_PTR)0xdeadbee0);
    expect_pends(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_told(0, 4, &r);
    expect(r.over.hEvent == (HANDLE)(ULONG_PTR)0xdeadbee0);
}

CASE("apc/routine/ends-wait") {
    struct pair pair = tcp_pair();
    struct posted r;
    HANDLE event = manual_event();
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_alerted(WSAWaitForMultipleEvents(1, &event, FALSE, PATIENCE, TRUE));
    expect_told(0, 4, &r);
    expect_eq(WSAWaitForMultipleEvents(1, &event, FALSE, 0, TRUE), WSA_WAIT_TIMEOUT);
    expect_result(pair.local, &r, TRUE, 4, 0);
}

static void CALLBACK routine_signals(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    routine(error, bytes, over, flags);
    expect(WSASetEvent(over->hEvent));
}

/* Whether the wait in which the routine runs sees the event at once or the next one does is left open. */
CASE("apc/routine/sets-event") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD waited;
    lay_out_event(&r, 16);
    expect_pends(post_routine(pair.local, &r, routine_signals));
    give(pair.peer, "abcd");
    waited = WSAWaitForMultipleEvents(1, &r.over.hEvent, FALSE, PATIENCE, TRUE);
    if (waited == WSA_WAIT_IO_COMPLETION)
        waited = WSAWaitForMultipleEvents(1, &r.over.hEvent, FALSE, PATIENCE, TRUE);
    expect_eq(waited, WSA_WAIT_EVENT_0);
    expect_told(0, 4, &r);
    expect_result(pair.local, &r, TRUE, 4, 0);
}

static DWORD WINAPI sleep_alertably(void *argument) {
    (void)argument;
    return SleepEx(200, TRUE);
}

CASE("apc/routine/issuing-thread") {
    struct pair pair = tcp_pair();
    struct posted r;
    HANDLE thread;
    DWORD id, code = POISON;
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    thread = CreateThread(NULL, 0, sleep_alertably, NULL, 0, &id);
    require(thread != NULL);
    give(pair.peer, "abcd");
    expect_eq(WaitForSingleObject(thread, PATIENCE), WAIT_OBJECT_0);
    expect(GetExitCodeThread(thread, &code));
    expect_eq(code, 0);
    expect_eq(told.count, 0);
    expect_told(0, 4, &r);
    expect_eq(told.thread, GetCurrentThreadId());
}

CASE("apc/routine/not-elsewhere") {
    struct pair pair = tcp_pair();
    struct posted r;
    HANDLE event = manual_event();
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_eq(WaitForSingleObject(event, 50), WAIT_TIMEOUT);
    Sleep(20);
    expect_eq(readable(pair.peer, 0), 0);
    expect_eq(told.count, 0);
    expect_told(0, 4, &r);
}

CASE("apc/routine/end") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    require(closesocket(pair.peer) == 0);
    expect_told(0, 0, &r);
}

CASE("apc/routine/reset") {
    struct pair pair = tcp_pair();
    struct posted r;
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    reset(pair.peer);
    expect_told(WSAECONNRESET, 0, &r);
}

CASE("apc/routine/truncation") {
    struct pair pair = udp_pair();
    struct posted r;
    lay_out(&r, 4, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcdef");
    expect_told(WSAEMSGSIZE, 4, &r);
    expect_bytes(r.bytes, "abcd");
}

CASE("apc/routine/unreachable") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    struct posted r;
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(s, &r, routine));
    expect_eq(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody), 1);
    expect_told(WSAECONNRESET, 0, &r);
}

CASE("apc/routine/failed-call") {
    struct posted r;
    lay_out(&r, 16, NULL);
    expect_error(post_routine(tcp(), &r, routine), WSAENOTCONN);
    expect_eq(SleepEx(20, TRUE), 0);
    expect_eq(told.count, 0);
}

CASE("apc/routine/no-overlapped") {
    struct pair pair = tcp_pair();
    struct posted r;
    give_to(pair.peer, pair.local, "abcd");
    lay_out(&r, 16, NULL);
    expect_clears(WSARecv(pair.local, &r.part, 1, &r.got, &r.flags, NULL, routine), 0);
    expect_eq(r.got, 4);
    expect_eq(SleepEx(20, TRUE), 0);
    expect_eq(told.count, 0);
}

static void CALLBACK routine_notes(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    routine(error, bytes, over, flags);
    note(((struct posted *)over)->bytes[0]);
}

CASE("apc/routine/order") {
    struct pair pair = tcp_pair();
    struct posted r[4];
    int i;
    for (i = 0; i < 4; i++) {
        lay_out(&r[i], 1, NULL);
        expect_pends(post_routine(pair.local, &r[i], routine_notes));
    }
    give(pair.peer, "abcd");
    await_told(4);
    expect_eq(told.count, 4);
    for (i = 0; i < 4; i++) expect_eq(noted[i], 'a' + i);
}

CASE("apc/routine/all-in-one-wait") {
    struct pair pair = tcp_pair();
    struct posted r[3];
    int i;
    give_to(pair.peer, pair.local, "abc");
    for (i = 0; i < 3; i++) {
        lay_out(&r[i], 1, NULL);
        WSASetLastError(0);
        require(post_routine(pair.local, &r[i], routine_notes) == 0 || WSAGetLastError() == WSA_IO_PENDING);
    }
    require(QueueUserAPC(apc, GetCurrentThread(), 'z') != 0);
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_eq(told.count, 3);
    expect_eq(note_count, 4);
    for (i = 0; i < 3; i++) expect_eq(noted[i], 'a' + i);
    expect_eq(noted[3], 'z');
}

static SOCKET chain_socket;

static void CALLBACK routine_reposts(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    struct posted *r = (struct posted *)over;
    told.deepest = ++told.depth > told.deepest ? told.depth : told.deepest;
    note(r->bytes[0]);
    routine(error, bytes, over, flags);
    if (told.count < 4) {
        lay_out(r, 1, NULL);
        WSASetLastError(0);
        require(post_routine(chain_socket, r, routine_reposts) == 0 || WSAGetLastError() == WSA_IO_PENDING);
    }
    told.depth--;
}

CASE("apc/routine/reposts") {
    struct pair pair = tcp_pair();
    struct posted r;
    int i;
    chain_socket = pair.local;
    lay_out(&r, 1, NULL);
    expect_pends(post_routine(pair.local, &r, routine_reposts));
    give(pair.peer, "abcd");
    await_told(4);
    expect_eq(told.deepest, 1);
    for (i = 0; i < 4; i++) expect_eq(noted[i], 'a' + i);
}

static void CALLBACK routine_sleeps(DWORD error, DWORD bytes, WSAOVERLAPPED *over, DWORD flags) {
    told.deepest = ++told.depth > told.deepest ? told.depth : told.deepest;
    routine(error, bytes, over, flags);
    if (told.count == 1) SleepEx(50, TRUE);
    told.depth--;
}

CASE("apc/routine/not-nested") {
    struct pair pair = tcp_pair();
    struct posted r[2];
    int i;
    for (i = 0; i < 2; i++) {
        lay_out(&r[i], 1, NULL);
        expect_pends(post_routine(pair.local, &r[i], routine_sleeps));
    }
    give(pair.peer, "ab");
    await_told(2);
    expect_eq(told.deepest, 1);
}

CASE("apc/routine/in-blocking-call") {
    struct pair pair = tcp_pair(), other = tcp_pair();
    struct posted r;
    DWORD limit = 500;
    char byte;
    require(setsockopt(other.local, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit) == 0);
    lay_out(&r, 16, NULL);
    expect_pends(post_routine(pair.local, &r, routine));
    give(pair.peer, "abcd");
    expect_error(recv(other.local, &byte, 1, 0), WSAETIMEDOUT);
    expect_eq(told.count, 1);
    expect_told(0, 4, &r);
}

CASE("apc/routine/recvfrom") {
    struct sockaddr_in from_name, to_name, name;
    SOCKET from = udp_at(&from_name), to = udp_at(&to_name);
    struct posted r;
    int length = sizeof name;
    lay_out(&r, 16, NULL);
    poison(&name, sizeof name);
    expect_pends(WSARecvFrom(to, &r.part, 1, &r.got, &r.flags, NAME(name), &length, &r.over, routine));
    require(sendto(from, "abcd", 4, 0, NAME(to_name), sizeof to_name) == 4);
    expect_told(0, 4, &r);
    expect_eq(name.sin_port, from_name.sin_port);
}

CASE("apc/routine/send") {
    struct pair pair = tcp_pair();
    struct posted r;
    int result;
    lay_out(&r, 4, NULL);
    result = WSASend(pair.local, &r.part, 1, &r.got, 0, &r.over, routine);
    expect(result == 0 || WSAGetLastError() == WSA_IO_PENDING);
    expect_eq(told.count, 0);
    expect_told(0, 4, &r);
    await_queued(pair.peer, 4);
}

CASE("apc/routine/recvmsg-cut") {
    struct sockaddr_in where;
    SOCKET s = udp_at(&where);
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    WSAMSG message;
    struct posted r;
    char control[1];
    DWORD size;
    int on = 1;
    require(setsockopt(s, IPPROTO_IP, IP_PKTINFO, (char *)&on, sizeof on) == 0);
    require(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function, &size,
                     NULL, NULL) == 0);
    require(sendto(udp_at(NULL), "sixish", 6, 0, NAME(where), sizeof where) == 6);
    await_readable(s);
    lay_out(&r, 32, NULL);
    memset(&message, 0, sizeof message);
    message.lpBuffers = &r.part;
    message.dwBufferCount = 1;
    message.Control.len = sizeof control;
    message.Control.buf = control;
    expect_pends(function(s, &message, &r.got, &r.over, routine));
    expect_told(WSAEMSGSIZE, 6, &r);
    expect_eq(message.dwFlags, MSG_CTRUNC);
}

/* ---- WSAIoctl ---- */

/* The ioctl returns 0 and this count; its routine is told of 0 bytes at the next alertable wait. */
static void ioctl_with_routine(SOCKET s, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                               DWORD count) {
    struct posted r;
    lay_out(&r, 0, NULL);
    told.count = 0;
    expect_clears(WSAIoctl(s, code, in, in_size, out, out_size, &r.got, &r.over, routine), 0);
    expect_eq(r.got, count);
    expect_eq(told.count, 0);
    expect_alerted(SleepEx(PATIENCE, TRUE));
    expect_told(0, 0, &r);
}

CASE("apc/ioctl/routine") {
    struct pair pair = tcp_pair();
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG function = NULL;
    u_long value = POISON, on = 1;
    give_to(pair.peer, pair.local, "abcde");
    ioctl_with_routine(pair.local, FIONREAD, NULL, 0, &value, sizeof value, 4);
    expect_eq(value, 5);
    ioctl_with_routine(pair.local, SIOCATMARK, NULL, 0, &value, sizeof value, 4);
    expect_eq(value, 1);
    ioctl_with_routine(pair.local, FIONBIO, &on, sizeof on, NULL, 0, 0);
    ioctl_with_routine(pair.local, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                       sizeof function, sizeof function);
    expect(function != NULL);
}

CASE("apc/ioctl/no-count") {
    SOCKET s = tcp_pair().local;
    struct posted r;
    u_long value;
    lay_out(&r, 0, manual_event());
    expect_error(WSAIoctl(s, FIONREAD, NULL, 0, &value, sizeof value, NULL, &r.over, NULL), WSAEFAULT);
    expect_error(WSAIoctl(s, FIONREAD, NULL, 0, &value, sizeof value, NULL, &r.over, routine), WSAEFAULT);
    expect_error(WSAIoctl(s, 0xdeadbeef, NULL, 0, NULL, 0, NULL, &r.over, routine), WSAEFAULT);
    expect_eq(SleepEx(20, TRUE), 0);
}

CASE("apc/ioctl/unsupported") {
    static const DWORD codes[] = {0xdeadbeef, 0x667e, SIO_FLUSH};
    SOCKET s = tcp_pair().local;
    struct posted r;
    size_t i;
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        lay_out(&r, 0, NULL);
        told.count = 0;
        expect_pends(WSAIoctl(s, codes[i], NULL, 0, NULL, 0, &r.got, &r.over, routine));
        expect_eq(r.got, POISON);
        expect_told(WSAEOPNOTSUPP, 0, &r);
    }
}
