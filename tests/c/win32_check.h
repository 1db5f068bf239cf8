/* What the programs about windows.h check with: CHECK prints what does not hold, and the program fails. */
#ifndef WIN32_CHECK_H
#define WIN32_CHECK_H
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile LONG failures;
#define CHECK(e)                                                                              \
    do {                                                                                      \
        if (!(e)) {                                                                           \
            fprintf(stderr, "%s:%d: %s (last error %lu)\n", __FILE__, __LINE__, #e, GetLastError()); \
            InterlockedIncrement(&failures);                                                  \
        }                                                                                     \
    } while (0)
#define DONE() return failures != 0

/* Longer than anything here takes, shorter than a test's patience. */
#define LATE 20000
#endif
