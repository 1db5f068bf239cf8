/* The price of a receive through the C library: recv as a Windows program calls it, and the host's recv
 * beside it, bound by its symbol. Same method as receive.rs, which builds and runs this with ws2cc: batches in
 * alternation, the median of the ratios per round. The number of rounds is the only argument. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LENGTH 64
#define READY 128

#define STRING_(text) #text
#define STRING(text) STRING_(text)
extern intptr_t host_recv(int fd, void *buf, size_t len, int flags)
    __asm__(STRING(__USER_LABEL_PREFIX__) "recv");

struct pair {
    SOCKET receiver, sender;
};

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s: error %d\n", what, WSAGetLastError());
        exit(1);
    }
}

static SOCKET bound(int type)
{
    struct sockaddr_in address = {0};
    SOCKET s = socket(AF_INET, type, 0);

    check(s != INVALID_SOCKET, "socket");
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(s, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    return s;
}

static void connect_to(SOCKET s, SOCKET to)
{
    struct sockaddr_in address;
    int length = sizeof address;

    check(getsockname(to, (struct sockaddr *)&address, &length) == 0, "getsockname");
    check(connect(s, (struct sockaddr *)&address, length) == 0, "connect");
}

static struct pair udp(void)
{
    struct pair p = {bound(SOCK_DGRAM), bound(SOCK_DGRAM)};

    connect_to(p.sender, p.receiver);
    return p;
}

static struct pair tcp(void)
{
    struct pair p = {INVALID_SOCKET, bound(SOCK_STREAM)};
    SOCKET listener = bound(SOCK_STREAM);

    check(listen(listener, 1) == 0, "listen");
    connect_to(p.sender, listener);
    p.receiver = accept(listener, NULL, NULL);
    check(p.receiver != INVALID_SOCKET, "accept");
    closesocket(listener);
    return p;
}

static double now(void)
{
    static time_t origin; /* a double does not hold the nanoseconds since 1970 */
    struct timespec at;

    check(timespec_get(&at, TIME_UTC) == TIME_UTC, "timespec_get");
    if (origin == 0)
        origin = at.tv_sec;
    return (double)(at.tv_sec - origin) * 1e9 + (double)at.tv_nsec;
}

static void fill(struct pair p)
{
    static const char message[LENGTH];
    int i;

    for (i = 0; i < READY; i++)
        check(send(p.sender, message, LENGTH, 0) == LENGTH, "send");
}

static double ours(struct pair p)
{
    char message[LENGTH];
    double begin;
    int i;

    fill(p);
    begin = now();
    for (i = 0; i < READY; i++)
        check(recv(p.receiver, message, LENGTH, 0) == LENGTH, "recv");
    return (now() - begin) / READY;
}

static double host(struct pair p)
{
    char message[LENGTH];
    double begin;
    int i;

    fill(p);
    begin = now();
    for (i = 0; i < READY; i++)
        check(host_recv((int)p.receiver, message, LENGTH, 0) == LENGTH, "the host's recv");
    return (now() - begin) / READY;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(const char *name, struct pair our_pair, struct pair host_pair, int rounds)
{
    double *columns = malloc(3 * (size_t)rounds * sizeof *columns);
    double *a = columns, *b = a + rounds, *ratio = b + rounds;
    int i;

    check(columns != NULL, "malloc");
    ours(our_pair);
    host(host_pair);
    for (i = 0; i < rounds; i++) {
        if (i % 2 == 0) {
            a[i] = ours(our_pair);
            b[i] = host(host_pair);
        } else {
            b[i] = host(host_pair);
            a[i] = ours(our_pair);
        }
        ratio[i] = a[i] / b[i];
    }
    for (i = 0; i < 3; i++)
        qsort(columns + i * rounds, (size_t)rounds, sizeof *columns, ascending);
    /* name, then median and minimum of ours, of the host's, the median ratio: for receive.rs to print */
    printf("%s\t%f\t%f\t%f\t%f\t%f\n", name, a[rounds / 2], a[0], b[rounds / 2], b[0], ratio[rounds / 2]);
    free(columns);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1000;
    WSADATA data;

    check(rounds > 0, "the number of rounds");
    check(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup");
    measure("C recv, TCP, bytes ready", tcp(), tcp(), rounds);
    measure("C recv, UDP, datagram ready", udp(), udp(), rounds);
    WSACleanup();
    return 0;
}
