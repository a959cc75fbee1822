/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --resume goes on with the same measurement, and refuses to mix another one into it. */
#include <stdio.h>

#include "tests/system/harness.h"

static void begin(const char *session)
{
    struct run run _cleanup_run_ = {.no_json = true};

    cgrun(&run, ARGS("--runs", "2", "--session", session, "--label", "l", "--memory-max", "256M",
                     "--timeout", "1m", "--quiet", "--", "/bin/true", "word"));
    expect_status(&run, 0);
}

/* What is given instead of the settings and the command that the session began with. */
static void refused(const char *session, const char *const *args, const char *names)
{
    struct run run _cleanup_run_ = {.no_json = true};
    const char *all[32] = {"--runs", "4", "--session", session, "--label", "l", "--resume"};
    size_t n = 7;

    for (; *args; args++)
        all[n++] = *args;
    all[n] = NULL;
    cgrun(&run, all);
    expect_status(&run, 125);
    expect_err(&run, names);
}

static void other_settings_are_refused_by_name(void **state)
{
    (void)state;
    begin("mixed");
    refused("mixed", ARGS("--memory-max", "256M", "--timeout", "1m", "--", "/bin/true", "other"),
            "had the command '/bin/true word', this call has '/bin/true other'");
    refused("mixed", ARGS("--memory-max", "512M", "--timeout", "1m", "--", "/bin/true", "word"),
            "had MemoryMax '268435456', this call has '536870912'");
    refused("mixed", ARGS("--memory-max", "256M", "--", "/bin/true", "word"),
            "had RuntimeMaxSec '60', this call has 'none'");
    refused("mixed",
            ARGS("--memory-max", "256M", "--timeout", "1m", "--policy", "none", "--", "/bin/true",
                 "word"),
            "had the policy 'batch', this call has 'none'");
    refused(
        "mixed",
        ARGS("--memory-max", "256M", "--timeout", "1m", "--private-tmp", "--", "/bin/true", "word"),
        "had PrivateTmp 'none', this call has 'yes'");
}

static void the_same_goes_on(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true}, other _cleanup_run_ = {.no_json = true};
    struct json *doc;

    (void)state;
    begin("same");
    cgrun(&run, ARGS("--runs", "4", "--session", "same", "--label", "l", "--resume", "--memory-max",
                     "256M", "--timeout", "1m", "--quiet", "--", "/bin/true", "word"));
    expect_status(&run, 0);
    doc = cgjob_json(ARGS("ls", "--json", "--session", "same"));
    assert_int_equal(json_count(listed(doc)), 4);
    json_free(doc);
    /* Another side of the session may well ask for something else: that is what is compared. */
    cgrun(&other, ARGS("--runs", "1", "--session", "same", "--label", "m", "--resume",
                       "--memory-max", "512M", "--quiet", "--", "/bin/true"));
    expect_status(&other, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_settings_are_refused_by_name),
        cmocka_unit_test(the_same_goes_on),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("resume", tests);
}
