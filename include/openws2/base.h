/* base.h: the vocabulary that every Windows-named header here shares: the basic types, the calling-convention
 * and annotation words, the symbol labels, and the peace with the host's own headers. It declares no function.
 *
 * Facts about the host that shape this file:
 *   - ordinary C and C++ headers drag in fd_set, u_long, socklen_t, pollfd, select and gethostname with the
 *     host's meaning. The host's headers that declare them are included here first, so that they can never come
 *     later; then their macros are dropped and macros give the few clashing names to ours. The spelling is the
 *     same in every file, so C++ mangling agrees between files.
 *   - <sys/socket.h> declares the same functions with other numbers and layouts. No standard header includes it;
 *     a program that needs both says WS2_COEXIST and then finds ours under ws2_NAME (in C also under NAME).
 *   - `long` has 64 bits on a 64-bit host and wchar_t has 32: DWORD and LONG are therefore built on int, and
 *     wide functions have an entry point of their own (WS2_SYM_W). */
#ifndef OPENWS2_BASE_H
#define OPENWS2_BASE_H

#if defined(_MSC_VER) || defined(__MINGW32__) || defined(__CYGWIN__)
#error "OpenWS2: these headers are for Unix hosts; on Windows use the headers of its SDK"
#endif
#if (defined(_SYS_SOCKET_H) || defined(_SYS_SOCKET_H_)) && !defined(WS2_COEXIST)
#error "OpenWS2: <sys/socket.h> is already included in this file; define WS2_COEXIST to use both"
#endif

/* Like an SDK's headers, these are outside the program's warning options; WS2_WARN lets their own tests see. */
#ifndef WS2_WARN
#pragma GCC system_header
#endif

/* ---------------------------------------------------------------- the host's headers, before the names go */
#pragma push_macro("FD_SETSIZE") /* a program's own value must survive the host's */
#undef FD_SETSIZE
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <sys/types.h>
#include <sys/time.h>
#include <sys/select.h>
#ifdef __APPLE__
#include <sys/filio.h> /* <sys/ioctl.h> drags in <sys/socket.h> there */
#else
#include <sys/ioctl.h>
#endif
#include <unistd.h>
#include <poll.h>
#ifdef WS2_COEXIST
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <net/if.h>
#endif
#undef FD_SETSIZE
#pragma pop_macro("FD_SETSIZE")

#undef FD_SET
#undef FD_CLR
#undef FD_ISSET
#undef FD_ZERO
#undef FIONBIO
#undef FIONREAD
#undef FIOASYNC
#undef SIOCATMARK
#undef IOC_VOID
#undef IOC_IN
#undef IOC_OUT
#undef IOC_INOUT
#undef IOCPARM_MASK
#undef SIOCSHIWAT
#undef SIOCGHIWAT
#undef SIOCSLOWAT
#undef SIOCGLOWAT
#undef POLLIN
#undef POLLPRI
#undef POLLOUT
#undef POLLERR
#undef POLLHUP
#undef POLLNVAL
#undef POLLRDNORM
#undef POLLRDBAND
#undef POLLWRNORM
#undef POLLWRBAND
#undef htons
#undef htonl
#undef ntohs
#undef ntohl

#define fd_set ws2_fd_set
#define u_long ws2_u_long
#define pollfd ws2_pollfd
#define socklen_t ws2_socklen_t
#define gethostname ws2_gethostname
#ifndef __cplusplus
#define select ws2_select /* C++ overloads instead: a member called select must keep its name in every file */
#endif

/* ---------------------------------------------------------------- symbols */
/* Every function of the library is called ws2_NAME there; the label binds the program's plain name to it, so
 * that no symbol of the C library is ever replaced. The platform's prefix is an underscore on macOS. */
#define WS2_STRING_(x) #x
#define WS2_STRING(x) WS2_STRING_(x)
#define WS2_SYM(name) __asm__(WS2_STRING(__USER_LABEL_PREFIX__) "ws2_" #name)
#define WS2_LABEL(text) __asm__(WS2_STRING(__USER_LABEL_PREFIX__) text)
#if __SIZEOF_WCHAR_T__ == 2
#define WS2_SYM_W(name) WS2_SYM(name)
#else
#define WS2_SYM_W(name) __asm__(WS2_STRING(__USER_LABEL_PREFIX__) "ws2_" #name "_w32")
#endif

