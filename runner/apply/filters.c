/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/filters.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/join.h"
#include "policy/protect.h"

static int protect(const struct plan *plan, const struct beside *beside, struct sock_fprog *ret)
{
    const bool own_pids = plan->signals == PLAN_SIGNALS_NAMESPACE; /* ids mean others there */
    const struct protect p = {
        .id = {getpid(), getpgrp(), getppid(), beside->keeper, 1},
        .count = own_pids ? 0 : 5,
        .signals = plan->signals == PLAN_SIGNALS_FILTER,
        .shared_group = !plan->own_group,
        .scoped = plan->landlock_signals,
    };

    return protect_program(&p, ret);
}

/* In front of one of the plan's: a filter of its own would cost a launch half a millisecond. */
static int put_in_front(const struct sock_fprog *first, struct sock_fprog *program)
{
    struct sock_fprog both;
    int r;

    if (program->len == 0)
        return 0;
    r = join_programs(first, program, &both);
    if (r == 0)
        *program = both;
    return r;
}

int filters_choose(struct child_filters *filters, const struct plan *plan, bool counted,
                   const struct beside *beside)
{
    const bool joined = !counted && plan->joined.len;
    struct sock_fprog front;
    int r;

    *filters = (struct child_filters){
        .quiet = joined ? (struct sock_fprog){0} : plan->policy.quiet,
        .listening = plan->listening,
        .last = joined ? plan->joined : plan->policy.logged,
        .last_logged = !joined,
    };
    if (plan->signals == PLAN_SIGNALS_OPEN ||
        (plan->signals == PLAN_SIGNALS_NAMESPACE && plan->own_group))
        return 0;
    r = protect(plan, beside, &front);
    if (r < 0)
        return r;
    r = put_in_front(&front, &filters->last);
    if (r == 0)
        r = put_in_front(&front, &filters->listening);
    if (r == -E2BIG || (r == 0 && filters->last.len == 0)) {
        filters->alone = front;
        return 0;
    }
    free(front.filter);
    return r;
}

/* What is joined was made here; the rest is the plan's. */
static void free_unless(struct sock_fprog *program, const struct sock_fprog *plans,
                        const struct sock_fprog *or_plans)
{
    if (program->filter != plans->filter && program->filter != or_plans->filter)
        free(program->filter);
}

void filters_free(struct child_filters *filters, const struct plan *plan)
{
    free_unless(&filters->last, &plan->joined, &plan->policy.logged);
    free_unless(&filters->listening, &plan->listening, &plan->listening);
    free(filters->alone.filter);
}
