/* Threads: how they start, end and are waited for. Compiles as C and as C++. */
#include "win32_check.h"
#include <process.h>

static volatile LONG ran;
static DWORD seen_id;

static DWORD WINAPI add_one(LPVOID parameter)
{
    seen_id = GetCurrentThreadId();
    InterlockedIncrement(&ran);
    return (DWORD)(ULONG_PTR)parameter + 1;
}

static int deeper(int depth)
{
    if (depth == 0)
        ExitThread(77);
    return depth < 0 ? 0 : deeper(depth - 1) + 1;
}

static DWORD WINAPI exits_from_the_depth(LPVOID parameter)
{
    (void)parameter;
    InterlockedExchangeAdd(&ran, deeper(50)); /* not reached */
    return 1;
}

static unsigned __stdcall ends_by_runtime(void *parameter)
{
    InterlockedIncrement(&ran);
    if (parameter != NULL)
        _endthreadex(5);
    return 6;
}

static void __cdecl counts(void *parameter)
{
    InterlockedIncrement((volatile LONG *)parameter);
    _endthread();
}

/* Runs until the gate's critical section is free. */
static CRITICAL_SECTION gate;

static DWORD WINAPI waits_at_the_gate(LPVOID parameter)
{
    EnterCriticalSection(&gate);
    LeaveCriticalSection(&gate);
    return (DWORD)(ULONG_PTR)parameter;
}

static DWORD WINAPI has_own_error(LPVOID parameter)
{
    (void)parameter;
    return GetLastError();
}

