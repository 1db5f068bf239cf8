/* Starts a program on one processor, with as many open files as the host allows; changes nothing else of it.
 *
 * usage: pinned first|last|any PROGRAM [ARGUMENT...]     which of the processors that are allowed */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rlimit limit;
    cpu_set_t allowed, one;
    int first = -1, last = -1;

    if (argc < 3)
        return 2;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (strcmp(argv[1], "any") != 0 && sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        for (int i = 0; i < CPU_SETSIZE; i++) {
            if (CPU_ISSET(i, &allowed)) {
                first = first < 0 ? i : first;
                last = i;
            }
        }
        CPU_ZERO(&one);
        CPU_SET(strcmp(argv[1], "first") == 0 ? first : last, &one);
        if (sched_setaffinity(0, sizeof one, &one) != 0)
            perror("pinned: sched_setaffinity");
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
