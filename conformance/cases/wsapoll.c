/* WSAPoll (clauses/wsapoll.md). */
#include "harness.h"

#define NAME(address) ((struct sockaddr *)&(address))
#define ALL (POLLRDNORM | POLLRDBAND | POLLWRNORM)

static WSAPOLLFD entry(SOCKET s, SHORT events) {
    WSAPOLLFD it;
    it.fd = s;
    it.events = events;
    it.revents = (SHORT)POISON;
    return it;
}

/* What an array of one reports at once. */
static int polled(SOCKET s, SHORT events) {
    WSAPOLLFD it = entry(s, events);
    int count = WSAPoll(&it, 1, 0);
    expect_eq(count, it.revents != 0);
    return (USHORT)it.revents;
}

/* What it reports as soon as that is what is wanted, or else at the deadline. */
static int settles(SOCKET s, SHORT events, int wanted) {
    long long end = now_ms() + PATIENCE;
    int seen;
    while ((seen = polled(s, events)) != wanted && now_ms() < end) Sleep(1);
    return seen;
}
#define expect_polls(s, events, wanted) expect_eq(settles((s), (events), (wanted)), (wanted))

/* ---- Parameters ---- */

CASE("wsapoll/error/WSAEINVAL-no-entries") {
    expect_error(WSAPoll(NULL, 0, 0), WSAEINVAL);
    expect_error(WSAPoll(NULL, 0, 100), WSAEINVAL);
    expect_error(WSAPoll(NULL, 0, -1), WSAEINVAL);
}

CASE("wsapoll/error/WSAEINVAL-count-of-none") {
    WSAPOLLFD it = entry(tcp_pair().local, POLLWRNORM);
    expect_error(WSAPoll(&it, 0, 0), WSAEINVAL);
    expect_eq(it.revents, (SHORT)POISON);
}

CASE("wsapoll/error/WSAEFAULT") {
    expect_error(WSAPoll(NULL, 1, 0), WSAEFAULT);
    expect_error(WSAPoll(NULL, 1, 100), WSAEFAULT);
    expect_error(WSAPoll(NULL, 1, -1), WSAEFAULT);
}

COLD_CASE("wsapoll/error/WSANOTINITIALISED") {
    WSAPOLLFD it = entry(INVALID_SOCKET, POLLRDNORM);
    expect_error(WSAPoll(&it, 1, 0), WSANOTINITIALISED);
}

CASE("wsapoll/error/WSAEINVAL-requested-bits") {
    static const int bad[] = {POLLERR, POLLHUP, POLLNVAL, 0x8,    POLLWRBAND, 0x40,  0x80,
                              POLLPRI, 0x800,   0x1000,   0x2000, 0x4000,     0x8000};
    SOCKET s = tcp_pair().local;
    size_t i;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        WSAPOLLFD it = entry(s, (SHORT)bad[i]), beside = entry(s, (SHORT)(bad[i] | POLLWRNORM));
        expect_error(WSAPoll(&it, 1, 0), WSAEINVAL);
        expect_error(WSAPoll(&beside, 1, 0), WSAEINVAL);
    }
}

CASE("wsapoll/param/requested-bits") {
    SOCKET s = tcp_pair().local;
    expect_eq(polled(s, 0), 0);
    expect_eq(polled(s, POLLRDNORM), 0);
    expect_eq(polled(s, POLLRDBAND), 0);
    expect_eq(polled(s, POLLIN), 0);
    expect_eq(polled(s, POLLOUT), POLLWRNORM);
    expect_eq(polled(s, POLLIN | POLLOUT), POLLWRNORM);
}

CASE("wsapoll/error/bits-of-an-invalid-entry") {
    SOCKET s = listener(NULL);
    WSAPOLLFD all[2];
    all[0] = entry(INVALID_SOCKET, POLLERR);
    all[1] = entry(s, POLLIN);
    expect_eq(WSAPoll(all, 2, 0), 0);
    expect_eq(all[0].revents, POLLNVAL);
    expect_eq(all[1].revents, 0);
    all[0] = entry(s, POLLIN);
    all[1] = entry(0xabacab, POLLERR);
    expect_error(WSAPoll(all, 2, 0), WSAEINVAL);
    expect_eq(all[0].revents, 0);
    expect_eq(all[1].revents, 0);
}

