/* netioapi.h: interface names and indices. Both calls are the C library's own, which do the same. */
#ifndef OPENWS2_NETIOAPI_H
#define OPENWS2_NETIOAPI_H
#include "openws2/base.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#undef IF_NAMESIZE
#define IF_MAX_STRING_SIZE 256
#define IF_NAMESIZE IF_MAX_STRING_SIZE
#define NDIS_IF_MAX_STRING_SIZE IF_MAX_STRING_SIZE
#define NETIO_STATUS DWORD
#define NETIOAPI_API NETIO_STATUS WINAPI
#define NETIOAPI_API_ WINAPI
typedef ULONG NET_IFINDEX, *PNET_IFINDEX, IF_INDEX, *PIF_INDEX;

#ifndef WS2_COEXIST
WS2_BEGIN_C
NET_IFINDEX NETIOAPI_API_ if_nametoindex(PCSTR InterfaceName);
PCHAR NETIOAPI_API_ if_indextoname(NET_IFINDEX InterfaceIndex, PCHAR InterfaceName);
WS2_END_C
#endif

#endif /* OPENWS2_NETIOAPI_H */
