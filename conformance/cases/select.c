/* select (clauses/select.md). */
#include "harness.h"

static struct timeval at_once;

static fd_set set_of(SOCKET s) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(s, &set);
    return set;
}

CASE("select/error/WSAEINVAL-no-sets") {
    struct timeval second = {1, 0};
    fd_set a, b, c;
    FD_ZERO(&a);
    FD_ZERO(&b);
    FD_ZERO(&c);
    expect_error(select(0, NULL, NULL, NULL, &at_once), WSAEINVAL);
    expect_error(select(0, NULL, NULL, NULL, &second), WSAEINVAL);
    expect_error(select(0, NULL, NULL, NULL, NULL), WSAEINVAL);
    expect_error(select(0, &a, &b, &c, &second), WSAEINVAL);
}

CASE("select/param/nfds") {
    static const int counts[] = {0, -1, 1000000};
    struct pair pair = tcp_pair();
    int i;
    for (i = 0; i < 3; i++) {
        fd_set set = set_of(pair.local);
        expect_eq(select(counts[i], NULL, &set, NULL, &at_once), 1);
    }
}

CASE("select/error/WSAENOTSOCK-invalid") {
    int i;
    for (i = 0; i < 3; i++) {
        fd_set set = set_of(INVALID_SOCKET);
        expect_error(select(0, i == 0 ? &set : NULL, i == 1 ? &set : NULL, i == 2 ? &set : NULL, &at_once),
                     WSAENOTSOCK);
    }
}

CASE("select/error/WSAENOTSOCK-closed") {
    struct pair pair = tcp_pair();
    SOCKET closed = tcp();
    fd_set reads = set_of(closed), writes = set_of(pair.local);
    FD_SET(pair.local, &reads);
    FD_SET(closed, &writes);
    require(closesocket(closed) == 0);
    expect_error(select(0, &reads, &writes, NULL, &at_once), WSAENOTSOCK);
    expect_eq(reads.fd_count, 2);
    expect_eq(writes.fd_count, 2);
    expect_eq(reads.fd_array[0], closed);
    expect_eq(writes.fd_array[0], pair.local);
}

struct watch {
    fd_set reads, excepts;
    int both;
};

static long long act_select(void *argument) {
    struct watch *watch = (struct watch *)argument;
    struct timeval patience = {PATIENCE / 1000, 0};
    return select(0, watch->both ? &watch->reads : NULL, NULL, &watch->excepts, &patience);
}

CASE("select/cancel/closed-while-reading") {
    SOCKET s = udp_at(NULL);
    struct watch watch;
    struct call call;
    watch.reads = watch.excepts = set_of(s);
    watch.both = 1;
    begin(&call, act_select, &watch);
    require(closesocket(s) == 0);
    finish(&call);
    expect_eq(call.result, 1);
    expect_eq(watch.reads.fd_count, 1);
    expect_eq(watch.reads.fd_array[0], s);
    expect_eq(watch.excepts.fd_count, 0);
}

CASE("select/cancel/closed-while-excepting") {
    SOCKET s = udp_at(NULL);
    struct watch watch;
    struct call call;
    watch.excepts = set_of(s);
    watch.both = 0;
    begin(&call, act_select, &watch);
    require(closesocket(s) == 0);
    expect_finish(&call, -1, WSAENOTSOCK);
    expect_eq(watch.excepts.fd_count, 0);
}

CASE("select/remarks/unconnected-tcp") {
    SOCKET s = tcp();
    fd_set reads = set_of(s), writes = set_of(s), excepts = set_of(s);
    struct timeval soon = {0, 500};
    expect_eq(select(0, &reads, &writes, &excepts, &at_once), 0);
    reads = writes = excepts = set_of(s);
    expect_eq(select(0, &reads, &writes, &excepts, &soon), 0);
}

CASE("select/remarks/refused-not-writable") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    expect_error(connect(s, (struct sockaddr *)&nobody, sizeof nobody), WSAECONNREFUSED);
    expect_eq(writable(s, 0), 0);
}

CASE("select/remarks/unbound-udp") {
    SOCKET s = udp();
    expect_eq(writable(s, 0), 1);
    expect_eq(readable(s, 0), 0);
}

CASE("select/remarks/listener") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    expect_eq(readable(listening, 0), 0);
    require(connect(s, (struct sockaddr *)&where, sizeof where) == 0);
    expect_eq(readable(listening, PATIENCE), 1);
}

CASE("select/remarks/connect-success") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    nonblocking(s);
    expect_error(connect(s, (struct sockaddr *)&where, sizeof where), WSAEWOULDBLOCK);
    expect_eq(writable(s, PATIENCE), 1);
    expect_eq(excepted(s, 0), 0);
    closesocket(listening);
}

CASE("select/remarks/connect-failure") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    fd_set reads = set_of(s), writes = set_of(s), excepts = set_of(s);
    struct timeval patience = {PATIENCE / 1000, 0};
    nonblocking(s);
    expect_error(connect(s, (struct sockaddr *)&nobody, sizeof nobody), WSAEWOULDBLOCK);
    expect_eq(select(0, &reads, &writes, &excepts, &patience), 1);
    expect(FD_ISSET(s, &excepts));
    expect_eq(reads.fd_count, 0);
    expect_eq(writes.fd_count, 0);
}

