/* What a socket's requests queue on a completion port, and what the notification modes leave out
   (clauses/packets.md). */
#include "harness.h"

#define KEY 125

static HANDLE new_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

/* A connected pair whose `local` is on the port. */
static struct pair pair_on(HANDLE port) {
    struct pair pair = tcp_pair();
    associate(port, pair.local, KEY);
    return pair;
}

static SOCKET not_overlapped(void) {
    SOCKET s = WSASocketA(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, 0);
    require(s != INVALID_SOCKET);
    return s;
}

static void modes(SOCKET s, UCHAR flags) { require(SetFileCompletionNotificationModes((HANDLE)s, flags)); }

/* ---- What requests of a socket queue ---- */

CASE("getqueuedcompletionstatus/receive/data") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 64));
    give(pair.peer, "Hello World!");
    expect_packet(port, KEY, &request.overlapped, 12, NO_ERROR);
    expect_ended(&request, ENDED_WELL, 12);
    expect_bytes(request.bytes, "Hello World!");
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/at-once") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    give_to(pair.peer, pair.local, "abcd");
    expect_eq(begin_receive(pair.local, &request, NULL, 8), NO_ERROR);
    expect_ended(&request, ENDED_WELL, 4);
    expect_packet(port, KEY, &request.overlapped, 4, NO_ERROR);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/end") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    require(closesocket(pair.peer) == 0);
    await_readable(pair.local);
    expect_eq(begin_receive(pair.local, &request, NULL, 8), NO_ERROR);
    expect_packet(port, KEY, &request.overlapped, 0, NO_ERROR);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/end-while-pending") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    require(closesocket(pair.peer) == 0);
    expect_packet(port, KEY, &request.overlapped, 0, NO_ERROR);
    expect_ended(&request, ENDED_WELL, 0);
}

CASE("getqueuedcompletionstatus/receive/reset") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    reset(pair.peer);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_NETNAME_DELETED);
    expect_ended(&request, RESET_BY_PEER, 0);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/failed-at-once") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    SOCKET fresh = tcp();
    WSABUF part = {1, request.bytes};
    DWORD sent = POISON;
    associate(port, fresh, KEY);
    reset(pair.peer);
    await_readable(pair.local);
    expect_eq(begin_receive(pair.local, &request, NULL, 8), WSAECONNRESET);
    request_init(&request, NULL);
    expect_error(WSASend(pair.local, &part, 1, &sent, 0, &request.overlapped, NULL), WSAECONNRESET);
    expect_eq(sent, POISON);
    expect_eq(begin_receive(fresh, &request, NULL, 8), WSAENOTCONN);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/too-long-datagram") {
    HANDLE port = new_port();
    struct pair pair = udp_pair();
    struct request request;
    associate(port, pair.local, KEY);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 6));
    give(pair.peer, "abcdefghi");
    expect_packet(port, KEY, &request.overlapped, 6, ERROR_MORE_DATA);
    expect_ended(&request, 0x80000005u, 6);
    expect_bytes(request.bytes, "abcdef");
}

CASE("getqueuedcompletionstatus/receive/too-long-datagram-queued") {
    HANDLE port = new_port();
    struct pair pair = udp_pair();
    struct request request;
    associate(port, pair.local, KEY);
    give_to(pair.peer, pair.local, "abcdefghi");
    expect_eq(begin_receive(pair.local, &request, NULL, 6), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 6, ERROR_MORE_DATA);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/port-unreachable") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    HANDLE port = new_port();
    SOCKET s = udp_at(NULL);
    struct request request;
    associate(port, s, KEY);
    require(connect(s, (struct sockaddr *)&nobody, sizeof nobody) == 0);
    expect_pending(&request, begin_receive(s, &request, NULL, 8));
    give(s, "abc");
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_PORT_UNREACHABLE);
    expect_ended(&request, 0xc000023fu, 0);
}

struct posting {
    SOCKET s;
    struct request *request;
};

static DWORD WINAPI post_and_end(void *argument) {
    struct posting *posting = (struct posting *)argument;
    return (DWORD)begin_receive(posting->s, posting->request, NULL, 64);
}

/* Begins a receive in a thread that has ended when this returns. */
static void receive_elsewhere(SOCKET s, struct request *request) {
    struct posting posting = {s, request};
    DWORD id, error = POISON;
    HANDLE thread = CreateThread(NULL, 0, post_and_end, &posting, 0, &id);
    require(thread != NULL && WaitForSingleObject(thread, PATIENCE) == WAIT_OBJECT_0);
    require(GetExitCodeThread(thread, &error));
    expect_pending(request, error);
}

