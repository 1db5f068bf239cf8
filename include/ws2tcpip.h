/* ws2tcpip.h: names and numbers: getaddrinfo and its family, text forms of addresses, EAI_ codes. */
#ifndef OPENWS2_WS2TCPIP_H
#define OPENWS2_WS2TCPIP_H
#include "winsock2.h"
#include "ws2ipdef.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#ifdef WS2_COEXIST
#include "openws2/coexist.h"
#endif

/* ---------------------------------------------------------------- codes of getaddrinfo and getnameinfo */
#define EAI_AGAIN WSATRY_AGAIN
#define EAI_BADFLAGS WSAEINVAL
#define EAI_FAIL WSANO_RECOVERY
#define EAI_FAMILY WSAEAFNOSUPPORT
#define EAI_MEMORY WSA_NOT_ENOUGH_MEMORY
#define EAI_NOSECURENAME WSA_SECURE_HOST_NOT_FOUND
#define EAI_NONAME WSAHOST_NOT_FOUND
#define EAI_NODATA EAI_NONAME
#define EAI_SERVICE WSATYPE_NOT_FOUND
#define EAI_SOCKTYPE WSAESOCKTNOSUPPORT
#define EAI_IPSECPOLICY WSA_IPSEC_NAME_POLICY_ERROR

/* ---------------------------------------------------------------- functions */
WS2_BEGIN_C

INT WSAAPI WS2_NAME(getaddrinfo)(PCSTR pNodeName, PCSTR pServiceName, const ADDRINFOA *pHints,
                                 PADDRINFOA *ppResult) WS2_SYM(getaddrinfo);
INT WSAAPI GetAddrInfoW(PCWSTR pNodeName, PCWSTR pServiceName, const ADDRINFOW *pHints, PADDRINFOW *ppResult)
    WS2_SYM_W(GetAddrInfoW);
void WSAAPI WS2_NAME(freeaddrinfo)(PADDRINFOA pAddrInfo) WS2_SYM(freeaddrinfo);
void WSAAPI FreeAddrInfoW(PADDRINFOW pAddrInfo) WS2_SYM_W(FreeAddrInfoW);
INT WSAAPI WS2_NAME(getnameinfo)(const SOCKADDR *pSockaddr, socklen_t SockaddrLength, PCHAR pNodeBuffer,
                                 DWORD NodeBufferSize, PCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags)
    WS2_SYM(getnameinfo);
INT WSAAPI GetNameInfoW(const SOCKADDR *pSockaddr, socklen_t SockaddrLength, PWCHAR pNodeBuffer,
                        DWORD NodeBufferSize, PWCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags)
    WS2_SYM_W(GetNameInfoW);
INT WSAAPI WS2_NAME(inet_pton)(INT Family, PCSTR pszAddrString, PVOID pAddrBuf) WS2_SYM(inet_pton);
INT WSAAPI InetPtonW(INT Family, PCWSTR pszAddrString, PVOID pAddrBuf) WS2_SYM_W(InetPtonW);
PCSTR WSAAPI WS2_NAME(inet_ntop)(INT Family, const VOID *pAddr, PSTR pStringBuf, size_t StringBufSize)
    WS2_SYM(inet_ntop);
PCWSTR WSAAPI InetNtopW(INT Family, const VOID *pAddr, PWSTR pStringBuf, size_t StringBufSize)
    WS2_SYM_W(InetNtopW);

/* for gai_strerror, under names that cannot meet the declarations in windows.h */
DWORD ws2_format_message_a(DWORD, LPCVOID, DWORD, DWORD, LPSTR, DWORD, void *) WS2_SYM(FormatMessageA);
DWORD ws2_format_message_w(DWORD, LPCVOID, DWORD, DWORD, LPWSTR, DWORD, void *) WS2_SYM_W(FormatMessageW);

WS2_END_C

#define GetAddrInfoA WS2_NAME(getaddrinfo)
#define FreeAddrInfoA WS2_NAME(freeaddrinfo)
#define GetNameInfoA WS2_NAME(getnameinfo)
#define InetPtonA WS2_NAME(inet_pton)
#define InetNtopA WS2_NAME(inet_ntop)
#define GetAddrInfo WS2_AW(GetAddrInfo)
#define FreeAddrInfo WS2_AW(FreeAddrInfo)
#define GetNameInfo WS2_AW(GetNameInfo)
#define InetPton WS2_AW(InetPton)
#define InetNtop WS2_AW(InetNtop)

