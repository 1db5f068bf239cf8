/* A program as Windows programmers write them: a hidden window, a message loop, and threads that post to both. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

#define WM_FOUND (WM_USER + 1)
#define WM_FINISHED (WM_USER + 2)
#define THREADS 3

typedef struct {
    HWND window;
    DWORD main_thread;
    unsigned first;
} SEARCH;

static int is_prime(unsigned n)
{
    unsigned i;
    for (i = 2; i * i <= n; i++)
        if (n % i == 0)
            return 0;
    return n > 1;
}

static DWORD WINAPI search(LPVOID given)
{
    SEARCH *it = (SEARCH *)given;
    unsigned n;
    for (n = it->first; n < it->first + 100; n++)
        if (is_prime(n))
            PostMessage(it->window, WM_FOUND, n, 0);
    PostThreadMessage(it->main_thread, WM_FINISHED, it->first, 0);
    return 0;
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    int *count;
    switch (message) {
    case WM_CREATE:
        SetWindowLongPtr(window, GWLP_USERDATA, (LONG_PTR)((CREATESTRUCT *)lparam)->lpCreateParams);
        return 0;
    case WM_FOUND:
        count = (int *)GetWindowLongPtr(window, GWLP_USERDATA);
        ++*count;
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    }
    return DefWindowProc(window, message, wparam, lparam);
}

int main(void)
{
    WNDCLASS wc;
    SEARCH searches[THREADS];
    HANDLE threads[THREADS];
    HWND window;
    MSG msg;
    int i, count = 0, finished = 0;

    ZeroMemory(&wc, sizeof wc);
    wc.lpfnWndProc = procedure;
    wc.hInstance = GetModuleHandle(NULL);
    wc.lpszClassName = TEXT("PrimeWindow");
    if (!RegisterClass(&wc)) {
        printf("RegisterClass failed: %lu\n", GetLastError());
        return 1;
    }
    window = CreateWindow(TEXT("PrimeWindow"), TEXT("Primes"), WS_OVERLAPPEDWINDOW, CW_USEDEFAULT, CW_USEDEFAULT,
                          CW_USEDEFAULT, CW_USEDEFAULT, NULL, NULL, wc.hInstance, &count);
    if (!window) {
        printf("CreateWindow failed: %lu\n", GetLastError());
        return 1;
    }
    for (i = 0; i < THREADS; i++) {
        searches[i].window = window;
        searches[i].main_thread = GetCurrentThreadId();
        searches[i].first = 100u * (unsigned)i;
        threads[i] = CreateThread(NULL, 0, search, &searches[i], 0, NULL);
    }
    while (GetMessage(&msg, NULL, 0, 0) > 0) {
        if (msg.hwnd == NULL && msg.message == WM_FINISHED && ++finished == THREADS)
            PostMessage(window, WM_CLOSE, 0, 0);
        TranslateMessage(&msg);
        DispatchMessage(&msg);
    }
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    printf("%d primes, code %d\n", count, (int)msg.wParam);
    return (int)msg.wParam;
}
