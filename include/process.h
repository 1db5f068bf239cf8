/* process.h: threads as the C runtime makes them. */
#ifndef OPENWS2_PROCESS_H
#define OPENWS2_PROCESS_H
#include "openws2/base.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

WS2_BEGIN_C
uintptr_t _beginthread(void (*start)(void *), unsigned stack, void *argument) WS2_SYM(_beginthread);
uintptr_t _beginthreadex(void *security, unsigned stack, unsigned (*start)(void *), void *argument, unsigned flags,
                         unsigned *id) WS2_SYM(_beginthreadex);
DECLSPEC_NORETURN void _endthread(void) WS2_SYM(_endthread);
DECLSPEC_NORETURN void _endthreadex(unsigned code) WS2_SYM(_endthreadex);
WS2_END_C

WS2_INLINE int _getpid(void) { return (int)getpid(); }

#endif /* OPENWS2_PROCESS_H */
