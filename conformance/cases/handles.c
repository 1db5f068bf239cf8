/* Handles: what is no socket, and what is checked before what (clauses/handles.md). */
#include "harness.h"

CASE("recv/error/WSAENOTSOCK-zero") {
    char buffer[8];
    poison(buffer, sizeof buffer);
    expect_error(recv(0, buffer, sizeof buffer, 0), WSAENOTSOCK);
    expect_untouched(buffer, sizeof buffer);
}

CASE("wsarecv/error/WSAENOTSOCK-zero") {
    char buffer[8];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    poison(buffer, sizeof buffer);
    expect_error(WSARecv(0, &part, 1, &got, &flags, NULL, NULL), WSAENOTSOCK);
    expect_eq(got, POISON);
    expect_untouched(buffer, sizeof buffer);
}

CASE("send/precedence/handle-before-buffer") { expect_error(send(0, NULL, 0, 0), WSAENOTSOCK); }

CASE("recv/precedence/handle-before-buffer") {
    int length = 1;
    expect_error(recv(INVALID_SOCKET, NULL, -1, 0x4000), WSAENOTSOCK);
    expect_error(recvfrom(INVALID_SOCKET, NULL, -1, 0x4000, UNMAPPED(struct sockaddr), &length), WSAENOTSOCK);
    expect_error(WSARecv(INVALID_SOCKET, NULL, 0, NULL, NULL, NULL, NULL), WSAENOTSOCK);
    expect_error(WSARecvFrom(INVALID_SOCKET, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL), WSAENOTSOCK);
}

CASE("recv/error/WSAENOTSOCK-closed") {
    struct pair pair = tcp_pair();
    char byte;
    require(closesocket(pair.local) == 0);
    expect_error(recv(pair.local, &byte, 1, MSG_PEEK), WSAENOTSOCK);
    expect_error(recv(pair.local, &byte, 1, 0), WSAENOTSOCK);
}

CASE("wsasend/error/WSAENOTSOCK") {
    struct sockaddr_in where = loopback(htons(9));
    WSAOVERLAPPED overlapped;
    WSABUF part = {1, (char *)"x"};
    DWORD sent = POISON;
    memset(&overlapped, 0, sizeof overlapped);
    expect_error(WSASend(INVALID_SOCKET, &part, 1, &sent, 0, &overlapped, NULL), WSAENOTSOCK);
    expect_error(WSASendTo(INVALID_SOCKET, &part, 1, &sent, 0, (struct sockaddr *)&where, sizeof where,
                           &overlapped, NULL),
                 WSAENOTSOCK);
}

CASE("wsasend/error/WSAEFAULT-no-count") {
    WSABUF part = {1, (char *)"x"};
    expect_error(WSASend(tcp_pair().local, &part, 1, NULL, 0, NULL, NULL), WSAEFAULT);
    expect_error(WSASend(INVALID_SOCKET, &part, 1, NULL, 0, NULL, NULL), WSAENOTSOCK);
}

CASE("wsarecv/error/WSAEFAULT-no-count") {
    struct pair pair = tcp_pair();
    char buffer[4];
    WSABUF part = {sizeof buffer, buffer};
    DWORD flags = 0;
    give_to(pair.peer, pair.local, "abcd");
    expect_error(WSARecv(pair.local, &part, 1, NULL, &flags, NULL, NULL), WSAEFAULT);
    expect_eq(queued(pair.local), 4);
}

static DWORD WINAPI idle(void *unused) {
    (void)unused;
    return 0;
}

/* A handle that waits and closes but is no socket. */
static HANDLE other_handle(void) {
    DWORD id;
    HANDLE thread = CreateThread(NULL, 0, idle, NULL, 0, &id);
    require(thread != NULL);
    return thread;
}

CASE("recv/error/WSAENOTSOCK-other-handle") {
    SOCKET other = (SOCKET)(ULONG_PTR)other_handle();
    WSABUF part = {1, (char *)"x"};
    DWORD sent;
    char byte;
    expect_error(recv(other, &byte, 1, 0), WSAENOTSOCK);
    expect_error(send(other, "x", 1, 0), WSAENOTSOCK);
    expect_error(WSASend(other, &part, 1, &sent, 0, NULL, NULL), WSAENOTSOCK);
}

CASE("closesocket/error/WSAENOTSOCK-other-handle") {
    HANDLE other = other_handle();
    expect_error(closesocket((SOCKET)(ULONG_PTR)other), WSAENOTSOCK);
    expect(CloseHandle(other));
}

CASE("closesocket/error/WSAENOTSOCK-twice") {
    SOCKET s = tcp();
    expect_eq(closesocket(s), 0);
    expect_error(closesocket(s), WSAENOTSOCK);
}

CASE("closesocket/error/WSAENOTSOCK-invalid") { expect_error(closesocket(INVALID_SOCKET), WSAENOTSOCK); }

/* The flags of a handle that has some. */
static DWORD flags_of(HANDLE handle) {
    DWORD flags = POISON;
    require(GetHandleInformation(handle, &flags));
    return flags;
}

static HANDLE handle_of(SOCKET s) { return (HANDLE)(ULONG_PTR)s; }

CASE("gethandleinformation/returns/socket") {
    SOCKET own = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    expect_eq(flags_of(handle_of(udp())), HANDLE_FLAG_INHERIT);
    expect_eq(flags_of(handle_of(own)), 0);
}

