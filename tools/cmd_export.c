/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records for other programs: as they are, or as hyperfine would have written them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/compare/stats.h"
#include "tools/cmd.h"
#include "tools/sets.h"

static int add_record(void *data, const struct record *r)
{
    json_append(data, record_to_json(r));
    return 0;
}

static double mean(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : NAN;
}

static double deviation(const double *x, size_t n)
{
    double middle = mean(x, n), sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (x[i] - middle) * (x[i] - middle);
    return n > 1 ? sqrt(sum / (double)(n - 1)) : NAN;
}

static struct json *reals(const double *x, size_t n)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < n; i++)
        json_append(list, json_real(x[i]));
    return list;
}

static double mean_of(const struct side *s, enum metric_id id, double *room)
{
    return mean(room, side_values(s, id, false, room));
}

/* The members that hyperfine's own scripts read. */
static struct json *hyperfine_result(const struct side *s)
{
    _cleanup_free_ double *x = calloc(s->runs + 1, sizeof(*x));
    struct json *o = json_object_new(), *codes = json_array_new();
    _cleanup_buf_ struct buf command = {0};
    size_t n;

    if (!x)
        return o;
    for (size_t i = 0; i < s->argv.count; i++)
        buf_addf(&command, "%s%s", i ? " " : "", s->argv.item[i]);
    for (size_t i = 0; i < s->runs; i++)
        json_append(codes, json_int(0));
    json_set(o, "command", json_string(buf_text(&command)));
    json_set(o, "user", json_real(mean_of(s, METRIC_CPU_USER_SECONDS, x)));
    json_set(o, "system", json_real(mean_of(s, METRIC_CPU_SYSTEM_SECONDS, x)));
    n = side_values(s, METRIC_MEMORY_PEAK_BYTES, false, x);
    json_set(o, "memory_usage_byte", reals(x, n));
    n = side_values(s, METRIC_WALL_SECONDS, false, x);
    json_set(o, "times", reals(x, n));
    json_set(o, "exit_codes", codes);
    json_set(o, "mean", json_real(mean(x, n)));
    json_set(o, "stddev", json_real(deviation(x, n)));
    stats_sort(x, n);
    json_set(o, "median", json_real(stats_quantile(x, n, 0.5)));
    json_set(o, "min", json_real(stats_quantile(x, n, 0)));
    json_set(o, "max", json_real(stats_quantile(x, n, 1)));
    return o;
}

static int export_hyperfine(struct store *s, int words, char **argv)
{
    _cleanup_json_ struct json *doc = json_object_new();
    struct json *results = json_array_new();
    struct err err;

    json_set(doc, "results", results);
    for (int i = 0; i < words; i++) {
        _cleanup_side_ struct side side = {0};

        if (set_side(s, argv[i], &side, &err) < 0)
            return cmd_fail(&err);
        json_append(results, hyperfine_result(&side));
    }
    return cmd_print_json(doc);
}

static int export_records(struct store *s, int words, char **argv)
{
    _cleanup_json_ struct json *list = json_array_new();
    struct err err;

    for (int i = 0; i < words; i++)
        if (set_each(s, argv[i], add_record, list, &err) < 0)
            return cmd_fail(&err);
    return cmd_print_json(list);
}

int cmd_export(struct cmd_context *ctx, int argc, char **argv)
{
    const char *format = "json";
    const struct cmd_option options[] = {
        {.name = "--format", .value = &format}, {.name = "--db", .value = &ctx->db}, {0}};
    _cleanup_store_ struct store *s = NULL;
    int words = cmd_options(argc, argv, options, CMD_WORDS);
    struct err err;

    if (words < 0)
        return CMD_USAGE;
    if (words == 0)
        return cmd_missing("export");
    if (strcmp(format, "json") != 0 && strcmp(format, "hyperfine") != 0)
        return cmd_refuse("format", format, "json or hyperfine");
    if (cmd_open(ctx, STORE_READ, &s, &err) < 0)
        return cmd_fail(&err);
    return strcmp(format, "json") == 0 ? export_records(s, words, argv)
                                       : export_hyperfine(s, words, argv);
}
