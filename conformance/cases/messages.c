/* The message queues that WSAAsyncSelect needs: posting, taking, waiting, message-only windows
   (clauses/messages.md). */
#include "messages.h"

#define FIRST (WM_APP + 10)
#define SECOND (WM_APP + 11)

/* Makes this thread's queue, and takes what is in it. */
static void empty_queue(void) {
    MSG message;
    while (PeekMessageA(&message, NULL, 0, 0, PM_REMOVE)) continue;
}

static void post(UINT what, WPARAM w, LPARAM l) {
    require(PostThreadMessageA(GetCurrentThreadId(), what, w, l));
}

/* ---- Queues of threads ---- */

CASE("postthreadmessage/message/taken") {
    MSG message;
    empty_queue();
    expect(PostThreadMessageA(GetCurrentThreadId(), FIRST, 7, -8));
    poison(&message, sizeof message);
    expect_eq(GetMessageA(&message, NULL, 0, 0), 1);
    expect(message.hwnd == NULL);
    expect_eq(message.message, FIRST);
    expect_eq(message.wParam, 7);
    expect_eq(message.lParam, -8);
    expect_eq(PeekMessageA(&message, NULL, 0, 0, PM_REMOVE), 0);
}

CASE("postthreadmessage/message/in-order") {
    MSG message;
    int i;
    empty_queue();
    for (i = 0; i < 100; i++) post(FIRST + (UINT)i % 3, (WPARAM)i, 0);
    for (i = 0; i < 100; i++) {
        expect_eq(GetMessageA(&message, NULL, 0, 0), 1);
        expect_eq(message.wParam, i);
    }
}

static DWORD WINAPI without_queue(void *nothing) {
    (void)nothing;
    return 0;
}

CASE("postthreadmessage/error/1444") {
    DWORD id = 0;
    HANDLE thread = CreateThread(NULL, 0, without_queue, NULL, 0, &id);
    require(thread != NULL && signalled(thread, PATIENCE));
    CloseHandle(thread);
    expect_false(PostThreadMessageA(id, FIRST, 0, 0), ERROR_INVALID_THREAD_ID);
}

/* The blocked thread whose queue is made. */
static volatile DWORD with_queue;

static long long act_get_message(void *nothing) {
    MSG message;
    (void)nothing;
    empty_queue();
    with_queue = GetCurrentThreadId();
    return GetMessageA(&message, NULL, 0, 0) > 0 ? (long long)message.wParam : -1;
}

CASE("getmessage/remarks/waits") {
    struct call call;
    begin(&call, act_get_message, NULL);
    expect(PostThreadMessageA(with_queue, FIRST, 42, 0));
    finish(&call);
    expect_eq(call.result, 42);
}

CASE("getmessage/returns/WM_QUIT") {
    MSG message;
    empty_queue();
    PostQuitMessage(5);
    post(FIRST, 0, 0);
    expect_eq(GetMessageA(&message, NULL, 0, 0), 1);
    expect_eq(message.message, FIRST);
    expect_eq(GetMessageA(&message, NULL, 0, 0), 0);
    expect_eq(message.message, WM_QUIT);
    expect_eq(message.wParam, 5);
}

CASE("getmessage/error/1400") {
    HWND gone = message_window();
    MSG message;
    require(DestroyWindow(gone));
    expect_error(GetMessageA(&message, gone, 0, 0), ERROR_INVALID_WINDOW_HANDLE);
}

CASE("peekmessage/remove/not") {
    MSG message;
    empty_queue();
    post(FIRST, 3, 0);
    expect_eq(PeekMessageA(&message, NULL, 0, 0, PM_NOREMOVE), TRUE);
    expect_eq(message.wParam, 3);
    expect_eq(PeekMessageA(&message, NULL, 0, 0, PM_REMOVE), TRUE);
    expect_eq(message.wParam, 3);
    expect_eq(PeekMessageA(&message, NULL, 0, 0, PM_REMOVE), FALSE);
}

CASE("peekmessage/filter/range") {
    MSG message;
    empty_queue();
    post(FIRST, 1, 0);
    post(SECOND, 2, 0);
    expect_eq(PeekMessageA(&message, NULL, SECOND, SECOND, PM_REMOVE), TRUE);
    expect_eq(message.wParam, 2);
    expect_eq(PeekMessageA(&message, NULL, SECOND, SECOND, PM_REMOVE), FALSE);
    expect_eq(PeekMessageA(&message, NULL, FIRST, SECOND, PM_REMOVE), TRUE);
    expect_eq(message.wParam, 1);
}

