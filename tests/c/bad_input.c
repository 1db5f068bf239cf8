/*
 * bad_input.c - what wrong arguments get: the documented code, nothing consumed, nothing written, no crash.
 *
 * Written for Windows like any other program; a failed check prints its line, and the last line counts them.
 */

#define WIN32_LEAN_AND_MEAN

#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")
#pragma comment(lib, "Mswsock.lib")

/* An address in the first page, which no process may touch. */
#define UNMAPPED ((char *)1)
#define UNTOUCHED 0x5A

static int g_Checks = 0, g_Failed = 0;

static void Check(BOOL good, int line, const char *what, long long got, int error)
{
    g_Checks++;
    if (!good) {
        g_Failed++;
        printf("line %d: %s gave %lld, last error %d\n", line, what, got, error);
    }
}

static long long FailsAt(int line, const char *what, int code, long long result, long long failure)
{
    int error = WSAGetLastError();
    Check(result == failure && error == code, line, what, result, error);
    WSASetLastError(0x7EADBEEF);
    return result;
}

#define FAILS(code, call) FailsAt(__LINE__, #call, code, (long long)(call), SOCKET_ERROR)
#define NO_SOCKET(code, call) FailsAt(__LINE__, #call, code, (long long)(call), (long long)INVALID_SOCKET)
#define GIVES(value, call) GivesAt(__LINE__, #call, (long long)(call), (long long)(value))
#define HOLDS(condition) Check(!!(condition), __LINE__, #condition, 0, 0)

static void GivesAt(int line, const char *what, long long result, long long wanted)
{
    Check(result == wanted, line, what, result, (result == SOCKET_ERROR) ? WSAGetLastError() : 0);
    WSASetLastError(0x7EADBEEF);
}

static SOCKADDR_IN Loopback(u_short port)
{
    SOCKADDR_IN address;
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

static SOCKET Bound(int type)
{
    SOCKADDR_IN address = Loopback(0);
    SOCKET s = socket(AF_INET, type, 0);
    DWORD patience = 5000;

    /* A datagram that a bad call took away shows as a timeout, not as a program that hangs. */
    GIVES(0, setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&patience, sizeof(patience)));
    GIVES(0, bind(s, (SOCKADDR *)&address, sizeof(address)));
    return s;
}

static SOCKADDR_IN NameOf(SOCKET s)
{
    SOCKADDR_IN address;
    int length = sizeof(address);
    GIVES(0, getsockname(s, (SOCKADDR *)&address, &length));
    return address;
}

static void MakePair(SOCKET pair[2])
{
    SOCKET listener = Bound(SOCK_STREAM);
    SOCKADDR_IN address;

    GIVES(0, listen(listener, 1));
    address = NameOf(listener);
    pair[0] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    GIVES(0, connect(pair[0], (SOCKADDR *)&address, sizeof(address)));
    pair[1] = accept(listener, NULL, NULL);
    HOLDS(pair[1] != INVALID_SOCKET);
    closesocket(listener);
}

