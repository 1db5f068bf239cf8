/* winuser.h: message queues, and windows that nobody sees: what programs need to be told of events by messages.
 *
 * There is no screen: nothing is drawn or shown, and a window with WS_VISIBLE cannot be made. A window's procedure
 * is told of its own beginning and end, and what programs and this library's functions send or post. The
 * constants of messages are those that can come; the styles are those that programs pass. */
#ifndef OPENWS2_WINUSER_H
#define OPENWS2_WINUSER_H
#include "windef.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

/* ---------------------------------------------------------------- messages */
#define WM_APP 0x8000
#define WM_CLOSE 0x0010
#define WM_CREATE 0x0001
#define WM_DESTROY 0x0002
#define WM_KEYDOWN 0x0100
#define WM_KEYUP 0x0101
#define WM_NCCREATE 0x0081
#define WM_NCDESTROY 0x0082
#define WM_NULL 0x0000
#define WM_QUIT 0x0012
#define WM_SYSKEYDOWN 0x0104
#define WM_SYSKEYUP 0x0105
#define WM_TIMER 0x0113
#define WM_USER 0x0400

#define PM_NOREMOVE 0x0000
#define PM_NOYIELD 0x0002
#define PM_QS_INPUT 0x4070000
#define PM_QS_PAINT 0x200000
#define PM_QS_POSTMESSAGE 0x980000
#define PM_QS_SENDMESSAGE 0x400000
#define PM_REMOVE 0x0001

#define QS_ALLEVENTS 0x04bf
#define QS_ALLINPUT 0x04ff
#define QS_ALLPOSTMESSAGE 0x0100
#define QS_HOTKEY 0x0080
#define QS_INPUT 0x0407
#define QS_KEY 0x0001
#define QS_MOUSE 0x0006
#define QS_MOUSEBUTTON 0x0004
#define QS_MOUSEMOVE 0x0002
#define QS_PAINT 0x0020
#define QS_POSTMESSAGE 0x0008
#define QS_RAWINPUT 0x0400
#define QS_SENDMESSAGE 0x0040
#define QS_TIMER 0x0010

#define MWMO_ALERTABLE 0x0002
#define MWMO_INPUTAVAILABLE 0x0004
#define MWMO_NONE 0x0000
#define MWMO_WAITALL 0x0001

#define USER_TIMER_MAXIMUM 0x7fffffff
#define USER_TIMER_MINIMUM 0x000a

typedef struct tagMSG {
    HWND hwnd;
    UINT message;
    WPARAM wParam;
    LPARAM lParam;
    DWORD time;
    POINT pt;
} MSG, *PMSG, *NPMSG, *LPMSG;

typedef VOID(CALLBACK *TIMERPROC)(HWND window, UINT message, UINT_PTR id, DWORD time);

#define MAKEINTATOM(atom) ((LPTSTR)(ULONG_PTR)(WORD)(atom))
#define MAKEWPARAM(low, high) ((WPARAM)(DWORD)MAKELONG(low, high))
#define MAKELPARAM(low, high) ((LPARAM)(DWORD)MAKELONG(low, high))
#define MAKELRESULT(low, high) ((LRESULT)(DWORD)MAKELONG(low, high))

/* ---------------------------------------------------------------- windows */
#define HWND_MESSAGE ((HWND)(INT_PTR)-3)
#define CW_USEDEFAULT ((int)0x80000000)

#define WS_BORDER 0x00800000
#define WS_CAPTION 0x00c00000
#define WS_CHILD 0x40000000
#define WS_CHILDWINDOW 0x40000000
#define WS_CLIPCHILDREN 0x02000000
#define WS_CLIPSIBLINGS 0x04000000
#define WS_DISABLED 0x08000000
#define WS_DLGFRAME 0x00400000
#define WS_EX_APPWINDOW 0x00040000
#define WS_EX_NOACTIVATE 0x08000000
#define WS_EX_NOPARENTNOTIFY 0x00000004
#define WS_EX_TOOLWINDOW 0x00000080
#define WS_EX_TOPMOST 0x00000008
#define WS_EX_TRANSPARENT 0x00000020
#define WS_GROUP 0x00020000
#define WS_HSCROLL 0x00100000
#define WS_ICONIC 0x20000000
#define WS_MAXIMIZE 0x01000000
#define WS_MAXIMIZEBOX 0x00010000
#define WS_MINIMIZE 0x20000000
#define WS_MINIMIZEBOX 0x00020000
#define WS_OVERLAPPED 0x00000000
#define WS_OVERLAPPEDWINDOW 0x00cf0000
#define WS_POPUP 0x80000000
#define WS_POPUPWINDOW 0x80880000
#define WS_SIZEBOX 0x00040000
#define WS_SYSMENU 0x00080000
#define WS_TABSTOP 0x00010000
#define WS_THICKFRAME 0x00040000
#define WS_TILED 0x00000000
#define WS_TILEDWINDOW 0x00cf0000
#define WS_VISIBLE 0x10000000
#define WS_VSCROLL 0x00200000