CASE("gethandleinformation/returns/duplicate") {
    WSAPROTOCOL_INFOW info;
    SOCKET s = udp(), own = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_NO_HANDLE_INHERIT);
    const DWORD pid = GetCurrentProcessId();
    require(WSADuplicateSocketW(s, pid, &info) == 0);
    expect_eq(flags_of(handle_of(WSASocketW(-1, -1, -1, &info, 0, WSA_FLAG_NO_HANDLE_INHERIT))), 0);
    require(WSADuplicateSocketW(own, pid, &info) == 0);
    expect_eq(flags_of(handle_of(WSASocketW(-1, -1, -1, &info, 0, 0))), HANDLE_FLAG_INHERIT);
    expect_eq(flags_of(handle_of(s)), HANDLE_FLAG_INHERIT);
    expect_eq(flags_of(handle_of(own)), 0);
}

CASE("gethandleinformation/returns/event") {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE}, kept = {sizeof kept, NULL, FALSE};
    expect_eq(flags_of(CreateEventA(NULL, TRUE, FALSE, NULL)), 0);
    expect_eq(flags_of(CreateEventA(&kept, TRUE, FALSE, NULL)), 0);
    expect_eq(flags_of(CreateEventA(&inherited, TRUE, FALSE, NULL)), HANDLE_FLAG_INHERIT);
}

static void changes(HANDLE handle) {
    const DWORD both = HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE;
    expect(SetHandleInformation(handle, both, both));
    expect_eq(flags_of(handle), both);
    expect(SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0));
    expect_eq(flags_of(handle), HANDLE_FLAG_PROTECT_FROM_CLOSE);
    expect(SetHandleInformation(handle, 0, HANDLE_FLAG_INHERIT));
    expect_eq(flags_of(handle), HANDLE_FLAG_PROTECT_FROM_CLOSE);
    expect(SetHandleInformation(handle, both, HANDLE_FLAG_INHERIT));
    expect_eq(flags_of(handle), HANDLE_FLAG_INHERIT);
}

CASE("sethandleinformation/returns/masked") {
    changes(handle_of(udp()));
    changes(manual_event());
}

static void duplicates(HANDLE handle) {
    const DWORD both = HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE;
    HANDLE self = GetCurrentProcess(), plain = NULL, inherited = NULL;
    require(SetHandleInformation(handle, both, both));
    require(DuplicateHandle(self, handle, self, &plain, 0, FALSE, DUPLICATE_SAME_ACCESS));
    require(DuplicateHandle(self, handle, self, &inherited, 0, TRUE, DUPLICATE_SAME_ACCESS));
    expect_eq(flags_of(plain), 0);
    expect_eq(flags_of(inherited), HANDLE_FLAG_INHERIT);
    expect(SetHandleInformation(plain, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
    expect_eq(flags_of(inherited), HANDLE_FLAG_INHERIT);
    expect_eq(flags_of(handle), both);
}

CASE("sethandleinformation/returns/own") {
    duplicates(handle_of(udp()));
    duplicates(manual_event());
}

CASE("sethandleinformation/error/invalid-handle") {
    HANDLE event = manual_event();
    SOCKET s = udp();
    DWORD flags = POISON;
    require(CloseHandle(event) && closesocket(s) == 0);
    expect_false(SetHandleInformation(event, HANDLE_FLAG_INHERIT, 0), ERROR_INVALID_HANDLE);
    expect_false(SetHandleInformation(handle_of(s), HANDLE_FLAG_INHERIT, 0), ERROR_INVALID_HANDLE);
    expect_false(GetHandleInformation(event, &flags), ERROR_INVALID_HANDLE);
    expect_false(GetHandleInformation(handle_of(s), &flags), ERROR_INVALID_HANDLE);
    expect_false(SetHandleInformation(NULL, HANDLE_FLAG_INHERIT, 0), ERROR_INVALID_HANDLE);
    expect_eq(flags, POISON);
}

CASE("sethandleinformation/error/invalid-flag") {
    HANDLE s = handle_of(udp());
    expect_false(SetHandleInformation(s, HANDLE_FLAG_INHERIT | 4, 0), ERROR_INVALID_PARAMETER);
    expect_eq(flags_of(s), HANDLE_FLAG_INHERIT);
}

static void protect(HANDLE handle) {
    require(SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
}

static void survives(HANDLE handle) {
    protect(handle);
    expect_eq(CloseHandle(handle), FALSE);
    expect(flags_of(handle) & HANDLE_FLAG_PROTECT_FROM_CLOSE);
    require(SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    expect(CloseHandle(handle));
}

CASE("closehandle/error/protected") {
    survives(manual_event());
    survives(handle_of(udp()));
}

CASE("closehandle/error/protected-code") {
    HANDLE event = manual_event(), s = handle_of(udp());
    protect(event);
    protect(s);
    expect_false(CloseHandle(event), ERROR_INVALID_HANDLE);
    expect_false(CloseHandle(s), ERROR_INVALID_HANDLE);
}

CASE("closesocket/returns/protected") {
    SOCKET s = udp();
    protect(handle_of(s));
    expect_eq(closesocket(s), 0);
    expect_error(closesocket(s), WSAENOTSOCK);
}
