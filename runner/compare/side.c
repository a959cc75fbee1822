/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/compare/side.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/compare/disturbed.h"

#define COMMANDS_MAX 1024

void side_init(struct side *s, const char *name)
{
    *s = (struct side){.name = strdup(name)};
}

static char *joined(const struct strv *v)
{
    _cleanup_buf_ struct buf text = {0};

    for (size_t i = 0; i < v->count; i++)
        buf_addf(&text, "%s%s", i ? ", " : "", v->item[i]);
    return text.len ? strdup(buf_text(&text)) : NULL;
}

static char *expectations(const struct record *r)
{
    _cleanup_buf_ struct buf text = {0};

    for (size_t i = 0; i < r->expect.count; i++)
        buf_addf(&text, "%s%s", i ? ", " : "", r->expect.item[i].text);
    return text.len ? strdup(buf_text(&text)) : NULL;
}

static void replace(char **to, const char *text)
{
    free(*to);
    *to = text ? strdup(text) : NULL;
}

/* Figures of the moment say nothing about what differs between two sides. */
static bool is_of_the_moment(const char *key)
{
    return strcmp(key, "load") == 0 || strcmp(key, "boot_id") == 0 ||
           strcmp(key, "systemd_unit") == 0 || strcmp(key, "systemd_invocation_id") == 0;
}

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list; (at = strstr(at, word)) != NULL; at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == '\0' || strncmp(at + n, " or ", 4) == 0))
            return true;
    return false;
}

static int add_environment(struct pairs *all, const char *key, const char *value)
{
    const char *known = pairs_get(all, key);

    if (is_of_the_moment(key) || !value || (known && has_word(known, value)))
        return 0;
    if (!known)
        return pairs_set(all, key, value);
    if (strlen(known) > 200)
        return 0;
    return pairs_setf(all, key, "%s or %s", known, value);
}

/* What the environment of a run leaves to other parts of its record. */
static int add_settings(struct pairs *all, const struct record *r)
{
    char key[96];
    int failed = add_environment(all, "policy", r->policy_name);

    failed |= add_environment(all, "policy_hash", r->policy_hash);
    for (size_t i = 0; i < r->limits.count; i++) {
        snprintf(key, sizeof(key), "limit %s", r->limits.item[i].key);
        failed |= add_environment(all, key, r->limits.item[i].asked);
    }
    return failed;
}

static int add_commands(struct side *s, const struct ledger *l)
{
    for (size_t i = 0; i < l->commands_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        struct side_command *at = NULL;

        for (size_t k = 0; !at && k < s->commands; k++)
            if (strcmp(s->command[k].comm, c->comm) == 0)
                at = &s->command[k];
        if (!at && s->commands < COMMANDS_MAX) {
            struct side_command *grown = realloc(s->command, (s->commands + 1) * sizeof(*grown));

            if (!grown)
                return -ENOMEM;
            s->command = grown;
            at = &grown[s->commands++];
            *at = (struct side_command){0};
            snprintf(at->comm, sizeof(at->comm), "%s", c->comm);
        }
        if (at) {
            at->processes += c->processes;
            at->cpu_seconds += c->cpu_seconds;
        }
    }
    return 0;
}

static int add_run(struct side *s, const struct record *r)
{
    _cleanup_buf_ struct buf why = {0};
    const char *revision = pairs_get(&r->environment, "git_revision");
    struct side_run *run;

    if (s->runs == s->runs_size) {
        size_t size = s->runs_size ? s->runs_size * 2 : 32;
        struct side_run *grown = realloc(s->run, size * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        s->run = grown;
        s->runs_size = size;
    }
    run = &s->run[s->runs++];
    *run = (struct side_run){.id = r->id,
                             .started_ns = r->started_ns,
                             .number = r->run.number,
                             .pair = r->run.pair,
                             .revision = revision ? strdup(revision) : NULL};
    for (int i = 0; i < METRIC_COUNT; i++)
        run->value[i] = r->metric[i].available ? r->metric[i].value : NAN;
    if (disturbed(r, &why)) {
        run->disturbed = strdup(buf_text(&why));
        s->disturbed++;
    }
    return 0;
}

static void tell(struct side *s, const struct record *r)
{
    replace(&s->reason, r->reason);
    replace(&s->owner, r->owner);
    replace(&s->rollback, r->rollback);
    free(s->expect);
    s->expect = expectations(r);
    strv_free(&s->argv);
    if (r->argv.count)
        strv_add_all(&s->argv, r->argv.item);
}

int side_add(struct side *s, const struct record *r)
{
    int failed;

    if (r->run.warmup)
        return 0;
    if (r->state != RECORD_ENDED || r->verdict.kind == VERDICT_LOST) {
        s->unfinished++;
        return 0;
    }
    if (r->verdict.status != 0) {
        s->failed++;
        return 0;
    }
    if (s->runs == 0)
        replace(&s->session, r->session);
    else if (s->session && (!r->session || strcmp(s->session, r->session) != 0))
        replace(&s->session, NULL);
    failed = add_run(s, r);
    for (size_t i = 0; i < r->environment.count; i++)
        failed |= add_environment(&s->environment, r->environment.item[i].key,
                                  r->environment.item[i].value);
    failed |= add_settings(&s->environment, r);
    {
        char *command = joined(&r->argv);

        failed |= add_environment(&s->environment, "command", command);
        free(command);
    }
    failed |= add_commands(s, &r->ledger);
    tell(s, r);
    return failed ? -ENOMEM : 0;
}

static int by_start(const void *a, const void *b)
{
    int64_t x = ((const struct side_run *)a)->started_ns,
            y = ((const struct side_run *)b)->started_ns;

    return (x > y) - (x < y);
}

static int by_cpu(const void *a, const void *b)
{
    double x = ((const struct side_command *)a)->cpu_seconds,
           y = ((const struct side_command *)b)->cpu_seconds;

    return (x < y) - (x > y);
}

void side_finish(struct side *s)
{
    if (s->runs)
        qsort(s->run, s->runs, sizeof(*s->run), by_start);
    if (s->commands)
        qsort(s->command, s->commands, sizeof(*s->command), by_cpu);
}

static void free_run(struct side_run *run)
{
    free(run->disturbed);
    free(run->revision);
}

void side_keep_quiet(struct side *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->runs; i++) {
        if (s->run[i].disturbed)
            free_run(&s->run[i]);
        else
            s->run[kept++] = s->run[i];
    }
    s->runs = kept;
}

size_t side_values(const struct side *s, enum metric_id id, bool quiet_only, double *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < s->runs; i++)
        if (!isnan(s->run[i].value[id]) && !(quiet_only && s->run[i].disturbed))
            ret[n++] = s->run[i].value[id];
    return n;
}

void side_free(struct side *s)
{
    for (size_t i = 0; i < s->runs; i++)
        free_run(&s->run[i]);
    free(s->run);
    free(s->name);
    free(s->session);
    free(s->command);
    free(s->reason);
    free(s->owner);
    free(s->rollback);
    free(s->expect);
    pairs_free(&s->environment);
    strv_free(&s->argv);
    *s = (struct side){0};
}
