/* winsock2.h: Windows sockets 2 for C and C++: the socket calls, their codes and their structures.
 *
 * Numbers and layouts are Windows' own. A function is declared here only when the library has it; types and
 * constants of calls that are not there yet may be. Functions keep their plain names and are bound to the
 * library by assembler labels (see openws2/base.h), so that &recv, members called recv and std::bind all work.
 *
 * Wide characters: WCHAR is wchar_t, which has 32 bits here unless the program is built with -fshort-wchar. A
 * structure with WCHARs in it (WSAPROTOCOL_INFOW) is therefore what the program's own L"..." strings need, not
 * Windows' byte layout, and the wide functions bind to entry points that read and write that form. The Rust
 * types of the library keep UTF-16; only there does WSAPROTOCOL_INFOW have Windows' 628 bytes.
 *
 * Left to know: in C++, select(0, NULL, NULL, NULL, &tv) with three plain NULLs finds the C library's select. */
#ifndef OPENWS2_WINSOCK2_H
#define OPENWS2_WINSOCK2_H
#ifndef _WINSOCK2API_
#define _WINSOCK2API_
#endif
#ifndef _WINSOCKAPI_
#define _WINSOCKAPI_
#endif
#include "openws2/base.h"
#include "windows.h" /* as Windows' own does: programs include this header alone and use DWORD, Sleep, CreateThread */
#include "ws2def.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#ifdef WS2_COEXIST
#define WS2_NAME(name) ws2_##name
#else
#define WS2_NAME(name) name
#endif

#define WINSOCK_VERSION MAKEWORD(2, 2)

/* ---------------------------------------------------------------- SOCKET */
typedef UINT_PTR SOCKET; /* the descriptor's number: positive, and below 2^31 */
typedef unsigned int GROUP;
#define INVALID_SOCKET ((SOCKET)(~(SOCKET)0))
#define SOCKET_ERROR (-1)
#define FROM_PROTOCOL_INFO (-1)

#define SOMAXCONN 0x7fffffff
#define SOMAXCONN_HINT(b) (-(b))

#define SD_RECEIVE 0
#define SD_SEND 1
#define SD_BOTH 2

/* ---------------------------------------------------------------- select */
/* At least 1024: the C library's headers overwrite a program's own smaller value when they come first, and two
 * files of one program must agree. The library reads no more than fd_count entries, so every size works. */
#if !defined(FD_SETSIZE)
#define FD_SETSIZE 1024
#elif FD_SETSIZE <= 1024
#undef FD_SETSIZE
#define FD_SETSIZE 1024
#endif

struct fd_set {
    u_int fd_count;
    SOCKET fd_array[FD_SETSIZE];
};
typedef struct fd_set FD_SET, *PFD_SET, *LPFD_SET;
typedef struct timeval TIMEVAL, *PTIMEVAL, *LPTIMEVAL; /* the host's: its long is the program's long */

#define FD_ZERO(set) (((fd_set *)(set))->fd_count = 0)
#define FD_SET(fd, set) ws2_fd_add((SOCKET)(fd), (fd_set *)(set))
#define FD_CLR(fd, set) ws2_fd_remove((SOCKET)(fd), (fd_set *)(set))
#define FD_ISSET(fd, set) __WSAFDIsSet((SOCKET)(fd), (fd_set *)(set))

WS2_INLINE void ws2_fd_add(SOCKET fd, fd_set *set)
{
    u_int i;
    for (i = 0; i < set->fd_count; i++)
        if (set->fd_array[i] == fd)
            return;
    if (set->fd_count < (u_int)FD_SETSIZE)
        set->fd_array[set->fd_count++] = fd;
}
WS2_INLINE void ws2_fd_remove(SOCKET fd, fd_set *set)
{
    u_int i;
    for (i = 0; i < set->fd_count; i++)
        if (set->fd_array[i] == fd) {
            for (set->fd_count--; i < set->fd_count; i++)
                set->fd_array[i] = set->fd_array[i + 1];
            return;
        }
}

#ifndef timerisset
#define timerisset(t) ((t)->tv_sec || (t)->tv_usec)
#define timerclear(t) ((t)->tv_sec = (t)->tv_usec = 0)
#define timercmp(a, b, op) \
    (((a)->tv_sec == (b)->tv_sec) ? ((a)->tv_usec op(b)->tv_usec) : ((a)->tv_sec op(b)->tv_sec))
#endif

/* ---------------------------------------------------------------- WSAPoll */
#define POLLERR 0x0001
#define POLLHUP 0x0002
#define POLLNVAL 0x0004
#define POLLWRNORM 0x0010
#define POLLWRBAND 0x0020
#define POLLRDNORM 0x0100
#define POLLRDBAND 0x0200
#define POLLPRI 0x0400
#define POLLOUT POLLWRNORM
#define POLLIN (POLLRDNORM | POLLRDBAND)

typedef struct pollfd {
    SOCKET fd;
    SHORT events;
    SHORT revents;
} WSAPOLLFD, *PWSAPOLLFD, *LPWSAPOLLFD;

