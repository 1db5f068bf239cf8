/* trace_fork.c - a process and its child, made by the host's own call, both receive on a socket without a name. */

#include <winsock2.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    WSADATA data;
    char byte;
    SOCKET s;
    pid_t child;
    int status = 1;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return 1;
    }
    s = socket(AF_INET, SOCK_DGRAM, 0);
    recv(s, &byte, 1, 0);
    child = fork();
    if (child == 0) {
        recv(s, &byte, 1, MSG_PEEK);
        _exit(WSAGetLastError() == WSAEINVAL ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
