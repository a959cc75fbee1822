/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons of real runs, and what comes of them: gates, reports, notes, rollbacks. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "tests/system/harness.h"

/* Measured by the tracer, on every kernel. */
#define PEAK          "process_peak_rss_bytes"
#define PEAK_BY_10    "process_peak_rss_bytes>10%"
#define WALL_AND_PEAK "wall_seconds,process_peak_rss_bytes"

/* cgrun without --json, which a session does not take. */
static void session(struct run *run, const char *const *args)
{
    run->no_json = true;
    cgrun(run, args);
}

/* The verdict of a metric. */
static void verdict(const char *a, const char *b, const char *name, char *buf, size_t size)
{
    struct json *doc = cgjob_json(ARGS("compare", a, b, "--metrics", WALL_AND_PEAK, "--json"));

    snprintf(buf, size, "no row");
    for (size_t i = 0; i < json_count(json_get(doc, "metrics")); i++) {
        const struct json *row = json_at(json_get(doc, "metrics"), i);

        if (strcmp(json_text(json_get(row, "metric")), name) == 0)
            snprintf(buf, size, "%s", json_text(json_get(row, "verdict")));
    }
    json_free(doc);
}

/* A job is as hungry as it is told: the medians are known, and what differs is found. */
static void a_real_difference_is_found(void **state)
{
    struct run run _cleanup_run_ = {0}, again _cleanup_run_ = {0}, told _cleanup_run_ = {0};
    struct run gate _cleanup_run_ = {0}, held _cleanup_run_ = {0};
    char word[32];

    (void)state;
    session(&run, ARGS("--runs", "8", "--label", "small", "--", job("hold"), "20"));
    expect_status(&run, 0);
    session(&again, ARGS("--runs", "8", "--label", "large", "--", job("hold"), "30"));
    expect_status(&again, 0);
    verdict("small", "large", PEAK, word, sizeof(word));
    assert_string_equal(word, "worse");
    verdict("large", "small", PEAK, word, sizeof(word));
    assert_string_equal(word, "better");
    verdict("small", "small", PEAK, word, sizeof(word));
    assert_string_equal(word, "same");
    cgjob(&told, ARGS("compare", "small", "large"));
    expect_out(&told, "differs in:  command");
    expect_out(&told, "8 + 8 runs");
    cgjob(&gate,
          ARGS("compare", "small", "large", "--fail-on", PEAK_BY_10, "--junit", scratch("j.xml")));
    expect_status(&gate, 1);
    expect_err(&gate, "BREACHED; " PEAK " changed by +4");
    assert_true(file_holds(scratch("j.xml"), "failures=\"1\""));
    cgjob(&held, ARGS("compare", "large", "small", "--fail-on", PEAK_BY_10));
    expect_status(&held, 0);
}

/* A tool that was replaced under its name is told, and what it says of itself. */
static void another_program_is_told(void **state)
{
    struct run before _cleanup_run_ = {0}, after _cleanup_run_ = {0}, told _cleanup_run_ = {0};
    char tool[256];

    (void)state;
    snprintf(tool, sizeof(tool), "%s", scratch("tool"));
    write_file(tool, "#!/bin/sh\necho tool 1.0\n");
    chmod(tool, 0755);
    session(&before, ARGS("--runs", "2", "--label", "old", "--tool-version", tool, "--", tool));
    expect_status(&before, 0);
    write_file(tool, "#!/bin/sh\necho tool 1.10\n");
    session(&after, ARGS("--runs", "2", "--label", "new", "--tool-version", tool, "--", tool));
    expect_status(&after, 0);
    cgjob(&told, ARGS("compare", "old", "new"));
    expect_out(&told, "program_build");
    expect_out(&told, "version of ");
    expect_out(&told, "tool 1.0");
    expect_out(&told, "tool 1.10");
}

