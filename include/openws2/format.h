/* format.h: formatting as Windows' C runtime reads format strings, for the printf family of openws2/crt.h and
 * for wsprintf. It formats into memory; it declares none of the C library's names.
 *
 * What differs from the host's own printf, and is the reason for this file:
 *   - 'l' before an integer means 32 bits, I64, I32 and I are sizes, 'w' and 'h' choose the kind of a string;
 *   - in a wide format %s is a wide string and %S a narrow one; the host has it the other way round;
 *   - wide text becomes UTF-8 whatever the locale, where the host gives up at the first character that the
 *     program's locale (the "C" one, unless it asked for another) cannot express;
 *   - wide and narrow output may be mixed on one stream, since everything is written as bytes;
 *   - %p is as many hexadecimal digits as a pointer has; %n is refused, as Windows does by default.
 * Numbers are formatted by the host, one conversion at a time.
 *
 * A program that passes a narrow string where its format says wide (Microsoft's samples do: L"usage: %s\n" with
 * argv[0]) gets, on Windows, whatever the memory behind it looks like. Here a 32-bit wchar_t tells the two
 * apart nearly always, since three letters in a row are no character: such a string is printed as the narrow
 * string that it is, and reading stops at the first unit that cannot be a character. */
#ifndef OPENWS2_FORMAT_H
#define OPENWS2_FORMAT_H
#include "base.h"
#ifdef __cplusplus
extern "C++" { /* this header may stand inside an extern "C" block */
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
}
#else
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#endif
#ifndef WS2_WARN
#pragma GCC system_header
#endif

/* ---------------------------------------------------------------- where the result goes */
typedef struct ws2_crt_out {
    void *units; /* char or wchar_t */
    size_t room; /* units that fit there */
    size_t made; /* units made so far, stored or not */
    int is_wide;
    int grows; /* a larger place is found when this one is full */
    int on_heap;
    int failed;
} ws2_crt_out;

WS2_INLINE void ws2_crt_open(ws2_crt_out *out, void *units, size_t room, int is_wide, int grows)
{
    out->units = units;
    out->room = room;
    out->made = 0;
    out->is_wide = is_wide;
    out->grows = grows;
    out->on_heap = 0;
    out->failed = 0;
}

WS2_INLINE void ws2_crt_close(ws2_crt_out *out)
{
    if (out->on_heap)
        free(out->units);
}

WS2_INLINE void ws2_crt_grow(ws2_crt_out *out)
{
    size_t unit = out->is_wide ? sizeof(wchar_t) : 1;
    size_t room = out->room * 2 + 256;
    void *units = malloc(room * unit);
    if (units == NULL) {
        out->failed = 1;
        out->grows = 0;
        return;
    }
    memcpy(units, out->units, out->made * unit);
    ws2_crt_close(out);
    out->units = units;
    out->room = room;
    out->on_heap = 1;
}

/* One unit of the result's own kind. */
WS2_INLINE void ws2_crt_put(ws2_crt_out *out, unsigned unit)
{
    if (out->made == out->room && out->grows)
        ws2_crt_grow(out);
    if (out->made < out->room) {
        if (out->is_wide)
            ((wchar_t *)out->units)[out->made] = (wchar_t)unit;
        else
            ((char *)out->units)[out->made] = (char)unit;
    }
    out->made++;
}

