/* SPDX-License-Identifier: MIT */
/* Ctrl-C and its like, for what goes on until it is told to stop. */
#pragma once

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP end waiting and are remembered. */
void interrupt_catch(void);
bool interrupted(void);
