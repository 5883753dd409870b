/* SPDX-License-Identifier: MIT */
#pragma once

#define HUB_ID_SIZE 65

/* The hub's name in topics, client id and unique ids: `configured`, or 12 hex digits derived from the machine
   id (so that the machine id itself is not shown around), or without one the host name. Never fails. */
void identity_hub_id(char id[HUB_ID_SIZE], const char *configured);
