/* SPDX-License-Identifier: MIT */
/* crampctl label, set, note, trigger, medicine, checkin: commands of docs/mqtt.md, told over D-Bus. */
#pragma once

#include "crampctl/client.h"

#include <stdbool.h>

/* word: "cramp-felt", "no-cramp". What is wrong with it is said on standard error. 0 or a negative errno. */
int label_check(const char *word);
int label_tell(struct client *client, const char *word, bool json);

/* assignment: "night_start=21:30"; "night_start=" gives it back to the settings file. */
int set_check(const char *assignment);
int set_tell(struct client *client, const char *assignment, bool json);

/* words: those behind the verb, `key=value` or what the verb begins with ("alcohol", "started NAME"). What is
   wrong is said by the hub, or here. 0 or a negative errno. */
int entry_tell(struct client *client, const char *verb, char *const *words, int count, bool json);
