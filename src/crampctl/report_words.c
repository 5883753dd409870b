/* SPDX-License-Identifier: MIT */
#include "crampctl/report_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *plural(unsigned count)
{
    return count == 1 ? "" : "s";
}

const char *blank_words(const char *word, char text[SENTENCE_SIZE])
{
    snprintf(text, SENTENCE_SIZE, "%s", word);
    for (char *c = text; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return text;
}

void span_words(const struct span *span, char text[SENTENCE_SIZE])
{
    char from[DAY_SIZE], to[DAY_SIZE];

    day_text(span->from, true, from);
    day_text(span->to, true, to);
    if (span->from == span->to)
        snprintf(text, SENTENCE_SIZE, "%s", to);
    else
        snprintf(text, SENTENCE_SIZE, "%s to %s", from, to);
}

/* What follows the first clause, one after the other. */
_printf_(2, 3) static void append(char text[SENTENCE_SIZE], const char *format, ...)
{
    size_t used = strlen(text);
    va_list ap;

    va_start(ap, format);
    vsnprintf(text + used, SENTENCE_SIZE - used, format, ap);
    va_end(ap);
}

static void append_rate(const struct report_totals *totals, char text[SENTENCE_SIZE])
{
    unsigned nights = totals->watched.nights, cramps = totals->cramps_watched;

    if (cramps > 0)
        append(text, ": %u cramp%s seen", cramps, plural(cramps));
    if (nights < REPORT_FEW)
        append(text, "; with fewer than %d watched nights nothing can be read from that", REPORT_FEW);
    else if (cramps > 0)
        append(text, ", about %.1f a week", 7.0 * cramps / nights);
}

/* "; mostly left (15 of 17)", when it is most. */
static void append_leg(const struct report_totals *totals, char text[SENTENCE_SIZE])
{
    for (int leg = 0; leg < (int)leg_count; leg++)
        if (totals->cramps >= REPORT_FEW && totals->leg[leg] * 4 >= totals->cramps * 3)
            append(text, "; %s leg in %u of all %u", leg_name((enum leg)leg), totals->leg[leg],
                   totals->cramps);
}

void report_summary(const struct report *report, char text[SENTENCE_SIZE])
{
    const struct report_totals *totals = &report->totals;
    unsigned nights = totals->watched.nights, with_cramp = totals->watched.with_cramp;

    text[0] = '\0';
    if (nights == 0)
        append(text, "No night was watched well enough to say how often there were cramps");
    else if (with_cramp == 0)
        append(text, "No cramp on %u watched night%s", nights, plural(nights));
    else
        append(text, "A cramp on %u of %u watched night%s", with_cramp, nights, plural(nights));
    if (nights > 0)
        append_rate(totals, text);
    append_leg(totals, text);
    append(text, ".");
}

void report_besides(const struct report *report, char text[SENTENCE_SIZE])
{
    const struct report_totals *totals = &report->totals;
    unsigned elsewhere = totals->cramps - totals->cramps_watched;
    const char *separator = "";

    text[0] = '\0';
    if (elsewhere > 0) {
        append(text, "%u more cramp%s %s seen on nights that were not watched well.", elsewhere,
               plural(elsewhere), elsewhere == 1 ? "was" : "were");
        separator = " ";
    }
    if (totals->missed > 0) {
        append(text, "%sOn %u night%s a cramp was felt that the hub did not see.", separator, totals->missed,
               plural(totals->missed));
        separator = " ";
    }
    if (totals->no_cramp > 0)
        append(text, "%s%u detection%s that the person said %s no cramp %s not counted.", separator,
               totals->no_cramp, plural(totals->no_cramp), totals->no_cramp == 1 ? "was" : "were",
               totals->no_cramp == 1 ? "is" : "are");
}

static void append_few(char text[SENTENCE_SIZE])
{
    append(text, " Fewer than %d nights on one side: nothing can be read from it.", REPORT_FEW);
}

void trigger_sentence(const struct report *report, int trigger, char text[SENTENCE_SIZE])
{
    const struct report_comparison *found = &report->trigger[trigger];
    char word[SENTENCE_SIZE];

    text[0] = '\0';
    append(text, "On %u of %u watched night%s after \"%.40s\" there was a cramp; on %u of %u other%s.",
           found->with.with_cramp, found->with.nights, plural(found->with.nights),
           blank_words(trigger_name((enum trigger)trigger), word), found->other.with_cramp,
           found->other.nights, plural(found->other.nights));
    if (found->few)
        append_few(text);
}

void medicine_sentence(const struct report_medicine *medicine, char text[SENTENCE_SIZE])
{
    const struct report_comparison *since = &medicine->since;

    text[0] = '\0';
    append(text, "A cramp on %u of %u watched night%s before; on %u of %u from that day on.",
           since->other.with_cramp, since->other.nights, plural(since->other.nights), since->with.with_cramp,
           since->with.nights);
    if (since->few)
        append_few(text);
}

void cut_sentence(const struct report *report, char text[SENTENCE_SIZE])
{
    char asked[DAY_SIZE], from[DAY_SIZE];

    text[0] = '\0';
    day_text(report->asked.from, true, asked);
    day_text(report->span.from, true, from);
    if (report->cut)
        append(text,
               "Asked for from %s, shown from %s: the hub gives out the last %d rows of its diary only, and "
               "earlier nights would be incomplete.",
               asked, from, REPORT_ROWS_MAX);
    if (report->faults_cut)
        append(text, "%sThe list of faults is not complete for the same reason.", report->cut ? " " : "");
}