static void one_run_is_no_proof(void **state)
{
    struct run run _cleanup_run_ = {0}, again _cleanup_run_ = {0}, gate _cleanup_run_ = {0};
    struct run strict _cleanup_run_ = {0}, one _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "once", "--", "true"));
    cgrun(&again, ARGS("--name", "once", "--", "true"));
    cgjob(&one, ARGS("compare", "once~1", "once"));
    expect_out(&one, "\n1 + 1 runs");
    cgjob(&gate, ARGS("compare", "once~1", "once", "--fail-on", "wall_seconds>5%"));
    expect_status(&gate, 0);
    expect_err(&gate, "inconclusive");
    cgjob(&strict, ARGS("compare", "once~1", "once", "--fail-on", "wall_seconds>5%", "--strict"));
    expect_status(&strict, 2);
}

static pid_t hog(void)
{
    pid_t pid = fork();

    if (pid == 0)
        for (;;)
            ;
    host_remember(pid);
    return pid;
}

/* The same command, quiet and beside processes that take both processors. */
static void a_hog_is_flagged_not_blamed(void **state)
{
    struct run quiet _cleanup_run_ = {0}, beside _cleanup_run_ = {0}, told _cleanup_run_ = {0};
    struct run only _cleanup_run_ = {0};
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    pid_t hogs[64];
    char word[32];
    int n = (int)(cpus > 32 ? 64 : cpus * 2);

    (void)state;
    session(&quiet, ARGS("--runs", "6", "--label", "quiet", "--", job("burn"), "0.15"));
    expect_status(&quiet, 0);
    for (int i = 0; i < n; i++)
        hogs[i] = hog();
    session(&beside, ARGS("--runs", "6", "--label", "beside", "--", job("burn"), "0.15"));
    for (int i = 0; i < n; i++) {
        kill(hogs[i], SIGKILL);
        waitpid(hogs[i], NULL, 0);
    }
    expect_status(&beside, 0);
    /* One may have the luck to be given its whole share at once. */
    expect_err(&beside, " disturbed");
    expect_between(&beside, "disturbed", atoi(strstr(beside.err, " disturbed") - 1), 4, 6);
    cgjob(&told, ARGS("compare", "quiet", "beside"));
    /* By what: emulated machines lose ticks of what others used, and not what the job waited. */
    expect_out(&told, "disturbed (!");
    verdict("quiet", "beside", "wall_seconds", word, sizeof(word));
    assert_string_equal(word, "inconclusive");
    cgjob(&only, ARGS("compare", "quiet", "beside", "--quiet-only"));
    expect_out(&only, "disturbed, left out");
}

static void history_is_split(void **state)
{
    struct run run _cleanup_run_ = {0}, by_time _cleanup_run_ = {0}, never _cleanup_run_ = {0};
    struct json *all;
    char when[64];

    (void)state;
    for (int i = 0; i < 8; i++) {
        struct run one _cleanup_run_ = {0};

        cgrun(&one, ARGS("--name", "nightly", "--", job("hold"), i < 4 ? "10" : "20"));
    }
    all = cgjob_json(ARGS("ls", "--name", "nightly", "--json"));
    snprintf(when, sizeof(when), "%s", json_text(json_get(json_at(listed(all), 3), "started")));
    json_free(all);
    cgjob(&by_time, ARGS("compare", "nightly", "--split", when));
    expect_status(&by_time, 0);
    expect_out(&by_time, "4 + 4 runs");
    cgjob(&never, ARGS("compare", "nightly", "--split", "2000-01-01"));
    expect_status(&never, 1);
    expect_err(&never, "'nightly' has 0 runs before and 8 after the split");
    cgjob(&run, ARGS("compare", "nightly", "no-such-set"));
    expect_status(&run, 1);
    expect_err(&run, "no runs 'no-such-set'");
}

static void git(const char *dir, const char *const *args)
{
    struct run run _cleanup_run_ = {0};
    const char *argv[16] = {"/usr/bin/git",           "-C", dir, "-c", "user.name=t", "-c",
                            "user.email=t@localhost", NULL};
    size_t n = 7;

    while (*args)
        argv[n++] = *args++;
    run_start(&run, argv);
    run_wait(&run);
    expect_status(&run, 0);
}

