/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records in SQLite: stored and found again, by several at once, and databases that are not ours.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/clock.h"
#include "runner/store/store.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

static char dir[64], path[96];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/cgrun-unit-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/jobs.db", dir);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[128];

    (void)state;
    for (size_t i = 0; i < LEN(suffixes); i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    return rmdir(dir);
}

static struct store *open_store(enum store_mode mode)
{
    struct store *s = NULL;
    struct err err;

    if (store_open(&s, path, mode, &err) < 0)
        fail_msg("%s", err.what);
    return s;
}

static int64_t insert(struct store *s, const char *name, int64_t started_ns)
{
    _cleanup_record_ struct record r;
    struct err err;

    record_init(&r);
    r.name = strdup(name);
    r.state = RECORD_PLANNED;
    r.started_ns = started_ns;
    if (store_insert(s, &r, &err) < 0)
        fail_msg("%s", err.what);
    return r.id;
}

static void test_completed_and_loaded(void **state)
{
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    _cleanup_record_ struct record r, again;
    _cleanup_json_ struct json *stored = NULL, *loaded = NULL;
    _cleanup_free_ char *one = NULL, *other = NULL;
    struct err err;

    (void)state;
    record_full(&r);
    r.id = insert(s, r.name, r.started_ns);
    assert_int_equal(store_complete(s, &r, true, &err), 0);
    record_init(&again);
    assert_int_equal(store_load(s, r.id, &again, &err), 0);
    stored = record_to_json(&r);
    loaded = record_to_json(&again);
    one = json_dump(stored, 0);
    other = json_dump(loaded, 0);
    assert_string_equal(one, other);
}

static void test_jobs_are_found_as_typed(void **state)
{
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    int64_t first = insert(s, "backup", 1), id;
    int64_t other = insert(s, "import", 2), last = insert(s, "backup", 3);
    static const char *const wrong[] = {
        "backup~2", "nothing", "", "backup~", "backup~x", "~1", "backup~99999999999999999999",
        "-1"};
    char number[24];
    struct err err;

    (void)state;
    assert_int_equal(store_find(s, "backup", &id, &err), 0);
    assert_int_equal(id, last);
    assert_int_equal(store_find(s, "backup~1", &id, &err), 0);
    assert_int_equal(id, first);
    snprintf(number, sizeof(number), "%d", (int)other);
    assert_int_equal(store_find(s, number, &id, &err), 0);
    assert_int_equal(id, other);
    for (size_t i = 0; i < LEN(wrong); i++)
        if (store_find(s, wrong[i], &id, &err) >= 0 || !err.what[0])
            fail_msg("'%s' found job %d", wrong[i], (int)id);
}

struct seen {
    int64_t id[8];
    size_t count;
};

static int note(void *data, const struct record *r)
{
    struct seen *seen = data;

    if (seen->count == LEN(seen->id))
        return 1;
    seen->id[seen->count++] = r->id;
    return 0;
}

static size_t listed(struct store *s, const struct store_filter *filter, struct seen *seen)
{
    struct err err;

    *seen = (struct seen){0};
    assert_int_equal(store_each(s, filter, note, seen, &err), 0);
    return seen->count;
}

static void test_filters(void **state)
{
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    int64_t a = insert(s, "a", 100), b = insert(s, "b", 200), c = insert(s, "a", 300);
    struct store_filter all = {.state = -1, .verdict = -1}, by_name = all, since = all, two = all,
                        injected = all;
    struct seen seen;

    (void)state;
    assert_int_equal(listed(s, &all, &seen), 3);
    assert_int_equal(seen.id[0], c);
    assert_int_equal(seen.id[2], a);
    by_name.name = "a";
    assert_int_equal(listed(s, &by_name, &seen), 2);
    since.since_ns = 200;
    since.until_ns = 300;
    assert_int_equal(listed(s, &since, &seen), 1);
    assert_int_equal(seen.id[0], b);
    two.limit = 2;
    assert_int_equal(listed(s, &two, &seen), 2);
    injected.name = "a' OR '1'='1";
    assert_int_equal(listed(s, &injected, &seen), 0);
}

