/*
 * trace_more.c - calls that no service provider sees, calls that come too early, and calls inside of which others are
 * made: the trace has to tell them apart.
 */

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <stdio.h>
#include <string.h>

static SOCKET without_name;

static void Say(const char *what, long long result)
{
    printf("%s: %lld %d\n", what, result, result == 0 || result == -1 ? WSAGetLastError() : 0);
}

static void CALLBACK Ended(DWORD error, DWORD bytes, OVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    printf("routine: %lu %lu %d\n", (unsigned long)error, (unsigned long)bytes, listen(without_name, 1));
}

static SOCKET Datagrams(struct sockaddr_in *name)
{
    int length = sizeof *name;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    memset(name, 0, sizeof *name);
    name->sin_family = AF_INET;
    name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(s, (struct sockaddr *)name, sizeof *name);
    getsockname(s, (struct sockaddr *)name, &length);
    return s;
}

static void Texts(void)
{
    struct sockaddr_in name;
    int length = sizeof name;
    char text[40] = "";
    DWORD size = sizeof text;
    WSAPROTOCOL_INFOA six;

    memset(&six, 0, sizeof six);
    six.iAddressFamily = AF_INET6;
    Say("to address", WSAStringToAddressA((char *)"1.2.3.4:80", AF_INET, NULL, (struct sockaddr *)&name, &length));
    Say("to text", WSAAddressToStringA((struct sockaddr *)&name, sizeof name, NULL, text, &size));
    printf("%s %lu\n", text, (unsigned long)size);
    Say("no address", WSAStringToAddressA((char *)"x", AF_INET, NULL, (struct sockaddr *)&name, &length));
    Say("no text", WSAStringToAddressA(NULL, AF_INET, NULL, (struct sockaddr *)&name, &length));
    Say("strange record", WSAAddressToStringA((struct sockaddr *)&name, sizeof name, &six, text, &size));
    length = 4;
    Say("small place", WSAStringToAddressA((char *)"1.2.3.4", AF_INET, NULL, (struct sockaddr *)&name, &length));
    printf("%d\n", length);
    size = 4;
    Say("small text", WSAAddressToStringA((struct sockaddr *)&name, sizeof name, NULL, text, &size));
    printf("%lu\n", (unsigned long)size);
    Say("no place", WSAAddressToStringA((struct sockaddr *)&name, sizeof name, NULL, NULL, &size));
    Say("no size", WSAAddressToStringA((struct sockaddr *)&name, sizeof name, NULL, text, NULL));
}

static void Files(void)
{
    struct sockaddr_in name;
    SOCKET s = Datagrams(&name);
    char buffer[32];
    OVERLAPPED read, write;
    DWORD count = 0, sent = 0, flags = 0;
    WSAPOLLFD entry;

    memset(&read, 0, sizeof read);
    memset(&write, 0, sizeof write);
    read.hEvent = WSACreateEvent();
    SetLastError(0);
    printf("ReadFile: %d", ReadFile((HANDLE)s, buffer, sizeof buffer, NULL, &read));
    printf(" %d\n", (int)GetLastError());
    entry.fd = s;
    entry.events = POLLIN;
    Say("WSAPoll", WSAPoll(&entry, 1, 20));
    Say("WSAPoll of nothing", WSAPoll(&entry, 0, 20));
    connect(s, (struct sockaddr *)&name, sizeof name);
    SetLastError(0);
    printf("WriteFile: %d", WriteFile((HANDLE)s, "abc", 3, &sent, &write));
    printf(" %d\n", (int)GetLastError());
    printf("result: %d", WSAGetOverlappedResult(s, &read, &count, TRUE, &flags));
    printf(" %lu\n", (unsigned long)count);
    printf("ReadFile without: %d", ReadFile((HANDLE)s, buffer, sizeof buffer, &count, NULL));
    printf(" %d\n", (int)GetLastError());
    closesocket(s);
}