/* The units that a character takes in the result. */
WS2_INLINE size_t ws2_crt_size(const ws2_crt_out *out, unsigned c)
{
    if (out->is_wide)
        return sizeof(wchar_t) == 2 && c > 0xffff ? 2 : 1;
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* One character, in the result's encoding. */
WS2_INLINE void ws2_crt_put_character(ws2_crt_out *out, unsigned c)
{
    switch (ws2_crt_size(out, c) + (out->is_wide ? 4 : 0)) {
    case 2:
        ws2_crt_put(out, 0xc0 | c >> 6);
        break;
    case 3:
        ws2_crt_put(out, 0xe0 | c >> 12);
        ws2_crt_put(out, 0x80 | (c >> 6 & 0x3f));
        break;
    case 4:
        ws2_crt_put(out, 0xf0 | c >> 18);
        ws2_crt_put(out, 0x80 | (c >> 12 & 0x3f));
        ws2_crt_put(out, 0x80 | (c >> 6 & 0x3f));
        break;
    case 6:
        ws2_crt_put(out, 0xd800 | (c - 0x10000) >> 10);
        ws2_crt_put(out, 0xdc00 | (c & 0x3ff));
        return;
    default:
        ws2_crt_put(out, c);
        return;
    }
    ws2_crt_put(out, 0x80 | (c & 0x3f));
}

/* ---------------------------------------------------------------- reading strings of either kind */
#define WS2_CRT_REPLACEMENT 0xfffdu

/* The unit with this index; a wide one need not be aligned. */
WS2_INLINE unsigned ws2_crt_at(const void *string, int is_wide, size_t i)
{
    wchar_t unit;
    if (!is_wide)
        return ((const unsigned char *)string)[i];
    memcpy(&unit, (const char *)string + i * sizeof unit, sizeof unit);
    return sizeof unit == 2 ? (unsigned)unit & 0xffff : (unsigned)unit;
}

/* Whether a string that is said to be wide can be: see the top of the file. */
WS2_INLINE int ws2_crt_can_be_wide(const void *string)
{
    if ((uintptr_t)string % sizeof(wchar_t) != 0)
        return 0;
    return sizeof(wchar_t) == 2 || ws2_crt_at(string, 1, 0) <= 0x10ffff;
}

/* The character at *i, which moves behind it; 0 at the end. `end` is where to stop if no terminator comes. */
WS2_INLINE unsigned ws2_crt_character(const void *string, int is_wide, size_t *i, size_t end)
{
    unsigned c, more, least;
    if (*i >= end)
        return 0;
    c = ws2_crt_at(string, is_wide, *i);
    if (c == 0 || (is_wide && c > 0x10ffff))
        return 0;
    ++*i;
    if (is_wide) {
        unsigned low;
        if (c < 0xd800 || c > 0xdfff)
            return c;
        low = c < 0xdc00 && sizeof(wchar_t) == 2 && *i < end ? ws2_crt_at(string, 1, *i) : 0;
        if (low < 0xdc00 || low > 0xdfff)
            return WS2_CRT_REPLACEMENT;
        ++*i;
        return 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
    }
    if (c < 0x80)
        return c;
    more = c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;
    if (more == 0)
        return WS2_CRT_REPLACEMENT;
    least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
    c &= 0x3fu >> more;
    for (; more > 0; more--) {
        unsigned next = *i < end ? ws2_crt_at(string, 0, *i) : 0;
        if ((next & 0xc0) != 0x80)
            return WS2_CRT_REPLACEMENT;
        c = c << 6 | (next & 0x3f);
        ++*i;
    }
    return c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? WS2_CRT_REPLACEMENT : c;
}

/* A string's text, at most `most` units of the result. Text of the result's own kind is taken as it is. */
WS2_INLINE void ws2_crt_put_text(ws2_crt_out *out, const void *string, int is_wide, size_t most)
{
    size_t start = out->made, i = 0;
    unsigned c;
    if (is_wide == out->is_wide) {
        while (i < most && (c = ws2_crt_at(string, is_wide, i)) != 0 && !(is_wide && c > 0x10ffff)) {
            ws2_crt_put(out, c);
            i++;
        }
        return;
    }
    while (out->made - start < most && (c = ws2_crt_character(string, is_wide, &i, (size_t)-1)) != 0) {
        if (out->made - start + ws2_crt_size(out, c) > most)
            return;
        ws2_crt_put_character(out, c);
    }
}

/* ---------------------------------------------------------------- one conversion */
enum ws2_crt_length {
    WS2_CRT_PLAIN, WS2_CRT_BYTE, WS2_CRT_SHORT, WS2_CRT_LONG, WS2_CRT_64, WS2_CRT_SIZE, WS2_CRT_LONG_DOUBLE
};

typedef struct ws2_crt_spec {
    char flags[8];
    int width;
    int precision; /* -1: none */
    enum ws2_crt_length length;
    unsigned conversion;
} ws2_crt_spec;

typedef union ws2_crt_number {
    int word;
    __extension__ long long quad;
    double real;
    long double long_real;
} ws2_crt_number;

WS2_INLINE int ws2_crt_is_digit(unsigned c) { return c >= '0' && c <= '9'; }

WS2_INLINE int ws2_crt_has_flag(const ws2_crt_spec *spec, char flag) { return strchr(spec->flags, flag) != NULL; }

WS2_INLINE void ws2_crt_pad(ws2_crt_out *out, const ws2_crt_spec *spec, size_t length, int on_left)
{
    size_t width = (size_t)spec->width;
    if (on_left == ws2_crt_has_flag(spec, '-'))
        return;
    for (; length < width; length++)
        ws2_crt_put(out, ' ');
}

/* The host's rendering of a number; `text` has room for `room` bytes. Gives the length it has or would have. */
WS2_INLINE int ws2_crt_render(char *text, size_t room, const ws2_crt_spec *spec, const ws2_crt_number *number)
{
    char format[24];
    const char *length = spec->length == WS2_CRT_BYTE ? "hh" : spec->length == WS2_CRT_SHORT ? "h" : "";
    int is_real = strchr("aAeEfFgG", (int)spec->conversion) != NULL;
    int is_quad = !is_real && spec->length >= WS2_CRT_64;
    if (is_real)
        length = spec->length == WS2_CRT_LONG_DOUBLE ? "L" : "";
    else if (is_quad)
        length = "ll";
    snprintf(format, sizeof format, "%%%s*.*%s%c", spec->flags, length, (char)spec->conversion);
    if (is_real && spec->length == WS2_CRT_LONG_DOUBLE)
        return snprintf(text, room, format, spec->width, spec->precision, number->long_real);
    if (is_real)
        return snprintf(text, room, format, spec->width, spec->precision, number->real);
    if (is_quad)
        return snprintf(text, room, format, spec->width, spec->precision, number->quad);
    return snprintf(text, room, format, spec->width, spec->precision, number->word);
}

WS2_INLINE void ws2_crt_put_number(ws2_crt_out *out, const ws2_crt_spec *spec, const ws2_crt_number *number)
{
    char small[400];
    char *text = small;
    int length = ws2_crt_render(small, sizeof small, spec, number);
    if (length >= (int)sizeof small) {
        text = (char *)malloc((size_t)length + 1);
        if (text != NULL)
            ws2_crt_render(text, (size_t)length + 1, spec, number);
    }
    if (length < 0 || text == NULL) {
        out->failed = 1;
        return;
    }
    ws2_crt_put_text(out, text, 0, (size_t)-1);
    if (text != small)
        free(text);
}

WS2_INLINE void ws2_crt_put_string(ws2_crt_out *out, const ws2_crt_spec *spec, const void *string, int is_wide)
{
    ws2_crt_out measure;
    size_t most = spec->precision < 0 ? (size_t)-1 : (size_t)spec->precision;
    if (string == NULL) {
        string = "(null)";
        is_wide = 0;
    }
    if (is_wide && most > 0)
        is_wide = ws2_crt_can_be_wide(string);
    ws2_crt_open(&measure, NULL, 0, out->is_wide, 0);
    ws2_crt_put_text(&measure, string, is_wide, most);
    ws2_crt_pad(out, spec, measure.made, 1);
    ws2_crt_put_text(out, string, is_wide, most);
    ws2_crt_pad(out, spec, measure.made, 0);
}

WS2_INLINE void ws2_crt_put_char(ws2_crt_out *out, const ws2_crt_spec *spec, unsigned c, int is_wide)
{
    int as_it_is = is_wide == out->is_wide;
    size_t length = as_it_is ? 1 : ws2_crt_size(out, c);
    ws2_crt_pad(out, spec, length, 1);
    if (as_it_is)
        ws2_crt_put(out, c);
    else
        ws2_crt_put_character(out, c);
    ws2_crt_pad(out, spec, length, 0);
}

/* Reads a length prefix at *i, which moves behind it. */
WS2_INLINE enum ws2_crt_length ws2_crt_read_length(const void *format, int is_wide, size_t *i)
{
    unsigned c = ws2_crt_at(format, is_wide, *i);
    unsigned next = c == 0 ? 0 : ws2_crt_at(format, is_wide, *i + 1);
    ++*i;
    switch (c) {
    case 'h':
        *i += next == 'h';
        return next == 'h' ? WS2_CRT_BYTE : WS2_CRT_SHORT;
    case 'l':
        *i += next == 'l';
        return next == 'l' ? WS2_CRT_64 : WS2_CRT_LONG;
    case 'w':
        return WS2_CRT_LONG;
    case 'j':
        return WS2_CRT_64;
    case 'z':
    case 't':
        return WS2_CRT_SIZE;
    case 'L':
        return WS2_CRT_LONG_DOUBLE;
    case 'I':
        if (next == '6' && ws2_crt_at(format, is_wide, *i + 1) == '4') {
            *i += 2;
            return WS2_CRT_64;
        }
        if (next == '3' && ws2_crt_at(format, is_wide, *i + 1) == '2') {
            *i += 2;
            return WS2_CRT_PLAIN;
        }
        return WS2_CRT_SIZE;
    default:
        --*i;
        return WS2_CRT_PLAIN;
    }
}

/* ---------------------------------------------------------------- a whole format */
/* Formats into `out`; gives the number of units, or -1. The terminator is the caller's business. */
WS2_INLINE int ws2_crt_make(ws2_crt_out *out, int is_wide, const void *format, va_list args)
{
    size_t i = 0;
    unsigned c;
    while ((c = ws2_crt_at(format, is_wide, i)) != 0) {
        ws2_crt_spec spec;
        ws2_crt_number number = { 0 };
        size_t start = i, n = 0;
        int wide_string;
        if (c != '%') {
            ws2_crt_put(out, c);
            i++;
            continue;
        }
        i++;
        while ((c = ws2_crt_at(format, is_wide, i)) != 0 && c < 0x80 && strchr("-+ #0", (int)c) != NULL) {
            if (n < sizeof spec.flags - 1)
                spec.flags[n++] = (char)c;
            i++;
        }
        spec.flags[n] = 0;
        spec.width = 0;
        spec.precision = -1;
        if (c == '*') {
            spec.width = va_arg(args, int);
            if (spec.width < 0 && spec.width > -INT_MAX) {
                spec.width = -spec.width;
                if (n < sizeof spec.flags - 1) {
                    spec.flags[n++] = '-';
                    spec.flags[n] = 0;
                }
            }
            i++;
        }
        for (; ws2_crt_is_digit(c = ws2_crt_at(format, is_wide, i)) && spec.width < 1000000; i++)
            spec.width = spec.width * 10 + (int)(c - '0');
        if (c == '.') {
            spec.precision = 0;
            if (ws2_crt_at(format, is_wide, ++i) == '*') {
                spec.precision = va_arg(args, int);
                i++;
            }
            for (; ws2_crt_is_digit(c = ws2_crt_at(format, is_wide, i)) && spec.precision < 1000000; i++)
                spec.precision = spec.precision * 10 + (int)(c - '0');
        }
        spec.length = ws2_crt_read_length(format, is_wide, &i);
        c = spec.conversion = ws2_crt_at(format, is_wide, i);
        if (c != 0)
            i++;
        /* a plain s is of the format's own kind, a capital one of the other; prefixes decide outright */
        wide_string = spec.length == WS2_CRT_LONG ||
                      (spec.length != WS2_CRT_SHORT && is_wide == (c == 's' || c == 'c'));
        switch (c) {
        case '%':
            ws2_crt_put(out, '%');
            break;
        case 'd': case 'i':
            if (spec.length == WS2_CRT_SIZE)
                number.quad = va_arg(args, ptrdiff_t);
            else if (spec.length == WS2_CRT_64)
                number.quad = va_arg(args, long long);
            else
                number.word = va_arg(args, int);
            if (spec.length == WS2_CRT_LONG_DOUBLE)
                spec.length = WS2_CRT_PLAIN;
            ws2_crt_put_number(out, &spec, &number);
            break;
        case 'u': case 'o': case 'x': case 'X':
            if (spec.length == WS2_CRT_SIZE)
                number.quad = (long long)va_arg(args, size_t);
            else if (spec.length == WS2_CRT_64)
                number.quad = va_arg(args, long long);
            else
                number.word = va_arg(args, int);
            if (spec.length == WS2_CRT_LONG_DOUBLE)
                spec.length = WS2_CRT_PLAIN;
            ws2_crt_put_number(out, &spec, &number);
            break;
        case 'p':
            number.quad = (long long)(uintptr_t)va_arg(args, void *);
            spec.precision = (int)sizeof(void *) * 2;
            spec.length = WS2_CRT_64;
            spec.conversion = 'X';
            ws2_crt_put_number(out, &spec, &number);
            break;
        case 'a': case 'A': case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
            if (spec.length == WS2_CRT_LONG_DOUBLE)
                number.long_real = va_arg(args, long double);
            else
                number.real = va_arg(args, double);
            ws2_crt_put_number(out, &spec, &number);
            break;
        case 's': case 'S':
            ws2_crt_put_string(out, &spec, va_arg(args, void *), wide_string);
            break;
        case 'c': case 'C':
            c = (unsigned)va_arg(args, int);
            ws2_crt_put_char(out, &spec, wide_string ? c : c & 0xff, wide_string);
            break;
        case 'n':
            errno = EINVAL;
            return -1;
        default: /* no conversion: the text stands for itself */
            for (; start < i; start++)
                ws2_crt_put(out, ws2_crt_at(format, is_wide, start));
        }
    }
    if (out->failed) {
        errno = ENOMEM;
        return -1;
    }
    if (out->made > (size_t)INT_MAX) {
        errno = EOVERFLOW;
        return -1;
    }
    return (int)out->made;
}

/* ---------------------------------------------------------------- into memory */
enum ws2_crt_style {
    WS2_CRT_C99,   /* cut, terminate, tell the whole length */
    WS2_CRT_WIDE,  /* cut, terminate, tell -1 if it was cut */
    WS2_CRT_OLD,   /* cut, terminate only where there is room, tell -1 if it was cut */
    WS2_CRT_SAFE   /* all or an empty string and -1 */
};

WS2_INLINE void ws2_crt_terminate(void *buffer, int is_wide, size_t at)
{
    if (is_wide)
        ((wchar_t *)buffer)[at] = 0;
    else
        ((char *)buffer)[at] = 0;
}

WS2_INLINE int ws2_crt_into(void *buffer, size_t room, enum ws2_crt_style style, int is_wide, const void *format,
                            va_list args)
{
    ws2_crt_out out;
    int n;
    if (buffer == NULL)
        room = 0;
    ws2_crt_open(&out, buffer, style == WS2_CRT_OLD || room == 0 ? room : room - 1, is_wide, 0);
    n = ws2_crt_make(&out, is_wide, format, args);
    if (n >= 0 && (size_t)n < room) {
        ws2_crt_terminate(buffer, is_wide, (size_t)n);
        return n;
    }
    switch (style) {
    case WS2_CRT_OLD:
        return n >= 0 && ((size_t)n == room || buffer == NULL) ? n : -1;
    case WS2_CRT_SAFE:
        if (room > 0)
            ws2_crt_terminate(buffer, is_wide, 0);
        if (n >= 0)
            errno = ERANGE;
        return -1;
    default:
        if (room > 0)
            ws2_crt_terminate(buffer, is_wide, n < 0 ? 0 : room - 1);
        return style == WS2_CRT_C99 ? n : -1;
    }
}

/* ---------------------------------------------------------------- onto a stream */
/* Writes text of either kind; a stream that the C library already treats as wide gets wide characters. */
WS2_INLINE int ws2_crt_write(FILE *stream, int is_wide, const void *units, size_t count)
{
    size_t i = 0;
    unsigned c;
    if (fwide(stream, 0) > 0) {
        while ((c = ws2_crt_character(units, is_wide, &i, count)) != 0)
            if (fputwc((wchar_t)c, stream) == WEOF)
                return -1;
        return 0;
    }
    if (is_wide) {
        char small[512];
        ws2_crt_out bytes;
        int failed;
        ws2_crt_open(&bytes, small, sizeof small, 0, 1);
        while (i < count) {
            c = ws2_crt_character(units, 1, &i, count);
            ws2_crt_put_character(&bytes, c);
            i += c == 0;
        }
        failed = bytes.failed || fwrite(bytes.units, 1, bytes.made, stream) != bytes.made;
        ws2_crt_close(&bytes);
        return failed ? -1 : 0;
    }
    return fwrite(units, 1, count, stream) == count ? 0 : -1;
}

WS2_INLINE int ws2_crt_onto(FILE *stream, int is_wide, const void *format, va_list args)
{
    wchar_t small[512];
    ws2_crt_out out;
    int n;
    ws2_crt_open(&out, small, is_wide ? 512 : sizeof small, is_wide, 1);
    n = ws2_crt_make(&out, is_wide, format, args);
    if (n > 0 && ws2_crt_write(stream, is_wide, out.units, (size_t)n) != 0)
        n = -1;
    ws2_crt_close(&out);
    return n;
}

#endif /* OPENWS2_FORMAT_H */
