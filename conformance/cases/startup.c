/* Startup, cleanup and the last error (clauses/startup.md). */
#include "harness.h"

static void start(int major, int minor) {
    WSADATA data;
    require(WSAStartup(MAKEWORD(major, minor), &data) == 0);
}

COLD_CASE("wsastartup/error/WSANOTINITIALISED") {
    expect_error(WSASocketA(0, 0, 0, NULL, 0, 0), WSANOTINITIALISED);
    expect_error(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), WSANOTINITIALISED);
}

COLD_CASE("wsastartup/error/lookups-before-startup") {
    expect_false(gethostbyname("localhost"), WSANOTINITIALISED);
    expect_false(getservbyname("http", "tcp"), WSANOTINITIALISED);
    expect_false(getservbyport(htons(80), "tcp"), WSANOTINITIALISED);
}

COLD_CASE("wsastartup/remarks/inet-addr-needs-none") {
    expect_eq(inet_addr("127.0.0.1"), htonl(INADDR_LOOPBACK));
}

COLD_CASE("wsastartup/error/receive-before-startup") {
    char buffer[4];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got = POISON, flags = 0;
    expect_error(recv(INVALID_SOCKET, buffer, 4, 0), WSANOTINITIALISED);
    expect_error(recvfrom(INVALID_SOCKET, buffer, 4, 0, NULL, NULL), WSANOTINITIALISED);
    expect_error(WSARecv(INVALID_SOCKET, &part, 1, &got, &flags, NULL, NULL), WSANOTINITIALISED);
    expect_error(WSARecvFrom(INVALID_SOCKET, &part, 1, &got, &flags, NULL, NULL, NULL, NULL),
                 WSANOTINITIALISED);
}

COLD_CASE("wsacleanup/remarks/destroys-sockets") {
    struct sockaddr_in name;
    int length = sizeof name;
    struct pair pair;
    start(2, 2);
    pair = tcp_pair();
    require(WSACleanup() == 0);
    start(2, 2);
    expect_error(send(pair.local, "x", 1, 0), WSAENOTSOCK);
    expect_error(getsockname(pair.peer, (struct sockaddr *)&name, &length), WSAENOTSOCK);
}

COLD_CASE("wsacleanup/remarks/destroys-duplicates") {
    WSAPROTOCOL_INFOA info;
    SOCKET copy;
    start(2, 2);
    require(WSADuplicateSocketA(udp_at(NULL), GetCurrentProcessId(), &info) == 0);
    copy =
        WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    require(copy != INVALID_SOCKET);
    require(WSACleanup() == 0);
    start(2, 2);
    expect_error(send(copy, "x", 1, 0), WSAENOTSOCK);
}

COLD_CASE("wsacleanup/error/one-too-many") {
    start(2, 2);
    expect_eq(WSACleanup(), 0);
    expect_error(WSACleanup(), WSANOTINITIALISED);
}

COLD_CASE("wsacleanup/remarks/counted") {
    SOCKET s;
    start(2, 2);
    start(2, 2);
    s = udp_at(NULL);
    expect_eq(WSACleanup(), 0);
    expect_eq(queued(s), 0);
    expect_eq(WSACleanup(), 0);
    expect_error(closesocket(s), WSANOTINITIALISED);
}

COLD_CASE("wsastartup/precedence/version-before-pointer") {
    expect_eq(WSAStartup(MAKEWORD(0, 0), NULL), WSAVERNOTSUPPORTED);
    expect_eq(WSAStartup(MAKEWORD(2, 2), NULL), WSAEFAULT);
}