/* ---------------------------------------------------------------- startup */
#define WSASYS_STATUS_LEN 128
#define WSADESCRIPTION_LEN 256

typedef struct WSAData {
    WORD wVersion;
    WORD wHighVersion;
#if __SIZEOF_POINTER__ == 8
    unsigned short iMaxSockets;
    unsigned short iMaxUdpDg;
    char *lpVendorInfo;
    char szDescription[WSADESCRIPTION_LEN + 1];
    char szSystemStatus[WSASYS_STATUS_LEN + 1];
#else
    char szDescription[WSADESCRIPTION_LEN + 1];
    char szSystemStatus[WSASYS_STATUS_LEN + 1];
    unsigned short iMaxSockets;
    unsigned short iMaxUdpDg;
    char *lpVendorInfo;
#endif
} WSADATA, *LPWSADATA;

/* ---------------------------------------------------------------- flags of the calls */
#define MSG_OOB 0x0001
#define MSG_PEEK 0x0002
#define MSG_DONTROUTE 0x0004
#define MSG_WAITALL 0x0008
#define MSG_INTERRUPT 0x0010
#define MSG_MAXIOVLEN 0x0010
#define MSG_PUSH_IMMEDIATE 0x0020
#define MSG_PARTIAL 0x8000

#define FIONREAD 0x4004667f
#define SIOCATMARK 0x40047307
#define FIOASYNC 0x8004667d
#define FIONBIO 0x8004667e
#define SIOCSHIWAT 0x80047300
#define SIOCGHIWAT 0x40047301
#define SIOCSLOWAT 0x80047302
#define SIOCGLOWAT 0x40047303

#define WSA_FLAG_OVERLAPPED 0x0001
#define WSA_FLAG_MULTIPOINT_C_ROOT 0x0002
#define WSA_FLAG_MULTIPOINT_C_LEAF 0x0004
#define WSA_FLAG_MULTIPOINT_D_ROOT 0x0008
#define WSA_FLAG_MULTIPOINT_D_LEAF 0x0010
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x0040
#define WSA_FLAG_NO_HANDLE_INHERIT 0x0080
#define WSA_FLAG_REGISTERED_IO 0x0100

#define CF_ACCEPT 0x0000
#define CF_REJECT 0x0001
#define CF_DEFER 0x0002
#define JL_SENDER_ONLY 0x0001
#define JL_RECEIVER_ONLY 0x0002
#define JL_BOTH 0x0004

#define SG_UNCONSTRAINED_GROUP 0x01
#define SG_CONSTRAINED_GROUP 0x02

/* ---------------------------------------------------------------- protocol families */
#define PF_UNSPEC AF_UNSPEC
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#define PF_UNIX AF_UNIX
#define PF_IMPLINK AF_IMPLINK
#define PF_PUP AF_PUP
#define PF_CHAOS AF_CHAOS
#define PF_IPX AF_IPX
#define PF_NS AF_NS
#define PF_ISO AF_ISO
#define PF_OSI AF_OSI
#define PF_ECMA AF_ECMA
#define PF_DATAKIT AF_DATAKIT
#define PF_CCITT AF_CCITT
#define PF_SNA AF_SNA
#define PF_DECnet AF_DECnet
#define PF_DLI AF_DLI
#define PF_LAT AF_LAT
#define PF_HYLINK AF_HYLINK
#define PF_APPLETALK AF_APPLETALK
#define PF_VOICEVIEW AF_VOICEVIEW
#define PF_FIREFOX AF_FIREFOX
#define PF_UNKNOWN1 AF_UNKNOWN1
#define PF_BAN AF_BAN
#define PF_ATM AF_ATM
#define PF_IRDA AF_IRDA
#define PF_MAX AF_MAX

