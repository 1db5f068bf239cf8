/* processthreadsapi.h: threads and processes; winbase.h has them. */
#ifndef OPENWS2_PROCESSTHREADSAPI_H
#define OPENWS2_PROCESSTHREADSAPI_H
#include "winbase.h"
#endif /* OPENWS2_PROCESSTHREADSAPI_H */
