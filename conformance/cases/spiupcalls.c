/* What a provider may call (clauses/spiupcalls.md). */
#include "installer.h"
#include "messages.h"

typedef LPWSPUPCALLTABLE(WSPAPI *TELLS)(void);

static WSPUPCALLTABLE up;
static DWORD entry; /* a catalogue number */

/* The upcalls that the provider beside this program was given. */
static void get_upcalls(void) {
    WCHAR path[MAX_PATH];
    HMODULE module;
    TELLS tells;
    install_provider();
    require(closesocket(tcp()) == 0);
    beside(path, L"provider.dll");
    module = GetModuleHandleW(path);
    require(module != NULL);
    tells = (TELLS)(void *)GetProcAddress(module, "ProviderUpcalls");
    require(tells != NULL);
    up = *tells();
    entry = number_of(&chain_id);
}

static SOCKET handle_with(DWORD_PTR context) {
    SOCKET s = up.lpWPUCreateSocketHandle(entry, context, &told);
    require(s != INVALID_SOCKET);
    return s;
}

/* ---- Events ---- */

EXTENSION_CASE("wpucreateevent/returns/event") {
    WSAEVENT event;
    get_upcalls();
    event = up.lpWPUCreateEvent(&told);
    require(event != WSA_INVALID_EVENT);
    expect(!signalled(event, 0));
    require(SetEvent(event));
    expect(signalled(event, 0));
    expect(signalled(event, 0));
}

