/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macros.h"

/* Reads a password: the credential of that name ($CREDENTIALS_DIRECTORY), or else `file`, which nobody but
   its owner may read. A final newline is not part of it. 0 and *secret (heap; NULL when there is neither), or
   a negative errno after one log line saying what is wrong and what would be right. */
int secret_read(const char *credential, const char *file, char **secret);

/* Wipes before it frees. */
void secret_free(char *secret);
DEFINE_CLEANUP(char *, secret_free);
