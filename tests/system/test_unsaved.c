/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs whose database is held, full, removed or replaced: they start, and no record is lost. */
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/harness.h"
#include "tests/system/locks.h"

/* What a person would notice; the promise is below a second until the job starts. */
#define START_WITHIN 1.0

static char db[512], shm[520];

/* A database of this test's own, with one record in it. */
static void begin(const char *name)
{
    struct run run _cleanup_run_ = {0};
    char dir[400];

    snprintf(dir, sizeof(dir), "%s", scratch(name));
    snprintf(db, sizeof(db), "%s/jobs.db", dir);
    snprintf(shm, sizeof(shm), "%s-shm", db);
    cgrun(&run, ARGS("--db", db, "--name", "first", "--", "true"));
    expect_status(&run, 0);
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        fail_test("%s is not there", path);
    return st.st_mode & 07777;
}

static void nobody_else_can_open_what_a_lock_could_be_held_on(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[540];

    (void)state;
    begin("private");
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", db, suffixes[i]);
        assert_int_equal(mode_of(path) & 0077, 0);
        assert_int_equal(lock_file(path, F_RDLCK, 0, 0, getpwnam("nobody")->pw_uid), -1);
    }
}

/* As an earlier version left it. */
static void an_old_database_is_closed_to_others_by_the_next_job(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct run run _cleanup_run_ = {0};
    char path[540];

    (void)state;
    begin("old");
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", db, suffixes[i]);
        assert_int_equal(chmod(path, 0644), 0);
    }
    cgrun(&run, ARGS("--db", db, "--", "true"));
    expect_status(&run, 0);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", db, suffixes[i]);
        assert_int_equal(mode_of(path), 0600);
    }
}

static bool spool_is_there(void)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/spool", scratch("run"));
    return access(path, F_OK) == 0;
}

/* The one record of that name, as `show` has it. */
static void load(struct run *run, const char *name)
{
    json_free(run->record);
    run->record = cgjob_json(ARGS("--db", db, "show", name, "--json"));
}

/* Whoever held a file open before, or may read it as a member of the group, can do that. */
static void a_lock_keeps_no_job_from_starting(void **state)
{
    static const short kinds[] = {F_RDLCK, F_WRLCK};
    char name[32], path[540];

    (void)state;
    begin("held");
    for (size_t i = 0; i < 6; i++) {
        struct run run _cleanup_run_ = {0}, list _cleanup_run_ = {0};
        static const char *const suffixes[] = {"", "-wal", "-shm"};
        pid_t holder;

        snprintf(path, sizeof(path), "%s%s", db, suffixes[i % 3]);
        holder = lock_file(path, kinds[i / 3], 0, 0, 0);
        assert_true(holder > 0);
        snprintf(name, sizeof(name), "held-%zu", i);
        cgrun_start(&run, ARGS("--db", db, "--name", name, "--", "sh", "-c", "echo up; sleep 0.1"));
        await_output(&run, "up");
        expect_between(&run, "seconds until it started", now_seconds() - run.started, 0,
                       slack(START_WITHIN));
        run_wait(&run);
        expect_status(&run, 0);
        unlock_file(holder);
        cgjob(&list, ARGS("--db", db, "ls"));
        expect_out(&list, name);
        assert_false(spool_is_there());
        load(&run, name);
        expect_verdict(&run, "exited");
    }
}

static void the_caller_and_the_record_are_told(void **state)
{
    struct run run _cleanup_run_ = {0}, show _cleanup_run_ = {0};
    char id[32];
    pid_t holder;

    (void)state;
    begin("told");
    holder = lock_file(shm, F_RDLCK, 0, 0, 0);
    cgrun(&run, ARGS("--db", db, "--name", "told", "--", "true"));
    expect_status(&run, 0);
    expect_err(&run, "the record is kept in");
    assert_int_equal(count_text(run.err, "the record is kept in"), 1);
    expect_event(&run, "note", "started without the database");
    assert_true(spool_is_there());
    snprintf(id, sizeof(id), "%.0f", number_of(&run, "id"));
    assert_int_equal(strlen(id), 16);

    cgjob(&show, ARGS("--db", db, "show", id)); /* it waits still */
    expect_status(&show, 0);
    expect_out(&show, "told");
    expect_err(&show, "records wait in");
    run_free(&show);
    unlock_file(holder);
    cgjob(&show, ARGS("--db", db, "why", id)); /* by now it is another number's, and found */
    expect_status(&show, 0);
    expect_out(&show, "job 2");
    load(&run, "told");
    expect_between(&run, "provisional_id", number_of(&run, "provisional_id"), strtod(id, NULL),
                   strtod(id, NULL));
}