static void test_several_at_once(void **state)
{
    enum { WRITERS = 4, EACH = 40 };
    struct store_filter all = {.state = -1, .verdict = -1, .limit = 1};
    struct seen seen;

    (void)state;
    store_close(open_store(STORE_WRITE));
    for (int w = 0; w < WRITERS; w++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            struct store *s = NULL;
            struct err err;
            int failed = store_open(&s, path, STORE_WRITE, &err) < 0;

            for (int i = 0; !failed && i < EACH; i++) {
                struct record r;

                record_init(&r);
                r.name = strdup("storm");
                failed = store_insert(s, &r, &err) < 0 || store_complete(s, &r, false, &err) < 0;
                record_free(&r);
            }
            store_close(s);
            _exit(failed);
        }
    }
    for (int w = 0; w < WRITERS; w++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    _cleanup_store_ struct store *s = open_store(STORE_READ);

    assert_int_equal(listed(s, &all, &seen), 1);
    assert_int_equal(seen.id[0], WRITERS * EACH);
}

static void complete(struct store *s, const char *name, enum verdict_kind verdict)
{
    _cleanup_record_ struct record r;
    struct err err;

    record_init(&r);
    r.name = strdup(name);
    r.id = insert(s, name, 1);
    r.state = RECORD_ENDED;
    r.verdict.kind = verdict;
    assert_int_equal(store_complete(s, &r, false, &err), 0);
}

/* A lost job that nobody has recovered yet is still recorded as running. */
static void test_what_may_be_lost(void **state)
{
    const struct store_filter lost = {.state = -1, .verdict = -1, .lost = true};
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    struct seen seen;

    (void)state;
    complete(s, "a", VERDICT_LOST);
    complete(s, "b", VERDICT_EXITED);
    insert(s, "c", 1);
    assert_int_equal(listed(s, &lost, &seen), 2);
    assert_int_equal(seen.id[0], 3);
    assert_int_equal(seen.id[1], 1);
}