CASE("peekmessage/filter/window") {
    HWND one = message_window(), other = create_window("messages", NULL);
    MSG message;
    empty_queue();
    post(FIRST, 1, 0);
    expect(PostMessageA(one, FIRST, 2, 0));
    expect(PostMessageA(other, FIRST, 3, 0));
    expect_eq(PeekMessageA(&message, other, 0, 0, PM_REMOVE), TRUE);
    expect_eq(message.wParam, 3);
    expect_eq(PeekMessageA(&message, (HWND)-1, 0, 0, PM_REMOVE), TRUE);
    expect_eq(message.wParam, 1);
    expect_eq(PeekMessageA(&message, NULL, 0, 0, PM_REMOVE), TRUE);
    expect_eq(message.wParam, 2);
    expect(message.hwnd == one);
}

/* ---- Waits ---- */

#define wait_message(handles, count, time)                                                                   \
    MsgWaitForMultipleObjects((count), (handles), FALSE, (time), QS_ALLINPUT)

CASE("msgwait/returns/message") {
    HANDLE all[2];
    all[0] = manual_event();
    all[1] = manual_event();
    empty_queue();
    post(FIRST, 0, 0);
    expect_eq(wait_message(all, 2, PATIENCE), WAIT_OBJECT_0 + 2);
}

CASE("msgwait/returns/object") {
    HANDLE all[2];
    all[0] = manual_event();
    all[1] = manual_event();
    empty_queue();
    require(SetEvent(all[1]));
    expect_eq(wait_message(all, 2, PATIENCE), WAIT_OBJECT_0 + 1);
    post(FIRST, 0, 0);
    expect_eq(wait_message(all, 2, PATIENCE), WAIT_OBJECT_0 + 1);
}

CASE("msgwait/returns/timeout") {
    HANDLE event = manual_event();
    long long start = now_ms();
    empty_queue();
    expect_eq(wait_message(&event, 1, 0), WAIT_TIMEOUT);
    expect_eq(wait_message(&event, 1, 100), WAIT_TIMEOUT);
    expect_between(now_ms() - start, 99, PATIENCE);
}

static long long act_msg_wait(void *event) {
    empty_queue();
    with_queue = GetCurrentThreadId();
    return wait_message((HANDLE *)event, 1, INFINITE);
}

CASE("msgwait/remarks/woken") {
    HANDLE event = manual_event();
    struct call call;
    begin(&call, act_msg_wait, &event);
    expect(PostThreadMessageA(with_queue, FIRST, 0, 0));
    finish(&call);
    expect_eq(call.result, WAIT_OBJECT_0 + 1);
    begin(&call, act_msg_wait, &event);
    require(SetEvent(event));
    finish(&call);
    expect_eq(call.result, WAIT_OBJECT_0);
}

CASE("msgwait/remarks/seen-messages") {
    MSG message;
    empty_queue();
    post(FIRST, 0, 0);
    expect_eq(PeekMessageA(&message, NULL, 0, 0, PM_NOREMOVE), TRUE);
    expect_eq(wait_message(NULL, 0, QUIET), WAIT_TIMEOUT);
    expect_eq(MsgWaitForMultipleObjectsEx(0, NULL, PATIENCE, QS_ALLINPUT, MWMO_INPUTAVAILABLE),
              WAIT_OBJECT_0);
    post(SECOND, 0, 0);
    expect_eq(wait_message(NULL, 0, PATIENCE), WAIT_OBJECT_0);
}

CASE("msgwait/param/wake-mask") {
    empty_queue();
    post(FIRST, 0, 0);
    expect_eq(MsgWaitForMultipleObjects(0, NULL, FALSE, 0, QS_TIMER), WAIT_TIMEOUT);
    expect_eq(MsgWaitForMultipleObjects(0, NULL, FALSE, 0, QS_POSTMESSAGE), WAIT_OBJECT_0);
}

CASE("msgwait/param/all") {
    HANDLE event = manual_event();
    empty_queue();
    post(FIRST, 0, 0);
    expect_eq(MsgWaitForMultipleObjects(1, &event, TRUE, QUIET, QS_ALLINPUT), WAIT_TIMEOUT);
    require(SetEvent(event));
    post(SECOND, 0, 0);
    expect_eq(MsgWaitForMultipleObjectsEx(1, &event, PATIENCE, QS_ALLINPUT, MWMO_WAITALL), WAIT_OBJECT_0);
}

static volatile LONG ran;

static void CALLBACK apc(ULONG_PTR nothing) {
    (void)nothing;
    InterlockedIncrement(&ran);
}

CASE("msgwait/param/alertable") {
    empty_queue();
    require(QueueUserAPC(apc, GetCurrentThread(), 0));
    expect_eq(MsgWaitForMultipleObjectsEx(0, NULL, QUIET, QS_ALLINPUT, 0), WAIT_TIMEOUT);
    expect_eq(ran, 0);
    expect_eq(MsgWaitForMultipleObjectsEx(0, NULL, PATIENCE, QS_ALLINPUT, MWMO_ALERTABLE),
              WAIT_IO_COMPLETION);
    expect_eq(ran, 1);
}

