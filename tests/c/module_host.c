/* Modules from both sides of the pointer: loaded, found, asked, freed. Beside this program lie the modules that
 * tests/modules.rs built from module_plugin.c; they print when they come and go. */
#include <winsock2.h>
#include "win32_check.h"

typedef int (*number)(void);
typedef int (*of_number)(int);
typedef void (*taker)(int);
typedef SOCKET (*maker)(void);
typedef void *(*pointer)(void);

#define TOLD(e, code) (SetLastError(0), (e) && GetLastError() == (code))

static void *address(HMODULE module, const char *name)
{
    FARPROC found = GetProcAddress(module, name);
    void *result;
    memcpy(&result, &found, sizeof result);
    return result;
}

static int ask(HMODULE module, const char *name)
{
    FARPROC found = GetProcAddress(module, name);
    CHECK(found);
    return found ? ((number)found)() : -1;
}

static void step(const char *what)
{
    printf("%s\n", what);
    fflush(stdout);
}

static void systems_own(void)
{
    static const char *const names[] = {"ws2_32", "WS2_32.dll", "mswsock.dll", "MSWSOCK", "wsock32.dll", "kernel32.dll",
                                        "user32.dll", "ntdll.dll", "C:\\Windows\\System32\\Kernel32.DLL"};
    HMODULE ws2 = LoadLibraryA("ws2_32.dll"), kernel;
    char path[MAX_PATH];
    size_t i;
    for (i = 0; i < ARRAYSIZE(names); i++) {
        HMODULE module = LoadLibraryA(names[i]);
        CHECK(module && module == LoadLibraryA(names[i]) && module == GetModuleHandleA(names[i]));
        CHECK(address(module, "WSAStartup") == (void *)WSAStartup);
        CHECK(FreeLibrary(module) && FreeLibrary(module) && FreeLibrary(module));
        CHECK(GetModuleHandleA(names[i]) == module && DisableThreadLibraryCalls(module));
    }
    CHECK(GetModuleHandleA("ws2_32") == ws2 && GetModuleHandleW(L"WS2_32.DLL") == ws2);
    kernel = LoadLibraryW(L"kernel32");
    CHECK(kernel == GetModuleHandleA("C:\\WINDOWS\\system32\\kernel32.dll") && kernel != ws2);
    CHECK(kernel != GetModuleHandle(NULL));

    CHECK(address(ws2, "recv") == (void *)recv && address(ws2, "lstrlenA") == (void *)lstrlenA);
    CHECK(address(kernel, "lstrlenW") == (void *)lstrlenW);
    CHECK(address(kernel, "GetProcAddress") == (void *)GetProcAddress);
    CHECK(TOLD(!GetProcAddress(ws2, "NoSuchFunction"), ERROR_PROC_NOT_FOUND));
    CHECK(TOLD(!GetProcAddress(ws2, "printf"), ERROR_PROC_NOT_FOUND));
    CHECK(TOLD(!GetProcAddress(ws2, "wsastartup"), ERROR_PROC_NOT_FOUND));
    CHECK(TOLD(!GetProcAddress(ws2, (LPCSTR)(ULONG_PTR)115), ERROR_PROC_NOT_FOUND));
    CHECK(TOLD(!GetProcAddress(ws2, NULL), ERROR_PROC_NOT_FOUND));
    SetLastError(99);
    CHECK(GetProcAddress(ws2, "bind") && LoadLibraryA("ws2_32") && GetLastError() == 99);

    CHECK(GetModuleFileNameA(ws2, path, sizeof path) == 30 && !strcmp(path, "C:\\Windows\\System32\\ws2_32.dll"));
}

static void providers_own(void)
{
    HMODULE trace = LoadLibraryW(L"openws2:trace");
    WCHAR path[MAX_PATH];
    CHECK(trace && trace == LoadLibraryA("OpenWS2:Trace") && trace == GetModuleHandleA("openws2:trace"));
    CHECK(trace != LoadLibraryA("openws2:other"));
    CHECK(GetModuleFileNameW(trace, path, ARRAYSIZE(path)) == 13 && !lstrcmpW(path, L"openws2:trace"));
    CHECK(TOLD(!GetProcAddress(trace, "recv"), ERROR_PROC_NOT_FOUND));
    CHECK(TOLD(!GetModuleHandleA("openws2:never"), ERROR_MOD_NOT_FOUND));
    CHECK(FreeLibrary(trace) && GetModuleHandleA("openws2:trace") == trace);
}

