/* SPDX-License-Identifier: MIT */
#include "config/value.h"

#include "config/text_form.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

static void *member(const struct row *row, void *base)
{
    return (char *)base + row->offset;
}

static const void *const_member(const struct row *row, const void *base)
{
    return (const char *)base + row->offset;
}

static bool is_number(const struct row *row)
{
    return row->type == TYPE_INT || row->type == TYPE_HEX || row->type == TYPE_FLOAT;
}

static void list_choices(const struct row *row, char *text, size_t size)
{
    size_t used = strlen(text);

    for (unsigned i = 0; i < row->choice_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%g", i ? ", " : "", row->choices[i]);
}

static void list_words(const struct row *row, char *text, size_t size)
{
    size_t used = strlen(text);

    for (int i = 0; i < row->words->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s\"%s\"", i ? ", " : "", row->words->name(i));
}

static void expect_number(const struct row *row, char *text, size_t size)
{
    const char *kind = row->type == TYPE_FLOAT ? "a number" : "a whole number";

    if (row->choice_count) {
        snprintf(text, size, "one of ");
        list_choices(row, text, size);
    } else if (row->type == TYPE_HEX) {
        snprintf(text, size, "0x%02x to 0x%02x", (unsigned)row->min, (unsigned)row->max);
    } else {
        snprintf(text, size, "%s from %.10g to %.10g", kind, row->min, row->max);
    }
    size_t used = strlen(text);
    if (row->unit && used < size)
        snprintf(text + used, size - used, " (%s)", row->unit);
}

void value_expectation(const struct row *row, char *text, size_t size)
{
    switch (row->type) {
    case TYPE_BOOL: snprintf(text, size, "true or false"); break;
    case TYPE_INT:
    case TYPE_HEX:
    case TYPE_FLOAT: expect_number(row, text, size); break;
    case TYPE_WORD:
        snprintf(text, size, "one of ");
        list_words(row, text, size);
        break;
    case TYPE_TIME: snprintf(text, size, "a time of day from \"00:00\" to \"23:59\""); break;
    case TYPE_STRING:
        snprintf(text, size, "%s%s", text_form_expectation(row->form), row->required ? "" : ", or \"\"");
        break;
    }
}

/* problem = "<what is wrong>; give <what would be right>" */
_printf_(3, 4) static int refuse(const struct row *row, char problem[PROBLEM_SIZE], const char *wrong, ...)
{
    char expectation[PROBLEM_SIZE / 2];
    char what[PROBLEM_SIZE / 4];
    va_list ap;

    va_start(ap, wrong);
    vsnprintf(what, sizeof(what), wrong, ap);
    va_end(ap);
    value_expectation(row, expectation, sizeof(expectation));
    snprintf(problem, PROBLEM_SIZE, "%s; give %s", what, expectation);
    return -EINVAL;
}

static int refuse_type(const struct row *row, const struct value *value, char problem[PROBLEM_SIZE])
{
    char quoted[64];

    switch (value->kind) {
    case VALUE_BOOL: return refuse(row, problem, "%s is a truth value", value->b ? "true" : "false");
    case VALUE_INT: return refuse(row, problem, "%lld is a number", value->i);
    case VALUE_FLOAT:
        return refuse(row, problem, "%g is %s", value->f, is_number(row) ? "not a whole number" : "a number");
    case VALUE_STRING:
        quote_for_message(value->s, quoted, sizeof(quoted));
        return refuse(row, problem, "%s is text", quoted);
    case VALUE_OTHER: break;
    }
    return refuse(row, problem, "is a group or list");
}

static bool in_range(const struct row *row, double number)
{
    if (!(number >= row->min && number <= row->max)) /* NaN is in no range */
        return false;
    for (unsigned i = 0; i < row->choice_count; i++)
        if (fabs(number - row->choices[i]) < 1e-9)
            return true;
    return row->choice_count == 0;
}

static int store_number(const struct row *row, const struct value *value, void *base,
                        char problem[PROBLEM_SIZE])
{
    double number = value->kind == VALUE_INT ? (double)value->i : value->f;

    if (value->kind != VALUE_INT && !(value->kind == VALUE_FLOAT && row->type == TYPE_FLOAT))
        return refuse_type(row, value, problem);
    if (!in_range(row, number)) {
        if (row->type == TYPE_HEX && value->i >= 0)
            return refuse(row, problem, "0x%llx is out of range", (unsigned long long)value->i);
        return refuse(row, problem, "%.10g is %s", number,
                      row->choice_count ? "not possible" : "out of range");
    }
    for (int i = 0; i < (row->copy == NO_COPY ? 1 : 2); i++) {
        void *to = (char *)base + (i ? row->copy : row->offset);
        if (row->type == TYPE_FLOAT)
            *(double *)to = number;
        else
            *(int *)to = (int)number;
    }
    return 0;
}

static int store_word(const struct row *row, const struct value *value, void *base,
                      char problem[PROBLEM_SIZE])
{
    char quoted[64];

    if (value->kind != VALUE_STRING)
        return refuse_type(row, value, problem);
    int word = row->words->from_name(value->s);
    if (word < 0) {
        quote_for_message(value->s, quoted, sizeof(quoted));
        return refuse(row, problem, "%s is not known", quoted);
    }
    *(int *)member(row, base) = word;
    return 0;
}

/* "21:00" -> 1260; negative: not a time of day. */
static int minutes_of_day(const char *text)
{
    const char *digits = "0123456789";

    if (strlen(text) != 5 || text[2] != ':')
        return -EINVAL;
    for (int i = 0; i < 5; i++)
        if (i != 2 && !strchr(digits, text[i]))
            return -EINVAL;
    int hours = (text[0] - '0') * 10 + (text[1] - '0');
    int minutes = (text[3] - '0') * 10 + (text[4] - '0');
    return hours < 24 && minutes < 60 ? hours * 60 + minutes : -EINVAL;
}

static int store_time(const struct row *row, const struct value *value, void *base,
                      char problem[PROBLEM_SIZE])
{
    char quoted[64];

    if (value->kind != VALUE_STRING)
        return refuse_type(row, value, problem);
    int minutes = minutes_of_day(value->s);
    if (minutes < 0) {
        quote_for_message(value->s, quoted, sizeof(quoted));
        return refuse(row, problem, "%s is not a time of day", quoted);
    }
    *(int *)member(row, base) = minutes;
    return 0;
}

static int store_string(const struct row *row, const struct value *value, void *base, struct strings *strings,
                        char problem[PROBLEM_SIZE])
{
    char quoted[64];

    /* What is refused leaves nothing behind that could clash with another setting. */
    *(const char **)member(row, base) = "";
    if (value->kind != VALUE_STRING)
        return refuse_type(row, value, problem);
    if (!value->s[0] && row->required)
        return refuse(row, problem, "is empty");
    if (value->s[0] && !text_form_ok(row->form, value->s)) {
        quote_for_message(value->s, quoted, sizeof(quoted));
        return refuse(row, problem, "%s (%zu bytes) is not usable", quoted, strlen(value->s));
    }
    const char *kept = strings_keep(strings, value->s);
    if (!kept)
        return -ENOMEM;
    *(const char **)member(row, base) = kept;
    return 0;
}

int value_store(const struct row *row, const struct value *value, void *base, struct strings *strings,
                char problem[PROBLEM_SIZE])
{
    switch (row->type) {
    case TYPE_BOOL:
        if (value->kind != VALUE_BOOL)
            return refuse_type(row, value, problem);
        *(bool *)member(row, base) = value->b;
        return 0;
    case TYPE_INT:
    case TYPE_HEX:
    case TYPE_FLOAT: return store_number(row, value, base, problem);
    case TYPE_WORD: return store_word(row, value, base, problem);
    case TYPE_TIME: return store_time(row, value, base, problem);
    case TYPE_STRING: return store_string(row, value, base, strings, problem);
    }
    return -EINVAL;
}

int value_from_text(const struct row *row, const char *text, struct value *value)
{
    char *end = NULL;

    *value = (struct value){.kind = VALUE_STRING, .s = text};
    if (row->type == TYPE_BOOL) {
        *value = (struct value){.kind = VALUE_BOOL, .b = strcmp(text, "true") == 0};
        return value->b || strcmp(text, "false") == 0 ? 0 : -EINVAL;
    }
    if (row->type == TYPE_INT || row->type == TYPE_HEX)
        *value = (struct value){.kind = VALUE_INT, .i = strtoll(text, &end, 0)};
    else if (row->type == TYPE_FLOAT)
        *value = (struct value){.kind = VALUE_FLOAT, .f = strtod(text, &end)};
    return end && (end == text || *end) ? -EINVAL : 0;
}

/* The shortest decimal that reads back as the same number; 200.0, not 2e+02. */
static void print_float(double number, FILE *out)
{
    bool plain = fabs(number) < 1e9 && (fabs(number) >= 1e-4 || number == 0);
    char text[40];

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, number);
        if (strtod(text, NULL) == number && !(plain && strchr(text, 'e')))
            break;
    }
    fprintf(out, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

static void print_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void value_print(const struct row *row, const void *base, FILE *out)
{
    const void *at = const_member(row, base);
    int minutes;

    switch (row->type) {
    case TYPE_BOOL: fprintf(out, "%s", *(const bool *)at ? "true" : "false"); break;
    case TYPE_INT: fprintf(out, "%d", *(const int *)at); break;
    case TYPE_HEX: fprintf(out, "0x%02x", *(const unsigned *)at); break;
    case TYPE_FLOAT: print_float(*(const double *)at, out); break;
    case TYPE_WORD: print_string(row->words->name(*(const int *)at), out); break;
    case TYPE_TIME:
        minutes = *(const int *)at;
        fprintf(out, "\"%02d:%02d\"", minutes / 60, minutes % 60);
        break;
    case TYPE_STRING: print_string(*(const char *const *)at, out); break;
    }
}
