/* What the cases about WSAEventSelect share: selecting, and what WSAEnumNetworkEvents then reports. It is
   apart from harness.h so that no other case needs these two functions. */
#ifndef CONFORMANCE_NETEVENTS_H
#define CONFORMANCE_NETEVENTS_H

#include "harness.h"

#define TRANSFER (FD_READ | FD_WRITE | FD_OOB | FD_CLOSE)
#define QUIET 50 /* milliseconds in which nothing more comes */

/* The codes of the events that were last expected; POISON for those that were not reported. */
static int event_codes[FD_MAX_EVENTS];

static inline void reselect(SOCKET s, HANDLE event, long mask) {
    require(WSAEventSelect(s, event, mask) == 0);
}

/* A manual-reset event that these network events of the socket set. */
static inline HANDLE select_events(SOCKET s, long mask) {
    HANDLE event = manual_event();
    reselect(s, event, mask);
    return event;
}

/* Enumerates once: the events reported, their codes to `event_codes`. */
static inline long enumerate(SOCKET s, HANDLE event) {
    WSANETWORKEVENTS record;
    int bit;
    poison(&record, sizeof record);
    require(WSAEnumNetworkEvents(s, event, &record) == 0);
    for (bit = 0; bit < FD_MAX_EVENTS; bit++)
        if (record.lNetworkEvents >> bit & 1) event_codes[bit] = record.iErrorCode[bit];
    return record.lNetworkEvents;
}

/* Enumerates whenever the event is set, until all the wanted ones have come or the time is up. */
static inline long collect_events(SOCKET s, HANDLE event, long wanted) {
    long long end = now_ms() + PATIENCE;
    long seen = 0;
    int bit;
    for (bit = 0; bit < FD_MAX_EVENTS; bit++) event_codes[bit] = (int)POISON;
    while ((seen & wanted) != wanted) {
        long long left = end - now_ms();
        if (left <= 0 || !signalled(event, (int)left)) break;
        seen |= enumerate(s, event);
    }
    return seen;
}

static inline void check_events(const char *file, int line, SOCKET s, HANDLE event, long wanted, int failing,
                                int code) {
    long seen = collect_events(s, event, wanted);
    int bit;
    harness_eq(file, line, "the events reported", seen, wanted);
    for (bit = 0; bit < FD_MAX_EVENTS; bit++)
        if (seen >> bit & 1)
            harness_eq(file, line, "the event's code", event_codes[bit], bit == failing ? code : 0);
}

static inline void check_no_events(const char *file, int line, SOCKET s, HANDLE event) {
    harness_eq(file, line, "the event object's state", signalled(event, QUIET), 0);
    harness_eq(file, line, "the events reported", enumerate(s, event), 0);
}

/* Exactly these events are reported, within PATIENCE, and all with code 0. */
#define expect_events(s, event, wanted) check_events(__FILE__, __LINE__, (s), (event), (wanted), -1, 0)
/* So too, but the one with this bit number has this code. */
#define expect_events_code(s, event, wanted, bit, code)                                                      \
    check_events(__FILE__, __LINE__, (s), (event), (wanted), (bit), (code))
/* The event object is not set, not within QUIET either, and nothing is recorded. */
#define expect_no_events(s, event) check_no_events(__FILE__, __LINE__, (s), (event))

#endif
