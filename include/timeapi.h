/* timeapi.h: the multimedia clock. */
#ifndef OPENWS2_TIMEAPI_H
#define OPENWS2_TIMEAPI_H
#include "openws2/base.h"
#ifndef WS2_WARN
#pragma GCC system_header
#endif

typedef UINT MMRESULT;
#define TIMERR_NOERROR 0
#define TIMERR_NOCANDO 97

WS2_BEGIN_C
DWORD WINAPI timeGetTime(void) WS2_SYM(timeGetTime);
MMRESULT WINAPI timeBeginPeriod(UINT period) WS2_SYM(timeBeginPeriod);
MMRESULT WINAPI timeEndPeriod(UINT period) WS2_SYM(timeEndPeriod);
WS2_END_C

#endif /* OPENWS2_TIMEAPI_H */
