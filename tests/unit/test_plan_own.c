/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mounts keep a root job from what is cgrun's own. */
#include "runner/plan/plan.h"
#include "runner/plan/words.h"
#include "tests/unit/hosts.h"
#include "tests/unit/unit.h"

static const struct host_text host = {
    .mountinfo = "24 22 0:22 / /proc rw - proc proc rw\n"
                 "25 22 0:23 / /run/cgrun/bpf rw - bpf bpf rw\n"
                 "26 22 0:24 / /run/cgrun.other/bpf rw - bpf bpf rw\n"
                 "27 22 0:26 / /run/cgrun/cgroup2 rw - cgroup2 cgroup2 rw\n",
    .own = "0::/\n",
    .v2_controllers = "memory",
    .release = "6.1.0",
};

/* The job is root's; its group is in the cgroup2 hierarchy beneath the run directory. */
static void mounts_of(bool shield, bool delegate, struct buf *out)
{
    struct job_spec spec;
    struct host_facts facts = {0};
    struct plan plan = {.spec = &spec};

    job_spec_init(&spec);
    spec.delegate = delegate;
    host_facts_from(&facts, &host);
    facts.root = true;
    plan.policy.shield = shield;
    assert_int_equal(strv_add(&plan.own.closed, "/run/cgrun"), 0);
    assert_int_equal(strv_add(&plan.own.readonly, "/srv/jobs.db"), 0);
    assert_int_equal(strv_add(&plan.own.devices, "/dev/kmsg"), 0);
    assert_int_equal(strv_add(&plan.own.devices, "/dev/uhid"), 0);
    assert_int_equal(strv_add(&spec.device_allow, "/dev/uhid rw"), 0);
    plan.group_name = strdup("job");
    assert_int_equal(plan_add_group(&plan, facts_v2(&facts), NULL), 0);
    assert_int_equal(plan_mounts_again(&plan, &facts), 0);
    for (size_t i = 0; i < plan.mounts; i++)
        buf_addf(out, "%s: %s\n", plan.mount[i].path, plan_mount_words(plan.mount[i].kind));
    plan_free(&plan);
    facts_free(&facts);
    job_spec_free(&spec);
}

/* The kernel file systems within what is closed need no call of their own. */
static void test_what_is_cgruns_own_is_kept_from_the_job(void **state)
{
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    mounts_of(true, false, &got);
    assert_string_equal(buf_text(&got), "/proc: read-only with all beneath it\n"
                                        "/run/cgrun.other/bpf: read-only with all beneath it\n"
                                        "/run/cgrun: closed: cgrun's own\n"
                                        "/srv/jobs.db: read-only: cgrun's own\n"
                                        "/dev/kmsg: closed: does what the policy refuses\n");
}

static void test_a_delegated_hierarchy_in_the_run_directory_stays_there(void **state)
{
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    mounts_of(true, true, &got);
    assert_null(strstr(buf_text(&got), "closed: cgrun's own"));
    assert_null(strstr(buf_text(&got), "/run/cgrun/cgroup2"));
    assert_non_null(strstr(buf_text(&got), "/run/cgrun/bpf: read-only"));
    assert_non_null(strstr(buf_text(&got), "/srv/jobs.db: read-only"));
}

static void test_without_a_shielding_policy_nothing_is_kept(void **state)
{
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    mounts_of(false, true, &got);
    assert_string_equal(buf_text(&got), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_cgruns_own_is_kept_from_the_job),
        cmocka_unit_test(test_a_delegated_hierarchy_in_the_run_directory_stays_there),
        cmocka_unit_test(test_without_a_shielding_policy_nothing_is_kept),
    };

    return cmocka_run_group_tests_name("cgrun's own places", tests, NULL, NULL);
}
