/* What idle connections and pending receives cost in memory: a server on a completion port that accepts N
 * connections and posts one receive on each. Written for Windows but for mallinfo2, which is glibc's.
 *
 * usage: idle_receives N     prints "PORT n", then "HEAP bytes" with one connection, with N more, with the port told
 *                            of these, with the receives, and when these have ended; waits for a line after each */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection {
    WSAOVERLAPPED overlapped;
    SOCKET socket;
    char bytes[64];
};

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "idle_receives: %s: error %d\n", what, WSAGetLastError());
        exit(1);
    }
}

/* Says what is in use, and waits until whoever asks has had a look of his own. */
static void report(void)
{
    struct mallinfo2 heap = mallinfo2();

    printf("HEAP %llu\n", (unsigned long long)(heap.uordblks + heap.hblkhd));
    fflush(stdout);
    check(getchar() == '\n', "the next step");
}

static void accept_one(struct connection *c, SOCKET listener)
{
    c->socket = accept(listener, NULL, NULL);
    check(c->socket != INVALID_SOCKET, "accept");
}

static void associate(struct connection *c, HANDLE port)
{
    check(CreateIoCompletionPort((HANDLE)c->socket, port, 0, 0) == port, "CreateIoCompletionPort");
}

static void post(struct connection *c)
{
    WSABUF buffer;
    DWORD flags = 0;

    buffer.buf = c->bytes;
    buffer.len = sizeof c->bytes;
    check(WSARecv(c->socket, &buffer, 1, NULL, &flags, &c->overlapped, NULL) == SOCKET_ERROR, "WSARecv");
    check(WSAGetLastError() == WSA_IO_PENDING, "WSARecv");
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 100, i;
    struct connection *all = calloc((size_t)count + 1, sizeof *all), *first = all + count;
    struct sockaddr_in address;
    int length = sizeof address;
    SOCKET listener;
    HANDLE port;
    WSADATA data;

    check(all != NULL, "calloc");
    memset(all, 0xff, ((size_t)count + 1) * sizeof *all); /* resident from now on */
    memset(all, 0, ((size_t)count + 1) * sizeof *all);
    setvbuf(stdin, NULL, _IONBF, 0); /* a buffer would come from the heap */
    check(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup");
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    check(listener != INVALID_SOCKET, "socket");
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    check(listen(listener, SOMAXCONN) == 0, "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    check(port != NULL, "CreateIoCompletionPort");
    printf("PORT %d\n", ntohs(address.sin_port));
    fflush(stdout);

    /* whatever exists once only, however many connections there are, exists with the first one */
    accept_one(first, listener);
    associate(first, port);
    post(first);
    report();

    for (i = 0; i < count; i++)
        accept_one(&all[i], listener);
    report();
    for (i = 0; i < count; i++)
        associate(&all[i], port);
    report();
    for (i = 0; i < count; i++)
        post(&all[i]);
    report();

    /* the peers end their connections */
    for (i = 0; i <= count; i++) {
        DWORD moved;
        ULONG_PTR key;
        LPOVERLAPPED overlapped;
        BOOL ok = GetQueuedCompletionStatus(port, &moved, &key, &overlapped, 60000);

        check(overlapped != NULL, "GetQueuedCompletionStatus");
        check(!ok || moved == 0, "a receive that was to receive nothing");
    }
    report();
    WSACleanup();
    return 0;
}