static void one_module(void)
{
    HMODULE plugin, again;
    SOCKET s;
    WSADATA data;

    step("load");
    SetLastError(99);
    plugin = LoadLibraryW(L"plugin.dll");
    CHECK(plugin && GetLastError() == 99);
    if (!plugin)
        return;
    CHECK(GetModuleHandleA("plugin.dll") == plugin && GetModuleHandleW(L"PLUGIN") == plugin);
    step("load again");
    again = LoadLibraryA("plugin");
    CHECK(again == plugin && ask(plugin, "Loads") == 1);

    CHECK(*(int *)address(plugin, "TheAnswer") == 42);
    CHECK(((of_number)GetProcAddress(plugin, "OwnError"))(1) == 2);
    CHECK(TOLD(!GetProcAddress(plugin, "recv"), ERROR_PROC_NOT_FOUND));
    CHECK(TOLD(!GetProcAddress(plugin, "ws2_recv"), ERROR_PROC_NOT_FOUND));
    CHECK(TOLD(!GetProcAddress(plugin, (LPCSTR)(ULONG_PTR)1), ERROR_PROC_NOT_FOUND));
    CHECK(ask(plugin, "WSPStartup") == 8 * (int)sizeof(WCHAR));

    /* one library for both: the last error, the start, the sockets, the functions */
    ((taker)GetProcAddress(plugin, "SetLast"))(4711);
    CHECK(WSAGetLastError() == 4711);
    CHECK(((maker)GetProcAddress(plugin, "MakeSocket"))() == INVALID_SOCKET && WSAGetLastError() == WSANOTINITIALISED);
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    s = ((maker)GetProcAddress(plugin, "MakeSocket"))();
    CHECK(s != INVALID_SOCKET && closesocket(s) == 0);
    CHECK(WSACleanup() == 0);
    CHECK(((pointer)GetProcAddress(plugin, "StartupHere"))() == (void *)WSAStartup);

    step("free once");
    CHECK(FreeLibrary(plugin) && GetModuleHandleA("plugin.dll") == plugin);
    step("free twice");
    SetLastError(99);
    CHECK(FreeLibrary(plugin) && GetLastError() == 99);
    CHECK(TOLD(!GetModuleHandleA("plugin.dll"), ERROR_MOD_NOT_FOUND));
    CHECK(TOLD(!FreeLibrary(plugin), ERROR_INVALID_HANDLE));
    CHECK(TOLD(!GetProcAddress(plugin, "Loads"), ERROR_MOD_NOT_FOUND));
    CHECK(TOLD(!DisableThreadLibraryCalls(plugin), ERROR_INVALID_HANDLE));
    CHECK(TOLD(!FreeLibrary(NULL), ERROR_INVALID_HANDLE));
}

