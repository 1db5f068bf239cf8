/* wspiapi.h: let programs for old Windows find getaddrinfo, which is always there now. */
#ifndef OPENWS2_WSPIAPI_H
#define OPENWS2_WSPIAPI_H
#include "ws2tcpip.h"
#endif /* OPENWS2_WSPIAPI_H */
