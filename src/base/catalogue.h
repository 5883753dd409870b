/* SPDX-License-Identifier: MIT */
/*
 * A catalogue of translations as msgfmt(1) writes it: a .mo file, GNU gettext manual, "The Format of GNU MO
 * Files".
 *
 * libc's own gettext() would read it, but chooses the language by the locale: in "C" it looks at no
 * catalogue, and in "C.UTF-8" only Debian 12's does (glibc 2.36), Debian 13's (2.41) does not. A hub seldom
 * has another locale, so the file is read here.
 */
#pragma once

#include "base/macros.h"

struct catalogue;

/* Reads the whole file; UTF-8 only. Either byte order. 0; -ENOENT and other errors of open(2) and read(2);
   -EBADMSG: it is no catalogue, or damaged; -EFBIG: more than a megabyte; -ENOMEM. */
int catalogue_open(const char *path, struct catalogue **catalogue);
void catalogue_free(struct catalogue *catalogue);
DEFINE_CLEANUP(struct catalogue *, catalogue_free);

/* The translation, which lives as long as the catalogue; NULL: there is none. Any thread. */
const char *catalogue_text(const struct catalogue *catalogue, const char *english);
