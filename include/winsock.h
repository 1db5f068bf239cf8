/* winsock.h: Windows sockets 1.1. The calls and numbers are those of version 2; this only finds them. */
#ifndef OPENWS2_WINSOCK_H
#define OPENWS2_WINSOCK_H
#include "winsock2.h"
#include "ws2ipdef.h"
#include "mswsock.h"
#endif /* OPENWS2_WINSOCK_H */
