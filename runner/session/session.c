/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/session/session.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/compare/disturbed.h"
#include "runner/compare/stats.h"
#include "runner/host/git.h"
#include "runner/host/processors.h"
#include "runner/record/verdict.h"
#include "runner/session/same.h"
#include "runner/session/step.h"
#include "runner/store/store.h"

#define INTERVAL_FROM  0.2 /* seconds */
#define UNTIL_RUNS_MIN 5   /* before that no interval is believed */

struct walls {
    double *value;
    size_t count;
};

struct session {
    struct job_spec *spec;
    const struct session_hooks *hooks;
    struct session_result *result;
    struct strv command[2]; /* the second only where interleaved */
    struct strv prepare;    /* before each run; empty: nothing */
    struct walls walls[2];
    unsigned runs;   /* to be done, or with --until at most */
    unsigned done;   /* ... and done, earlier ones of a resumed session included */
    unsigned number; /* of the last run of this session */
    int64_t started_ns;
    double spent_seconds; /* on the runs themselves, rests included */
    unsigned spent_runs;
    bool begun;
    char *label;            /* as it was given */
    struct record asked;    /* with --resume: what a run asks for, its command aside */
    const char *chosen_key; /* a setting that was chosen here, not asked for; NULL: none */
    struct err differs;     /* ... and why it does not fit an earlier run */
    char *disturbed;
};

