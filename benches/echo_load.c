/* The clients of every echo server that echo.rs measures: they keep a number of messages on their way, each on a
 * connection of its own, and take the time. Uses nothing of this library.
 *
 * A reply is awaited on the connection whose message is the oldest, without asking first which one has a reply:
 * that makes a message cheaper here than in any server, so that the server is what is measured.
 *
 * usage: echo_load PORT PID        PID: the server, whose processor time is taken too
 * Commands on standard input, with one line of answer each:
 *   connect N         opens connections until there are N, and has one message echoed on each
 *   idle N            opens connections until there are N
 *   run N WINDOW OF   N echoes, WINDOW messages on their way, over OF of the connections, in turn, in random order;
 *                     answers nanoseconds and the server's processor nanoseconds per echo */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LENGTH 64
#define PATIENCE 120 /* seconds that a command may take */

static int port;
static int *sockets; /* in random order */
static int count;

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "echo_load: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void fill(uint64_t message[LENGTH / 8], uint64_t number)
{
    for (int i = 0; i < LENGTH / 8; i++)
        message[i] = number + (uint64_t)i;
}

static void ask(int fd, uint64_t number)
{
    uint64_t message[LENGTH / 8];

    fill(message, number);
    check(send(fd, message, LENGTH, MSG_NOSIGNAL) == LENGTH, "send");
}

static void hear(int fd, uint64_t number)
{
    uint64_t message[LENGTH / 8], expected[LENGTH / 8];

    errno = 0;
    check(recv(fd, message, LENGTH, MSG_WAITALL) == LENGTH, "recv");
    fill(expected, number);
    check(memcmp(message, expected, LENGTH) == 0, "the echo differs");
}

static unsigned below(unsigned limit)
{
    static uint64_t state = 0x9e3779b97f4a7c15;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 32) % limit);
}

static int open_one(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    check(fd >= 0, "socket");
    check(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    return fd;
}

static void grow(int wanted, int echo)
{
    struct rlimit limit;

    check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    if ((rlim_t)wanted + 64 > limit.rlim_cur) { /* the server has some more open files than connections */
        printf("forbidden: the limit of open files is %llu\n", (unsigned long long)limit.rlim_cur);
        return;
    }
    sockets = realloc(sockets, (size_t)wanted * sizeof *sockets);
    check(sockets != NULL, "realloc");
    for (; count < wanted; count++) {
        unsigned place = below((unsigned)count + 1);
        int fd = open_one();

        if (echo) {
            ask(fd, (uint64_t)count);
            hear(fd, (uint64_t)count);
        }
        sockets[count] = sockets[place];
        sockets[place] = fd;
    }
    printf("connected\n");
}

static double nanoseconds(clockid_t clock)
{
    struct timespec at;

    check(clock_gettime(clock, &at) == 0, "clock_gettime");
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void run(int echoes, int window, int of, clockid_t server)
{
    static unsigned first;
    static uint64_t number;
    double begin, used;
    int asked = 0, heard;

    check(echoes > 0 && window > 0 && window <= of && of <= count, "run");
    begin = nanoseconds(CLOCK_MONOTONIC);
    used = nanoseconds(server);
    for (heard = 0; heard < echoes; heard++) {
        for (; asked < echoes && asked - heard < window; asked++)
            ask(sockets[(first + (unsigned)(asked % of)) % (unsigned)count], number + (uint64_t)asked);
        hear(sockets[(first + (unsigned)(heard % of)) % (unsigned)count], number + (uint64_t)heard);
    }
    used = nanoseconds(server) - used;
    begin = nanoseconds(CLOCK_MONOTONIC) - begin;
    printf("%f %f\n", begin / echoes, used / echoes);
    first = (first + (unsigned)of) % (unsigned)count; /* the next run has other connections */
    number += (uint64_t)echoes;
}

int main(int argc, char **argv)
{
    char line[100];
    clockid_t server;

    check(argc == 3, "usage: echo_load PORT PID");
    port = atoi(argv[1]);
    errno = clock_getcpuclockid(atoi(argv[2]), &server);
    check(errno == 0, "clock_getcpuclockid");
    while (fgets(line, sizeof line, stdin) != NULL) {
        int n, window, of;

        alarm(PATIENCE);
        if (sscanf(line, "connect %d", &n) == 1)
            grow(n, 1);
        else if (sscanf(line, "idle %d", &n) == 1)
            grow(n, 0);
        else if (sscanf(line, "run %d %d %d", &n, &window, &of) == 3)
            run(n, window, of, server);
        else
            check(0, line);
        fflush(stdout);
        alarm(0);
    }
    return 0;
}
