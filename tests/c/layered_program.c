/* A program that knows nothing of layers but for `install`: it talks to itself over loopback, and tells what it sees.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <ws2spi.h>
#include <sporder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define MUST(condition)                                                                                       \
    do {                                                                                                      \
        if (!(condition)) {                                                                                   \
            printf("%s: error %d\n", #condition, WSAGetLastError());                                          \
            exit(1);                                                                                          \
        }                                                                                                     \
    } while (0)

static SOCKET local, peer;

static void make_pair(void)
{
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    struct sockaddr_in where;
    int length = sizeof where;

    memset(&where, 0, sizeof where);
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(listener != INVALID_SOCKET);
    MUST(bind(listener, (struct sockaddr *)&where, sizeof where) == 0);
    MUST(listen(listener, 1) == 0);
    MUST(getsockname(listener, (struct sockaddr *)&where, &length) == 0);
    local = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    MUST(connect(local, (struct sockaddr *)&where, sizeof where) == 0);
    peer = accept(listener, NULL, NULL);
    MUST(peer != INVALID_SOCKET);
    MUST(closesocket(listener) == 0);
}

static void stream(void)
{
    char buffer[16];
    int got;

    make_pair();
    MUST(send(peer, "hello", 5, 0) == 5);
    got = recv(local, buffer, sizeof buffer, 0);
    MUST(got == 5);
    printf("stream: %.*s\n", got, buffer);
    MUST(closesocket(local) == 0);
    MUST(closesocket(peer) == 0);
}

static void datagram(void)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    struct sockaddr_in where;
    int length = sizeof where, got;
    char buffer[16];

    memset(&where, 0, sizeof where);
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(bind(s, (struct sockaddr *)&where, sizeof where) == 0);
    MUST(getsockname(s, (struct sockaddr *)&where, &length) == 0);
    MUST(sendto(s, "world", 5, 0, (struct sockaddr *)&where, sizeof where) == 5);
    got = recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL);
    MUST(got == 5);
    printf("datagram: %.*s\n", got, buffer);
    MUST(closesocket(s) == 0);
}

/* Two receives with events: data end the first, closing its socket the second. */
static void overlapped(void)
{
    WSAOVERLAPPED over;
    WSAEVENT event = WSACreateEvent();
    char buffer[16];
    WSABUF part;
    DWORD got = 0, flags = 0;

    make_pair();
    part.len = sizeof buffer;
    part.buf = buffer;
    memset(&over, 0, sizeof over);
    over.hEvent = event;
    MUST(WSARecv(local, &part, 1, NULL, &flags, &over, NULL) == SOCKET_ERROR && WSAGetLastError() == WSA_IO_PENDING);
    MUST(!WSAGetOverlappedResult(local, &over, &got, FALSE, &flags) && WSAGetLastError() == WSA_IO_INCOMPLETE);
    MUST(send(peer, "hello", 5, 0) == 5);
    MUST(WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE) == WSA_WAIT_EVENT_0);
    MUST(WSAGetOverlappedResult(local, &over, &got, FALSE, &flags));
    printf("overlapped: %.*s\n", (int)got, buffer);
    flags = 0;
    MUST(WSARecv(local, &part, 1, NULL, &flags, &over, NULL) == SOCKET_ERROR && WSAGetLastError() == WSA_IO_PENDING);
    MUST(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE) == WSA_WAIT_TIMEOUT);
    MUST(closesocket(local) == 0);
    MUST(WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE) == WSA_WAIT_EVENT_0);
    printf("closed: %s\n", over.Internal == 0 ? "success" : "failure");
    MUST(recv(local, buffer, 1, 0) == SOCKET_ERROR);
    printf("after: %d\n", WSAGetLastError());
}

