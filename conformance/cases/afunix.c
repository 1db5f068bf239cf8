/* AF_UNIX streams and their names (clauses/afunix.md). */
#include "harness.h"
#include <afunix.h>

#define WHOLE ((int)sizeof(SOCKADDR_UN))
#define HEAD ((int)offsetof(SOCKADDR_UN, sun_path))

/* A path that no other process of the suite has; nothing is there yet. */
static SOCKADDR_UN fresh_path(void) {
    static int count;
    SOCKADDR_UN name;
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    sprintf(name.sun_path, "conformance-%lu-%d.sock", (unsigned long)GetCurrentProcessId(), count++);
    remove(name.sun_path);
    return name;
}

static SOCKET local(void) {
    SOCKET s = socket(AF_UNIX, SOCK_STREAM, 0);
    require(s != INVALID_SOCKET);
    return s;
}

static SOCKET local_listener(SOCKADDR_UN *name) {
    SOCKET s = local();
    *name = fresh_path();
    require(bind(s, (struct sockaddr *)name, sizeof *name) == 0);
    require(listen(s, 5) == 0);
    return s;
}

/* A client and what the listener accepted; the file is gone, which disturbs neither. */
static struct pair local_pair(SOCKADDR_UN *name) {
    struct pair pair;
    SOCKET door = local_listener(name);
    pair.local = local();
    require(connect(pair.local, (struct sockaddr *)name, sizeof *name) == 0);
    pair.peer = accept(door, NULL, NULL);
    require(pair.peer != INVALID_SOCKET);
    closesocket(door);
    remove(name->sun_path);
    return pair;
}

CASE("afunix/stream/both-ways") {
    SOCKADDR_UN name;
    struct pair pair = local_pair(&name);
    char buffer[8];
    expect_eq(send(pair.local, "abc", 3, 0), 3);
    expect_eq(recv(pair.peer, buffer, sizeof buffer, 0), 3);
    expect_bytes(buffer, "abc");
    expect_eq(sendto(pair.peer, "defg", 4, 0, NULL, 0), 4);
    expect_eq(recvfrom(pair.local, buffer, sizeof buffer, 0, NULL, NULL), 4);
    expect_bytes(buffer, "defg");
    closesocket(pair.peer);
    expect_eq(recv(pair.local, buffer, sizeof buffer, 0), 0);
}

CASE("afunix/stream/nonblocking") {
    SOCKADDR_UN name;
    SOCKET door = local_listener(&name), s = local();
    char buffer[4];
    int connected;
    nonblocking(s);
    connected = connect(s, (struct sockaddr *)&name, sizeof name);
    expect(connected == 0 || WSAGetLastError() == WSAEWOULDBLOCK);
    require(accept(door, NULL, NULL) != INVALID_SOCKET);
    expect(writable(s, PATIENCE));
    expect_error(recv(s, buffer, sizeof buffer, 0), WSAEWOULDBLOCK);
    remove(name.sun_path);
}

CASE("afunix/bind/WSAEFAULT") {
    SOCKADDR_UN name = fresh_path();
    expect_error(bind(local(), (struct sockaddr *)&name, 0), WSAEFAULT);
}

CASE("afunix/bind/family-only") {
    SOCKADDR_UN name = fresh_path();
    expect_eq(bind(local(), (struct sockaddr *)&name, HEAD), 0);
}

CASE("afunix/bind/WSAEADDRINUSE") {
    SOCKADDR_UN name;
    SOCKET door = local_listener(&name);
    expect_error(bind(local(), (struct sockaddr *)&name, sizeof name), WSAEADDRINUSE);
    closesocket(door);
    expect_error(bind(local(), (struct sockaddr *)&name, sizeof name), WSAEADDRINUSE);
    remove(name.sun_path);
}

CASE("afunix/getsockname/bound") {
    SOCKADDR_UN name, told;
    SOCKET door = local_listener(&name);
    int length = WHOLE, exact = HEAD + (int)strlen(name.sun_path) + 1;
    int behind = (exact + 3) & ~3; /* the poison comes in words */
    poison(&told, sizeof told);
    expect_eq(getsockname(door, (struct sockaddr *)&told, &length), 0);
    expect_eq(length, exact);
    expect_eq(told.sun_family, AF_UNIX);
    expect_bytes(told.sun_path, name.sun_path);
    expect_eq(told.sun_path[exact - HEAD - 1], 0);
    expect_untouched((char *)&told + behind, WHOLE - behind);
    remove(name.sun_path);
}

CASE("afunix/getsockname/unbound-client") {
    SOCKADDR_UN name, told;
    struct pair pair = local_pair(&name);
    int length = WHOLE;
    poison(&told, sizeof told);
    expect_eq(getsockname(pair.local, (struct sockaddr *)&told, &length), 0);
    expect_eq(length, WHOLE);
    expect_eq(told.sun_family, AF_UNIX);
    expect_eq(told.sun_path[0], 0);
    expect_eq(told.sun_path[sizeof told.sun_path - 1], 0);
}

CASE("afunix/getpeername/client") {
    SOCKADDR_UN name, told;
    struct pair pair = local_pair(&name);
    int length = WHOLE;
    poison(&told, sizeof told);
    expect_eq(getpeername(pair.local, (struct sockaddr *)&told, &length), 0);
    expect_eq(length, WHOLE);
    expect_bytes(told.sun_path, name.sun_path);
}

CASE("afunix/getpeername/accepted") {
    SOCKADDR_UN name, told;
    struct pair pair = local_pair(&name);
    int length = WHOLE;
    poison(&told, sizeof told);
    expect_eq(getpeername(pair.peer, (struct sockaddr *)&told, &length), 0);
    expect_eq(length, WHOLE);
    expect_eq(told.sun_path[0], 0);
}

CASE("afunix/getpeername/WSAENOTCONN") {
    SOCKADDR_UN name, told;
    SOCKET door = local_listener(&name);
    int length = WHOLE;
    poison(&told, sizeof told);
    expect_error(getpeername(door, (struct sockaddr *)&told, &length), WSAENOTCONN);
    expect_eq(length, WHOLE);
    expect_untouched(&told, WHOLE);
    remove(name.sun_path);
}

CASE("afunix/close/file-stays") {
    SOCKADDR_UN name;
    SOCKET door = local_listener(&name);
    closesocket(door);
    expect_eq(remove(name.sun_path), 0);
}
