/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The score of a job's exposure: each option that shuts it in lowers it. */
#include "runner/plan/exposure.h"
#include "tests/unit/hosts.h"
#include "tests/unit/unit.h"

static double score(const struct job_spec *spec, const struct policy_program *policy,
                    struct exposure *ret)
{
    const struct plan plan = {.spec = spec, .policy = *policy, .drop_caps = policy->take_caps};
    _cleanup_facts_ struct host_facts facts = {0};

    host_facts_from(&facts, &host_v2);
    facts.caps = UINT64_C(0x1ffffffffff);
    exposure_of(ret, &plan, &facts);
    return ret->score;
}

static void test_score(void **state)
{
    const struct policy_program none = {.name = "none"},
                                batch = {.name = "batch",
                                         .confines = true,
                                         .shield = true,
                                         .take_caps = UINT64_C(0x1fffffffff)};
    struct job_spec spec;
    struct exposure e;
    double open, plain, closed, sum = 0;

    (void)state;
    job_spec_init(&spec);
    spec.delegate = true;
    open = score(&spec, &none, &e);
    spec.delegate = false;
    plain = score(&spec, &batch, &e);
    for (size_t i = 0; i < e.lines; i++)
        sum += e.line[i].points;
    assert_true(sum > plain - 0.001 && sum < plain + 0.001);
    spec.memory_max = 1 << 20;
    spec.device_policy = SPEC_DEVICES_CLOSED;
    spec.clean_environment = spec.private_network = spec.private_tmp = true;
    closed = score(&spec, &batch, &e);
    assert_true(open > plain && plain > closed && closed > 0);
    assert_true(open < 10.001);
}

/* What each line weighs, and how open it is for a root job without any protection. */
static void test_weights(void **state)
{
    static const struct {
        const char *what;
        double weight, open;
    } lines[] = {
        {"user", 8, 1},           {"capabilities", 8, 1},    {"new privileges", 4, 1},
        {"system calls", 10, 1},  {"namespaces", 4, 1},      {"kernel interfaces", 4, 1},
        {"control groups", 4, 1}, {"network", 5, 1},         {"files", 5, 1},
        {"homes", 2, 1},          {"temporary files", 2, 1}, {"devices", 3, 1},
        {"environment", 1, 1},    {"memory", 3, 1},          {"tasks", 2, 1},
        {"time", 2, 1},           {"processors", 1, 1},
    };
    const struct policy_program none = {.name = "none"};
    struct job_spec spec;
    struct exposure e;

    (void)state;
    job_spec_init(&spec);
    spec.delegate = true;
    spec.no_new_privileges = false;
    score(&spec, &none, &e);
    for (size_t i = 0; i < LEN(lines); i++) {
        const struct exposure_line *found = NULL;

        for (size_t k = 0; k < e.lines; k++)
            if (strcmp(e.line[k].what, lines[i].what) == 0)
                found = &e.line[k];
        if (!found || found->weight != lines[i].weight || found->open != lines[i].open)
            fail_msg("%s: weight %g, open %g", lines[i].what, found ? found->weight : -1,
                     found ? found->open : -1);
    }
}

static void test_text(void **state)
{
    const struct policy_program batch = {.name = "batch", .confines = true, .shield = true};
    _cleanup_buf_ struct buf text = {0};
    struct job_spec spec;
    struct exposure e;

    (void)state;
    job_spec_init(&spec);
    spec.memory_max = 1 << 20;
    score(&spec, &batch, &e);
    exposure_text(&e, &text);
    assert_non_null(strstr(buf_text(&text), "  0.0  memory             limited\n"));
    assert_non_null(strstr(buf_text(&text), "  temporary files    shared with others"));
    assert_null(strstr(buf_text(&text), " \n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests_name("exposure", tests, NULL, NULL);
}
