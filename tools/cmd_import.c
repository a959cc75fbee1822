/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs that hyperfine made: records with their wall times, and with that alone. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/base/opening.h"
#include "runner/store/store.h"
#include "tools/cmd.h"

#define FILE_MAX (64UL << 20)

struct importing {
    struct store *store;
    const char *file, *label;
    char session[64];
    int64_t at_ns;
    unsigned runs;
};

/* A label says which command it was, without the characters that names may not have. */
static char *label_of(const char *command)
{
    char *label = strndup(command, 100);

    for (char *c = label; c && *c; c++)
        if (strchr("/~:", *c) || iscntrl((unsigned char)*c))
            *c = '-';
    return label;
}

static int add_run(struct importing *im, const struct json *result, size_t i, const char *command,
                   const char *label, struct err *err)
{
    double wall = json_to_real(json_at(json_get(result, "times"), i), -1);
    _cleanup_record_ struct record r;

    record_init(&r);
    if (strv_add_words(&r.argv, command) < 0 || r.argv.count == 0)
        strv_add(&r.argv, command);
    r.name = strdup("hyperfine");
    r.session = strdup(im->session);
    r.label = strdup(label);
    r.run.number = (unsigned)i + 1;
    r.run.of = (unsigned)json_count(json_get(result, "times"));
    r.state = RECORD_ENDED;
    r.started_ns = im->at_ns++;
    r.ended_ns = r.started_ns + (int64_t)(wall * 1e9);
    r.verdict.kind = VERDICT_EXITED;
    r.verdict.exit_code = r.verdict.status =
        (int)json_to_int(json_at(json_get(result, "exit_codes"), i), 0);
    for (int id = 0; id < METRIC_COUNT; id++)
        metric_unavailable(&r, (enum metric_id)id, "hyperfine keeps it for no single run");
    metric_set(&r, METRIC_WALL_SECONDS, wall, "hyperfine");
    if (i < json_count(json_get(result, "memory_usage_byte")))
        metric_set(&r, METRIC_PROCESS_PEAK_RSS_BYTES,
                   json_to_real(json_at(json_get(result, "memory_usage_byte"), i), 0), "hyperfine");
    snprintf(r.ledger.why, sizeof(r.ledger.why), "imported from hyperfine");
    if (!r.name || !r.session || !r.label)
        return err_oom(err);
    if (store_insert(im->store, &r, err) < 0)
        return -err->code;
    im->runs++;
    return 0;
}

static int refuse(const struct importing *im, const char *what, struct err *err)
{
    return err_set(err, EINVAL, "what hyperfine --export-json writes", "nothing was imported",
                   "%.200s: %s", im->file, what);
}

/* All of it is looked at before any of it is taken. */
static int check(const struct importing *im, const struct json *doc, struct err *err)
{
    const struct json *results = json_get(doc, "results");

    if (json_count(results) == 0)
        return refuse(im, "no results", err);
    for (size_t i = 0; i < json_count(results); i++) {
        const struct json *times = json_get(json_at(results, i), "times");

        if (!json_text(json_get(json_at(results, i), "command")) || json_count(times) == 0)
            return refuse(im, "a result without its command or times", err);
        for (size_t k = 0; k < json_count(times); k++)
            if (!(json_to_real(json_at(times, k), -1) >= 0))
                return refuse(im, "a time that is no number", err);
    }
    if (im->label && json_count(results) > 1)
        return refuse(im, "several commands for one --label", err);
    return 0;
}

static int add_all(struct importing *im, const struct json *doc, struct err *err)
{
    const struct json *results = json_get(doc, "results");
    int r = 0;

    for (size_t i = 0; r == 0 && i < json_count(results); i++) {
        const struct json *result = json_at(results, i);
        const char *command = json_text(json_get(result, "command"));
        _cleanup_free_ char *label = im->label ? strdup(im->label) : label_of(command);

        for (size_t k = 0; r == 0 && k < json_count(json_get(result, "times")); k++)
            r = add_run(im, result, k, command, label ? label : "", err);
        if (r == 0)
            printf("%s:%s\n", im->session, label ? label : "");
    }
    return r;
}

static int read_file(const struct importing *im, struct json **doc, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    _cleanup_close_ int fd =
        opening_open("import", im->file, O_RDONLY, OPENING_FILE | OPENING_FIFO, err);
    int r = fd < 0 ? fd : file_read_fd(fd, FILE_MAX, &text);

    if (fd < 0)
        return fd;
    if (r < 0)
        return err_sys(err, -r, "correct it and retry", "cannot read %s", im->file);
    r = json_parse(text, strlen(text), im->file, doc, err);
    return r < 0 ? r : check(im, *doc, err);
}

int cmd_import(struct cmd_context *ctx, int argc, char **argv)
{
    struct importing im = {.at_ns = realtime_ns()};
    const struct cmd_option options[] = {
        {.name = "--label", .value = &im.label}, {.name = "--db", .value = &ctx->db}, {0}};
    _cleanup_store_ struct store *s = NULL;
    _cleanup_json_ struct json *doc = NULL;
    time_t now = time(NULL);
    struct tm tm;
    struct err err;

    if (cmd_options(argc, argv, options, 1) != 1) {
        fputs("cgjob: import: expected a file that hyperfine --export-json wrote\n", stderr);
        return CMD_USAGE;
    }
    im.file = argv[0];
    strftime(im.session, sizeof(im.session), "hyperfine-%Y%m%d-%H%M%S", gmtime_r(&now, &tm));
    if (read_file(&im, &doc, &err) < 0 || cmd_open(ctx, STORE_WRITE, &s, &err) < 0)
        return cmd_fail(&err);
    im.store = s;
    if (add_all(&im, doc, &err) < 0)
        return cmd_fail(&err);
    return CMD_OK;
}
