/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/refusals.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "policy/call_args.h"
#include "policy/explain.h"
#include "policy/listen.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"

/* Newer than some headers: Linux 6.6. Both sides then wait for each other on one processor. */
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#endif

void refusals_init(struct refusals *r, int listener, const struct sock_fprog *program,
                   bool on_trial, struct rule_names *names, refusal_fn tell, void *data)
{
    if (listener >= 0)
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    *r = (struct refusals){.fd = listener,
                           .program = program,
                           .on_trial = on_trial,
                           .names = names,
                           .tell = tell,
                           .data = data};
}

static void tell(struct refusals *r, const struct refusal *refusal)
{
    _cleanup_buf_ struct buf rule = {0};

    if (!r->tell)
        return;
    rule_name(r->names, refusal->call, refusal->args, &rule);
    r->tell(r->data, refusal, buf_text(&rule));
}

static void read_name(pid_t pid, char comm[16])
{
    char path[40], text[32] = "?";

    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    file_read_at(AT_FDCWD, path, text, sizeof(text));
    text[strcspn(text, "\n")] = '\0';
    snprintf(comm, 16, "%.15s", text);
}

static struct refusal *find(struct refusals *r, const struct refusal *like)
{
    for (size_t i = 0; i < r->count; i++) {
        struct refusal *known = &r->item[i];

        if (known->number == like->number && strcmp(known->comm, like->comm) == 0 &&
            answer_equal(known->answer, like->answer))
            return known;
    }
    return NULL;
}

static void count(struct refusals *r, const struct seccomp_notif *ask, struct answer answer)
{
    struct refusal fresh = {
        .number = ask->data.nr, .pid = (pid_t)ask->pid, .answer = answer, .on_trial = r->on_trial};
    struct refusal *known, *grown;

    r->refused += !r->on_trial && answer.kind > ANSWER_LOG;
    if (!policy_syscall_name(ask->data.nr, fresh.call, sizeof(fresh.call)))
        snprintf(fresh.call, sizeof(fresh.call), "system call %d", ask->data.nr);
    read_name(fresh.pid, fresh.comm);
    memcpy(fresh.args, ask->data.args, sizeof(fresh.args));
    known = find(r, &fresh);
    if (known) {
        known->count++;
        return;
    }
    if (r->count == REFUSALS_MAX)
        return;
    grown = realloc(r->item, (r->count + 1) * sizeof(*grown));
    if (!grown)
        return;
    r->item = grown;
    fresh.count = 1;
    fresh.first_ns = realtime_ns();
    grown[r->count++] = fresh;
    tell(r, &fresh);
}

void refusals_answer(struct refusals *r)
{
    struct seccomp_notif ask = {0};
    struct seccomp_notif_resp reply = {0};
    struct answer answer;

    /* ENOENT: who asked is gone already. */
    if (ioctl(r->fd, SECCOMP_IOCTL_NOTIF_RECV, &ask) < 0)
        return;
    answer = listen_answer(r->program, &ask.data);
    reply.id = ask.id;
    if (r->on_trial || answer.kind <= ANSWER_LOG)
        reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else
        reply.error = answer.kind == ANSWER_ERRNO ? -answer.error : -EPERM;
    /* Who asked waits, and is there to be looked at. */
    count(r, &ask, answer);
    ioctl(r->fd, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

void refusal_words(const struct refusal *r, struct buf *out)
{
    bool ends = r->answer.kind >= ANSWER_KILL_THREAD;

    call_words(r->call, r->args, out);
    if (ends) /* heard of only on trial */
        buf_addf(out, " would kill %s%s[%d]",
                 r->answer.kind == ANSWER_KILL_THREAD ? "a thread of " : "", r->comm, (int)r->pid);
    if (ends)
        return;
    buf_add(out, r->on_trial ? " would be " : " ");
    explain_answer(r->answer, out);
    buf_addf(out, " to %s[%d]", r->comm, (int)r->pid);
}

void refusals_record(struct refusals *r, struct record *record)
{
    const struct metric_value *known = &record->metric[METRIC_DENIED_SYSCALLS];

    if (r->fd < 0)
        return;
    for (size_t i = 0; i < r->count; i++) {
        const struct refusal *one = &r->item[i];
        _cleanup_buf_ struct buf words = {0}, rule = {0};

        refusal_words(one, &words);
        rule_name(r->names, one->call, one->args, &rule);
        record_add_event(record, one->first_ns,
                         one->on_trial || one->answer.kind == ANSWER_LOG ? "audit" : "denied",
                         "%s, %" PRIu64 " time%s%s%s", buf_text(&words), one->count,
                         one->count == 1 ? "" : "s", rule.len ? ", by " : "", buf_text(&rule));
    }
    /* What policies for every job refuse is seen by the tracer alone. */
    if (!known->available && r->names->floor->count)
        return;
    metric_set(record, METRIC_DENIED_SYSCALLS,
               (double)r->refused + (known->available ? known->value : 0),
               known->available ? "bpf:audit_seccomp, seccomp:listener" : "seccomp:listener");
}

void refusals_close(struct refusals *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    free(r->item);
    r->item = NULL;
}
