/* SPDX-License-Identifier: MIT */
/*
 * The text of a configuration with its @include files put in, and where each of its lines came from.
 *
 * libconfig could include by itself, but then a directory or an unreadable file ends the process inside its
 * scanner (1.5), a comment that is never closed swallows the rest in silence, and 1.5 and 1.7 disagree about
 * absolute paths.
 */
#pragma once

#include "config/reporter.h"

#define SOURCE_BYTES_MAX (1024 * 1024) /* of all files together */
#define SOURCE_FILES_MAX 32
#define SOURCE_DEPTH_MAX 10

struct source;

/* Reads path and what it includes. @include "FILE" stands alone at the beginning of a line; a relative FILE
   is searched beside the file that names it. 0; -ENOENT (path itself does not exist),
   -EINVAL (everything wrong has been reported) or -ENOMEM. */
int source_read(const char *path, struct reporter *reporter, struct source **source);
void source_free(struct source *source);
DEFINE_CLEANUP(struct source *, source_free);

/* The whole, one C string. */
const char *source_text(const struct source *source);

/* File and line that line `line` (1..) of the whole came from. Returns the file's name, as told to people. */
const char *source_where(const struct source *source, unsigned line, unsigned *file_line);