static void window(void)
{
    WNDCLASSA class_of;
    HWND it;
    MSG message;

    make_pair();
    memset(&class_of, 0, sizeof class_of);
    class_of.lpfnWndProc = DefWindowProcA;
    class_of.lpszClassName = "program";
    MUST(RegisterClassA(&class_of));
    it = CreateWindowExA(0, "program", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    MUST(it != NULL);
    MUST(WSAAsyncSelect(local, it, WM_APP, FD_READ) == 0);
    MUST(send(peer, "hello", 5, 0) == 5);
    MUST(GetMessageA(&message, it, WM_APP, WM_APP) > 0);
    printf("window: %s, event %d\n", message.wParam == local ? "the socket" : "another",
           (int)WSAGETSELECTEVENT(message.lParam));
}

static void ready(void)
{
    struct timeval patience = {10, 0}, none = {0, 0};
    WSAPOLLFD poll;
    fd_set set;

    make_pair();
    FD_ZERO(&set);
    FD_SET(local, &set);
    FD_SET(peer, &set);
    MUST(select(0, &set, NULL, NULL, &none) == 0);
    MUST(send(peer, "hello", 5, 0) == 5);
    FD_SET(peer, &set);
    FD_SET(local, &set);
    printf("select: %d", select(0, &set, NULL, NULL, &patience));
    printf(", %s\n", FD_ISSET(local, &set) && !FD_ISSET(peer, &set) ? "the socket" : "another");
    poll.fd = local;
    poll.events = POLLRDNORM;
    printf("poll: %d", WSAPoll(&poll, 1, 10000));
    printf(", %s, %s\n", poll.fd == local ? "the socket" : "another", poll.revents == POLLRDNORM ? "data" : "none");
}

static GUID dummy_id = {0x44444444, 4, 4, {4, 4, 4, 4, 4, 4, 4, 4}};
static GUID chain_id = {0x55555555, 5, 5, {5, 5, 5, 5, 5, 5, 5, 5}};

static WSAPROTOCOL_INFOW list[100];

static int catalogue(void)
{
    DWORD size = sizeof list;
    INT error;
    int count = WSCEnumProtocols(NULL, list, &size, &error);

    MUST(count > 0);
    return count;
}

/* What an installer does: the layer's own entry, a chain for TCP, and that one in front. */
static void install(const char *path)
{
    WSAPROTOCOL_INFOW record;
    WCHAR wide[MAX_PATH];
    DWORD dummy = 0, order[100];
    INT error;
    int count = catalogue(), i;

    MUST(MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH) > 0);
    for (i = 0; list[i].iProtocol != IPPROTO_TCP || list[i].ProtocolChain.ChainLen != BASE_PROTOCOL; i++)
        continue;
    record = list[i];
    record.ProtocolChain.ChainLen = LAYERED_PROTOCOL;
    record.dwProviderFlags |= PFL_HIDDEN;
    MUST(WSCInstallProvider(&dummy_id, wide, &record, 1, &error) == 0);
    count = catalogue();
    for (i = 0; i < count; i++)
        if (memcmp(&list[i].ProviderId, &dummy_id, sizeof dummy_id) == 0)
            dummy = list[i].dwCatalogEntryId;
    for (i = 0; list[i].iProtocol != IPPROTO_TCP || list[i].ProtocolChain.ChainLen != BASE_PROTOCOL; i++)
        continue;
    record = list[i];
    record.ProtocolChain.ChainLen = 2;
    record.ProtocolChain.ChainEntries[0] = dummy;
    record.ProtocolChain.ChainEntries[1] = list[i].dwCatalogEntryId;
    MUST(WSCInstallProvider(&chain_id, wide, &record, 1, &error) == 0);
    count = catalogue();
    order[0] = list[count - 1].dwCatalogEntryId;
    for (i = 0; i < count - 1; i++)
        order[i + 1] = list[i].dwCatalogEntryId;
    MUST(WSCWriteProviderOrder(order, (DWORD)count) == 0);
}

static void deinstall(void)
{
    INT error;

    MUST(WSCDeinstallProvider(&chain_id, &error) == 0);
    MUST(WSCDeinstallProvider(&dummy_id, &error) == 0);
}

int main(int count, char **words)
{
    WSADATA data;
    int i, code;

    setvbuf(stdout, NULL, _IONBF, 0);
    code = WSAStartup(MAKEWORD(2, 2), &data);
    if (code != 0) {
        printf("startup: %d\n", code);
        return 0;
    }
    for (i = 1; i < count; i++) {
        if (strcmp(words[i], "stream") == 0)
            stream();
        else if (strcmp(words[i], "datagram") == 0)
            datagram();
        else if (strcmp(words[i], "overlapped") == 0)
            overlapped();
        else if (strcmp(words[i], "window") == 0)
            window();
        else if (strcmp(words[i], "ready") == 0)
            ready();
        else if (strcmp(words[i], "socket") == 0)
            printf("socket: %d\n", socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET ? WSAGetLastError() : 0);
        else if (strcmp(words[i], "deinstall") == 0)
            deinstall();
        else
            install(words[i]);
    }
    MUST(WSACleanup() == 0);
    return 0;
}