#define CS_BYTEALIGNCLIENT 0x1000
#define CS_BYTEALIGNWINDOW 0x2000
#define CS_CLASSDC 0x0040
#define CS_DBLCLKS 0x0008
#define CS_GLOBALCLASS 0x4000
#define CS_HREDRAW 0x0002
#define CS_NOCLOSE 0x0200
#define CS_OWNDC 0x0020
#define CS_PARENTDC 0x0080
#define CS_SAVEBITS 0x0800
#define CS_VREDRAW 0x0001

#define GWLP_HINSTANCE (-6)
#define GWLP_ID (-12)
#define GWLP_USERDATA (-21)
#define GWLP_WNDPROC (-4)
#define GWL_EXSTYLE (-20)
#define GWL_ID (-12)
#define GWL_STYLE (-16)
#if __SIZEOF_POINTER__ == 4 /* where they are no longer than a LONG */
#define GWL_WNDPROC GWLP_WNDPROC
#define GWL_HINSTANCE GWLP_HINSTANCE
#define GWL_USERDATA GWLP_USERDATA
#endif

typedef LRESULT(CALLBACK *WNDPROC)(HWND window, UINT message, WPARAM wparam, LPARAM lparam);

typedef struct tagWNDCLASSA {
    UINT style;
    WNDPROC lpfnWndProc;
    int cbClsExtra;
    int cbWndExtra;
    HINSTANCE hInstance;
    HICON hIcon;
    HCURSOR hCursor;
    HBRUSH hbrBackground;
    LPCSTR lpszMenuName;
    LPCSTR lpszClassName;
} WNDCLASSA, *PWNDCLASSA, *NPWNDCLASSA, *LPWNDCLASSA;

typedef struct tagWNDCLASSW {
    UINT style;
    WNDPROC lpfnWndProc;
    int cbClsExtra;
    int cbWndExtra;
    HINSTANCE hInstance;
    HICON hIcon;
    HCURSOR hCursor;
    HBRUSH hbrBackground;
    LPCWSTR lpszMenuName;
    LPCWSTR lpszClassName;
} WNDCLASSW, *PWNDCLASSW, *NPWNDCLASSW, *LPWNDCLASSW;

typedef struct tagWNDCLASSEXA {
    UINT cbSize;
    UINT style;
    WNDPROC lpfnWndProc;
    int cbClsExtra;
    int cbWndExtra;
    HINSTANCE hInstance;
    HICON hIcon;
    HCURSOR hCursor;
    HBRUSH hbrBackground;
    LPCSTR lpszMenuName;
    LPCSTR lpszClassName;
    HICON hIconSm;
} WNDCLASSEXA, *PWNDCLASSEXA, *NPWNDCLASSEXA, *LPWNDCLASSEXA;

typedef struct tagWNDCLASSEXW {
    UINT cbSize;
    UINT style;
    WNDPROC lpfnWndProc;
    int cbClsExtra;
    int cbWndExtra;
    HINSTANCE hInstance;
    HICON hIcon;
    HCURSOR hCursor;
    HBRUSH hbrBackground;
    LPCWSTR lpszMenuName;
    LPCWSTR lpszClassName;
    HICON hIconSm;
} WNDCLASSEXW, *PWNDCLASSEXW, *NPWNDCLASSEXW, *LPWNDCLASSEXW;

typedef struct tagCREATESTRUCTA {
    LPVOID lpCreateParams;
    HINSTANCE hInstance;
    HMENU hMenu;
    HWND hwndParent;
    int cy;
    int cx;
    int y;
    int x;
    LONG style;
    LPCSTR lpszName;
    LPCSTR lpszClass;
    DWORD dwExStyle;
} CREATESTRUCTA, *LPCREATESTRUCTA;

