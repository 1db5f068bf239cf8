/* How a thread's end and C++ meet: ExitThread abandons the stack, thread-local objects are destroyed before
 * those who wait go on. */
#include "win32_check.h"
#include <process.h>

static volatile LONG destroyed;
static volatile LONG caught;

struct Counted {
    LONG by;
    explicit Counted(LONG n) : by(n) {}
    ~Counted() { InterlockedExchangeAdd(&destroyed, by); }
};

struct Lasting {
    LONG touched;
    Lasting() : touched(0) {}
    ~Lasting()
    {
        Sleep(20); /* long enough to be overtaken, if those who wait did not wait for it */
        InterlockedExchangeAdd(&destroyed, 1000);
    }
};
static thread_local Lasting lasting;

static void forbids_exceptions() noexcept
{
    Counted on_the_stack(1);
    ExitThread(11);
}

static DWORD WINAPI exits(LPVOID)
{
    Counted on_the_stack(1);
    lasting.touched = 1;
    try {
        forbids_exceptions();
    } catch (...) {
        InterlockedIncrement(&caught);
    }
    return 1;
}

static unsigned __stdcall throws_and_catches(void *)
{
    Counted on_the_stack(100);
    try {
        throw 3;
    } catch (int n) {
        _endthreadex(unsigned(n));
    }
}

static DWORD slot;

struct Reads_slot {
    int touched;
    Reads_slot() : touched(0) {}
    ~Reads_slot() { CHECK(touched == 0 || TlsGetValue(slot) == &slot); }
};
static thread_local Reads_slot reads_slot;

static DWORD WINAPI keeps_its_slot(LPVOID)
{
    reads_slot.touched = 1;
    CHECK(TlsGetValue(slot) == NULL && TlsSetValue(slot, &slot));
    return 0;
}

static DWORD wait_for(HANDLE thread)
{
    DWORD code = 0;
    CHECK(thread != NULL && WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && CloseHandle(thread));
    return code;
}

int main()
{
    CHECK(wait_for(CreateThread(NULL, 0, exits, NULL, 0, NULL)) == 11);
    CHECK(destroyed == 1000 && caught == 0);
    CHECK(wait_for((HANDLE)_beginthreadex(NULL, 0, throws_and_catches, NULL, 0, NULL)) == 3);
    CHECK(destroyed == 1000);
    slot = TlsAlloc();
    CHECK(wait_for(CreateThread(NULL, 0, keeps_its_slot, NULL, 0, NULL)) == 0);
    CHECK(TlsFree(slot));
    DONE();
}
