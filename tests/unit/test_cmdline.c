/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line as a whole: where options end, what wins, and every error at once. */
#include <stdio.h>

#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"
#include "tests/unit/spec_text.h"
#include "tests/unit/unit.h"

#define WORDS 12

/* The spec as text, or the errors of a command line. */
static const struct line {
    const char *words[WORDS];
    enum cmdline_action action;
    const char *spec, *errors;
} lines[] = {
    {{"true"}, CMDLINE_RUN, "arg=true", NULL},
    {{"--", "--version"}, CMDLINE_RUN, "arg=--version", NULL},
    {{"ls", "--help", "-m", "5"}, CMDLINE_RUN, "arg=ls arg=--help arg=-m arg=5", NULL},
    {{"-m", "1G", "-t5s", "true"},
     CMDLINE_RUN,
     "memory_max=1073741824 runtime_max_ns=5000000000 arg=true",
     NULL},
    {{"--memory-max", "1G", "--memory-max=2G", "true"},
     CMDLINE_RUN,
     "memory_max=2147483648 arg=true",
     NULL},
    {{"-p", "MemoryMax=1G", "--property=TasksMax=5", "-pNice=3", "true"},
     CMDLINE_RUN,
     "memory_max=1073741824 tasks_max=5 nice=3 arg=true",
     NULL},
    {{"--tag", "a=1", "--tag=b=2", "true"}, CMDLINE_RUN, "tag=a=1 tag=b=2 arg=true", NULL},
    {{"--tag", "a=1", "--tag=", "--tag=a=3", "true"}, CMDLINE_RUN, "tag=a=3 arg=true", NULL},
    /* A choice that may be left out does not take the next word. */
    {{"--dry-run", "true"}, CMDLINE_RUN, "dry_run=1 arg=true", NULL},
    {{"--no-new-privileges=no", "--delegate", "true"},
     CMDLINE_RUN,
     "no_new_privileges=0 delegate=1 arg=true",
     NULL},
    {{"--owner", "-v", "true"}, CMDLINE_RUN, "owner=-v arg=true", NULL},
    {{"--help"}, CMDLINE_HELP, "", NULL},
    {{"-h"}, CMDLINE_HELP_SHORT, "", NULL},
    {{"-m", "1G", "--version"}, CMDLINE_VERSION, "memory_max=1073741824", NULL},

    {{NULL},
     CMDLINE_RUN,
     NULL,
     "no command was given: expected a command after the options; nothing was started, correct it "
     "and retry\n"},
    {{""},
     CMDLINE_RUN,
     NULL,
     "no command was given: expected a command after the options; nothing was started, correct it "
     "and retry\n"},
    {{"--memory-mx=5GG", "--timeout", "soon", "-p", "TaskMax=3", "-Z", "true"},
     CMDLINE_RUN,
     NULL,
     "unknown option '--memory-mx=5GG': expected an option of `cgrun --help`; did you mean "
     "--memory-max?; nothing was started, correct it and retry\n"
     "timeout 'soon': expected a time such as 90s, 10min or '1h 30min'; nothing was started, "
     "correct it and retry\n"
     "property 'TaskMax=3': expected Key=Value with a key of docs/SETTINGS.md; did you mean "
     "TasksMax?; nothing was started, correct it and retry\n"
     "unknown option '-Z': expected an option of `cgrun --help`; nothing was started, correct it "
     "and retry\n"},
    {{"true", "-m"}, CMDLINE_RUN, "arg=true arg=-m", NULL},
    {{"--memory-max"},
     CMDLINE_RUN,
     NULL,
     "option '--memory-max': expected a value after it; nothing was started, correct it and retry\n"
     "no command was given: expected a command after the options; nothing was started, correct it "
     "and retry\n"},
    {{"--memory-high=2G", "-m1G", "true"},
     CMDLINE_RUN,
     NULL,
     "memory-high '2147483648' above memory-max '1073741824': expected a mark at or below "
     "memory-max; nothing was started, correct it and retry\n"},
    {{"-p", "MemoryMax", "true"},
     CMDLINE_RUN,
     NULL,
     "property 'MemoryMax': expected Key=Value with a key of docs/SETTINGS.md; nothing was "
     "started, correct it and retry\n"},
    {{"--tag=a=1", "--tag=a=2", "true"},
     CMDLINE_RUN,
     NULL,
     "tag 'a=2': its key is there already, as 'a=1': expected each key once; nothing was started, "
     "correct it and retry\n"},
    {{"--job", "/nowhere/x.job", "true"},
     CMDLINE_RUN,
     NULL,
     "job '/nowhere/x.job': No such file or directory; nothing was started, correct it and "
     "retry\n"},
};

static void check(const struct line *line)
{
    char storage[WORDS + 1][64] = {"cgrun"}, *argv[WORDS + 2] = {storage[0]};
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};
    _cleanup_buf_ struct buf got = {0};
    enum cmdline_action action;
    int argc = 1, r;

    for (; argc <= WORDS && line->words[argc - 1]; argc++) {
        snprintf(storage[argc], sizeof(storage[0]), "%s", line->words[argc - 1]);
        argv[argc] = storage[argc];
    }
    job_spec_init(&spec);
    r = cmdline_parse(&spec, argc, argv, &action, &errors);
    if (r < 0)
        error_lines(&errors, &got);
    else
        spec_text(&spec, &got);
    assert_string_equal(buf_text(&got), line->spec ? line->spec : line->errors);
    assert_int_equal(r, line->spec ? 0 : -EINVAL);
    assert_int_equal(action, line->action);
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(lines); i++)
        check(&lines[i]);
}

static void test_help_names_every_option(void **state)
{
    _cleanup_buf_ struct buf help = {0};
    char option[80];

    (void)state;
    settings_help(&help);
    for (size_t i = 0; i < settings_count; i++) {
        snprintf(option, sizeof(option), " --%s%c", settings[i].option,
                 setting_argument_optional(&settings[i]) ? '[' : ' ');
        if (!strstr(buf_text(&help), option) || !strstr(buf_text(&help), settings[i].help))
            fail_msg("--help lacks --%s", settings[i].option);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_help_names_every_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
