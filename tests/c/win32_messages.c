/* Message queues and the windows that belong to them: between threads, in their order, with timers, to the end. */
#include "win32_check.h"

#define WM_JOB (WM_APP + 1)
#define WM_DONE (WM_APP + 2)
#define WM_ASK (WM_APP + 3)
#define WM_ASK_BACK (WM_APP + 4)

/* ---- what a window's procedure sees ---- */

typedef struct {
    UINT messages[32];
    HWND windows[32];
    int count;
    LRESULT refuses; /* the message that it refuses */
    char name[32], class_name[32];
    int cx;
    HMENU menu;
} NOTES;

/* As UTF-8; nothing where there is no text, or an atom. */
static void copy(char *to, LPCTSTR from)
{
    *to = 0;
    if ((ULONG_PTR)from > 0xffff)
        wsprintfA(to, sizeof(TCHAR) == 1 ? "%s" : "%S", from);
}

static LRESULT CALLBACK note(HWND window, UINT message, WPARAM w, LPARAM l)
{
    NOTES *notes = (NOTES *)GetWindowLongPtr(window, GWLP_USERDATA);
    if (message == WM_NCCREATE) {
        CREATESTRUCT *it = (CREATESTRUCT *)l;
        notes = (NOTES *)it->lpCreateParams;
        CHECK(SetWindowLongPtr(window, GWLP_USERDATA, (LONG_PTR)notes) == 0);
        copy(notes->name, it->lpszName);
        copy(notes->class_name, it->lpszClass);
        notes->cx = it->cx;
        notes->menu = it->hMenu;
        CHECK(it->x == 0 && it->hInstance == GetModuleHandle(NULL));
    }
    if (notes && notes->count < 32) {
        notes->windows[notes->count] = window;
        notes->messages[notes->count++] = message;
    }
    if (notes && message == notes->refuses)
        return message == WM_CREATE ? -1 : 0;
    if (message == WM_ASK)
        return (LRESULT)w * 2 + l;
    if (message == WM_ASK_BACK) /* asks the window that asked */
        return SendMessage((HWND)w, WM_ASK, 20, 1) + 1;
    return DefWindowProc(window, message, w, l);
}

static ATOM make_class(void)
{
    WNDCLASSEX it;
    ZeroMemory(&it, sizeof it);
    it.cbSize = sizeof it - 1;
    it.lpfnWndProc = note;
    it.cbWndExtra = 2 * sizeof(LONG_PTR);
    it.hInstance = GetModuleHandle(NULL);
    it.lpszClassName = TEXT("Notes");
    CHECK(RegisterClassEx(&it) == 0 && GetLastError() == ERROR_INVALID_PARAMETER);
    it.cbSize = sizeof it;
    return RegisterClassEx(&it);
}

static HWND make_window(NOTES *notes, HWND parent, DWORD style)
{
    ZeroMemory(notes, sizeof *notes);
    return CreateWindow(TEXT("nOTES"), TEXT("na\u00efve"), style, CW_USEDEFAULT, 0, 30, 40, parent, (HMENU)7, NULL, notes);
}

static int saw(const NOTES *notes, int place, HWND window, UINT message)
{
    return place < notes->count && notes->windows[place] == window && notes->messages[place] == message;
}

