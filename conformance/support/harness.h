/* What every conformance case shares: registration, expectations, poison, peers and calls that block in
   another thread. Windows C only, so that the same sources build for Windows; what one topic alone needs
   stays in that topic's file. */
#ifndef CONFORMANCE_HARNESS_H
#define CONFORMANCE_HARNESS_H

#define _WINSOCK_DEPRECATED_NO_WARNINGS
#define _CRT_SECURE_NO_WARNINGS
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>

/* ---- Registration ---- */

/* CASE("clause/id/here") { ... } runs after WSAStartup(2.2); COLD_CASE does its own startup. */
#define CASE(id) CASE_AT(id, 1, __LINE__)
#define COLD_CASE(id) CASE_AT(id, 0, __LINE__)
/* EXTENSION_CASE shows what Windows does not have, so it is not held against Windows or Wine. */
#define EXTENSION_CASE(id) CASE(id)
#define CASE_AT(id, warm, line) CASE_NAMED(id, warm, line)
#define CASE_NAMED(id, warm, line) CASE_WITH(id, warm, case_##line, enter_##line)
#define CASE_WITH(id, warm, body, enter)                                                                     \
    static void body(void);                                                                                  \
    AT_START(enter) { harness_enter(id, warm, body); }                                                       \
    static void body(void)