/* Its number is told before the database has one for it, and names it ever after. */
static void a_job_in_the_background_is_found_by_its_first_number(void **state)
{
    struct run run _cleanup_run_ = {0}, verb _cleanup_run_ = {0};
    pid_t holder;
    char id[32];

    (void)state;
    begin("background");
    holder = lock_file(shm, F_RDLCK, 0, 0, 0);
    run_start(&run, ARGS(harness_cgrun(), "--db", db, "-d", "--name", "later", "--", "sh", "-c",
                         "echo said; sleep 1; exit 7"));
    run_wait(&run);
    expect_status(&run, 0);
    expect_err(&run, "the record is kept in");
    snprintf(id, sizeof(id), "%.*s", (int)strcspn(run.out, "\n"), run.out);
    unlock_file(holder);
    cgjob(&verb, ARGS("--db", db, "ls")); /* taken in while it runs */
    expect_out(&verb, "running");
    run_free(&verb);
    cgjob(&verb, ARGS("--db", db, "wait", id));
    expect_status(&verb, 7);
    run_free(&verb);
    cgjob(&verb, ARGS("--db", db, "logs", id));
    expect_out(&verb, "said");
    run_free(&verb);
    cgjob(&verb, ARGS("--db", db, "logs", "later"));
    expect_out(&verb, "said");
    load(&run, "later");
    expect_verdict(&run, "exited");
    assert_false(spool_is_there());
}

static void several_have_numbers_of_their_own(void **state)
{
    struct run run[8] = {0}, list _cleanup_run_ = {0};
    pid_t holder;

    (void)state;
    begin("several");
    holder = lock_file(shm, F_RDLCK, 0, 0, 0);
    for (size_t i = 0; i < 8; i++)
        cgrun_start(&run[i], ARGS("--db", db, "--name", "one-of-many", "--", "true"));
    for (size_t i = 0; i < 8; i++) {
        run_wait(&run[i]);
        for (size_t k = 0; k < i; k++)
            assert_true(number_of(&run[i], "id") > number_of(&run[k], "id") ||
                        number_of(&run[i], "id") < number_of(&run[k], "id"));
    }
    unlock_file(holder);
    cgjob(&list, ARGS("--db", db, "ls"));
    assert_int_equal(count_text(list.out, "one-of-many"), 8);
    for (size_t i = 0; i < 8; i++)
        run_free(&run[i]);
}

/* The next job takes it in, without being asked to. */
static void the_next_job_takes_it_in(void **state)
{
    struct run run _cleanup_run_ = {0}, next _cleanup_run_ = {0};
    pid_t holder;

    (void)state;
    begin("next");
    holder = lock_file(shm, F_RDLCK, 0, 0, 0);
    cgrun(&run, ARGS("--db", db, "--name", "waits", "--", "false"));
    unlock_file(holder);
    assert_true(spool_is_there());
    cgrun(&next, ARGS("--db", db, "--", "sleep", "0.1"));
    expect_status(&next, 0);
    assert_false(spool_is_there());
    load(&run, "waits");
    assert_int_equal(number_of(&run, "verdict.exit_code"), 1);
}

/* Killed with its record in the spool: what is left is ended and recorded as any other. */
static void a_supervisor_that_is_killed_meanwhile_is_recovered(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};
    pid_t holder;

    (void)state;
    begin("killed");
    holder = lock_file(shm, F_RDLCK, 0, 0, 0);
    cgrun_start(&run, ARGS("--db", db, "--name", "orphan", "--", "sh", "-c", "echo up; sleep 99"));
    await_output(&run, "up");
    kill(run.pid, SIGKILL);
    run_wait(&run);
    unlock_file(holder);
    cgjob(&recover, ARGS("--db", db, "recover"));
    expect_status(&recover, 0);
    expect_out(&recover, "recorded as lost");
    assert_int_equal(run_processes(&run), 0);
    load(&run, "orphan");
    expect_verdict(&run, "lost");
}

/* Takes up what is free of a file system, all but nothing. */
static void fill_up(const char *path)
{
    static const char block[4096];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    while (write(fd, block, sizeof(block)) > 0)
        ;
    close(fd);
}

static void an_end_that_a_full_disk_refused_is_taken_in_and_not_lost(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};
    char dir[400], filler[420];

    (void)state;
    snprintf(dir, sizeof(dir), "%s", scratch("full"));
    snprintf(filler, sizeof(filler), "%s/filler", dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mount("tmpfs", dir, "tmpfs", 0, "size=1m,mode=0700"), 0);
    begin("full");
    cgrun_start(&run, ARGS("--db", db, "--name", "unsaved", "--", "sh", "-c",
                           "echo up; until test -e \"$0\"; do sleep 0.05; done; exit 9", filler));
    await_output(&run, "up");
    fill_up(filler);
    run_wait(&run);
    expect_status(&run, 9);
    expect_err(&run, "the record is kept in");
    assert_true(spool_is_there());
    unlink(filler);
    cgjob(&recover, ARGS("--db", db, "recover"));
    expect_status(&recover, 0);
    expect_out(&recover, "no job was lost");
    load(&run, "unsaved");
    expect_verdict(&run, "exited");
    assert_int_equal(number_of(&run, "verdict.exit_code"), 9);
    assert_int_equal(umount2(dir, MNT_DETACH), 0);
}

