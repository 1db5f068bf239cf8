/* crt.h: what Windows' C runtime has beyond, or otherwise than, the host's: the printf and scanf families with
 * Windows' format letters and widths, the _s functions, and the underscored string functions.
 *
 * It is included by windows.h when OPENWS2_CRT is defined, which ws2cc does.
 *
 * How the C library's own names are taken over. No symbol is: everything here is static.
 *   C    printf(...) and its kin are function-like macros, as the C standard lets a header define any of its
 *        functions. So &printf and __attribute__((format(printf, 1, 2))) mean the host's; a program that calls a
 *        struct member of that name writes (p->printf)(...), or says #undef printf.
 *   C++  printf, fprintf, sprintf, snprintf and the scanf functions are overloads, preferred whenever there is an
 *        argument to format; members of these names and std::printf are left alone. The functions that take a
 *        va_list, and the wide ones, are macros like in C, and are found as std::vprintf and so on too.
 * A label on the host's declaration would have spared the macros; but compilers refuse one after an inline
 * function has used the name, and _FORTIFY_SOURCE's inline definitions go around it. */
#ifndef OPENWS2_CRT_H
#define OPENWS2_CRT_H
#include "format.h"
#ifdef __cplusplus
extern "C++" {
#include <cctype>
#include <cwctype>
#ifdef _LIBCPP_VERSION
#include <locale> /* it prints 64-bit longs by way of vsnprintf, which must still be the host's there */
#endif
}
#else
#include <ctype.h>
#include <wctype.h>
#endif
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#ifndef _TRUNCATE
#define _TRUNCATE ((size_t)-1)
#endif
#ifndef STRUNCATE
#define STRUNCATE 80
#endif
#ifndef _countof
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef _ERRNO_T
#define _ERRNO_T
typedef int errno_t;
#endif

/* A variadic function around an expression that uses `args`. */
#define WS2_CRT_VARIADIC(name, parameters, last, expression) \
    WS2_INLINE int name parameters                           \
    {                                                        \
        va_list args;                                        \
        int result;                                          \
        va_start(args, last);                                \
        result = expression;                                 \
        va_end(args);                                        \
        return result;                                       \
    }

/* ---------------------------------------------------------------- onto a stream */
WS2_INLINE int ws2_crt_vfprintf(FILE *stream, const char *format, va_list args)
{
    return ws2_crt_onto(stream, 0, format, args);
}
WS2_INLINE int ws2_crt_vprintf(const char *format, va_list args) { return ws2_crt_onto(stdout, 0, format, args); }
WS2_INLINE int ws2_crt_vfwprintf(FILE *stream, const wchar_t *format, va_list args)
{
    return ws2_crt_onto(stream, 1, format, args);
}
WS2_INLINE int ws2_crt_vwprintf(const wchar_t *format, va_list args)
{
    return ws2_crt_onto(stdout, 1, format, args);
}
WS2_CRT_VARIADIC(ws2_crt_fprintf, (FILE *stream, const char *format, ...), format,
                 ws2_crt_onto(stream, 0, format, args))
WS2_CRT_VARIADIC(ws2_crt_printf, (const char *format, ...), format, ws2_crt_onto(stdout, 0, format, args))
WS2_CRT_VARIADIC(ws2_crt_fwprintf, (FILE *stream, const wchar_t *format, ...), format,
                 ws2_crt_onto(stream, 1, format, args))
WS2_CRT_VARIADIC(ws2_crt_wprintf, (const wchar_t *format, ...), format, ws2_crt_onto(stdout, 1, format, args))

WS2_INLINE size_t ws2_crt_wcslen(const wchar_t *text)
{
    size_t n = 0;
    while (text[n] != 0) /* the host's wcslen counts 32-bit units, which -fshort-wchar's are not */
        n++;
    return n;
}

