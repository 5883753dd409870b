/* SPDX-License-Identifier: MIT */
/*
 * The language of what is told to people (settings hub.language). English is the source; translations are
 * gettext catalogues, po/, read by base/catalogue. No locale needs to be installed for a language, and none
 * is set: log lines, words of the contract and numbers are the same in every language.
 */
#pragma once

#include "base/names.h"

/* The language that LANGUAGE, LC_ALL, LC_MESSAGES and LANG ask for, by gettext's rules ("C.UTF-8" is a
   locale, "C" is none), among those there are; each may be NULL. A list in LANGUAGE is searched in its order.
   LANGUAGE_EN when none fits. */
enum language language_of_environment(const char *list, const char *all, const char *messages,
                                      const char *lang);

/* LANGUAGE_SYSTEM: what the environment asks for. The catalogue is read here, so that no look-up waits for a
   disk: below $CRAMPD_LOCALEDIR if that is set (a checkout's build/po), else where it was installed. 0, or an
   error of catalogue_open(), and everything is English. Can be called again, by the thread that uses the
   texts: those of before are gone then. */
int language_start(enum language wanted);
/* Forgets the catalogue; English again. */
void language_stop(void);

/* A text marked N_() in the language that was started, UTF-8; itself when there is no translation. It lives
   until language_start() or language_stop(). */
const char *language_text(const char *english);
