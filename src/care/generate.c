/* SPDX-License-Identifier: MIT */
/* Prints the tables of docs/care.md. */
#include "care/care.h"

#include <stdio.h>

static const char *const titles[care_use_count] = {
    [CARE_IN_BED] = "Now, without getting up",
    [CARE_EASING] = "Now, beside it",
    [CARE_RISING] = "Getting up",
    [CARE_STANDING] = "Now, standing",
    [CARE_AFTERWARDS] = "Afterwards",
    [CARE_PREVENTION] = "What may prevent the next one",
    [CARE_CAUTION] = "What not to take",
    [CARE_LEVEL] = "Advice: what to do",
    [CARE_SIGN] = "Advice: what calls for it",
    [CARE_PATTERN] = "Patterns worth telling a doctor",
};

static void print_for(const struct care_sentence *s)
{
    const char *separator = "";
    unsigned missing = 0;

    if (s->use == CARE_LEVEL || s->use == CARE_SIGN) {
        printf("%s", care_level_name(s->level));
        return;
    }
    for (int m = 0; m < (int)muscle_count; m++)
        missing += !(s->muscles & (UINT32_C(1) << m));
    if (missing == 0)
        printf("all");
    for (int m = 0; missing && m < (int)muscle_count; m++)
        if (s->muscles & (UINT32_C(1) << m)) {
            printf("%s%s", separator, muscle_name((enum muscle)m));
            separator = ", ";
        }
}

int main(void)
{
    for (int use = 0; use < (int)care_use_count; use++) {
        printf("\n### %s\n\n| id | for | sentence | sources |\n|---|---|---|---|\n", titles[use]);
        for (size_t i = 0; i < care_sentence_count; i++) {
            const struct care_sentence *s = &care_sentences[i];
            if ((int)s->use != use)
                continue;
            printf("| `%s` | ", s->id);
            print_for(s);
            printf(" | %s | ", s->text);
            for (const char *const *key = s->sources; *key; key++)
                printf("%s[%s]", key == s->sources ? "" : " ", *key);
            printf(" |\n");
        }
    }
    printf("\n### Sources\n\n| source | what it is |\n|---|---|\n");
    for (size_t i = 0; i < care_source_count; i++)
        printf("| [%s] | %s |\n", care_sources[i].key, care_sources[i].what);
    return 0;
}
