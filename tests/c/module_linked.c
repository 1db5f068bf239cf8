/* A program that is linked to a module: found by its bare name, it hears of nothing, and never goes. */
#include "win32_check.h"

int Loads(void);

int main(void)
{
    HMODULE module = GetModuleHandleA("linked.dll");
    FARPROC loads = (FARPROC)Loads;
    printf("starts\n");
    fflush(stdout);
    CHECK(module && Loads() == 0 && GetProcAddress(module, "Loads") == loads);
    CHECK(FreeLibrary(module) && GetModuleHandleA("linked.dll") == module);
    CHECK(LoadLibraryA("LINKED") == module && Loads() == 0);
    CHECK(FreeLibrary(module) && Loads() == 0 && GetModuleHandleA("linked.dll") == module);
    printf("ends\n");
    DONE();
}
