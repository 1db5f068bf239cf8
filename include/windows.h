/* windows.h: the small Win32 that socket programs lean on. What is not declared is not there.
 *
 * The C runtime's own extras (printf with Windows' format letters, sprintf_s, _stricmp...) come with it when
 * OPENWS2_CRT is defined, as ws2cc does. There are no macros called min and max. */
#ifndef OPENWS2_WINDOWS_H
#define OPENWS2_WINDOWS_H
#ifndef _WINDOWS_
#define _WINDOWS_
#endif
#include "openws2/base.h"
#ifdef OPENWS2_CRT
#include "openws2/crt.h"
#endif
#include "windef.h"
#include "winbase.h"
#ifndef NOUSER
#include "winuser.h"
#endif
#ifndef WIN32_LEAN_AND_MEAN
#include "mmsystem.h"
#ifndef _WINSOCKAPI_ /* which winsock2.h defines, and programs that want no sockets from here */
#include "winsock.h" /* as Windows' own does; here it is the same as winsock2.h */
#endif
#endif
#endif /* OPENWS2_WINDOWS_H */
