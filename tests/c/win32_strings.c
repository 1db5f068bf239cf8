/* lstr*, wsprintf, code pages, and the runtime's string functions, whatever the width of wchar_t. */
#include "win32_check.h"
#include <strsafe.h>
#include <tchar.h>

static int equal(LPCWSTR one, LPCWSTR other) { return lstrcmpW(one, other) == 0; }

static void lists(void)
{
    char text[32];
    WCHAR wide[32];
    CHECK(lstrlenA("abc") == 3 && lstrlenW(L"abcd") == 4 && lstrlenA(NULL) == 0 && lstrlenW(NULL) == 0);
    CHECK(lstrcpyA(text, "abc") == text && lstrcatA(text, "def") == text && strcmp(text, "abcdef") == 0);
    CHECK(lstrcpyW(wide, L"abc") == wide && lstrcatW(wide, L"def") == wide && equal(wide, L"abcdef"));
    CHECK(lstrcpynA(text, "longer", 4) == text && strcmp(text, "lon") == 0);
    CHECK(lstrcpynW(wide, L"longer", 4) == wide && equal(wide, L"lon"));
    CHECK(lstrcpyA(text, NULL) == NULL && lstrcatW(NULL, L"x") == NULL);
    CHECK(lstrcmpA("a", "b") < 0 && lstrcmpA("b", "a") > 0 && lstrcmpA("a", "a") == 0 && lstrcmpA("a", "A") < 0);
    CHECK(lstrcmpiA("ABC", "abc") == 0 && lstrcmpiW(L"\xc4", L"\xe4") == 0 && lstrcmpiW(L"a", L"B") < 0);
    CHECK(lstrcmpA(NULL, "a") < 0 && lstrcmpA(NULL, NULL) == 0);
    CHECK(lstrlen(TEXT("t")) == 1);
}

static void code_pages(void)
{
    char text[32];
    WCHAR wide[32];
    BOOL used = 7;
    int crab = sizeof(WCHAR) == 2 ? 2 : 1;
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "\xe2\x82\xac", -1, NULL, 0) == 2);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "\xe2\x82\xac!", -1, wide, 32) == 3 && equal(wide, L"\x20ac!"));
    CHECK(MultiByteToWideChar(CP_ACP, MB_PRECOMPOSED, "abc", 2, wide, 32) == 2 && wide[0] == 'a' && wide[1] == 'b');
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "\xf0\x9f\xa6\x80", 4, wide, 32) == crab);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, wide, crab, text, 32, NULL, NULL) == 4 &&
          memcmp(text, "\xf0\x9f\xa6\x80", 4) == 0);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "a\xff", 2, wide, 32) == 2 && wide[1] == 0xfffd);
    CHECK(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "a\xff", 2, wide, 32) == 0 &&
          GetLastError() == ERROR_NO_UNICODE_TRANSLATION);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide, 3) == 0 && GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "abc", 0, wide, 3) == 0 && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, NULL, 1, wide, 3) == 0 && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(MultiByteToWideChar(CP_UTF8, MB_PRECOMPOSED, "a", 1, wide, 3) == 0 && GetLastError() == ERROR_INVALID_FLAGS);
    CHECK(MultiByteToWideChar(1252, 0, "a", 1, wide, 3) == 0 && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, L"\x20ac", -1, NULL, 0, NULL, NULL) == 4);
    CHECK(WideCharToMultiByte(CP_ACP, 0, L"ab", -1, text, 32, NULL, &used) == 3 && used == FALSE);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, L"ab", -1, text, 32, NULL, &used) == 0 &&
          GetLastError() == ERROR_INVALID_PARAMETER);
    wide[0] = (WCHAR)0xd800;
    CHECK(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, 1, text, 32, NULL, NULL) == 0 &&
          GetLastError() == ERROR_NO_UNICODE_TRANSLATION);
    CHECK(WideCharToMultiByte(CP_ACP, 0, wide, 1, text, 32, NULL, &used) == 3 && used == TRUE);
}