/* F011, F014, F016, F017, F027: the handle is looked at before anything else. */
static void BadHandle(SOCKET bad)
{
    char byte = UNTOUCHED;
    SOCKADDR_IN address = Loopback(9);
    int length = sizeof(address), flags = 0;
    u_long mode = 1;
    DWORD count = 7, wsaFlags = 0;
    WSABUF buffer;

    buffer.len = 1;
    buffer.buf = &byte;
    FAILS(WSAENOTSOCK, recv(bad, &byte, 1, 0));
    FAILS(WSAENOTSOCK, recv(bad, &byte, 1, MSG_PEEK));
    FAILS(WSAENOTSOCK, recv(bad, NULL, 0, 0));
    FAILS(WSAENOTSOCK, recv(bad, UNMAPPED, -1, 0x7FFF));
    FAILS(WSAENOTSOCK, recvfrom(bad, &byte, 1, 0, NULL, NULL));
    FAILS(WSAENOTSOCK, WSARecv(bad, &buffer, 1, &count, &wsaFlags, NULL, NULL));
    FAILS(WSAENOTSOCK, WSARecvFrom(bad, &buffer, 1, &count, &wsaFlags, NULL, NULL, NULL, NULL));
    FAILS(WSAENOTSOCK, WSARecvEx(bad, &byte, 1, &flags));
    FAILS(WSAENOTSOCK, send(bad, NULL, 0, 0));
    FAILS(WSAENOTSOCK, send(bad, &byte, 1, 0));
    FAILS(WSAENOTSOCK, sendto(bad, &byte, 1, 0, (SOCKADDR *)&address, sizeof(address)));
    FAILS(WSAENOTSOCK, WSASend(bad, &buffer, 1, NULL, 0, NULL, NULL));
    FAILS(WSAENOTSOCK, bind(bad, (SOCKADDR *)&address, sizeof(address)));
    FAILS(WSAENOTSOCK, connect(bad, (SOCKADDR *)&address, sizeof(address)));
    FAILS(WSAENOTSOCK, listen(bad, 1));
    NO_SOCKET(WSAENOTSOCK, accept(bad, NULL, NULL));
    FAILS(WSAENOTSOCK, shutdown(bad, SD_BOTH));
    FAILS(WSAENOTSOCK, getpeername(bad, NULL, NULL));
    FAILS(WSAENOTSOCK, getsockname(bad, (SOCKADDR *)&address, &length));
    FAILS(WSAENOTSOCK, ioctlsocket(bad, FIONBIO, &mode));
    FAILS(WSAENOTSOCK, ioctlsocket(bad, FIONREAD, &mode));
    FAILS(WSAENOTSOCK, getsockopt(bad, SOL_SOCKET, SO_ERROR, &byte, &length));
    FAILS(WSAENOTSOCK, setsockopt(bad, SOL_SOCKET, SO_KEEPALIVE, &byte, 1));
    FAILS(WSAENOTSOCK, closesocket(bad));
    HOLDS(byte == UNTOUCHED && count == 7 && mode == 1 && length == sizeof(address));
}

static void BadHandles(void)
{
    SOCKET closed = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    SOCKET good = Bound(SOCK_DGRAM);
    TIMEVAL none = { 0, 0 };
    fd_set readSet, writeSet, *missing = NULL;

    GIVES(0, closesocket(closed));
    BadHandle(closed);
    BadHandle(INVALID_SOCKET);
    BadHandle(0);
    BadHandle((SOCKET)0x7FFFFFF0);

    /* F191, F192: one bad member spoils the call, and the sets stay as they are. */
    FD_ZERO(&readSet);
    FD_SET(good, &readSet);
    FD_SET(closed, &readSet);
    FD_ZERO(&writeSet);
    FD_SET(good, &writeSet);
    FAILS(WSAENOTSOCK, select(0, &readSet, &writeSet, NULL, &none));
    HOLDS(readSet.fd_count == 2 && writeSet.fd_count == 1);

    /* F190 */
    FAILS(WSAEINVAL, select(0, missing, missing, missing, &none));
    FD_ZERO(&readSet);
    FAILS(WSAEINVAL, select(0, &readSet, NULL, NULL, &none));
    closesocket(good);
}