CASE("msgwait/sockets/beside") {
    struct pair one = tcp_pair(), other = tcp_pair();
    HWND window = message_window();
    HANDLE event = manual_event();
    MSG message;
    empty_queue();
    require(WSAEventSelect(one.local, event, FD_READ) == 0);
    require(WSAAsyncSelect(other.local, window, WM_SOCKET, FD_READ) == 0);
    give(other.peer, "x");
    expect_eq(wait_message(&event, 1, PATIENCE), WAIT_OBJECT_0 + 1);
    expect(take_message(&message, window, WM_SOCKET, WM_SOCKET, PATIENCE));
    give(one.peer, "x");
    expect_eq(wait_message(&event, 1, PATIENCE), WAIT_OBJECT_0);
}

/* ---- Windows ---- */

static UINT seen[16];
static int seen_count;
static void *created_with;

static LRESULT CALLBACK note(HWND window, UINT what, WPARAM w, LPARAM l) {
    if (what == WM_NCCREATE) created_with = ((CREATESTRUCTA *)l)->lpCreateParams;
    if (seen_count < 16) seen[seen_count++] = what;
    if (what >= WM_APP) return (LRESULT)w + 1;
    return DefWindowProcA(window, what, w, l);
}

static int has_seen(UINT what) {
    int i;
    for (i = 0; i < seen_count; i++)
        if (seen[i] == what) return 1;
    return 0;
}

CASE("registerclass/error/1410") {
    WNDCLASSA it;
    memset(&it, 0, sizeof it);
    it.lpfnWndProc = note;
    it.hInstance = GetModuleHandleA(NULL);
    it.lpszClassName = "twice";
    expect(RegisterClassA(&it) != 0);
    expect_false(RegisterClassA(&it), ERROR_CLASS_ALREADY_EXISTS);
    expect(UnregisterClassA("twice", it.hInstance));
    expect(RegisterClassA(&it) != 0);
}

CASE("createwindow/error/1407") {
    expect_false(CreateWindowExA(0, "nobody's", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL),
                 ERROR_CANNOT_FIND_WND_CLASS);
}

CASE("createwindow/message-only/created") {
    HWND window;
    register_class("created", note);
    window = create_window("created", &created_with);
    expect(IsWindow(window));
    expect(has_seen(WM_NCCREATE));
    expect(has_seen(WM_CREATE));
    expect(created_with == &created_with);
}

CASE("destroywindow/message-only/destroyed") {
    HWND window;
    register_class("destroyed", note);
    window = create_window("destroyed", NULL);
    expect(DestroyWindow(window));
    expect(has_seen(WM_DESTROY));
    expect(has_seen(WM_NCDESTROY));
    expect(!IsWindow(window));
    expect_false(PostMessageA(window, FIRST, 0, 0), ERROR_INVALID_WINDOW_HANDLE);
}

CASE("dispatchmessage/returns/result") {
    MSG message;
    HWND window;
    register_class("dispatch", note);
    window = create_window("dispatch", NULL);
    seen_count = 0;
    expect(PostMessageA(window, FIRST, 41, 0));
    expect_eq(seen_count, 0);
    expect_eq(GetMessageA(&message, window, 0, 0), 1);
    expect_eq(DispatchMessageA(&message), 42);
    expect_eq(seen_count, 1);
    expect_eq(seen[0], FIRST);
}

CASE("sendmessage/same-thread/at-once") {
    HWND window;
    register_class("send", note);
    window = create_window("send", NULL);
    expect_eq(SendMessageA(window, FIRST, 6, 0), 7);
}

static HWND posted_to;

static DWORD WINAPI post_to_it(void *nothing) {
    (void)nothing;
    return (DWORD)PostMessageA(posted_to, FIRST, 9, 0);
}

CASE("postmessage/remarks/other-thread") {
    MSG message;
    HANDLE thread;
    posted_to = message_window();
    thread = CreateThread(NULL, 0, post_to_it, NULL, 0, NULL);
    require(thread != NULL);
    expect_eq(GetMessageA(&message, posted_to, FIRST, FIRST), 1);
    expect_eq(message.wParam, 9);
}

CASE("setwindowlongptr/user-data/kept") {
    HWND window = message_window();
    int mine;
    expect_eq(GetWindowLongPtrA(window, GWLP_USERDATA), 0);
    expect_eq(SetWindowLongPtrA(window, GWLP_USERDATA, (LONG_PTR)&mine), 0);
    expect(GetWindowLongPtrA(window, GWLP_USERDATA) == (LONG_PTR)&mine);
}
