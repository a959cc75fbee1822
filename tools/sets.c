/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"

static const struct store_filter any = {.state = -1, .verdict = -1, .oldest_first = true};

/* The session of the latest run that a filter finds. */
struct latest {
    bool found;
    char *session;
};

static int take_latest(void *data, const struct record *r)
{
    struct latest *l = data;

    l->found = true;
    l->session = r->session ? strdup(r->session) : NULL;
    return 0;
}

static int find_latest(struct store *s, struct store_filter filter, struct latest *ret,
                       struct err *err)
{
    filter.oldest_first = false;
    filter.limit = 1;
    *ret = (struct latest){0};
    return store_each(s, &filter, take_latest, ret, err);
}

struct passing {
    store_record_fn fn;
    void *data;
    bool sessionless; /* only those without a session */
    size_t count;
};

static int pass(void *data, const struct record *r)
{
    struct passing *p = data;

    if (p->sessionless && r->session)
        return 0;
    p->count++;
    return p->fn(p->data, r);
}

static bool parse_range(const char *word, struct store_filter *filter)
{
    int n = 0;

    return sscanf(word, "%" SCNd64 "..%" SCNd64 "%n", &filter->from_id, &filter->to_id, &n) == 2 &&
           n && !word[n] && filter->from_id > 0 && filter->from_id <= filter->to_id;
}

static int each_of(struct store *s, const struct store_filter *filter, struct passing *p,
                   const char *word, struct err *err)
{
    int r = store_each(s, filter, pass, p, err);

    if (r == 0 && p->count == 0)
        return err_set(err, ENOENT,
                       "a label, session, session:label, FROM..TO, id, name or name~N that "
                       "`cgjob ls` shows",
                       NULL, "no runs '%.150s'", word);
    return r;
}

static int one_job(struct store *s, const char *word, struct passing *p, struct err *err)
{
    _cleanup_record_ struct record r;
    int64_t id;
    int code;

    record_init(&r);
    code = store_find(s, word, &id, err);
    if (code == 0)
        code = store_load(s, id, &r, err);
    return code < 0 ? code : pass(p, &r);
}

/* Runs with a key, of the latest session that has one. */
static int latest_session(struct store *s, struct store_filter filter, struct passing *p,
                          bool *found, struct err *err)
{
    struct latest latest;
    int r = find_latest(s, filter, &latest, err);
    _cleanup_free_ char *session = latest.session;

    *found = latest.found;
    if (r < 0 || !latest.found)
        return r;
    filter.session = session;
    p->sessionless = !session;
    return store_each(s, &filter, pass, p, err);
}

int set_each(struct store *s, const char *word, store_record_fn fn, void *data, struct err *err)
{
    struct passing p = {.fn = fn, .data = data};
    struct store_filter filter = any;
    const char *colon = strrchr(word, ':');
    _cleanup_free_ char *before = colon ? strndup(word, (size_t)(colon - word)) : NULL;
    struct latest latest;
    bool found = false;
    int r;

    if (parse_range(word, &filter))
        return each_of(s, &filter, &p, word, err);
    filter = any;
    if (before) {
        filter.session = before;
        filter.label = colon + 1;
        return each_of(s, &filter, &p, word, err);
    }
    if (strspn(word, "0123456789") == strlen(word) || strchr(word, '~'))
        return one_job(s, word, &p, err);
    filter.label = word;
    r = latest_session(s, filter, &p, &found, err);
    if (r || found)
        return r;
    filter.label = NULL;
    filter.session = word;
    r = store_each(s, &filter, pass, &p, err);
    if (r || p.count)
        return r;
    filter.session = NULL;
    filter.name = word;
    r = find_latest(s, filter, &latest, err);
    if (r < 0 || !latest.found || !latest.session)
        return r < 0          ? r
               : latest.found ? one_job(s, word, &p, err)
                              : each_of(s, &filter, &p, word, err);
    filter.session = latest.session;
    r = each_of(s, &filter, &p, word, err);
    free(latest.session);
    return r;
}

static int add_to_side(void *data, const struct record *r)
{
    return side_add(data, r);
}

int set_side(struct store *s, const char *word, struct side *side, struct err *err)
{
    int r;

    side_init(side, word);
    r = set_each(s, word, add_to_side, side, err);
    side_finish(side);
    return r == -ENOMEM ? err_oom(err) : r;
}

struct splitting {
    const struct split *at;
    struct side *side[2];
    bool reached; /* the revision */
};

static int add_to_splits(void *data, const struct record *r)
{
    struct splitting *s = data;
    const char *revision = pairs_get(&r->environment, "git_revision");

    if (s->at->revision && revision &&
        strncmp(revision, s->at->revision, strlen(s->at->revision)) == 0)
        s->reached = true;
    if (!s->at->revision)
        s->reached = r->started_ns >= s->at->at_ns;
    return side_add(s->side[s->reached], r);
}

int set_split(struct store *s, const char *word, const struct split *at, struct side *before,
              struct side *after, struct err *err)
{
    struct splitting splitting = {.at = at, .side = {before, after}};
    struct store_filter filters[] = {any, any, any};
    int r = 0;

    filters[0].name = filters[1].label = filters[2].session = word;
    side_init(before, "before");
    side_init(after, "after");
    for (size_t i = 0; r == 0 && i < 3 && before->runs + after->runs == 0; i++)
        r = store_each(s, &filters[i], add_to_splits, &splitting, err);
    side_finish(before);
    side_finish(after);
    if (r == -ENOMEM)
        return err_oom(err);
    if (r == 0 && (before->runs == 0 || after->runs == 0))
        return err_set(err, ENOENT, "runs on both sides of it", NULL,
                       "'%.100s' has %zu runs before and %zu after the split", word, before->runs,
                       after->runs);
    return r;
}