static void formats(void)
{
    char text[2000], longest[2000];
    WCHAR wide[2000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    CHECK(wsprintfA(text, "%lu %S %c", 5, L"w", 'c') == 5 && strcmp(text, "5 w c") == 0);
    CHECK(wsprintfW(wide, L"%ld %s %hs", -5, L"w\x20ac", "n") == 7 && equal(wide, L"-5 w\x20ac n"));
    CHECK(wsprintfA(text, "%s", longest) == 1023 && text[1023] == 0);
    CHECK(sprintf(text, "%ld %lx %I64x %Id", -1, -1, (LONGLONG)-1, (INT_PTR)-1) == 31);
    CHECK(strcmp(text, "-1 ffffffff ffffffffffffffff -1") == 0);
    CHECK(snprintf(text, 4, "%d", 123456) == 6 && strcmp(text, "123") == 0);
    CHECK(snprintf(NULL, 0, "%s", "abc") == 3);
    memset(text, '#', 8);
    CHECK(_snprintf(text, 4, "%d", 123456) == -1 && memcmp(text, "1234####", 8) == 0);
    CHECK(_snprintf(text, 4, "%d", 1234) == 4 && text[4] == '#');
    CHECK(_snprintf(text, 5, "%d", 1234) == 4 && text[4] == 0);
    CHECK(_scprintf("%s-%d", "abc", 7) == 5);
    CHECK(swprintf(wide, 10, L"%s", L"abc") == 3 && equal(wide, L"abc"));
    CHECK(swprintf(wide, 3, L"%s", L"abc") == -1 && equal(wide, L"ab"));
    CHECK(sprintf_s(text, 5, "%d", 12345) == -1 && text[0] == 0 && sprintf_s(text, 6, "%d", 12345) == 5);
    CHECK(_snprintf_s(text, 5, _TRUNCATE, "%d", 123456) == -1 && strcmp(text, "1234") == 0);
    CHECK(_snprintf_s(text, 50, 3, "%d", 123456) == -1 && strcmp(text, "123") == 0);
    CHECK(sprintf(text, "[%5s|%-5s|%.2s|%*d|%-*d|%05d|%+d|%#x]", "ab", "ab", "abcdef", 4, 7, 4, 7, 42, 42, 255) > 0);
    CHECK(strcmp(text, "[   ab|ab   |ab|   7|7   |00042|+42|0xff]") == 0);
    CHECK(sprintf(text, "%.3f %e %g %5.1f%%", 3.14159, 1.5, 0.5, 99.95) > 0);
    CHECK(strncmp(text, "3.142 1.500000e+00 0.5 ", 23) == 0);
    CHECK(sprintf(text, "%hd %hhd %c%C%lc", 70000, 300, 'a', L'b', L'\x20ac') > 0);
    CHECK(strcmp(text, "4464 44 ab\xe2\x82\xac") == 0);
    CHECK(sprintf(text, "%s %S %zu %lld %I32d %y", (char *)NULL, (WCHAR *)NULL, (size_t)1, 2ll, 3) > 0);
    CHECK(strcmp(text, "(null) (null) 1 2 3 %y") == 0);
    CHECK(sprintf(text, "%.600f", 1.0) == 602 && sprintf(text, "%1500d", 1) == 1500);
}

static void runtime(void)
{
    char text[8], list[] = "a,,b", *next;
    LONG n;
    LONGLONG quad;
    short half;
    double real;
    WCHAR *copy = _wcsdup(L"copy");
    char *narrow = _strdup("copy");
    CHECK(strcpy_s(text, sizeof text, "1234567") == 0 && strcpy_s(text, sizeof text, "12345678") == ERANGE && text[0] == 0);
    CHECK(strcpy_s(text, sizeof text, "abc") == 0 && strcat_s(text, sizeof text, "def") == 0 && strcmp(text, "abcdef") == 0);
    CHECK(strcat_s(text, sizeof text, "gh") == ERANGE && text[0] == 0);
    CHECK(strncpy_s(text, sizeof text, "abcdef", 3) == 0 && strcmp(text, "abc") == 0);
    CHECK(strncpy_s(text, sizeof text, "0123456789", _TRUNCATE) == STRUNCATE && strcmp(text, "0123456") == 0);
    CHECK(_stricmp("ABC", "abc") == 0 && _strnicmp("ABx", "aby", 2) == 0 && _stricmp("a", "b") < 0);
    CHECK(_wcsicmp(L"ABC", L"abc") == 0 && equal(copy, L"copy") && strcmp(narrow, "copy") == 0);
    CHECK(strcmp(strtok_s(list, ",", &next), "a") == 0 && strcmp(strtok_s(NULL, ",", &next), "b") == 0 &&
          strtok_s(NULL, ",", &next) == NULL);
    CHECK(sscanf("-5 12345678901 7 2.5 ]x", "%ld %I64d %hd %lf %[]x]", &n, &quad, &half, &real, text) == 5);
    CHECK(n == -5 && quad == 12345678901ll && half == 7 && real == 2.5 && strcmp(text, "]x") == 0);
    CHECK(_atoi64("99999999999") == 99999999999ll && _countof(text) == 8);
    CHECK(_tcslen(_T("four")) == 4 || sizeof(WCHAR) == 2);
    free(copy);
    free(narrow);
}

static void bounded(void)
{
    char text[6];
    WCHAR wide[6];
    size_t n = 9;
    CHECK(StringCchCopyA(text, 6, "12345") == S_OK && StringCchCopyA(text, 6, "123456") == STRSAFE_E_INSUFFICIENT_BUFFER);
    CHECK(strcmp(text, "12345") == 0 && StringCchCopyA(text, 0, "") == STRSAFE_E_INVALID_PARAMETER);
    CHECK(StringCbCopyNW(wide, sizeof wide, L"abcdef", 2 * sizeof(WCHAR)) == S_OK && equal(wide, L"ab"));
    CHECK(StringCbCatW(wide, sizeof wide, L"cd") == S_OK && StringCbLengthW(wide, sizeof wide, &n) == S_OK &&
          n == 4 * sizeof(WCHAR));
    CHECK(StringCchCatW(wide, 6, L"efg") == STRSAFE_E_INSUFFICIENT_BUFFER && equal(wide, L"abcde"));
    CHECK(StringCchPrintfW(wide, 6, L"%s-%d", L"x", 7) == S_OK && equal(wide, L"x-7"));
    CHECK(StringCbPrintfA(text, sizeof text, "%lu", 1234567) == STRSAFE_E_INSUFFICIENT_BUFFER && strcmp(text, "12345") == 0);
    CHECK(StringCchLengthA(text, 5, &n) == STRSAFE_E_INVALID_PARAMETER && n == 0);
    CHECK(StringCchLength(TEXT("abc"), 10, &n) == S_OK && n == 3);
}

int main(void)
{
    lists();
    bounded();
    code_pages();
    formats();
    runtime();
    DONE();
}