#if defined(_MSC_VER) && !defined(__clang__)
#pragma section(".CRT$XCU", read)
#define AT_START(name)                                                                                       \
    static void name(void);                                                                                  \
    __declspec(allocate(".CRT$XCU")) static void (*name##_slot)(void) = name;                                \
    static void name(void)
#else
#define AT_START(name) __attribute__((constructor)) static void name(void)
#endif

void harness_enter(const char *id, int warm, void (*body)(void));

/* ---- Expectations: a failed one is reported, the case goes on ---- */

/* Every out-parameter starts as this value, so that "not written" can be told from "written". */
#define POISON 0xdeadbeefu
/* An address in no program's memory. */
#define UNMAPPED(type) ((type *)(ULONG_PTR)1)

/* Each call starts with the last error poisoned: a code that is expected has been set by this very call. */
#define poisoned(call) (WSASetLastError((int)POISON), (long long)(call))

/* The value is what was expected. */
#define expect_eq(actual, expected)                                                                          \
    harness_eq(__FILE__, __LINE__, #actual, poisoned(actual), (long long)(expected))
/* The condition holds. */
#define expect(condition) harness_true(__FILE__, __LINE__, #condition, (condition) ? 1 : 0)
/* The call returns SOCKET_ERROR (or INVALID_SOCKET) and sets this last error. */
#define expect_error(call, code) harness_error(__FILE__, __LINE__, #call, poisoned(call), -1, (int)(code))
/* The call returns 0 (FALSE, NULL) as its failure and sets this last error. */
#define expect_false(call, code)                                                                             \
    harness_error(__FILE__, __LINE__, #call, poisoned((ULONG_PTR)(call)), 0, (int)(code))
/* The call returns the value and leaves the last error 0. */
#define expect_clears(call, value)                                                                           \
    harness_error(__FILE__, __LINE__, #call, poisoned(call), (long long)(value), 0)
/* The bytes are those of the text. */
#define expect_bytes(buffer, text)                                                                           \
    harness_bytes(__FILE__, __LINE__, #buffer, (buffer), (text), (int)strlen(text))
/* The bytes still hold the poison that `poison` laid down. */
#define expect_untouched(buffer, length)                                                                     \
    harness_untouched(__FILE__, __LINE__, #buffer, (buffer), (int)(length))
/* A number between two others. */
#define expect_between(actual, low, high)                                                                    \
    harness_between(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(low), (long long)(high))

void harness_eq(const char *file, int line, const char *what, long long actual, long long expected);
void harness_true(const char *file, int line, const char *what, int holds);
void harness_error(const char *file, int line, const char *what, long long actual, long long expected,
                   int code);
void harness_bytes(const char *file, int line, const char *what, const void *actual, const char *text,
                   int length);
void harness_untouched(const char *file, int line, const char *what, const void *bytes, int length);
void harness_between(const char *file, int line, const char *what, long long actual, long long low,
                     long long high);

/* The set-up did not work: the case ends here. */
#define require(condition) harness_require(__FILE__, __LINE__, #condition, (condition) ? 1 : 0)
void harness_require(const char *file, int line, const char *what, int holds);

void poison(void *bytes, size_t length);

/* ---- Peers: loopback only, ports chosen by the system ---- */

#define PATIENCE 5000 /* milliseconds until a fact that must come counts as missing */

struct pair {
    SOCKET local, peer;
};

SOCKET tcp(void);                           /* a TCP socket, fresh */
SOCKET udp(void);                           /* a UDP socket, unbound */
SOCKET udp_at(struct sockaddr_in *where);   /* bound to a free port; `where` may be NULL */
SOCKET listener(struct sockaddr_in *where); /* listening on a free port */
struct pair tcp_pair(void);                 /* `local` connected, `peer` accepted */
struct pair udp_pair(void);                 /* bound, connected to each other */
struct sockaddr_in closed_port(int type);   /* where nobody listens */
SOCKET connecting(void);                    /* nonblocking, its connect still in progress */
struct sockaddr_in full_listener(void);     /* where a connect neither succeeds nor fails */
void nonblocking(SOCKET s);
void reset(SOCKET s);                      /* aborts the connection: linger 0, closesocket */
struct sockaddr_in loopback(u_short port); /* 127.0.0.1, port in network order */

/* ---- Facts to wait for, with a deadline ---- */

int readable(SOCKET s, int milliseconds); /* select on the read set alone */
int writable(SOCKET s, int milliseconds);
int excepted(SOCKET s, int milliseconds);
void await_readable(SOCKET s);
void await_queued(SOCKET s, u_long bytes);              /* FIONREAD reaches this count */
void give(SOCKET from, const char *text);               /* sends all of it */
void give_to(SOCKET from, SOCKET to, const char *text); /* sends, and waits until `to` can receive */
u_long queued(SOCKET s);                                /* FIONREAD */
long long now_ms(void);

/* ---- Requests posted on sockets ---- */

#define PENDING 0x103u /* what OVERLAPPED.Internal is until the end */

/* A request with all that it points to. */
struct posted {
    WSAOVERLAPPED over;
    WSABUF part;
    DWORD got, flags;
    char bytes[64];
};

HANDLE manual_event(void); /* unsignalled */
int signalled(HANDLE object, int milliseconds);
/* Room for this much; flags 0, the event as given, all else poisoned. */
void lay_out(struct posted *r, u_long room, HANDLE event);
void lay_out_event(struct posted *r, u_long room); /* with a manual_event of its own */
int post_recv(SOCKET s, struct posted *r);         /* WSARecv without a routine */

/* The call fails with WSA_IO_PENDING. */
#define expect_pends(call) expect_error(call, WSA_IO_PENDING)
/* A receive for this much is posted, and pends. */
#define expect_pend(s, r, room) (lay_out_event(r, room), expect_pends(post_recv(s, r)))
/* Waits for the request's event, or the socket without one; its status and count are these. */
#define expect_ends(s, r, status, count)                                                                     \
    (harness_ends(s, &(r)->over), expect_eq((DWORD)(r)->over.Internal, (DWORD)(status)),                     \
     expect_eq((r)->over.InternalHigh, count))
/* WSAGetOverlappedResult without waiting says so. */
#define expect_result(s, r, done, count, code)                                                               \
    harness_result(__FILE__, __LINE__, s, &(r)->over, done, count, code)

void harness_ends(SOCKET s, WSAOVERLAPPED *over);
void harness_result(const char *file, int line, SOCKET s, WSAOVERLAPPED *over, int done, DWORD count,
                    int code);

/* ---- Calls that block, in a thread of their own ---- */

struct call {
    long long (*act)(void *);
    void *argument;
    HANDLE thread;
    volatile LONG entered;
    long long result, started, ended;
    int error;
};

/* Starts the call and returns once it has had time to block. No fact tells from outside that a thread blocks,
   so this is the one place that waits for a while instead of for a fact. */
void begin(struct call *call, long long (*act)(void *), void *argument);
int still_blocked(struct call *call, int milliseconds);
void finish(struct call *call); /* joins; a call that stays blocked fails the case and ends it */

/* What the call returned, and its last error if that is not NO_ERROR. */
#define expect_finish(call, value, code)                                                                     \
    (finish(call), harness_error(__FILE__, __LINE__, "the blocked call",                                     \
                                 (WSASetLastError((call)->error), (call)->result), (value), (code)))

/* Ready-made acts; the argument points at the SOCKET. */
long long act_recv(void *socket); /* recv of 16 bytes */
long long act_recvfrom(void *socket);
long long act_wsarecv(void *socket);
long long act_accept(void *socket);

/* ---- Overlapped requests, and the packets they queue ---- */

struct request {
    OVERLAPPED overlapped;
    WSABUF part;
    DWORD flags;
    char bytes[64];
};

/* Poison everywhere but in what the system reads: offsets 0, this event. */
void request_init(struct request *request, HANDLE event);
/* WSARecv into it, with no place for the count; NO_ERROR, or the last error it failed with. */
int begin_receive(SOCKET s, struct request *request, HANDLE event, ULONG length);
/* The call failed with WSA_IO_PENDING, and so far nothing but Internal was written. */
#define expect_pending(request, call)                                                                        \
    harness_pending(__FILE__, __LINE__, #call, &(request)->overlapped, (int)(call))
/* The call failed with WSA_IO_PENDING, and Internal says so; whether it wrote InternalHigh is left open. */
#define expect_begun(request, call)                                                                          \
    harness_begun(__FILE__, __LINE__, #call, &(request)->overlapped, (int)(call))
/* The request ends within PATIENCE, with this status and this many bytes in its OVERLAPPED. */
#define expect_ended(request, status, count)                                                                 \
    harness_ended(__FILE__, __LINE__, &(request)->overlapped, (status), (count))
/* Nothing ended the request, and nothing does for a while. */
#define expect_still_pending(request) expect(!ended(&(request)->overlapped, 100))
int ended(OVERLAPPED *overlapped, int milliseconds);
void harness_pending(const char *file, int line, const char *what, const OVERLAPPED *overlapped, int error);
void harness_begun(const char *file, int line, const char *what, const OVERLAPPED *overlapped, int error);
void harness_ended(const char *file, int line, OVERLAPPED *overlapped, DWORD status, DWORD count);

#define ENDED_WELL 0u /* statuses, as Internal holds them */
#define NOT_ENDED 0x103u
#define TOO_SMALL 0xc0000023u
#define UNSUPPORTED 0xc00000bbu
#define CANCELLED 0xc0000120u
#define RESET_BY_PEER 0xc000020du
#define REFUSED 0xc0000236u
#define ABORTED 0xc0000241u

HANDLE new_port(void);
void associate(HANDLE port, SOCKET s, ULONG_PTR key);
/* The next packet has this key, OVERLAPPED and count. With `code` NO_ERROR GetQueuedCompletionStatus returns
   TRUE and leaves the last error alone; else it returns FALSE with this last error. */
#define expect_packet(port, key, overlapped, count, code)                                                    \
    harness_packet(__FILE__, __LINE__, (port), (ULONG_PTR)(key), (overlapped), (count), (int)(code))
/* None is queued, and none comes for a while. */
#define expect_no_packet(port) harness_no_packet(__FILE__, __LINE__, (port))
void harness_packet(const char *file, int line, HANDLE port, ULONG_PTR key, OVERLAPPED *overlapped,
                    DWORD count, int code);
void harness_no_packet(const char *file, int line, HANDLE port);

SOCKET copy_of(SOCKET s);                /* through WSADuplicateSocket, within the process */
void extension(GUID id, void *function); /* writes the pointer to this extension function */

#endif
