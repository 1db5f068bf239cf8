/* WSAGetOverlappedResult and GetOverlappedResult: what they make of a status (clauses/result.md). The
 * statuses are set by hand, so that no operation has to bring them about. */
#include "harness.h"

/* What the two functions make of a failing status. */
struct row {
    DWORD status, code;
};

/* F106 to F110; every other failing status is WSAEINVAL. */
static const struct row resources[] = {
    {0x80000005, WSAEMSGSIZE}, {0xC0000002, WSAEOPNOTSUPP}, {0xC0000005, WSAEFAULT},
    {0xC0000008, WSAENOTSOCK}, {0xC000000E, WSAENETDOWN},   {0xC000000F, WSAENETDOWN},
    {0xC0000017, WSAENOBUFS},  {0xC0000018, WSAENOBUFS},    {0xC0000022, WSAEACCES},
    {0xC0000023, WSAEFAULT},   {0xC0000024, WSAENOTSOCK},   {0xC0000034, WSAENETDOWN},
    {0xC000003A, WSAENETDOWN}, {0xC0000043, WSAEADDRINUSE},
};
static const struct row quotas[] = {
    {0xC0000007, WSAENOBUFS}, {0xC0000044, WSAENOBUFS}, {0xC0000097, WSAENOBUFS}, {0xC000009A, WSAENOBUFS},
    {0xC00000A1, WSAENOBUFS}, {0xC000012D, WSAENOBUFS}, {0xC000013D, WSAENOBUFS}, {0xC0000209, WSAENOBUFS},
};
static const struct row networks[] = {
    {0xC00000A3, WSAEWOULDBLOCK},  {0xC00000D0, WSAEWOULDBLOCK},  {0xC00000B0, WSAESHUTDOWN},
    {0xC00000B5, WSAETIMEDOUT},    {0xC000013F, WSAETIMEDOUT},    {0xC00000BB, WSAEOPNOTSUPP},
    {0xC00000BC, WSAECONNREFUSED}, {0xC0000236, WSAECONNREFUSED}, {0xC00000BE, WSAENETUNREACH},
    {0xC00000BF, WSAENETDOWN},     {0xC00000C3, WSAENETDOWN},     {0xC00000C4, WSAENETDOWN},
};
static const struct row losses[] = {
    {0xC0000120, WSA_OPERATION_ABORTED},
    {0xC000013B, WSAECONNABORTED},
    {0xC0000241, WSAECONNABORTED},
    {0xC000020F, WSAECONNABORTED},
    {0xC000013C, WSAECONNRESET},
    {0xC000013E, WSAECONNRESET},
    {0xC000020C, WSAECONNRESET},
    {0xC000020D, WSAECONNRESET},
    {0xC000023F, WSAECONNRESET},
    {0xC0000237, WSAEDISCON},
    {0xC0000240, WSAEINTR},
};
static const struct row addresses[] = {
    {0xC0000140, WSAENOTCONN},       {0xC0000141, WSAEADDRNOTAVAIL},  {0xC0000207, WSAEADDRNOTAVAIL},
    {0xC000020A, WSAEADDRINUSE},     {0xC0000206, WSAEMSGSIZE},       {0xC000023B, WSAEISCONN},
    {0xC000023C, WSAENETUNREACH},    {0xC000023E, WSAENETUNREACH},    {0xC000023D, WSAEHOSTUNREACH},
    {0xC0000350, WSAEHOSTDOWN},      {0xC00002C5, WSAEFAULT},         {0x800703E4, WSA_IO_INCOMPLETE},
    {0xC00103E4, WSA_IO_INCOMPLETE}, {0xC00703E4, WSA_IO_INCOMPLETE},
};
#define ROWS(table) (sizeof(table) / sizeof *(table))

/* An OVERLAPPED as an operation would leave it. */
static WSAOVERLAPPED over_of(DWORD status, DWORD count) {
    WSAOVERLAPPED over;
    memset(&over, 0, sizeof over);
    over.Internal = status;
    over.InternalHigh = count;
    return over;
}

static int result_of(SOCKET s, DWORD status) {
    WSAOVERLAPPED over = over_of(status, 0);
    DWORD count = POISON, flags = POISON;
    return WSAGetOverlappedResult(s, &over, &count, FALSE, &flags);
}

