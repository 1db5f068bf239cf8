/* A program that begins at wmain and says what it was given. */
#include <windows.h>
#include <tchar.h>

int __cdecl wmain(int argc, wchar_t **argv)
{
    int i;
    for (i = 1; i < argc; i++)
        wprintf(L"%s (%d)\n", argv[i], lstrlenW(argv[i]));
    return argc;
}
