/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a job has a scope of systemd's, and which. */
#include <stdio.h>

#include "runner/plan/plan.h"
#include "runner/spec/front_ends.h"
#include "tests/unit/hosts.h"
#include "tests/unit/unit.h"

static int scope_for(struct plan_place *place, struct host_facts *facts, const char *scope,
                     struct err_list *errors)
{
    _cleanup_job_spec_ struct job_spec spec;
    struct plan_inputs inputs = {.now_ms = 1795489200123, .pid = 77};
    char text[128];
    int r;

    job_spec_init(&spec);
    snprintf(text, sizeof(text), "[Job]\nCommand=/bin/ba/ckup\nOwner=db team\nScope=%s\n", scope);
    assert_int_equal(job_text_parse(&spec, text, "t.job", errors), 0);
    r = plan_scope(place, &spec, facts, &inputs, errors);
    return r;
}

/* Asked for on a host of systemd's, unless the caller has a delegated group for itself. */
static void test_scopes(void **state)
{
    _cleanup_err_list_ struct err_list errors = {0};
    struct plan_place place;
    _cleanup_facts_ struct host_facts facts = {0};

    (void)state;
    host_facts_from(&facts, &host_v2);
    assert_int_equal(scope_for(&place, &facts, "auto", &errors), 0);
    assert_null(place.scope); /* no systemd here */
    assert_int_equal(scope_for(&place, &facts, "always", &errors), -EINVAL);
    assert_int_equal(errors.count, 1);

    facts.systemd = true;
    facts.place.crowded = true;
    snprintf(facts.place.all, sizeof(facts.place.all), "cpu memory");
    assert_int_equal(scope_for(&place, &facts, "auto", &errors), 0);
    assert_string_equal(place.scope, "cgrun-ckup-db_team-1795489200123-77.scope");
    assert_string_equal(place.scope_path, "/cgrun.slice/cgrun-ckup-db_team-1795489200123-77.scope");
    assert_string_equal(place.description, "cgrun job ckup (owner db team)");
    assert_null(place.part_of);
    assert_string_equal(facts_v2(&facts)->own, place.scope_path);
    assert_string_equal(facts_v2(&facts)->controllers, "cpu memory");
    assert_false(facts.place.crowded);
    plan_place_free(&place);

    /* Now it is as if the caller were in that scope, alone: no other is asked for. */
    assert_int_equal(scope_for(&place, &facts, "auto", &errors), 0);
    assert_null(place.scope);
    facts.root = false;
    facts.uid = 1000;
    assert_int_equal(scope_for(&place, &facts, "always", &errors), -EINVAL);
    facts.user_manager = true;
    snprintf(facts.place.users, sizeof(facts.place.users), "memory pids");
    assert_int_equal(scope_for(&place, &facts, "always", &errors), 0);
    assert_string_equal(place.scope_path, "/user.slice/user-1000.slice/user@1000.service/"
                                          "cgrun.slice/"
                                          "cgrun-ckup-db_team-1795489200123-77.scope");
    /* No more than the user's systemd has been given itself. */
    assert_string_equal(facts_v2(&facts)->controllers, "memory pids");
    plan_place_free(&place);
    host_facts_from(&facts, &host_hybrid);
    facts.systemd = true;
    assert_int_equal(scope_for(&place, &facts, "auto", &errors), 0);
    assert_null(place.scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scopes)};

    return cmocka_run_group_tests_name("plan scope", tests, NULL, NULL);
}
