/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files and directories of inputs, each as it is and in some hundred fixed mutations:
 * every `meson test` does it, with any compiler. Usage: fuzz-TARGET [--mutations N] PATH... */
#include "fuzz.h"

#include "crampsim/synth_random.h"

#include <dirent.h>
#include <sys/stat.h>

#define INPUT_MAX (1024 * 1024)

static unsigned mutations = 200, inputs;
static uint8_t original[INPUT_MAX], mutated[INPUT_MAX];

/* A few bytes changed, cut off, doubled, or replaced by what parsers stumble over. */
static size_t mutate(struct rng *rng, size_t size)
{
    static const char *const stones[] = {"-1", "0", "99999999", "1e999",    "nan", "\"",
                                         "{",  "}", ";",        "\xff\xff", ""};

    memcpy(mutated, original, size);
    for (unsigned n = 1 + (unsigned)(rng_next(rng) % 4); n > 0 && size > 0; n--) {
        size_t at = (size_t)(rng_next(rng) % size);
        const char *stone = stones[rng_next(rng) % (sizeof(stones) / sizeof(stones[0]))];
        switch (rng_next(rng) % 5) {
        case 0: mutated[at] = (uint8_t)rng_next(rng); break;
        case 1: mutated[at] ^= (uint8_t)(1 << (rng_next(rng) % 8)); break;
        case 2: size = at; break;
        case 3: memcpy(mutated + at, stone, strlen(stone) < size - at ? strlen(stone) : size - at); break;
        default:
            if (size + at <= INPUT_MAX) {
                memmove(mutated + at, mutated, size);
                size += at;
            }
        }
    }
    return size;
}

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct rng rng = {.state = 1};

    if (!file) {
        perror(path);
        exit(1);
    }
    size_t size = fread(original, 1, sizeof(original) / 2, file);
    fclose(file);
    inputs++;
    LLVMFuzzerTestOneInput(original, size);
    for (unsigned i = 0; i < mutations; i++) {
        size_t length = mutate(&rng, size);
        /* An exact copy: a sanitizer sees every byte too far. */
        uint8_t *exact = malloc(length ? length : 1);
        PROMISE(exact);
        memcpy(exact, mutated, length);
        LLVMFuzzerTestOneInput(exact, length);
        free(exact);
    }
}

static void run_path(const char *path)
{
    struct dirent **entries;
    struct stat st;

    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        run_file(path);
        return;
    }
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        perror(path);
        exit(1);
    }
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            run_file(name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--mutations") == 0 && i + 1 < argc)
            mutations = (unsigned)strtoul(argv[++i], NULL, 10);
        else
            run_path(argv[i]);
    }
    if (!inputs) {
        fprintf(stderr, "%s: no inputs\n", argv[0]);
        return 1;
    }
    printf("%u inputs, %u mutations of each\n", inputs, mutations);
    return 0;
}
