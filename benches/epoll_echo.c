/* What iocp_echo.c is measured against: an echo server on epoll, as it is written by hand for Linux. Uses nothing
 * of this library.
 *
 * Edge-triggered, which is a little faster here than level-triggered: one receive and one send per message, and
 * one registration per connection. A connection whose peer does not read is not received from. It has the threads
 * of the other server, of which one serves: a process with a single thread has cheaper host calls.
 *
 * usage: epoll_echo     prints "PORT n", serves until its standard input ends */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256

struct connection {
    int fd;
    size_t length; /* of what was received and is not sent yet */
    size_t sent;
    char bytes[1024];
};

static int queue;
static int listener;

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "epoll_echo: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void watch(int fd, uint32_t events, void *owner)
{
    struct epoll_event event = {.events = events, .data.ptr = owner};

    check(epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void *accept_all(void *unused)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct connection *c = calloc(1, sizeof *c);

        if (fd < 0 && (errno == ECONNABORTED || errno == EINTR)) {
            free(c);
            continue;
        }
        check(fd >= 0, "accept4");
        check(c != NULL, "calloc");
        c->fd = fd;
        watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, c);
    }
    return unused;
}

/* Whether the connection lives on. */
static int serve(struct connection *c, uint32_t events)
{
    int drained = 0;

    while (!drained) {
        ssize_t n;

        if (c->length == 0) {
            n = recv(c->fd, c->bytes, sizeof c->bytes, 0);
            if (n <= 0)
                return n < 0 && errno == EAGAIN;
            c->length = (size_t)n;
            /* a peer that has ended sends no further edge: its end must be met now */
            drained = c->length < sizeof c->bytes && !(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
        }
        while (c->sent < c->length) {
            n = send(c->fd, c->bytes + c->sent, c->length - c->sent, MSG_NOSIGNAL);
            if (n < 0)
                return errno == EAGAIN;
            c->sent += (size_t)n;
        }
        c->length = c->sent = 0;
    }
    return 1;
}

static void handle(struct connection *c, uint32_t events)
{
    if (!serve(c, events)) {
        close(c->fd);
        free(c);
    }
}

static void *work(void *unused)
{
    static struct epoll_event events[EVENTS];

    for (;;) {
        int count = epoll_wait(queue, events, EVENTS, -1);

        check(count >= 0 || errno == EINTR, "epoll_wait");
        for (int i = 0; i < count; i++)
            handle(events[i].data.ptr, events[i].events);
    }
    return unused;
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    pthread_t thread;

    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(listener >= 0, "socket");
    check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    check(listen(listener, SOMAXCONN) == 0, "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    queue = epoll_create1(EPOLL_CLOEXEC);
    check(queue >= 0, "epoll_create1");
    check(pthread_create(&thread, NULL, work, NULL) == 0, "pthread_create");
    check(pthread_create(&thread, NULL, accept_all, NULL) == 0, "pthread_create");

    printf("PORT %d\n", ntohs(address.sin_port));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