CASE("wsapoll/revents/POLLNVAL-not-counted") {
    SOCKET s = listener(NULL);
    WSAPOLLFD all[2];
    all[0] = entry(INVALID_SOCKET, POLLIN);
    all[1] = entry(s, POLLIN);
    expect_clears(WSAPoll(all, 2, 0), 0);
    expect_eq(all[0].revents, POLLNVAL);
    expect_eq(all[1].revents, 0);
    all[0] = entry(s, POLLIN);
    all[1] = entry(0xabacab, POLLIN);
    expect_clears(WSAPoll(all, 2, 0), 0);
    expect_eq(all[0].revents, 0);
    expect_eq(all[1].revents, POLLNVAL);
}

CASE("wsapoll/revents/POLLNVAL-beside-ready") {
    WSAPOLLFD all[2];
    all[0] = entry(INVALID_SOCKET, POLLOUT);
    all[1] = entry(tcp_pair().local, POLLOUT);
    expect_clears(WSAPoll(all, 2, 0), 1);
    expect_eq(all[0].revents, POLLNVAL);
    expect_eq(all[1].revents, POLLWRNORM);
}

CASE("wsapoll/error/WSAENOTSOCK") {
    SOCKET closed = tcp();
    WSAPOLLFD all[2];
    require(closesocket(closed) == 0);
    all[0] = entry(INVALID_SOCKET, POLLIN);
    all[1] = entry(closed, POLLIN);
    expect_error(WSAPoll(all, 2, 0), WSAENOTSOCK);
    expect_eq(all[0].revents, POLLNVAL);
    expect_eq(all[1].revents, POLLNVAL);
}

CASE("wsapoll/error/WSAENOTSOCK-closed-as-handle") {
    SOCKET s = tcp();
    WSAPOLLFD it = entry(s, POLLIN);
    require(CloseHandle((HANDLE)s));
    expect_error(WSAPoll(&it, 1, 0), WSAENOTSOCK);
}

CASE("wsapoll/param/fields-unchanged") {
    SOCKET s = tcp_pair().local;
    WSAPOLLFD it = entry(s, POLLIN | POLLOUT);
    expect_clears(WSAPoll(&it, 1, 0), 1);
    expect_eq(it.fd, s);
    expect_eq(it.events, POLLIN | POLLOUT);
}

/* ---- What is reported ---- */

CASE("wsapoll/revents/listener") {
    struct sockaddr_in where;
    SOCKET s = listener(&where);
    expect_eq(polled(s, ALL), 0);
    require(connect(tcp(), NAME(where), sizeof where) == 0);
    expect_polls(s, ALL, POLLRDNORM);
}

CASE("wsapoll/revents/connected") {
    struct pair pair = tcp_pair();
    expect_eq(polled(pair.local, ALL), POLLWRNORM);
    give(pair.peer, "x");
    expect_polls(pair.local, ALL, POLLRDNORM | POLLWRNORM);
    expect_eq(polled(pair.local, POLLRDBAND), 0);
}

CASE("wsapoll/revents/peer-shutdown") {
    struct pair pair = tcp_pair();
    char byte;
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_polls(pair.local, ALL, POLLHUP | POLLWRNORM);
    expect_eq(polled(pair.local, POLLIN), POLLHUP);
    expect_eq(polled(pair.local, 0), POLLHUP);
    expect_eq(recv(pair.local, &byte, 1, 0), 0);
    expect_eq(polled(pair.local, ALL), POLLHUP | POLLWRNORM);
}

CASE("wsapoll/revents/peer-close") {
    struct pair pair = tcp_pair();
    require(closesocket(pair.peer) == 0);
    expect_polls(pair.local, ALL, POLLHUP | POLLWRNORM);
    expect_eq(polled(pair.local, 0), POLLHUP);
}

CASE("wsapoll/revents/data-then-shutdown") {
    struct pair pair = tcp_pair();
    char buffer[8];
    give(pair.peer, "abc");
    require(shutdown(pair.peer, SD_SEND) == 0);
    expect_polls(pair.local, ALL, POLLRDNORM | POLLHUP | POLLWRNORM);
    expect_eq(recv(pair.local, buffer, 2, 0), 2);
    expect_eq(polled(pair.local, ALL), POLLRDNORM | POLLHUP | POLLWRNORM);
    expect_eq(recv(pair.local, buffer, 2, 0), 1);
    expect_eq(polled(pair.local, ALL), POLLHUP | POLLWRNORM);
}

CASE("wsapoll/revents/own-shutdown") {
    SOCKET receiving = tcp_pair().local, sending = tcp_pair().local;
    require(shutdown(receiving, SD_RECEIVE) == 0);
    expect_eq(polled(receiving, ALL), POLLWRNORM);
    require(shutdown(sending, SD_SEND) == 0);
    expect_eq(polled(sending, ALL), POLLWRNORM);
}

