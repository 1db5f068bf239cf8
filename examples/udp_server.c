/*
 * udp_server.c - a UDP server with a small buffer.
 *
 *     udp_server [port]
 *
 * Every datagram is logged and answered with its length. Two conditions are ordinary life for it:
 *
 *   WSAEMSGSIZE (10040)   the datagram was longer than the buffer: its beginning is there, the rest is lost;
 *   WSAECONNRESET (10054) an earlier answer met a closed port. Nothing is wrong with this socket: go on.
 *
 * A datagram "reply-to <port>" sends the answer to that port instead; "quit" ends the server.
 */

#define WIN32_LEAN_AND_MEAN

#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma comment(lib, "ws2_32.lib")

#define BUFFER_SIZE 32

static void Answer(SOCKET s, const SOCKADDR_IN *to, const char *text)
{
    if (sendto(s, text, (int)strlen(text), 0, (const SOCKADDR *)to, sizeof(*to)) == SOCKET_ERROR) {
        printf("sendto failed with error %d\n", WSAGetLastError());
    }
}

/* Returns FALSE when the server is to end. */
static BOOL HandleDatagram(SOCKET s, const char *data, int length, SOCKADDR_IN *sender)
{
    char text[BUFFER_SIZE + 1];
    char answer[64];
    unsigned int port;

    memcpy(text, data, (size_t)length);
    text[length] = '\0';
    printf("%s:%u sent %d bytes: %s\n", inet_ntoa(sender->sin_addr), ntohs(sender->sin_port), length, text);

    if (strcmp(text, "quit") == 0) {
        Answer(s, sender, "bye");
        return FALSE;
    }
    if (sscanf(text, "reply-to %u", &port) == 1) {
        sender->sin_port = htons((u_short)port);
    }
    sprintf(answer, "received %d bytes", length);
    Answer(s, sender, answer);
    return TRUE;
}

int main(int argc, char *argv[])
{
    WSADATA wsaData;
    SOCKET s;
    SOCKADDR_IN local;
    int localLength = sizeof(local);
    BOOL running = TRUE;

    setvbuf(stdout, NULL, _IONBF, 0);

    if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) {
        printf("WSAStartup failed\n");
        return 1;
    }

    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    if (s == INVALID_SOCKET) {
        printf("socket failed with error %d\n", WSAGetLastError());
        WSACleanup();
        return 1;
    }

    memset(&local, 0, sizeof(local));
    local.sin_family = AF_INET;
    local.sin_addr.S_un.S_addr = inet_addr("127.0.0.1");
    local.sin_port = htons((u_short)((argc > 1) ? atoi(argv[1]) : 0));

    if (bind(s, (LPSOCKADDR)&local, sizeof(local)) != 0
        || getsockname(s, (LPSOCKADDR)&local, &localLength) != 0) {
        printf("bind failed with error %d\n", WSAGetLastError());
        closesocket(s);
        WSACleanup();
        return 1;
    }
    printf("Bound to port %u\n", ntohs(local.sin_port));

    while (running) {
        char buffer[BUFFER_SIZE];
        SOCKADDR_IN sender;
        int senderLength = sizeof(sender);
        int received = recvfrom(s, buffer, sizeof(buffer), 0, (LPSOCKADDR)&sender, &senderLength);

        if (received != SOCKET_ERROR) {
            running = HandleDatagram(s, buffer, received, &sender);
            continue;
        }

        switch (WSAGetLastError()) {
        case WSAEMSGSIZE:
            printf("%s:%u sent more than %d bytes (WSAEMSGSIZE %d), beginning with: %.*s\n",
                   inet_ntoa(sender.sin_addr), ntohs(sender.sin_port), BUFFER_SIZE, WSAEMSGSIZE,
                   BUFFER_SIZE, buffer);
            Answer(s, &sender, "too long");
            break;

        case WSAECONNRESET:
            printf("An answer met a closed port (WSAECONNRESET %d), going on\n", WSAECONNRESET);
            break;

        default:
            printf("recvfrom failed with error %d\n", WSAGetLastError());
            running = FALSE;
            break;
        }
    }

    closesocket(s);
    WSACleanup();
    return 0;
}
