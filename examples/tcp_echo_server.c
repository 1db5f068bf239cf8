/*
 * tcp_echo_server.c - a blocking TCP server that sends back what it receives, one client after the other.
 *
 *     tcp_echo_server [port [clients]]
 *
 * Port 0 lets the system choose; the port in use is printed. The server ends after the given number of
 * clients (one when not told).
 */

#define WIN32_LEAN_AND_MEAN

#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>

#pragma comment(lib, "Ws2_32.lib")

#define DEFAULT_BUFLEN 8192

static BOOL SendAll(SOCKET s, const char *data, int length)
{
    while (length > 0) {
        int sent = send(s, data, length, 0);
        if (sent == SOCKET_ERROR) {
            return FALSE;
        }
        data += sent;
        length -= sent;
    }
    return TRUE;
}

static void ServeClient(SOCKET clientSocket, const SOCKADDR_IN *clientAddress)
{
    char buffer[DEFAULT_BUFLEN];
    char addressText[INET_ADDRSTRLEN] = "?";
    ULONGLONG echoed = 0;
    int iResult;

    inet_ntop(AF_INET, (PVOID)&clientAddress->sin_addr, addressText, sizeof(addressText));
    printf("Connection from %s\n", addressText);

    do {
        iResult = recv(clientSocket, buffer, sizeof(buffer), 0);
        if (iResult > 0) {
            if (!SendAll(clientSocket, buffer, iResult)) {
                printf("send failed with error: %d\n", WSAGetLastError());
                return;
            }
            echoed += (ULONGLONG)iResult;
        } else if (iResult == 0) {
            printf("Connection closing, %llu bytes echoed\n", echoed);
        } else {
            printf("recv failed with error: %d\n", WSAGetLastError());
            return;
        }
    } while (iResult > 0);

    if (shutdown(clientSocket, SD_SEND) == SOCKET_ERROR) {
        printf("shutdown failed with error: %d\n", WSAGetLastError());
    }
}

int __cdecl main(int argc, char *argv[])
{
    WSADATA wsaData;
    SOCKET listenSocket;
    SOCKADDR_IN service;
    int serviceLength = sizeof(service);
    BOOL exclusive = TRUE;
    int clients = (argc > 2) ? atoi(argv[2]) : 1;
    int iResult;

    setvbuf(stdout, NULL, _IONBF, 0);

    iResult = WSAStartup(MAKEWORD(2, 2), &wsaData);
    if (iResult != 0) {
        printf("WSAStartup failed with error: %d\n", iResult);
        return 1;
    }
    if (LOBYTE(wsaData.wVersion) != 2 || HIBYTE(wsaData.wVersion) != 2) {
        printf("Could not find a usable version of Winsock.dll\n");
        WSACleanup();
        return 1;
    }

    listenSocket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (listenSocket == INVALID_SOCKET) {
        printf("socket failed with error: %d\n", WSAGetLastError());
        WSACleanup();
        return 1;
    }

    setsockopt(listenSocket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&exclusive, sizeof(exclusive));

    ZeroMemory(&service, sizeof(service));
    service.sin_family = AF_INET;
    service.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    service.sin_port = htons((u_short)((argc > 1) ? atoi(argv[1]) : 0));

    if (bind(listenSocket, (SOCKADDR *)&service, sizeof(service)) == SOCKET_ERROR
        || listen(listenSocket, SOMAXCONN) == SOCKET_ERROR
        || getsockname(listenSocket, (SOCKADDR *)&service, &serviceLength) == SOCKET_ERROR) {
        printf("Cannot listen: error %d\n", WSAGetLastError());
        closesocket(listenSocket);
        WSACleanup();
        return 1;
    }
    printf("Listening on port %u\n", ntohs(service.sin_port));

    while (clients-- > 0) {
        SOCKADDR_IN clientAddress;
        int clientLength = sizeof(clientAddress);
        SOCKET clientSocket = accept(listenSocket, (SOCKADDR *)&clientAddress, &clientLength);

        if (clientSocket == INVALID_SOCKET) {
            printf("accept failed with error: %d\n", WSAGetLastError());
            break;
        }
        ServeClient(clientSocket, &clientAddress);
        closesocket(clientSocket);
    }

    closesocket(listenSocket);
    WSACleanup();
    return 0;
}