static void enter_repository(void)
{
    if (chdir(scratch("repository")) < 0)
        _exit(99);
}

static void history_is_split_by_revision(void **state)
{
    struct run split _cleanup_run_ = {0}, head _cleanup_run_ = {0};
    const char *dir = scratch("repository");

    (void)state;
    mkdir(dir, 0755);
    git(dir, ARGS("init", "-q"));
    git(dir, ARGS("commit", "-q", "--allow-empty", "-m", "one"));
    for (int i = 0; i < 8; i++) {
        struct run one _cleanup_run_ = {.before_exec = enter_repository};

        if (i == 4)
            git(scratch("repository"), ARGS("commit", "-q", "--allow-empty", "-m", "two"));
        cgrun(&one, ARGS("--name", "revised", "--", job("hold"), i < 4 ? "20" : "10"));
        expect_status(&one, 0);
    }
    run_start(&head, ARGS("/usr/bin/git", "-C", scratch("repository"), "rev-parse", "HEAD"));
    run_wait(&head);
    head.out[10] = '\0';
    cgjob(&split, ARGS("compare", "revised", "--split-rev", head.out));
    expect_status(&split, 0);
    expect_out(&split, "git_revision");
    expect_out(&split, "4 + 4 runs");
}

static void a_report_is_one_page(void **state)
{
    struct run run _cleanup_run_ = {0}, report _cleanup_run_ = {0}, md _cleanup_run_ = {0};
    _cleanup_free_ char *page = NULL;

    (void)state;
    cgjob(&report,
          ARGS("report", "small", "large", "--metrics", WALL_AND_PEAK, "-o", scratch("r.html")));
    expect_status(&report, 0);
    assert_true(file_read_all(scratch("r.html"), 8 << 20, &page) >= 0);
    assert_true(count_text(page, "<svg") >= 4);
    assert_int_equal(count_text(page, "</html>"), 1);
    assert_int_equal(count_text(page, "<script"), 0);
    assert_int_equal(count_text(page, "src="), 0);
    cgjob(&md, ARGS("report", "small", "large", "--metrics", PEAK, "--format", "md"));
    expect_out(&md, "| `" PEAK "` |");
    cgjob(&run, ARGS("report", "small", "large", "--format", "pdf"));
    expect_status(&run, 2);
}

static void a_note_closes_the_work(void **state)
{
    struct run run _cleanup_run_ = {0}, note _cleanup_run_ = {0}, change _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "change", "--owner", "db", "--reason", "more room", "--rollback",
                     "rm -f /nowhere", "--expect", "exit=0", "--trace",
                     host_kernel_at_least(5, 14) ? "files" : "auto", "--", "sh", "-c", "echo >$0",
                     scratch("touched")));
    cgjob(&note, ARGS("note", "change"));
    expect_out(&note, "# more room\n");
    expect_out(&note, "* **Owner:** db\n");
    expect_out(&note, "`exit=0` held (0)");
    expect_out(&note, "    rm -f /nowhere\n");
    if (json_get(member(&run, "traces"), "files"))
        expect_out(&note, "touched` written");
    cgjob(&change, ARGS("note", "small..large"));
    expect_out(&change, "## Result\n\n* `");
    if (host_controller("memory") == 1 || host_kernel_at_least(5, 19)) { /* v2's memory.peak */
        expect_out(&change, "* `memory_peak_bytes` **worse**: ");
        expect_out(&change, "(95 % interval +");
    }
}