static void names(void)
{
    HMODULE module = LoadLibraryA("under.dll"), other;
    char path[MAX_PATH], cut[8];
    WCHAR wide[MAX_PATH];
    DWORD length;
    CHECK(module && LoadLibraryA("under") == module && GetModuleHandleA("under.dll") == module);
    CHECK(FreeLibrary(module) && FreeLibrary(module));

    module = LoadLibraryA("more\\inner.dll");
    CHECK(module && LoadLibraryA("more/inner.dll") == module);
    length = GetModuleFileNameA(module, path, sizeof path);
    CHECK(length > 15 && strlen(path) == length && path[0] == '/' && !strcmp(path + length - 15, "/more/inner.dll"));
    CHECK(GetModuleFileNameW(module, wide, ARRAYSIZE(wide)) == length && lstrlenW(wide) == (int)length);
    CHECK(GetModuleHandleA(path) == module && LoadLibraryA(path) == module && LoadLibraryW(wide) == module);
    SetLastError(99);
    CHECK(GetModuleFileNameA(module, path, length + 1) == length && GetLastError() == 99);
    CHECK(TOLD(GetModuleFileNameA(module, path, length) == length, ERROR_INSUFFICIENT_BUFFER));
    CHECK(strlen(path) == length - 1);
    CHECK(TOLD(GetModuleFileNameA(module, cut, 8) == 8, ERROR_INSUFFICIENT_BUFFER));
    CHECK(!memcmp(cut, path, 7) && cut[7] == 0);
    CHECK(TOLD(GetModuleFileNameW(module, wide, 2) == 2, ERROR_INSUFFICIENT_BUFFER) && wide[0] == '/' && wide[1] == 0);
    CHECK(TOLD(GetModuleFileNameA(module, path, 0) == 0, ERROR_INSUFFICIENT_BUFFER));
    CHECK(TOLD(GetModuleFileNameA((HMODULE)(ULONG_PTR)0x12340, path, 9) == 0, ERROR_MOD_NOT_FOUND));

    /* by an address in it, counted and not */
    CHECK(GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                             (LPCSTR)address(module, "Loads"), &other) &&
          other == module);
    CHECK(FreeLibrary(module) && FreeLibrary(module) && FreeLibrary(module));
    CHECK(GetModuleHandleExW(0, L"inner", &other) && other == module);
    CHECK(FreeLibrary(module) && GetModuleHandleA("inner") == module);
    CHECK(FreeLibrary(module) && !GetModuleHandleA("inner"));
    CHECK(TOLD(!GetModuleHandleExW(0, L"inner", &other), ERROR_MOD_NOT_FOUND) && !other);
    CHECK(TOLD(!GetModuleHandleExA(3, NULL, &other), ERROR_INVALID_PARAMETER));
    CHECK(TOLD(!GetModuleHandleExA(0, NULL, NULL), ERROR_INVALID_PARAMETER));
    CHECK(GetModuleHandleExA(4, (LPCSTR)(void *)names, &other) && other == GetModuleHandleA(NULL));
    CHECK(GetModuleHandleExA(4, (LPCSTR)address(GetModuleHandleA("ws2_32"), "send"), &other));
    CHECK(other == GetModuleHandleA("ws2_32"));

    length = GetModuleFileNameA(NULL, path, sizeof path);
    CHECK(length > 5 && !strcmp(path + length - 5, "/host") && GetModuleHandleA(path) == GetModuleHandleA(NULL));
    CHECK(GetModuleHandleA("host.exe") == GetModuleHandleA(NULL) && GetModuleHandleA("host") == GetModuleHandleA(NULL));
    CHECK(TOLD(!GetProcAddress(GetModuleHandleA(NULL), "recv"), ERROR_PROC_NOT_FOUND));
    CHECK(FreeLibrary(GetModuleHandleA(NULL)));
}

