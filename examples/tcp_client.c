/*
 * tcp_client.c - a blocking TCP client.
 *
 *     tcp_client <server> <port> <text to send>
 *
 * Connects to the first address of the server that answers, sends the text, closes its sending side and
 * receives until the server closes the connection. Prints the bytes received, their CRC-32 and, when they are
 * few enough for a screen, the bytes themselves.
 */

#define WIN32_LEAN_AND_MEAN

#include <Windows.h>
#include <WinSock2.h>
#include <WS2tcpip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

#define RECV_BUFFER_SIZE 4096
#define SHOWN_AT_MOST 1024

static void ReportError(const char *operation, int errorCode)
{
    LPSTR message = NULL;
    DWORD length = FormatMessageA(
        FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
        NULL, (DWORD)errorCode, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), (LPSTR)&message, 0, NULL);

    if (length > 0) {
        fprintf(stderr, "%s failed with error %d: %s", operation, errorCode, message);
        LocalFree(message);
    } else {
        fprintf(stderr, "%s failed with error %d\n", operation, errorCode);
    }
}

static DWORD UpdateCrc32(DWORD crc, const char *data, int length)
{
    int i, bit;

    crc = ~crc;
    for (i = 0; i < length; i++) {
        crc ^= (BYTE)data[i];
        for (bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0);
        }
    }
    return ~crc;
}

static SOCKET ConnectTo(const char *server, const char *port)
{
    struct addrinfo hints, *result = NULL, *ptr;
    SOCKET connectSocket = INVALID_SOCKET;
    int iResult;

    ZeroMemory(&hints, sizeof(hints));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;

    iResult = getaddrinfo(server, port, &hints, &result);
    if (iResult != 0) {
        ReportError("getaddrinfo", iResult);
        return INVALID_SOCKET;
    }

    for (ptr = result; ptr != NULL; ptr = ptr->ai_next) {
        connectSocket = socket(ptr->ai_family, ptr->ai_socktype, ptr->ai_protocol);
        if (connectSocket == INVALID_SOCKET) {
            ReportError("socket", WSAGetLastError());
            break;
        }
        if (connect(connectSocket, ptr->ai_addr, (int)ptr->ai_addrlen) != SOCKET_ERROR) {
            break;
        }
        ReportError("connect", WSAGetLastError());
        closesocket(connectSocket);
        connectSocket = INVALID_SOCKET;
    }

    freeaddrinfo(result);
    return connectSocket;
}

int __cdecl main(int argc, char **argv)
{
    WSADATA wsaData;
    SOCKET connectSocket;
    char recvBuffer[RECV_BUFFER_SIZE];
    char shown[SHOWN_AT_MOST + 1];
    int shownLength = 0;
    int iResult, textLength;
    DWORD total = 0, crc = 0;

    if (argc != 4) {
        printf("usage: %s <server> <port> <text to send>\n", argv[0]);
        return 1;
    }

    iResult = WSAStartup(MAKEWORD(2, 2), &wsaData);
    if (iResult != NO_ERROR) {
        printf("WSAStartup failed with error %d\n", iResult);
        return 1;
    }

    connectSocket = ConnectTo(argv[1], argv[2]);
    if (connectSocket == INVALID_SOCKET) {
        printf("Unable to connect to server\n");
        WSACleanup();
        return 1;
    }

    textLength = (int)strlen(argv[3]);
    iResult = send(connectSocket, argv[3], textLength, 0);
    if (iResult == SOCKET_ERROR) {
        ReportError("send", WSAGetLastError());
        closesocket(connectSocket);
        WSACleanup();
        return 1;
    }
    printf("Bytes sent: %d\n", iResult);

    if (shutdown(connectSocket, SD_SEND) == SOCKET_ERROR) {
        ReportError("shutdown", WSAGetLastError());
        closesocket(connectSocket);
        WSACleanup();
        return 1;
    }

    do {
        iResult = recv(connectSocket, recvBuffer, RECV_BUFFER_SIZE, 0);
        if (iResult > 0) {
            int room = SHOWN_AT_MOST - shownLength;
            int kept = (iResult < room) ? iResult : room;
            CopyMemory(shown + shownLength, recvBuffer, (SIZE_T)kept);
            shownLength += kept;
            crc = UpdateCrc32(crc, recvBuffer, iResult);
            total += (DWORD)iResult;
        } else if (iResult == SOCKET_ERROR) {
            ReportError("recv", WSAGetLastError());
        }
    } while (iResult > 0);

    printf("Bytes received: %lu, CRC-32 %08lX\n", total, crc);
    if (total > 0 && total <= SHOWN_AT_MOST) {
        shown[shownLength] = '\0';
        printf("%s\n", shown);
    }
    if (iResult == 0) {
        printf("Connection closed\n");
    }

    closesocket(connectSocket);
    WSACleanup();
    return (iResult == 0) ? 0 : 1;
}
