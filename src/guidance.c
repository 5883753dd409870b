/* SPDX-License-Identifier: MIT */
#include "guidance.h"

#include "base/language.h"
#include "base/log.h"
#include "care/care.h"

#include <errno.h>
#include <string.h>

void guidance_begin(enum language language)
{
    int r = language_start(language);

    if (r == -ENOENT && language != LANGUAGE_SYSTEM)
        log_warning(LOG_CONFIG,
                    "hub.language: no translations into \"%s\" are installed; guidance is in English",
                    language_name(language));
    else if (r < 0 && r != -ENOENT)
        log_warning(LOG_CRAMPD, "guidance is in English, because its translation cannot be read: %s",
                    strerror(-r));
}

const char *guidance_of(const struct event *event)
{
    if (event->kind != EVENT_CRAMP_START || !event->has_site)
        return NULL;
    const struct care_sentence *sentence = care_in_bed(event->muscle);

    return sentence ? language_text(sentence->text) : NULL;
}
