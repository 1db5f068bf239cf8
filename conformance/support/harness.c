/* The body of harness.h and the main of every case program:
       program --list          prints the ids it holds
       program id...           runs them; prints "ok ID" or "fail ID FILE:LINE WHAT: expected E, actual A";
                               exits 1 on a failure */
#include "harness.h"

#define MOST_CASES 200

static struct {
    const char *id;
    int warm;
    void (*body)(void);
} cases[MOST_CASES];
static int case_count;
static const char *running;
static int failures;

void harness_enter(const char *id, int warm, void (*body)(void)) {
    if (case_count == MOST_CASES) abort();
    cases[case_count].id = id;
    cases[case_count].warm = warm;
    cases[case_count++].body = body;
}

/* ---- Reports. Numbers are spelled here, so that no C library's reading of %lld matters. ---- */

static const struct {
    int code;
    const char *name;
} names[] = {
    {10004, "WSAEINTR"},
    {10013, "WSAEACCES"},
    {10014, "WSAEFAULT"},
    {10022, "WSAEINVAL"},
    {10035, "WSAEWOULDBLOCK"},
    {10036, "WSAEINPROGRESS"},
    {10037, "WSAEALREADY"},
    {10038, "WSAENOTSOCK"},
    {10040, "WSAEMSGSIZE"},
    {10042, "WSAENOPROTOOPT"},
    {10043, "WSAEPROTONOSUPPORT"},
    {10044, "WSAESOCKTNOSUPPORT"},
    {10045, "WSAEOPNOTSUPP"},
    {10047, "WSAEAFNOSUPPORT"},
    {10048, "WSAEADDRINUSE"},
    {10049, "WSAEADDRNOTAVAIL"},
    {10050, "WSAENETDOWN"},
    {10051, "WSAENETUNREACH"},
    {10052, "WSAENETRESET"},
    {10053, "WSAECONNABORTED"},
    {10054, "WSAECONNRESET"},
    {10055, "WSAENOBUFS"},
    {10056, "WSAEISCONN"},
    {10057, "WSAENOTCONN"},
    {10058, "WSAESHUTDOWN"},
    {10060, "WSAETIMEDOUT"},
    {10061, "WSAECONNREFUSED"},
    {10065, "WSAEHOSTUNREACH"},
    {10092, "WSAVERNOTSUPPORTED"},
    {10093, "WSANOTINITIALISED"},
    {10101, "WSAEDISCON"},
    {11002, "WSATRY_AGAIN"},
    {995, "WSA_OPERATION_ABORTED"},
    {996, "WSA_IO_INCOMPLETE"},
    {997, "WSA_IO_PENDING"},
    {6, "WSA_INVALID_HANDLE"},
    {87, "WSA_INVALID_PARAMETER"},
    {0, "no error"},
    {(int)POISON, "untouched"},
};

static const char *spell(long long value, char *out) {
    char digits[24];
    int count = 0, at = 0;
    unsigned long long left = value < 0 ? 0ull - (unsigned long long)value : (unsigned long long)value;
    do digits[count++] = (char)('0' + left % 10);
    while ((left /= 10) != 0);
    if (value < 0) out[at++] = '-';
    while (count > 0) out[at++] = digits[--count];
    out[at] = 0;
    if (value == (long long)POISON || value == (int)POISON) strcpy(out, "0xdeadbeef");
    return out;
}

static const char *spell_code(int code, char *out) {
    size_t i;
    spell(code, out);
    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code) {
            strcat(out, " ");
            strcat(out, names[i].name);
        }
    return out;
}

static void fail(const char *file, int line, const char *what, const char *expected, const char *actual) {
    const char *base = file, *c;
    for (c = file; *c; c++)
        if (*c == '/' || *c == '\\') base = c + 1;
    if (++failures > 5) return;
    printf("fail %s %s:%d %s: expected %s, actual %s\n", running, base, line, what, expected, actual);
    fflush(stdout);
}

