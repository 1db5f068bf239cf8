/* openws2/predefined.h: what compilers for Windows define before the first line, for `ws2cc --win32`.
 * It must not define what says which compiler it is (_MSC_VER, __MINGW32__): the compiler is the host's. */
#ifndef OPENWS2_PREDEFINED_H
#define OPENWS2_PREDEFINED_H

/* libc++ asks _WIN32 which C library is below it; it has to ask before the name exists */
#if defined(__cplusplus) && defined(__has_include)
# if __has_include(<__config>)
#  include <__config>
# endif
#endif

#ifndef _WIN32
# define _WIN32 1
#endif
#ifndef WIN32
# define WIN32 1
#endif
#if defined(__LP64__) && !defined(_WIN64)
# define _WIN64 1
#endif

#endif
