/* SPDX-License-Identifier: MIT */
/* The figures in sentences: counts, small numbers called small, nothing about causes. UTF-8. */
#pragma once

#include "crampctl/report_figures.h"

#define SENTENCE_SIZE 640

/* The answer in one line; and what goes with it, "" when nothing does. */
void report_summary(const struct report *report, char text[SENTENCE_SIZE]);
void report_besides(const struct report *report, char text[SENTENCE_SIZE]);
/* "24 Oct to 22 Nov 2026" */
void span_words(const struct span *span, char text[SENTENCE_SIZE]);
void trigger_sentence(const struct report *report, int trigger, char text[SENTENCE_SIZE]);
void medicine_sentence(const struct report_medicine *medicine, char text[SENTENCE_SIZE]);
/* When the diary was longer than its lists; "" when not. */
void cut_sentence(const struct report *report, char text[SENTENCE_SIZE]);
/* "little_fluid" with a blank. */
const char *blank_words(const char *word, char text[SENTENCE_SIZE]);