/* ---------------------------------------------------------------- codes */
#define WSABASEERR 10000
#define WSAEINTR 10004
#define WSAEBADF 10009
#define WSAEACCES 10013
#define WSAEFAULT 10014
#define WSAEINVAL 10022
#define WSAEMFILE 10024
#define WSAEWOULDBLOCK 10035
#define WSAEINPROGRESS 10036
#define WSAEALREADY 10037
#define WSAENOTSOCK 10038
#define WSAEDESTADDRREQ 10039
#define WSAEMSGSIZE 10040
#define WSAEPROTOTYPE 10041
#define WSAENOPROTOOPT 10042
#define WSAEPROTONOSUPPORT 10043
#define WSAESOCKTNOSUPPORT 10044
#define WSAEOPNOTSUPP 10045
#define WSAEPFNOSUPPORT 10046
#define WSAEAFNOSUPPORT 10047
#define WSAEADDRINUSE 10048
#define WSAEADDRNOTAVAIL 10049
#define WSAENETDOWN 10050
#define WSAENETUNREACH 10051
#define WSAENETRESET 10052
#define WSAECONNABORTED 10053
#define WSAECONNRESET 10054
#define WSAENOBUFS 10055
#define WSAEISCONN 10056
#define WSAENOTCONN 10057
#define WSAESHUTDOWN 10058
#define WSAETOOMANYREFS 10059
#define WSAETIMEDOUT 10060
#define WSAECONNREFUSED 10061
#define WSAELOOP 10062
#define WSAENAMETOOLONG 10063
#define WSAEHOSTDOWN 10064
#define WSAEHOSTUNREACH 10065
#define WSAENOTEMPTY 10066
#define WSAEPROCLIM 10067
#define WSAEUSERS 10068
#define WSAEDQUOT 10069
#define WSAESTALE 10070
#define WSAEREMOTE 10071
#define WSASYSNOTREADY 10091
#define WSAVERNOTSUPPORTED 10092
#define WSANOTINITIALISED 10093
#define WSAEDISCON 10101
#define WSAENOMORE 10102
#define WSAECANCELLED 10103
#define WSAEINVALIDPROCTABLE 10104
#define WSAEINVALIDPROVIDER 10105
#define WSAEPROVIDERFAILEDINIT 10106
#define WSASYSCALLFAILURE 10107
#define WSASERVICE_NOT_FOUND 10108
#define WSATYPE_NOT_FOUND 10109
#define WSA_E_CANCELLED 10111
#define WSAEREFUSED 10112
#define WSA_E_NO_MORE 10110
#define WSAHOST_NOT_FOUND 11001
#define WSATRY_AGAIN 11002
#define WSANO_RECOVERY 11003
#define WSANO_DATA 11004
#define WSA_QOS_RECEIVERS 11005
#define WSA_QOS_SENDERS 11006
#define WSA_QOS_NO_SENDERS 11007
#define WSA_QOS_NO_RECEIVERS 11008
#define WSA_QOS_REQUEST_CONFIRMED 11009
#define WSA_QOS_ADMISSION_FAILURE 11010
#define WSA_QOS_POLICY_FAILURE 11011
#define WSA_QOS_BAD_STYLE 11012
#define WSA_QOS_BAD_OBJECT 11013
#define WSA_QOS_TRAFFIC_CTRL_ERROR 11014
#define WSA_QOS_GENERIC_ERROR 11015
#define WSA_QOS_ESERVICETYPE 11016
#define WSA_QOS_EFLOWSPEC 11017
#define WSA_QOS_EPROVSPECBUF 11018
#define WSA_QOS_EFILTERSTYLE 11019
#define WSA_QOS_EFILTERTYPE 11020
#define WSA_QOS_EFILTERCOUNT 11021
#define WSA_QOS_EOBJLENGTH 11022
#define WSA_QOS_EFLOWCOUNT 11023
#define WSA_QOS_EUNKOWNPSOBJ 11024
#define WSA_QOS_EPOLICYOBJ 11025
#define WSA_QOS_EFLOWDESC 11026
#define WSA_QOS_EPSFLOWSPEC 11027
#define WSA_QOS_EPSFILTERSPEC 11028
#define WSA_QOS_ESDMODEOBJ 11029
#define WSA_QOS_ESHAPERATEOBJ 11030
#define WSA_QOS_RESERVED_PETYPE 11031
#define WSA_SECURE_HOST_NOT_FOUND 11032
#define WSA_IPSEC_NAME_POLICY_ERROR 11033
#define WSA_INVALID_HANDLE 6
#define WSA_NOT_ENOUGH_MEMORY 8
#define WSA_INVALID_PARAMETER 87
#define WSA_OPERATION_ABORTED 995
#define WSA_IO_INCOMPLETE 996
#define WSA_IO_PENDING 997

#undef h_errno
#define h_errno WSAGetLastError()
#undef HOST_NOT_FOUND
#undef TRY_AGAIN
#undef NO_RECOVERY
#undef NO_DATA
#undef NO_ADDRESS
#define HOST_NOT_FOUND WSAHOST_NOT_FOUND
#define TRY_AGAIN WSATRY_AGAIN
#define NO_RECOVERY WSANO_RECOVERY
#define NO_DATA WSANO_DATA
#define WSANO_ADDRESS WSANO_DATA
#define NO_ADDRESS WSANO_ADDRESS

/* ---------------------------------------------------------------- events and overlapped operations */
#define WSAEVENT HANDLE
#define LPWSAEVENT LPHANDLE
#define WSAOVERLAPPED OVERLAPPED
typedef struct _OVERLAPPED *LPWSAOVERLAPPED;

#define WSA_INVALID_EVENT ((WSAEVENT)NULL)
#define WSA_WAIT_EVENT_0 0
#define WSA_MAXIMUM_WAIT_EVENTS 64
#define WSA_WAIT_IO_COMPLETION 192
#define WSA_WAIT_TIMEOUT 258
#define WSA_INFINITE 0xffffffff
#define WSA_WAIT_FAILED 0xffffffff