/* ---------------------------------------------------------------- the system's text for an EAI_ code */
#define GAI_STRERROR_BUFFER_SIZE 1024
/* 0x12ff: from the system, inserts ignored, no line breaks; 1024: neutral language, default sublanguage */
WS2_INLINE char *gai_strerrorA(int ecode)
{
    static __thread char text[GAI_STRERROR_BUFFER_SIZE + 1];
    text[0] = 0;
    ws2_format_message_a(0x12ff, NULL, (DWORD)ecode, 1024, text, GAI_STRERROR_BUFFER_SIZE, NULL);
    return text;
}
WS2_INLINE WCHAR *gai_strerrorW(int ecode)
{
    static __thread WCHAR text[GAI_STRERROR_BUFFER_SIZE + 1];
    text[0] = 0;
    ws2_format_message_w(0x12ff, NULL, (DWORD)ecode, 1024, text, GAI_STRERROR_BUFFER_SIZE, NULL);
    return text;
}
#undef gai_strerror
#define gai_strerror WS2_AW(gai_strerror)

/* ---------------------------------------------------------------- options by functions of their own */
/* The level at which a socket has the options of its IP; below 0 if it is none. */
WS2_INLINE INT ws2_level_of(SOCKET Socket)
{
    WSAPROTOCOL_INFOA info;
    int length = sizeof info;
    if (WS2_NAME(getsockopt)(Socket, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&info, &length) != 0)
        return SOCKET_ERROR;
    return info.iAddressFamily == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
}
WS2_INLINE INT ws2_set_dword(SOCKET Socket, INT Level, INT Name, DWORD Value)
{
    return WS2_NAME(setsockopt)(Socket, Level, Name, (const char *)&Value, sizeof Value);
}
WS2_INLINE INT ws2_get_dword(SOCKET Socket, INT Level, INT Name, DWORD *Value)
{
    int length = sizeof *Value;
    return WS2_NAME(getsockopt)(Socket, Level, Name, (char *)Value, &length);
}
WS2_INLINE INT WSASetUdpSendMessageSize(SOCKET Socket, DWORD MsgSize)
{
    return ws2_set_dword(Socket, IPPROTO_UDP, UDP_SEND_MSG_SIZE, MsgSize);
}
WS2_INLINE INT WSAGetUdpSendMessageSize(SOCKET Socket, DWORD *MsgSize)
{
    return ws2_get_dword(Socket, IPPROTO_UDP, UDP_SEND_MSG_SIZE, MsgSize);
}
WS2_INLINE INT WSASetUdpRecvMaxCoalescedSize(SOCKET Socket, DWORD MaxCoalescedMsgSize)
{
    return ws2_set_dword(Socket, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, MaxCoalescedMsgSize);
}
WS2_INLINE INT WSAGetUdpRecvMaxCoalescedSize(SOCKET Socket, DWORD *MaxCoalescedMsgSize)
{
    return ws2_get_dword(Socket, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, MaxCoalescedMsgSize);
}
/* An IPv6 socket may get IPv4 datagrams, of which the other level tells. IP_ECN and IPV6_ECN are one number. */
WS2_INLINE INT WSASetRecvIPEcn(SOCKET Socket, DWORD Enabled)
{
    INT level = ws2_level_of(Socket);
    if (level < 0 || ws2_set_dword(Socket, level, IP_ECN, Enabled) != 0)
        return SOCKET_ERROR;
    return level == IPPROTO_IP ? 0 : ws2_set_dword(Socket, IPPROTO_IP, IP_ECN, Enabled);
}
WS2_INLINE INT WSAGetRecvIPEcn(SOCKET Socket, DWORD *Enabled)
{
    INT level = ws2_level_of(Socket);
    return level < 0 ? SOCKET_ERROR : ws2_get_dword(Socket, level, IP_ECN, Enabled);
}

#endif /* OPENWS2_WS2TCPIP_H */
