/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bpf/tracer.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/escape.h"
#include "runner/base/opening.h"
#include "runner/base/suggest.h"
#include "runner/base/timestamp.h"
#include "runner/base/units.h"
#include "runner/host/facts.h"
#include "runner/store/spool.h"
#include "runner/store/store.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/recover.h"

static const struct cmd_option *find_option(const struct cmd_option *options, const char *word)
{
    size_t n = strcspn(word, "=");

    for (const struct cmd_option *o = options; o->name; o++)
        if (strlen(o->name) == n && strncmp(o->name, word, n) == 0)
            return o;
    return NULL;
}

static const char *running_verb = "VERB";

void cmd_begin(const char *verb)
{
    running_verb = verb;
}

static int usage(const char *expected, const char *word)
{
    _cleanup_buf_ struct buf safe = {0};

    fprintf(stderr, "cgjob: %s: '%s': expected %s; see `cgjob help %s`\n", running_verb,
            escape_text(word, &safe), expected, running_verb);
    return -1;
}

static int unknown_option(const struct cmd_option *options, const char *word)
{
    char name[64], expected[128];
    struct suggestion s;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
    s = suggest_begin(name, 4);
    for (const struct cmd_option *o = options; o->name; o++)
        suggest_consider(&s, o->name);
    snprintf(expected, sizeof(expected), "an option of this verb%s%s%s",
             s.name ? "; did you mean " : "", s.name ? s.name : "", s.name ? "?" : "");
    return usage(expected, word);
}

int cmd_options(int argc, char **argv, const struct cmd_option *options, int words_max)
{
    int words = 0;

    for (int i = 0; i < argc; i++) {
        const struct cmd_option *o = find_option(options, argv[i]);
        char *equals = strchr(argv[i], '=');

        if (argv[i][0] != '-') {
            if (words == words_max)
                return usage("fewer words", argv[i]);
            argv[words++] = argv[i];
        } else if (!o) {
            return unknown_option(options, argv[i]);
        } else if (o->flag && equals) {
            return usage("no value with it", argv[i]);
        } else if (o->flag) {
            *o->flag = true;
        } else if (!equals && i + 1 >= argc) {
            return usage("a value after it", argv[i]);
        } else {
            const char *value = equals ? equals + 1 : argv[++i];

            if (o->value)
                *o->value = value;
            else if (strv_add(o->list, value) < 0)
                return usage("less", argv[i]);
        }
    }
    return words;
}

int cmd_missing(const char *verb)
{
    fprintf(stderr, "cgjob: %s: expected a JOB: an id, a name or name~N; see `cgjob ls`\n", verb);
    return CMD_USAGE;
}

int cmd_fail(const struct err *err)
{
    char line[ERR_LINE_MAX];

    fprintf(stderr, "cgjob: %s\n", err_line(err, line, sizeof(line)));
    return CMD_FAILED;
}

int cmd_refuse(const char *what, const char *value, const char *expected)
{
    struct err err;

    err_set(&err, EINVAL, expected, "correct it and retry", "%s '%s'", what, value);
    cmd_fail(&err);
    return CMD_USAGE;
}

int cmd_time(const char *what, const char *text, int64_t *ret)
{
    uint64_t ago;

    if (!text || timestamp_parse_local(text, ret) == 0)
        return CMD_OK;
    if (units_parse_duration(text, &ago) < 0 || ago == UNITS_INFINITY)
        return cmd_refuse(
            what, text,
            "a local date such as 2026-11-01T08:00:00, one with Z or +01:00, or a time such as 2h");
    *ret = realtime_ns() - (int64_t)ago;
    return CMD_OK;
}

struct table_style cmd_table_style(void)
{
    const char *columns = getenv("COLUMNS"), *term = getenv("TERM"), *no = getenv("NO_COLOR");
    struct winsize size = {0};
    uint64_t width = 0;

