/* Calls that are queued for threads: which waits run them, in what order, and how threads end in them. */
#include <winsock2.h>
#include "win32_check.h"

#define ALERTED ((DWORD)WAIT_IO_COMPLETION)

static char notes[64];
static volatile LONG noted;

static void CALLBACK note(ULONG_PTR letter)
{
    notes[InterlockedIncrement(&noted) - 1] = (char)letter;
}

static void CALLBACK note_and_queue(ULONG_PTR letter)
{
    note(letter);
    if (letter < 'e')
        CHECK(QueueUserAPC(note_and_queue, GetCurrentThread(), letter + 1));
}

static void queue(const char *letters)
{
    for (; *letters; letters++)
        CHECK(QueueUserAPC(note, GetCurrentThread(), (ULONG_PTR)*letters));
}

static int were(const char *wanted)
{
    int alike = strcmp(notes, wanted) == 0;
    if (!alike)
        fprintf(stderr, "\"%s\" were noted, not \"%s\"\n", notes, wanted);
    memset(notes, 0, sizeof notes);
    noted = 0;
    return alike;
}

static void waits(void)
{
    WSADATA data;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), both[2];
    both[0] = event;
    both[1] = CreateEventA(NULL, TRUE, TRUE, NULL);
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    CHECK(SleepEx(0, TRUE) == 0 && SleepEx(10, TRUE) == 0 && SleepEx(0, FALSE) == 0);

    /* None of these runs them (G185). */
    queue("abc");
    Sleep(0);
    Sleep(10);
    CHECK(SleepEx(10, FALSE) == 0 && WaitForSingleObject(event, 10) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObjectEx(event, 10, FALSE) == WAIT_TIMEOUT);
    CHECK(WaitForMultipleObjects(1, &event, FALSE, 10) == WAIT_TIMEOUT);
    CHECK(WSAWaitForMultipleEvents(1, &event, FALSE, 10, FALSE) == WSA_WAIT_TIMEOUT);
    CHECK(SetEvent(event) && SignalObjectAndWait(event, event, 10, FALSE) == WAIT_OBJECT_0);
    CHECK(were(""));
    /* What is signalled goes first (G182). */
    CHECK(SetEvent(event) && WaitForSingleObjectEx(event, LATE, TRUE) == WAIT_OBJECT_0);
    CHECK(WaitForMultipleObjectsEx(2, both, FALSE, LATE, TRUE) == WAIT_OBJECT_0 + 1);
    CHECK(were(""));
    /* One wait runs them all, in order, and says so once (G183, G184, G181). */
    SetLastError(0xdeadbeef);
    CHECK(SleepEx(0, TRUE) == ALERTED && were("abc"));
    CHECK(SleepEx(0, TRUE) == 0 && GetLastError() == 0xdeadbeef);
    queue("d");
    CHECK(SleepEx(INFINITE, TRUE) == ALERTED && were("d"));
    queue("e");
    CHECK(WaitForSingleObjectEx(event, INFINITE, TRUE) == ALERTED && were("e"));
    queue("f");
    CHECK(WaitForSingleObjectEx(event, 0, TRUE) == ALERTED && were("f"));
    queue("gh");
    CHECK(WaitForMultipleObjectsEx(2, both, TRUE, INFINITE, TRUE) == ALERTED && were("gh"));
    queue("i");
    CHECK(WSAWaitForMultipleEvents(1, &event, FALSE, WSA_INFINITE, TRUE) == WSA_WAIT_IO_COMPLETION && were("i"));
    queue("j");
    CHECK(SignalObjectAndWait(both[1], event, INFINITE, TRUE) == ALERTED && were("j"));
    /* Those that they queue run in the same wait. */
    CHECK(QueueUserAPC(note_and_queue, GetCurrentThread(), 'a'));
    CHECK(SleepEx(0, TRUE) == ALERTED && were("abcde") && SleepEx(0, TRUE) == 0);
    CHECK(CloseHandle(event) && CloseHandle(both[1]) && WSACleanup() == 0);
}

