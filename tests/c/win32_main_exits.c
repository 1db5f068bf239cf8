/* ExitThread in the main thread: the process goes on until ExitProcess. */
#include "win32_check.h"

static DWORD WINAPI goes_on(LPVOID main_id)
{
    Sleep(30);
    CHECK(GetCurrentThreadId() != *(DWORD *)main_id);
    printf("the process goes on\n");
    ExitProcess(failures ? 1 : 9);
}

int main(void)
{
    static DWORD id;
    id = GetCurrentThreadId();
    CHECK(CreateThread(NULL, 0, goes_on, &id, 0, NULL) != NULL);
    ExitThread(3);
}
