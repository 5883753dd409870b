/* SPDX-License-Identifier: MIT */
/* Checks of single verbs, for the rows of verbs.c. What is wrong is said on standard error. 0 or -EINVAL. */
#pragma once

#include "crampctl/verbs.h"

int verb_check_duration(const struct command_line *line);
int verb_check_leg(const struct command_line *line);
int verb_check_page(const struct command_line *line); /* of explain */
int verb_check_mqtt(const struct command_line *line);
