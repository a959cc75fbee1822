/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const verdict_names[VERDICT_COUNT] = {
    [VERDICT_NONE] = "none",
    [VERDICT_EXITED] = "exited",
    [VERDICT_SIGNALED] = "signaled",
    [VERDICT_TIMEOUT] = "timeout",
    [VERDICT_CPU_TIMEOUT] = "cpu_timeout",
    [VERDICT_OOM] = "oom",
    [VERDICT_SECCOMP] = "seccomp",
    [VERDICT_STOPPED] = "stopped",
    [VERDICT_START_FAILED] = "start_failed",
    [VERDICT_LOST] = "lost",
};

const char *verdict_name(enum verdict_kind kind)
{
    return (unsigned)kind < VERDICT_COUNT ? verdict_names[kind] : "unknown";
}

int verdict_by_name(const char *name)
{
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(verdict_names[i], name) == 0)
            return i;
    return -1;
}

static struct pair *find_pair(const struct pairs *p, const char *key)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->item[i].key, key) == 0)
            return &p->item[i];
    return NULL;
}

/* Takes ownership of `value`. */
static int pairs_take(struct pairs *p, const char *key, char *value)
{
    struct pair *pair = find_pair(p, key), *grown;

    if (!value)
        return -ENOMEM;
    if (pair) {
        free(pair->value);
        pair->value = value;
        return 0;
    }
    grown = realloc(p->item, (p->count + 1) * sizeof(*grown));
    if (grown) {
        p->item = grown;
        grown[p->count].value = value;
        grown[p->count].key = strdup(key);
        if (grown[p->count].key) {
            p->count++;
            return 0;
        }
    }
    free(value);
    return -ENOMEM;
}

int pairs_set(struct pairs *p, const char *key, const char *value)
{
    return pairs_take(p, key, strdup(value));
}

int pairs_setf(struct pairs *p, const char *key, const char *fmt, ...)
{
    char *value = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&value, fmt, ap) < 0)
        value = NULL;
    va_end(ap);
    return pairs_take(p, key, value);
}

const char *pairs_get(const struct pairs *p, const char *key)
{
    const struct pair *pair = find_pair(p, key);

    return pair ? pair->value : NULL;
}

void pairs_free(struct pairs *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->item[i].key);
        free(p->item[i].value);
    }
    free(p->item);
    *p = (struct pairs){0};
}

void record_init(struct record *r)
{
    *r = (struct record){.verdict = {.exit_code = -1}};
}

void record_free(struct record *r)
{
    char *owned[] = {r->log,     r->name,  r->owner,       r->reason,     r->rollback,
                     r->session, r->label, r->policy_name, r->policy_hash};

    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        free(owned[i]);
    for (size_t i = 0; i < r->expect.count; i++) {
        free(r->expect.item[i].text);
        free(r->expect.item[i].actual);
    }
    free(r->expect.item);
    for (size_t i = 0; i < r->limits.count; i++) {
        const struct record_limit *l = &r->limits.item[i];
        char *texts[] = {l->key, l->asked, l->effective, l->file, l->note};

        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
            free(texts[k]);
    }
    free(r->limits.item);
    for (size_t i = 0; i < r->events.count; i++) {
        free(r->events.item[i].kind);
        free(r->events.item[i].detail);
    }
    free(r->events.item);
    strv_free(&r->argv);
    strv_free(&r->tags);
    pairs_free(&r->verdict.evidence);
    pairs_free(&r->cgroup);
    pairs_free(&r->environment);
    ledger_free(&r->ledger);
    traces_free(&r->traces);
    record_init(r);
}

static char *copy(const char *s)
{
    return s ? strdup(s) : NULL;
}

int record_add_limit(struct record *r, const char *key, const char *asked, const char *effective,
                     const char *file, const char *note)
{
    struct record_limit *grown = realloc(r->limits.item, (r->limits.count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    r->limits.item = grown;
    grown += r->limits.count++;
    *grown = (struct record_limit){copy(key), copy(asked), copy(effective), copy(file), copy(note)};
    return grown->key && grown->asked ? 0 : -ENOMEM;
}

int record_add_expect(struct record *r, const char *text, bool held, const char *actual)
{
    struct expect_result *grown = realloc(r->expect.item, (r->expect.count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    r->expect.item = grown;
    grown += r->expect.count++;
    *grown = (struct expect_result){copy(text), held, copy(actual)};
    return grown->text && grown->actual ? 0 : -ENOMEM;
}

int record_add_event(struct record *r, int64_t time_ns, const char *kind, const char *fmt, ...)
{
    struct record_event *grown;
    char *detail = NULL;
    va_list ap;

    if (r->events.count >= RECORD_EVENTS_MAX) {
        r->events_uncounted++;
        return 0;
    }
    va_start(ap, fmt);
    if (vasprintf(&detail, fmt, ap) < 0)
        detail = NULL;
    va_end(ap);
    grown = realloc(r->events.item, (r->events.count + 1) * sizeof(*grown));
    if (!grown || !detail) {
        free(detail);
        return -ENOMEM;
    }
    r->events.item = grown;
    grown += r->events.count++;
    *grown = (struct record_event){time_ns, copy(kind), detail};
    return grown->kind ? 0 : -ENOMEM;
}

void metric_set(struct record *r, enum metric_id id, double value, const char *source)
{
    struct metric_value *m = &r->metric[id];

    *m = (struct metric_value){.available = true, .value = value};
    snprintf(m->source, sizeof(m->source), "%s", source);
}

void metric_unavailable(struct record *r, enum metric_id id, const char *why)
{
    struct metric_value *m = &r->metric[id];

    *m = (struct metric_value){.available = false};
    snprintf(m->why, sizeof(m->why), "%s", why);
}
