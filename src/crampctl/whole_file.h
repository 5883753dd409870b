/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* Writes a file that is whole or stays as it was: beside its place first, and moved there when it is
   complete; a link stays one. What is no regular file (a device, a pipe) is written in place, and "-" is
   standard output. 0, or a negative errno: also for what is there and may not be written. */
int whole_file_write(const char *path, const char *text, size_t size);
