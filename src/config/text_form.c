/* SPDX-License-Identifier: MIT */
#include "config/text_form.h"

#include "config/value.h"

#include <string.h>

#define TEXT_MAX   128
#define LINE_MAX_  31 /* GPIO_MAX_NAME_SIZE of the kernel's linux/gpio.h is 32 with its NUL */
#define PATH_MAX_  1023
#define HOST_MAX   253 /* RFC 1035 section 2.3.4, without the root's dot */
#define SOCKET_MAX 107 /* sun_path of unix(7) is 108 with its NUL */
#define ID_MAX     64
#define PREFIX_MAX 64

/* Length of the UTF-8 sequence at p, 0 if it is none (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_length(const unsigned char *p)
{
    static const struct {
        unsigned char first_min, first_max, second_min, second_max;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (p[0] < forms[i].first_min || p[0] > forms[i].first_max)
            continue;
        if (forms[i].length > 1 && (p[1] < forms[i].second_min || p[1] > forms[i].second_max))
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

static bool is_control(const unsigned char *p, size_t length)
{
    return p[0] < 0x20 || p[0] == 0x7f || (length == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

static bool is_people_text(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p) {
        size_t length = utf8_length(p);
        if (length == 0 || is_control(p, length))
            return false;
        p += length;
    }
    return true;
}

static bool only(const char *text, const char *allowed)
{
    return text[strspn(text, allowed)] == '\0';
}

static bool is_visible(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

bool text_form_ok(enum text_form form, const char *text)
{
    size_t length = strlen(text);

    switch (form) {
    case FORM_TEXT: return length <= TEXT_MAX && is_people_text(text);
    case FORM_LINE: return length <= LINE_MAX_ && is_visible(text);
    case FORM_PATH: return length <= PATH_MAX_ && text[0] == '/' && is_people_text(text);
    case FORM_HOST:
        if (text[0] == '/')
            return length <= SOCKET_MAX && is_people_text(text);
        return length <= HOST_MAX && only(text, ALPHANUMERIC ".-_:%");
    case FORM_ID: return length <= ID_MAX && only(text, ALPHANUMERIC "_-");
    case FORM_PREFIX:
        return length <= PREFIX_MAX && is_people_text(text) && !strpbrk(text, "+#$") && text[0] != '/' &&
               text[length - 1] != '/';
    }
    return false;
}

const char *text_form_expectation(enum text_form form)
{
    switch (form) {
    case FORM_TEXT: return "text of at most 128 bytes, UTF-8, without control characters";
    case FORM_LINE: return "a name of at most 31 characters without spaces";
    case FORM_PATH: return "an absolute path";
    case FORM_HOST:
        return "a host name, an address, or the absolute path of a unix socket (at most 107 bytes)";
    case FORM_ID: return "at most 64 of the characters a-z A-Z 0-9 _ -";
    case FORM_PREFIX: return "a topic of at most 64 bytes, without + # $ and without / at its ends";
    }
    return "?";
}

void quote_for_message(const char *text, char *out, size_t size)
{
    static const char cut[] = "...";
    const unsigned char *p = (const unsigned char *)text;
    size_t used = 0;

    out[used++] = '"';
    while (*p) {
        size_t length = utf8_length(p);
        bool bad = length == 0 || is_control(p, length);
        size_t need = bad ? 1 : length;
        if (used + need + sizeof(cut) + 1 > size) {
            memcpy(out + used, cut, sizeof(cut) - 1);
            used += sizeof(cut) - 1;
            break;
        }
        if (bad)
            out[used++] = '?';
        else
            memcpy(out + used, p, length), used += length;
        p += bad ? 1 : length;
    }
    out[used++] = '"';
    out[used] = '\0';
}
