/* strsafe.h: string functions that know their destination's size, in characters (Cch) or bytes (Cb), and cut what
 * does not fit. A result that was cut is told as STRSAFE_E_INSUFFICIENT_BUFFER. */
#ifndef OPENWS2_STRSAFE_H
#define OPENWS2_STRSAFE_H
#include "winerror.h"
#include "openws2/format.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)
#define STRSAFE_E_END_OF_FILE ((HRESULT)0x80070026)

/* The functions of one kind of character: `A` or `W`, its unit, whether it is wide. Sizes in bytes are sizes in
 * characters times the unit's, so each Cb function is its Cch function. */
#define WS2_STRSAFE(kind, unit, is_wide)                                                                           \
    WS2_INLINE int ws2_strsafe_is_bad##kind(const unit *to, size_t room)                                           \
    {                                                                                                              \
        return to == NULL || room == 0 || room > STRSAFE_MAX_CCH;                                                  \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCchLength##kind(const unit *text, size_t room, size_t *length)                        \
    {                                                                                                              \
        size_t n = 0;                                                                                              \
        if (length != NULL)                                                                                        \
            *length = 0;                                                                                           \
        if (text == NULL || room > STRSAFE_MAX_CCH)                                                                \
            return STRSAFE_E_INVALID_PARAMETER;                                                                    \
        while (n < room && text[n] != 0)                                                                           \
            n++;                                                                                                   \
        if (n == room)                                                                                             \
            return STRSAFE_E_INVALID_PARAMETER;                                                                    \
        if (length != NULL)                                                                                        \
            *length = n;                                                                                           \
        return S_OK;                                                                                               \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCchCopyN##kind(unit *to, size_t room, const unit *from, size_t most)                  \
    {                                                                                                              \
        size_t n = 0;                                                                                              \
        if (ws2_strsafe_is_bad##kind(to, room))                                                                    \
            return STRSAFE_E_INVALID_PARAMETER;                                                                    \
        for (; n < most && from[n] != 0 && n + 1 < room; n++)                                                      \
            to[n] = from[n];                                                                                       \
        to[n] = 0;                                                                                                 \
        return n < most && from[n] != 0 ? STRSAFE_E_INSUFFICIENT_BUFFER : S_OK;                                    \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCchCopy##kind(unit *to, size_t room, const unit *from)                                \
    {                                                                                                              \
        return StringCchCopyN##kind(to, room, from, STRSAFE_MAX_CCH);                                              \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCchCatN##kind(unit *to, size_t room, const unit *from, size_t most)                   \
    {                                                                                                              \
        size_t n;                                                                                                  \
        if (ws2_strsafe_is_bad##kind(to, room) || FAILED(StringCchLength##kind(to, room, &n)))                     \
            return STRSAFE_E_INVALID_PARAMETER;                                                                    \
        return StringCchCopyN##kind(to + n, room - n, from, most);                                                 \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCchCat##kind(unit *to, size_t room, const unit *from)                                 \
    {                                                                                                              \
        return StringCchCatN##kind(to, room, from, STRSAFE_MAX_CCH);                                               \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCchVPrintf##kind(unit *to, size_t room, const unit *format, va_list args)             \
    {                                                                                                              \
        int n;                                                                                                     \
        if (ws2_strsafe_is_bad##kind(to, room))                                                                    \
            return STRSAFE_E_INVALID_PARAMETER;                                                                    \
        n = ws2_crt_into(to, room, WS2_CRT_C99, is_wide, format, args);                                            \
        return n < 0 || (size_t)n >= room ? STRSAFE_E_INSUFFICIENT_BUFFER : S_OK;                                  \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCchPrintf##kind(unit *to, size_t room, const unit *format, ...)                       \
    {                                                                                                              \
        HRESULT result;                                                                                            \
        va_list args;                                                                                              \
        va_start(args, format);                                                                                    \
        result = StringCchVPrintf##kind(to, room, format, args);                                                   \
        va_end(args);                                                                                              \
        return result;                                                                                             \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCbLength##kind(const unit *text, size_t bytes, size_t *length)                        \
    {                                                                                                              \
        HRESULT result = StringCchLength##kind(text, bytes / sizeof(unit), length);                                \
        if (length != NULL)                                                                                        \
            *length *= sizeof(unit);                                                                               \
        return result;                                                                                             \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCbCopyN##kind(unit *to, size_t bytes, const unit *from, size_t most)                  \
    {                                                                                                              \
        return StringCchCopyN##kind(to, bytes / sizeof(unit), from, most / sizeof(unit));                          \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCbCopy##kind(unit *to, size_t bytes, const unit *from)                                \
    {                                                                                                              \
        return StringCchCopy##kind(to, bytes / sizeof(unit), from);                                                \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCbCatN##kind(unit *to, size_t bytes, const unit *from, size_t most)                   \
    {                                                                                                              \
        return StringCchCatN##kind(to, bytes / sizeof(unit), from, most / sizeof(unit));                           \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCbCat##kind(unit *to, size_t bytes, const unit *from)                                 \
    {                                                                                                              \
        return StringCchCat##kind(to, bytes / sizeof(unit), from);                                                 \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCbVPrintf##kind(unit *to, size_t bytes, const unit *format, va_list args)             \
    {                                                                                                              \
        return StringCchVPrintf##kind(to, bytes / sizeof(unit), format, args);                                     \
    }                                                                                                              \
    WS2_INLINE HRESULT StringCbPrintf##kind(unit *to, size_t bytes, const unit *format, ...)                       \
    {                                                                                                              \
        HRESULT result;                                                                                            \
        va_list args;                                                                                              \
        va_start(args, format);                                                                                    \
        result = StringCchVPrintf##kind(to, bytes / sizeof(unit), format, args);                                   \
        va_end(args);                                                                                              \
        return result;                                                                                             \
    }
WS2_STRSAFE(A, char, 0)
WS2_STRSAFE(W, wchar_t, 1)
#undef WS2_STRSAFE

#define StringCchLength WS2_AW(StringCchLength)
#define StringCchCopyN WS2_AW(StringCchCopyN)
#define StringCchCopy WS2_AW(StringCchCopy)
#define StringCchCatN WS2_AW(StringCchCatN)
#define StringCchCat WS2_AW(StringCchCat)
#define StringCchVPrintf WS2_AW(StringCchVPrintf)
#define StringCchPrintf WS2_AW(StringCchPrintf)
#define StringCbLength WS2_AW(StringCbLength)
#define StringCbCopyN WS2_AW(StringCbCopyN)
#define StringCbCopy WS2_AW(StringCbCopy)
#define StringCbCatN WS2_AW(StringCbCatN)
#define StringCbCat WS2_AW(StringCbCat)
#define StringCbVPrintf WS2_AW(StringCbVPrintf)
#define StringCbPrintf WS2_AW(StringCbPrintf)

#endif /* OPENWS2_STRSAFE_H */