static void execute(const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* A process that has the database for a time, from when this returns. */
static pid_t held_for_ms(unsigned ms)
{
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        sqlite3 *db = NULL;

        if (sqlite3_open(path, &db) || sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
            _exit(1);
        (void)!write(ready[1], "", 1);
        usleep(ms * 1000);
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void ended(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int64_t ms_since(int64_t from_ns)
{
    return (monotonic_ns() - from_ns) / NS_PER_MS;
}

/* Who is told to end while nothing has happened yet does so; what has happened is recorded. */
static void test_a_signal_ends_the_wait_before_a_job_but_not_after(void **state)
{
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    _cleanup_record_ struct record r;
    int64_t from = monotonic_ns();
    sigset_t term, waiting;
    struct err err;
    pid_t holder;

    (void)state;
    record_full(&r);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    holder = held_for_ms(2000);
    raise(SIGTERM);
    assert_int_equal(store_insert(s, &r, &err), -EINTR);
    assert_true(ms_since(from) < 1900);
    assert_non_null(strstr(err.what, "ended while waiting for database"));
    sigpending(&waiting);
    assert_true(sigismember(&waiting, SIGTERM));
    ended(holder);
    r.id = insert(s, r.name, r.started_ns);
    holder = held_for_ms(200);
    assert_int_equal(store_complete(s, &r, false, &err), 0);
    ended(holder);
    assert_int_equal(sigwaitinfo(&term, NULL), SIGTERM);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
}

/* A job runs meanwhile, whose time limit is not to wait for somebody who reads a long list. */
static void test_tidying_waits_for_no_reader(void **state)
{
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    sqlite3 *reader = NULL;
    int64_t from;

    (void)state;
    insert(s, "import", 5);
    assert_int_equal(sqlite3_open(path, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM jobs", NULL, NULL, NULL),
                     SQLITE_OK);
    for (int i = 0; i < 100; i++)
        insert(s, "import", 5);
    from = monotonic_ns();
    store_tidy(s);
    assert_true(ms_since(from) < 5000);
    sqlite3_close(reader);
}

static void assert_refused(enum store_mode mode, const char *part)
{
    struct store *s = NULL;
    struct err err;
    char line[1024];

    assert_true(store_open(&s, path, mode, &err) < 0);
    assert_null(s);
    if (!strstr(err_line(&err, line, sizeof(line)), part))
        fail_msg("%s: expected '%s' in it", line, part);
}

static void test_newer_database_is_refused(void **state)
{
    (void)state;
    store_close(open_store(STORE_WRITE));
    execute("PRAGMA user_version = 999");
    assert_refused(STORE_WRITE, "has schema 999: expected schema 2 or older");
    assert_refused(STORE_READ, "has schema 999: expected schema 2 or older");
}

static void test_what_is_no_database_is_refused_and_kept(void **state)
{
    static const char text[] =
        "a letter that somebody wrote, and which is no database at all; it is "
        "long enough for a header of a hundred bytes";
    FILE *f = fopen(path, "we");
    struct stat st;

    (void)state;
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_refused(STORE_WRITE, "move it away, or choose another with --db");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, strlen(text));
}

/* One record of a newer cgrun's, or one that is damaged, hides none of the others. */
static void test_what_cannot_be_read_is_passed_over_and_told(void **state)
{
    const struct store_filter all = {.state = -1, .verdict = -1, .oldest_first = true};
    const struct store_filter range = {.state = -1, .verdict = -1, .from_id = 3, .to_id = 4};
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    _cleanup_record_ struct record r;
    struct seen seen = {0};
    struct err err;
    char line[1024];

    (void)state;
    for (int i = 0; i < 5; i++)
        insert(s, "backup", i);
    execute("UPDATE jobs SET record = '{\"schema\": 999}' WHERE id = 2;"
            "UPDATE jobs SET record = 'torn' WHERE id = 5");
    assert_int_equal(store_each(s, &all, note, &seen, &err), -EBADMSG);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.id[1], 3);
    assert_string_equal(
        err_line(&err, line, sizeof(line)),
        "record 2: schema 999: expected schema 1 or 2; use a newer cgrun to read it");
    assert_int_equal(listed(s, &range, &seen), 2);
    record_init(&r);
    assert_int_equal(store_load(s, 5, &r, &err), -EBADMSG);
    assert_non_null(strstr(err.what, "record 5: its document: line 1 "));
}

static void test_links_and_open_directories_are_refused(void **state)
{
    (void)state;
    assert_int_equal(symlink("/tmp/elsewhere", path), 0);
    assert_refused(STORE_WRITE, "a regular file of root's or the caller's");
    unlink(path);
    assert_int_equal(chmod(dir, 0777), 0);
    assert_refused(STORE_WRITE, "a path that only root or the caller can write");
}

static void test_reading_makes_nothing(void **state)
{
    struct store *s = NULL;
    struct err err;

    (void)state;
    assert_true(store_open(&s, path, STORE_READ, &err) < 0);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void test_documented_view(void **state)
{
    _cleanup_store_ struct store *s = open_store(STORE_WRITE);
    _cleanup_record_ struct record r;
    struct err err;

    (void)state;
    record_full(&r);
    r.id = insert(s, r.name, r.started_ns);
    assert_int_equal(store_complete(s, &r, false, &err), 0);
    execute("CREATE TEMP TABLE t AS SELECT value FROM metrics WHERE job = 'import' AND name = "
            "'wall_seconds'; SELECT CASE WHEN (SELECT value FROM t) = 2.0 THEN 1 ELSE "
            "json('wrong') END");
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_completed_and_loaded),
        WITH_PLACE(test_jobs_are_found_as_typed),
        WITH_PLACE(test_filters),
        WITH_PLACE(test_several_at_once),
        WITH_PLACE(test_what_may_be_lost),
        WITH_PLACE(test_a_signal_ends_the_wait_before_a_job_but_not_after),
        WITH_PLACE(test_tidying_waits_for_no_reader),
        WITH_PLACE(test_newer_database_is_refused),
        WITH_PLACE(test_what_is_no_database_is_refused_and_kept),
        WITH_PLACE(test_what_cannot_be_read_is_passed_over_and_told),
        WITH_PLACE(test_links_and_open_directories_are_refused),
        WITH_PLACE(test_reading_makes_nothing),
        WITH_PLACE(test_documented_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
