/* SPDX-License-Identifier: MIT */
/*
 * Says in one sentence what is wrong with a recording before libedf sees it: libedf has one error number for
 * most of these, and a person needs to know which.
 */
#pragma once

#include <stddef.h>

/* 0 when the file's header is consistent with its size; else a negative errno and the sentence in error[]. */
int recording_check(const char *path, char *error, size_t error_size);