static void a_job_starts_on_a_full_disk(void **state)
{
    struct run run _cleanup_run_ = {0};
    char dir[400], filler[420];

    (void)state;
    snprintf(dir, sizeof(dir), "%s", scratch("full-start"));
    snprintf(filler, sizeof(filler), "%s/filler", dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mount("tmpfs", dir, "tmpfs", 0, "size=1m,mode=0700"), 0);
    begin("full-start");
    fill_up(filler);
    for (int i = 0; i < 10; i++) { /* what there is of the log is used first */
        run_free(&run);
        run = (struct run){0};
        cgrun(&run, ARGS("--db", db, "--name", "on-full", "--", "true"));
        expect_status(&run, 0);
    }
    expect_err(&run, "the record is kept in");
    unlink(filler);
    run_free(&run);
    run = (struct run){0};
    cgjob(&run, ARGS("--db", db, "ls"));
    if (count_text(run.out, "on-full") != 10)
        fail_test("not ten: %s%s", run.out, run.err);
    assert_int_equal(umount2(dir, MNT_DETACH), 0);
}

static void expect_recorded_anew(struct run *run)
{
    run_wait(run);
    expect_status(run, 0);
    load(run, "survivor");
    expect_verdict(run, "exited");
    expect_event(run, "note", "recorded anew");
}

static void start_survivor(struct run *run)
{
    cgrun_start(run, ARGS("--db", db, "--name", "survivor", "--", "sh", "-c",
                          "echo up; until test -e \"$0\"; do sleep 0.05; done", scratch("go")));
    await_output(run, "up");
}

static void a_removed_database_is_noticed(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    begin("removed");
    start_survivor(&run);
    assert_int_equal(unlink(db), 0); /* its companions stay, as they do when people do this */
    write_file(scratch("go"), "");
    expect_recorded_anew(&run);
    unlink(scratch("go"));
}

static void a_replaced_database_is_noticed_and_its_jobs_are_left_alone(void **state)
{
    struct run run _cleanup_run_ = {0}, other _cleanup_run_ = {0};

    (void)state;
    begin("replaced");
    start_survivor(&run); /* number 2 */
    assert_int_equal(unlink(db), 0);
    for (int i = 0; i < 3; i++) {
        run_free(&other);
        other = (struct run){0};
        cgrun(&other, ARGS("--db", db, "--name", "newcomer", "--", "sh", "-c", "exit 3"));
    }
    write_file(scratch("go"), "");
    expect_recorded_anew(&run);
    assert_int_equal(number_of(&run, "id"), 4);
    load(&other, "2");
    assert_string_equal(text_of(&other, "name"), "newcomer");
    assert_int_equal(number_of(&other, "verdict.exit_code"), 3);
    unlink(scratch("go"));
}

static void an_ordinary_user_is_told_whose_the_records_are(void **state)
{
    const struct passwd *p = getpwnam("nobody");
    struct run run _cleanup_run_ = {0};
    char ids[64];

    (void)state;
    begin("roots");
    snprintf(ids, sizeof(ids), "--reuid=%u", p->pw_uid);
    run_start(&run,
              ARGS("/usr/bin/setpriv", ids, "--clear-groups", "/usr/bin/env", "-u", "CGRUN_RUN_DIR",
                   "-u", "CGRUN_CACHE_DIR", harness_cgjob(), "--db", db, "ls"));
    run_wait(&run);
    expect_status(&run, 1);
    expect_err(&run, "records are root's");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_else_can_open_what_a_lock_could_be_held_on),
        cmocka_unit_test(an_old_database_is_closed_to_others_by_the_next_job),
        cmocka_unit_test(a_lock_keeps_no_job_from_starting),
        cmocka_unit_test(the_caller_and_the_record_are_told),
        cmocka_unit_test(a_job_in_the_background_is_found_by_its_first_number),
        cmocka_unit_test(several_have_numbers_of_their_own),
        cmocka_unit_test(the_next_job_takes_it_in),
        cmocka_unit_test(a_supervisor_that_is_killed_meanwhile_is_recovered),
        cmocka_unit_test(an_end_that_a_full_disk_refused_is_taken_in_and_not_lost),
        cmocka_unit_test(a_job_starts_on_a_full_disk),
        cmocka_unit_test(a_removed_database_is_noticed),
        cmocka_unit_test(a_replaced_database_is_noticed_and_its_jobs_are_left_alone),
        cmocka_unit_test(an_ordinary_user_is_told_whose_the_records_are),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system unsaved", tests);
}
