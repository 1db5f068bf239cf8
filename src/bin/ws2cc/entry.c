/* entry.c: main for a program whose entry is wmain. ws2cc compiles it and adds it to such a program's link.
 * C++ gives wmain a name that tells its parameters, so each spelling is asked for, weakly. */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define SPELLED_2(prefix, name) #prefix name
#define SPELLED_1(prefix, name) SPELLED_2(prefix, name)
#define SPELLED(name) __asm__(SPELLED_1(__USER_LABEL_PREFIX__, name)) __attribute__((weak))

typedef int entry(int, wchar_t **, wchar_t **);
extern entry in_c SPELLED("wmain"), plain SPELLED("_Z5wmainv"), with_arguments SPELLED("_Z5wmainiPPw"),
    with_constants SPELLED("_Z5wmainiPPKw"), with_environment SPELLED("_Z5wmainiPPwS0_");

/* one character of UTF-8; a byte that is none becomes U+FFFD */
static unsigned long character(const unsigned char **text)
{
    static const unsigned long least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *at = *text;
    int more = at[0] < 0x80 ? 0 : (at[0] & 0xe0) == 0xc0 ? 1 : (at[0] & 0xf0) == 0xe0 ? 2 : (at[0] & 0xf8) == 0xf0 ? 3 : -1;
    unsigned long value = more < 0 ? 0 : more == 0 ? at[0] : at[0] & (0x3fU >> more);
    int index;
    *text = at + 1;
    for (index = 1; index <= more; index++) {
        if ((at[index] & 0xc0) != 0x80)
            return 0xfffd;
        value = value << 6 | (at[index] & 0x3fU);
    }
    if (more < 0 || value < least[more] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0xfffd;
    *text = at + 1 + more;
    return value;
}

static wchar_t *wide(const char *narrow)
{
    const unsigned char *from = (const unsigned char *)narrow;
    size_t length = 0;
    wchar_t *result;
    while (from[length])
        length++;
    /* no character takes more units than bytes */
    result = malloc((length + 1) * sizeof *result);
    if (!result)
        abort();
    for (length = 0; *from;) {
        unsigned long value = character(&from);
        if (sizeof(wchar_t) == 2 && value > 0xffff) {
            result[length++] = (wchar_t)(0xd800 + ((value - 0x10000) >> 10));
            value = 0xdc00 + ((value - 0x10000) & 0x3ff);
        }
        result[length++] = (wchar_t)value;
    }
    result[length] = 0;
    return result;
}

static wchar_t **all_wide(char **narrow)
{
    size_t count = 0, index;
    wchar_t **result;
    while (narrow[count])
        count++;
    result = malloc((count + 1) * sizeof *result);
    if (!result)
        abort();
    for (index = 0; index < count; index++)
        result[index] = wide(narrow[index]);
    result[count] = NULL;
    return result;
}

__attribute__((weak)) int main(int count, char **arguments, char **environment)
{
    entry *known[] = {in_c, with_arguments, plain, with_environment, with_constants};
    size_t index;
    for (index = 0; index < sizeof known / sizeof *known; index++)
        if (known[index])
            return known[index](count, all_wide(arguments), all_wide(environment));
    fputs("this program has neither main nor wmain\n", stderr);
    return 127;
}