static HANDLE ready;

static DWORD WINAPI sleeps_alertably(LPVOID milliseconds)
{
    SetEvent(ready);
    return SleepEx((DWORD)(ULONG_PTR)milliseconds, TRUE);
}

static DWORD WINAPI waits_in_port(LPVOID port)
{
    OVERLAPPED_ENTRY entries[2];
    ULONG count = 7;
    SetEvent(ready);
    CHECK(!GetQueuedCompletionStatusEx((HANDLE)port, entries, 2, &count, LATE, TRUE) && count == 0);
    return GetLastError();
}

static DWORD WINAPI notes_last(LPVOID letter)
{
    note((ULONG_PTR)letter);
    return 17;
}

static void CALLBACK ends(ULONG_PTR code) { ExitThread((DWORD)code); }

static DWORD end_of(HANDLE thread)
{
    DWORD code = 0;
    CHECK(WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0 && GetExitCodeThread(thread, &code));
    CHECK(CloseHandle(thread));
    return code;
}

static HANDLE started(LPTHREAD_START_ROUTINE routine, LPVOID parameter)
{
    HANDLE thread = CreateThread(NULL, 0, routine, parameter, 0, NULL);
    CHECK(WaitForSingleObject(ready, LATE) == WAIT_OBJECT_0);
    return thread;
}

static void other_threads(void)
{
    HANDLE thread, again, port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    int i;
    ready = CreateEventA(NULL, FALSE, FALSE, NULL);
    for (i = 0; i < 50; i++) {
        thread = started(sleeps_alertably, (LPVOID)(ULONG_PTR)(i % 2 ? INFINITE : LATE));
        CHECK(QueueUserAPC(note, thread, 'x'));
        CHECK(end_of(thread) == ALERTED && were("x"));
        thread = started(waits_in_port, port);
        CHECK(QueueUserAPC(note, thread, 'y'));
        CHECK(end_of(thread) == ALERTED && were("y"));
    }
    /* A call may end its thread. */
    thread = started(sleeps_alertably, (LPVOID)(ULONG_PTR)LATE);
    CHECK(QueueUserAPC(ends, thread, 23) && end_of(thread) == 23);

    /* Those that were queued before the thread began run first, and may end it before it begins. */
    thread = CreateThread(NULL, 0, notes_last, (LPVOID)(ULONG_PTR)'z', CREATE_SUSPENDED, NULL);
    CHECK(QueueUserAPC(note, thread, 'x') && QueueUserAPC(note, thread, 'y') && were(""));
    CHECK(ResumeThread(thread) == 1 && end_of(thread) == 17 && were("xyz"));
    thread = CreateThread(NULL, 0, notes_last, (LPVOID)(ULONG_PTR)'z', CREATE_SUSPENDED, NULL);
    CHECK(QueueUserAPC(note, thread, 'x') && QueueUserAPC(ends, thread, 29) && ResumeThread(thread) == 1);
    CHECK(end_of(thread) == 29 && were("x"));

    thread = CreateThread(NULL, 0, notes_last, (LPVOID)(ULONG_PTR)'z', 0, NULL);
    CHECK(DuplicateHandle(GetCurrentProcess(), thread, GetCurrentProcess(), &again, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(end_of(thread) == 17 && were("z"));
    CHECK(!QueueUserAPC(note, again, 'x') && GetLastError() == ERROR_GEN_FAILURE);
    CHECK(CloseHandle(again) && !QueueUserAPC(note, again, 'x') && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(!QueueUserAPC(note, ready, 'x') && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(!QueueUserAPC(NULL, GetCurrentThread(), 'x') && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(CloseHandle(port) && CloseHandle(ready));
}

int main(void)
{
    waits();
    other_threads();
    DONE();
}
