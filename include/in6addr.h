/* in6addr.h: struct in6_addr, an IPv6 address. */
#ifndef OPENWS2_IN6ADDR_H
#define OPENWS2_IN6ADDR_H
#include "openws2/base.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#ifdef WS2_COEXIST
#include "openws2/coexist.h"
#endif

typedef struct in6_addr {
    union {
        UCHAR Byte[16];
        USHORT Word[8];
    } u;
} IN6_ADDR, *PIN6_ADDR, *LPIN6_ADDR;

#define in_addr6 in6_addr
#define _S6_un u
#define _S6_u8 Byte
#define s6_addr u.Byte
#define s6_bytes u.Byte
#define s6_words u.Word

#endif /* OPENWS2_IN6ADDR_H */
