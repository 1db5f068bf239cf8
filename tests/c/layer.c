/* A layered provider for the tests: the example, and what it is told to do besides.
 *
 * NAME is what it calls itself. UPPER has it change what is received, FAILS has its startup fail, LEAVES_NULL has it
 * give a table that is not whole. */
#include <winsock2.h>
#include <ws2spi.h>
#include <ctype.h>

#define WSPStartup start_passing
#include "../../examples/pass_through_lsp.c"
#undef WSPStartup

static WSPPROC_TABLE passing;

static int WSPAPI own_recv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                           LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                           LPWSATHREADID thread, LPINT error)
{
    int result;

    fprintf(stderr, "%s: recv\n", NAME);
    result = passing.lpWSPRecv(s, buffers, count, received, flags, overlapped, routine, thread, error);
#ifdef UPPER
    if (result == 0 && overlapped == NULL) {
        DWORD i;
        for (i = 0; i < *received; i++)
            buffers[0].buf[i] = (char)toupper((unsigned char)buffers[0].buf[i]);
    }
#endif
    return result;
}

static int WSPAPI own_recv_from(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                                struct sockaddr *from, LPINT length, LPWSAOVERLAPPED overlapped,
                                LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, LPINT error)
{
    fprintf(stderr, "%s: recvfrom\n", NAME);
    return passing.lpWSPRecvFrom(s, buffers, count, received, flags, from, length, overlapped, routine, thread,
                                 error);
}

int WSPAPI WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE table,
                      LPWSPPROC_TABLE procedures)
{
    int result = start_passing(version, data, info, table, procedures);

#ifdef FAILS
    result = WSASYSNOTREADY;
#endif
    if (result == 0) {
        passing = *procedures;
        procedures->lpWSPRecv = own_recv;
        procedures->lpWSPRecvFrom = own_recv_from;
#ifdef LEAVES_NULL
        procedures->lpWSPSend = NULL;
#endif
    }
    return result;
}