void harness_eq(const char *file, int line, const char *what, long long actual, long long expected) {
    char e[32], a[32];
    if (actual != expected) fail(file, line, what, spell(expected, e), spell(actual, a));
}

void harness_true(const char *file, int line, const char *what, int holds) {
    if (!holds) fail(file, line, what, "true", "false");
}

void harness_require(const char *file, int line, const char *what, int holds) {
    char actual[64] = "false, last error ";
    int error = WSAGetLastError();
    if (holds) return;
    spell_code(error, actual + strlen(actual));
    fail(file, line, what, "true (set-up)", actual);
    exit(1);
}

void harness_error(const char *file, int line, const char *what, long long actual, long long expected,
                   int code) {
    int error = WSAGetLastError();
    char e[128], a[128];
    if (actual == expected && error == code) return;
    spell(expected, e);
    strcat(e, " with ");
    spell_code(code, e + strlen(e));
    spell(actual, a);
    strcat(a, " with ");
    spell_code(error, a + strlen(a));
    fail(file, line, what, e, a);
}

void harness_bytes(const char *file, int line, const char *what, const void *actual, const char *text,
                   int length) {
    char wanted[64], got[64];
    int i, shown = length < 60 ? length : 60;
    if (memcmp(actual, text, (size_t)length) == 0) return;
    for (i = 0; i < shown; i++) {
        unsigned char c = ((const unsigned char *)actual)[i];
        got[i] = (char)(c >= ' ' && c < 127 ? c : '.');
    }
    memcpy(wanted, text, (size_t)shown);
    wanted[shown] = got[shown] = 0;
    fail(file, line, what, wanted, got);
}

static unsigned char poison_byte(size_t at) { return (unsigned char)(POISON >> (at % 4 * 8)); }

void poison(void *bytes, size_t length) {
    size_t i;
    for (i = 0; i < length; i++) ((unsigned char *)bytes)[i] = poison_byte(i);
}

void harness_untouched(const char *file, int line, const char *what, const void *bytes, int length) {
    char at[40] = "written at byte ";
    int i;
    for (i = 0; i < length; i++)
        if (((const unsigned char *)bytes)[i] != poison_byte((size_t)i)) {
            spell(i, at + strlen(at));
            fail(file, line, what, "untouched", at);
            return;
        }
}

void harness_between(const char *file, int line, const char *what, long long actual, long long low,
                     long long high) {
    char e[64], a[32];
    if (actual >= low && actual <= high) return;
    spell(low, e);
    strcat(e, " to ");
    spell(high, e + strlen(e));
    fail(file, line, what, e, spell(actual, a));
}

/* ---- Peers ---- */

SOCKET tcp(void) {
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    require(s != INVALID_SOCKET);
    return s;
}

SOCKET udp(void) {
    SOCKET s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    require(s != INVALID_SOCKET);
    return s;
}

