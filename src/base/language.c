/* SPDX-License-Identifier: MIT */
#include "base/language.h"

#include "base/catalogue.h"
#include "base/macros.h"
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct catalogue *catalogue; /* NULL: English */

/* "de_AT.UTF-8@euro" and "de" are LANGUAGE_DE. -EINVAL: not one of ours. */
static int language_of_locale(const char *name, size_t length)
{
    char word[4];
    size_t n = strcspn(name, "_.@:");

    n = n < length ? n : length;
    if (n == 0 || n >= sizeof(word))
        return -EINVAL;
    memcpy(word, name, n);
    word[n] = '\0';
    return language_from_name(word);
}

enum language language_of_environment(const char *list, const char *all, const char *messages,
                                      const char *lang)
{
    const char *locale = all && *all ? all : messages && *messages ? messages : lang ? lang : "";

    /* Without a locale, or in the one of programmers, a list does not count. */
    if (!*locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        return LANGUAGE_EN;
    for (const char *at = list ? list : ""; *at;) {
        size_t length = strcspn(at, ":");
        int found = language_of_locale(at, length);
        if (found >= 0)
            return (enum language)found;
        at += length;
        at += *at == ':';
    }
    int found = language_of_locale(locale, strlen(locale));
    return found >= 0 ? (enum language)found : LANGUAGE_EN;
}

int language_start(enum language wanted)
{
    const char *directory = secure_getenv("CRAMPD_LOCALEDIR");
    _cleanup_(freep) char *path = NULL;

    language_stop();
    if (wanted == LANGUAGE_SYSTEM)
        wanted = language_of_environment(getenv("LANGUAGE"), getenv("LC_ALL"), getenv("LC_MESSAGES"),
                                         getenv("LANG"));
    if (wanted == LANGUAGE_EN)
        return 0;
    if (asprintf(&path, "%s/%s/LC_MESSAGES/crampd.mo", directory ? directory : CRAMPD_LOCALEDIR,
                 language_name(wanted)) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    return catalogue_open(path, &catalogue);
}

void language_stop(void)
{
    catalogue_free(catalogue);
    catalogue = NULL;
}

const char *language_text(const char *english)
{
    const char *text = catalogue ? catalogue_text(catalogue, english) : NULL;

    return text && *text ? text : english;
}