    if (!isatty(STDOUT_FILENO))
        return (struct table_style){0};
    if (columns && units_parse_number(columns, &width) == 0 && width > 0 && width < 10000)
        size.ws_col = (unsigned short)width;
    else
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    return (struct table_style){.width = size.ws_col,
                                .colour = !(no && *no) && term && strcmp(term, "dumb") != 0};
}

int cmd_print(const struct buf *text)
{
    if (text->failed || fputs(buf_text(text), stdout) == EOF || fflush(stdout) == EOF)
        return CMD_FAILED;
    return CMD_OK;
}

int cmd_write(const char *path, const struct buf *text, struct err *err)
{
    struct output o;
    int r;

    if (text->failed)
        return err_oom(err);
    if (strcmp(path, "-") == 0)
        return cmd_print(text) == CMD_OK ? 0 : err_sys(err, errno, NULL, "standard output");
    r = output_open(&o, "output", path, err);
    if (r == 0) {
        r = output_write(&o, buf_text(text), text->len);
        if (r < 0)
            err_sys(err, -r, "correct it and retry", "cannot write %s", path);
    }
    output_close(&o);
    return r;
}

int cmd_print_json(const struct json *doc)
{
    _cleanup_free_ char *text = json_dump(doc, 2);

    if (!text || puts(text) == EOF || fflush(stdout) == EOF)
        return CMD_FAILED;
    return CMD_OK;
}

void cmd_mark_lost(struct record *r)
{
    static const char gone[] = "cgrun was killed, or the machine went down, while it ran; `cgjob "
                               "recover` ends what is left of it and closes its record";
    static const char kept[] =
        "cgrun was killed; the job goes on without, as it was asked to "
        "(--if-lost keep), and `cgjob recover` closes its record once it has "
        "ended; `cgjob recover --all` ends it";
    _cleanup_close_ int group = -1;

    if (r->state == RECORD_ENDED || recover_is_alive(r))
        return;
    if (r->keep_if_lost)
        group = recover_open_group(r);
    r->verdict.kind = VERDICT_LOST;
    pairs_set(&r->verdict.evidence, "why", group >= 0 ? kept : gone);
}

static void take_in(const struct cmd_context *ctx)
{
    _cleanup_store_ struct store *s = NULL;
    char line[1024];
    struct err err;
    int waiting = store_open(&s, ctx->db, STORE_LAUNCH, &err);

    if (waiting == 0)
        waiting = spool_take_in(s, prepare_run_dir(), &err);
    if (waiting)
        fprintf(stderr, "cgjob: records wait in %s/spool to be taken in: %s\n", prepare_run_dir(),
                err_line(&err, line, sizeof(line)));
}

int cmd_open(const struct cmd_context *ctx, enum store_mode mode, struct store **ret,
             struct err *err)
{
    if (spool_is_used(prepare_run_dir()))
        take_in(ctx);
    return store_open(ret, ctx->db, mode, err);
}

/* A provisional number whose record waits to be stored. */
static int load_waiting(const char *job, struct record *r)
{
    int64_t id = strspn(job, "0123456789") == strlen(job) ? strtoll(job, NULL, 10) : 0;

    return id < STORE_PROVISIONAL_MIN ? -ENOENT : spool_load(prepare_run_dir(), id, r);
}

int cmd_load(const struct cmd_context *ctx, const char *job, struct record *r)
{
    _cleanup_store_ struct store *s = NULL;
    struct err err;
    int64_t id;

    record_init(r);
    if ((cmd_open(ctx, STORE_READ, &s, &err) < 0 || store_find(s, job, &id, &err) < 0 ||
         store_load(s, id, r, &err) < 0) &&
        load_waiting(job, r) < 0)
        return cmd_fail(&err);
    cmd_mark_lost(r);
    return CMD_OK;
}

void cmd_forget_gone(const char *pin_dir)
{
    static struct host_facts facts;
    const struct hierarchy *v2 = facts_read(&facts, NULL, NULL) < 0 ? NULL : facts_v2(&facts);
    struct err err;

    if (v2 && tracer_forget_gone(pin_dir, v2->mount, &err) < 0)
        cmd_fail(&err);
}
