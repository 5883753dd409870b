/* SPDX-License-Identifier: MIT */
/* The page: explain.html with style, script and the night's data in it; nothing else is loaded. */
#pragma once

#include "config/settings.h"
#include "crampctl/explain_story.h"

#include <stdio.h>

struct page {
    const struct night *night;
    const struct settings *settings;
    const char *file; /* the recording's name, without its folder */
    enum muscle muscle[EMG_CHANNELS];
    struct span span;  /* what is asked for */
    double duration_s; /* of the recording */
    bool clock;        /* start_s holds */
    int64_t start_s;   /* as the header has it: local time of where it was recorded, counted as if UTC */
};

/* 0, or a negative errno; whether `out` took it all is for the caller to ask. */
int page_write(const struct page *page, FILE *out);
