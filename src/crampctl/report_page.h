/* SPDX-License-Identifier: MIT */
/* The report as a page: no script, nothing loaded, for a screen, a phone and two sheets of paper. */
#pragma once

#include "crampctl/report_figures.h"

#include <stdio.h>

/* made_s: the time now. 0 or a negative errno. */
int report_page_write(const struct report *report, double made_s, FILE *out);

/* Its parts. */
void put_figures(const struct report *report, FILE *out);
void put_calendar(const struct report *report, FILE *out);
void put_plots(const struct report *report, FILE *out);
void put_nights(const struct report *report, FILE *out);
/* "M1" of the medicines changed on that day, or nothing. */
void put_medicine_marks(const struct report *report, int day, FILE *out);
