/* Checks in C for what the headers compute themselves; each line that fails is printed. */
#include <stdio.h>
#define CHECK(e) do { if (!(e)) { failed++; printf("line %d: %s\n", __LINE__, #e); } } while (0)
static IN6_ADDR in6(int b0, int b1, int b10, int b11, int b12, int b15)
{
    IN6_ADDR a;
    memset(&a, 0, sizeof a);
    a.s6_addr[0] = (UCHAR)b0; a.s6_addr[1] = (UCHAR)b1; a.s6_addr[10] = (UCHAR)b10;
    a.s6_addr[11] = (UCHAR)b11; a.s6_addr[12] = (UCHAR)b12; a.s6_addr[15] = (UCHAR)b15;
    return a;
}
int main(void)
{
    int failed = 0, i;
    fd_set set;
    IN6_ADDR none = in6(0, 0, 0, 0, 0, 0), loop = in6(0, 0, 0, 0, 0, 1), mapped = in6(0, 0, 255, 255, 127, 1);
    IN6_ADDR compat = in6(0, 0, 0, 0, 10, 0), local = in6(0xfe, 0x80, 0, 0, 0, 1), site = in6(0xfe, 0xc0, 0, 0, 0, 1);
    IN6_ADDR group = in6(0xff, 2, 0, 0, 0, 1), global = in6(0x20, 1, 0, 0, 0, 1);
    size_t room[16];
    WSAMSG msg;
    LPWSACMSGHDR c;

    FD_ZERO(&set);
    for (i = 0; i < 2000; i++)
        FD_SET((SOCKET)(i / 2 + 5), &set);
    CHECK(set.fd_count == 1000 && set.fd_array[0] == 5 && set.fd_array[999] == 1004);
    FD_CLR(5, &set);
    FD_CLR(4000, &set);
    CHECK(set.fd_count == 999 && set.fd_array[0] == 6 && set.fd_array[998] == 1004);
    for (i = 0; i < 5000; i++)
        FD_SET((SOCKET)(i + 2000), &set);
    CHECK(set.fd_count == FD_SETSIZE);

    CHECK(IN6_IS_ADDR_UNSPECIFIED(&none) && !IN6_IS_ADDR_UNSPECIFIED(&loop) && !IN6_IS_ADDR_UNSPECIFIED(&compat));
    CHECK(IN6_IS_ADDR_LOOPBACK(&loop) && !IN6_IS_ADDR_LOOPBACK(&none) && !IN6_IS_ADDR_LOOPBACK(&group));
    CHECK(IN6_IS_ADDR_V4MAPPED(&mapped) && !IN6_IS_ADDR_V4MAPPED(&compat));
    CHECK(IN6_IS_ADDR_V4COMPAT(&compat) && !IN6_IS_ADDR_V4COMPAT(&none) && !IN6_IS_ADDR_V4COMPAT(&loop));
    CHECK(IN6_IS_ADDR_LINKLOCAL(&local) && !IN6_IS_ADDR_LINKLOCAL(&site) && IN6_IS_ADDR_SITELOCAL(&site));
    CHECK(IN6_IS_ADDR_MULTICAST(&group) && IN6_IS_ADDR_MC_LINKLOCAL(&group) && !IN6_IS_ADDR_MC_GLOBAL(&group));
    CHECK(IN6_IS_ADDR_GLOBAL(&global) && !IN6_IS_ADDR_GLOBAL(&group) && !IN6_IS_ADDR_MULTICAST(&global));
    CHECK(IN6_ADDR_EQUAL(&none, &in6addr_any) && IN6_ADDR_EQUAL(&loop, &in6addr_loopback));

    memset(room, 0, sizeof room);
    memset(&msg, 0, sizeof msg);
    CHECK(WSA_CMSG_FIRSTHDR(&msg) == NULL);
    msg.Control.buf = (char *)room;
    msg.Control.len = (ULONG)(WSA_CMSG_SPACE(4) + WSA_CMSG_SPACE(8));
    c = WSA_CMSG_FIRSTHDR(&msg);
    CHECK((void *)c == (void *)room && WSA_CMSG_NXTHDR(&msg, NULL) == c);
    c->cmsg_len = WSA_CMSG_LEN(4);
    CHECK((char *)WSA_CMSG_DATA(c) == (char *)c + sizeof(WSACMSGHDR));
    c = WSA_CMSG_NXTHDR(&msg, c);
    CHECK((char *)c == (char *)room + WSA_CMSG_SPACE(4));
    c->cmsg_len = WSA_CMSG_LEN(8);
    CHECK(WSA_CMSG_NXTHDR(&msg, c) == NULL);

    CHECK(MAKEWORD(2, 1) == 0x0102 && LOBYTE(0x0102) == 2 && HIBYTE(0x0102) == 1);
    CHECK(SIO_UDP_CONNRESET == 0x9800000C && SIO_UDP_NETRESET == 0x9800000F);
    CHECK(WSAGETSELECTEVENT(MAKELONG(FD_READ, WSAECONNRESET)) == FD_READ);
    CHECK(WSAGETSELECTERROR(MAKELONG(FD_READ, WSAECONNRESET)) == WSAECONNRESET);
    CHECK(IN_MULTICAST(0xe0000001) && !IN_MULTICAST(INADDR_LOOPBACK) && IN_CLASSA(INADDR_LOOPBACK));
    CHECK(PF_INET6 == 23 && SO_EXCLUSIVEADDRUSE == -5 && (DWORD)FIONBIO == 0x8004667eu);
    return failed;
}