#define FD_READ_BIT 0
#define FD_WRITE_BIT 1
#define FD_OOB_BIT 2
#define FD_ACCEPT_BIT 3
#define FD_CONNECT_BIT 4
#define FD_CLOSE_BIT 5
#define FD_QOS_BIT 6
#define FD_GROUP_QOS_BIT 7
#define FD_ROUTING_INTERFACE_CHANGE_BIT 8
#define FD_ADDRESS_LIST_CHANGE_BIT 9
#define FD_MAX_EVENTS 10
#define FD_READ (1 << FD_READ_BIT)
#define FD_WRITE (1 << FD_WRITE_BIT)
#define FD_OOB (1 << FD_OOB_BIT)
#define FD_ACCEPT (1 << FD_ACCEPT_BIT)
#define FD_CONNECT (1 << FD_CONNECT_BIT)
#define FD_CLOSE (1 << FD_CLOSE_BIT)
#define FD_QOS (1 << FD_QOS_BIT)
#define FD_GROUP_QOS (1 << FD_GROUP_QOS_BIT)
#define FD_ROUTING_INTERFACE_CHANGE (1 << FD_ROUTING_INTERFACE_CHANGE_BIT)
#define FD_ADDRESS_LIST_CHANGE (1 << FD_ADDRESS_LIST_CHANGE_BIT)
#define FD_ALL_EVENTS ((1 << FD_MAX_EVENTS) - 1)

typedef struct _WSANETWORKEVENTS {
    LONG lNetworkEvents;
    int iErrorCode[FD_MAX_EVENTS];
} WSANETWORKEVENTS, *LPWSANETWORKEVENTS;

#define WSAMAKEASYNCREPLY(buflen, error) MAKELONG(buflen, error)
#define WSAMAKESELECTREPLY(event, error) MAKELONG(event, error)
#define WSAGETASYNCBUFLEN(l) LOWORD(l)
#define WSAGETASYNCERROR(l) HIWORD(l)
#define WSAGETSELECTEVENT(l) LOWORD(l)
#define WSAGETSELECTERROR(l) HIWORD(l)

/* ---------------------------------------------------------------- protocols */
#define LAYERED_PROTOCOL 0
#define BASE_PROTOCOL 1
#define MAX_PROTOCOL_CHAIN 7
#define WSAPROTOCOL_LEN 255

typedef struct _WSAPROTOCOLCHAIN {
    int ChainLen;
    DWORD ChainEntries[MAX_PROTOCOL_CHAIN];
} WSAPROTOCOLCHAIN, *LPWSAPROTOCOLCHAIN;

