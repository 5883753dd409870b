/* SPDX-License-Identifier: MIT */
/* Text into a page. What a person told may hold anything; nothing of it is markup. */
#pragma once

#include <stdio.h>

void html_text(FILE *out, const char *text);
/* JSON inside a script element: no text in it may end the element. */
void html_json(FILE *out, const char *json);
