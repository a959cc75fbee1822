/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --harden: what the caller gave wins wherever it stands, and what undoes it as a whole is refused.
 */
#include "runner/spec/front_ends.h"
#include "tests/unit/spec_text.h"
#include "tests/unit/unit.h"

#define PATHS                                                                                      \
    "readonly=/usr readonly=/etc readonly=/boot readonly=-/bin readonly=-/sbin readonly=-/lib "    \
    "readonly=-/lib64 readonly=-/opt readonly=-/efi readonly=-/root/.ssh "
#define WORDS 6

static const struct {
    const char *words[WORDS], *spec, *errors;
} cases[] = {
    {{"--private-tmp=no", "--harden"},
     PATHS "harden=1 private_pids=1 device_policy=1 restrict_namespaces=1 arg=true",
     NULL},
    {{"--harden", "--private-tmp=no"},
     PATHS "harden=1 private_pids=1 device_policy=1 restrict_namespaces=1 arg=true",
     NULL},
    {{"--device-policy=strict", "-p", "Harden=yes", "--private-pids=no"},
     PATHS "harden=1 private_tmp=1 device_policy=2 restrict_namespaces=1 arg=true",
     NULL},
    {{"--harden", "--device-policy=auto", "--no-new-privileges=no"},
     "no_new_privileges=0 " PATHS
     "harden=1 private_tmp=1 private_pids=1 restrict_namespaces=1 arg=true",
     NULL},
    {{"--read-only-paths=/srv", "--harden"},
     "readonly=/srv " PATHS
     "harden=1 private_tmp=1 private_pids=1 device_policy=1 restrict_namespaces=1 arg=true",
     NULL},
    {{"--harden", "--harden=no"}, "arg=true", NULL},
    {{"--harden", "--policy", "none"},
     NULL,
     "harden with policy 'none': expected a policy, or the settings that are wanted one by one; "
     "nothing was started, correct it and retry\n"},
    {{"--delegate", "--harden"},
     NULL,
     "harden with --delegate: expected one or the other; nothing was started, correct it and "
     "retry\n"},
};

static void test_caller_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_job_spec_ struct job_spec spec;
        _cleanup_err_list_ struct err_list errors = {0};
        _cleanup_buf_ struct buf got = {0};
        enum cmdline_action action;
        char *argv[WORDS + 3] = {(char *)"cgrun"};
        int argc = 1;

        while (argc <= WORDS && cases[i].words[argc - 1]) {
            argv[argc] = (char *)cases[i].words[argc - 1];
            argc++;
        }
        argv[argc++] = (char *)"true";
        job_spec_init(&spec);
        if (cmdline_parse(&spec, argc, argv, &action, &errors) < 0)
            error_lines(&errors, &got);
        else
            spec_text(&spec, &got);
        assert_string_equal(buf_text(&got), cases[i].errors ? cases[i].errors : cases[i].spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caller_wins),
    };

    return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
