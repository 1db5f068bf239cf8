/* Clocks, the machine, debug output. */
#include "win32_check.h"
#include <mmsystem.h>

int main(void)
{
    LARGE_INTEGER frequency, start, end;
    FILETIME time;
    ULARGE_INTEGER now;
    SYSTEM_INFO info;
    ULONGLONG ticks = GetTickCount64();
    DWORD short_ticks = GetTickCount(), multimedia = timeGetTime();
    CHECK(QueryPerformanceFrequency(&frequency) && frequency.QuadPart == 10000000);
    CHECK(QueryPerformanceCounter(&start));
    Sleep(30);
    CHECK(QueryPerformanceCounter(&end));
    CHECK(end.QuadPart - start.QuadPart >= frequency.QuadPart * 29 / 1000);
    CHECK(GetTickCount64() - ticks >= 29 && GetTickCount() - short_ticks >= 29 && timeGetTime() - multimedia >= 29);
    CHECK(!QueryPerformanceCounter(NULL) && GetLastError() == ERROR_NOACCESS);
    CHECK(timeBeginPeriod(1) == TIMERR_NOERROR && timeEndPeriod(1) == TIMERR_NOERROR);
    CHECK(timeBeginPeriod(0) == TIMERR_NOCANDO);
    GetSystemTimeAsFileTime(&time);
    now.LowPart = time.dwLowDateTime;
    now.HighPart = time.dwHighDateTime;
    CHECK(now.QuadPart > 133000000000000000ull); /* 2022 */
    GetSystemInfo(&info);
    CHECK(info.dwPageSize >= 4096 && info.dwNumberOfProcessors >= 1 && info.dwAllocationGranularity == 65536);
    CHECK(info.dwActiveProcessorMask & 1);
    Sleep(0);
    OutputDebugStringA("debug output\n");
    OutputDebugString(TEXT("more of it\n"));
    CHECK(IsDebuggerPresent() == FALSE || IsDebuggerPresent() == TRUE);
    DONE();
}
