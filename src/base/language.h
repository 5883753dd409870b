/* SPDX-License-Identifier: MIT */
/*
 * The language of what is told to people (settings hub.language). English is the source; translations are
 * gettext catalogues, po/. Log lines, words of the contract and numbers are the same in every language.
 *
 * glibc looks at no catalogue while the locale is "C", and a hub seldom has more than that. "C.UTF-8" is in
 * every Debian; with it gettext goes by the environment variable LANGUAGE alone, whatever locales are
 * installed. Only the look-up itself is done in that locale: the program's own stays "C".
 */
#pragma once

#include "base/names.h"

/* The language that LANGUAGE, LC_ALL, LC_MESSAGES and LANG ask for, by gettext's rules, among those there
   are; each may be NULL. A list in LANGUAGE is searched in its order. LANGUAGE_EN when none fits. */
enum language language_of_environment(const char *list, const char *all, const char *messages,
                                      const char *lang);

/* Before any other thread runs, because it sets LANGUAGE. LANGUAGE_SYSTEM: what the environment asks for. The
   catalogue is loaded here, so that no look-up waits for a disk. It is looked for below $CRAMPD_LOCALEDIR if
   that is set (a checkout's build/po), else where it was installed. 0; -ENOENT: no catalogue, and everything
   stays English; -ENOMEM. Can be called again. */
int language_start(enum language wanted);

/* A text marked N_() in the language that was started, UTF-8; itself when there is no translation. It lives
   as long as the program. Any thread. */
const char *language_text(const char *english);
