/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/session/same.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/host/facts.h"
#include "runner/plan/plan.h"
#include "runner/supervise/measure.h"
#include "runner/supervise/prepare.h"

int same_asked(struct record *ret, const struct job_spec *spec, struct err *err)
{
    _cleanup_facts_ struct host_facts facts = {0};
    _cleanup_plan_ struct plan plan = {0};
    _cleanup_err_list_ struct err_list errors = {0};

    if (prepare_plan(&plan, &facts, spec, &errors) < 0) {
        *err = errors.item[0];
        return -EINVAL;
    }
    ret->policy_name = strdup(plan.policy.name);
    ret->policy_hash = strdup(plan.policy.hash);
    if (!ret->policy_name || !ret->policy_hash || measure_asked(ret, &plan) < 0)
        return err_oom(err);
    return 0;
}

static int differs(const struct record *was, const char *what, const char *before, const char *now,
                   struct err *err)
{
    return err_set(err, EEXIST, "the settings of the session's other runs",
                   "nothing was started; repeat them, or begin another session",
                   "resume: job %" PRId64 " had %s '%.200s', this call has '%.200s'", was->id, what,
                   before ? before : "none", now ? now : "none");
}

static void join(const struct strv *words, struct buf *out)
{
    strv_each (words, word)
        buf_addf(out, "%s%s", out->len ? " " : "", word);
}

static bool same_words(const struct strv *a, const struct strv *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->item[i], b->item[i]) != 0)
            return false;
    return true;
}

/* Of settings that can be given several times, each value has to be there. */
static const struct record_limit *find(const struct record *r, const struct record_limit *like)
{
    const struct record_limit *other = NULL;

    for (size_t i = 0; i < r->limits.count; i++) {
        const struct record_limit *l = &r->limits.item[i];

        if (strcmp(l->key, like->key) != 0)
            continue;
        if (strcmp(l->asked, like->asked) == 0)
            return l;
        other = other ? other : l;
    }
    return other;
}

static bool is_except(const struct record_limit *l, const char *except)
{
    return except && strcmp(l->key, except) == 0;
}

static int check_limits(const struct record *was, const struct record *now, const char *except,
                        struct err *err)
{
    for (size_t i = 0; i < now->limits.count; i++) {
        const struct record_limit *l = &now->limits.item[i], *before = find(was, l);

        if (!is_except(l, except) && (!before || strcmp(before->asked, l->asked) != 0))
            return differs(was, l->key, before ? before->asked : NULL, l->asked, err);
    }
    for (size_t i = 0; i < was->limits.count; i++)
        if (!is_except(&was->limits.item[i], except) && !find(now, &was->limits.item[i]))
            return differs(was, was->limits.item[i].key, was->limits.item[i].asked, NULL, err);
    return 0;
}

int same_check(const struct record *was, const struct record *now, const char *except,
               struct err *err)
{
    if (!same_words(&was->argv, &now->argv)) {
        _cleanup_buf_ struct buf before = {0}, here = {0};

        join(&was->argv, &before);
        join(&now->argv, &here);
        return differs(was, "the command", buf_text(&before), buf_text(&here), err);
    }
    if (was->policy_name && now->policy_name && strcmp(was->policy_name, now->policy_name) != 0)
        return differs(was, "the policy", was->policy_name, now->policy_name, err);
    if (was->policy_hash && now->policy_hash && *was->policy_hash &&
        strcmp(was->policy_hash, now->policy_hash) != 0)
        return differs(was, "another text of the policy", was->policy_hash, now->policy_hash, err);
    return check_limits(was, now, except, err);
}
