/* iphlpapi.h: what there is of the IP helper: the names and indices of interfaces. */
#ifndef OPENWS2_IPHLPAPI_H
#define OPENWS2_IPHLPAPI_H
#include "winsock2.h"
#include "netioapi.h"
#endif /* OPENWS2_IPHLPAPI_H */
