/* SPDX-License-Identifier: MIT */
/* The page around the report; made from report.html and its style by explain_embed.py. */
#pragma once

extern const char report_before_data[];
extern const char report_after_data[];