static void failures_of_loading(void)
{
    HMODULE module;
    CHECK(TOLD(!LoadLibraryA("no_such_module.dll"), ERROR_MOD_NOT_FOUND));
    CHECK(TOLD(!LoadLibraryW(L"C:\\no\\such\\module.dll"), ERROR_MOD_NOT_FOUND));
    CHECK(TOLD(!LoadLibraryA("/no/such/module"), ERROR_MOD_NOT_FOUND));
    CHECK(TOLD(!LoadLibraryA(""), ERROR_INVALID_PARAMETER) && TOLD(!LoadLibraryW(NULL), ERROR_INVALID_PARAMETER));
    CHECK(TOLD(!LoadLibraryA("broken.dll"), ERROR_BAD_EXE_FORMAT));
    CHECK(TOLD(!LoadLibraryA("needs.dll"), ERROR_PROC_NOT_FOUND));
    step("load one that refuses");
    CHECK(TOLD(!LoadLibraryA("refuses.dll"), ERROR_DLL_INIT_FAILED));
    CHECK(TOLD(!GetModuleHandleA("refuses.dll"), ERROR_MOD_NOT_FOUND));
    step("and again");
    CHECK(TOLD(!LoadLibraryA("refuses.dll"), ERROR_DLL_INIT_FAILED));

    CHECK(TOLD(!LoadLibraryExA("plugin.dll", (HANDLE)4, 0), ERROR_INVALID_PARAMETER));
    CHECK(TOLD(!LoadLibraryExA("plugin.dll", NULL, 2), ERROR_INVALID_PARAMETER));
    CHECK(TOLD(!LoadLibraryExA("plugin.dll", NULL, LOAD_WITH_ALTERED_SEARCH_PATH | LOAD_LIBRARY_SEARCH_SYSTEM32),
               ERROR_INVALID_PARAMETER));
    CHECK(TOLD(!LoadLibraryExA("plugin.dll", NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR), ERROR_INVALID_PARAMETER));
    CHECK(TOLD(!LoadLibraryExW(L"plugin.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32), ERROR_MOD_NOT_FOUND));
    step("load with flags");
    module = LoadLibraryExW(L"plugin.dll", NULL, LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    CHECK(module && FreeLibrary(module));
    module = LoadLibraryExA("plugin.dll", NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    CHECK(module && FreeLibrary(module));
}

static void others(void)
{
    HMODULE module;
    HANDLE thread;
    DWORD code = 0;
    step("load one that loads another");
    module = LoadLibraryA("nests.dll");
    CHECK(module && GetModuleHandleA("under") && FreeLibrary(module) && !GetModuleHandleA("under"));
    step("load C++");
    module = LoadLibraryA("cpp.dll");
    CHECK(module && ask(module, "Loads") == 1 && FreeLibrary(module));

    step("a thread leaves its module");
    module = LoadLibraryA("plugin.dll");
    CHECK(module);
    thread = CreateThread(NULL, 0, (LPTHREAD_START_ROUTINE)GetProcAddress(module, "LeaveForGood"), module, 0, NULL);
    CHECK(thread && WaitForSingleObject(thread, LATE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 77 && CloseHandle(thread));
    CHECK(!GetModuleHandleA("plugin.dll"));

    step("one that stays");
    CHECK((module = LoadLibraryA("plugin.dll")) != NULL);
    CHECK(GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN, "plugin.dll", &module));
    CHECK(FreeLibrary(module) && FreeLibrary(module) && FreeLibrary(module) && ask(module, "Loads") == 1);
}

static void variables(void)
{
    char text[64];
    WCHAR wide[64];
    CHECK(SetEnvironmentVariableA("ModuleTest", "value") && SetEnvironmentVariableW(L"ModuleWide", L"Gr\u00fc\u00dfe"));
    CHECK(!strcmp(getenv("ModuleTest"), "value"));
    CHECK(GetEnvironmentVariableA("MODULETEST", text, 6) == 5 && !strcmp(text, "value"));
    CHECK(GetEnvironmentVariableA("ModuleTest", text, 5) == 6 && GetEnvironmentVariableA("ModuleTest", NULL, 0) == 6);
    CHECK(GetEnvironmentVariableW(L"moduleWIDE", wide, 64) == 5 && !lstrcmpW(wide, L"Gr\u00fc\u00dfe"));
    CHECK(GetEnvironmentVariableA("ModuleWide", text, sizeof text) == 7);
    CHECK(TOLD(!GetEnvironmentVariableA("ModuleNone", text, 9), ERROR_ENVVAR_NOT_FOUND));
    CHECK(TOLD(!GetEnvironmentVariableW(NULL, wide, 9), ERROR_ENVVAR_NOT_FOUND));
    CHECK(SetEnvironmentVariableA("ModuleEmpty", "") && TOLD(!GetEnvironmentVariableA("ModuleEmpty", text, 9), 0));

    /* the length with its terminator, whether it fits or not */
    CHECK(ExpandEnvironmentStringsA("<%ModuleTest%>", text, 8) == 8 && !strcmp(text, "<value>"));
    CHECK(ExpandEnvironmentStringsA("<%MODULETEST%>", text, 7) == 8);
    CHECK(ExpandEnvironmentStringsA("<%ModuleTest%>", NULL, 0) == 8);
    CHECK(ExpandEnvironmentStringsW(L"%ModuleWide%, %ModuleNone% 100%", wide, 64) == 25);
    CHECK(!lstrcmpW(wide, L"Gr\u00fc\u00dfe, %ModuleNone% 100%"));
    CHECK(ExpandEnvironmentStringsW(L"", wide, 64) == 1 && wide[0] == 0);
    CHECK(TOLD(!ExpandEnvironmentStringsW(NULL, wide, 64), ERROR_INVALID_PARAMETER));
    CHECK(ExpandEnvironmentStringsW(L"%SystemRoot%\\system32\\mswsock.dll", wide, 64) == 32);
    CHECK(!lstrcmpW(wide, L"C:\\Windows\\system32\\mswsock.dll"));
    CHECK(LoadLibraryW(wide) == GetModuleHandleA("mswsock") && GetModuleHandleA("mswsock"));

    CHECK(SetEnvironmentVariableA("MODULEtest", "other") && !strcmp(getenv("ModuleTest"), "other"));
    CHECK(!getenv("MODULEtest") && SetEnvironmentVariableA("MODULETEST", NULL) && !getenv("ModuleTest"));
    CHECK(TOLD(!SetEnvironmentVariableA("ModuleTest", NULL), ERROR_ENVVAR_NOT_FOUND));
    CHECK(TOLD(!SetEnvironmentVariableA("a=b", "c"), ERROR_INVALID_PARAMETER));
    CHECK(TOLD(!SetEnvironmentVariableW(NULL, L"c"), ERROR_INVALID_PARAMETER));
}

int main(void)
{
    systems_own();
    providers_own();
    one_module();
    names();
    failures_of_loading();
    others();
    variables();
    step("the end");
    DONE();
}