#ifdef __cplusplus
#define WS2_BEGIN_C extern "C" {
#define WS2_END_C }
#ifndef EXTERN_C
#define EXTERN_C extern "C"
#endif
#else
#define WS2_BEGIN_C
#define WS2_END_C
#ifndef EXTERN_C
#define EXTERN_C extern
#endif
#endif
#define WS2_INLINE static __inline__ __attribute__((unused))

/* '#pragma comment(lib, "ws2_32")' and '#pragma warning' mean nothing here: say nothing about them either. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
/* What Windows' C compilers warn of, newer compilers refuse: `unsigned long *` for DWORD *, SOCKET for HANDLE. */
#if !defined(__cplusplus) && (defined(__clang__) ? __clang_major__ >= 16 : __GNUC__ >= 14)
#pragma GCC diagnostic warning "-Wint-conversion"
#ifdef __clang__
#pragma GCC diagnostic warning "-Wincompatible-function-pointer-types"
#else
#pragma GCC diagnostic warning "-Wincompatible-pointer-types"
#endif
#endif

/* ---------------------------------------------------------------- calling conventions and other words */
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifndef _cdecl
#define _cdecl
#endif
#ifndef _stdcall
#define _stdcall
#endif
#ifndef __forceinline
#define __forceinline static __inline__ __attribute__((always_inline))
#endif
#ifndef __ptr32
#define __ptr32
#endif
#ifndef __ptr64
#define __ptr64
#endif
#ifndef __w64
#define __w64
#endif
#ifndef __unaligned
#define __unaligned
#endif
#define WINAPI
#define WINAPIV
#define WSAAPI
#define WSPAPI
#define APIENTRY
#define APIPRIVATE
#define CALLBACK
#define CDECL
#define NTAPI
#define NTSYSAPI
#define NTSYSCALLAPI
#define STDAPICALLTYPE
#define STDMETHODCALLTYPE
#define WINBASEAPI
#define WINADVAPI
#define WINUSERAPI
#define WINSOCK_API_LINKAGE
#ifndef PASCAL
#define PASCAL
#endif
#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef VOID
#define VOID void
#endif
#define FORCEINLINE __forceinline
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT __attribute__((visibility("default")))
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_ALIGN(n) __attribute__((aligned(n)))
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_DEPRECATED __attribute__((deprecated))
#define DUMMYUNIONNAME
#define DUMMYSTRUCTNAME
#define UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))

#ifndef __declspec
#define __declspec(word) WS2_DECLSPEC_##word
#define WS2_DECLSPEC_dllimport
#define WS2_DECLSPEC_dllexport __attribute__((visibility("default")))
#define WS2_DECLSPEC_noreturn __attribute__((noreturn))
#define WS2_DECLSPEC_noinline __attribute__((noinline))
#define WS2_DECLSPEC_nothrow __attribute__((nothrow))
#define WS2_DECLSPEC_selectany __attribute__((weak))
#define WS2_DECLSPEC_deprecated __attribute__((deprecated))
#define WS2_DECLSPEC_restrict
#define WS2_DECLSPEC_noalias
#define WS2_DECLSPEC_thread __thread
#define WS2_DECLSPEC_align(n) __attribute__((aligned(n)))
#endif

