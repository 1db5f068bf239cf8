/* What a program does with the headers: compiled in every combination, as C and as C++. */
#pragma comment(lib, "ws2_32")
struct ops { int (*recv)(int); int (*select)(int); int (*bind)(int); };
static DWORD WINAPI work(LPVOID p) { return p != NULL; }
int program(void)
{
    struct ops o = {0, 0, 0};
    WSADATA data;
    struct sockaddr_in sa;
    SOCKADDR_IN6 sa6;
    struct in6_addr any = IN6ADDR_ANY_INIT;
    struct addrinfo hints, *result = NULL;
    struct timeval tv = {0, 0};
    socklen_t length = sizeof sa;
    u_long mode = 1;
    DWORD bytes = 0, flags = 0;
    char buf[64];
    WSABUF wsabuf;
    fd_set set;
    GUID id = WSAID_ACCEPTEX;
    OVERLAPPED ov;
    WSAPOLLFD pfd;
    struct pollfd pfd2;
    WCHAR name[16];
    int (WSAAPI *receive)(SOCKET, char *, int, int) = RECV;
    SOCKET s;
    memset(&hints, 0, sizeof hints);
    memset(&sa, 0, sizeof sa);
    memset(&sa6, 0, sizeof sa6);
    memset(&ov, 0, sizeof ov);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0 || LOBYTE(data.wVersion) != 2)
        return 1;
    s = WSASocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET)
        return WSAGetLastError();
    sa.sin_family = AF_INET;
    sa.sin_addr.s_addr = INADDR_ANY;
    sa.sin_addr.S_un.S_un_b.s_b1 = 127;
    sa6.sin6_addr = in6addr_any;
    sa6.sin6_scope_id = any.s6_addr[3];
    wsabuf.buf = buf;
    wsabuf.len = sizeof buf;
    FD_ZERO(&set);
    FD_SET(s, &set);
    pfd.fd = pfd2.fd = s;
    pfd.events = pfd2.events = POLLIN;
    if (select(0, &set, NULL, NULL, &tv) == SOCKET_ERROR || FD_ISSET(s, &set))
        FD_CLR(s, &set);
    if (GetAddrInfoA("localhost", NULL, &hints, &result) != 0)
        name[0] = (WCHAR)gai_strerrorA(EAI_NONAME)[0];
    FreeAddrInfoA(result);
    InetNtopW(AF_INET, &sa.sin_addr, name, 16);
    if (WSARecv(s, &wsabuf, 1, &bytes, &flags, &ov, NULL) == SOCKET_ERROR && h_errno == WSA_IO_PENDING)
        flags = WSARecvEx(s, buf, (int)sizeof buf, (int *)&length) == 0;
    ioctlsocket(s, FIONBIO, &mode);
    if (WSASetUdpSendMessageSize(s, 1) != 0 || WSAGetUdpSendMessageSize(s, &bytes) != 0)
        WSASetRecvIPEcn(s, TRUE);
    gethostname(buf, sizeof buf);
    closesocket(s);
    return (int)(work(buf) + id.Data1 + bytes + flags + pfd.revents + pfd2.revents + ov.Offset + mode)
        + receive(s, buf, 1, 0) + IN6_IS_ADDR_LOOPBACK(&any) + (o.recv != NULL) + (o.select != NULL)
        + (o.bind != NULL) + FD_SETSIZE + (int)sizeof(WSAMSG) + name[0] + (int)length + WSACleanup();
}
