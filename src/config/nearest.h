/* SPDX-License-Identifier: MIT */
/* What somebody may have meant by a word the table does not know. */
#pragma once

/* The nearest word, or NULL when none is near. */
const char *nearest_group(const char *word);
const char *nearest_key(const char *group, const char *word);

/* The only group that has this key; NULL when none or several have. */
const char *group_with_key(const char *key);