/* Source annotations (SAL 2). The older __in and __out stay undefined: libstdc++ names parameters so. */
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_count_(n)
#define _In_bytecount_(n)
#define _In_range_(a, b)
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_z_(n)
#define _In_reads_or_z_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _Inout_
#define _Inout_opt_
#define _Inout_z_
#define _Inout_updates_(n)
#define _Inout_updates_opt_(n)
#define _Inout_updates_z_(n)
#define _Inout_updates_all_(n)
#define _Inout_updates_bytes_(n)
#define _Inout_updates_bytes_opt_(n)
#define _Inout_updates_bytes_to_(n, c)
#define _Out_
#define _Out_opt_
#define _Out_cap_(n)
#define _Out_bytecap_(n)
#define _Out_z_cap_(n)
#define _Out_range_(a, b)
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_writes_z_(n)
#define _Out_writes_opt_z_(n)
#define _Out_writes_all_(n)
#define _Out_writes_to_(n, c)
#define _Out_writes_to_opt_(n, c)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_all_(n)
#define _Out_writes_bytes_to_(n, c)
#define _Out_writes_bytes_to_opt_(n, c)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_result_nullonfailure_
#define _Outptr_opt_result_maybenull_
#define _COM_Outptr_
#define _Deref_out_range_(a, b)
#define _Deref_out_opt_
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Ret_null_
#define _Ret_z_
#define _Ret_range_(a, b)
#define _Ret_writes_(n)
#define _Ret_writes_bytes_(n)
#define _Ret_writes_bytes_maybenull_(n)
#define _Pre_
#define _Pre_notnull_
#define _Pre_maybenull_
#define _Pre_null_
#define _Pre_valid_
#define _Pre_satisfies_(e)
#define _Post_
#define _Post_equals_last_error_
#define _Post_invalid_
#define _Post_ptr_invalid_
#define _Post_satisfies_(e)
#define _Post_writable_byte_size_(n)
#define _Post_z_
#define _Readable_bytes_(n)
#define _Writable_bytes_(n)
#define _Field_size_(n)
#define _Field_size_opt_(n)
#define _Field_size_bytes_(n)
#define _Field_size_bytes_opt_(n)
#define _Field_size_full_(n)
#define _Field_range_(a, b)
#define _Field_z_
#define _Struct_size_bytes_(n)
#define _Null_terminated_
#define _NullNull_terminated_
#define _Notnull_
#define _Maybenull_
#define _Always_(e)
#define _At_(target, e)
#define _At_buffer_(target, i, n, e)
#define _On_failure_(e)
#define _When_(c, e)
#define _Group_(e)
#define _Success_(e)
#define _Return_type_success_(e)
#define _Check_return_
#define _Check_return_opt_
#define _Must_inspect_result_
#define _Printf_format_string_
#define _Scanf_format_string_
#define _Reserved_
#define _Const_
#define _Points_to_data_
#define _Literal_
#define _Notliteral_
#define _Use_decl_annotations_
#define _Function_class_(n)
#define _Enum_is_bitflag_
#define _Interlocked_
#define _Interlocked_operand_
#define _Guarded_by_(l)
#define _Acquires_lock_(l)
#define _Releases_lock_(l)
#define _Acquires_exclusive_lock_(l)
#define _Releases_exclusive_lock_(l)
#define _Acquires_shared_lock_(l)
#define _Releases_shared_lock_(l)
#define _Requires_lock_held_(l)
#define _Requires_lock_not_held_(l)
#define _Frees_ptr_
#define _Frees_ptr_opt_
#define _Analysis_assume_(e)
#define _Analysis_noreturn_
#define _IRQL_requires_max_(n)

/* ---------------------------------------------------------------- integers */
#ifndef __int64 /* macros: 'unsigned __int64' is written, which a typedef does not allow */
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#endif

/* What the host has already named, it has named alike; C99 allows no second typedef. */
#if !defined(__u_char_defined) && !defined(_U_CHAR)
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
#endif
typedef uint32_t ws2_u_long;
typedef int32_t ws2_socklen_t;
#ifdef __cplusplus
typedef unsigned long long u_int64;
#else
__extension__ typedef unsigned long long u_int64;
#endif

typedef int BOOL, *PBOOL, *LPBOOL;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef uint32_t DWORD, *PDWORD, *LPDWORD;
typedef int32_t LONG, *PLONG, *LPLONG;
typedef uint32_t ULONG, *PULONG;
typedef int INT, *PINT, *LPINT;
typedef unsigned int UINT, *PUINT;
typedef short SHORT, *PSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef char CHAR, *PCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef wchar_t WCHAR, *PWCHAR;
typedef BYTE BOOLEAN, *PBOOLEAN;
typedef float FLOAT, *PFLOAT;
typedef double DOUBLE;

typedef int8_t INT8, *PINT8;
typedef uint8_t UINT8, *PUINT8;
typedef int16_t INT16, *PINT16;
typedef uint16_t UINT16, *PUINT16;
typedef int32_t INT32, *PINT32, LONG32, *PLONG32;
typedef uint32_t UINT32, *PUINT32, ULONG32, *PULONG32, DWORD32, *PDWORD32;
/* 'long long' and not int64_t: what programs print with %lld and %llu */
__extension__ typedef long long INT64, *PINT64, LONG64, *PLONG64, LONGLONG, *PLONGLONG;
__extension__ typedef unsigned long long UINT64, *PUINT64, ULONG64, *PULONG64, DWORD64, *PDWORD64;
__extension__ typedef unsigned long long ULONGLONG, *PULONGLONG, DWORDLONG, *PDWORDLONG;

