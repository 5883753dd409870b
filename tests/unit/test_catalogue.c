/* SPDX-License-Identifier: MIT */
/* The reader of .mo files against a real one, and against whatever a disk can make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/catalogue.h"

#include <byteswap.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (1024 * 1024 + 1)

static char real[FILE_MAX], changed[FILE_MAX], path[] = "/tmp/crampd-catalogue-XXXXXX";
static size_t real_size;

static int set_up(void **state)
{
    (void)state;
    char name[4096];

    snprintf(name, sizeof(name), "%s/de/LC_MESSAGES/crampd.mo", getenv("CRAMPD_LOCALEDIR"));
    FILE *file = fopen(name, "re");
    int fd = mkstemp(path);
    if (!file || fd < 0)
        return -1;
    real_size = fread(real, 1, sizeof(real), file);
    fclose(file);
    close(fd);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static int open_bytes(const char *bytes, size_t size, struct catalogue **catalogue)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return catalogue_open(path, catalogue);
}

static void a_real_one_is_read(void **state)
{
    (void)state;
    _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;

    assert_int_equal(open_bytes(real, real_size, &catalogue), 0);
    assert_string_equal(catalogue_text(catalogue, "Foot"), "Fuß");
    assert_string_equal(catalogue_text(catalogue, "Calf"), "Wade");
    assert_string_equal(catalogue_text(catalogue, "Sources"), "Quellen");
    assert_non_null(strstr(catalogue_text(catalogue, ""), "Language: de"));
    assert_null(catalogue_text(catalogue, "Foo"));
    assert_null(catalogue_text(catalogue, "Foots"));
    assert_null(catalogue_text(catalogue, "\x01"));
    assert_null(catalogue_text(catalogue, "\xff"));
}

static uint32_t word(const char *bytes, size_t at)
{
    uint32_t w;

    memcpy(&w, bytes + at, 4);
    return w;
}

static void put(char *bytes, size_t at, uint32_t w)
{
    memcpy(bytes + at, &w, 4);
}

static void the_other_byte_order_is_read_too(void **state)
{
    (void)state;
    _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
    uint32_t count = word(real, 8);

    memcpy(changed, real, real_size);
    for (size_t at = 0; at < 20; at += 4)
        put(changed, at, bswap_32(word(real, at)));
    for (size_t table = 12; table <= 16; table += 4)
        for (size_t i = 0; i < (size_t)count * 2; i++) {
            size_t at = word(real, table) + i * 4;
            put(changed, at, bswap_32(word(real, at)));
        }
    assert_int_equal(open_bytes(changed, real_size, &catalogue), 0);
    assert_string_equal(catalogue_text(catalogue, "Foot"), "Fuß");
}

static void a_torn_one_is_refused(void **state)
{
    (void)state;
    struct catalogue *catalogue;

    for (size_t size = 0; size < real_size; size += size < 2000 ? 1 : 97) {
        assert_int_equal(open_bytes(real, size, &catalogue), -EBADMSG);
        assert_null(catalogue);
    }
}

/* Each word of header and tables, changed to what hurts most: refused, or still safe to ask. */
static void a_damaged_one_does_no_harm(void **state)
{
    (void)state;
    static const uint32_t worst[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8};
    size_t tables = 20 + (size_t)word(real, 8) * 16;
    unsigned refused = 0;

    for (size_t at = 0; at < tables; at += 4)
        for (size_t w = 0; w < ARRAY_SIZE(worst); w++) {
            _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
            memcpy(changed, real, real_size);
            put(changed, at, worst[w]);
            int r = open_bytes(changed, real_size, &catalogue);
            refused += r == -EBADMSG;
            if (r == 0)
                catalogue_text(catalogue, "Foot");
            else
                assert_int_equal(r, -EBADMSG);
        }
    assert_true(refused > 100);
}

static void others_are_refused(void **state)
{
    (void)state;
    struct catalogue *catalogue;

    assert_int_equal(catalogue_open("/nonexistent/crampd.mo", &catalogue), -ENOENT);
    assert_null(catalogue);
    assert_int_equal(catalogue_open("/tmp", &catalogue), -EIO);
    memset(changed, 'x', sizeof(changed));
    assert_int_equal(open_bytes(changed, 1000, &catalogue), -EBADMSG);
    assert_int_equal(open_bytes(changed, sizeof(changed), &catalogue), -EFBIG);
    memcpy(changed, real, real_size);
    char *charset = memmem(changed, real_size, "charset=UTF-8", 13);
    assert_non_null(charset);
    memcpy(charset, "charset=KOI-8", 13);
    assert_int_equal(open_bytes(changed, real_size, &catalogue), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_one_is_read),    cmocka_unit_test(the_other_byte_order_is_read_too),
        cmocka_unit_test(a_torn_one_is_refused), cmocka_unit_test(a_damaged_one_does_no_harm),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