CASE("wsapoll/revents/reset") {
    struct pair pair = tcp_pair();
    reset(pair.peer);
    expect_polls(pair.local, ALL, POLLERR | POLLHUP | POLLWRNORM);
    expect_eq(polled(pair.local, 0), POLLERR | POLLHUP);
}

CASE("wsapoll/revents/udp") {
    struct pair pair = udp_pair();
    SOCKET s = udp();
    expect_eq(polled(s, ALL), POLLWRNORM);
    expect_eq(polled(pair.local, ALL), POLLWRNORM);
    give(pair.peer, "x");
    expect_polls(pair.local, ALL, POLLRDNORM | POLLWRNORM);
}

CASE("wsapoll/revents/port-unreachable") {
    struct sockaddr_in nobody = closed_port(SOCK_DGRAM);
    SOCKET s = udp_at(NULL);
    char byte;
    require(sendto(s, "x", 1, 0, NAME(nobody), sizeof nobody) == 1);
    expect_polls(s, POLLIN, POLLRDNORM);
    expect_error(recv(s, &byte, 1, 0), WSAECONNRESET);
    expect_eq(polled(s, POLLIN), 0);
}

CASE("wsapoll/revents/unconnected") { expect_eq(polled(tcp(), ALL), 0); }

CASE("wsapoll/revents/connecting") { expect_eq(polled(connecting(), ALL), 0); }

CASE("wsapoll/revents/connect-success") {
    struct sockaddr_in where;
    SOCKET listening = listener(&where), s = tcp();
    nonblocking(s);
    expect_error(connect(s, NAME(where), sizeof where), WSAEWOULDBLOCK);
    expect_polls(s, ALL, POLLWRNORM);
    closesocket(listening);
}

#define FAILED_CONNECT (POLLERR | POLLHUP | POLLWRNORM)

CASE("wsapoll/revents/connect-failure") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    nonblocking(s);
    expect_error(connect(s, NAME(nobody), sizeof nobody), WSAEWOULDBLOCK);
    expect_polls(s, ALL, FAILED_CONNECT);
    expect_eq(polled(s, ALL), FAILED_CONNECT);
    expect_eq(polled(s, 0), POLLERR | POLLHUP);
}

CASE("wsapoll/revents/synchronous-connect-failure") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    expect_error(connect(s, NAME(nobody), sizeof nobody), WSAECONNREFUSED);
    expect_eq(polled(s, ALL), FAILED_CONNECT);
    expect_eq(polled(s, ALL), FAILED_CONNECT);
}

CASE("wsapoll/revents/connect-failure-wakes") {
    struct sockaddr_in nobody = closed_port(SOCK_STREAM);
    SOCKET s = tcp();
    WSAPOLLFD it = entry(s, POLLOUT);
    nonblocking(s);
    expect_error(connect(s, NAME(nobody), sizeof nobody), WSAEWOULDBLOCK);
    expect_eq(WSAPoll(&it, 1, PATIENCE), 1);
    expect_eq(it.revents, FAILED_CONNECT);
}

CASE("wsapoll/revents/out-of-band") {
    struct pair pair = tcp_pair();
    char byte;
    require(send(pair.peer, "x", 1, MSG_OOB) == 1);
    expect_polls(pair.local, ALL, POLLRDBAND | POLLWRNORM);
    expect_eq(polled(pair.local, POLLRDNORM), 0);
    require(send(pair.peer, "y", 1, MSG_OOB) == 1);
    expect_eq(recv(pair.local, &byte, 1, MSG_OOB), 1);
    expect_polls(pair.local, ALL, POLLRDBAND | POLLWRNORM);
    expect_eq(recv(pair.local, &byte, 1, MSG_OOB), 1);
    expect_eq(polled(pair.local, ALL), POLLWRNORM);
}

CASE("wsapoll/revents/out-of-band-in-line") {
    struct pair pair = tcp_pair();
    BOOL on = TRUE;
    char byte;
    require(setsockopt(pair.local, SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof on) == 0);
    require(send(pair.peer, "x", 1, MSG_OOB) == 1);
    expect_polls(pair.local, ALL, POLLRDNORM | POLLWRNORM);
    expect_eq(recv(pair.local, &byte, 1, 0), 1);
    expect_eq(polled(pair.local, ALL), POLLWRNORM);
}