typedef struct _WSAPROTOCOL_INFOA {
    DWORD dwServiceFlags1;
    DWORD dwServiceFlags2;
    DWORD dwServiceFlags3;
    DWORD dwServiceFlags4;
    DWORD dwProviderFlags;
    GUID ProviderId;
    DWORD dwCatalogEntryId;
    WSAPROTOCOLCHAIN ProtocolChain;
    int iVersion;
    int iAddressFamily;
    int iMaxSockAddr;
    int iMinSockAddr;
    int iSocketType;
    int iProtocol;
    int iProtocolMaxOffset;
    int iNetworkByteOrder;
    int iSecurityScheme;
    DWORD dwMessageSize;
    DWORD dwProviderReserved;
    CHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOA, *LPWSAPROTOCOL_INFOA;

typedef struct _WSAPROTOCOL_INFOW {
    DWORD dwServiceFlags1;
    DWORD dwServiceFlags2;
    DWORD dwServiceFlags3;
    DWORD dwServiceFlags4;
    DWORD dwProviderFlags;
    GUID ProviderId;
    DWORD dwCatalogEntryId;
    WSAPROTOCOLCHAIN ProtocolChain;
    int iVersion;
    int iAddressFamily;
    int iMaxSockAddr;
    int iMinSockAddr;
    int iSocketType;
    int iProtocol;
    int iProtocolMaxOffset;
    int iNetworkByteOrder;
    int iSecurityScheme;
    DWORD dwMessageSize;
    DWORD dwProviderReserved;
    WCHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOW, *LPWSAPROTOCOL_INFOW;

#ifdef UNICODE
typedef WSAPROTOCOL_INFOW WSAPROTOCOL_INFO;
typedef LPWSAPROTOCOL_INFOW LPWSAPROTOCOL_INFO;
#else
typedef WSAPROTOCOL_INFOA WSAPROTOCOL_INFO;
typedef LPWSAPROTOCOL_INFOA LPWSAPROTOCOL_INFO;
#endif

#define PFL_MULTIPLE_PROTO_ENTRIES 0x0001
#define PFL_RECOMMENDED_PROTO_ENTRY 0x0002
#define PFL_HIDDEN 0x0004
#define PFL_MATCHES_PROTOCOL_ZERO 0x0008
#define PFL_NETWORKDIRECT_PROVIDER 0x0010
#define XP1_CONNECTIONLESS 0x0001
#define XP1_GUARANTEED_DELIVERY 0x0002
#define XP1_GUARANTEED_ORDER 0x0004
#define XP1_MESSAGE_ORIENTED 0x0008
#define XP1_PSEUDO_STREAM 0x0010
#define XP1_GRACEFUL_CLOSE 0x0020
#define XP1_EXPEDITED_DATA 0x0040
#define XP1_CONNECT_DATA 0x0080
#define XP1_DISCONNECT_DATA 0x0100
#define XP1_SUPPORT_BROADCAST 0x0200
#define XP1_SUPPORT_MULTIPOINT 0x0400
#define XP1_MULTIPOINT_CONTROL_PLANE 0x0800
#define XP1_MULTIPOINT_DATA_PLANE 0x1000
#define XP1_QOS_SUPPORTED 0x2000
#define XP1_INTERRUPT 0x4000
#define XP1_UNI_SEND 0x8000
#define XP1_UNI_RECV 0x00010000
#define XP1_IFS_HANDLES 0x00020000
#define XP1_PARTIAL_MESSAGE 0x00040000
#define XP1_SAN_SUPPORT_SDP 0x00080000
#define BIGENDIAN 0
#define SECURITY_PROTOCOL_NONE 0
#define LITTLEENDIAN 1

/* ---------------------------------------------------------------- quality of service */
typedef ULONG SERVICETYPE;
#define SERVICETYPE_NOTRAFFIC 0x00000000
#define SERVICETYPE_BESTEFFORT 0x00000001
#define SERVICETYPE_CONTROLLEDLOAD 0x00000002
#define SERVICETYPE_GUARANTEED 0x00000003
#define QOS_NOT_SPECIFIED 0xffffffff

typedef struct _flowspec {
    ULONG TokenRate;
    ULONG TokenBucketSize;
    ULONG PeakBandwidth;
    ULONG Latency;
    ULONG DelayVariation;
    SERVICETYPE ServiceType;
    ULONG MaxSduSize;
    ULONG MinimumPolicedSize;
} FLOWSPEC, *PFLOWSPEC, *LPFLOWSPEC;

typedef struct _QualityOfService {
    FLOWSPEC SendingFlowspec;
    FLOWSPEC ReceivingFlowspec;
    WSABUF ProviderSpecific;
} QOS, *LPQOS;

/* ---------------------------------------------------------------- options, name data bases */
typedef struct linger {
    u_short l_onoff;
    u_short l_linger;
} LINGER, *PLINGER, *LPLINGER;

#define MAXGETHOSTSTRUCT 1024

typedef struct hostent {
    char *h_name;
    char **h_aliases;
    short h_addrtype;
    short h_length;
    char **h_addr_list;
} HOSTENT, *PHOSTENT, *LPHOSTENT;
#undef h_addr
#define h_addr h_addr_list[0]

struct netent {
    char *n_name;
    char **n_aliases;
    short n_addrtype;
    u_long n_net;
};

typedef struct servent {
    char *s_name;
    char **s_aliases;
#if __SIZEOF_POINTER__ == 8
    char *s_proto;
    short s_port;
#else
    short s_port;
    char *s_proto;
#endif
} SERVENT, *PSERVENT, *LPSERVENT;

typedef struct protoent {
    char *p_name;
    char **p_aliases;
    short p_proto;
} PROTOENT, *PPROTOENT, *LPPROTOENT;

/* ---------------------------------------------------------------- callbacks */
typedef int(CALLBACK *LPCONDITIONPROC)(LPWSABUF lpCallerId, LPWSABUF lpCallerData, LPQOS lpSQOS, LPQOS lpGQOS,
                                       LPWSABUF lpCalleeId, LPWSABUF lpCalleeData, GROUP *g,
                                       DWORD_PTR dwCallbackData);
typedef void(CALLBACK *LPWSAOVERLAPPED_COMPLETION_ROUTINE)(DWORD dwError, DWORD cbTransferred,
                                                           LPWSAOVERLAPPED lpOverlapped, DWORD dwFlags);

/* ---------------------------------------------------------------- functions */
WS2_BEGIN_C

int WSAAPI WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData) WS2_SYM(WSAStartup);
int WSAAPI WSACleanup(void) WS2_SYM(WSACleanup);
int WSAAPI WSAGetLastError(void) WS2_SYM(WSAGetLastError);
void WSAAPI WSASetLastError(int iError) WS2_SYM(WSASetLastError);

/* Winsock 1.1 only: for programs whose first WSAStartup asked for version 1. */
FARPROC WSAAPI WSASetBlockingHook(FARPROC lpBlockFunc) WS2_SYM(WSASetBlockingHook);
int WSAAPI WSAUnhookBlockingHook(void) WS2_SYM(WSAUnhookBlockingHook);
BOOL WSAAPI WSAIsBlocking(void) WS2_SYM(WSAIsBlocking);
int WSAAPI WSACancelBlockingCall(void) WS2_SYM(WSACancelBlockingCall);

SOCKET WSAAPI WS2_NAME(socket)(int af, int type, int protocol) WS2_SYM(socket);
SOCKET WSAAPI WSASocketA(int af, int type, int protocol, LPWSAPROTOCOL_INFOA lpProtocolInfo, GROUP g,
                         DWORD dwFlags) WS2_SYM(WSASocketA);
SOCKET WSAAPI WSASocketW(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g,
                         DWORD dwFlags) WS2_SYM_W(WSASocketW);
int WSAAPI WS2_NAME(bind)(SOCKET s, const struct sockaddr *name, int namelen) WS2_SYM(bind);
int WSAAPI WS2_NAME(listen)(SOCKET s, int backlog) WS2_SYM(listen);
SOCKET WSAAPI WS2_NAME(accept)(SOCKET s, struct sockaddr *addr, int *addrlen) WS2_SYM(accept);
SOCKET WSAAPI WSAAccept(SOCKET s, struct sockaddr *addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                        DWORD_PTR dwCallbackData) WS2_SYM(WSAAccept);
int WSAAPI WS2_NAME(connect)(SOCKET s, const struct sockaddr *name, int namelen) WS2_SYM(connect);
int WSAAPI WSAConnect(SOCKET s, const struct sockaddr *name, int namelen, LPWSABUF lpCallerData,
                      LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS) WS2_SYM(WSAConnect);
int WSAAPI WS2_NAME(shutdown)(SOCKET s, int how) WS2_SYM(shutdown);
int WSAAPI WSARecvDisconnect(SOCKET s, LPWSABUF lpInboundDisconnectData) WS2_SYM(WSARecvDisconnect);
int WSAAPI WSASendDisconnect(SOCKET s, LPWSABUF lpOutboundDisconnectData) WS2_SYM(WSASendDisconnect);
int WSAAPI closesocket(SOCKET s) WS2_SYM(closesocket);

int WSAAPI WS2_NAME(recv)(SOCKET s, char *buf, int len, int flags) WS2_SYM(recv);
int WSAAPI WS2_NAME(recvfrom)(SOCKET s, char *buf, int len, int flags, struct sockaddr *from, int *fromlen)
    WS2_SYM(recvfrom);
int WSAAPI WSARecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                   LPDWORD lpFlags, LPWSAOVERLAPPED lpOverlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) WS2_SYM(WSARecv);
int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                       LPDWORD lpFlags, struct sockaddr *lpFrom, LPINT lpFromlen, LPWSAOVERLAPPED lpOverlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) WS2_SYM(WSARecvFrom);
int WSAAPI WS2_NAME(send)(SOCKET s, const char *buf, int len, int flags) WS2_SYM(send);
int WSAAPI WS2_NAME(sendto)(SOCKET s, const char *buf, int len, int flags, const struct sockaddr *to, int tolen)
    WS2_SYM(sendto);
