/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cgjob policy learn`: a policy from what jobs were seen to call. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/learn.h"
#include "policy/policy.h"
#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "tools/learn.h"
#include "tools/sets.h"

struct learning {
    struct learned learned;
    int64_t untraced; /* a job whose calls are not known */
    bool unconfined;  /* some job ran without a policy: its capabilities are left to it */
};

static uint64_t errors_of(const struct traced_call *call, int error)
{
    for (size_t i = 0; i < call->errors_count; i++)
        if (call->errors[i].error == error)
            return call->errors[i].count;
    return 0;
}

/*
 * A call that a policy refuses is not entered, so it is not counted, only its error is: a call with
 * more ENOSYS than entries was answered so.
 */
static int add_job(void *data, const struct record *r)
{
    struct learning *l = data;
    char source[200];
    int code = 0;

    if (!r->traces.has[TRACE_SYSCALLS]) {
        l->untraced = r->id;
        return 0;
    }
    l->unconfined |= !r->policy_name || strcmp(r->policy_name, "none") == 0;
    snprintf(source, sizeof(source), "job %" PRId64 " (%.150s)", r->id, r->name ? r->name : "");
    code |= learn_source(&l->learned, source);
    for (size_t i = 0; i < r->traces.calls_count; i++) {
        const struct traced_call *call = &r->traces.calls[i];
        uint64_t absent = errors_of(call, ENOSYS);

        code |= learn_call(&l->learned, call->name, call->calls, absent);
    }
    return code < 0 ? -ENOMEM : 0;
}

/* What the shipped policy takes, the learned one takes as well. */
static int keep_taken(struct learned *l, struct err *err)
{
    const struct policy_request request = {.policy = POLICY_DEFAULT};
    _cleanup_policy_ struct policy_program batch = {0};
    int r = policy_compile(&request, &batch, err);

    for (int cap = 0; r == 0 && cap < 64; cap++) {
        char name[32];

        if (!(batch.take_caps >> cap & 1) || !capability_name(cap, name, sizeof(name)))
            continue;
        for (char *c = name; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        r = strv_add(&l->take_caps, name) < 0 ? err_oom(err) : 0;
    }
    return r;
}

static int write_policy(const struct learned *l, bool filter, const char *output)
{
    _cleanup_buf_ struct buf text = {0};
    _cleanup_json_ struct json *doc = NULL;
    _cleanup_free_ char *dump = NULL;
    struct err err;

    if (filter) {
        learned_filter(l, &text);
        buf_add(&text, "\n");
    } else {
        doc = learned_profile(l);
        dump = json_dump(doc, 2);
        if (!dump) {
            err_oom(&err);
            return cmd_fail(&err);
        }
        buf_addf(&text, "%s\n", dump);
    }
    return cmd_write(output ? output : "-", &text, &err) < 0 ? cmd_fail(&err) : CMD_OK;
}

int learn_policy(const struct cmd_context *ctx, char **sets, int count, bool filter,
                 const char *output)
{
    struct learning l = {0};
    _cleanup_store_ struct store *s = NULL;
    struct err err;
    int status = CMD_OK;

    if (cmd_open(ctx, STORE_READ, &s, &err) < 0)
        return cmd_fail(&err);
    for (int i = 0; i < count && status == CMD_OK; i++)
        if (set_each(s, sets[i], add_job, &l, &err) < 0)
            status = cmd_fail(&err);
    if (status == CMD_OK && l.untraced) {
        err_set(&err, ENODATA, "jobs that were run with --trace syscalls", NULL,
                "the calls of job %" PRId64 " are not known", l.untraced);
        status = cmd_fail(&err);
    }
    if (status == CMD_OK && !l.unconfined && keep_taken(&l.learned, &err) < 0)
        status = cmd_fail(&err);
    if (status == CMD_OK)
        status = write_policy(&l.learned, filter, output);
    learned_free(&l.learned);
    return status;
}