static void expect_map(const struct row *rows, size_t count) {
    SOCKET s = tcp();
    size_t i;
    for (i = 0; i < count; i++) {
        char what[48];
        sprintf(what, "status %08x", (unsigned)rows[i].status);
        harness_error(__FILE__, __LINE__, what, poisoned(result_of(s, rows[i].status)), FALSE,
                      (int)rows[i].code);
    }
}

static int mapped(DWORD status, const struct row *rows, size_t count) {
    size_t i;
    for (i = 0; i < count; i++)
        if (rows[i].status == status) return 1;
    return 0;
}

/* ---- WSAGetOverlappedResult ---- */

CASE("result/wsa/success") {
    static const DWORD statuses[] = {0, 1, 0x102, 0x104, 0x3fffffff, 0x40000000, 0x4000000F, 0x7fffffff};
    SOCKET s = tcp();
    size_t i;
    for (i = 0; i < ROWS(statuses); i++) {
        WSAOVERLAPPED over = over_of(statuses[i], 7);
        DWORD count = POISON, flags = POISON;
        expect_eq(WSAGetOverlappedResult(s, &over, &count, FALSE, &flags), TRUE);
        expect_eq(count, 7);
    }
}

CASE("result/wsa/last-error") { expect_clears(result_of(tcp(), 0), TRUE); }

CASE("result/wsa/incomplete") {
    WSAOVERLAPPED over = over_of(PENDING, 0);
    DWORD count = POISON, flags = POISON;
    over.hEvent = manual_event();
    expect_false(WSAGetOverlappedResult(tcp(), &over, &count, FALSE, &flags), WSA_IO_INCOMPLETE);
    expect_eq((DWORD)over.Internal, PENDING);
}

CASE("result/wsa/warnings") {
    SOCKET s = tcp();
    expect_false(result_of(s, 0x80000005), WSAEMSGSIZE);
    expect_false(result_of(s, 0x80000001), WSAEINVAL);
    expect_false(result_of(s, 0xffffffff), WSAEINVAL);
}

CASE("result/wsa/map-resources") { expect_map(resources, ROWS(resources)); }

CASE("result/wsa/map-quotas") { expect_map(quotas, ROWS(quotas)); }

CASE("result/wsa/map-networks") { expect_map(networks, ROWS(networks)); }

CASE("result/wsa/map-losses") { expect_map(losses, ROWS(losses)); }

CASE("result/wsa/map-addresses") { expect_map(addresses, ROWS(addresses)); }

static int in_a_table(DWORD status) {
    return mapped(status, resources, ROWS(resources)) || mapped(status, quotas, ROWS(quotas)) ||
           mapped(status, networks, ROWS(networks)) || mapped(status, losses, ROWS(losses)) ||
           mapped(status, addresses, ROWS(addresses));
}

CASE("result/wsa/map-others") {
    static const struct {
        DWORD start, count;
    } ranges[] = {
        {0x80000000, 0x1000},  {0xC0000000, 0x1000},  {0xD0000000, 0x1000},
        {0x80070000, 0x10000}, {0xC0070000, 0x10000}, {0xD0070000, 0x10000},
    };
    SOCKET s = tcp();
    DWORD at, wrong = 0, last_wrong = 0;
    size_t i;
    for (i = 0; i < ROWS(ranges); i++)
        for (at = 0; at < ranges[i].count; at++) {
            DWORD status = ranges[i].start + at;
            if (in_a_table(status)) continue;
            if (poisoned(result_of(s, status)) == FALSE && WSAGetLastError() == WSAEINVAL) continue;
            wrong++;
            last_wrong = status;
        }
    expect_eq(wrong, 0);
    expect_eq(last_wrong, 0);
}

CASE("result/wsa/count-of-failure") {
    WSAOVERLAPPED over = over_of(0x80000005, 6);
    DWORD count = POISON, flags = POISON;
    expect_false(WSAGetOverlappedResult(tcp(), &over, &count, FALSE, &flags), WSAEMSGSIZE);
    expect_eq(count, 6);
}

CASE("result/wsa/flags") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON, flags = POISON;
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect(WSAGetOverlappedResult(pair.local, &r.over, &count, FALSE, &flags));
    expect_eq(flags, 0);
}

CASE("result/wsa/no-flags") {
    WSAOVERLAPPED over = over_of(0, 6);
    DWORD count = POISON;
    WSAGetOverlappedResult(tcp(), &over, &count, FALSE, NULL);
    expect_eq(count, 6);
}

