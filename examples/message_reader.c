/*
 * message_reader.c - reads messages, each behind its length, from a stream.
 *
 *     message_reader [careful]
 *
 * A thread of its own sends three messages. Without "careful" the reader takes it that one recv gives all that it
 * asks for, which holds on most days; with it, it asks for the rest.
 */

#define WIN32_LEAN_AND_MEAN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <process.h>
#include <stdio.h>
#include <string.h>

#pragma comment(lib, "Ws2_32.lib")

static const char *const g_Messages[] = { "the quick brown fox", "jumps over", "the lazy dog" };
static SOCKET g_Listener;

static unsigned __stdcall SendMessages(void *parameter)
{
    SOCKET s = accept(g_Listener, NULL, NULL);
    int i;

    (void)parameter;
    for (i = 0; i < 3; i++) {
        char packet[64];
        u_long length = (u_long)strlen(g_Messages[i]), header = htonl(length);

        memcpy(packet, &header, sizeof header);
        memcpy(packet + sizeof header, g_Messages[i], length);
        send(s, packet, (int)(sizeof header + length), 0);
    }
    shutdown(s, SD_SEND);
    /* Until the reader has closed. */
    recv(s, (char *)&i, sizeof i, 0);
    closesocket(s);
    return 0;
}

/* The number of bytes, fewer only at the end; SOCKET_ERROR if there was an error. */
static int ReadBytes(SOCKET s, char *bytes, int wanted, BOOL careful)
{
    int have = 0;

    do {
        int came = recv(s, bytes + have, wanted - have, 0);

        if (came == SOCKET_ERROR) {
            printf("recv failed with error %d\n", WSAGetLastError());
            return SOCKET_ERROR;
        }
        if (came == 0) {
            break;
        }
        have += came;
    } while (careful && have < wanted);
    return have;
}

/* FALSE after the last message, or where there is no going on. */
static BOOL ReadMessage(SOCKET s, BOOL careful)
{
    char text[64];
    u_long header = 0, length;
    int came = ReadBytes(s, (char *)&header, sizeof header, careful);

    if (came <= 0) {
        return FALSE;
    }
    length = ntohl(header);
    if (came != sizeof header || length > sizeof text) {
        printf("NO HEADER: %d bytes, %lu\n", came, (unsigned long)length);
        return FALSE;
    }
    came = ReadBytes(s, text, (int)length, careful);
    if (came == SOCKET_ERROR) {
        return FALSE;
    }
    printf("MESSAGE %.*s\n", came, text);
    return TRUE;
}

int main(int argc, char **argv)
{
    WSADATA data;
    SOCKADDR_IN name;
    int length = sizeof name, error = WSAStartup(MAKEWORD(2, 2), &data);
    BOOL careful = argc > 1 && strcmp(argv[1], "careful") == 0;
    HANDLE sender;
    SOCKET s;

    if (error != 0) {
        printf("WSAStartup failed with error %d\n", error);
        return 1;
    }
    g_Listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(g_Listener, (SOCKADDR *)&name, sizeof name) == SOCKET_ERROR
        || getsockname(g_Listener, (SOCKADDR *)&name, &length) == SOCKET_ERROR
        || listen(g_Listener, 1) == SOCKET_ERROR || connect(s, (SOCKADDR *)&name, sizeof name) == SOCKET_ERROR) {
        printf("No connection, error %d\n", WSAGetLastError());
        return 1;
    }
    sender = (HANDLE)_beginthreadex(NULL, 0, SendMessages, NULL, 0, NULL);
    while (ReadMessage(s, careful)) {
    }
    closesocket(s);
    WaitForSingleObject(sender, INFINITE);
    CloseHandle(sender);
    closesocket(g_Listener);
    WSACleanup();
    return 0;
}
