/* sporder.h: the order of the catalogue's entries, for installers of providers. */
#ifndef OPENWS2_SPORDER_H
#define OPENWS2_SPORDER_H
#include "winsock2.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

typedef int(WSPAPI *LPWSCWRITEPROVIDERORDER)(LPDWORD lpwdCatalogEntryId, DWORD dwNumberOfEntries);

WS2_BEGIN_C

int WSPAPI WSCWriteProviderOrder(LPDWORD lpwdCatalogEntryId, DWORD dwNumberOfEntries) WS2_SYM(WSCWriteProviderOrder);

WS2_END_C

#endif /* OPENWS2_SPORDER_H */