CASE("getqueuedcompletionstatus/receive/thread-gone") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    receive_elsewhere(pair.local, &request);
    expect_no_packet(port);
    give(pair.peer, "Hello World!");
    expect_packet(port, KEY, &request.overlapped, 12, NO_ERROR);
    expect_bytes(request.bytes, "Hello World!");
}

CASE("getqueuedcompletionstatus/receive/written-at-dequeue") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request first, second;
    expect_pending(&first, begin_receive(pair.local, &first, NULL, 3));
    expect_pending(&second, begin_receive(pair.local, &second, NULL, 8));
    give(pair.peer, "abcde");
    expect_packet(port, KEY, &first.overlapped, 3, NO_ERROR);
    expect_ended(&first, ENDED_WELL, 3);
    expect_still_pending(&second);
    expect_packet(port, KEY, &second.overlapped, 2, NO_ERROR);
    expect_ended(&second, ENDED_WELL, 2);
}

CASE("getqueuedcompletionstatus/receive/event-too") {
    HANDLE port = new_port(), event = new_event();
    struct pair pair = pair_on(port);
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    expect_eq(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    give(pair.peer, "abc");
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 3);
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
}

CASE("getqueuedcompletionstatus/receive/event-with-low-bit") {
    HANDLE port = new_port(), event = new_event();
    HANDLE tagged = (HANDLE)((ULONG_PTR)event | 1);
    struct pair pair = pair_on(port);
    struct request request;
    expect_pending(&request, begin_receive(pair.local, &request, tagged, 8));
    give(pair.peer, "abc");
    expect_eq(WaitForSingleObject(tagged, PATIENCE), WAIT_OBJECT_0);
    expect_eq(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 3);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/event-with-low-bit-at-once") {
    HANDLE port = new_port(), event = new_event();
    struct pair pair = pair_on(port);
    struct request request;
    give_to(pair.peer, pair.local, "abc");
    begin_receive(pair.local, &request, (HANDLE)((ULONG_PTR)event | 1), 8);
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&request, ENDED_WELL, 3);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/no-overlapped-no-packet") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    char buffer[8];
    give_to(pair.peer, pair.local, "abc");
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 3);
    expect_eq(send(pair.local, "x", 1, 0), 1);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/idle-close") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    expect_eq(closesocket(pair.local), 0);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/receive/two-sockets") {
    HANDLE port = new_port();
    struct pair one = tcp_pair(), two = tcp_pair();
    struct request first, second;
    associate(port, one.local, 1);
    associate(port, two.local, 2);
    expect_pending(&first, begin_receive(one.local, &first, NULL, 8));
    expect_pending(&second, begin_receive(two.local, &second, NULL, 8));
    give(two.peer, "ab");
    expect_packet(port, 2, &second.overlapped, 2, NO_ERROR);
    give(one.peer, "c");
    expect_packet(port, 1, &first.overlapped, 1, NO_ERROR);
}

CASE("getqueuedcompletionstatus/send/at-once") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    DWORD sent = POISON;
    request_init(&request, NULL);
    memcpy(request.bytes, "abcde", 5);
    request.part.len = 5;
    expect_clears(WSASend(pair.local, &request.part, 1, &sent, 0, &request.overlapped, NULL), 0);
    expect_eq(sent, 5);
    expect_packet(port, KEY, &request.overlapped, 5, NO_ERROR);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/connection/no-packet") {
    struct sockaddr_in where;
    HANDLE port = new_port();
    SOCKET listening = listener(&where), s = tcp(), other = tcp();
    associate(port, listening, 1);
    associate(port, s, KEY);
    associate(port, other, 2);
    expect_eq(connect(s, (struct sockaddr *)&where, sizeof where), 0);
    expect(accept(listening, NULL, NULL) != INVALID_SOCKET);
    expect_eq(shutdown(s, SD_SEND), 0);
    expect_eq(connect(other, (struct sockaddr *)&where, sizeof where), 0);
    expect_eq(WSASendDisconnect(other, NULL), 0);
    expect_eq(WSARecvDisconnect(other, NULL), 0);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/duplicate/shares-port") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    SOCKET copy = copy_of(pair.local);
    struct request request;
    expect_false(CreateIoCompletionPort((HANDLE)copy, new_port(), 7, 0), ERROR_INVALID_PARAMETER);
    expect_pending(&request, begin_receive(copy, &request, NULL, 8));
    give(pair.peer, "abc");
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
}

