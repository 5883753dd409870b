/* SPDX-License-Identifier: MIT */
#include "base/names.h"

#include "base/macros.h"

#include <errno.h>
#include <string.h>

static int word_index(const char *const *words, int count, const char *word)
{
    for (int i = 0; word && i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -EINVAL;
}

#define NAME_WORD(value, word) word,
#define NAME_DEFINE(tag, LIST)                                                                               \
    static const char *const tag##_words[] = {LIST(NAME_WORD)};                                              \
    const char *tag##_name(enum tag value)                                                                   \
    {                                                                                                        \
        return (unsigned)value < (unsigned)tag##_count ? tag##_words[value] : "?";                           \
    }                                                                                                        \
    int tag##_from_name(const char *word)                                                                    \
    {                                                                                                        \
        return word_index(tag##_words, tag##_count, word);                                                   \
    }
NAME_LISTS(NAME_DEFINE)