static int add_wall(struct walls *w, double value)
{
    double *grown = realloc(w->value, (w->count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    w->value = grown;
    grown[w->count++] = value;
    return 0;
}

static bool has_label(const struct record *r, const char *label)
{
    return label ? r->label && strcmp(r->label, label) == 0 : !r->label;
}

/* Runs of the same side have to ask for the same, or what is compared is not what it seems. */
static int check_same(struct session *s, const struct record *was)
{
    int side = s->spec->interleave ? has_label(was, "B") : 0;

    if (s->spec->interleave ? !has_label(was, "A") && !side : !has_label(was, s->label))
        return 0;
    s->asked.argv = s->command[side]; /* borrowed */
    return same_check(was, &s->asked, s->chosen_key, &s->differs);
}

/* Earlier runs of the session: numbers go on from theirs, and a resumed one counts them. */
static int count_earlier(void *data, const struct record *r)
{
    struct session *s = data;
    bool ended_well = r->state == RECORD_ENDED && r->verdict.status == 0 && !r->run.warmup &&
                      r->metric[METRIC_WALL_SECONDS].available;
    double wall = r->metric[METRIC_WALL_SECONDS].value;

    if (r->run.number > s->number)
        s->number = r->run.number;
    if (s->spec->resume && check_same(s, r) < 0)
        return -EEXIST;
    if (!s->spec->resume || !ended_well)
        return 0;
    if (s->spec->interleave) {
        if (has_label(r, "A") || has_label(r, "B"))
            return add_wall(&s->walls[has_label(r, "B")], wall);
        return 0;
    }
    return has_label(r, s->label) ? add_wall(&s->walls[0], wall) : 0;
}

/* Of pairs, those of which both have succeeded. */
static void count_done(struct session *s)
{
    s->done = (unsigned)s->walls[0].count;
    if (s->spec->interleave && s->walls[1].count < s->walls[0].count)
        s->done = (unsigned)s->walls[1].count;
}

static int look_back(struct session *s, struct err *err)
{
    const struct store_filter filter = {
        .session = s->spec->session, .state = -1, .verdict = -1, .oldest_first = true};
    _cleanup_store_ struct store *store = NULL;
    int r = store_open(&store, s->spec->db, STORE_LAUNCH, err);

    if (store_is_unavailable(r) && !s->spec->resume)
        return 0; /* each run says that its record waits */
    if (r == 0)
        r = store_each(store, &filter, count_earlier, s, err);
    s->asked.argv = (struct strv){0};
    if (r == -EEXIST)
        *err = s->differs;
    count_done(s);
    if (r == 0 && s->spec->resume && s->number == 0)
        return err_set(err, ENOENT, "a session that was begun", ERR_CORRECT_AND_RETRY,
                       "resume of session '%s'", s->spec->session);
    return r;
}

/* "make-20261125-101500-4711" */
static int name_session(struct job_spec *spec, const char *command)
{
    const char *slash = strrchr(command, '/');
    const char *name = spec->name ? spec->name : slash && slash[1] ? slash + 1 : command;
    char stamp[32], *made = NULL;
    time_t now = time(NULL);
    struct tm tm;

    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", gmtime_r(&now, &tm));
    if (asprintf(&made, "%.90s-%s-%d", name, stamp, getpid()) < 0)
        return -ENOMEM;
    for (char *c = made; *c; c++)
        if (strchr("/~:", *c))
            *c = '-';
    spec->session = made;
    return 0;
}

static int split_commands(struct session *s)
{
    int r = s->spec->prepare ? strv_add_words(&s->prepare, s->spec->prepare) : 0;

    if (r == 0 && !s->spec->interleave)
        return strv_add_all(&s->command[0], s->spec->argv.item);
    for (size_t i = 0; r == 0 && i < 2; i++)
        r = strv_add_words(&s->command[i], s->spec->argv.item[i]);
    return r;
}

/* What holds for every run is settled once. */
static int settle(struct session *s, struct err *err)
{
    struct job_spec *spec = s->spec;
    char processor[16];

    if (split_commands(s) < 0 || (!spec->session && name_session(spec, s->command[0].item[0]) < 0))
        return err_oom(err);
    snprintf(s->result->session, sizeof(s->result->session), "%s", spec->session);
    if (spec->allowed_cpus && strcmp(spec->allowed_cpus, SPEC_CPUS_ISOLATED) == 0) {
        s->chosen_key = "AllowedCPUs"; /* may be another processor than last time */
        if (processor_choose(processor, sizeof(processor), err) < 0)
            return -err->code;
        free(spec->allowed_cpus);
        spec->allowed_cpus = strdup(processor);
    }
    /* The first run would read to its end what all are to read. */
    if (spec->input.kind == SPEC_STREAM_INHERIT)
        spec->input.kind = SPEC_STREAM_NULL;
    s->label = spec->label;
    s->runs = spec->runs ? spec->runs : spec->interleave ? 10 : 1;
    if (spec->until > 0)
        s->runs = spec->runs_max ? spec->runs_max : SPEC_RUNS_MAX;
    if (spec->drop_caches && step_drop_caches(false, err) < 0)
        return -err->code;
    if (spec->resume && same_asked(&s->asked, spec, err) < 0)
        return -err->code;
    return look_back(s, err);
}

static double left(const struct session *s, bool last_of_pair)
{
    double each = s->spent_runs ? s->spent_seconds / s->spent_runs : NAN;
    double runs = (double)(s->runs - s->done) * (s->spec->interleave ? 2 : 1);

    return s->spec->until > 0 ? NAN : each * (runs - (last_of_pair ? 0 : 1));
}

/* The wider of the sides'. */
static double half_interval(const struct session *s)
{
    double widest = NAN;

    for (size_t i = 0; i < 1 + (size_t)s->spec->interleave; i++) {
        const struct walls *w = &s->walls[i];
        struct interval in = stats_median_interval(w->value, w->count);
        double median = stats_median(w->value, w->count), half;

        if (w->count < UNTIL_RUNS_MIN || !(median > 0))
            return NAN;
        half = fmax(in.high - median, median - in.low) / median;
        widest = isnan(widest) ? half : fmax(widest, half);
    }
    return widest;
}

static void take_in(struct session *s, const struct step_run *run, unsigned side, bool warmup)
{
    struct session_result *ret = s->result;

    free(s->disturbed);
    s->disturbed = run->disturbed[0] ? strdup(run->disturbed) : NULL;
    ret->status = run->status ? run->status : ret->status;
    ret->failed += run->status != 0;
    ret->warmups += warmup;
    if (run->status == 0 && !warmup) {
        ret->disturbed += run->disturbed[0] != '\0';
        add_wall(&s->walls[side], run->wall_seconds);
    }
    count_done(s);
}

static void report(struct session *s, const struct step_run *run, const char *label, bool warmup,
                   bool last_of_pair)
{
    struct session_progress *p = &s->result->last;
    const struct walls *w = &s->walls[0];
    bool last = s->done == s->runs;
    /* Thousands of resamples would be noticed beside runs of a moment. */
    bool worth_it = last || s->spec->until > 0 || run->wall_seconds > INTERVAL_FROM;

    *p = (struct session_progress){
        .session = s->result->session,
        .label = label,
        .done = s->done,
        .of = s->runs,
        .warmup = warmup,
        .wall_seconds = run->wall_seconds,
        .median_seconds = w->count && !s->spec->interleave ? stats_median(w->value, w->count) : NAN,
        .half_interval = worth_it ? half_interval(s) : NAN,
        .left_seconds = left(s, last_of_pair),
        .status = run->status,
        .disturbed = s->disturbed,
    };
    s->hooks->progress(s->hooks->data, p);
}

/* Whatever has to happen before a run. Positive: interrupted. */
static int make_ready(struct session *s)
{
    struct job_spec *spec = s->spec;
    struct err *err = &s->result->error;
    int r = 0;

    if (s->begun && spec->cooldown_ns && step_rest(spec->cooldown_ns))
        return 1;
    s->begun = true;
    if (s->prepare.count)
        r = step_prepare(&s->prepare, err);
    if (r == 0 && spec->drop_caches)
        r = step_drop_caches(true, err);
    return r < 0 ? r : step_interrupted();
}

/* One run of a side. False: the session ends. */
static bool one_run(struct session *s, unsigned side, unsigned pair, bool warmup, bool last_of_pair)
{
    static const char *const sides[] = {"A", "B"};
    struct job_spec *spec = s->spec;
    int64_t from = monotonic_ns();
    struct step_run run = {0};
    int ready = make_ready(s);

    if (ready != 0) {
        s->result->end = ready > 0 ? SESSION_INTERRUPTED : SESSION_NOT_STARTED;
        s->result->status = ready > 0 ? 128 + step_interrupted() : CGRUN_STATUS_FAILED;
        return false;
    }
    spec->argv = s->command[side];
    spec->label = spec->interleave ? (char *)sides[side] : s->label;
    spec->run.number = ++s->number;
    spec->run.of = s->runs * (spec->interleave ? 2 : 1);
    spec->run.pair = pair;
    spec->run.warmup = warmup;
    step_run(&run, spec, s->hooks);
    take_in(s, &run, side, warmup);
    s->spent_seconds += (double)(monotonic_ns() - from) / 1e9;
    s->spent_runs++;
    report(s, &run, spec->label, warmup, last_of_pair);
    if (step_interrupted())
        s->result->end = SESSION_INTERRUPTED;
    else if (run.status != 0 && (!spec->ignore_failure || !run.recorded))
        s->result->end = SESSION_FAILED_RUN;
    else
        return true;
    return false;
}

/* One of each side where they are interleaved, in an order that no drift can follow. */
static bool one_round(struct session *s, unsigned pair, bool warmup)
{
    unsigned char coin = 0;

    if (!s->spec->interleave)
        return one_run(s, 0, 0, warmup, true);
    if (getrandom(&coin, 1, 0) < 0)
        coin = (unsigned char)monotonic_ns();
    return one_run(s, coin & 1, pair, warmup, false) &&
           one_run(s, (coin & 1) ^ 1, pair, warmup, true);
}

static bool is_precise(const struct session *s)
{
    unsigned least = s->spec->runs > UNTIL_RUNS_MIN ? s->spec->runs : UNTIL_RUNS_MIN;

    return s->spec->until > 0 && s->done >= least && half_interval(s) <= s->spec->until;
}

static void all_rounds(struct session *s)
{
    uint64_t most = s->spec->session_max_ns;
    unsigned tried = s->done;

    for (unsigned i = 0; i < s->spec->warmup && !s->done; i++)
        if (!one_round(s, 0, true))
            return;
    while (tried < s->runs && !is_precise(s)) {
        if (most && (uint64_t)(monotonic_ns() - s->started_ns) >= most) {
            s->result->end = SESSION_OUT_OF_TIME;
            return;
        }
        tried++;
        if (!one_round(s, s->spec->interleave ? s->number + 1 : 0, false))
            return;
    }
    s->result->end = s->spec->until <= 0 ? SESSION_DONE
                     : is_precise(s)     ? SESSION_PRECISE
                                         : SESSION_OUT_OF_RUNS;
}

/* Once, before the first run: what the runs themselves write is no change of what is measured. */
static void look_for_changes(struct git_query *git, const char *directory)
{
    git_query_start(git, directory, true, NULL);
    git_query_finish(git, GIT_TIMEOUT_MS);
}

void session_run(struct job_spec *spec, const struct session_hooks *hooks,
                 struct session_result *ret)
{
    struct session s = {.spec = spec, .hooks = hooks, .result = ret, .started_ns = monotonic_ns()};
    struct strv given = spec->argv;
    char *label = spec->label;
    struct git_query git;

    record_init(&s.asked);
    *ret = (struct session_result){.end = SESSION_NOT_STARTED, .status = CGRUN_STATUS_FAILED};
    if (settle(&s, &ret->error) == 0) {
        step_watch_signals();
        ret->status = 0;
        look_for_changes(&git, spec->chdir);
        spec->run.git_dirty = *git.dirty ? git.dirty : NULL;
        all_rounds(&s);
        spec->run.git_dirty = NULL;
    }
    spec->argv = given;
    spec->label = label;
    strv_free(&s.prepare);
    record_free(&s.asked);
    for (size_t i = 0; i < 2; i++) {
        strv_free(&s.command[i]);
        free(s.walls[i].value);
    }
    ret->last.disturbed = NULL;
    free(s.disturbed);
}
