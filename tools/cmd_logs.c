/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/units.h"
#include "runner/store/logfile.h"
#include "runner/supervise/recover.h"
#include "tools/cmd.h"

#define LOOK_EVERY_US 100000

static int write_out(const char *data, size_t size)
{
    return fwrite(data, 1, size, stdout) == size ? 0 : -EIO;
}

/* How many bytes the last `lines` lines have, in two readings of a log whose size is bounded. */
static int64_t tail_bytes(const struct cmd_context *ctx, int64_t id, uint64_t lines)
{
    char data[65536];
    uint64_t count = 0, seen = 0;
    int64_t bytes = 0;
    struct logreader log;
    char last = '\n';
    long n;

    if (logreader_open(&log, ctx->db, id, -1, NULL) < 0)
        return -1;
    while ((n = logreader_read(&log, data, sizeof(data))) > 0) {
        for (long i = 0; i < n; i++)
            count += data[i] == '\n';
        last = data[n - 1];
    }
    logreader_close(&log);
    count += last != '\n';
    if (lines >= count || logreader_open(&log, ctx->db, id, -1, NULL) < 0)
        return -1;
    while ((n = logreader_read(&log, data, sizeof(data))) > 0)
        for (long i = 0; i < n; i++) {
            bytes += seen >= count - lines;
            seen += data[i] == '\n';
        }
    logreader_close(&log);
    return bytes;
}

/* To the end that is there now. Asked before: what is written later is the next turn's. */
static int copy(struct logreader *log)
{
    char data[65536];
    long n;

    while ((n = logreader_read(log, data, sizeof(data))) > 0)
        if (write_out(data, (size_t)n) < 0)
            return -EIO;
    return fflush(stdout) == EOF ? -EIO : 0;
}

static int print_log(const struct cmd_context *ctx, const struct record *r, bool follow,
                     int64_t tail)
{
    struct logreader log;
    struct err err;
    bool more;

    if (logreader_open(&log, ctx->db, record_file_id(r), tail, &err) < 0)
        return cmd_fail(&err);
    do {
        more = follow && r->state != RECORD_ENDED && recover_is_alive(r);
        if (copy(&log) < 0)
            break;
        if (more)
            usleep(LOOK_EVERY_US);
    } while (more);
    logreader_close(&log);
    return CMD_OK;
}

/* The journal has its own reader. */
static int show_journal(const struct record *r, bool follow, const char *lines)
{
    char match[40];
    const char *argv[8] = {"journalctl", "-o", "cat", match};
    int n = 4;

    snprintf(match, sizeof(match), "CGRUN_JOB=%" PRId64, r->id);
    if (follow)
        argv[n++] = "-f";
    if (lines) {
        argv[n++] = "-n";
        argv[n++] = lines;
    }
    execvp(argv[0], (char *const *)argv);
    fprintf(stderr, "cgjob: cannot run journalctl: %s; try: journalctl %s\n", strerror(errno),
            match);
    return CMD_FAILED;
}

static int no_log(const struct record *r)
{
    struct err err;

    err_set(&err, ENOENT, "a job that was run with -d or --journal", NULL,
            "the output of job %" PRId64 " went to its caller", r->id);
    return cmd_fail(&err);
}

int cmd_logs(struct cmd_context *ctx, int argc, char **argv)
{
    _cleanup_record_ struct record r;
    bool follow = false;
    const char *lines = NULL;
    const struct cmd_option options[] = {
        {.name = "-f", .flag = &follow},     {.name = "--follow", .flag = &follow},
        {.name = "-n", .value = &lines},     {.name = "--lines", .value = &lines},
        {.name = "--db", .value = &ctx->db}, {0},
    };
    uint64_t number = 0;
    int words = cmd_options(argc, argv, options, 1);

    record_init(&r);
    if (words != 1)
        return words < 0 ? CMD_USAGE : cmd_missing("logs");
    if (lines && units_parse_number(lines, &number) < 0) {
        fprintf(stderr, "cgjob: lines '%s': expected a number\n", lines);
        return CMD_USAGE;
    }
    if (cmd_load(ctx, argv[0], &r) != CMD_OK)
        return CMD_FAILED;
    if (!r.log)
        return no_log(&r);
    if (r.log && strcmp(r.log, "journal") == 0)
        return show_journal(&r, follow, lines);
    return print_log(ctx, &r, follow, lines ? tail_bytes(ctx, r.id, number) : -1);
}