/* Through the original (0) or the duplicate (1), which is closed first too. */
static void close_both(struct pair pair, HANDLE port, int through, int code) {
    SOCKET handles[2];
    struct request request;
    handles[0] = pair.local;
    handles[1] = copy_of(pair.local);
    expect_pending(&request, begin_receive(handles[through], &request, NULL, 8));
    expect_eq(closesocket(handles[through]), 0);
    expect_no_packet(port);
    expect_eq(closesocket(handles[!through]), 0);
    expect_packet(port, KEY, &request.overlapped, 0, code);
    expect_no_packet(port);
}

CASE("getqueuedcompletionstatus/duplicate/last-close-cancels") {
    HANDLE port = new_port();
    struct pair pair = udp_pair();
    associate(port, pair.local, KEY);
    close_both(pair, port, 0, ERROR_OPERATION_ABORTED);
    pair = udp_pair();
    associate(port, pair.local, KEY);
    close_both(pair, port, 1, ERROR_OPERATION_ABORTED);
}

CASE("getqueuedcompletionstatus/duplicate/last-close-cancels-tcp") {
    HANDLE port = new_port();
    close_both(pair_on(port), port, 0, ERROR_CONNECTION_ABORTED);
    close_both(pair_on(port), port, 1, ERROR_CONNECTION_ABORTED);
}

/* ---- SetFileCompletionNotificationModes ---- */