/* Plain wide output as bytes, so that it mixes with narrow output on one stream. */
WS2_INLINE int ws2_crt_fputws(const wchar_t *text, FILE *stream)
{
    return ws2_crt_write(stream, 1, text, ws2_crt_wcslen(text));
}
WS2_INLINE int _putws(const wchar_t *text)
{
    return ws2_crt_fputws(text, stdout) < 0 || fputc('\n', stdout) == EOF ? -1 : 0;
}
WS2_INLINE wint_t ws2_crt_putwchar(wchar_t c)
{
    return ws2_crt_write(stdout, 1, &c, 1) < 0 ? WEOF : (wint_t)c;
}

/* ---------------------------------------------------------------- into memory */
/* Without a limit: half the address space, so that lengths stay within it. */
#define WS2_CRT_NO_LIMIT (((size_t)-1) / 2 / sizeof(wchar_t))

WS2_INLINE int ws2_crt_vsprintf(char *buffer, const char *format, va_list args)
{
    return ws2_crt_into(buffer, WS2_CRT_NO_LIMIT, WS2_CRT_C99, 0, format, args);
}
WS2_INLINE int ws2_crt_vsnprintf(char *buffer, size_t room, const char *format, va_list args)
{
    return ws2_crt_into(buffer, room, WS2_CRT_C99, 0, format, args);
}
WS2_INLINE int ws2_crt_vswprintf(wchar_t *buffer, size_t room, const wchar_t *format, va_list args)
{
    return ws2_crt_into(buffer, room, WS2_CRT_WIDE, 1, format, args);
}
WS2_INLINE int _vsnprintf(char *buffer, size_t room, const char *format, va_list args)
{
    return ws2_crt_into(buffer, room, WS2_CRT_OLD, 0, format, args);
}
WS2_INLINE int _vsnwprintf(wchar_t *buffer, size_t room, const wchar_t *format, va_list args)
{
    return ws2_crt_into(buffer, room, WS2_CRT_OLD, 1, format, args);
}
WS2_INLINE int _vscprintf(const char *format, va_list args)
{
    return ws2_crt_into(NULL, 0, WS2_CRT_C99, 0, format, args);
}
WS2_INLINE int _vscwprintf(const wchar_t *format, va_list args)
{
    return ws2_crt_into(NULL, 0, WS2_CRT_C99, 1, format, args);
}
/* Windows ends the process when an _s function has no room, unless the program set a handler that returns; here
 * they do what they do after such a handler: an empty string, errno ERANGE, -1. */
WS2_INLINE int vsprintf_s(char *buffer, size_t room, const char *format, va_list args)
{
    return ws2_crt_into(buffer, room, WS2_CRT_SAFE, 0, format, args);
}
WS2_INLINE int vswprintf_s(wchar_t *buffer, size_t room, const wchar_t *format, va_list args)
{
    return ws2_crt_into(buffer, room, WS2_CRT_SAFE, 1, format, args);
}
/* At most `most` units and a terminator; _TRUNCATE: what there is room for. */
WS2_INLINE int ws2_crt_into_most(void *buffer, size_t room, size_t most, int is_wide, const void *format, va_list args)
{
    if (most == _TRUNCATE || most < room) {
        size_t limit = most == _TRUNCATE || most >= room ? room : most + 1;
        int n = ws2_crt_into(buffer, limit, WS2_CRT_C99, is_wide, format, args);
        return n >= 0 && (size_t)n < limit ? n : -1;
    }
    return ws2_crt_into(buffer, room, WS2_CRT_SAFE, is_wide, format, args);
}
WS2_INLINE int _vsnprintf_s(char *buffer, size_t room, size_t most, const char *format, va_list args)
{
    return ws2_crt_into_most(buffer, room, most, 0, format, args);
}
WS2_INLINE int _vsnwprintf_s(wchar_t *buffer, size_t room, size_t most, const wchar_t *format, va_list args)
{
    return ws2_crt_into_most(buffer, room, most, 1, format, args);
}
WS2_CRT_VARIADIC(ws2_crt_sprintf, (char *buffer, const char *format, ...), format,
                 ws2_crt_vsprintf(buffer, format, args))