static void a_job_is_rolled_back(void **state)
{
    struct run run _cleanup_run_ = {0}, ask _cleanup_run_ = {0}, back _cleanup_run_ = {0};
    struct run at_once _cleanup_run_ = {0}, good _cleanup_run_ = {0};
    char rollback[600];
    struct json *all;

    (void)state;
    snprintf(rollback, sizeof(rollback), "rm '%s'", scratch("undo me"));
    write_file(scratch("undo me"), "");
    cgrun(&run, ARGS("--name", "risky", "--owner", "db", "--rollback", rollback, "--", "true"));
    cgjob(&ask, ARGS("rollback", "risky"));
    expect_status(&ask, 1);
    expect_out(&ask, "nobody to ask; --yes runs it");
    assert_int_equal(access(scratch("undo me"), F_OK), 0);
    cgjob(&back, ARGS("rollback", "risky", "--yes"));
    expect_status(&back, 0);
    assert_int_equal(access(scratch("undo me"), F_OK), -1);
    all = cgjob_json(ARGS("show", "rollback-risky", "--json"));
    {
        _cleanup_free_ char *tags = json_dump(json_get(all, "tags"), 0);

        assert_non_null(strstr(tags, "rollback_of="));
        assert_string_equal(json_text(json_get(all, "owner")), "db");
    }
    json_free(all);
    write_file(scratch("undo me"), "");
    cgrun(&at_once,
          ARGS("--rollback", rollback, "--rollback-on-failure", "--", "sh", "-c", "exit 5"));
    expect_status(&at_once, 5);
    expect_err(&at_once, "failed: rolling back");
    assert_int_equal(access(scratch("undo me"), F_OK), -1);
    write_file(scratch("undo me"), "");
    cgrun(&good, ARGS("--rollback", rollback, "--rollback-on-failure", "--", "true"));
    assert_int_equal(access(scratch("undo me"), F_OK), 0);
}

static void hyperfine_reads_and_writes(void **state)
{
    struct run import _cleanup_run_ = {0}, told _cleanup_run_ = {0}, wrong _cleanup_run_ = {0};
    struct json *doc = cgjob_json(ARGS("export", "small", "--format", "hyperfine"));
    const struct json *result = json_at(json_get(doc, "results"), 0);

    (void)state;
    assert_int_equal(json_count(json_get(result, "times")), 8);
    assert_true(json_to_real(json_get(result, "min"), 9) <=
                json_to_real(json_get(result, "mean"), 0));
    assert_non_null(json_text(json_get(result, "command")));
    json_free(doc);
    write_file(
        scratch("h.json"),
        "{\"results\":[{\"command\":\"sleep 0.1\",\"times\":[0.1,0.11,0.1,0.12,0.1],"
        "\"exit_codes\":[0,0,0,0,0]},{\"command\":\"a/b:c\",\"times\":[0.2,0.21,0.2,0.22,0.2]"
        "}]}");
    cgjob(&import, ARGS("import", scratch("h.json")));
    expect_status(&import, 0);
    expect_out(&import, ":sleep 0.1\n");
    expect_out(&import, ":a-b-c\n");
    cgjob(&told, ARGS("compare", "sleep 0.1", "a-b-c"));
    expect_status(&told, 0);
    expect_out(&told, "100ms");
    expect_out(&told, "worse");
    write_file(scratch("h.json"), "{\"results\":[{\"command\":\"x\",\"times\":[\"soon\"]}]}");
    cgjob(&wrong, ARGS("import", scratch("h.json")));
    expect_status(&wrong, 1);
    expect_err(&wrong, "a time that is no number: expected what hyperfine --export-json writes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_difference_is_found),
        cmocka_unit_test(another_program_is_told),
        cmocka_unit_test(one_run_is_no_proof),
        cmocka_unit_test(history_is_split),
        cmocka_unit_test(history_is_split_by_revision),
        cmocka_unit_test(a_hog_is_flagged_not_blamed),
        cmocka_unit_test(a_report_is_one_page),
        cmocka_unit_test(a_note_closes_the_work),
        cmocka_unit_test(a_job_is_rolled_back),
        cmocka_unit_test(hyperfine_reads_and_writes),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system comparing", tests);
}
