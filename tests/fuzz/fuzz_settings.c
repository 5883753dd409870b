/* SPDX-License-Identifier: MIT */
/* Any text as a configuration: settings, or at least one complaint that names file and line. */
#include "fuzz.h"

#include "config/settings.h"

#include <errno.h>

/* libconfig's scanner (1.5) forgets strings and names before a mistake. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:strbuf_append\nleak:libconfig_yylex\nleak:libconfig_yyparse";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings *settings = NULL;
    char path[32], *said = NULL;
    size_t said_size = 0;
    FILE *errors = open_memstream(&said, &said_size);
    int fd = fuzz_file(data, size, path);

    PROMISE(errors);
    int result = settings_load(path, errors, &settings);
    fclose(errors);
    if (result == 0) {
        PROMISE(settings);
        FILE *out = fopen("/dev/null", "w");
        PROMISE(out);
        settings_print(settings, out);
        fclose(out);
    } else {
        PROMISE(settings == NULL);
        PROMISE(result != -EINVAL || (said_size && strstr(said, path)));
    }
    settings_free(settings);
    free(said);
    close(fd);
    return 0;
}