static void windows(ATOM atom)
{
    static NOTES notes, inner;
    WNDCLASSA ascii;
    HWND window = make_window(&notes, HWND_MESSAGE, WS_VISIBLE), child, by_atom;
    CHECK(window && IsWindow(window) && notes.count == 2);
    CHECK(saw(&notes, 0, window, WM_NCCREATE) && saw(&notes, 1, window, WM_CREATE));
    CHECK(strcmp(notes.name, "na\u00efve") == 0 && strcmp(notes.class_name, "nOTES") == 0);
    CHECK(notes.cx == 30 && notes.menu == (HMENU)7 && GetWindowLongPtr(window, GWLP_ID) == 7);
    CHECK((ULONG_PTR)window < 0x80000000);
    CHECK(!CloseHandle((HANDLE)window) && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(WaitForSingleObject((HANDLE)window, 0) == WAIT_FAILED && IsWindow(window));

    /* one in it, which ends with it and hears of it in between */
    child = CreateWindow(TEXT("Notes"), NULL, WS_CHILD | WS_VISIBLE, 0, 0, 0, 0, window, NULL, NULL, &inner);
    SetWindowLongPtr(child, GWLP_USERDATA, (LONG_PTR)&notes);
    CHECK(child && child != window);
    CHECK(PostMessage(window, WM_JOB, 0, 0) && DestroyWindow(window));
    CHECK(notes.count == 6 && saw(&notes, 2, window, WM_DESTROY) && saw(&notes, 3, child, WM_DESTROY));
    CHECK(saw(&notes, 4, child, WM_NCDESTROY) && saw(&notes, 5, window, WM_NCDESTROY));
    CHECK(!IsWindow(window) && !IsWindow(child));
    CHECK(!DestroyWindow(window) && GetLastError() == ERROR_INVALID_WINDOW_HANDLE);
    {
        MSG message;
        CHECK(!PeekMessage(&message, NULL, WM_JOB, WM_JOB, PM_REMOVE));
        CHECK(!PeekMessage(&message, window, 0, 0, PM_REMOVE) && GetLastError() == ERROR_INVALID_WINDOW_HANDLE);
    }

    /* refused */
    ZeroMemory(&inner, sizeof inner);
    inner.refuses = WM_NCCREATE;
    CHECK(!CreateWindow(TEXT("Notes"), NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, &inner));
    CHECK(inner.count == 2 && inner.messages[1] == WM_NCDESTROY && !IsWindow(inner.windows[0]));
    ZeroMemory(&inner, sizeof inner);
    inner.refuses = WM_CREATE;
    CHECK(!CreateWindow(TEXT("Notes"), NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, &inner));
    CHECK(inner.count == 4 && inner.messages[2] == WM_DESTROY && inner.messages[3] == WM_NCDESTROY);

    /* not to be had */
    CHECK(!make_window(&inner, NULL, WS_OVERLAPPEDWINDOW | WS_VISIBLE));
    CHECK(GetLastError() == ERROR_REQUIRES_INTERACTIVE_WINDOWSTATION);
    CHECK(!make_window(&inner, NULL, WS_CHILD) && GetLastError() == ERROR_TLW_WITH_WSCHILD);
    CHECK(!make_window(&inner, window, 0) && GetLastError() == ERROR_INVALID_WINDOW_HANDLE);

    /* an ordinary one, by atom, which WM_CLOSE ends */
    ZeroMemory(&inner, sizeof inner);
    by_atom = CreateWindow(MAKEINTATOM(atom), NULL, WS_OVERLAPPEDWINDOW, 0, 0, 0, 0, NULL, NULL, NULL, &inner);
    CHECK(by_atom && !UnregisterClass(TEXT("Notes"), NULL) && GetLastError() == ERROR_CLASS_HAS_WINDOWS);
    CHECK(SendMessage(by_atom, WM_CLOSE, 0, 0) == 0 && !IsWindow(by_atom));
    CHECK(SendMessage(by_atom, WM_CLOSE, 0, 0) == 0 && GetLastError() == ERROR_INVALID_WINDOW_HANDLE);

    /* a class in the one width and a window in the other */
    ZeroMemory(&ascii, sizeof ascii);
    CHECK(!RegisterClassA(&ascii) && GetLastError() == ERROR_INVALID_PARAMETER);
    ascii.lpfnWndProc = DefWindowProcA;
    ascii.lpszClassName = "\xc3\x9c"; /* U umlaut */
    CHECK(RegisterClassA(&ascii));
    window = CreateWindowExW(0, L"\u00dc", L"x", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    CHECK(window && DestroyWindow(window) && UnregisterClassW(L"\u00fc", NULL));
    CHECK(!UnregisterClassW(L"\u00dc", NULL) && GetLastError() == ERROR_CLASS_DOES_NOT_EXIST);
    window = CreateWindow(TEXT("STATIC"), NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    CHECK(window && DestroyWindow(window));
    CHECK(!GetModuleHandle(TEXT("no_such_module")) && GetLastError() == ERROR_MOD_NOT_FOUND);
}

static LRESULT CALLBACK doubled(HWND window, UINT message, WPARAM w, LPARAM l)
{
    return CallWindowProc(note, window, message, w * 2, l);
}

static void kept(void)
{
    static NOTES notes;
    HWND window = make_window(&notes, HWND_MESSAGE, 0);
    CHECK(SetWindowLongPtr(window, sizeof(LONG_PTR), -5) == 0 && GetWindowLongPtr(window, sizeof(LONG_PTR)) == -5);
    CHECK(GetWindowLongPtr(window, 0) == 0 && SetWindowLong(window, 3, 77) == 0 && GetWindowLong(window, 3) == 77);
    CHECK(GetWindowLongPtr(window, sizeof(LONG_PTR) + 1) == 0 && GetLastError() == ERROR_INVALID_INDEX);
    CHECK(SetWindowLongPtr(window, -99, 1) == 0 && GetLastError() == ERROR_INVALID_INDEX);
    CHECK(GetWindowLong(window, GWL_STYLE) == 0 && GetWindowLongPtr(NULL, 0) == 0);
    CHECK(GetLastError() == ERROR_INVALID_WINDOW_HANDLE);
    CHECK(SendMessage(window, WM_ASK, 4, 1) == 9);
    CHECK((WNDPROC)SetWindowLongPtr(window, GWLP_WNDPROC, (LONG_PTR)doubled) == note);
    CHECK(SendMessage(window, WM_ASK, 4, 1) == 17);
    CHECK(DestroyWindow(window));
}

/* ---- a worker with a message loop, as programs have it ---- */

typedef struct {
    HANDLE ready;
    HWND window, home;
    int done;
} WORKER;

static DWORD WINAPI work(LPVOID given)
{
    static NOTES notes;
    WORKER *worker = (WORKER *)given;
    MSG message;
    BOOL any;
    PeekMessage(&message, NULL, WM_USER, WM_USER, PM_NOREMOVE); /* makes the queue */
    worker->window = make_window(&notes, HWND_MESSAGE, 0);
    SetEvent(worker->ready);
    while ((any = GetMessage(&message, NULL, 0, 0)) > 0) {
        if (message.message == WM_JOB && message.hwnd == NULL) {
            worker->done++;
            CHECK(PostMessage(worker->home, WM_DONE, message.wParam, message.lParam * 2));
        }
        TranslateMessage(&message);
        DispatchMessage(&message);
    }
    CHECK(any == 0 && message.message == WM_QUIT);
    return (DWORD)message.wParam;
}

static void between_threads(void)
{
    enum { JOBS = 500 };
    static NOTES notes;
    WORKER worker;
    DWORD id, code;
    HANDLE thread;
    MSG message;
    int i, sum = 0;
    ZeroMemory(&worker, sizeof worker);
    worker.ready = CreateEvent(NULL, FALSE, FALSE, NULL);
    worker.home = make_window(&notes, HWND_MESSAGE, 0);
    thread = CreateThread(NULL, 0, work, &worker, 0, &id);
    CHECK(WaitForSingleObject(worker.ready, LATE) == WAIT_OBJECT_0);
    for (i = 0; i < JOBS; i++)
        CHECK(PostThreadMessage(id, WM_JOB, (WPARAM)i, i));
    for (i = 0; i < JOBS; i++) {
        CHECK(GetMessage(&message, worker.home, WM_DONE, WM_DONE) > 0);
        CHECK(message.wParam == (WPARAM)i && message.lParam == 2 * i && message.hwnd == worker.home);
        sum++;
    }
    CHECK(sum == JOBS && worker.done == JOBS);

    /* its window is asked there, and asks ours while we wait */
    CHECK(SendMessage(worker.window, WM_ASK, 3, 1) == 7);
    CHECK(SendMessage(worker.window, WM_ASK_BACK, (WPARAM)worker.home, 0) == 42);
    CHECK(!DestroyWindow(worker.window) && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(GetMessage(&message, worker.window, 0, 0) == -1 && GetLastError() == ERROR_WINDOW_OF_OTHER_THREAD);

    /* the end: posted as a message, and everything of the thread goes with it */
    CHECK(PostThreadMessage(id, WM_QUIT, 33, 0) && WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 33);
    CHECK(!IsWindow(worker.window) && !PostMessage(worker.window, WM_JOB, 0, 0));
    CHECK(!PostThreadMessage(id, WM_JOB, 0, 0) && GetLastError() == ERROR_INVALID_THREAD_ID);
    CHECK(DestroyWindow(worker.home) && CloseHandle(thread) && CloseHandle(worker.ready));
}

static DWORD WINAPI never_answer(LPVOID given)
{
    static NOTES notes;
    WORKER *worker = (WORKER *)given;
    worker->window = make_window(&notes, HWND_MESSAGE, 0);
    SetEvent(worker->ready);
    /* by then it was sent; nobody looks for it */
    CHECK(MsgWaitForMultipleObjects(0, NULL, FALSE, LATE, QS_SENDMESSAGE) == WAIT_OBJECT_0);
    return 0;
}

static void unanswered(void)
{
    WORKER worker;
    HANDLE thread;
    ZeroMemory(&worker, sizeof worker);
    worker.ready = CreateEvent(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, never_answer, &worker, 0, NULL);
    CHECK(WaitForSingleObject(worker.ready, LATE) == WAIT_OBJECT_0);
    CHECK(SendMessage(worker.window, WM_ASK, 3, 1) == 0);
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(worker.ready);
}

/* ---- timers, waits, limits ---- */

static int rang;

static VOID CALLBACK ring(HWND window, UINT message, UINT_PTR id, DWORD time)
{
    (void)time;
    CHECK(window == NULL && message == WM_TIMER && id != 0);
    rang++;
}

static void timers(void)
{
    static NOTES notes;
    HWND window = make_window(&notes, HWND_MESSAGE, 0);
    HANDLE event = CreateEvent(NULL, TRUE, FALSE, NULL);
    UINT_PTR id = SetTimer(NULL, 0, 1, ring);
    MSG message;
    CHECK(id && SetTimer(NULL, id, 10, ring) == id);
    while (rang < 3 && GetMessage(&message, NULL, 0, 0) > 0)
        DispatchMessage(&message);
    message.lParam = (LPARAM)note; /* a message cannot name any routine */
    CHECK(DispatchMessage(&message) == 0);
    CHECK(KillTimer(NULL, id) && !KillTimer(NULL, id) && GetLastError() == ERROR_INVALID_PARAMETER);

    CHECK(SetTimer(window, 5, 10, NULL) && PostMessage(window, WM_JOB, 0, 0));
    CHECK(MsgWaitForMultipleObjects(1, &event, FALSE, LATE, QS_TIMER) == WAIT_OBJECT_0 + 1);
    CHECK(GetMessage(&message, window, 0, 0) > 0 && message.message == WM_JOB); /* posted ones come first */
    CHECK(GetMessage(&message, window, 0, 0) > 0 && message.message == WM_TIMER && message.wParam == 5);
    CHECK(DispatchMessage(&message) == 0 && saw(&notes, notes.count - 1, window, WM_TIMER));
    CHECK(DestroyWindow(window));
    CHECK(MsgWaitForMultipleObjects(1, &event, FALSE, 50, QS_TIMER) == WAIT_TIMEOUT);
    CHECK(CloseHandle(event));
}

static void limits(void)
{
    HANDLE events[64];
    MSG message;
    int i;
    for (i = 0; i < 64; i++)
        events[i] = CreateEvent(NULL, TRUE, i == 62, NULL);
    while (PeekMessage(&message, NULL, 0, 0, PM_REMOVE))
        continue;
    CHECK(MsgWaitForMultipleObjects(63, events, FALSE, LATE, QS_ALLINPUT) == WAIT_OBJECT_0 + 62);
    CHECK(MsgWaitForMultipleObjects(64, events, FALSE, 0, QS_ALLINPUT) == WAIT_FAILED);
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    events[1] = events[0];
    CHECK(MsgWaitForMultipleObjects(2, events, TRUE, 0, QS_ALLINPUT) == WAIT_FAILED);
    CHECK(MsgWaitForMultipleObjects(1, NULL, FALSE, 0, QS_ALLINPUT) == WAIT_FAILED && GetLastError() == ERROR_NOACCESS);
    CHECK(MsgWaitForMultipleObjectsEx(0, NULL, 0, QS_ALLINPUT, 0x100) == WAIT_FAILED);
    CHECK(!PeekMessage(NULL, NULL, 0, 0, PM_REMOVE) && GetLastError() == ERROR_NOACCESS);
    for (i = 0; PostMessage(NULL, WM_JOB, 0, 0); i++)
        continue;
    CHECK(i == 10000 && GetLastError() == ERROR_NOT_ENOUGH_QUOTA);
    CHECK(WaitMessage());
    PostQuitMessage(9);
    CHECK(PeekMessage(&message, NULL, 0, 0, PM_REMOVE | PM_QS_SENDMESSAGE) == 0);
    for (i = 0; GetMessage(&message, NULL, WM_JOB, WM_JOB) > 0; i++)
        CHECK(message.hwnd == NULL && message.pt.x == 0 && DispatchMessage(&message) == 0);
    CHECK(i == 10000 && message.message == WM_QUIT && message.wParam == 9);
    CHECK(!PeekMessage(&message, NULL, 0, 0, PM_REMOVE));
    message.message = WM_KEYDOWN;
    CHECK(TranslateMessage(&message));
}

int main(void)
{
    ATOM atom = make_class();
    CHECK(atom != 0);
    windows(atom);
    kept();
    between_threads();
    unanswered();
    timers();
    limits();
    CHECK(UnregisterClass(MAKEINTATOM(atom), GetModuleHandle(NULL)));
    DONE();
}