static void Nested(void)
{
    struct sockaddr_in name, other;
    SOCKET s = Datagrams(&name), waits = Datagrams(&other);
    char buffer[8], byte;
    WSABUF place = { sizeof buffer, buffer };
    OVERLAPPED overlapped;
    DWORD count, flags = 0, limit = 300;

    without_name = socket(AF_INET, SOCK_STREAM, 0);
    memset(&overlapped, 0, sizeof overlapped);
    WSARecv(s, &place, 1, &count, &flags, &overlapped, Ended);
    setsockopt(waits, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit);
    sendto(waits, "now", 3, 0, (struct sockaddr *)&name, sizeof name);
    Say("recv", recv(waits, &byte, 1, 0));
    closesocket(s);
    closesocket(waits);
    closesocket(without_name);
}

/* The host finds at once that there is no way to the address: the operation ends within its call. */
static void Within(void)
{
    struct sockaddr_in name;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX connect_ex;
    OVERLAPPED overlapped;
    DWORD count;

    WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &connect_ex, sizeof connect_ex, &count, NULL,
             NULL);
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    bind(s, (struct sockaddr *)&name, sizeof name);
    name.sin_port = htons(9);
    name.sin_addr.s_addr = 0xffffffff;
    memset(&overlapped, 0, sizeof overlapped);
    connect_ex(s, (struct sockaddr *)&name, sizeof name, NULL, 0, &count, &overlapped);
    closesocket(s);
}

/* A datagram by WSASendMsg, and what it refuses: a congestion mark that is none of a program's, too many
   control data, and no buffers, which WSASendTo refuses as well. */
static void Message(void)
{
    struct sockaddr_in name;
    int length = sizeof name;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    WSABUF part = { 3, "abc" };
    union {
        WSACMSGHDR head;
        char bytes[WSA_CMSG_SPACE(sizeof(INT))];
    } control;
    static char longer[5000];
    WSAMSG message;
    DWORD sent;

    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(s, (struct sockaddr *)&name, sizeof name);
    getsockname(s, (struct sockaddr *)&name, &length);
    memset(&message, 0, sizeof message);
    message.name = (struct sockaddr *)&name;
    message.namelen = length;
    message.lpBuffers = &part;
    message.dwBufferCount = 1;
    Say("WSASendMsg", WSASendMsg(s, &message, 0, &sent, NULL, NULL));
    memset(&control, 0, sizeof control);
    control.head.cmsg_len = WSA_CMSG_LEN(sizeof(INT));
    control.head.cmsg_level = IPPROTO_IP;
    control.head.cmsg_type = IP_ECN;
    *(INT *)WSA_CMSG_DATA(&control.head) = 3;
    message.Control.len = sizeof control;
    message.Control.buf = control.bytes;
    Say("WSASendMsg", WSASendMsg(s, &message, 0, &sent, NULL, NULL));
    message.Control.len = sizeof longer;
    message.Control.buf = longer;
    Say("WSASendMsg", WSASendMsg(s, &message, 0, &sent, NULL, NULL));
    message.Control.len = 0;
    message.Control.buf = NULL;
    message.dwBufferCount = 0;
    Say("WSASendMsg", WSASendMsg(s, &message, 0, &sent, NULL, NULL));
    Say("WSASendTo", WSASendTo(s, &part, 0, &sent, 0, (struct sockaddr *)&name, length, NULL, NULL));
    closesocket(s);
}

int main(void)
{
    WSADATA data;
    fd_set set;
    struct timeval time = { 0, 0 };
    WSAPOLLFD entry = { 0, POLLIN, 0 };

    FD_ZERO(&set);
    Say("early select", select(0, &set, NULL, NULL, &time));
    Say("early accept", accept(0, NULL, NULL) == INVALID_SOCKET);
    Say("early WSAPoll", WSAPoll(&entry, 1, 0));
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return 1;
    }
    Texts();
    Files();
    Nested();
    Within();
    Message();
    return WSACleanup();
}