COLD_CASE("wsastartup/returns/clears-last-error") {
    WSADATA data;
    expect_clears(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

/* Asks for a version and checks what is granted. */
static void expect_version(int major, int minor, WORD granted) {
    WSADATA data;
    poison(&data, sizeof data);
    expect_eq(WSAStartup(MAKEWORD(major, minor), &data), 0);
    expect_eq(data.wVersion, granted);
    expect_eq(data.wHighVersion, MAKEWORD(2, 2));
    expect_eq(WSACleanup(), 0);
}

COLD_CASE("wsastartup/param/versions-1") {
    expect_version(1, 0, MAKEWORD(1, 0));
    expect_version(1, 1, MAKEWORD(1, 1));
    expect_version(1, 2, MAKEWORD(1, 1));
    expect_version(1, 255, MAKEWORD(1, 1));
}

COLD_CASE("wsastartup/param/versions-2") {
    expect_version(2, 0, MAKEWORD(2, 0));
    expect_version(2, 1, MAKEWORD(2, 1));
    expect_version(2, 2, MAKEWORD(2, 2));
    expect_version(2, 3, MAKEWORD(2, 2));
    expect_version(2, 255, MAKEWORD(2, 2));
}

COLD_CASE("wsastartup/param/versions-above") {
    expect_version(3, 0, MAKEWORD(2, 2));
    expect_version(255, 255, MAKEWORD(2, 2));
}

COLD_CASE("wsastartup/error/WSAVERNOTSUPPORTED") {
    int minor;
    for (minor = 0; minor <= 9; minor += 9) {
        WSADATA data;
        poison(&data, sizeof data);
        expect_eq(WSAStartup(MAKEWORD(0, minor), &data), WSAVERNOTSUPPORTED);
        expect_eq(data.wVersion, MAKEWORD(2, 2));
        expect_eq(data.wHighVersion, MAKEWORD(2, 2));
    }
}

COLD_CASE("wsastartup/param/data-2") {
    WSADATA data;
    poison(&data, sizeof data);
    expect_eq(WSAStartup(MAKEWORD(2, 0), &data), 0);
    expect_bytes(data.szDescription, "WinSock 2.0");
    expect_eq(strlen(data.szDescription), 11);
    expect_bytes(data.szSystemStatus, "Running");
    expect_eq(strlen(data.szSystemStatus), 7);
    expect_eq(data.iMaxSockets, 0);
    expect_eq(data.iMaxUdpDg, 0);
}

COLD_CASE("wsastartup/param/data-1") {
    WSADATA data;
    poison(&data, sizeof data);
    expect_eq(WSAStartup(MAKEWORD(1, 1), &data), 0);
    expect_bytes(data.szDescription, "WinSock 2.0");
    expect_eq(data.iMaxSockets, 32767);
    expect_eq(data.iMaxUdpDg, 65467);
}

COLD_CASE("wsastartup/param/vendor-info") {
    WSADATA data;
    poison(&data, sizeof data);
    data.lpVendorInfo = (char *)&data;
    expect_eq(WSAStartup(MAKEWORD(2, 2), &data), 0);
    expect(data.lpVendorInfo == (char *)&data);
}

COLD_CASE("wsacancelblockingcall/error/WSAEOPNOTSUPP") {
    start(2, 2);
    expect_error(WSACancelBlockingCall(), WSAEOPNOTSUPP);
}

COLD_CASE("wsacancelblockingcall/error/WSAEINVAL") {
    start(1, 1);
    expect_error(WSACancelBlockingCall(), WSAEINVAL);
}

COLD_CASE("wsacancelblockingcall/remarks/first-startup-decides") {
    start(1, 1);
    start(2, 2);
    expect_error(WSACancelBlockingCall(), WSAEINVAL);
}

CASE("wsagetlasterror/remarks/success-clears-transfers") {
    struct pair stream = tcp_pair(), datagram = udp_pair();
    struct sockaddr_in from;
    int length = sizeof from;
    char buffer[4];
    WSABUF part = {sizeof buffer, buffer};
    DWORD got, flags = 0;
    expect_clears(send(stream.peer, "abcd", 4, 0), 4);
    expect_clears(sendto(datagram.peer, "ab", 2, 0, NULL, 0), 2);
    await_readable(stream.local);
    await_readable(datagram.local);
    expect_clears(recv(stream.local, buffer, 4, MSG_PEEK), 4);
    expect_clears(recv(stream.local, buffer, 2, 0), 2);
    expect_clears(WSARecv(stream.local, &part, 1, &got, &flags, NULL, NULL), 0);
    expect_clears(recvfrom(datagram.local, buffer, 4, 0, (struct sockaddr *)&from, &length), 2);
}

CASE("wsagetlasterror/remarks/success-clears-options") {
    struct pair stream = tcp_pair();
    struct sockaddr_in any = loopback(0);
    int value = 0, length = sizeof value;
    u_long waiting;
    DWORD size;
    expect_clears(getsockopt(stream.local, SOL_SOCKET, SO_TYPE, (char *)&value, &length), 0);
    expect_clears(setsockopt(stream.local, SOL_SOCKET, SO_RCVTIMEO, (char *)&value, sizeof value), 0);
    expect_clears(WSAIoctl(stream.local, FIONREAD, NULL, 0, &waiting, sizeof waiting, &size, NULL, NULL), 0);
    expect_clears(ioctlsocket(stream.local, FIONREAD, &waiting), 0);
    expect_clears(shutdown(stream.local, SD_SEND), 0);
    expect_clears(bind(tcp(), (struct sockaddr *)&any, sizeof any), 0);
}

CASE("wsagetlasterror/remarks/shared-with-win32") {
    SetLastError(1234);
    expect(WSAGetLastError() == 1234);
    WSASetLastError(4321);
    expect(GetLastError() == 4321);
    recv(INVALID_SOCKET, NULL, 0, 0);
    expect(GetLastError() == WSAENOTSOCK);
}

static DWORD WINAPI read_then_set_last_error(void *first) {
    *(int *)first = WSAGetLastError();
    WSASetLastError(77);
    return 0;
}

static void run_thread(LPTHREAD_START_ROUTINE body, void *argument) {
    DWORD id;
    HANDLE thread = CreateThread(NULL, 0, body, argument, 0, &id);
    require(thread != NULL);
    require(WaitForSingleObject(thread, PATIENCE) == WAIT_OBJECT_0);
    CloseHandle(thread);
}

CASE("wsagetlasterror/remarks/per-thread") {
    int first = -1;
    WSASetLastError(42);
    run_thread(read_then_set_last_error, &first);
    expect(WSAGetLastError() == 42);
    expect_eq(first, 0);
}

CASE("wsagetlasterror/remarks/messages") {
    static const int codes[] = {10004, 10009, 10013, 10014, 10022, 10024, 10035, 10036, 10037, 10038, 10039,
                                10040, 10041, 10042, 10043, 10044, 10045, 10046, 10047, 10048, 10049, 10050,
                                10051, 10052, 10053, 10054, 10055, 10056, 10057, 10058, 10059, 10060, 10061,
                                10062, 10063, 10064, 10065, 10066, 10067, 10068, 10069, 10070, 10071, 10091,
                                10092, 10093, 10101, 11001, 11002, 11003, 11004};
    size_t i;
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        char text[512];
        DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                      (DWORD)codes[i], 0, text, sizeof text, NULL);
        expect(length > 5);
    }
}

CASE("so-opentype/remarks/invalid-socket") {
    int value = 7, length = sizeof value;
    expect_eq(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, &length), 0);
    expect_eq(value, 0);
    value = SO_SYNCHRONOUS_NONALERT;
    expect_eq(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, sizeof value), 0);
    value = 0;
    expect_eq(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, &length), 0);
    expect_eq(value, SO_SYNCHRONOUS_NONALERT);
    expect_eq(length, 4);
}

static DWORD WINAPI read_open_type(void *value) {
    int length = sizeof(int);
    return (DWORD)getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)value, &length);
}

CASE("so-opentype/remarks/per-thread") {
    int mine = SO_SYNCHRONOUS_ALERT, theirs = -1, length = sizeof mine;
    expect_eq(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&mine, sizeof mine), 0);
    run_thread(read_open_type, &theirs);
    expect_eq(theirs, 0);
    expect_eq(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&mine, &length), 0);
    expect_eq(mine, SO_SYNCHRONOUS_ALERT);
}
