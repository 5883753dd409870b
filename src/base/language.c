/* SPDX-License-Identifier: MIT */
#include "base/language.h"

#include "build_config.h"

#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN "crampd"

static locale_t lookup_locale; /* 0: English */

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

    if (lookup_locale)
        freelocale(lookup_locale);
    lookup_locale = (locale_t)0;
    if (wanted == LANGUAGE_SYSTEM)
        wanted = language_of_environment(getenv("LANGUAGE"), getenv("LC_ALL"), getenv("LC_MESSAGES"),
                                         getenv("LANG"));
    if (wanted == LANGUAGE_EN)
        return 0;
    /* textdomain() also tells gettext that LANGUAGE has changed, which it would not look at again. */
    if (setenv("LANGUAGE", language_name(wanted), 1) != 0 || !textdomain(DOMAIN) ||
        !bindtextdomain(DOMAIN, directory ? directory : CRAMPD_LOCALEDIR) ||
        !bind_textdomain_codeset(DOMAIN, "UTF-8") ||
        !(lookup_locale = newlocale(LC_CTYPE_MASK | LC_MESSAGES_MASK, "C.UTF-8", (locale_t)0)))
        return errno ? -errno : -ENOMEM;
    return *language_text("") ? 0 : -ENOENT; /* a catalogue's header is the translation of nothing */
}

const char *language_text(const char *english)
{
    if (!lookup_locale)
        return english;
    locale_t own = uselocale(lookup_locale);
    const char *text = dgettext(DOMAIN, english);
    uselocale(own);
    return text;
}
