/* What a Windows program prints: its letters and widths, narrow and wide on one stream. */
#include <windows.h>
#include <stdio.h>

static void log_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

static void log_wide(const wchar_t *format, ...)
{
    va_list args;
    va_start(args, format);
    vfwprintf(stdout, format, args);
    va_end(args);
}

int main(int argc, char **argv)
{
    DWORD code = 4294967295u;
    (void)argc;
    printf("Bytes received: %ld, error %lu, code %x\n", -1, code, code);
    wprintf(L"socket failed with error: %d\n", 10054);
    wprintf(L"nothing to fill in\n");
    printf("no argument, 100%%\n");
    wprintf(L"wide %s, narrow %S and %hs, character %c\n", L"\x20ac", "n", "h", L'c');
    printf("narrow %s, wide %S and %ls and %ws\n", "n", L"\x20ac", L"l", L"w");
    fprintf(stdout, "%I64u of %Iu\n", (ULONGLONG)1 << 40, sizeof(int));
    fwprintf(stdout, L"[%5s|%-5d|%05.1f]\n", L"ab", 7, 2.25);
    log_line("%s: %ld\n", "log", -2);
    log_wide(L"%s: %lu\n", L"log", code);
    fputws(L"a wide line\n", stdout);
    _putws(L"another");
    putwchar(L'!');
    puts("");
    wprintf(L"usage: %s server-name\n", argv[1]);
    return 0;
}