struct sockaddr_in loopback(u_short port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = port;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void bind_to_free_port(SOCKET s, struct sockaddr_in *where) {
    struct sockaddr_in address = loopback(0);
    int length = sizeof address;
    require(bind(s, (struct sockaddr *)&address, sizeof address) == 0);
    require(getsockname(s, (struct sockaddr *)&address, &length) == 0);
    if (where) *where = address;
}

SOCKET udp_at(struct sockaddr_in *where) {
    SOCKET s = udp();
    bind_to_free_port(s, where);
    return s;
}

SOCKET listener(struct sockaddr_in *where) {
    SOCKET s = tcp();
    bind_to_free_port(s, where);
    require(listen(s, 5) == 0);
    return s;
}

struct pair tcp_pair(void) {
    struct sockaddr_in where;
    struct pair pair;
    SOCKET listening = listener(&where);
    pair.local = tcp();
    require(connect(pair.local, (struct sockaddr *)&where, sizeof where) == 0);
    pair.peer = accept(listening, NULL, NULL);
    require(pair.peer != INVALID_SOCKET);
    require(closesocket(listening) == 0);
    return pair;
}

struct pair udp_pair(void) {
    struct sockaddr_in a, b;
    struct pair pair;
    pair.local = udp_at(&a);
    pair.peer = udp_at(&b);
    require(connect(pair.local, (struct sockaddr *)&b, sizeof b) == 0);
    require(connect(pair.peer, (struct sockaddr *)&a, sizeof a) == 0);
    return pair;
}

struct sockaddr_in closed_port(int type) {
    struct sockaddr_in where;
    SOCKET s = socket(AF_INET, type, 0);
    require(s != INVALID_SOCKET);
    bind_to_free_port(s, &where);
    require(closesocket(s) == 0);
    return where;
}

/* A listener whose queue is full answers no further connect. */
struct sockaddr_in full_listener(void) {
    struct sockaddr_in where;
    SOCKET full = tcp();
    int tries;
    bind_to_free_port(full, &where);
    require(listen(full, 1) == 0);
    for (tries = 0; tries < 20; tries++) {
        SOCKET s = tcp();
        nonblocking(s);
        connect(s, (struct sockaddr *)&where, sizeof where);
        if (!writable(s, 200)) return where;
    }
    require(!"a full queue answers no connect");
    return where;
}

SOCKET connecting(void) {
    struct sockaddr_in where = full_listener();
    SOCKET s = tcp();
    nonblocking(s);
    require(connect(s, (struct sockaddr *)&where, sizeof where) == SOCKET_ERROR &&
            WSAGetLastError() == WSAEWOULDBLOCK);
    return s;
}

void nonblocking(SOCKET s) {
    u_long on = 1;
    require(ioctlsocket(s, (long)FIONBIO, &on) == 0);
}

void reset(SOCKET s) {
    struct linger abort_it = {1, 0};
    require(setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&abort_it, sizeof abort_it) == 0);
    require(closesocket(s) == 0);
}

/* ---- Facts to wait for ---- */

static int selected(SOCKET s, int milliseconds, int which) {
    struct timeval wait;
    fd_set set;
    wait.tv_sec = milliseconds / 1000;
    wait.tv_usec = milliseconds % 1000 * 1000;
    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, which == 0 ? &set : NULL, which == 1 ? &set : NULL, which == 2 ? &set : NULL, &wait);
}

int readable(SOCKET s, int milliseconds) { return selected(s, milliseconds, 0); }
int writable(SOCKET s, int milliseconds) { return selected(s, milliseconds, 1); }
int excepted(SOCKET s, int milliseconds) { return selected(s, milliseconds, 2); }

void await_readable(SOCKET s) { require(readable(s, PATIENCE) == 1); }

u_long queued(SOCKET s) {
    u_long bytes = POISON;
    require(ioctlsocket(s, FIONREAD, &bytes) == 0);
    return bytes;
}

void await_queued(SOCKET s, u_long bytes) {
    long long end = now_ms() + PATIENCE;
    while (queued(s) < bytes) {
        require(now_ms() < end);
        Sleep(1);
    }
}

void give(SOCKET from, const char *text) {
    int length = (int)strlen(text);
    require(send(from, text, length, 0) == length);
}

void give_to(SOCKET from, SOCKET to, const char *text) {
    give(from, text);
    await_readable(to);
}

long long now_ms(void) {
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (long long)((double)now.QuadPart * 1000.0 / (double)frequency.QuadPart);
}

/* ---- Requests posted on sockets ---- */

HANDLE manual_event(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    require(event != NULL);
    return event;
}

int signalled(HANDLE object, int milliseconds) {
    DWORD waited = WaitForSingleObject(object, (DWORD)milliseconds);
    require(waited == WAIT_OBJECT_0 || waited == WAIT_TIMEOUT);
    return waited == WAIT_OBJECT_0;
}

void lay_out(struct posted *r, u_long room, HANDLE event) {
    poison(r, sizeof *r);
    r->over.Internal = r->over.InternalHigh = POISON;
    r->over.Offset = r->over.OffsetHigh = r->got = POISON;
    r->over.hEvent = event;
    r->part.len = room;
    r->part.buf = r->bytes;
    r->flags = 0;
    require(room <= sizeof r->bytes);
}