CASE("wsapoll/revents/full") {
    struct pair pair = tcp_pair();
    static char block[65536];
    nonblocking(pair.local);
    nonblocking(pair.peer);
    while (writable(pair.local, 100)) send(pair.local, block, sizeof block, 0);
    expect_eq(polled(pair.local, POLLOUT), 0);
    while (readable(pair.peer, 100)) require(recv(pair.peer, block, sizeof block, 0) > 0);
    expect_polls(pair.local, POLLOUT, POLLWRNORM);
}

CASE("wsapoll/revents/pending-receive") {
    struct pair pair = tcp_pair();
    struct posted r;
    expect_pend(pair.local, &r, 8);
    give(pair.peer, "abc");
    expect_ends(pair.local, &r, 0, 3);
    expect_eq(polled(pair.local, POLLIN), 0);
    give(pair.peer, "d");
    expect_polls(pair.local, POLLIN, POLLRDNORM);
}

/* ---- Arrays ---- */

CASE("wsapoll/returns/entries") {
    struct pair pair = tcp_pair();
    WSAPOLLFD all[4];
    give_to(pair.peer, pair.local, "x");
    all[0] = entry(pair.peer, POLLIN);
    all[1] = entry(pair.local, POLLIN | POLLOUT);
    all[2] = entry(listener(NULL), POLLIN);
    all[3] = entry(pair.local, POLLIN);
    expect_eq(WSAPoll(all, 4, -1), 2);
    expect_eq(all[0].revents, 0);
    expect_eq(all[1].revents, POLLRDNORM | POLLWRNORM);
    expect_eq(all[2].revents, 0);
    expect_eq(all[3].revents, POLLRDNORM);
}

CASE("wsapoll/returns/many") {
    static WSAPOLLFD all[300];
    int i;
    for (i = 0; i < 300; i++) all[i] = entry(udp_at(NULL), i % 3 == 0 ? POLLOUT : POLLIN);
    expect_eq(WSAPoll(all, 300, 0), 100);
    for (i = 0; i < 300; i++) expect_eq(all[i].revents, i % 3 == 0 ? POLLWRNORM : 0);
}

/* ---- Waiting ---- */

CASE("wsapoll/timeout/over") {
    WSAPOLLFD it = entry(udp_at(NULL), POLLIN);
    long long start = now_ms();
    expect_clears(WSAPoll(&it, 1, 150), 0);
    expect_between(now_ms() - start, 149, 1150);
    expect_eq(it.revents, 0);
}

struct watch {
    WSAPOLLFD it;
    int timeout;
};

static long long act_poll(void *argument) {
    struct watch *watch = (struct watch *)argument;
    return WSAPoll(&watch->it, 1, watch->timeout);
}

CASE("wsapoll/timeout/none") {
    struct pair pair = tcp_pair();
    struct watch watch = {entry(pair.local, POLLIN), -7};
    struct call call;
    begin(&call, act_poll, &watch);
    give(pair.peer, "x");
    expect_finish(&call, 1, 0);
    expect_eq(watch.it.revents, POLLRDNORM);
}

CASE("wsapoll/cancel/closed-while-polling") {
    SOCKET s = udp_at(NULL);
    struct watch watch = {entry(s, POLLIN), PATIENCE};
    struct call call;
    begin(&call, act_poll, &watch);
    require(closesocket(s) == 0);
    expect_finish(&call, 1, 0);
    expect_eq(watch.it.revents, POLLNVAL);
}

static volatile LONG ran;
static SOCKET apc_sends;

static void CALLBACK apc(ULONG_PTR argument) {
    InterlockedIncrement(&ran);
    if (argument) give(apc_sends, "x");
}

static void queue_apc(ULONG_PTR argument) { require(QueueUserAPC(apc, GetCurrentThread(), argument) != 0); }

CASE("wsapoll/apc/goes-on") {
    struct pair pair = tcp_pair();
    WSAPOLLFD it = entry(pair.local, POLLIN);
    apc_sends = pair.peer;
    queue_apc(1);
    expect_clears(WSAPoll(&it, 1, PATIENCE), 1);
    expect_eq(it.revents, POLLRDNORM);
    expect_eq(ran, 1);
}

CASE("wsapoll/apc/time-over") {
    WSAPOLLFD it = entry(udp_at(NULL), POLLIN);
    long long start = now_ms();
    queue_apc(0);
    expect_clears(WSAPoll(&it, 1, 100), 0);
    expect_between(now_ms() - start, 99, PATIENCE);
    expect_eq(ran, 1);
}

CASE("wsapoll/apc/ready") {
    WSAPOLLFD it = entry(tcp_pair().local, POLLOUT);
    queue_apc(0);
    expect_eq(WSAPoll(&it, 1, PATIENCE), 1);
    expect_eq(ran, 0);
}