WS2_CRT_VARIADIC(ws2_crt_snprintf, (char *buffer, size_t room, const char *format, ...), format,
                 ws2_crt_vsnprintf(buffer, room, format, args))
WS2_CRT_VARIADIC(ws2_crt_swprintf, (wchar_t *buffer, size_t room, const wchar_t *format, ...), format,
                 ws2_crt_vswprintf(buffer, room, format, args))
WS2_CRT_VARIADIC(_snprintf, (char *buffer, size_t room, const char *format, ...), format,
                 _vsnprintf(buffer, room, format, args))
WS2_CRT_VARIADIC(_snwprintf, (wchar_t *buffer, size_t room, const wchar_t *format, ...), format,
                 _vsnwprintf(buffer, room, format, args))
WS2_CRT_VARIADIC(_scprintf, (const char *format, ...), format, _vscprintf(format, args))
WS2_CRT_VARIADIC(_scwprintf, (const wchar_t *format, ...), format, _vscwprintf(format, args))
WS2_CRT_VARIADIC(sprintf_s, (char *buffer, size_t room, const char *format, ...), format,
                 vsprintf_s(buffer, room, format, args))
WS2_CRT_VARIADIC(swprintf_s, (wchar_t *buffer, size_t room, const wchar_t *format, ...), format,
                 vswprintf_s(buffer, room, format, args))
WS2_CRT_VARIADIC(_snprintf_s, (char *buffer, size_t room, size_t most, const char *format, ...), format,
                 _vsnprintf_s(buffer, room, most, format, args))
WS2_CRT_VARIADIC(_snwprintf_s, (wchar_t *buffer, size_t room, size_t most, const wchar_t *format, ...), format,
                 _vsnwprintf_s(buffer, room, most, format, args))
#define printf_s ws2_crt_printf
#define fprintf_s ws2_crt_fprintf
#define wprintf_s ws2_crt_wprintf
#define fwprintf_s ws2_crt_fwprintf

/* ---------------------------------------------------------------- reading */
/* The host's scanf format for Windows' one; `host` has room for twice as many characters and a terminator. */
WS2_INLINE void ws2_crt_scan_format(const char *format, char *host)
{
    size_t i = 0;
    while (format[i] != 0) {
        enum ws2_crt_length length;
        int is_text, is_real;
        char c;
        if ((*host++ = format[i++]) != '%')
            continue;
        while (format[i] == '*' || ws2_crt_is_digit((unsigned char)format[i]))
            *host++ = format[i++];
        length = ws2_crt_read_length(format, 0, &i);
        c = format[i];
        if (c == 0)
            break;
        i++;
        is_text = strchr("scSC[", c) != NULL;
        is_real = strchr("aAeEfFgG", c) != NULL;
        if (length == WS2_CRT_LONG_DOUBLE)
            *host++ = 'L';
        else if (length == WS2_CRT_SIZE)
            *host++ = 'z';
        else if (length == WS2_CRT_64 || (length == WS2_CRT_LONG && (is_text || is_real)) ||
                 (length == WS2_CRT_PLAIN && (c == 'S' || c == 'C')))
            *host++ = 'l';
        else if ((length == WS2_CRT_SHORT || length == WS2_CRT_BYTE) && !is_text)
            *host++ = 'h';
        if (length == WS2_CRT_64)
            *host++ = 'l';
        else if (length == WS2_CRT_BYTE && !is_text)
            *host++ = 'h';
        *host++ = c == 'S' ? 's' : c == 'C' ? 'c' : c;
        if (c != '[')
            continue;
        if (format[i] == '^')
            *host++ = format[i++];
        do { /* a closing bracket that comes first belongs to the set */
            if (format[i] == 0)
                break;
            *host++ = format[i++];
        } while (format[i - 1] != ']' || format[i - 2] == '[' || (format[i - 2] == '^' && format[i - 3] == '['));
    }
    *host = 0;
}