/* as on Windows one type with the host's size_t and uintptr_t */
typedef intptr_t INT_PTR, *PINT_PTR, LONG_PTR, *PLONG_PTR, SSIZE_T, *PSSIZE_T;
typedef uintptr_t UINT_PTR, *PUINT_PTR, ULONG_PTR, *PULONG_PTR, DWORD_PTR, *PDWORD_PTR;
typedef size_t SIZE_T, *PSIZE_T;

/* ---------------------------------------------------------------- pointers, strings, handles */
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID, *PCVOID;
typedef char *PSTR, *LPSTR, *PCH, *LPCH, *NPSTR;
typedef const char *PCSTR, *LPCSTR, *PCCH, *LPCCH;
typedef WCHAR *PWSTR, *LPWSTR, *PWCH, *LPWCH;
typedef const WCHAR *PCWSTR, *LPCWSTR, *PCWCH, *LPCWCH;

#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR;
typedef LPWSTR PTSTR, LPTSTR;
typedef LPCWSTR PCTSTR, LPCTSTR;
#define __TEXT(s) L##s
#define WS2_AW(name) name##W
#else
typedef char TCHAR, *PTCHAR;
typedef LPSTR PTSTR, LPTSTR;
typedef LPCSTR PCTSTR, LPCTSTR;
#define __TEXT(s) s
#define WS2_AW(name) name##A
#endif
#ifndef TEXT
#define TEXT(s) __TEXT(s)
#endif

typedef void *HANDLE, **PHANDLE, **LPHANDLE;
#define DECLARE_HANDLE(name) typedef struct name##__ { int unused; } *name
DECLARE_HANDLE(HWND);
DECLARE_HANDLE(HINSTANCE);
typedef HINSTANCE HMODULE;
typedef LONG HRESULT;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM, LRESULT;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define MAKEWORD(low, high) ((WORD)(((BYTE)((DWORD_PTR)(low) & 0xff)) | ((WORD)((BYTE)((DWORD_PTR)(high) & 0xff))) << 8))
#define MAKELONG(low, high) ((LONG)(((WORD)((DWORD_PTR)(low) & 0xffff)) | ((DWORD)((WORD)((DWORD_PTR)(high) & 0xffff))) << 16))
#define LOWORD(l) ((WORD)((DWORD_PTR)(l) & 0xffff))
#define HIWORD(l) ((WORD)(((DWORD_PTR)(l) >> 16) & 0xffff))
#define LOBYTE(w) ((BYTE)((DWORD_PTR)(w) & 0xff))
#define HIBYTE(w) ((BYTE)(((DWORD_PTR)(w) >> 8) & 0xff))

/* ---------------------------------------------------------------- GUID, OVERLAPPED */
#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    uint32_t Data1;
    unsigned short Data2;
    unsigned short Data3;
    unsigned char Data4[8];
} GUID;
#endif
typedef GUID *LPGUID, *PGUID, IID, *LPIID, CLSID, *LPCLSID;
typedef const GUID *LPCGUID;
#ifdef __cplusplus
#define REFGUID const GUID &
extern "C++" { /* programs include these headers inside extern "C" blocks, too */
WS2_INLINE int IsEqualGUID(const GUID &a, const GUID &b) { return memcmp(&a, &b, sizeof(GUID)) == 0; }
__attribute__((unused)) static inline bool operator==(const GUID &a, const GUID &b) { return IsEqualGUID(a, b) != 0; }
__attribute__((unused)) static inline bool operator!=(const GUID &a, const GUID &b) { return !IsEqualGUID(a, b); }
}
#else
#define REFGUID const GUID *
#define IsEqualGUID(a, b) (memcmp((a), (b), sizeof(GUID)) == 0)
#endif
#define REFIID REFGUID
#define REFCLSID REFGUID

typedef struct _OVERLAPPED {
    ULONG_PTR Internal;
    ULONG_PTR InternalHigh;
    __extension__ union {
        __extension__ struct {
            DWORD Offset;
            DWORD OffsetHigh;
        } DUMMYSTRUCTNAME;
        PVOID Pointer;
    } DUMMYUNIONNAME;
    HANDLE hEvent;
} OVERLAPPED, *LPOVERLAPPED;

/* ---------------------------------------------------------------- types that clash, known from here on */
typedef struct ws2_fd_set ws2_fd_set; /* its size is winsock2.h's business: FD_SETSIZE may come between */
struct ws2_pollfd;

#endif /* OPENWS2_BASE_H */