int WSAAPI WSASend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                   DWORD dwFlags, LPWSAOVERLAPPED lpOverlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) WS2_SYM(WSASend);
int WSAAPI WSASendTo(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                     DWORD dwFlags, const struct sockaddr *lpTo, int iTolen, LPWSAOVERLAPPED lpOverlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) WS2_SYM(WSASendTo);
int WSAAPI WSASendMsg(SOCKET Handle, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                      LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine)
    WS2_SYM(WSASendMsg);

int WSAAPI WS2_NAME(getsockname)(SOCKET s, struct sockaddr *name, int *namelen) WS2_SYM(getsockname);
int WSAAPI WS2_NAME(getpeername)(SOCKET s, struct sockaddr *name, int *namelen) WS2_SYM(getpeername);
int WSAAPI WS2_NAME(getsockopt)(SOCKET s, int level, int optname, char *optval, int *optlen)
    WS2_SYM_W(getsockopt);
int WSAAPI WS2_NAME(setsockopt)(SOCKET s, int level, int optname, const char *optval, int optlen)
    WS2_SYM(setsockopt);
int WSAAPI ioctlsocket(SOCKET s, LONG cmd, u_long *argp) WS2_SYM(ioctlsocket);
SOCKET WSAAPI WSAJoinLeaf(SOCKET s, const struct sockaddr *name, int namelen, LPWSABUF lpCallerData,
                          LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags) WS2_SYM(WSAJoinLeaf);
int WSAAPI WSAIoctl(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer, LPVOID lpvOutBuffer,
                    DWORD cbOutBuffer, LPDWORD lpcbBytesReturned, LPWSAOVERLAPPED lpOverlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) WS2_SYM(WSAIoctl);
int WSAAPI WSAPoll(LPWSAPOLLFD fdArray, ULONG fds, INT timeout) WS2_SYM(WSAPoll);
int WSAAPI __WSAFDIsSet(SOCKET fd, fd_set *set) WS2_SYM(__WSAFDIsSet);
#ifndef __cplusplus
int WSAAPI select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, const struct timeval *timeout)
    WS2_SYM(select);
#endif

WSAEVENT WSAAPI WSACreateEvent(void) WS2_SYM(WSACreateEvent);
BOOL WSAAPI WSACloseEvent(WSAEVENT hEvent) WS2_SYM(WSACloseEvent);
BOOL WSAAPI WSASetEvent(WSAEVENT hEvent) WS2_SYM(WSASetEvent);
BOOL WSAAPI WSAResetEvent(WSAEVENT hEvent) WS2_SYM(WSAResetEvent);
DWORD WSAAPI WSAWaitForMultipleEvents(DWORD cEvents, const WSAEVENT *lphEvents, BOOL fWaitAll, DWORD dwTimeout,
                                      BOOL fAlertable) WS2_SYM(WSAWaitForMultipleEvents);
