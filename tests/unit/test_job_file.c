/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Job files: what they say, every mistake with its line, and which files are trusted. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runner/spec/front_ends.h"
#include "tests/unit/spec_text.h"
#include "tests/unit/unit.h"

static const char *read_text(const char *text, struct buf *out)
{
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};

    job_spec_init(&spec);
    if (job_text_parse(&spec, text, "t.job", &errors) < 0)
        error_lines(&errors, out);
    else
        spec_text(&spec, out);
    return buf_text(out);
}

static void assert_reads(const char *text, const char *expected)
{
    _cleanup_buf_ struct buf got = {0};

    assert_string_equal(read_text(text, &got), expected);
}

static void test_whole_file(void **state)
{
    (void)state;
    assert_reads("# the nightly import\n"
                 "[Job]\n"
                 "Name=import\n"
                 "Owner = db-team\n"
                 "Expect=wall_seconds<=90\n"
                 "Expect=exists:out\n"
                 "Command=/usr/bin/env -i sh -c 'echo \"a b\"' x\\ y \"it's\"\n"
                 "; limits\n"
                 "[Limits]\n"
                 "MemoryMax=512M\n"
                 "\n"
                 "[Sandbox]\n"
                 "Policy=strict\n"
                 "[Trace]\n"
                 "Ledger=full\n",
                 "name=import owner=db-team expect=wall_seconds<=90 expect=exists:out "
                 "memory_max=536870912 policy=strict ledger=1 arg=/usr/bin/env arg=-i arg=sh "
                 "arg=-c arg=echo \"a b\" arg=x y arg=it's");
}

static void test_command_is_not_expanded(void **state)
{
    (void)state;
    assert_reads("[Job]\nCommand=echo $HOME *.c `id` ~ '' a|b\n",
                 "arg=echo arg=$HOME arg=*.c arg=`id` arg=~ arg= arg=a|b");
}

static void test_every_mistake_has_its_line(void **state)
{
    (void)state;
    assert_reads(
        "[Job]\n"
        "Nam=x\n"
        "MemoryMax=1G\n"
        "Command=sh -c 'open\n"
        "[Limits]\n"
        "MemoryMax=5GG\n"
        "Command=true\n",
        "t.job:2: unknown key 'Nam': expected a key of docs/SETTINGS.md; did you mean Name?; "
        "nothing was started, correct it and "
        "retry\n"
        "t.job:3: MemoryMax in [Job]: expected it in [Limits]; nothing was started, correct "
        "it and retry\n"
        "t.job:4: Command 'sh -c 'open': expected words with closed quotes; nothing was "
        "started, correct it and retry\n"
        "t.job:6: MemoryMax '5GG': expected a size such as 512M, 2G or 'max'; nothing was "
        "started, correct it and retry\n"
        "t.job:7: unknown key 'Command': expected a key of docs/SETTINGS.md; nothing was "
        "started, correct it and retry\n");
}

static void test_not_ini(void **state)
{
    (void)state;
    assert_reads(
        "[Job]\nName=x\nwhat is this\n",
        "t.job:3: not an INI line: expected [Section], Key=Value, or a comment after '#' or "
        "';'; nothing was started, correct it and retry\n");
}

static void test_long_lines_are_refused_not_cut(void **state)
{
    _cleanup_buf_ struct buf text = {0}, got = {0};

    (void)state;
    buf_add(&text, "[Job]\nReason=");
    for (int i = 0; i < 500; i++)
        buf_add(&text, "a very long reason ");
    buf_add(&text, "\nName=x\n");
    assert_non_null(strstr(read_text(buf_text(&text), &got), "t.job:2: line too long"));
}

/* A file below a directory of the test's own. */
static void write_file(char *path, size_t size, const char *dir, mode_t mode, const char *text)
{
    _cleanup_close_ int fd = -1;

    snprintf(path, size, "%s/a.job", dir);
    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
}

static const char *read_path(const char *path, struct buf *out)
{
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};

    job_spec_init(&spec);
    if (job_file_parse(&spec, path, &errors) < 0)
        error_lines(&errors, out);
    else
        spec_text(&spec, out);
    return buf_text(out);
}

static void test_files_that_others_write_are_refused(void **state)
{
    static const mode_t modes[] = {0600, 0644, 0664, 0646};
    char dir[] = "/tmp/cgrun-unit-XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < LEN(modes); i++) {
        _cleanup_buf_ struct buf got = {0};
        bool refused;

        write_file(path, sizeof(path), dir, modes[i], "[Job]\nName=x\n");
        refused = strstr(read_path(path, &got), "only root or the caller can write") != NULL;
        assert_int_equal(refused, (modes[i] & 0022) != 0);
    }
    unlink(path);
    rmdir(dir);
}

static void test_what_is_not_a_text_is_refused(void **state)
{
    char dir[] = "/tmp/cgrun-unit-XXXXXX", path[64];
    _cleanup_buf_ struct buf directory = {0}, device = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s", dir);
    assert_non_null(strstr(read_path(path, &directory), "a regular file"));
    assert_non_null(strstr(read_path("/dev/zero", &device), "a regular file"));
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_command_is_not_expanded),
        cmocka_unit_test(test_every_mistake_has_its_line),
        cmocka_unit_test(test_not_ini),
        cmocka_unit_test(test_long_lines_are_refused_not_cut),
        cmocka_unit_test(test_files_that_others_write_are_refused),
        cmocka_unit_test(test_what_is_not_a_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