WS2_INLINE int ws2_crt_vscan(FILE *stream, const char *text, const char *format, va_list args)
{
    char small[256];
    size_t room = strlen(format) * 2 + 1;
    char *host = room <= sizeof small ? small : (char *)malloc(room);
    int n = EOF;
    if (host == NULL)
        return n;
    ws2_crt_scan_format(format, host);
    n = text != NULL ? vsscanf(text, host, args) : vfscanf(stream, host, args);
    if (host != small)
        free(host);
    return n;
}
WS2_CRT_VARIADIC(ws2_crt_scanf, (const char *format, ...), format, ws2_crt_vscan(stdin, NULL, format, args))
WS2_CRT_VARIADIC(ws2_crt_fscanf, (FILE *stream, const char *format, ...), format,
                 ws2_crt_vscan(stream, NULL, format, args))
WS2_CRT_VARIADIC(ws2_crt_sscanf, (const char *text, const char *format, ...), format,
                 ws2_crt_vscan(NULL, text, format, args))

/* ---------------------------------------------------------------- strings */
/* The bounded string functions of one kind of character. Too small a destination becomes an empty string. */
#define WS2_CRT_BOUNDED(unit, copy, append, copy_some, append_some)                                              \
    WS2_INLINE errno_t ws2_crt_##copy(unit *to, size_t room, size_t at, const unit *from, size_t most)           \
    {                                                                                                            \
        size_t i;                                                                                                \
        if (to == NULL || room == 0)                                                                             \
            return errno = EINVAL;                                                                               \
        if (from == NULL || at >= room) {                                                                        \
            to[0] = 0;                                                                                           \
            return errno = EINVAL;                                                                               \
        }                                                                                                        \
        for (i = 0; (most == _TRUNCATE || i < most) && from[i] != 0; i++) {                                      \
            if (at + i + 1 >= room) {                                                                            \
                to[most == _TRUNCATE ? at + i : 0] = 0;                                                          \
                return most == _TRUNCATE ? STRUNCATE : (errno = ERANGE);                                         \
            }                                                                                                    \
            to[at + i] = from[i];                                                                                \
        }                                                                                                        \
        to[at + i] = 0;                                                                                          \
        return 0;                                                                                                \
    }                                                                                                            \
    WS2_INLINE size_t ws2_crt_##append(const unit *to, size_t room)                                              \
    {                                                                                                            \
        size_t i = 0;                                                                                            \
        while (to != NULL && i < room && to[i] != 0)                                                             \
            i++;                                                                                                 \
        return i;                                                                                                \
    }                                                                                                            \
    WS2_INLINE errno_t copy(unit *to, size_t room, const unit *from)                                             \
    {                                                                                                            \
        return ws2_crt_##copy(to, room, 0, from, _TRUNCATE - 1);                                                 \
    }                                                                                                            \
    WS2_INLINE errno_t append(unit *to, size_t room, const unit *from)                                           \
    {                                                                                                            \
        return ws2_crt_##copy(to, room, ws2_crt_##append(to, room), from, _TRUNCATE - 1);                        \
    }                                                                                                            \
    WS2_INLINE errno_t copy_some(unit *to, size_t room, const unit *from, size_t most)                           \
    {                                                                                                            \
        return ws2_crt_##copy(to, room, 0, from, most);                                                          \
    }                                                                                                            \
    WS2_INLINE errno_t append_some(unit *to, size_t room, const unit *from, size_t most)                         \
    {                                                                                                            \
        return ws2_crt_##copy(to, room, ws2_crt_##append(to, room), from, most);                                 \
    }
