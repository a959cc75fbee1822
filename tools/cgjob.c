/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgjob: everything about jobs but running them. A table of verbs. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/buf.h"
#include "runner/base/escape.h"
#include "runner/base/suggest.h"
#include "runner/base/version.h"
#include "runner/record/metrics.h"
#include "runner/spec/settings.h"
#include "runner/supervise/prepare.h"
#include "tools/cmd.h"

static const struct verb {
    const char *name;
    int (*run)(struct cmd_context *ctx, int argc, char **argv);
    const char *usage, *help;
} verbs[] = {
    {"ls", cmd_ls,
     "[--name N] [--owner O] [--session S] [--state S] [--verdict V] [--failed] "
     "[--tag KEY[=VALUE]] [--since T] [--limit N] "
     "[--json|--watch]",
     "list jobs, the latest first; a table has 50, or as many as --limit says, 0 for all"},
    {"show", cmd_show, "JOB [--json]", "the whole record"},
    {"why", cmd_why, "JOB [--json]", "how it ended, and the evidence"},
    {"ps", cmd_ps,
     "JOB [--rows|--tree|--live] [--sort cpu|memory|io|wait|time|start|pid] [--json|--csv]",
     "the ledger: by command, each process, or as a tree; or those that live now"},
    {"usage", cmd_usage,
     "[--by owner|name|command|user|day] [--since T] [--until T] [--name N] [--owner O] "
     "[--session S] [--sort cpu|wall|memory|io|jobs|processes|key] [--json|--csv]",
     "accounting over all recorded jobs"},
    {"top", cmd_top, "[--sort cpu|memory|io|tasks|id] [--once] [--json]",
     "running jobs, live: CPU, memory, I/O, tasks, pressure"},
    {"logs", cmd_logs, "JOB [-f] [-n LINES]", "the output of a job that runs in the background"},
    {"stop", cmd_stop, "JOB... [--now]", "stop signal, grace, kill; returns when it has ended"},
    {"wait", cmd_wait, "JOB... [--timeout TIME]",
     "until it has ended; exit status: the (last) job's, or 124 if it has not ended in time"},
    {"freeze", cmd_freeze, "JOB...", "stop its processes where they are; time limits go on"},
    {"thaw", cmd_thaw, "JOB...", "let them go on"},
    {"doctor", cmd_doctor, "[--json] [-- CGRUN-OPTIONS COMMAND]",
     "what this host can enforce and measure, and how to mend what it lacks"},
    {"policy", cmd_policy,
     "explain POLICY [CALL...] | diff A B | groups [@NAME] | test POLICY CALL[,ARG...]... | check "
     "POLICY | learn SET... [--filter] [-o FILE] [--json]",
     "what policies answer, in words; and one learned from jobs run with --trace syscalls"},
    {"compare", cmd_compare,
     "A B | NAME --split TIME | NAME --split-rev REVISION [--metrics all|NAME,...] "
     "[--threshold [METRIC=]PERCENT]... [--quiet-only] [--fail-on METRIC>PERCENT]... [--strict] "
     "[--junit FILE] [--json|--format md|csv]",
     "two sets of runs: what changed, and how surely; as a gate status 1, or 2 if unknown"},
    {"report", cmd_report,
     "A B [-o FILE] [--format html|md|csv|json] [--metrics LIST] [--threshold T] [--quiet-only]",
     "a comparison as one page, with each run drawn"},
    {"note", cmd_note, "JOB | A..B", "the change note that closes a piece of work, in Markdown"},
    {"rollback", cmd_rollback, "JOB [--yes]",
     "show a job's rollback command, ask, and run it as a job of its own"},
    {"export", cmd_export, "SET... [--format json|hyperfine]",
     "records of a set of runs, or what scripts for hyperfine read"},
    {"import", cmd_import, "FILE [--label L]", "the runs of a file that hyperfine wrote"},
    {"prune", cmd_prune, "[--older-than TIME] [--keep NUMBER] [--name N] [--dry-run] [--json]",
     "remove records that are older, or not of the newest of their name, with their logs"},
    {"trace", cmd_trace, "status [--measure TIME] [--json] | attach | detach [--force]",
     "the tracer in the kernel"},
    {"recover", cmd_recover, "[--all] [--json]",
     "end and record jobs whose cgrun was killed; with --all also those that may finish"},
};

static void verbs_roff(struct buf *out)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        buf_addf(out, ".TP\n\\fB%s\\fR %s\n%s.\n", verbs[i].name, verbs[i].usage, verbs[i].help);
}

/* "VERB<tab>OPTIONS<tab>HELP" */
static void verbs_words(struct buf *out)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        buf_addf(out, "%s\t%s\t%s\n", verbs[i].name, verbs[i].usage, verbs[i].help);
}

/* What the manual and the completions are made of. */
static const struct table {
    const char *name;
    void (*write)(struct buf *out);
} tables[] = {
    {"settings", settings_markdown},  {"metrics", metrics_markdown},
    {"settings-roff", settings_roff}, {"settings-words", settings_words},
    {"verbs-roff", verbs_roff},       {"verbs-words", verbs_words},
};