int WSAAPI WSAEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents) WS2_SYM(WSAEventSelect);
int WSAAPI WSAEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents)
    WS2_SYM(WSAEnumNetworkEvents);
int WSAAPI WSAAsyncSelect(SOCKET s, HWND hWnd, u_int wMsg, LONG lEvent) WS2_SYM(WSAAsyncSelect);
BOOL WSAAPI WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait,
                                   LPDWORD lpdwFlags) WS2_SYM(WSAGetOverlappedResult);

int WSAAPI WSAEnumProtocolsA(LPINT lpiProtocols, LPWSAPROTOCOL_INFOA lpProtocolBuffer, LPDWORD lpdwBufferLength)
    WS2_SYM(WSAEnumProtocolsA);
int WSAAPI WSAEnumProtocolsW(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer, LPDWORD lpdwBufferLength)
    WS2_SYM_W(WSAEnumProtocolsW);
int WSAAPI WSADuplicateSocketA(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOA lpProtocolInfo)
    WS2_SYM(WSADuplicateSocketA);
int WSAAPI WSADuplicateSocketW(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo)
    WS2_SYM_W(WSADuplicateSocketW);

u_short WSAAPI WS2_NAME(htons)(u_short hostshort) WS2_SYM(htons);
u_long WSAAPI WS2_NAME(htonl)(u_long hostlong) WS2_SYM(htonl);
u_short WSAAPI WS2_NAME(ntohs)(u_short netshort) WS2_SYM(ntohs);
u_long WSAAPI WS2_NAME(ntohl)(u_long netlong) WS2_SYM(ntohl);
int WSAAPI WSAHtons(SOCKET s, u_short hostshort, u_short *lpnetshort) WS2_SYM(WSAHtons);
int WSAAPI WSAHtonl(SOCKET s, u_long hostlong, u_long *lpnetlong) WS2_SYM(WSAHtonl);
int WSAAPI WSANtohs(SOCKET s, u_short netshort, u_short *lphostshort) WS2_SYM(WSANtohs);
int WSAAPI WSANtohl(SOCKET s, u_long netlong, u_long *lphostlong) WS2_SYM(WSANtohl);

unsigned int WSAAPI WS2_NAME(inet_addr)(const char *cp) WS2_SYM(inet_addr);
char *WSAAPI WS2_NAME(inet_ntoa)(struct in_addr in) WS2_SYM(inet_ntoa);
INT WSAAPI WSAStringToAddressA(LPSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOA lpProtocolInfo,
                               LPSOCKADDR lpAddress, LPINT lpAddressLength) WS2_SYM(WSAStringToAddressA);
INT WSAAPI WSAStringToAddressW(LPWSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                               LPSOCKADDR lpAddress, LPINT lpAddressLength) WS2_SYM_W(WSAStringToAddressW);
INT WSAAPI WSAAddressToStringA(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                               LPWSAPROTOCOL_INFOA lpProtocolInfo, LPSTR lpszAddressString,
                               LPDWORD lpdwAddressStringLength) WS2_SYM(WSAAddressToStringA);
INT WSAAPI WSAAddressToStringW(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                               LPWSAPROTOCOL_INFOW lpProtocolInfo, LPWSTR lpszAddressString,
                               LPDWORD lpdwAddressStringLength) WS2_SYM_W(WSAAddressToStringW);

int WSAAPI gethostname(char *name, int namelen) WS2_SYM(gethostname);
int WSAAPI GetHostNameW(PWSTR name, int namelen) WS2_SYM_W(GetHostNameW);
struct hostent *WSAAPI WS2_NAME(gethostbyname)(const char *name) WS2_SYM(gethostbyname);
struct hostent *WSAAPI WS2_NAME(gethostbyaddr)(const char *addr, int len, int type) WS2_SYM(gethostbyaddr);
struct servent *WSAAPI WS2_NAME(getservbyname)(const char *name, const char *proto) WS2_SYM(getservbyname);
struct servent *WSAAPI WS2_NAME(getservbyport)(int port, const char *proto) WS2_SYM(getservbyport);
struct protoent *WSAAPI WS2_NAME(getprotobyname)(const char *name) WS2_SYM(getprotobyname);
struct protoent *WSAAPI WS2_NAME(getprotobynumber)(int number) WS2_SYM(getprotobynumber);

WS2_END_C

#ifdef __cplusplus
/* Overloads the host's select, with C++ linkage: no macro, so that a member called select keeps its name. */
extern "C++" {
int WSAAPI select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, const struct timeval *timeout)
    WS2_SYM(select);
}
#endif

#define WSASocket WS2_AW(WSASocket)
#define WSAEnumProtocols WS2_AW(WSAEnumProtocols)
#define WSADuplicateSocket WS2_AW(WSADuplicateSocket)
#define WSAStringToAddress WS2_AW(WSAStringToAddress)
#define WSAAddressToString WS2_AW(WSAAddressToString)

