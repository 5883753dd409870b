/* SPDX-License-Identifier: MIT */
/* crampctl label and set: commands of docs/mqtt.md, told over D-Bus. */
#pragma once

#include "crampctl/client.h"

#include <stdbool.h>

/* word: "cramp-felt", "no-cramp". What is wrong with it is said on standard error. 0 or a negative errno. */
int label_check(const char *word);
int label_tell(struct client *client, const char *word, bool json);

/* assignment: "night_start=21:30"; "night_start=" gives it back to the settings file. */
int set_check(const char *assignment);
int set_tell(struct client *client, const char *assignment, bool json);