typedef struct tagCREATESTRUCTW {
    LPVOID lpCreateParams;
    HINSTANCE hInstance;
    HMENU hMenu;
    HWND hwndParent;
    int cy;
    int cx;
    int y;
    int x;
    LONG style;
    LPCWSTR lpszName;
    LPCWSTR lpszClass;
    DWORD dwExStyle;
} CREATESTRUCTW, *LPCREATESTRUCTW;

#ifdef UNICODE
typedef WNDCLASSW WNDCLASS, *PWNDCLASS, *NPWNDCLASS, *LPWNDCLASS;
typedef WNDCLASSEXW WNDCLASSEX, *PWNDCLASSEX, *NPWNDCLASSEX, *LPWNDCLASSEX;
typedef CREATESTRUCTW CREATESTRUCT, *LPCREATESTRUCT;
#else
typedef WNDCLASSA WNDCLASS, *PWNDCLASS, *NPWNDCLASS, *LPWNDCLASS;
typedef WNDCLASSEXA WNDCLASSEX, *PWNDCLASSEX, *NPWNDCLASSEX, *LPWNDCLASSEX;
typedef CREATESTRUCTA CREATESTRUCT, *LPCREATESTRUCT;
#endif

/* ---------------------------------------------------------------- functions */
WS2_BEGIN_C

ATOM WINAPI RegisterClassA(const WNDCLASSA *it) WS2_SYM(RegisterClassA);
ATOM WINAPI RegisterClassW(const WNDCLASSW *it) WS2_SYM_W(RegisterClassW);
ATOM WINAPI RegisterClassExA(const WNDCLASSEXA *it) WS2_SYM(RegisterClassExA);
ATOM WINAPI RegisterClassExW(const WNDCLASSEXW *it) WS2_SYM_W(RegisterClassExW);
BOOL WINAPI UnregisterClassA(LPCSTR name, HINSTANCE instance) WS2_SYM(UnregisterClassA);
BOOL WINAPI UnregisterClassW(LPCWSTR name, HINSTANCE instance) WS2_SYM_W(UnregisterClassW);
HWND WINAPI CreateWindowExA(DWORD ex_style, LPCSTR class_name, LPCSTR name, DWORD style, int x, int y, int width,
                            int height, HWND parent, HMENU menu, HINSTANCE instance, LPVOID parameter)
    WS2_SYM(CreateWindowExA);
HWND WINAPI CreateWindowExW(DWORD ex_style, LPCWSTR class_name, LPCWSTR name, DWORD style, int x, int y, int width,
                            int height, HWND parent, HMENU menu, HINSTANCE instance, LPVOID parameter)
    WS2_SYM_W(CreateWindowExW);
