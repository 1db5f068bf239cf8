/* errhandlingapi.h: the last error; winbase.h has them. */
#ifndef OPENWS2_ERRHANDLINGAPI_H
#define OPENWS2_ERRHANDLINGAPI_H
#include "winbase.h"
#endif /* OPENWS2_ERRHANDLINGAPI_H */