EXTENSION_CASE("wpucreateevent/returns/native") {
    WSAEVENT event;
    HANDLE native = manual_event();
    get_upcalls();
    event = up.lpWPUCreateEvent(&told);
    expect_eq(WSASetEvent(event), TRUE);
    expect_eq(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    expect_eq(CloseHandle(event), TRUE);
    expect_eq(up.lpWPUSetEvent(native, &told), TRUE);
    expect(signalled(native, 0));
}

EXTENSION_CASE("wpusetevent/returns/true") {
    WSAEVENT event;
    get_upcalls();
    event = up.lpWPUCreateEvent(&told);
    expect_told(up.lpWPUSetEvent(event, &told), TRUE, POISON);
    expect(signalled(event, 0));
    expect_told(up.lpWPUResetEvent(event, &told), TRUE, POISON);
    expect(!signalled(event, 0));
    expect_told(up.lpWPUCloseEvent(event, &told), TRUE, POISON);
    expect_false(SetEvent(event), ERROR_INVALID_HANDLE);
}

EXTENSION_CASE("wpusetevent/error/invalid-handle") {
    HANDLE closed = manual_event();
    get_upcalls();
    require(CloseHandle(closed));
    expect_told(up.lpWPUSetEvent(closed, &told), FALSE, ERROR_INVALID_HANDLE);
    expect_told(up.lpWPUResetEvent(closed, &told), FALSE, ERROR_INVALID_HANDLE);
    expect_told(up.lpWPUCloseEvent(closed, &told), FALSE, ERROR_INVALID_HANDLE);
}

/* ---- Handles ---- */

EXTENSION_CASE("wpucreatesockethandle/returns/new") {
    get_upcalls();
    expect(handle_with(1) != handle_with(1));
}

EXTENSION_CASE("wpucreatesockethandle/returns/inherited") {
    DWORD flags = POISON;
    get_upcalls();
    require(GetHandleInformation((HANDLE)(ULONG_PTR)handle_with(1), &flags));
    expect_eq(flags, HANDLE_FLAG_INHERIT);
}

EXTENSION_CASE("wpucreatesockethandle/error/WSAEINVAL") {
    get_upcalls();
    expect_told(up.lpWPUCreateSocketHandle(99999, 1, &told), INVALID_SOCKET, WSAEINVAL);
}

EXTENSION_CASE("wpuquerysockethandlecontext/returns/context") {
    DWORD_PTR context = 0, expected = (DWORD_PTR)&context;
    SOCKET s, other;
    get_upcalls();
    s = handle_with(expected);
    other = handle_with(2);
    expect_told(up.lpWPUQuerySocketHandleContext(s, &context, &told), 0, POISON);
    expect(context == expected);
    expect_eq(up.lpWPUQuerySocketHandleContext(other, &context, &told), 0);
    expect_eq(context, 2);
}

EXTENSION_CASE("wpuquerysockethandlecontext/error/WSAENOTSOCK") {
    DWORD_PTR context = POISON;
    HANDLE event = manual_event();
    SOCKET s, of_base;
    get_upcalls();
    s = handle_with(1);
    of_base = udp();
    expect_told(up.lpWPUQuerySocketHandleContext(of_base, &context, &told), SOCKET_ERROR, WSAENOTSOCK);
    expect_told(up.lpWPUQuerySocketHandleContext((SOCKET)event, &context, &told), SOCKET_ERROR, WSAENOTSOCK);
    require(up.lpWPUCloseSocketHandle(s, &told) == 0);
    expect_told(up.lpWPUQuerySocketHandleContext(s, &context, &told), SOCKET_ERROR, WSAENOTSOCK);
    expect_eq(context, POISON);
}

EXTENSION_CASE("wpuclosesockethandle/returns/zero") {
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    expect_told(up.lpWPUCloseSocketHandle(s, &told), 0, POISON);
    expect_told(up.lpWPUCloseSocketHandle(s, &told), SOCKET_ERROR, WSAENOTSOCK);
}

EXTENSION_CASE("wpuclosesockethandle/returns/protected") {
    SOCKET s;
    HANDLE handle;
    DWORD flags = POISON;
    get_upcalls();
    s = handle_with(1);
    handle = (HANDLE)(ULONG_PTR)s;
    require(SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
    expect_eq(CloseHandle(handle), FALSE);
    expect_told(up.lpWPUCloseSocketHandle(s, &told), 0, POISON);
    expect_eq(GetHandleInformation(handle, &flags), FALSE);
}

EXTENSION_CASE("wpuclosesockethandle/error/WSAENOTSOCK") {
    SOCKET of_base;
    HANDLE event = manual_event();
    get_upcalls();
    of_base = udp_at(NULL);
    expect_told(up.lpWPUCloseSocketHandle(of_base, &told), SOCKET_ERROR, WSAENOTSOCK);
    expect_told(up.lpWPUCloseSocketHandle((SOCKET)event, &told), SOCKET_ERROR, WSAENOTSOCK);
    expect_eq(closesocket(of_base), 0);
    expect_eq(CloseHandle(event), TRUE);
}

EXTENSION_CASE("wpumodifyifshandle/returns/same") {
    SOCKET s;
    get_upcalls();
    s = udp();
    expect_told(up.lpWPUModifyIFSHandle(entry, s, &told), s, POISON);
}

EXTENSION_CASE("wpumodifyifshandle/error/WSAEINVAL") {
    SOCKET s;
    get_upcalls();
    s = udp();
    expect_told(up.lpWPUModifyIFSHandle(99999, s, &told), INVALID_SOCKET, WSAEINVAL);
    expect_told(up.lpWPUModifyIFSHandle(entry, INVALID_SOCKET, &told), INVALID_SOCKET, WSAEINVAL);
}

/* ---- Sets, messages, hooks, paths ---- */

EXTENSION_CASE("wpufdisset/returns/membership") {
    fd_set set;
    get_upcalls();
    FD_ZERO(&set);
    FD_SET(5, &set);
    expect(up.lpWPUFDIsSet(5, &set) != 0);
    expect_eq(up.lpWPUFDIsSet(6, &set), 0);
}

EXTENSION_CASE("wpupostmessage/returns/true") {
    HWND window = message_window();
    MSG message;
    get_upcalls();
    expect_eq(up.lpWPUPostMessage(window, WM_SOCKET, 7, 8), TRUE);
    expect(PeekMessageA(&message, window, WM_SOCKET, WM_SOCKET, PM_REMOVE));
    expect_eq(message.wParam, 7);
    expect_eq(message.lParam, 8);
    require(DestroyWindow(window));
    expect_eq(up.lpWPUPostMessage(window, WM_SOCKET, 7, 8), FALSE);
}

EXTENSION_CASE("wpuqueryblockingcallback/returns/none") {
    LPBLOCKINGCALLBACK callback = (LPBLOCKINGCALLBACK)(ULONG_PTR)POISON;
    DWORD_PTR context = POISON;
    get_upcalls();
    expect_told(up.lpWPUQueryBlockingCallback(entry, &callback, &context, &told), 0, POISON);
    expect(callback == NULL);
}

EXTENSION_CASE("wpuqueryblockingcallback/error/WSAEINVAL") {
    LPBLOCKINGCALLBACK callback;
    DWORD_PTR context;
    get_upcalls();
    expect_told(up.lpWPUQueryBlockingCallback(99999, &callback, &context, &told), SOCKET_ERROR, WSAEINVAL);
}

EXTENSION_CASE("wpugetproviderpath/returns/path") {
    WCHAR path[MAX_PATH], expected[MAX_PATH];
    INT length = MAX_PATH;
    get_upcalls();
    beside(expected, L"provider.dll");
    expect_told(up.lpWPUGetProviderPath(&chain_id, path, &length, &told), 0, POISON);
    expect_eq(wcscmp(path, expected), 0);
    length = 1;
    expect_told(up.lpWPUGetProviderPath(&chain_id, path, &length, &told), SOCKET_ERROR, WSAEFAULT);
}

/* ---- Calls that are queued for threads ---- */

static volatile LONG calls;
static DWORD_PTR with;
static DWORD ran_in;

static void CALLBACK called(DWORD_PTR context) {
    with = context;
    ran_in = GetCurrentThreadId();
    calls++;
}

EXTENSION_CASE("wpuqueueapc/runs/alertable") {
    WSATHREADID self;
    DWORD_PTR whole = (DWORD_PTR)&self;
    get_upcalls();
    require(up.lpWPUOpenCurrentThread(&self, &told) == 0);
    expect_told(up.lpWPUQueueApc(&self, called, whole, &told), 0, POISON);
    Sleep(10);
    expect_eq(calls, 0);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect_eq(calls, 1);
    expect(with == whole);
}

static DWORD WINAPI queues(void *argument) {
    return up.lpWPUQueueApc((LPWSATHREADID)argument, called, 7, &told);
}

EXTENSION_CASE("wpuqueueapc/runs/in-the-thread") {
    WSATHREADID self;
    HANDLE thread;
    get_upcalls();
    require(up.lpWPUOpenCurrentThread(&self, &told) == 0);
    thread = CreateThread(NULL, 0, queues, &self, 0, NULL);
    expect_eq(SleepEx(PATIENCE, TRUE), WAIT_IO_COMPLETION);
    expect(signalled(thread, PATIENCE));
    expect_eq(calls, 1);
    expect_eq(ran_in, GetCurrentThreadId());
}

EXTENSION_CASE("wpuqueueapc/error/WSAEFAULT") {
    WSATHREADID self, nobody;
    get_upcalls();
    memset(&nobody, 0xee, sizeof nobody);
    require(up.lpWPUOpenCurrentThread(&self, &told) == 0);
    expect_told(up.lpWPUQueueApc(&nobody, called, 0, &told), SOCKET_ERROR, WSAEFAULT);
    expect_told(up.lpWPUQueueApc(NULL, called, 0, &told), SOCKET_ERROR, WSAEFAULT);
    expect_told(up.lpWPUQueueApc(&self, NULL, 0, &told), SOCKET_ERROR, WSAEFAULT);
    require(up.lpWPUCloseThread(&self, &told) == 0);
    expect_told(up.lpWPUQueueApc(&self, called, 0, &told), SOCKET_ERROR, WSAEFAULT);
}

EXTENSION_CASE("wpuopencurrentthread/returns/zero") {
    WSATHREADID first, second;
    get_upcalls();
    expect_told(up.lpWPUOpenCurrentThread(&first, &told), 0, POISON);
    expect_eq(up.lpWPUOpenCurrentThread(&second, &told), 0);
    expect_eq(up.lpWPUCloseThread(&first, &told), 0);
    expect_eq(up.lpWPUQueueApc(&second, called, 1, &told), 0);
    expect_eq(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
}

EXTENSION_CASE("wpuopencurrentthread/error/WSANOTINITIALISED") {
    WSATHREADID self;
    get_upcalls();
    require(WSACleanup() == 0);
    expect_told(up.lpWPUOpenCurrentThread(&self, &told), SOCKET_ERROR, WSANOTINITIALISED);
}

EXTENSION_CASE("wpuclosethread/returns/zero") {
    WSATHREADID self;
    get_upcalls();
    require(up.lpWPUOpenCurrentThread(&self, &told) == 0);
    expect_told(up.lpWPUCloseThread(&self, &told), 0, POISON);
    expect_told(up.lpWPUCloseThread(&self, &told), SOCKET_ERROR, WSAEFAULT);
}

/* ---- WPUCompleteOverlappedRequest ---- */

/* A request as a provider keeps it while it pends. */
static WSAOVERLAPPED pending_with(HANDLE event) {
    WSAOVERLAPPED over;
    memset(&over, 0, sizeof over);
    over.Internal = WSS_OPERATION_IN_PROGRESS;
    over.Offset = 11;
    over.OffsetHigh = 22;
    over.hEvent = event;
    return over;
}

EXTENSION_CASE("wpucompleteoverlappedrequest/ends/event") {
    WSAOVERLAPPED over = pending_with(manual_event());
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    expect_told(WPUCompleteOverlappedRequest(s, &over, 0, 7, &told), 0, POISON);
    expect(signalled(over.hEvent, 0));
    expect_eq((DWORD)over.Internal, 0);
    expect_eq(over.InternalHigh, 7);
}

EXTENSION_CASE("wpucompleteoverlappedrequest/ends/port") {
    WSAOVERLAPPED over = pending_with(NULL);
    HANDLE port = new_port();
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    associate(port, s, 77);
    expect_eq(WPUCompleteOverlappedRequest(s, &over, 0, 7, &told), 0);
    expect_packet(port, 77, &over, 7, NO_ERROR);
}

EXTENSION_CASE("wpucompleteoverlappedrequest/ends/failure") {
    WSAOVERLAPPED over = pending_with(NULL);
    HANDLE port = new_port();
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    associate(port, s, 77);
    expect_eq(WPUCompleteOverlappedRequest(s, &over, WSA_OPERATION_ABORTED, 0, &told), 0);
    expect_packet(port, 77, &over, 0, ERROR_OPERATION_ABORTED);
    expect((DWORD)over.Internal != 0);
}

EXTENSION_CASE("wpucompleteoverlappedrequest/ends/codes") {
    static const DWORD codes[][2] = {{WSAECONNRESET, ERROR_NETNAME_DELETED},
                                     {WSAECONNABORTED, ERROR_CONNECTION_ABORTED},
                                     {WSAECONNREFUSED, ERROR_CONNECTION_REFUSED},
                                     {WSAEMSGSIZE, ERROR_MORE_DATA},
                                     {WSAENOBUFS, WSAENOBUFS}};
    WSAOVERLAPPED over;
    HANDLE port = new_port();
    SOCKET s;
    size_t i;
    get_upcalls();
    s = handle_with(1);
    associate(port, s, 77);
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        over = pending_with(NULL);
        expect_eq(WPUCompleteOverlappedRequest(s, &over, codes[i][0], 3, &told), 0);
        expect_packet(port, 77, &over, 3, codes[i][1]);
    }
}

EXTENSION_CASE("wpucompleteoverlappedrequest/ends/no-packet") {
    HANDLE event = manual_event(), port = new_port();
    WSAOVERLAPPED over = pending_with((HANDLE)((ULONG_PTR)event | 1));
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    associate(port, s, 77);
    expect_eq(WPUCompleteOverlappedRequest(s, &over, 0, 7, &told), 0);
    expect(signalled(event, 0));
    expect_no_packet(port);
}

EXTENSION_CASE("wpucompleteoverlappedrequest/ends/handle") {
    WSAOVERLAPPED over = pending_with(NULL);
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    expect(!signalled((HANDLE)s, 0));
    expect_eq(WPUCompleteOverlappedRequest(s, &over, 0, 7, &told), 0);
    expect(signalled((HANDLE)s, 0));
}

EXTENSION_CASE("wpucompleteoverlappedrequest/writes/internal-last") {
    WSAOVERLAPPED over = pending_with(NULL);
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    expect(!HasOverlappedIoCompleted(&over));
    expect_eq(WPUCompleteOverlappedRequest(s, &over, 0, 7, &told), 0);
    expect(HasOverlappedIoCompleted(&over));
    expect_eq(over.InternalHigh, 7);
    expect_eq(over.Offset, 11);
    expect_eq(over.OffsetHigh, 22);
}

EXTENSION_CASE("wpucompleteoverlappedrequest/error/WSAEINVAL") {
    WSAOVERLAPPED over = pending_with(NULL);
    SOCKET s, of_base;
    get_upcalls();
    s = handle_with(1);
    of_base = udp();
    require(up.lpWPUCloseSocketHandle(s, &told) == 0);
    expect_told(WPUCompleteOverlappedRequest(s, &over, 0, 7, &told), SOCKET_ERROR, WSAEINVAL);
    expect_told(WPUCompleteOverlappedRequest(of_base, &over, 0, 7, &told), SOCKET_ERROR, WSAEINVAL);
    expect_eq((DWORD)over.Internal, WSS_OPERATION_IN_PROGRESS);
}

EXTENSION_CASE("wpucompleteoverlappedrequest/error/WSAEFAULT") {
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    expect_told(WPUCompleteOverlappedRequest(s, NULL, 0, 7, &told), SOCKET_ERROR, WSAEFAULT);
}

EXTENSION_CASE("cancelioex/layered/not-found") {
    WSAOVERLAPPED over = pending_with(NULL);
    SOCKET s;
    get_upcalls();
    s = handle_with(1);
    expect_false(CancelIoEx((HANDLE)s, &over), ERROR_NOT_FOUND);
    expect_false(CancelIoEx((HANDLE)s, NULL), ERROR_NOT_FOUND);
    expect_eq(CancelIo((HANDLE)s), TRUE);
    expect_eq((DWORD)over.Internal, WSS_OPERATION_IN_PROGRESS);
}
