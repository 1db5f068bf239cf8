/* What the cases about windows and messages share: a message-only window, and messages that are waited for.
 */
#ifndef CONFORMANCE_MESSAGES_H
#define CONFORMANCE_MESSAGES_H

#include "harness.h"

#define QUIET 50 /* milliseconds in which nothing more comes */
#define WM_SOCKET (WM_APP + 1)

/* Registers a class of this name with this procedure, which must work. */
static inline void register_class(const char *name, WNDPROC procedure) {
    WNDCLASSA it;
    memset(&it, 0, sizeof it);
    it.lpfnWndProc = procedure;
    it.hInstance = GetModuleHandleA(NULL);
    it.lpszClassName = name;
    require(RegisterClassA(&it) != 0);
}

static inline HWND create_window(const char *name, void *parameter) {
    HWND window =
        CreateWindowExA(0, name, "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, GetModuleHandleA(NULL), parameter);
    require(window != NULL);
    return window;
}

/* A message-only window of a class of its own. */
static inline HWND message_window(void) {
    register_class("messages", DefWindowProcA);
    return create_window("messages", NULL);
}

/* Takes the next posted message in this range for the window, or for any with NULL, within this time. */
static inline int take_message(MSG *message, HWND window, UINT first, UINT last, int milliseconds) {
    long long end = now_ms() + milliseconds;
    while (!PeekMessageA(message, window, first, last, PM_REMOVE)) {
        long long left = end - now_ms();
        if (left <= 0) return 0;
        require(MsgWaitForMultipleObjects(0, NULL, FALSE, (DWORD)left, QS_ALLINPUT) != WAIT_FAILED);
    }
    return 1;
}

#endif