void lay_out_event(struct posted *r, u_long room) { lay_out(r, room, manual_event()); }

int post_recv(SOCKET s, struct posted *r) {
    return WSARecv(s, &r->part, 1, &r->got, &r->flags, &r->over, NULL);
}

void harness_ends(SOCKET s, WSAOVERLAPPED *over) {
    require(signalled(over->hEvent ? over->hEvent : (HANDLE)s, PATIENCE));
}

void harness_result(const char *file, int line, SOCKET s, WSAOVERLAPPED *over, int done, DWORD count,
                    int code) {
    DWORD bytes = POISON, flags = POISON;
    int result;
    WSASetLastError((int)POISON);
    result = WSAGetOverlappedResult(s, over, &bytes, FALSE, &flags);
    harness_error(file, line, "WSAGetOverlappedResult", result, done, code);
    harness_eq(file, line, "its count", bytes, count);
}

/* ---- Calls that block ---- */

static DWORD WINAPI run_call(void *argument) {
    struct call *call = (struct call *)argument;
    call->started = now_ms();
    InterlockedExchange(&call->entered, 1);
    WSASetLastError((int)POISON);
    call->result = call->act(call->argument);
    call->error = WSAGetLastError();
    call->ended = now_ms();
    return 0;
}

void begin(struct call *call, long long (*act)(void *), void *argument) {
    DWORD id;
    memset(call, 0, sizeof *call);
    call->act = act;
    call->argument = argument;
    call->thread = CreateThread(NULL, 0, run_call, call, 0, &id);
    require(call->thread != NULL);
    while (!InterlockedCompareExchange(&call->entered, 0, 0)) Sleep(1);
    require(still_blocked(call, 100));
}

int still_blocked(struct call *call, int milliseconds) {
    return WaitForSingleObject(call->thread, (DWORD)milliseconds) == WAIT_TIMEOUT;
}

void finish(struct call *call) {
    if (WaitForSingleObject(call->thread, PATIENCE) != WAIT_OBJECT_0) {
        fail(__FILE__, __LINE__, "the blocked call", "to return", "still blocked");
        exit(1);
    }
    CloseHandle(call->thread);
}

long long act_recv(void *argument) {
    char buffer[16];
    return recv(*(SOCKET *)argument, buffer, sizeof buffer, 0);
}

long long act_recvfrom(void *argument) {
    char buffer[16];
    struct sockaddr_storage from;
    int length = sizeof from;
    return recvfrom(*(SOCKET *)argument, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length);
}

long long act_wsarecv(void *argument) {
    char buffer[16];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    return WSARecv(*(SOCKET *)argument, &part, 1, &got, &flags, NULL, NULL);
}

long long act_accept(void *argument) {
    SOCKET accepted = accept(*(SOCKET *)argument, NULL, NULL);
    return accepted == INVALID_SOCKET ? -1 : (long long)accepted;
}

/* ---- Overlapped requests and packets ---- */

void request_init(struct request *request, HANDLE event) {
    poison(request, sizeof *request);
    request->overlapped.Offset = request->overlapped.OffsetHigh = 0;
    request->overlapped.hEvent = event;
    request->part.buf = request->bytes;
    request->part.len = sizeof request->bytes;
    request->flags = 0;
}

int begin_receive(SOCKET s, struct request *request, HANDLE event, ULONG length) {
    request_init(request, event);
    request->part.len = length;
    WSASetLastError((int)POISON);
    if (WSARecv(s, &request->part, 1, NULL, &request->flags, &request->overlapped, NULL) == 0)
        return NO_ERROR;
    return WSAGetLastError();
}

static DWORD status_of(const OVERLAPPED *overlapped) {
    return (DWORD) * (volatile const ULONG_PTR *)&overlapped->Internal;
}

int ended(OVERLAPPED *overlapped, int milliseconds) {
    long long end = now_ms() + milliseconds;
    while (status_of(overlapped) == NOT_ENDED) {
        if (now_ms() >= end) return 0;
        Sleep(1);
    }
    return 1;
}