CASE("setfilecompletionnotificationmodes/skip/at-once") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    expect(SetFileCompletionNotificationModes((HANDLE)pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    give_to(pair.peer, pair.local, "abc");
    expect_eq(begin_receive(pair.local, &request, NULL, 8), NO_ERROR);
    expect_no_packet(port);
}

CASE("setfilecompletionnotificationmodes/skip/count-of-the-call") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    DWORD got = POISON;
    modes(pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    give_to(pair.peer, pair.local, "abc");
    request_init(&request, NULL);
    expect_clears(WSARecv(pair.local, &request.part, 1, &got, &request.flags, &request.overlapped, NULL), 0);
    expect_eq(got, 3);
    expect_bytes(request.bytes, "abc");
}

CASE("setfilecompletionnotificationmodes/skip/pended") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    modes(pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    give(pair.peer, "abc");
    expect_packet(port, KEY, &request.overlapped, 3, NO_ERROR);
    expect_no_packet(port);
}

CASE("setfilecompletionnotificationmodes/skip/pended-failure") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    modes(pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    expect_pending(&request, begin_receive(pair.local, &request, NULL, 8));
    reset(pair.peer);
    expect_packet(port, KEY, &request.overlapped, 0, ERROR_NETNAME_DELETED);
    expect_eq(begin_receive(pair.local, &request, NULL, 8), WSAECONNRESET);
    expect_no_packet(port);
}

CASE("setfilecompletionnotificationmodes/skip/too-long-datagram") {
    HANDLE port = new_port();
    struct pair pair = udp_pair();
    struct request request;
    associate(port, pair.local, KEY);
    modes(pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    give_to(pair.peer, pair.local, "abcdefghi");
    expect_eq(begin_receive(pair.local, &request, NULL, 6), WSA_IO_PENDING);
    expect_packet(port, KEY, &request.overlapped, 6, ERROR_MORE_DATA);
}

CASE("setfilecompletionnotificationmodes/skip/event-set") {
    HANDLE port = new_port(), event = new_event();
    struct pair pair = pair_on(port);
    struct request request;
    modes(pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    give_to(pair.peer, pair.local, "abc");
    expect_eq(begin_receive(pair.local, &request, event, 8), NO_ERROR);
    expect_eq(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    expect_no_packet(port);
}

CASE("setfilecompletionnotificationmodes/remarks/sticky") {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    modes(pair.local, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    expect(SetFileCompletionNotificationModes((HANDLE)pair.local, 0));
    expect(SetFileCompletionNotificationModes((HANDLE)pair.local, FILE_SKIP_SET_EVENT_ON_HANDLE));
    give_to(pair.peer, pair.local, "abc");
    expect_eq(begin_receive(pair.local, &request, NULL, 8), NO_ERROR);
    expect_no_packet(port);
}

CASE("setfilecompletionnotificationmodes/no-handle-event/socket") {
    struct pair plain = udp_pair(), quiet = udp_pair();
    struct request request, silent;
    modes(quiet.local, FILE_SKIP_SET_EVENT_ON_HANDLE);
    expect_pending(&request, begin_receive(plain.local, &request, NULL, 8));
    expect_pending(&silent, begin_receive(quiet.local, &silent, NULL, 8));
    give(plain.peer, "abc");
    give(quiet.peer, "abc");
    expect_eq(WaitForSingleObject((HANDLE)plain.local, PATIENCE), WAIT_OBJECT_0);
    expect_ended(&silent, ENDED_WELL, 3);
    expect_eq(WaitForSingleObject((HANDLE)quiet.local, 50), WAIT_TIMEOUT);
}

CASE("setfilecompletionnotificationmodes/no-handle-event/own-event") {
    struct pair pair = udp_pair();
    struct request request;
    HANDLE event = new_event();
    modes(pair.local, FILE_SKIP_SET_EVENT_ON_HANDLE);
    expect_pending(&request, begin_receive(pair.local, &request, event, 8));
    give(pair.peer, "abc");
    expect_eq(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0);
}

CASE("setfilecompletionnotificationmodes/error/not-overlapped") {
    expect_false(SetFileCompletionNotificationModes((HANDLE)not_overlapped(), 1), ERROR_INVALID_PARAMETER);
}

CASE("setfilecompletionnotificationmodes/error/closed-socket") {
    SOCKET s = udp();
    require(closesocket(s) == 0);
    expect_false(SetFileCompletionNotificationModes((HANDLE)s, 1), ERROR_INVALID_HANDLE);
}

/* ---- WSAIoctl with an OVERLAPPED ---- */

static void ioctl_at_once(DWORD code, void *in, DWORD in_size, void *out, DWORD out_size, DWORD returned) {
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    DWORD size = POISON;
    request_init(&request, NULL);
    expect_clears(WSAIoctl(pair.local, code, in, in_size, out, out_size, &size, &request.overlapped, NULL),
                  0);
    expect_eq(size, returned);
    expect_packet(port, KEY, &request.overlapped, 0, NO_ERROR);
    expect_ended(&request, ENDED_WELL, 0);
    expect_no_packet(port);
}

CASE("wsaioctl/port/fionread") {
    u_long value = POISON;
    ioctl_at_once(FIONREAD, NULL, 0, &value, sizeof value, sizeof value);
    expect_eq(value, 0);
}

CASE("wsaioctl/port/siocatmark") {
    u_long value = POISON;
    ioctl_at_once(SIOCATMARK, NULL, 0, &value, sizeof value, sizeof value);
    expect_eq(value, 1);
}

CASE("wsaioctl/port/fionbio") {
    u_long on = 1;
    ioctl_at_once(FIONBIO, &on, sizeof on, NULL, 0, 0);
}

CASE("wsaioctl/port/extension-pointer") {
    GUID id = WSAID_WSARECVMSG;
    void *function = NULL;
    ioctl_at_once(SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function,
                  sizeof function);
    expect(function != NULL);
}

CASE("wsaioctl/port/unsupported") {
    static const DWORD codes[] = {0xdeadbeef, 0x667e};
    HANDLE port = new_port();
    struct pair pair = pair_on(port);
    struct request request;
    size_t i;
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        DWORD size = POISON;
        request_init(&request, NULL);
        expect_error(WSAIoctl(pair.local, codes[i], NULL, 0, NULL, 0, &size, &request.overlapped, NULL),
                     WSA_IO_PENDING);
        expect_eq(size, POISON);
        expect_packet(port, KEY, &request.overlapped, 0, ERROR_NOT_SUPPORTED);
        expect_ended(&request, UNSUPPORTED, 0);
    }
    expect_no_packet(port);
}

static int routine_runs;
static DWORD routine_error, routine_count;

static void CALLBACK routine(DWORD error, DWORD count, LPWSAOVERLAPPED overlapped, DWORD flags) {
    (void)overlapped, (void)flags;
    routine_runs++;
    routine_error = error;
    routine_count = count;
}

CASE("wsaioctl/routine/unsupported") {
    struct request request;
    DWORD size = POISON;
    request_init(&request, NULL);
    expect_error(WSAIoctl(tcp(), 0xdeadbeef, NULL, 0, NULL, 0, &size, &request.overlapped, routine),
                 WSA_IO_PENDING);
    expect_eq(routine_runs, 0);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(routine_runs, 1);
    expect_eq(routine_error, WSAEOPNOTSUPP);
    expect_eq(routine_count, 0);
}