BOOL WINAPI DestroyWindow(HWND window) WS2_SYM(DestroyWindow);
BOOL WINAPI IsWindow(HWND window) WS2_SYM(IsWindow);
LRESULT WINAPI DefWindowProcA(HWND window, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(DefWindowProcA);
LRESULT WINAPI DefWindowProcW(HWND window, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(DefWindowProcW);
LRESULT WINAPI CallWindowProcA(WNDPROC procedure, HWND window, UINT message, WPARAM wparam, LPARAM lparam)
    WS2_SYM(CallWindowProcA);
LRESULT WINAPI CallWindowProcW(WNDPROC procedure, HWND window, UINT message, WPARAM wparam, LPARAM lparam)
    WS2_SYM(CallWindowProcW);
LONG_PTR WINAPI GetWindowLongPtrA(HWND window, int index) WS2_SYM(GetWindowLongPtrA);
LONG_PTR WINAPI GetWindowLongPtrW(HWND window, int index) WS2_SYM(GetWindowLongPtrW);
LONG_PTR WINAPI SetWindowLongPtrA(HWND window, int index, LONG_PTR value) WS2_SYM(SetWindowLongPtrA);
LONG_PTR WINAPI SetWindowLongPtrW(HWND window, int index, LONG_PTR value) WS2_SYM(SetWindowLongPtrW);
LONG WINAPI GetWindowLongA(HWND window, int index) WS2_SYM(GetWindowLongA);
LONG WINAPI GetWindowLongW(HWND window, int index) WS2_SYM(GetWindowLongW);
LONG WINAPI SetWindowLongA(HWND window, int index, LONG value) WS2_SYM(SetWindowLongA);
LONG WINAPI SetWindowLongW(HWND window, int index, LONG value) WS2_SYM(SetWindowLongW);

BOOL WINAPI PeekMessageA(LPMSG message, HWND window, UINT first, UINT last, UINT remove) WS2_SYM(PeekMessageA);
BOOL WINAPI PeekMessageW(LPMSG message, HWND window, UINT first, UINT last, UINT remove) WS2_SYM(PeekMessageW);
BOOL WINAPI GetMessageA(LPMSG message, HWND window, UINT first, UINT last) WS2_SYM(GetMessageA);
BOOL WINAPI GetMessageW(LPMSG message, HWND window, UINT first, UINT last) WS2_SYM(GetMessageW);
BOOL WINAPI WaitMessage(void) WS2_SYM(WaitMessage);
BOOL WINAPI TranslateMessage(const MSG *message) WS2_SYM(TranslateMessage);
LRESULT WINAPI DispatchMessageA(const MSG *message) WS2_SYM(DispatchMessageA);
LRESULT WINAPI DispatchMessageW(const MSG *message) WS2_SYM(DispatchMessageW);
BOOL WINAPI PostMessageA(HWND window, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(PostMessageA);
BOOL WINAPI PostMessageW(HWND window, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(PostMessageW);
BOOL WINAPI PostThreadMessageA(DWORD thread, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(PostThreadMessageA);
BOOL WINAPI PostThreadMessageW(DWORD thread, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(PostThreadMessageW);
VOID WINAPI PostQuitMessage(int code) WS2_SYM(PostQuitMessage);
LRESULT WINAPI SendMessageA(HWND window, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(SendMessageA);
LRESULT WINAPI SendMessageW(HWND window, UINT message, WPARAM wparam, LPARAM lparam) WS2_SYM(SendMessageW);
UINT_PTR WINAPI SetTimer(HWND window, UINT_PTR id, UINT milliseconds, TIMERPROC routine) WS2_SYM(SetTimer);
BOOL WINAPI KillTimer(HWND window, UINT_PTR id) WS2_SYM(KillTimer);
DWORD WINAPI MsgWaitForMultipleObjects(DWORD count, const HANDLE *objects, BOOL all, DWORD milliseconds, DWORD mask)
    WS2_SYM(MsgWaitForMultipleObjects);
DWORD WINAPI MsgWaitForMultipleObjectsEx(DWORD count, const HANDLE *objects, DWORD milliseconds, DWORD mask,
                                         DWORD flags) WS2_SYM(MsgWaitForMultipleObjectsEx);

WS2_END_C

#define CreateWindowA(class_name, name, style, x, y, width, height, parent, menu, instance, parameter)             \
    CreateWindowExA(0, class_name, name, style, x, y, width, height, parent, menu, instance, parameter)
#define CreateWindowW(class_name, name, style, x, y, width, height, parent, menu, instance, parameter)             \
    CreateWindowExW(0, class_name, name, style, x, y, width, height, parent, menu, instance, parameter)

#define RegisterClass WS2_AW(RegisterClass)
#define RegisterClassEx WS2_AW(RegisterClassEx)
#define UnregisterClass WS2_AW(UnregisterClass)
#define CreateWindow WS2_AW(CreateWindow)
#define CreateWindowEx WS2_AW(CreateWindowEx)
#define DefWindowProc WS2_AW(DefWindowProc)
#define CallWindowProc WS2_AW(CallWindowProc)
#define GetWindowLongPtr WS2_AW(GetWindowLongPtr)
#define SetWindowLongPtr WS2_AW(SetWindowLongPtr)
#define GetWindowLong WS2_AW(GetWindowLong)
#define SetWindowLong WS2_AW(SetWindowLong)
#define PeekMessage WS2_AW(PeekMessage)
#define GetMessage WS2_AW(GetMessage)
#define DispatchMessage WS2_AW(DispatchMessage)
#define PostMessage WS2_AW(PostMessage)
#define PostThreadMessage WS2_AW(PostThreadMessage)
#define SendMessage WS2_AW(SendMessage)

#endif /* OPENWS2_WINUSER_H */
