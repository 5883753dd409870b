/* SPDX-License-Identifier: MIT */
/* What crampctl writes is there whole, or what was there before is. */
#include "crampctl/whole_file.h"

#include "base/macros.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct folder {
    char name[64];
    char path[96], link[96];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));

    assert_non_null(folder);
    strcpy(folder->name, "/tmp/crampd-whole-XXXXXX");
    assert_non_null(mkdtemp(folder->name));
    snprintf(folder->path, sizeof(folder->path), "%s/page", folder->name);
    snprintf(folder->link, sizeof(folder->link), "%s/link", folder->name);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;

    unlink(folder->path);
    unlink(folder->link);
    assert_int_equal(rmdir(folder->name), 0); /* and nothing else lies about */
    free(folder);
    return 0;
}

static void put(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");

    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static void assert_text(const char *path, const char *text)
{
    char line[64] = "";
    FILE *in = fopen(path, "re");

    assert_non_null(in);
    assert_true(fread(line, 1, sizeof(line) - 1, in) == strlen(text));
    assert_string_equal(line, text);
    fclose(in);
}

static int write_text(const char *path, const char *text)
{
    return whole_file_write(path, text, strlen(text));
}

static mode_t mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 0777;
}

static void a_new_file_has_the_usual_rights(void **state)
{
    const struct folder *folder = *state;
    mode_t mask = umask(027);

    assert_int_equal(write_text(folder->path, "new"), 0);
    assert_text(folder->path, "new");
    assert_int_equal(mode_of(folder->path), 0640);
    umask(mask);
}

static void what_is_replaced_keeps_its_rights(void **state)
{
    const struct folder *folder = *state;

    put(folder->path, "old page");
    assert_int_equal(chmod(folder->path, 0604), 0);
    assert_int_equal(write_text(folder->path, "new"), 0);
    assert_text(folder->path, "new");
    assert_int_equal(mode_of(folder->path), 0604);
}

/* Without room for the new one. */
static void what_failed_leaves_what_was_there(void **state)
{
    const struct folder *folder = *state;
    struct rlimit before, few;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    few = before;
    few.rlim_cur = 10;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    put(folder->path, "old page");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
    int r = write_text(folder->path, "more than fits into ten bytes");
    assert_int_equal(write_text(folder->link, "more than fits into ten bytes"), -EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(r, -EFBIG);
    assert_text(folder->path, "old page");
    assert_int_equal(access(folder->link, F_OK), -1);
}

static void a_link_stays_one(void **state)
{
    const struct folder *folder = *state;
    struct stat status;

    put(folder->path, "old page");
    assert_int_equal(symlink("page", folder->link), 0);
    assert_int_equal(write_text(folder->link, "new"), 0);
    assert_int_equal(lstat(folder->link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_text(folder->path, "new");
}

static void a_device_is_written_in_place(void **state)
{
    (void)state;
    assert_int_equal(write_text("/dev/null", "gone"), 0);
    if (access("/dev/full", W_OK) == 0)
        assert_int_equal(write_text("/dev/full", "too much"), -ENOSPC);
}

static void nowhere_to_write_is_said(void **state)
{
    const struct folder *folder = *state;
    char path[128];

    snprintf(path, sizeof(path), "%s/none/page", folder->name);
    assert_int_equal(write_text(path, "new"), -ENOENT);
    assert_int_equal(write_text(folder->name, "new"), -EISDIR);
    if (geteuid() == 0) /* may write everything */
        return;
    put(folder->path, "old page");
    assert_int_equal(chmod(folder->path, 0400), 0);
    assert_int_equal(write_text(folder->path, "new"), -EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_file_has_the_usual_rights, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_replaced_keeps_its_rights, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_failed_leaves_what_was_there, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_link_stays_one, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_device_is_written_in_place, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nowhere_to_write_is_said, make_folder, remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