WS2_CRT_BOUNDED(char, strcpy_s, strcat_s, strncpy_s, strncat_s)
WS2_CRT_BOUNDED(wchar_t, wcscpy_s, wcscat_s, wcsncpy_s, wcsncat_s)

WS2_INLINE errno_t memcpy_s(void *to, size_t room, const void *from, size_t count)
{
    if (count == 0)
        return 0;
    if (to == NULL)
        return errno = EINVAL;
    if (from == NULL || room < count) {
        memset(to, 0, room);
        return errno = from == NULL ? EINVAL : ERANGE;
    }
    memcpy(to, from, count);
    return 0;
}
WS2_INLINE errno_t memmove_s(void *to, size_t room, const void *from, size_t count)
{
    if (count == 0)
        return 0;
    if (to == NULL || from == NULL)
        return errno = EINVAL;
    if (room < count)
        return errno = ERANGE;
    memmove(to, from, count);
    return 0;
}

WS2_INLINE char *strtok_s(char *text, const char *separators, char **context)
{
    char *start = text != NULL ? text : *context;
    start += strspn(start, separators);
    if (*start == 0) {
        *context = start;
        return NULL;
    }
    *context = start + strcspn(start, separators);
    if (**context != 0)
        *(*context)++ = 0;
    return start;
}

WS2_INLINE int _strnicmp(const char *one, const char *other, size_t most)
{
    for (; most > 0; most--, one++, other++) {
        int a = tolower((unsigned char)*one), b = tolower((unsigned char)*other);
        if (a != b || a == 0)
            return a - b;
    }
    return 0;
}
WS2_INLINE int _stricmp(const char *one, const char *other) { return _strnicmp(one, other, (size_t)-1); }
WS2_INLINE int _wcsnicmp(const wchar_t *one, const wchar_t *other, size_t most)
{
    for (; most > 0; most--, one++, other++) {
        wint_t a = towlower((wint_t)*one), b = towlower((wint_t)*other);
        if (a != b || a == 0)
            return a < b ? -1 : a > b;
    }
    return 0;
}
WS2_INLINE int _wcsicmp(const wchar_t *one, const wchar_t *other) { return _wcsnicmp(one, other, (size_t)-1); }
#define stricmp _stricmp
#define strnicmp _strnicmp
#define strcmpi _stricmp
#define wcsicmp _wcsicmp
#define wcsnicmp _wcsnicmp

WS2_INLINE char *_strdup(const char *text)
{
    size_t size = text != NULL ? strlen(text) + 1 : 0;
    char *copy = text != NULL ? (char *)malloc(size) : NULL;
    return copy != NULL ? (char *)memcpy(copy, text, size) : NULL;
}
WS2_INLINE wchar_t *_wcsdup(const wchar_t *text)
{
    size_t size = text != NULL ? (ws2_crt_wcslen(text) + 1) * sizeof(wchar_t) : 0;
    wchar_t *copy = text != NULL ? (wchar_t *)malloc(size) : NULL;
    return copy != NULL ? (wchar_t *)memcpy(copy, text, size) : NULL;
}

#define _atoi64(text) strtoll((text), NULL, 10)
#define _strtoi64 strtoll
#define _strtoui64 strtoull

WS2_INLINE errno_t fopen_s(FILE **stream, const char *name, const char *mode)
{
    if (stream == NULL || name == NULL || mode == NULL)
        return errno = EINVAL;
    *stream = fopen(name, mode);
    return *stream != NULL ? 0 : errno;
}

/* ---------------------------------------------------------------- wmain */
/* A program that begins at wmain gets a main that hands it the arguments as wide strings. */
typedef int (*ws2_crt_wide_main)(int argc, wchar_t **argv, wchar_t **environment);