CASE("result/wsa/again") {
    struct pair pair = tcp_pair();
    struct posted r;
    int i;
    expect_pend(pair.local, &r, 16);
    expect_result(pair.local, &r, FALSE, POISON, WSA_IO_INCOMPLETE);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    for (i = 0; i < 3; i++) expect_result(pair.local, &r, TRUE, 4, 0);
}

CASE("result/wsa/WSAENOTSOCK") {
    expect_false(result_of(INVALID_SOCKET, 0), WSAENOTSOCK);
    expect_false(result_of((SOCKET)0xdeadbeef, 0), WSAENOTSOCK);
    expect_false(result_of((SOCKET)(ULONG_PTR)manual_event(), 0), WSAENOTSOCK);
    expect_false(result_of(0, 0), WSAENOTSOCK);
}

CASE("result/wsa/closed-socket") {
    SOCKET s = tcp();
    expect_eq(result_of(s, 0), TRUE);
    require(closesocket(s) == 0);
    expect_false(result_of(s, 0), WSAENOTSOCK);
}

CASE("result/wsa/duplicate") {
    SOCKET s = tcp();
    HANDLE copy = NULL;
    require(DuplicateHandle(GetCurrentProcess(), (HANDLE)s, GetCurrentProcess(), &copy, 0, FALSE,
                            DUPLICATE_SAME_ACCESS));
    expect_false(result_of((SOCKET)copy, 0), WSAENOTSOCK);
    expect_eq(result_of(s, 0), TRUE);
}

COLD_CASE("result/wsa/WSANOTINITIALISED") { expect_false(result_of(1, 0), WSANOTINITIALISED); }

CASE("result/wsa/event-decides") {
    WSAOVERLAPPED over = over_of(PENDING, 7);
    DWORD count = POISON, flags = POISON;
    int code;
    over.hEvent = manual_event();
    require(SetEvent(over.hEvent));
    expect_eq(WSAGetOverlappedResult(tcp(), &over, &count, TRUE, &flags), TRUE);
    code = WSAGetLastError();
    expect(code == 0 || code == WSA_IO_PENDING);
}

static struct posted waited_for;

static long long act_result(void *s) {
    DWORD count = POISON, flags = POISON;
    if (!WSAGetOverlappedResult(*(SOCKET *)s, &waited_for.over, &count, TRUE, &flags)) return -1;
    return count;
}

static long long act_kernel_result(void *s) {
    DWORD count = POISON;
    if (!GetOverlappedResult((HANDLE) * (SOCKET *)s, &waited_for.over, &count, TRUE)) return -1;
    return count;
}

CASE("result/wsa/waits") {
    struct pair pair = tcp_pair();
    struct call call;
    expect_pend(pair.local, &waited_for, 16);
    begin(&call, act_result, &pair.local);
    give(pair.peer, "abcd");
    expect_finish(&call, 4, 0);
}

CASE("result/wsa/waits-for-failure") {
    struct pair pair = tcp_pair();
    struct call call;
    expect_pend(pair.local, &waited_for, 16);
    begin(&call, act_result, &pair.local);
    reset(pair.peer);
    expect_finish(&call, -1, WSAECONNRESET);
}

/* ---- GetOverlappedResult ---- */

CASE("result/kernel/map") {
    static const struct row rows[] = {
        {0xC000020D, ERROR_NETNAME_DELETED},     {0xC0000241, ERROR_CONNECTION_ABORTED},
        {0xC0000120, ERROR_OPERATION_ABORTED},   {0xC0000236, ERROR_CONNECTION_REFUSED},
        {0xC0000023, ERROR_INSUFFICIENT_BUFFER}, {0xC00000BB, ERROR_NOT_SUPPORTED},
        {0x80000005, ERROR_MORE_DATA},           {0xC000023C, ERROR_NETWORK_UNREACHABLE},
        {0xC000023D, ERROR_HOST_UNREACHABLE},    {0xC000023E, ERROR_PROTOCOL_UNREACHABLE},
        {0xC000023F, ERROR_PORT_UNREACHABLE},    {0xC0000240, ERROR_REQUEST_ABORTED},
        {0xC00000B5, ERROR_SEM_TIMEOUT},
    };
    HANDLE s = (HANDLE)tcp();
    size_t i;
    for (i = 0; i < ROWS(rows); i++) {
        WSAOVERLAPPED over = over_of(rows[i].status, 6);
        DWORD count = POISON;
        expect_false(GetOverlappedResult(s, &over, &count, FALSE), rows[i].code);
        expect_eq(count, 6);
    }
}