static int help(void)
{
    puts("Usage: cgjob [--db FILE] VERB [ARG...]\n");
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        printf("  %-8s %s\n           %s\n", verbs[i].name, verbs[i].help, verbs[i].usage);
    puts("  help     this text, or of one verb, or a table of the manual\n"
         "           [VERB|settings|metrics]");
    puts(
        "\nA JOB is an id, a name (its latest run) or name~N (N runs earlier). A set of runs is a\n"
        "label or session (the latest of it), session:label, ids FROM..TO, or a JOB.\n"
        "Exit status: 0, 1 not found or failed, 2 usage.");
    return CMD_OK;
}

/* The verbs by what they are for, on one screen. */
static int help_short(void)
{
    puts("Usage: cgjob [--db FILE] VERB [ARG...]\n\n"
         "  jobs       ls, show, why, ps, top, logs, usage\n"
         "  running    stop, wait, freeze, thaw\n"
         "  measuring  compare, report, export, import\n"
         "  changes    note, rollback\n"
         "  policies   policy explain, diff, groups, test, check, learn\n"
         "  host       doctor, trace, recover, prune\n\n"
         "A JOB is an id, a name (its latest run) or name~N (N runs earlier).\n"
         "All verbs with their options: cgjob --help. One: cgjob help VERB.");
    return CMD_OK;
}

/* A table of the manual, which is kept like this: see tools/dev/update-docs. */
static int print_table(void (*table)(struct buf *out))
{
    _cleanup_buf_ struct buf text = {0};

    table(&text);
    return text.failed || fputs(buf_text(&text), stdout) == EOF ? CMD_FAILED : CMD_OK;
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(name, verbs[i].name) == 0)
            return &verbs[i];
    return NULL;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int help_verb(const struct verb *verb)
{
    printf("Usage: cgjob [--db FILE] %s %s\n%s\n", verb->name, verb->usage, verb->help);
    return CMD_OK;
}

static int help_topic(const char *topic)
{
    const struct verb *verb = find_verb(topic);

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (strcmp(topic, tables[i].name) == 0)
            return print_table(tables[i].write);
    if (verb)
        return help_verb(verb);
    return cmd_refuse("help", topic, "a verb, settings or metrics");
}

/* What other tools call it. */
static const struct {
    const char *word, *verb;
} elsewhere[] = {
    {"list", "ls"},      {"status", "show"},   {"info", "show"},    {"inspect", "show"},
    {"kill", "stop"},    {"cancel", "stop"},   {"log", "logs"},     {"journal", "logs"},
    {"pause", "freeze"}, {"resume", "thaw"},   {"unpause", "thaw"}, {"diff", "compare"},
    {"rm", "prune"},     {"delete", "prune"},  {"history", "ls"},   {"stats", "usage"},
    {"explain", "why"},  {"undo", "rollback"}, {"check", "doctor"}, {"tree", "ps"},
};

static const char *nearest_verb(const char *word)
{
    struct suggestion s = suggest_begin(word, 3);

    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        if (strcmp(elsewhere[i].word, word) == 0)
            return elsewhere[i].verb;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        suggest_consider(&s, verbs[i].name);
    return s.name;
}

static int refuse_verb(const char *word)
{
    const char *nearest = nearest_verb(word);
    _cleanup_buf_ struct buf safe = {0};

    fprintf(stderr, "cgjob: verb '%s': expected one of `cgjob help`%s%s%s\n",
            escape_text(word, &safe), nearest ? "; did you mean " : "", nearest ? nearest : "",
            nearest ? "?" : "");
    return CMD_USAGE;
}

static int run_verb(struct cmd_context *ctx, int argc, char **argv)
{
    const struct verb *verb = find_verb(argv[0]);
    struct err err;

    if (!verb)
        return refuse_verb(argv[0]);
    cmd_begin(verb->name);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (asks_for_help(argv[i]))
            return help_verb(verb);
    if (prepare_check_places(&err) < 0)
        return cmd_fail(&err);
    return verb->run(ctx, argc - 1, argv + 1);
}

static int run(int argc, char **argv)
{
    struct cmd_context ctx = {0};

    if (argc > 1 && strcmp(argv[0], "--db") == 0) {
        ctx.db = argv[1];
        argc -= 2, argv += 2;
    }
    if (argc == 0) {
        help_short();
        return CMD_USAGE;
    }
    if (strcmp(argv[0], "-h") == 0)
        return help_short();
    if (strcmp(argv[0], "--version") == 0)
        return printf("cgjob %s\n", CGRUN_VERSION) < 0 ? CMD_FAILED : CMD_OK;
    if (strcmp(argv[0], "help") == 0 || asks_for_help(argv[0]))
        return argc > 1 ? help_topic(argv[1]) : help();
    return run_verb(&ctx, argc, argv);
}

int main(int argc, char **argv)
{
    int status;

    signal(SIGCHLD, SIG_DFL); /* a caller may ignore it: then no child can be waited for */
    status = run(argc - 1, argv + 1);
    /* What could not be written has not been told. */
    if (fflush(stdout) == EOF || ferror(stdout))
        return status == CMD_OK ? CMD_FAILED : status;
    return status;
}
