/* FormatMessage: the system's texts, strings with inserts, buffers of all kinds, and what goes wrong. */
#include "win32_check.h"

#define SYSTEM (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS)

static int equal(LPCWSTR one, LPCWSTR other) { return lstrcmpW(one, other) == 0; }

static DWORD inserted(LPSTR buffer, DWORD size, LPCSTR format, ...)
{
    va_list args;
    DWORD n;
    va_start(args, format);
    n = FormatMessageA(FORMAT_MESSAGE_FROM_STRING, format, 0, 0, buffer, size, &args);
    va_end(args);
    return n;
}

static DWORD wide_inserted(LPWSTR buffer, DWORD size, LPCWSTR format, ...)
{
    va_list args;
    DWORD n;
    va_start(args, format);
    n = FormatMessageW(FORMAT_MESSAGE_FROM_STRING, format, 0, 0, buffer, size, &args);
    va_end(args);
    return n;
}

static void system_texts(void)
{
    static const DWORD codes[] = { 0, 5, 6, 8, 64, 87, 121, 122, 234, 258, 995, 996, 997, 998, 1225, 1236, 10004,
                                   10035, 10038, 10040, 10054, 10060, 10093, 11001 };
    char text[300], *own = NULL;
    WCHAR wide[300], *own_wide = NULL;
    DWORD i, n;
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        n = FormatMessageA(SYSTEM, NULL, codes[i], 0, text, sizeof text, NULL);
        CHECK(n > 5 && n == strlen(text) && strcmp(text + n - 2, "\r\n") == 0);
        CHECK(FormatMessageW(SYSTEM, NULL, codes[i], 0, wide, 300, NULL) == n && (DWORD)lstrlenW(wide) == n);
        CHECK(FormatMessageA(SYSTEM, NULL, codes[i], 0, text, n, NULL) == 0 &&
              GetLastError() == ERROR_INSUFFICIENT_BUFFER);
        CHECK(FormatMessageA(SYSTEM, NULL, codes[i], 0, text, n + 1, NULL) == n);
    }
    SetLastError(77);
    n = FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | SYSTEM, NULL, 10054,
                       MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPSTR)&own, 0, NULL);
    CHECK(GetLastError() == 77 && n > 0 && own != NULL && strlen(own) == n && LocalSize(own) > n);
    CHECK(LocalFree(own) == NULL);
    n = FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, 10054,
                       MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), (LPWSTR)&own_wide, 500, NULL);
    CHECK(n > 0 && own_wide[n - 1] == ' ' && own_wide[n] == 0 && LocalSize(own_wide) == 500 * sizeof(WCHAR));
    LocalFree(own_wide);

    CHECK(FormatMessageA(SYSTEM, NULL, 0x7654321, 0, text, sizeof text, NULL) == 0 &&
          GetLastError() == ERROR_MR_MID_NOT_FOUND);
    CHECK(FormatMessageA(SYSTEM, NULL, 5, 0x407, text, sizeof text, NULL) == 0 &&
          GetLastError() == ERROR_RESOURCE_LANG_NOT_FOUND);
    CHECK(FormatMessageA(FORMAT_MESSAGE_IGNORE_INSERTS, NULL, 5, 0, text, sizeof text, NULL) == 0 &&
          GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(FormatMessageA(SYSTEM, NULL, 5, 0, NULL, 0, NULL) == 0 && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_HMODULE, NULL, 5, 0, text, sizeof text, NULL) == 0 &&
          GetLastError() == ERROR_RESOURCE_TYPE_NOT_FOUND);
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_HMODULE | SYSTEM, NULL, HRESULT_FROM_WIN32(5), 0, text, 300, NULL) > 0);
}

static void inserts(void)
{
    char text[200];
    WCHAR wide[200];
    DWORD_PTR array[3];
    array[0] = (DWORD_PTR) "first";
    array[1] = 42;
    array[2] = (DWORD_PTR)L"third";
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "%2!05d! %1 %3!S! %1!.2s!%n", 0, 0,
                         text, sizeof text, (va_list *)(void *)array) == strlen("00042 first third fi\r\n"));
    CHECK(strcmp(text, "00042 first third fi\r\n") == 0);
    CHECK(inserted(text, sizeof text, "%7!d! %1 %2!d! %3!u! %4!x! %5!c! %6 %8!I64d!", "a", -2, 3u, 0x4f, 'e', "f",
                   8, (LONGLONG)7 << 33) > 0);
    CHECK(strcmp(text, "8 a -2 3 4f e f 60129542144") == 0);
    CHECK(wide_inserted(wide, 200, L"%1 %2!hs! %3!*d!|", L"wide\x20ac", "narrow", 4, 7) > 0);
    CHECK(equal(wide, L"wide\x20ac narrow    7|"));
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_IGNORE_INSERTS, "%1 stays\n", 0, 0, text,
                         sizeof text, NULL) == 10 && strcmp(text, "%1 stays\r\n") == 0);
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_STRING, "%1", 0, 0, text, sizeof text, NULL) == 0 &&
          GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_STRING, "no insert", 0, 0, text, sizeof text, NULL) == 9);
}

int main(void)
{
    system_texts();
    inserts();
    DONE();
}
