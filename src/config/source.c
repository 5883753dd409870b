/* SPDX-License-Identifier: MIT */
#include "config/source.h"

#include "config/lexis.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From line `first` of the whole on, lines come from `file`, beginning with its line `file_line`. */
struct stretch {
    unsigned first;
    unsigned file;
    unsigned file_line;
};

struct source {
    char *text;
    size_t length; /* of text, without its NUL */
    unsigned line; /* the line of the whole that is being written */
    struct stretch *stretches;
    size_t stretch_count, stretch_room;
    char *files[SOURCE_FILES_MAX];
    unsigned file_count;
};

static int add_stretch(struct source *source, unsigned file, unsigned file_line)
{
    if (source->stretch_count == source->stretch_room) {
        size_t room = source->stretch_room ? source->stretch_room * 2 : 16;
        struct stretch *stretches = reallocarray(source->stretches, room, sizeof(*stretches));
        if (!stretches)
            return -ENOMEM;
        source->stretches = stretches;
        source->stretch_room = room;
    }
    source->stretches[source->stretch_count++] = (struct stretch){source->line, file, file_line};
    return 0;
}

static int append(struct source *source, const char *bytes, size_t length)
{
    char *text = realloc(source->text, source->length + length + 1);

    if (!text)
        return -ENOMEM;
    memcpy(text + source->length, bytes, length);
    source->text = text;
    source->length += length;
    text[source->length] = '\0';
    for (size_t i = 0; i < length; i++)
        source->line += bytes[i] == '\n';
    return 0;
}

