/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's dealings with its policy: who is told of refused calls, and by which rules. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/explain.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/run_internal.h"

static void tell_refusal(void *data, const struct refusal *refusal, const char *rule)
{
    const struct run_hook *hook = data;
    _cleanup_buf_ struct buf line = {0};

    refusal_words(refusal, &line);
    buf_addf(&line, "%s%s", *rule ? ", by " : "", rule);
    hook->refused(hook->data, buf_text(&line));
}

/* Nothing less is refused for it: only nobody hears of it. */
static int do_without_listener(struct run *run)
{
    int error = -run->launch.listener;

    return strv_addf(&run->result->notes, "what the policy refuses is not told: %s",
                     error == ENOENT ? "an outer job's calls are listened to already"
                                     : strerror(error));
}

void run_listen(struct run *run, const struct run_hook *hook)
{
    const struct policy_request request = prepare_policy(run->spec, run->facts, &run->plan.user);

    rule_names_init(&run->names, &request, &run->plan.floor);
    refusals_init(&run->refusals, run->launch.listener, plan_refusing(&run->plan),
                  run->plan.trial.logged.len > 0, &run->names,
                  hook && hook->refused ? tell_refusal : NULL, (void *)hook);
    run->feed.names = &run->names;
    if (run->spec->tell_refused && hook && hook->refused) {
        run->feed.tell = hook->refused;
        run->feed.tell_data = hook->data;
    }
    if (run->plan.listening.len)
        record_add_limit(run->record, "TellRefused", "yes", run->launch.listener < 0 ? "no" : "yes",
                         "seccomp", NULL);
    if (run->plan.listening.len && run->launch.listener < 0)
        do_without_listener(run);
}

/*
 * Where the kernel refuses the program that sees refusals, traced calls still tell them: a call
 * that a filter answers returns without having been entered. What answers ENOSYS is probed for, and
 * is not counted on other kernels either.
 */
void run_tell_refused(struct run *run)
{
    const struct traces *t = &run->record->traces;
    double refused = 0;

    if (!t->has[TRACE_SYSCALLS] || run->record->metric[METRIC_DENIED_SYSCALLS].available)
        return;
    for (size_t i = 0; i < t->calls_count; i++) {
        const struct traced_call *call = &t->calls[i];

        for (size_t k = 0; call->calls == 0 && k < call->errors_count; k++) {
            const char *name = strerrorname_np(call->errors[k].error);

            if (call->errors[k].error == ENOSYS)
                continue;
            refused += (double)call->errors[k].count;
            record_add_event(run->record, realtime_ns(), "denied",
                             "%s refused with %s, %" PRIu64 " time%s", call->name,
                             name ? name : "an error", call->errors[k].count,
                             call->errors[k].count == 1 ? "" : "s");
        }
    }
    metric_set(run->record, METRIC_DENIED_SYSCALLS, refused, "bpf:sys_exit");
}

/* Of a policy on trial: each call that was made and would not have been allowed. */
void run_tell_audit(struct run *run)
{
    bool told = !run->spec->audit || run->refusals.fd >= 0;
    const struct rules *rules = told ? NULL : rule_names_rules(&run->names);
    const struct traces *t = &run->record->traces;

    for (size_t i = 0; rules && i < t->calls_count; i++) {
        const struct traced_call *call = &t->calls[i];
        _cleanup_buf_ struct buf words = {0};
        struct answer answer;
        bool sure = rules_answer(rules, call->name, &answer);

        if (call->calls == 0 || (sure && answer.kind <= ANSWER_LOG))
            continue;
        explain_call(rules, call->name, &words);
        record_add_event(run->record, realtime_ns(), "audit", "%s: made %" PRIu64 " time%s, %s%s",
                         call->name, call->calls, call->calls == 1 ? "" : "s",
                         sure ? "would be " : "", buf_text(&words));
    }
}

/* What the policy says of the call that it killed for. */
void run_name_rule(struct run *run)
{
    struct pairs *evidence = &run->record->verdict.evidence;
    const char *call = pairs_get(evidence, "syscall");
    _cleanup_buf_ struct buf words = {0}, rule = {0};

    if (run->record->verdict.kind != VERDICT_SECCOMP || !call)
        return;
    explain_call(rule_names_rules(&run->names), call, &words);
    rule_name(&run->names, call, NULL, &rule);
    if (rule.len)
        buf_addf(&words, ", by %s", buf_text(&rule));
    pairs_set(evidence, "rule", buf_text(&words));
}
