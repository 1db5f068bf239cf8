/* Critical sections, slim locks, condition variables, one-time initialisation, Interlocked, slots. */
#include "win32_check.h"

#define THREADS 4
#define EACH 3000

static CRITICAL_SECTION section;
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static int in_section, in_lock, items, taken;
static volatile LONG atomic, runs;
static volatile LONG64 wide;
static long plain_long;

static void run(LPTHREAD_START_ROUTINE routine, int n)
{
    HANDLE threads[THREADS];
    int i;
    for (i = 0; i < n; i++)
        threads[i] = CreateThread(NULL, 0, routine, (LPVOID)(ULONG_PTR)i, 0, NULL);
    CHECK(WaitForMultipleObjects((DWORD)n, threads, TRUE, LATE) == WAIT_OBJECT_0);
    for (i = 0; i < n; i++)
        CloseHandle(threads[i]);
}

static DWORD WINAPI adds(LPVOID parameter)
{
    int i;
    (void)parameter;
    for (i = 0; i < EACH; i++) {
        EnterCriticalSection(&section);
        CHECK(TryEnterCriticalSection(&section));
        in_section++;
        LeaveCriticalSection(&section);
        LeaveCriticalSection(&section);
        AcquireSRWLockExclusive(&lock);
        in_lock++;
        ReleaseSRWLockExclusive(&lock);
        AcquireSRWLockShared(&lock);
        CHECK(in_lock > 0);
        ReleaseSRWLockShared(&lock);
        InterlockedIncrement(&atomic);
        InterlockedExchangeAdd64(&wide, 3);
        InterlockedDecrement(&plain_long);
    }
    return 0;
}

static DWORD WINAPI cannot_enter(LPVOID parameter)
{
    (void)parameter;
    CHECK(!TryEnterCriticalSection(&section));
    CHECK(!TryAcquireSRWLockExclusive(&lock) && !TryAcquireSRWLockShared(&lock));
    return 0;
}

/* The even ones make items, the odd ones take them. */
static DWORD WINAPI trades(LPVOID parameter)
{
    int makes = (ULONG_PTR)parameter % 2 == 0, i;
    for (i = 0; i < EACH; i++) {
        EnterCriticalSection(&section);
        if (makes) {
            items++;
            WakeConditionVariable(&changed);
        } else {
            while (items == 0)
                CHECK(SleepConditionVariableCS(&changed, &section, LATE));
            items--;
            taken++;
        }
        LeaveCriticalSection(&section);
    }
    return 0;
}

static DWORD WINAPI sleeps_shared(LPVOID parameter)
{
    (void)parameter;
    AcquireSRWLockShared(&lock);
    while (items == 0)
        CHECK(SleepConditionVariableSRW(&changed, &lock, LATE, CONDITION_VARIABLE_LOCKMODE_SHARED));
    ReleaseSRWLockShared(&lock);
    return 0;
}

static DWORD WINAPI wakes_all(LPVOID parameter)
{
    if (parameter != NULL)
        return sleeps_shared(NULL);
    AcquireSRWLockExclusive(&lock);
    items = 1;
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&changed);
    return 0;
}

static BOOL CALLBACK initialise(PINIT_ONCE which, PVOID parameter, PVOID *context)
{
    CHECK(which == &once);
    Sleep(5);
    *context = parameter;
    return InterlockedIncrement(&runs) > 1; /* the first try fails */
}

static DWORD WINAPI initialises(LPVOID parameter)
{
    PVOID context = NULL;
    (void)parameter;
    CHECK(InitOnceExecuteOnce(&once, initialise, &taken, &context));
    CHECK(context == (PVOID)&taken);
    return 0;
}

static void interlocked(void)
{
    LONG n = 5;
    LONG64 q = 5;
    long host = 5;
    int target;
    PVOID p = NULL;
    CHECK(InterlockedIncrement(&n) == 6 && InterlockedDecrement(&n) == 5);
    CHECK(InterlockedExchange(&n, 7) == 5 && InterlockedExchangeAdd(&n, 3) == 7 && n == 10);
    CHECK(InterlockedCompareExchange(&n, 1, 11) == 10 && n == 10);
    CHECK(InterlockedCompareExchange(&n, 12, 10) == 10 && n == 12);
    CHECK(InterlockedAnd(&n, 4) == 12 && InterlockedOr(&n, 3) == 4 && InterlockedXor(&n, 1) == 7 && n == 6);
    CHECK(InterlockedAdd(&n, -6) == 0);
    CHECK(InterlockedIncrement64(&q) == 6 && InterlockedExchange64(&q, (LONG64)1 << 40) == 6);
    CHECK(InterlockedCompareExchange64(&q, 1, (LONG64)1 << 40) == (LONG64)1 << 40 && q == 1);
    CHECK(InterlockedDecrement(&host) == 4 && InterlockedExchange(&host, -1) == 4 && host == -1);
    CHECK(InterlockedExchangePointer(&p, &target) == NULL && p == &target);
    CHECK(InterlockedCompareExchangePointer(&p, NULL, &target) == &target && p == NULL);
}

static void slots(void)
{
    DWORD a = TlsAlloc(), b = TlsAlloc();
    CHECK(a != TLS_OUT_OF_INDEXES && b != TLS_OUT_OF_INDEXES && a != b);
    SetLastError(7);
    CHECK(TlsGetValue(a) == NULL && GetLastError() == 0);
    CHECK(TlsSetValue(a, &a) && TlsSetValue(b, &b));
    CHECK(TlsGetValue(a) == &a && TlsGetValue(b) == &b);
    CHECK(TlsFree(a) && TlsFree(b));
    CHECK(!TlsFree(a) && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(!TlsSetValue(a, &a) && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(TlsGetValue(5000) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    a = TlsAlloc();
    CHECK(TlsGetValue(a) == NULL && TlsFree(a));
}

int main(void)
{
    CHECK(InitializeCriticalSectionAndSpinCount(&section, 400));
    CHECK(SetCriticalSectionSpinCount(&section, 10) == 400);
    CHECK(!InitializeCriticalSectionEx(&section, 0, 1) && GetLastError() == ERROR_INVALID_PARAMETER);
    run(adds, THREADS);
    CHECK(in_section == THREADS * EACH && in_lock == THREADS * EACH && atomic == THREADS * EACH);
    CHECK(wide == 3 * THREADS * EACH && plain_long == -THREADS * EACH);

    EnterCriticalSection(&section);
    AcquireSRWLockExclusive(&lock);
    run(cannot_enter, 1);
    SetLastError(0);
    CHECK(!SleepConditionVariableCS(&changed, &section, 10) && GetLastError() == ERROR_TIMEOUT);
    SetLastError(0);
    CHECK(!SleepConditionVariableSRW(&changed, &lock, 10, 0) && GetLastError() == ERROR_TIMEOUT);
    CHECK(!SleepConditionVariableSRW(&changed, &lock, 10, 8) && GetLastError() == ERROR_INVALID_PARAMETER);
    run(cannot_enter, 1); /* both are held again */
    ReleaseSRWLockExclusive(&lock);
    LeaveCriticalSection(&section);

    run(trades, THREADS);
    CHECK(items == 0 && taken == THREADS / 2 * EACH);
    run(wakes_all, THREADS);

    CHECK(!InitOnceExecuteOnce(&once, initialise, NULL, NULL) && runs == 1);
    run(initialises, THREADS);
    CHECK(runs == 2);

    interlocked();
    slots();
    DeleteCriticalSection(&section);
    DONE();
}