/* Reads at most `room` bytes. Their number; -EFBIG when there are more, or the negative errno of reading. */
static ssize_t read_all(int fd, char *bytes, size_t room)
{
    size_t length = 0;

    for (;;) {
        ssize_t n = read(fd, bytes + length, room - length + 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return (ssize_t)length;
        length += (size_t)n;
        if (length > room)
            return -EFBIG;
    }
}

/* Opens what can be read to an end without waiting. */
static int open_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return -errno;
    int r = fstat(fd, &st) < 0 ? -errno : S_ISDIR(st.st_mode) ? -EISDIR : 0;
    if (r == 0 && !S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
        r = -EINVAL;
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

/* The file's bytes, to be freed, with a NUL behind them. Negative errno. */
static ssize_t load_file(const char *path, char **bytes)
{
    int fd = open_file(path);

    if (fd < 0)
        return fd;
    ssize_t length = -ENOMEM;
    *bytes = malloc(SOURCE_BYTES_MAX + 2);
    if (*bytes)
        length = read_all(fd, *bytes, SOURCE_BYTES_MAX);
    close(fd);
    if (length >= 0)
        (*bytes)[length] = '\0';
    return length;
}

static const char *why_unreadable(int error)
{
    switch (error) {
    case -EISDIR: return "is a directory; name a file";
    case -EINVAL: return "is not a file that can be read to its end; name a file";
    case -EFBIG: return "has more than a mebibyte; a configuration has some kilobytes";
    case -EACCES: return "may not be read (permission denied); make it readable for the user crampd runs as";
    case -ENOENT: return "does not exist; name a file that does";
    default: return NULL;
    }
}

static void report_unreadable(struct reporter *reporter, const char *file, unsigned line, const char *key,
                              const char *path, int error)
{
    const char *why = why_unreadable(error);

    if (why)
        report(reporter, file, line, key, "%s %s", path, why);
    else
        report(reporter, file, line, key, "%s cannot be read: %s", path, strerror(-error));
}

/* The path of an included file: beside the file that names it, unless absolute. NULL: no memory. */
static char *beside(const char *file, const char *name, size_t length)
{
    const char *slash = strrchr(file, '/');
    size_t head = name[0] == '/' || !slash ? 0 : (size_t)(slash - file) + 1;
    char *path = malloc(head + length + 1);

    if (!path)
        return NULL;
    memcpy(path, file, head);
    memcpy(path + head, name, length);
    path[head + length] = '\0';
    return path;
}

/* One file on its way into the whole. */
struct reading {
    struct source *source;
    struct reporter *reporter;
    unsigned file, depth;
    const char *bytes, *end;
    const char *flushed; /* up to here it is in the whole */
    unsigned line;
    enum inside inside;
    unsigned opened_line; /* of the string or comment */
};

static int include(struct reading *parent, const char *path);

/* At the beginning of a line outside of strings and comments: is it @include "FILE"? Length of FILE or -1. */
static ssize_t directive(const char *p, const char **name)
{
    p += strspn(p, " \t");
    if (strncmp(p, "@include", 8) != 0)
        return -1;
    p += 8;
    size_t space = strspn(p, " \t");
    if (space == 0 || p[space] != '"')
        return -1;
    *name = p + space + 1;
    size_t length = strcspn(*name, "\"\n");
    return (*name)[length] == '"' && length > 0 ? (ssize_t)length : -1;
}

static int flush(struct reading *reading, const char *to)
{
    int r = append(reading->source, reading->flushed, (size_t)(to - reading->flushed));

    reading->flushed = to;
    return r;
}

/* Puts the file in place of the directive at *p and moves *p behind it. */
static int do_include(struct reading *reading, const char **p, const char *name, size_t length)
{
    _cleanup_(freep) char *path = beside(reading->source->files[reading->file], name, length);
    int r = path ? flush(reading, *p) : -ENOMEM;

    if (r == 0)
        r = include(reading, path);
    if (r == 0)
        r = add_stretch(reading->source, reading->file, reading->line);
    *p = reading->flushed = name + length + 1;
    return r;
}

/* One character further, remembering where strings and comments began. */
static const char *step(struct reading *reading, const char *p)
{
    enum inside was = reading->inside;
    const char *next = lexis_step(p, &reading->inside);

    if (was == INSIDE_CODE && reading->inside != INSIDE_CODE)
        reading->opened_line = reading->line;
    return next;
}

static int scan(struct reading *reading)
{
    bool line_start = true;
    const char *name;

    for (const char *p = reading->bytes; p < reading->end;) {
        if (line_start && reading->inside == INSIDE_CODE) {
            ssize_t length = directive(p, &name);
            int r = length > 0 ? do_include(reading, &p, name, (size_t)length) : 0;
            if (r < 0)
                return r;
        }
        if (p >= reading->end)
            break;
        line_start = *p == '\n';
        if (line_start)
            reading->line++;
        p = step(reading, p);
    }
    return flush(reading, reading->end);
}

static int check_bytes(const struct reading *reading)
{
    const char *nul = memchr(reading->bytes, '\0', (size_t)(reading->end - reading->bytes));
    unsigned line = 1;

    if (!nul)
        return 0;
    for (const char *p = reading->bytes; p < nul; p++)
        line += *p == '\n';
    report(reading->reporter, reading->source->files[reading->file], line, NULL,
           "a NUL byte; a configuration is text");
    return -EINVAL;
}

static int take_file(struct reading *reading, ssize_t length)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct source *source = reading->source;
    const char *file = source->files[reading->file];

    reading->end = reading->bytes + length;
    int r = check_bytes(reading);
    if (r < 0)
        return r;
    if (source->length + (size_t)length > SOURCE_BYTES_MAX) {
        report(reading->reporter, file, 0, NULL, "%s", why_unreadable(-EFBIG));
        return -EINVAL;
    }
    if (strncmp(reading->bytes, byte_order_mark, 3) == 0)
        reading->bytes += 3;
    reading->flushed = reading->bytes;
    r = add_stretch(source, reading->file, 1);
    if (r == 0)
        r = scan(reading);
    if (r == 0 && (reading->inside == INSIDE_STRING || reading->inside == INSIDE_BLOCK_COMMENT)) {
        report(reading->reporter, file, reading->opened_line, NULL, "this %s is never closed; end it with %s",
               reading->inside == INSIDE_STRING ? "text" : "comment",
               reading->inside == INSIDE_STRING ? "\"" : "*/");
        r = -EINVAL;
    }
    return r < 0 ? r : append(source, "\n", 1);
}

/* Takes over path in files[]. */
static int add_file(struct source *source, const char *path)
{
    source->files[source->file_count] = strdup(path);
    return source->files[source->file_count] ? (int)source->file_count++ : -ENOMEM;
}

static int include(struct reading *parent, const char *path)
{
    struct source *source = parent->source;
    const char *file = source->files[parent->file];

    if (parent->depth + 1 > SOURCE_DEPTH_MAX || source->file_count == SOURCE_FILES_MAX) {
        report(parent->reporter, file, parent->line, "@include",
               "%s is one file too many; at most %d deep and %d in all, and none may include itself", path,
               SOURCE_DEPTH_MAX, SOURCE_FILES_MAX);
        return -EINVAL;
    }
    _cleanup_(freep) char *bytes = NULL;
    ssize_t length = load_file(path, &bytes);
    if (length == -ENOMEM)
        return -ENOMEM;
    if (length < 0) {
        report_unreadable(parent->reporter, file, parent->line, "@include", path, (int)length);
        return -EINVAL;
    }
    int index = add_file(source, path);
    if (index < 0)
        return index;
    struct reading reading = {.source = source,
                              .reporter = parent->reporter,
                              .file = (unsigned)index,
                              .depth = parent->depth + 1,
                              .bytes = bytes,
                              .line = 1};
    return take_file(&reading, length);
}

int source_read(const char *path, struct reporter *reporter, struct source **out)
{
    _cleanup_(freep) char *bytes = NULL;
    ssize_t length = load_file(path, &bytes);

    if (length == -ENOMEM)
        return -ENOMEM;
    if (length < 0) {
        const char *why = why_unreadable((int)length);
        report(reporter, path, 0, NULL, "%s", why ? why : strerror((int)-length));
        return length == -ENOENT ? -ENOENT : -EINVAL;
    }
    _cleanup_(source_freep) struct source *source = calloc(1, sizeof(*source));
    if (!source || add_file(source, path) < 0)
        return -ENOMEM;
    source->line = 1;
    struct reading reading = {.source = source, .reporter = reporter, .bytes = bytes, .line = 1};
    int r = take_file(&reading, length);
    if (r < 0)
        return r;
    *out = source;
    source = NULL;
    return 0;
}

void source_free(struct source *source)
{
    if (!source)
        return;
    for (unsigned i = 0; i < source->file_count; i++)
        free(source->files[i]);
    free(source->stretches);
    free(source->text);
    free(source);
}

const char *source_text(const struct source *source)
{
    return source->text ? source->text : "";
}

const char *source_where(const struct source *source, unsigned line, unsigned *file_line)
{
    const struct stretch *found = &source->stretches[0];

    for (size_t i = 0; i < source->stretch_count && source->stretches[i].first <= line; i++)
        found = &source->stretches[i];
    *file_line = found->file_line + (line > found->first ? line - found->first : 0);
    return source->files[found->file];
}