void harness_begun(const char *file, int line, const char *what, const OVERLAPPED *overlapped, int error) {
    DWORD status = status_of(overlapped);
    harness_eq(file, line, what, error, WSA_IO_PENDING);
    harness_eq(file, line, "Internal of the pending request", status, NOT_ENDED);
}

void harness_pending(const char *file, int line, const char *what, const OVERLAPPED *overlapped, int error) {
    DWORD high = (DWORD)overlapped->InternalHigh;
    harness_begun(file, line, what, overlapped, error);
    harness_eq(file, line, "InternalHigh of the pending request", high, POISON);
}

void harness_ended(const char *file, int line, OVERLAPPED *overlapped, DWORD status, DWORD count) {
    if (!ended(overlapped, PATIENCE)) {
        fail(file, line, "the request", "to end", "still pending");
        return;
    }
    harness_eq(file, line, "Internal", status_of(overlapped), status);
    harness_eq(file, line, "InternalHigh", (long long)overlapped->InternalHigh, count);
}

HANDLE new_port(void) {
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    require(port != NULL);
    return port;
}

void associate(HANDLE port, SOCKET s, ULONG_PTR key) {
    require(CreateIoCompletionPort((HANDLE)s, port, key, 0) == port);
}

void harness_packet(const char *file, int line, HANDLE port, ULONG_PTR key, OVERLAPPED *overlapped,
                    DWORD count, int code) {
    DWORD its_count = POISON;
    ULONG_PTR its_key = POISON;
    OVERLAPPED *its = UNMAPPED(OVERLAPPED);
    BOOL whole;
    WSASetLastError((int)POISON);
    whole = GetQueuedCompletionStatus(port, &its_count, &its_key, &its, PATIENCE);
    harness_error(file, line, "the packet", whole, code == NO_ERROR, code == NO_ERROR ? (int)POISON : code);
    harness_eq(file, line, "the packet's OVERLAPPED", (long long)(ULONG_PTR)its,
               (long long)(ULONG_PTR)overlapped);
    harness_eq(file, line, "the packet's key", (long long)its_key, (long long)key);
    harness_eq(file, line, "the packet's count", its_count, count);
}

void harness_no_packet(const char *file, int line, HANDLE port) {
    DWORD count = POISON;
    ULONG_PTR key = POISON;
    OVERLAPPED *overlapped = UNMAPPED(OVERLAPPED);
    BOOL came;
    WSASetLastError((int)POISON);
    came = GetQueuedCompletionStatus(port, &count, &key, &overlapped, 100);
    harness_error(file, line, "no packet", came, FALSE, WAIT_TIMEOUT);
}

SOCKET copy_of(SOCKET s) {
    WSAPROTOCOL_INFOA info;
    SOCKET copy;
    require(WSADuplicateSocketA(s, GetCurrentProcessId(), &info) == 0);
    copy =
        WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    require(copy != INVALID_SOCKET);
    return copy;
}

void extension(GUID id, void *function) {
    DWORD size;
    SOCKET s = tcp();
    require(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, function, sizeof(void *), &size,
                     NULL, NULL) == 0);
    require(closesocket(s) == 0);
}

/* ---- main ---- */

static int run(const char *id) {
    WSADATA data;
    int i;
    for (i = 0; i < case_count; i++)
        if (strcmp(cases[i].id, id) == 0) {
            running = id;
            failures = 0;
            if (cases[i].warm) require(WSAStartup(MAKEWORD(2, 2), &data) == 0);
            cases[i].body();
            if (failures == 0) printf("ok %s\n", id);
            fflush(stdout);
            return failures != 0;
        }
    printf("fail %s none:0 the id: expected a case, actual none\n", id);
    return 1;
}

int main(int count, char **arguments) {
    int i, status = 0;
    if (count == 2 && strcmp(arguments[1], "--list") == 0) {
        for (i = 0; i < case_count; i++) printf("%s\n", cases[i].id);
        return 0;
    }
    for (i = 1; i < count; i++) status |= run(arguments[i]);
    return status;
}