CASE("result/kernel/success") {
    WSAOVERLAPPED over = over_of(0, 6);
    DWORD count = POISON;
    expect_eq(GetOverlappedResult((HANDLE)tcp(), &over, &count, FALSE), TRUE);
    expect_eq(count, 6);
}

CASE("result/kernel/incomplete") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON;
    expect_pend(pair.local, &r, 16);
    expect_false(GetOverlappedResult((HANDLE)pair.local, &r.over, &count, FALSE), ERROR_IO_INCOMPLETE);
    expect(!HasOverlappedIoCompleted(&r.over));
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect(HasOverlappedIoCompleted(&r.over));
    expect(GetOverlappedResult((HANDLE)pair.local, &r.over, &count, FALSE));
    expect_eq(count, 4);
}

CASE("result/kernel/has-completed") {
    WSAOVERLAPPED over = over_of(PENDING, 0);
    expect(!HasOverlappedIoCompleted(&over));
    over.Internal = 0;
    expect(HasOverlappedIoCompleted(&over));
    over.Internal = 0xC0000120;
    expect(HasOverlappedIoCompleted(&over));
}

CASE("result/kernel/any-handle") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON;
    expect_pend(pair.local, &r, 16);
    give(pair.peer, "abcd");
    expect_ends(pair.local, &r, 0, 4);
    expect(GetOverlappedResult((HANDLE)pair.peer, &r.over, &count, FALSE));
    expect_eq(count, 4);
}

CASE("result/kernel/waits") {
    struct pair pair = tcp_pair();
    struct call call;
    expect_pend(pair.local, &waited_for, 16);
    begin(&call, act_kernel_result, &pair.local);
    give(pair.peer, "abcd");
    finish(&call);
    expect_eq(call.result, 4);
}

CASE("result/kernel/waits-on-handle") {
    struct pair pair = tcp_pair();
    struct call call;
    lay_out(&waited_for, 16, NULL);
    expect_pends(post_recv(pair.local, &waited_for));
    begin(&call, act_kernel_result, &pair.local);
    give(pair.peer, "abcd");
    finish(&call);
    expect_eq(call.result, 4);
}

CASE("result/kernel/ex-time") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON;
    long long start = now_ms();
    expect_pend(pair.local, &r, 16);
    expect_false(GetOverlappedResultEx((HANDLE)pair.local, &r.over, &count, 0, FALSE), ERROR_IO_INCOMPLETE);
    expect_false(GetOverlappedResultEx((HANDLE)pair.local, &r.over, &count, 60, FALSE), WAIT_TIMEOUT);
    expect_false(GetOverlappedResultEx((HANDLE)pair.local, &r.over, &count, 40, TRUE), WAIT_TIMEOUT);
    expect_between(now_ms() - start, 80, PATIENCE);
    give(pair.peer, "abcd");
    expect(GetOverlappedResultEx((HANDLE)pair.local, &r.over, &count, PATIENCE, TRUE));
    expect_eq(count, 4);
}

CASE("result/kernel/ex-failure") {
    struct pair pair = tcp_pair();
    struct posted r;
    DWORD count = POISON;
    expect_pend(pair.local, &r, 16);
    reset(pair.peer);
    expect_false(GetOverlappedResultEx((HANDLE)pair.local, &r.over, &count, PATIENCE, FALSE),
                 ERROR_NETNAME_DELETED);
    expect_eq(count, 0);
}

CASE("result/port/waits") {
    struct pair pair = tcp_pair();
    struct call call;
    OVERLAPPED *told = NULL;
    ULONG_PTR key = POISON;
    DWORD count = POISON, flags = POISON;
    HANDLE port = CreateIoCompletionPort((HANDLE)pair.local, NULL, 7, 0);
    require(port != NULL);
    lay_out(&waited_for, 16, NULL);
    expect_pends(post_recv(pair.local, &waited_for));
    begin(&call, act_kernel_result, &pair.local);
    give(pair.peer, "abcd");
    finish(&call);
    expect_eq(call.result, 4);
    expect(WSAGetOverlappedResult(pair.local, &waited_for.over, &count, TRUE, &flags));
    expect_eq(count, 4);
    expect(GetQueuedCompletionStatus(port, &count, &key, &told, PATIENCE));
    expect(told == &waited_for.over && key == 7 && count == 4);
}
