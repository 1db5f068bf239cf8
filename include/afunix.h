/* afunix.h: the address of a socket in the file system. */
#ifndef OPENWS2_AFUNIX_H
#define OPENWS2_AFUNIX_H
#include "openws2/base.h"
#include "ws2def.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#define UNIX_PATH_MAX 108

typedef struct sockaddr_un {
    ADDRESS_FAMILY sun_family;
    char sun_path[UNIX_PATH_MAX];
} SOCKADDR_UN, *PSOCKADDR_UN;

#define SIO_AF_UNIX_GETPEERPID _WSAIOR(IOC_VENDOR, 256)
#define SIO_AF_UNIX_SETBINDPARENTPATH _WSAIOW(IOC_VENDOR, 257)
#define SIO_AF_UNIX_SETCONNPARENTPATH _WSAIOW(IOC_VENDOR, 258)

/* Protocols that Windows does not have, for socket and WSASocket; not on macOS, but for the last.
   SOCK_SEQPACKET: messages over a connection, received in parts (MSG_PARTIAL) or whole (WSAEMSGSIZE until the
   buffer is large enough). SOCK_DGRAM: as the second, without a connection. No message is lost. */
#define OPENWS2_UNIXPROTO_PARTS 0x57530001
#define OPENWS2_UNIXPROTO_WHOLE 0x57530002
#define OPENWS2_UNIXPROTO_DATAGRAM 0x57530003

#endif /* OPENWS2_AFUNIX_H */
