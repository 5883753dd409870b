/* SPDX-License-Identifier: MIT */
#include "base/catalogue.h"

#include <byteswap.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAGIC      UINT32_C(0x950412de)
#define BYTES_MAX  (1024 * 1024)
#define WORD_BYTES 4

/* Words of the header, by their number. */
enum { HEADER_MAGIC, HEADER_REVISION, HEADER_COUNT, HEADER_ENGLISH, HEADER_TRANSLATED, HEADER_WORDS };

struct catalogue {
    size_t size;
    bool swapped;
    uint32_t count, english,
        translated; /* how many texts; where the tables of their lengths and places are */
    char bytes[];
};

static uint32_t word_at(const struct catalogue *c, size_t at)
{
    uint32_t word;

    memcpy(&word, c->bytes + at, WORD_BYTES);
    return c->swapped ? bswap_32(word) : word;
}

/* Has been checked by text_is_whole(). */
static const char *text_at(const struct catalogue *c, uint32_t table, uint32_t i)
{
    return c->bytes + word_at(c, table + (size_t)i * 2 * WORD_BYTES + WORD_BYTES);
}

static bool table_is_whole(const struct catalogue *c, uint32_t table)
{
    return table <= c->size && c->count <= (c->size - table) / (2 * WORD_BYTES);
}

static bool text_is_whole(const struct catalogue *c, uint32_t table, uint32_t i)
{
    size_t at = table + (size_t)i * 2 * WORD_BYTES;
    size_t length = word_at(c, at), place = word_at(c, at + WORD_BYTES);

    return place < c->size && length < c->size - place && c->bytes[place + length] == '\0';
}

/* All texts are within the file, and in order, so that looking one up needs no more care. */
static bool is_whole(struct catalogue *c)
{
    if (c->size < HEADER_WORDS * WORD_BYTES)
        return false;
    c->swapped = word_at(c, HEADER_MAGIC) == bswap_32(MAGIC);
    if (word_at(c, HEADER_MAGIC) != MAGIC || word_at(c, HEADER_REVISION * WORD_BYTES) >> 16 > 1)
        return false;
    c->count = word_at(c, HEADER_COUNT * WORD_BYTES);
    c->english = word_at(c, HEADER_ENGLISH * WORD_BYTES);
    c->translated = word_at(c, HEADER_TRANSLATED * WORD_BYTES);
    if (!table_is_whole(c, c->english) || !table_is_whole(c, c->translated))
        return false;
    for (uint32_t i = 0; i < c->count; i++)
        if (!text_is_whole(c, c->english, i) || !text_is_whole(c, c->translated, i) ||
            (i > 0 && strcmp(text_at(c, c->english, i - 1), text_at(c, c->english, i)) >= 0))
            return false;
    /* The translation of nothing is the catalogue's own header. */
    const char *header = catalogue_text(c, "");
    return header && strstr(header, "charset=UTF-8");
}

int catalogue_open(const char *path, struct catalogue **catalogue)
{
    _cleanup_(catalogue_freep) struct catalogue *c = malloc(sizeof(*c) + BYTES_MAX);
    FILE *file = c ? fopen(path, "re") : NULL;

    *catalogue = NULL;
    if (!file)
        return -errno;
    c->swapped = false;
    c->size = fread(c->bytes, 1, BYTES_MAX, file);
    int error = ferror(file) ? EIO : 0;
    bool more = fgetc(file) != EOF;
    fclose(file);
    if (error || more)
        return error ? -error : -EFBIG;
    if (!is_whole(c))
        return -EBADMSG;
    struct catalogue *fitting = realloc(c, sizeof(*c) + c->size);
    *catalogue = fitting ? fitting : c;
    c = NULL;
    return 0;
}

void catalogue_free(struct catalogue *catalogue)
{
    free(catalogue);
}

const char *catalogue_text(const struct catalogue *c, const char *english)
{
    uint32_t low = 0, high = c->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(english, text_at(c, c->english, middle));
        if (order == 0)
            return text_at(c, c->translated, middle);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