CASE("select/remarks/synchronous-connect-failure") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    require(connect(s, (struct sockaddr *)&nobody, sizeof nobody) == SOCKET_ERROR);
    expect_eq(excepted(s, 0), 1);
}

CASE("select/remarks/data") {
    struct pair stream = tcp_pair(), datagram = udp_pair();
    expect_eq(readable(stream.local, 0), 0);
    expect_eq(readable(datagram.local, 0), 0);
    give(stream.peer, "x");
    give(datagram.peer, "x");
    expect_eq(readable(stream.local, PATIENCE), 1);
    expect_eq(readable(datagram.local, PATIENCE), 1);
    expect_eq(excepted(stream.local, 0), 0);
}

CASE("select/remarks/close") {
    struct pair pair = tcp_pair();
    char byte;
    require(closesocket(pair.peer) == 0);
    expect_eq(readable(pair.local, PATIENCE), 1);
    expect_eq(recv(pair.local, &byte, 1, 0), 0);
    expect_eq(readable(pair.local, 0), 1);
}

CASE("select/remarks/duplicates") {
    SOCKET s = tcp_pair().local;
    fd_set set;
    set.fd_count = 2;
    set.fd_array[0] = set.fd_array[1] = s;
    expect_eq(select(0, NULL, &set, NULL, &at_once), 1);
    expect_eq(set.fd_count, 1);
    expect_eq(set.fd_array[0], s);
    expect_eq(set.fd_array[1], s);
}

CASE("select/remarks/one-set-twice") {
    struct pair first = tcp_pair(), second = tcp_pair();
    fd_set set = set_of(first.local);
    FD_SET(second.local, &set);
    give_to(second.peer, second.local, "x");
    expect_eq(select(0, &set, &set, NULL, &at_once), 2);
    expect(FD_ISSET(first.local, &set));
    expect(FD_ISSET(second.local, &set));
}

CASE("select/remarks/large-sets") {
    struct {
        u_int count;
        SOCKET sockets[200];
    } reads, writes;
    SOCKET all[200], sender = udp();
    struct sockaddr_in where;
    int i;
    for (i = 0; i < 200; i++) {
        all[i] = udp_at(&where);
        if (i % 2 == 1) {
            require(sendto(sender, "x", 1, 0, (struct sockaddr *)&where, sizeof where) == 1);
            await_readable(all[i]);
        }
        reads.sockets[i] = writes.sockets[i] = all[i];
    }
    reads.count = writes.count = 200;
    expect_eq(select(0, (fd_set *)&reads, (fd_set *)&writes, NULL, &at_once), 300);
    expect_eq(reads.count, 100);
    expect_eq(writes.count, 200);
    for (i = 0; i < 100; i++) expect_eq(reads.sockets[i], all[i * 2 + 1]);
}

CASE("select/remarks/timeval-unchanged") {
    SOCKET s = udp_at(NULL);
    fd_set set = set_of(s);
    struct timeval wait = {0, 30000};
    expect_eq(select(0, &set, NULL, NULL, &wait), 0);
    expect_eq(wait.tv_sec, 0);
    expect_eq(wait.tv_usec, 30000);
}

CASE("select/remarks/slots-beyond-count") {
    SOCKET s = tcp_pair().local;
    fd_set set;
    poison(&set, sizeof set);
    set.fd_count = 1;
    set.fd_array[0] = s;
    expect_eq(select(0, NULL, &set, NULL, &at_once), 1);
    expect_untouched(&set.fd_array[1], sizeof set.fd_array - sizeof set.fd_array[0]);
}

CASE("select/returns/memberships") {
    struct pair pair = tcp_pair();
    fd_set reads = set_of(pair.local), writes = set_of(pair.local);
    give_to(pair.peer, pair.local, "x");
    expect_eq(select(0, &reads, &writes, NULL, &at_once), 2);
}

CASE("select/returns/timeout") {
    SOCKET s = udp_at(NULL);
    fd_set reads = set_of(s), excepts = set_of(s);
    struct timeval soon = {0, 20000};
    expect_eq(select(0, &reads, NULL, &excepts, &soon), 0);
    expect_eq(reads.fd_count, 0);
    expect_eq(excepts.fd_count, 0);
}

CASE("select/remarks/never-early") {
    SOCKET s = udp_at(NULL);
    fd_set set = set_of(s);
    struct timeval wait = {0, 150000};
    long long start = now_ms();
    expect_eq(select(0, &set, NULL, NULL, &wait), 0);
    expect_between(now_ms() - start, 149, 1150);
}

static long long act_select_for_ever(void *s) {
    fd_set set = set_of(*(SOCKET *)s);
    return select(0, &set, NULL, NULL, NULL);
}

CASE("select/remarks/waits") {
    struct pair pair = tcp_pair();
    struct call call;
    begin(&call, act_select_for_ever, &pair.local);
    give(pair.peer, "x");
    expect_finish(&call, 1, 0);
}

CASE("fd-isset/returns/member") {
    SOCKET a = udp(), b = udp();
    fd_set set = set_of(a);
    FD_SET(a, &set);
    expect_eq(set.fd_count, 1);
    expect(FD_ISSET(a, &set));
    expect(!FD_ISSET(b, &set));
    FD_SET(b, &set);
    FD_CLR(a, &set);
    expect_eq(set.fd_count, 1);
    expect_eq(set.fd_array[0], b);
}
