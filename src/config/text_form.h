/* SPDX-License-Identifier: MIT */
/* The forms a setting's text may have, and text made fit for messages. */
#pragma once

#include "config/table.h"

/* text is not "" */
bool text_form_ok(enum text_form form, const char *text);

/* "an absolute path": what would be right. */
const char *text_form_expectation(enum text_form form);
