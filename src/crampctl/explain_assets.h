/* SPDX-License-Identifier: MIT */
/* The page around the data; made from explain.html, its style and its scripts by explain_embed.py. */
#pragma once

extern const char explain_before_data[];
extern const char explain_after_data[];
