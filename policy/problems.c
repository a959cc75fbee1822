/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/problems.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int problems_add(struct policy_problems *problems, const struct policy_problem *problem)
{
    struct policy_problem *grown;
    char *expected;

    if (problems->count == PROBLEMS_MAX) {
        problems->untold++;
        return 0;
    }
    grown = realloc(problems->item, (problems->count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    problems->item = grown;
    expected = strdup(problem->expected);
    if (!expected)
        return -ENOMEM;
    grown[problems->count] = *problem;
    grown[problems->count++].expected = expected;
    return 0;
}

int problems_error(const struct policy_problems *problems, const char *policy, struct err *err)
{
    const struct policy_problem *first = &problems->item[0];
    size_t more = problems->count + problems->untold - 1;
    char place[32] = "", others[64] = "";

    if (first->line)
        snprintf(place, sizeof(place), ":%u:%u", first->line, first->column);
    if (more)
        snprintf(others, sizeof(others), " (the first of %zu: see `cgjob policy check`)", more + 1);
    return err_set(err, first->code, first->expected, ERR_CORRECT_AND_RETRY,
                   "policy %.200s%s: %s%s%s%s", policy, place, first->path,
                   first->path[0] ? " " : "", first->found, others);
}

void problems_free(struct policy_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free(problems->item[i].expected);
    free(problems->item);
    *problems = (struct policy_problems){0};
}