/* F290: which mistake counts when there are several. */
static void BadSocketArguments(void)
{
    NO_SOCKET(WSAEINVAL, socket(AF_UNSPEC, 0, 0));
    NO_SOCKET(WSAEINVAL, socket(AF_UNSPEC, SOCK_STREAM, 0));
    NO_SOCKET(WSAEINVAL, socket(AF_UNSPEC, 0xDEAD, 0));
    NO_SOCKET(WSAESOCKTNOSUPPORT, socket(AF_INET, 0xDEAD, 0));
    NO_SOCKET(WSAESOCKTNOSUPPORT, socket(0xDEAD, 0xDEAD, 0xDEAD));
    NO_SOCKET(WSAESOCKTNOSUPPORT, socket(AF_UNSPEC, 0xDEAD, IPPROTO_TCP));
    NO_SOCKET(WSAEAFNOSUPPORT, socket(0xDEAD, SOCK_STREAM, 0));
    NO_SOCKET(WSAEAFNOSUPPORT, socket(0xDEAD, SOCK_STREAM, 0xDEAD));
    NO_SOCKET(WSAEAFNOSUPPORT, socket(-1, SOCK_DGRAM, IPPROTO_TCP));
    NO_SOCKET(WSAEPROTONOSUPPORT, socket(AF_INET, SOCK_STREAM, 0xDEAD));
    NO_SOCKET(WSAEPROTONOSUPPORT, socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    NO_SOCKET(WSAEPROTONOSUPPORT, socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    NO_SOCKET(WSAEPROTONOSUPPORT, socket(AF_INET6, SOCK_DGRAM, IPPROTO_TCP));
    NO_SOCKET(WSAESOCKTNOSUPPORT, WSASocketA(AF_INET, 0xDEAD, 0, NULL, 0, WSA_FLAG_OVERLAPPED));
    NO_SOCKET(WSAEPROTONOSUPPORT, WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_TCP, NULL, 0, 0));
}

/* Every call fails with 10014, and what waits to be received goes on waiting. F013, F016. */
static void BadReceiveBuffers(SOCKET s)
{
    char good[2];
    WSABUF buffers[2];
    DWORD count = 7, flags = 0;
    int exFlags = 0;

    FAILS(WSAEFAULT, recv(s, NULL, 5, 0));
    FAILS(WSAEFAULT, recv(s, UNMAPPED, 5, 0));
    FAILS(WSAEFAULT, recv(s, UNMAPPED, 5, MSG_PEEK));
    FAILS(WSAEFAULT, recv(s, good, -1, 0));
    FAILS(WSAEFAULT, recv(s, good, INT_MIN, 0));
    FAILS(WSAEFAULT, recvfrom(s, NULL, 5, 0, NULL, NULL));
    FAILS(WSAEFAULT, recvfrom(s, UNMAPPED, 5, 0, NULL, NULL));
    FAILS(WSAEFAULT, recvfrom(s, good, -1, 0, NULL, NULL));
    FAILS(WSAEFAULT, WSARecvEx(s, UNMAPPED, 5, &exFlags));

    buffers[0].buf = good;
    buffers[0].len = 2;
    buffers[1].buf = UNMAPPED;
    buffers[1].len = 5;
    FAILS(WSAEFAULT, WSARecv(s, buffers + 1, 1, &count, &flags, NULL, NULL));
    FAILS(WSAEFAULT, WSARecv(s, buffers, 2, &count, &flags, NULL, NULL));
    FAILS(WSAEFAULT, WSARecvFrom(s, buffers, 2, &count, &flags, NULL, NULL, NULL, NULL));
    FAILS(WSAEFAULT, WSARecv(s, (LPWSABUF)UNMAPPED, 1, &count, &flags, NULL, NULL));
    FAILS(WSAEFAULT, WSARecv(s, NULL, 1, &count, &flags, NULL, NULL));
    FAILS(WSAEFAULT, WSARecv(s, buffers, 1, &count, NULL, NULL, NULL));
    FAILS(WSAEFAULT, WSARecv(s, buffers, 1, NULL, &flags, NULL, NULL));
    FAILS(WSAEINVAL, WSARecv(s, buffers, 0, &count, &flags, NULL, NULL));
}

static void BadSendBuffers(SOCKET s, const SOCKADDR *to, int toLength)
{
    WSABUF buffer;
    DWORD count = 7;

    buffer.buf = UNMAPPED;
    buffer.len = 5;
    FAILS(WSAEFAULT, send(s, NULL, 5, 0));
    FAILS(WSAEFAULT, send(s, UNMAPPED, 5, 0));
    FAILS(WSAEFAULT, sendto(s, UNMAPPED, 5, 0, to, toLength));
    FAILS(WSAEFAULT, WSASend(s, &buffer, 1, &count, 0, NULL, NULL));
    FAILS(WSAEFAULT, WSASend(s, NULL, 1, &count, 0, NULL, NULL));
}

static void BadStreamBuffers(void)
{
    SOCKET pair[2];
    char received[8];

    MakePair(pair);
    BadSendBuffers(pair[0], NULL, 0);
    GIVES(5, send(pair[0], "abcde", 5, 0));
    GIVES(1, recv(pair[1], received, 1, MSG_PEEK));
    BadReceiveBuffers(pair[1]);
    GIVES(5, recv(pair[1], received, sizeof(received), 0));
    HOLDS(memcmp(received, "abcde", 5) == 0);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

static void BadDatagramBuffers(void)
{
    SOCKET s = Bound(SOCK_DGRAM);
    SOCKADDR_IN own = NameOf(s), from;
    int fromLength;
    char received[8];

    GIVES(0, connect(s, (SOCKADDR *)&own, sizeof(own)));
    BadSendBuffers(s, (SOCKADDR *)&own, sizeof(own));
    GIVES(5, send(s, "abcde", 5, 0));
    GIVES(3, send(s, "xyz", 3, 0));
    BadReceiveBuffers(s);

    /* F306: too little room for the sender; the datagram stays. */
    memset(&from, UNTOUCHED, sizeof(from));
    fromLength = 1;
    FAILS(WSAEFAULT, recvfrom(s, received, sizeof(received), 0, (SOCKADDR *)&from, &fromLength));
    HOLDS(((BYTE *)&from)[0] == UNTOUCHED);
    FAILS(WSAEFAULT, recvfrom(s, received, sizeof(received), 0, (SOCKADDR *)&from, NULL));

    fromLength = sizeof(from);
    GIVES(5, recvfrom(s, received, sizeof(received), 0, (SOCKADDR *)&from, &fromLength));
    HOLDS(memcmp(received, "abcde", 5) == 0 && from.sin_port == own.sin_port);
    GIVES(3, recv(s, received, sizeof(received), 0));
    HOLDS(memcmp(received, "xyz", 3) == 0);
    closesocket(s);
}

/* F027, F028, F133, F292, F303 */
static void BadNamesAndStates(void)
{
    SOCKET fresh = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    SOCKET udp = Bound(SOCK_DGRAM), listener = Bound(SOCK_STREAM), pair[2];
    SOCKADDR_IN address = Loopback(0), name;
    int length = sizeof(name);
    char byte = UNTOUCHED;

    MakePair(pair);
    memset(&name, UNTOUCHED, sizeof(name));
    FAILS(WSAEINVAL, getsockname(fresh, (SOCKADDR *)&name, &length));
    FAILS(WSAENOTCONN, getpeername(fresh, NULL, NULL));
    FAILS(WSAEFAULT, getpeername(pair[0], NULL, &length));
    FAILS(WSAEFAULT, getpeername(pair[0], (SOCKADDR *)&name, NULL));
    length = 0;
    FAILS(WSAEFAULT, getpeername(pair[0], (SOCKADDR *)&name, &length));
    HOLDS(length == 0);
    length = sizeof(name) - 1;
    FAILS(WSAEFAULT, getsockname(pair[0], (SOCKADDR *)&name, &length));
    HOLDS(length == sizeof(name) - 1 && ((BYTE *)&name)[0] == UNTOUCHED);

    FAILS(WSAEFAULT, bind(fresh, NULL, sizeof(address)));
    FAILS(WSAEFAULT, bind(fresh, (SOCKADDR *)&address, sizeof(address) - 1));
    FAILS(WSAEINVAL, bind(udp, (SOCKADDR *)&address, sizeof(address)));
    address.sin_family = 0x4D2;
    FAILS(WSAEAFNOSUPPORT, bind(fresh, (SOCKADDR *)&address, sizeof(address)));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0xC0000201);
    FAILS(WSAEADDRNOTAVAIL, bind(fresh, (SOCKADDR *)&address, sizeof(address)));

    FAILS(WSAEFAULT, connect(fresh, NULL, sizeof(address)));
    FAILS(WSAEFAULT, connect(fresh, (SOCKADDR *)&address, 3));
    FAILS(WSAEISCONN, connect(pair[0], (SOCKADDR *)&address, sizeof(address)));
    FAILS(WSAENOTCONN, recv(fresh, &byte, 1, 0));
    FAILS(WSAENOTCONN, send(fresh, &byte, 1, 0));
    FAILS(WSAENOTCONN, shutdown(fresh, SD_SEND));
    FAILS(WSAEINVAL, shutdown(pair[0], 0xDEAD));
    FAILS(WSAEINVAL, listen(fresh, 1));
    FAILS(WSAEOPNOTSUPP, listen(udp, 1));

    GIVES(0, listen(listener, 1));
    GIVES(0, listen(listener, 1));
    name = NameOf(listener);
    closesocket(pair[0]);
    pair[0] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    GIVES(0, connect(pair[0], (SOCKADDR *)&name, sizeof(name)));
    length = 0;
    NO_SOCKET(WSAEFAULT, accept(listener, (SOCKADDR *)&name, &length));
    HOLDS(length == 0);

    closesocket(fresh);
    closesocket(udp);
    closesocket(listener);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

/* F251, F265 to F271, F274, F282 */
static void BadOptionLengths(void)
{
    static const int integers[] = { SO_RCVBUF, SO_SNDBUF, SO_RCVTIMEO, SO_SNDTIMEO };
    SOCKET tcp = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), udp = Bound(SOCK_DGRAM);
    char value[8] = { 0 };
    int length, i;
    u_long argument;

    for (i = 0; i < (int)(sizeof(integers) / sizeof(integers[0])); i++) {
        for (length = 1; length <= 2; length++) {
            int asked = length;
            FAILS(WSAEFAULT, getsockopt(tcp, SOL_SOCKET, integers[i], value, &asked));
            FAILS(WSAEFAULT, setsockopt(tcp, SOL_SOCKET, integers[i], value, length));
        }
        length = 8;
        GIVES(0, getsockopt(tcp, SOL_SOCKET, integers[i], value, &length));
        HOLDS(length == 4);
        length = -1;
        FAILS(WSAEFAULT, getsockopt(tcp, SOL_SOCKET, integers[i], value, &length));
        HOLDS(length == -1);
        length = 0;
        FAILS(WSAEFAULT, getsockopt(tcp, SOL_SOCKET, integers[i], value, &length));
        FAILS(WSAEFAULT, setsockopt(tcp, SOL_SOCKET, integers[i], value, 0));
        length = 4;
        FAILS(WSAEFAULT, getsockopt(tcp, SOL_SOCKET, integers[i], NULL, &length));
        FAILS(WSAEFAULT, getsockopt(tcp, SOL_SOCKET, integers[i], UNMAPPED, &length));
        FAILS(WSAEFAULT, setsockopt(tcp, SOL_SOCKET, integers[i], NULL, 4));
        FAILS(WSAEFAULT, setsockopt(tcp, SOL_SOCKET, integers[i], UNMAPPED, 4));
    }
    length = 1;
    FAILS(WSAEFAULT, getsockopt(tcp, SOL_SOCKET, SO_ERROR, value, &length));

    length = 2;
    GIVES(0, getsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, value, &length));
    HOLDS(length == 1);
    GIVES(0, setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, value, 0));
    FAILS(WSAEFAULT, setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, value, 0));
    FAILS(WSAENOBUFS, setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, value, -1));
    length = 4;
    GIVES(0, getsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, value, &length));
    HOLDS(length == 1);

    length = 2;
    FAILS(WSAEFAULT, getsockopt(udp, IPPROTO_IP, IP_PKTINFO, value, &length));
    FAILS(WSAEFAULT, setsockopt(udp, IPPROTO_IP, IP_PKTINFO, value, 2));
    length = 4;
    FAILS(WSAEINVAL, getsockopt(tcp, IPPROTO_IP, IP_PKTINFO, value, &length));
    FAILS(WSAEINVAL, getsockopt(tcp, 0x1234FFFF, SO_ERROR, value, &length));
    FAILS(WSAEINVAL, setsockopt(tcp, 0x8000, SO_ERROR, value, 4));
    FAILS(WSAENOPROTOOPT, getsockopt(udp, IPPROTO_IP, 0xDEAD, value, &length));

    FAILS(WSAEFAULT, ioctlsocket(tcp, FIONBIO, (u_long *)UNMAPPED));
    FAILS(WSAEFAULT, ioctlsocket(tcp, FIONREAD, (u_long *)UNMAPPED));
    FAILS(WSAEFAULT, ioctlsocket(tcp, SIOCATMARK, (u_long *)UNMAPPED));
    argument = 0;
    FAILS(WSAEOPNOTSUPP, ioctlsocket(tcp, 0x7EADBEEF, &argument));
    closesocket(tcp);
    closesocket(udp);
}

int main(void)
{
    WSADATA data;
    char byte = UNTOUCHED;

    setvbuf(stdout, NULL, _IONBF, 0);

    /* F001, F003, F004 */
    NO_SOCKET(WSANOTINITIALISED, socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    FAILS(WSANOTINITIALISED, recv(INVALID_SOCKET, &byte, 1, 0));
    FAILS(WSANOTINITIALISED, WSACleanup());
    GIVES(WSAVERNOTSUPPORTED, WSAStartup(MAKEWORD(0, 0), NULL));
    GIVES(WSAEFAULT, WSAStartup(MAKEWORD(2, 2), NULL));

    GIVES(0, WSAStartup(MAKEWORD(2, 2), &data));
    BadHandles();
    BadSocketArguments();
    BadStreamBuffers();
    BadDatagramBuffers();
    BadNamesAndStates();
    BadOptionLengths();
    GIVES(0, WSACleanup());
    FAILS(WSANOTINITIALISED, WSACleanup());

    printf("%d checks, %d failed\n", g_Checks, g_Failed);
    return (g_Failed == 0) ? 0 : 1;
}
