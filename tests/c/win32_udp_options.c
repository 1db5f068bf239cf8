/* The functions of ws2tcpip.h that stand for options of UDP and of ECN: they set what the options say. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include "win32_check.h"

static DWORD option(SOCKET s, int level, int name)
{
    DWORD value = 0xdeadbeef;
    int length = sizeof value;
    CHECK(getsockopt(s, level, name, (char *)&value, &length) == 0 && length == sizeof value);
    return value;
}

static void sizes(void)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), stream = socket(AF_INET, SOCK_STREAM, 0);
    DWORD size = 7;
    CHECK(WSAGetUdpSendMessageSize(s, &size) == 0 && size == 0);
    CHECK(WSASetUdpSendMessageSize(s, 1200) == 0 && option(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE) == 1200);
    CHECK(WSAGetUdpSendMessageSize(s, &size) == 0 && size == 1200);
    CHECK(WSAGetUdpRecvMaxCoalescedSize(s, &size) == 0 && size == 0);
    CHECK(WSASetUdpRecvMaxCoalescedSize(s, 65535) == 0);
    CHECK(option(s, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE) == 65535);
    CHECK(WSAGetUdpRecvMaxCoalescedSize(s, &size) == 0 && size == 65535);
    CHECK(option(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE) == 1200);
    CHECK(WSASetUdpSendMessageSize(stream, 1200) == SOCKET_ERROR && WSAGetLastError() == WSAENOPROTOOPT);
    CHECK(WSASetUdpSendMessageSize(INVALID_SOCKET, 1200) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
    closesocket(s);
    closesocket(stream);
}

static void marks(int family)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);
    int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    DWORD on = 7;
    CHECK(WSAGetRecvIPEcn(s, &on) == 0 && on == 0);
    CHECK(WSASetRecvIPEcn(s, TRUE) == 0);
    CHECK(option(s, level, IP_ECN) == 1 && option(s, IPPROTO_IP, IP_ECN) == 1);
    CHECK(WSAGetRecvIPEcn(s, &on) == 0 && on == 1);
    CHECK(WSASetRecvIPEcn(s, FALSE) == 0);
    CHECK(option(s, level, IP_ECN) == 0 && option(s, IPPROTO_IP, IP_ECN) == 0);
    CHECK(WSASetRecvIPEcn(INVALID_SOCKET, TRUE) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
    CHECK(WSAGetRecvIPEcn(INVALID_SOCKET, &on) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
    closesocket(s);
}

int main(void)
{
    WSADATA data;
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    sizes();
    marks(AF_INET);
    marks(AF_INET6);
    WSACleanup();
    DONE();
}
