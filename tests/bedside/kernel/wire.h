/* SPDX-License-Identifier: MIT */
/*
 * What the bedside's kernel asks the program beside it (tests/bedside/bedside.c), and the answer: one message
 * each over a SOCK_SEQPACKET socket, in the byte order of the machine both run on. Bytes of messages follow
 * the head; only the used ones are sent.
 */
#pragma once

#include <linux/types.h>

#define BEDSIDE_LINES    28 /* GPIO0..GPIO27 of a Raspberry Pi's header: offset and number are the same */
#define BEDSIDE_MESSAGES 8
#define BEDSIDE_EDGES    64
#define BEDSIDE_BYTES    4096

enum bedside_question {
    BEDSIDE_START,    /* first question: the answer holds the level of every line that something drives */
    BEDSIDE_TIME,     /* it is now_ns */
    BEDSIDE_TRANSFER, /* an I2C transfer of `messages` */
    BEDSIDE_OUTPUT,   /* the daemon drives a line, or has let go of it */
};

struct bedside_message {
    __u16 address, read, size, unused;
};

struct bedside_request {
    __s64 now_ns; /* the kernel's CLOCK_MONOTONIC */
    __u32 question;
    __u32 line, level;   /* of BEDSIDE_OUTPUT */
    __u32 message_count; /* of BEDSIDE_TRANSFER */
    struct bedside_message messages[BEDSIDE_MESSAGES];
    __u8 bytes[BEDSIDE_BYTES]; /* of the write messages, one after the other */
};

struct bedside_edge {
    __u16 line, level;
};

struct bedside_reply {
    __s64 next_ns; /* when to ask again at the latest */
    __s32 result;  /* of a transfer: 0 or a negative errno */
    __u32 bus;     /* the bus exists */
    __u32 edge_count;
    struct bedside_edge edges[BEDSIDE_EDGES]; /* that happened until now, in order */
    __u8 bytes[BEDSIDE_BYTES];                /* of the read messages, one after the other */
};
