/*
 * ipv6_client.c - a client that takes every address as it comes, IPv6 first of all.
 *
 *     ipv6_client <server> <port>
 *
 * Lists the addresses that getaddrinfo has for the server, connects to the first that answers, and reads one
 * greeting. The text is printed through wprintf, as programs for a wide-character console do.
 */

#ifndef UNICODE
#define UNICODE
#endif
#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <Ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

#pragma comment(lib, "Ws2_32.lib")

static void PrintError(const wchar_t *operation, int errorCode)
{
    wchar_t message[256] = L"";

    FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, (DWORD)errorCode,
                   MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), message, 256, NULL);
    wprintf(L"%s failed with error %d: %s", operation, errorCode, message);
}

static const wchar_t *FamilyName(int family)
{
    switch (family) {
    case AF_INET:
        return L"AF_INET (IPv4)";
    case AF_INET6:
        return L"AF_INET6 (IPv6)";
    default:
        return L"Other";
    }
}

static void PrintAddress(const ADDRINFOA *address)
{
    wchar_t text[INET6_ADDRSTRLEN] = L"";

    if (address->ai_family == AF_INET6) {
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address->ai_addr;
        InetNtopW(AF_INET6, &ipv6->sin6_addr, text, INET6_ADDRSTRLEN);
    } else if (address->ai_family == AF_INET) {
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)address->ai_addr;
        InetNtopW(AF_INET, &ipv4->sin_addr, text, INET6_ADDRSTRLEN);
    }
    wprintf(L"%ls family %d, length %Iu: %ls\n", FamilyName(address->ai_family), address->ai_family,
            address->ai_addrlen, text);
}

static SOCKET ConnectToFirst(const ADDRINFOA *list)
{
    const ADDRINFOA *address;

    for (address = list; address != NULL; address = address->ai_next) {
        SOCKET s = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
        if (s == INVALID_SOCKET) {
            PrintError(L"socket", WSAGetLastError());
            continue;
        }
        if (connect(s, address->ai_addr, (int)address->ai_addrlen) == 0) {
            return s;
        }
        PrintError(L"connect", WSAGetLastError());
        closesocket(s);
    }
    return INVALID_SOCKET;
}

static BOOL PrintPeer(SOCKET s)
{
    SOCKADDR_STORAGE peer;
    int peerLength = sizeof(peer);
    char host[NI_MAXHOST], service[NI_MAXSERV];
    WCHAR whole[128];
    DWORD wholeLength = 128;
    int iResult;

    if (getpeername(s, (SOCKADDR *)&peer, &peerLength) == SOCKET_ERROR) {
        PrintError(L"getpeername", WSAGetLastError());
        return FALSE;
    }
    iResult = getnameinfo((SOCKADDR *)&peer, peerLength, host, NI_MAXHOST, service, NI_MAXSERV,
                          NI_NUMERICHOST | NI_NUMERICSERV);
    if (iResult != 0) {
        PrintError(L"getnameinfo", iResult);
        return FALSE;
    }
    if (WSAAddressToStringW((SOCKADDR *)&peer, (DWORD)peerLength, NULL, whole, &wholeLength) == SOCKET_ERROR) {
        PrintError(L"WSAAddressToString", WSAGetLastError());
        return FALSE;
    }
    printf("Connected to host %s, service %s\n", host, service);
    wprintf(L"In one string: %s\n", whole);
    return TRUE;
}

/* A console shows what its code page has; the others are shown by number. */
static void PrintWide(const WCHAR *text)
{
    for (; *text != L'\0'; text++) {
        if (*text < 0x80) {
            wprintf(L"%c", *text);
        } else {
            wprintf(L"\\u%04X", *text);
        }
    }
    wprintf(L"\n");
}

static BOOL PrintGreeting(SOCKET s)
{
    char greeting[256];
    WCHAR wide[256];
    int length = 0, received, wideLength;

    while ((received = recv(s, greeting + length, (int)sizeof(greeting) - length, 0)) > 0) {
        length += received;
    }
    if (received == SOCKET_ERROR) {
        PrintError(L"recv", WSAGetLastError());
        return FALSE;
    }
    wideLength = MultiByteToWideChar(CP_UTF8, 0, greeting, length, wide, 255);
    wide[wideLength] = L'\0';
    wprintf(L"Greeting of %d bytes, %d characters: ", length, wideLength);
    PrintWide(wide);
    return TRUE;
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    ADDRINFOA hints;
    PADDRINFOA list = NULL;
    SOCKET s;
    BOOL good;
    int iResult;

    if (argc != 3) {
        wprintf(L"usage: ipv6_client <server> <port>\n");
        return 1;
    }

    iResult = WSAStartup(MAKEWORD(2, 2), &wsaData);
    if (iResult != 0) {
        wprintf(L"WSAStartup failed: %d\n", iResult);
        return 1;
    }
    wprintf(L"%S is %S\n", wsaData.szDescription, wsaData.szSystemStatus);

    ZeroMemory(&hints, sizeof(hints));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;

    iResult = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (iResult != 0) {
        wprintf(L"getaddrinfo failed with error %d: %s", iResult, gai_strerrorW(iResult));
        WSACleanup();
        return 1;
    }
    {
        const ADDRINFOA *address;
        for (address = list; address != NULL; address = address->ai_next) {
            PrintAddress(address);
        }
    }

    s = ConnectToFirst(list);
    freeaddrinfo(list);
    if (s == INVALID_SOCKET) {
        wprintf(L"No address answers\n");
        WSACleanup();
        return 1;
    }

    good = PrintPeer(s) && PrintGreeting(s);

    closesocket(s);
    WSACleanup();
    return good ? 0 : 1;
}
