/* The process heap, local and global memory, the memory words. */
#include "win32_check.h"

static int all_are(const void *block, SIZE_T size, int value)
{
    const unsigned char *p = (const unsigned char *)block;
    SIZE_T i;
    for (i = 0; i < size; i++)
        if (p[i] != value)
            return 0;
    return 1;
}

static void heap(void)
{
    HANDLE heap = GetProcessHeap();
    char *block = (char *)HeapAlloc(heap, HEAP_ZERO_MEMORY, 100);
    char *moved;
    CHECK(heap != NULL && block != NULL && all_are(block, 100, 0) && (ULONG_PTR)block % 16 == 0);
    CHECK(HeapSize(heap, 0, block) == 100);
    FillMemory(block, 100, 0x55);
    moved = (char *)HeapReAlloc(heap, HEAP_ZERO_MEMORY, block, 5000);
    CHECK(moved != NULL && all_are(moved, 100, 0x55) && all_are(moved + 100, 4900, 0) && HeapSize(heap, 0, moved) == 5000);
    CHECK(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, moved, 6000) == NULL);
    CHECK(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, moved, 10) == moved && HeapSize(heap, 0, moved) == 10);
    SetLastError(3);
    CHECK(HeapFree(heap, 0, moved) && HeapFree(heap, 0, NULL));
    CHECK(HeapAlloc(heap, 0, (SIZE_T)-1) == NULL && GetLastError() == 3);
    CHECK(HeapReAlloc(heap, 0, NULL, 10) == NULL && HeapSize(heap, 0, NULL) == (SIZE_T)-1);
    block = (char *)HeapAlloc(heap, 0, 0);
    CHECK(block != NULL && HeapSize(heap, 0, block) == 0 && HeapFree(heap, 0, block));
    CHECK(HeapAlloc(NULL, 0, 10) == NULL);
    CHECK(!HeapFree(NULL, 0, NULL) && GetLastError() == ERROR_INVALID_HANDLE);
}

static void local(void)
{
    char *block = (char *)LocalAlloc(LPTR, 50);
    CHECK(block != NULL && all_are(block, 50, 0) && LocalSize(block) == 50);
    block[0] = 'x';
    CHECK(LocalReAlloc(block, 500, 0) == NULL && GetLastError() == ERROR_NOT_ENOUGH_MEMORY);
    block = (char *)LocalReAlloc(block, 500, LMEM_MOVEABLE | LMEM_ZEROINIT);
    CHECK(block != NULL && block[0] == 'x' && all_are(block + 50, 450, 0) && LocalSize(block) == 500);
    CHECK(LocalFree(block) == NULL && LocalFree(NULL) == NULL);
    CHECK(LocalAlloc(LMEM_MOVEABLE, 10) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(LocalSize(NULL) == 0 && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(LocalAlloc(LMEM_FIXED, (SIZE_T)-1) == NULL && GetLastError() == ERROR_NOT_ENOUGH_MEMORY);
    block = (char *)GlobalAlloc(GPTR, 20);
    CHECK(block != NULL && all_are(block, 20, 0) && GlobalSize(block) == 20);
    block = (char *)GlobalReAlloc(block, 40, GMEM_MOVEABLE);
    CHECK(block != NULL && GlobalSize(block) == 40 && GlobalFree(block) == NULL);
}

static void words(void)
{
    char a[16], b[16];
    FillMemory(a, sizeof a, 7);
    CopyMemory(b, a, sizeof b);
    CHECK(all_are(b, sizeof b, 7));
    MoveMemory(a + 1, a, 15);
    ZeroMemory(b, sizeof b);
    CHECK(all_are(b, sizeof b, 0) && RtlEqualMemory(a, a, 16));
    CHECK(SecureZeroMemory(a, sizeof a) == a && all_are(a, sizeof a, 0));
}

int main(void)
{
    heap();
    local();
    words();
    DONE();
}