WS2_INLINE wchar_t **ws2_crt_widen_list(char *const *list)
{
    size_t n = 0, i;
    wchar_t **wide;
    while (list != NULL && list[n] != NULL)
        n++;
    wide = (wchar_t **)calloc(n + 1, sizeof *wide);
    for (i = 0; wide != NULL && i < n; i++) {
        size_t room = strlen(list[i]) + 1;
        ws2_crt_out out;
        wide[i] = (wchar_t *)calloc(room, sizeof(wchar_t)); /* no text has more wide units than bytes */
        if (wide[i] == NULL)
            return NULL;
        ws2_crt_open(&out, wide[i], room, 1, 0);
        ws2_crt_put_text(&out, list[i], 0, (size_t)-1);
    }
    return wide;
}

WS2_INLINE int ws2_crt_run_wide_main(void (*start)(void), int argc, char **argv)
{
    extern char **environ;
    wchar_t **wide = ws2_crt_widen_list(argv);
    wchar_t **environment = ws2_crt_widen_list(environ);
    if (wide == NULL || environment == NULL) {
        fputs("not enough memory for the arguments\n", stderr);
        return EXIT_FAILURE;
    }
    return ((ws2_crt_wide_main)start)(argc, wide, environment);
}

#define wmain(...)                                                                        \
    ws2_crt_wmain(__VA_ARGS__);                                                           \
    int main(int argc, char **argv)                                                       \
    {                                                                                     \
        return ws2_crt_run_wide_main((void (*)(void))ws2_crt_wmain, argc, argv);          \
    }                                                                                     \
    int ws2_crt_wmain(__VA_ARGS__)

/* ---------------------------------------------------------------- the C library's names */
#undef vprintf
#undef vfprintf
#undef vsprintf
#undef vsnprintf
#undef wprintf
#undef fwprintf
#undef swprintf
#undef vwprintf
#undef vfwprintf
#undef vswprintf
#undef fputws
#undef putwchar

