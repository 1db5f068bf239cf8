/* What the cases of WSASendMsg and of the options that cut sends share: a message to send, and what comes. */
#ifndef CONFORMANCE_SENDMSG_H
#define CONFORMANCE_SENDMSG_H

#include "harness.h"

#ifndef IP_ECN
#define IP_ECN 50
#endif
#ifndef IPV6_ECN
#define IPV6_ECN 50
#endif
#ifndef UDP_SEND_MSG_SIZE
#define UDP_SEND_MSG_SIZE 2
#endif
#ifndef UDP_RECV_MAX_COALESCED_SIZE
#define UDP_RECV_MAX_COALESCED_SIZE 3
#endif
#define NAME(address) ((struct sockaddr *)&(address))

/* A message to send, with all that it points to. */
struct message {
    WSAMSG head;
    WSABUF part;
    DWORD sent;
    union {
        char bytes[256];
        WSACMSGHDR aligned;
    } control;
};

/* These bytes to this name, if there is one. */
static inline void prepare(struct message *m, const char *bytes, size_t length, void *name, int namelen) {
    memset(m, 0, sizeof *m);
    m->sent = POISON;
    m->part.len = (u_long)length;
    m->part.buf = (char *)bytes;
    m->head.lpBuffers = &m->part;
    m->head.dwBufferCount = 1;
    m->head.name = (LPSOCKADDR)name;
    m->head.namelen = namelen;
}

/* One more entry of control data. */
static inline void add(struct message *m, int level, int type, const void *data, size_t length) {
    WSACMSGHDR *entry = (WSACMSGHDR *)(m->control.bytes + m->head.Control.len);
    m->head.Control.buf = m->control.bytes;
    m->head.Control.len += (ULONG)WSA_CMSG_SPACE(length);
    require(m->head.Control.len <= sizeof m->control);
    entry->cmsg_len = WSA_CMSG_LEN(length);
    entry->cmsg_level = level;
    entry->cmsg_type = type;
    memcpy(WSA_CMSG_DATA(entry), data, length);
}

static inline void add_number(struct message *m, int level, int type, INT number) {
    add(m, level, type, &number, sizeof number);
}

static inline int post(SOCKET s, struct message *m) {
    return WSASendMsg(s, &m->head, 0, &m->sent, NULL, NULL);
}

static inline int set(SOCKET s, int level, int name, int value) {
    return setsockopt(s, level, name, (char *)&value, sizeof value);
}

static inline int get(SOCKET s, int level, int name) {
    int value = (int)POISON, length = sizeof value;
    require(getsockopt(s, level, name, (char *)&value, &length) == 0);
    return value;
}

/* The next datagram has these bytes; its sender. */
static inline struct sockaddr_in next_is(SOCKET s, const char *text) {
    struct sockaddr_in from;
    char buffer[64];
    int length = sizeof from;
    await_readable(s);
    expect_eq(recvfrom(s, buffer, sizeof buffer, 0, NAME(from), &length), (int)strlen(text));
    expect_bytes(buffer, text);
    return from;
}

static inline void nothing_comes(SOCKET s) { expect(!readable(s, 50)); }

#endif