/* ---------------------------------------------------------------- pointer types of the calls, on request */
#if defined(INCL_WINSOCK_API_TYPEDEFS) && INCL_WINSOCK_API_TYPEDEFS
typedef __typeof__(&WSAStartup) LPFN_WSASTARTUP;
typedef __typeof__(&WSACleanup) LPFN_WSACLEANUP;
typedef __typeof__(&WSAGetLastError) LPFN_WSAGETLASTERROR;
typedef __typeof__(&WSASetLastError) LPFN_WSASETLASTERROR;
typedef __typeof__(&WS2_NAME(socket)) LPFN_SOCKET;
typedef __typeof__(&WSASocketA) LPFN_WSASOCKETA;
typedef __typeof__(&WSASocketW) LPFN_WSASOCKETW;
typedef __typeof__(&WS2_NAME(bind)) LPFN_BIND;
typedef __typeof__(&WS2_NAME(listen)) LPFN_LISTEN;
typedef __typeof__(&WS2_NAME(accept)) LPFN_ACCEPT;
typedef __typeof__(&WSAAccept) LPFN_WSAACCEPT;
typedef __typeof__(&WS2_NAME(connect)) LPFN_CONNECT;
typedef __typeof__(&WSAConnect) LPFN_WSACONNECT;
typedef __typeof__(&WS2_NAME(shutdown)) LPFN_SHUTDOWN;
typedef __typeof__(&WSARecvDisconnect) LPFN_WSARECVDISCONNECT;
typedef __typeof__(&WSASendDisconnect) LPFN_WSASENDDISCONNECT;
typedef __typeof__(&closesocket) LPFN_CLOSESOCKET;
typedef __typeof__(&WS2_NAME(recv)) LPFN_RECV;
typedef __typeof__(&WS2_NAME(recvfrom)) LPFN_RECVFROM;
typedef __typeof__(&WSARecv) LPFN_WSARECV;
typedef __typeof__(&WSARecvFrom) LPFN_WSARECVFROM;
typedef __typeof__(&WS2_NAME(send)) LPFN_SEND;
typedef __typeof__(&WS2_NAME(sendto)) LPFN_SENDTO;
typedef __typeof__(&WSASend) LPFN_WSASEND;
typedef __typeof__(&WSASendTo) LPFN_WSASENDTO;
typedef __typeof__(&WS2_NAME(getsockname)) LPFN_GETSOCKNAME;
typedef __typeof__(&WS2_NAME(getpeername)) LPFN_GETPEERNAME;
typedef __typeof__(&WS2_NAME(getsockopt)) LPFN_GETSOCKOPT;
typedef __typeof__(&WS2_NAME(setsockopt)) LPFN_SETSOCKOPT;
typedef __typeof__(&ioctlsocket) LPFN_IOCTLSOCKET;
typedef __typeof__(&WSAIoctl) LPFN_WSAIOCTL;
typedef __typeof__(&WSAJoinLeaf) LPFN_WSAJOINLEAF;
typedef int(WSAAPI *LPFN_SELECT)(int, fd_set *, fd_set *, fd_set *, const struct timeval *);
typedef __typeof__(&WSAPoll) LPFN_WSAPOLL;
typedef __typeof__(&__WSAFDIsSet) LPFN_WSAFDISSET;
typedef __typeof__(&WSACreateEvent) LPFN_WSACREATEEVENT;
typedef __typeof__(&WSACloseEvent) LPFN_WSACLOSEEVENT;
typedef __typeof__(&WSASetEvent) LPFN_WSASETEVENT;
typedef __typeof__(&WSAResetEvent) LPFN_WSARESETEVENT;
typedef __typeof__(&WSAWaitForMultipleEvents) LPFN_WSAWAITFORMULTIPLEEVENTS;
typedef __typeof__(&WSAAsyncSelect) LPFN_WSAASYNCSELECT;
typedef __typeof__(&WSAEventSelect) LPFN_WSAEVENTSELECT;
typedef __typeof__(&WSAEnumNetworkEvents) LPFN_WSAENUMNETWORKEVENTS;
typedef __typeof__(&WSAGetOverlappedResult) LPFN_WSAGETOVERLAPPEDRESULT;
typedef __typeof__(&WS2_NAME(gethostbyname)) LPFN_GETHOSTBYNAME;
typedef __typeof__(&WS2_NAME(gethostbyaddr)) LPFN_GETHOSTBYADDR;
typedef __typeof__(&gethostname) LPFN_GETHOSTNAME;
typedef __typeof__(&WS2_NAME(getservbyname)) LPFN_GETSERVBYNAME;
typedef __typeof__(&WS2_NAME(getservbyport)) LPFN_GETSERVBYPORT;
typedef __typeof__(&WS2_NAME(htons)) LPFN_HTONS;
typedef __typeof__(&WS2_NAME(htonl)) LPFN_HTONL;
typedef __typeof__(&WS2_NAME(ntohs)) LPFN_NTOHS;
typedef __typeof__(&WS2_NAME(ntohl)) LPFN_NTOHL;
typedef __typeof__(&WS2_NAME(inet_addr)) LPFN_INET_ADDR;
typedef __typeof__(&WS2_NAME(inet_ntoa)) LPFN_INET_NTOA;
#endif

#endif /* OPENWS2_WINSOCK2_H */