static void lives(void)
{
    DWORD id = 0, code = 0;
    HANDLE thread = CreateThread(NULL, 0, add_one, (LPVOID)41, 0, &id);
    CHECK(thread != NULL && id != 0 && id != GetCurrentThreadId());
    CHECK((ULONG_PTR)thread % 4 == 0 && (ULONG_PTR)thread >= 0x01000000 && (ULONG_PTR)thread < 0x80000000u);
    SetLastError(1234);
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(thread, 0) == WAIT_OBJECT_0);
    CHECK(GetLastError() == 1234); /* G176 */
    CHECK(GetExitCodeThread(thread, &code) && code == 42 && ran == 1);
    CHECK(GetThreadId(thread) == id && seen_id == id);
    CHECK(CloseHandle(thread));
    CHECK(!CloseHandle(thread) && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(WaitForSingleObject(thread, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE);

    thread = CreateThread(NULL, 100000, add_one, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0 && CloseHandle(thread));

    SetLastError(99);
    thread = CreateThread(NULL, 0, has_own_error, NULL, 0, NULL);
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 0 && GetLastError() == 99 && CloseHandle(thread));

    CHECK(CreateThread(NULL, 0, NULL, NULL, 0, NULL) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(CreateThread(NULL, 0, add_one, NULL, 0x40, NULL) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
}

static void suspension(void)
{
    LONG before = ran;
    DWORD code;
    HANDLE thread = CreateThread(NULL, 0, add_one, NULL, CREATE_SUSPENDED, NULL);
    CHECK(WaitForSingleObject(thread, 30) == WAIT_TIMEOUT);
    CHECK(ran == before);
    CHECK(GetExitCodeThread(thread, &code) && code == STILL_ACTIVE);
    CHECK(ResumeThread(thread) == 1);
    CHECK(ResumeThread(thread) == 0);
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(ran == before + 1 && CloseHandle(thread));
    CHECK(ResumeThread(thread) == (DWORD)-1 && GetLastError() == ERROR_INVALID_HANDLE);
}

static void ends(void)
{
    DWORD code;
    unsigned id = 0;
    LONG before = ran;
    volatile LONG count = 0;
    int tries;
    HANDLE thread = CreateThread(NULL, 0, exits_from_the_depth, NULL, 0, NULL);
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 77 && ran == before && CloseHandle(thread));

    thread = (HANDLE)_beginthreadex(NULL, 0, ends_by_runtime, &before, 0, &id);
    CHECK(thread != NULL && id != 0 && WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 5 && CloseHandle(thread));
    thread = (HANDLE)_beginthreadex(NULL, 0, ends_by_runtime, NULL, CREATE_SUSPENDED, NULL);
    CHECK(ResumeThread(thread) == 1 && WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 6 && CloseHandle(thread));
    CHECK(_beginthreadex(NULL, 0, NULL, NULL, 0, NULL) == 0);

    CHECK(_beginthread(counts, 0, (void *)&count) != (uintptr_t)-1);
    for (tries = 0; tries < LATE && count == 0; tries++)
        Sleep(1);
    CHECK(count == 1);
    CHECK(_beginthread(NULL, 0, NULL) == (uintptr_t)-1);
}

static void many(void)
{
    HANDLE threads[MAXIMUM_WAIT_OBJECTS + 1];
    DWORD i, code;
    LONG before = ran;
    InitializeCriticalSection(&gate);
    EnterCriticalSection(&gate);
    threads[0] = CreateThread(NULL, 0, waits_at_the_gate, NULL, 0, NULL);
    for (i = 1; i < MAXIMUM_WAIT_OBJECTS; i++)
        threads[i] = CreateThread(NULL, 0, add_one, NULL, 0, NULL);
    threads[MAXIMUM_WAIT_OBJECTS] = NULL;
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS - 1, threads + 1, TRUE, LATE) == WAIT_OBJECT_0);
    CHECK(ran == before + MAXIMUM_WAIT_OBJECTS - 1);
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, threads, FALSE, LATE) == WAIT_OBJECT_0 + 1); /* G175 */
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, threads, TRUE, 20) == WAIT_TIMEOUT);
    CHECK(WaitForMultipleObjects(1, threads, FALSE, 20) == WAIT_TIMEOUT);
    CHECK(WaitForMultipleObjects(1, threads, TRUE, 0) == WAIT_TIMEOUT);
    LeaveCriticalSection(&gate);
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, threads, TRUE, LATE) == WAIT_OBJECT_0);
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, threads, FALSE, 0) == WAIT_OBJECT_0);

    /* G178, G179, G177 */
    CHECK(WaitForMultipleObjects(0, threads, FALSE, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(WaitForMultipleObjects(65, threads, FALSE, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(WaitForMultipleObjects(1, NULL, FALSE, 0) == WAIT_FAILED && GetLastError() == ERROR_NOACCESS);
    CHECK(WaitForMultipleObjects(2, threads + MAXIMUM_WAIT_OBJECTS - 1, FALSE, 0) == WAIT_FAILED &&
          GetLastError() == ERROR_INVALID_HANDLE);
    threads[MAXIMUM_WAIT_OBJECTS] = threads[MAXIMUM_WAIT_OBJECTS - 1];
    CHECK(WaitForMultipleObjects(2, threads + MAXIMUM_WAIT_OBJECTS - 1, FALSE, 0) == WAIT_OBJECT_0);
    CHECK(WaitForMultipleObjects(2, threads + MAXIMUM_WAIT_OBJECTS - 1, TRUE, 0) == WAIT_FAILED &&
          GetLastError() == ERROR_INVALID_PARAMETER);

    /* G180: the low two bits do not matter */
    for (i = 1; i < 4; i++) {
        HANDLE tagged = (HANDLE)((ULONG_PTR)threads[0] | i);
        CHECK(WaitForSingleObject(tagged, 0) == WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(tagged, &code) && code == 0);
        CHECK(WaitForSingleObject((HANDLE)(ULONG_PTR)(0x7fff0000 | i), 0) == WAIT_FAILED &&
              GetLastError() == ERROR_INVALID_HANDLE);
    }
    for (i = 0; i < MAXIMUM_WAIT_OBJECTS; i++)
        CHECK(CloseHandle(threads[i]));
    DeleteCriticalSection(&gate);
}

static void pseudo_handles(void)
{
    DWORD code;
    CHECK(GetThreadId(GetCurrentThread()) == GetCurrentThreadId());
    CHECK(GetExitCodeThread(GetCurrentThread(), &code) && code == STILL_ACTIVE);
    CHECK(WaitForSingleObject(GetCurrentThread(), 0) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObject(GetCurrentProcess(), 0) == WAIT_TIMEOUT);
    CHECK(CloseHandle(GetCurrentThread()) && CloseHandle(GetCurrentProcess()));
    CHECK(!CloseHandle(NULL) && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(GetThreadId(NULL) == 0 && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(GetCurrentProcessId() == (DWORD)_getpid());
}

int main(void)
{
    lives();
    suspension();
    ends();
    many();
    pseudo_handles();
    DONE();
}
