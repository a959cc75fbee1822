/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else the job ran into without ending of it, and what to do about how it ended. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/units.h"
#include "runner/present/text.h"

/* A job that was held back for less of its time than this is not told so. */
#define THROTTLED_WORTH_TELLING 0.01

static double value_of(const struct record *r, enum metric_id id)
{
    return present_available(r, id) ? present_value(r, id) : 0;
}

static const struct record_limit *limit_of(const struct record *r, const char *key)
{
    for (size_t i = 0; i < r->limits.count; i++)
        if (strcmp(r->limits.item[i].key, key) == 0)
            return &r->limits.item[i];
    return NULL;
}

/* "--tasks-max 20", for a remedy. */
static void add_option(const struct record *r, const char *option, const char *key, struct buf *out)
{
    const struct record_limit *limit = limit_of(r, key);

    char text[32];

    buf_add(out, option);
    if (!limit || !limit->asked)
        return;
    buf_add(out, " ");
    if (strcmp(key, "MemoryMax") == 0)
        buf_add(out, units_size(strtod(limit->asked, NULL), text, sizeof(text)));
    else
        present_bytes(limit->asked, out);
}

static void also_oom(const struct record *r, struct buf *out)
{
    double kills = value_of(r, METRIC_OOM_KILLS);

    if (kills == 0 || r->verdict.kind == VERDICT_OOM)
        return;
    buf_addf(out,
             "also: the kernel killed %.0f process%s for want of memory, and the job went on; ",
             kills, kills == 1 ? "" : "es");
    add_option(r, "--memory-max", "MemoryMax", out);
    buf_add(out, " is too low for it\n");
}

static void also_forks(const struct record *r, struct buf *out)
{
    double failed = value_of(r, METRIC_FORK_FAILURES);

    if (failed == 0)
        return;
    buf_addf(out, "also: %.0f fork%s refused at a limit of tasks; raise ", failed,
             failed == 1 ? " was" : "s were");
    add_option(r, "--tasks-max", "TasksMax", out);
    buf_add(out, ", or that of a cgroup above\n");
}

static void also_throttled(const struct record *r, struct buf *out)
{
    double wall = value_of(r, METRIC_WALL_SECONDS);
    double held = value_of(r, METRIC_CPU_THROTTLED_SECONDS);
    char text[32];

    if (wall <= 0 || held < wall * THROTTLED_WORTH_TELLING)
        return;
    buf_addf(out, "also: its tasks were held back for %s by the CPU quota; raise ",
             units_duration(held, text, sizeof(text)));
    add_option(r, "--cpu-quota", "CPUQuota", out);
    buf_add(out, " for more\n");
}

static void also_denied(const struct record *r, struct buf *out)
{
    double denied = value_of(r, METRIC_DENIED_SYSCALLS);

    if (denied == 0 || r->verdict.kind == VERDICT_SECCOMP)
        return;
    buf_addf(out, "also: policy ");
    present_bytes(r->policy_name ? r->policy_name : "?", out);
    buf_addf(out, " refused %.0f call%s\n", denied, denied == 1 ? "" : "s");
}

static bool is_crash(int signal)
{
    static const int crashes[] = {4 /* ILL */, 6 /* ABRT */, 7 /* BUS */, 8 /* FPE */,
                                  11 /* SEGV */};

    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
        if (crashes[i] == signal)
            return true;
    return false;
}

/* Other verdicts have a cause that was seen. Where nothing was confined, no policy has a hash. */
bool present_refusals_unknown(const struct record *r)
{
    bool by_itself = r->verdict.kind == VERDICT_EXITED ||
                     (r->verdict.kind == VERDICT_SIGNALED && is_crash(r->verdict.signal));

    return r->state == RECORD_ENDED && r->verdict.status != 0 && by_itself && r->policy_hash &&
           *r->policy_hash && !present_available(r, METRIC_DENIED_SYSCALLS);
}

static void also_uncounted(const struct record *r, struct buf *out)
{
    if (!present_refusals_unknown(r))
        return;
    buf_add(out, "also: refused calls were not counted, so it is not known whether policy ");
    present_bytes(r->policy_name, out);
    buf_add(out, " refused one; to see, run it with `cgrun -v`, which names refused calls, or with "
                 "--policy none; what it refuses: cgjob policy explain ");
    present_bytes(r->policy_name, out);
    buf_add(out, "\n");
}

void present_also(const struct record *r, struct buf *out)
{
    if (r->state != RECORD_ENDED)
        return;
    also_oom(r, out);
    also_forks(r, out);
    also_throttled(r, out);
    also_denied(r, out);
    also_uncounted(r, out);
}

static void remedy_oom(const struct record *r, struct buf *out)
{
    const char *limit = pairs_get(&r->verdict.evidence, "limit_bytes");

    if (pairs_get(&r->verdict.evidence, "group")) {
        buf_add(out, "raise the memory limit of ");
        present_evidence_bytes(r, "group", out);
        buf_add(out, ", give the job a --memory-max below it, or run less beside it");
        return;
    }
    if (!limit) {
        buf_add(out, "the job had no limit of its own: the machine, or a group above the job, had "
                     "no memory left; give it a --memory-max, or "
                     "run less beside it");
        return;
    }
    buf_add(out, "raise --memory-max above ");
    present_evidence_size(r, "limit_bytes", out);
    buf_addf(out, ", or find what grew: cgjob ps %" PRId64 " --rows", r->id);
}

static void remedy_seccomp(const struct record *r, struct buf *out)
{
    buf_add(
        out,
        "if the call is rightly made, choose a policy that allows it (--policy); this one: cgjob "
        "policy explain ");
    present_bytes(r->policy_name ? r->policy_name : "batch", out);
    buf_addf(out, " %s", present_evidence(r, "syscall"));
}

static void remedy_start(const struct record *r, struct buf *out)
{
    if (r->verdict.status == 127)
        buf_add(out, "give the command by its path, or mend PATH");
    else if (r->verdict.status == 126)
        buf_add(out, "check that it is executable, and for this machine");
    else
        buf_add(out, "the job never ran: correct it and run it again");
}

static void remedy(const struct record *r, struct buf *out)
{
    switch (r->verdict.kind) {
    case VERDICT_OOM:
        remedy_oom(r, out);
        break;
    case VERDICT_SECCOMP:
        remedy_seccomp(r, out);
        break;
    case VERDICT_TIMEOUT:
        buf_add(out, "raise --timeout, or see what it waited for: cgjob show ");
        buf_addf(out, "%" PRId64, r->id);
        break;
    case VERDICT_CPU_TIMEOUT:
        buf_addf(out, "raise --cpu-time-max, or see what used it: cgjob ps %" PRId64, r->id);
        break;
    case VERDICT_SIGNALED:
        if (is_crash(r->verdict.signal) && strcmp(present_evidence(r, "sender_pid"), "0") == 0)
            buf_add(out,
                    "the program crashed by itself: run it again with --limit-core infinity for a "
                    "core file");
        break;
    case VERDICT_START_FAILED:
        remedy_start(r, out);
        break;
    case VERDICT_LOST:
        buf_add(out, "what it had done by then is unknown: look before it is run again");
        break;
    default:
        break;
    }
}

void present_remedy(const struct record *r, struct buf *out)
{
    _cleanup_buf_ struct buf text = {0};

    if (r->state != RECORD_ENDED)
        return;
    remedy(r, &text);
    if (text.len)
        buf_addf(out, "remedy: %s\n", buf_text(&text));
}