#ifdef __cplusplus
extern "C++" {
namespace std {
using ::ws2_crt_fputws;
using ::ws2_crt_fwprintf;
using ::ws2_crt_putwchar;
using ::ws2_crt_swprintf;
using ::ws2_crt_vfprintf;
using ::ws2_crt_vfwprintf;
using ::ws2_crt_vprintf;
using ::ws2_crt_vsnprintf;
using ::ws2_crt_vsprintf;
using ::ws2_crt_vswprintf;
using ::ws2_crt_vwprintf;
using ::ws2_crt_wprintf;
}

/* A template that fits as well as the host's function loses against it; one that spares the host's dots wins. */
template <class First, class... Rest> inline int printf(const char *format, First first, Rest... rest)
{
    return ws2_crt_printf(format, first, rest...);
}
template <class First, class... Rest> inline int fprintf(FILE *stream, const char *format, First first, Rest... rest)
{
    return ws2_crt_fprintf(stream, format, first, rest...);
}
template <class First, class... Rest> inline int sprintf(char *buffer, const char *format, First first, Rest... rest)
{
    return ws2_crt_sprintf(buffer, format, first, rest...);
}
template <class First, class... Rest>
inline int snprintf(char *buffer, size_t room, const char *format, First first, Rest... rest)
{
    return ws2_crt_snprintf(buffer, room, format, first, rest...);
}
template <class First, class... Rest> inline int scanf(const char *format, First first, Rest... rest)
{
    return ws2_crt_scanf(format, first, rest...);
}
template <class First, class... Rest> inline int fscanf(FILE *stream, const char *format, First first, Rest... rest)
{
    return ws2_crt_fscanf(stream, format, first, rest...);
}
template <class First, class... Rest> inline int sscanf(const char *text, const char *format, First first, Rest... rest)
{
    return ws2_crt_sscanf(text, format, first, rest...);
}

/* Destinations that are arrays know their room. */
template <size_t Room, class... Rest> inline int sprintf_s(char (&to)[Room], const char *format, Rest... rest)
{
    return sprintf_s(static_cast<char *>(to), Room, format, rest...);
}
template <size_t Room, class... Rest> inline int swprintf_s(wchar_t (&to)[Room], const wchar_t *format, Rest... rest)
{
    return swprintf_s(static_cast<wchar_t *>(to), Room, format, rest...);
}
template <size_t Room, class... Rest>
inline int _snprintf_s(char (&to)[Room], size_t most, const char *format, Rest... rest)
{
    return _snprintf_s(static_cast<char *>(to), Room, most, format, rest...);
}
template <size_t Room, class... Rest>
inline int _snwprintf_s(wchar_t (&to)[Room], size_t most, const wchar_t *format, Rest... rest)
{
    return _snwprintf_s(static_cast<wchar_t *>(to), Room, most, format, rest...);
}
template <size_t Room> inline int vsprintf_s(char (&to)[Room], const char *format, va_list args)
{
    return vsprintf_s(static_cast<char *>(to), Room, format, args);
}
template <size_t Room> inline int _vsnprintf_s(char (&to)[Room], size_t most, const char *format, va_list args)
{
    return _vsnprintf_s(static_cast<char *>(to), Room, most, format, args);
}
template <size_t Room> inline errno_t strcpy_s(char (&to)[Room], const char *from) { return strcpy_s(to, Room, from); }
template <size_t Room> inline errno_t strcat_s(char (&to)[Room], const char *from) { return strcat_s(to, Room, from); }
template <size_t Room> inline errno_t strncpy_s(char (&to)[Room], const char *from, size_t most)
{
    return strncpy_s(to, Room, from, most);
}
template <size_t Room> inline errno_t strncat_s(char (&to)[Room], const char *from, size_t most)
{
    return strncat_s(to, Room, from, most);
}
template <size_t Room> inline errno_t wcscpy_s(wchar_t (&to)[Room], const wchar_t *from)
{
    return wcscpy_s(to, Room, from);
}
template <size_t Room> inline errno_t wcscat_s(wchar_t (&to)[Room], const wchar_t *from)
{
    return wcscat_s(to, Room, from);
}
template <size_t Room> inline errno_t wcsncpy_s(wchar_t (&to)[Room], const wchar_t *from, size_t most)
{
    return wcsncpy_s(to, Room, from, most);
}
}
#else
#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef scanf
#undef fscanf
#undef sscanf
#define printf(...) ws2_crt_printf(__VA_ARGS__)
#define fprintf(...) ws2_crt_fprintf(__VA_ARGS__)
#define sprintf(...) ws2_crt_sprintf(__VA_ARGS__)
#define snprintf(...) ws2_crt_snprintf(__VA_ARGS__)
#define scanf(...) ws2_crt_scanf(__VA_ARGS__)
#define fscanf(...) ws2_crt_fscanf(__VA_ARGS__)
#define sscanf(...) ws2_crt_sscanf(__VA_ARGS__)
#endif

#define vprintf(...) ws2_crt_vprintf(__VA_ARGS__)
#define vfprintf(...) ws2_crt_vfprintf(__VA_ARGS__)
#define vsprintf(...) ws2_crt_vsprintf(__VA_ARGS__)
#define vsnprintf(...) ws2_crt_vsnprintf(__VA_ARGS__)
#define wprintf(...) ws2_crt_wprintf(__VA_ARGS__)
#define fwprintf(...) ws2_crt_fwprintf(__VA_ARGS__)
#define swprintf(...) ws2_crt_swprintf(__VA_ARGS__)
#define vwprintf(...) ws2_crt_vwprintf(__VA_ARGS__)
#define vfwprintf(...) ws2_crt_vfwprintf(__VA_ARGS__)
#define vswprintf(...) ws2_crt_vswprintf(__VA_ARGS__)
#define fputws(...) ws2_crt_fputws(__VA_ARGS__)
#define putwchar(...) ws2_crt_putwchar(__VA_ARGS__)

#endif /* OPENWS2_CRT_H */
