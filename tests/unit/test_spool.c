/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that wait for their database: kept, taken in once, and never older over newer. */
#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/clock.h"
#include "runner/store/spool.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

static char dir[64], run_dir[96], db[96], spool[128];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/cgrun-unit-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(run_dir, sizeof(run_dir), "%s/run", dir);
    snprintf(spool, sizeof(spool), "%s/spool", run_dir);
    snprintf(db, sizeof(db), "%s/jobs.db", dir);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static struct store *open_store(void)
{
    struct store *s = NULL;
    struct err err;

    if (store_open(&s, db, STORE_WRITE, &err) < 0)
        fail_msg("%s", err.what);
    return s;
}

static void write_to(const char *database, int64_t *key, struct record *r)
{
    char path[256];
    struct err err;

    if (spool_write(run_dir, database, key, r, path, sizeof(path), &err) < 0)
        fail_msg("%s", err.what);
    assert_int_equal(access(path, F_OK), 0);
}

/* A job that starts: no number, no end. */
static void begin(struct record *r)
{
    record_init(r);
    r->name = strdup("import");
    r->state = RECORD_RUNNING;
    r->started_ns = realtime_ns();
}

static void end(struct record *r, int code)
{
    r->state = RECORD_ENDED;
    r->ended_ns = realtime_ns();
    r->verdict.kind = VERDICT_EXITED;
    r->verdict.exit_code = r->verdict.status = code;
}

static int64_t count(struct store *s)
{
    struct err err;
    struct record r;

    /* The numbers go up by one, and nothing is removed here. */
    for (int64_t id = 1;; id++) {
        if (store_load(s, id, &r, &err) < 0)
            return id - 1;
        record_free(&r);
    }
}

static void load(struct store *s, int64_t id, struct record *r)
{
    struct err err;

    if (store_load(s, id, r, &err) < 0)
        fail_msg("%s", err.what);
}

static void take_in(struct store *s)
{
    struct err err = {0};
    int waiting = spool_take_in(s, run_dir, &err);

    if (waiting != 0)
        fail_msg("%d wait: %s", waiting, err.what);
}

static void test_a_job_without_a_number_gets_one_and_keeps_the_first(void **state)
{
    _cleanup_store_ struct store *s = open_store();
    _cleanup_record_ struct record r, first, stored;
    int64_t key = 0, other = 0, id;
    struct err err;
    char word[32];

    (void)state;
    begin(&r);
    begin(&first);
    write_to(db, &key, &r);
    write_to(db, &other, &first);
    assert_int_not_equal(key, other);
    assert_int_equal(r.id, key);
    assert_true(key >= STORE_PROVISIONAL_MIN);
    assert_true(spool_is_used(run_dir));
    take_in(s);
    assert_false(spool_is_used(run_dir));
    assert_int_equal(count(s), 2);
    snprintf(word, sizeof(word), "%lld", (long long)key);
    assert_int_equal(store_find(s, word, &id, &err), 0);
    assert_true(id == 1 || id == 2);
    load(s, id, &stored);
    assert_int_equal(stored.provisional_id, key);
    assert_int_equal(record_file_id(&stored), key);
}

/* Whoever takes it in may be killed before it has removed the file. */
static void test_taking_in_twice_changes_nothing(void **state)
{
    _cleanup_store_ struct store *s = open_store();
    _cleanup_record_ struct record r, stored;
    int64_t key = 0;
    char name[200], taking[200];

    (void)state;
    begin(&r);
    write_to(db, &key, &r);
    end(&r, 3);
    write_to(db, &key, &r);
    take_in(s);
    for (int i = 0; i < 2; i++) {
        r.id = key;
        write_to(db, &key, &r);
        snprintf(name, sizeof(name), "%s/%lld.json", spool, (long long)key);
        snprintf(taking, sizeof(taking), "%s/%lld.taking", spool, (long long)key);
        if (i)
            assert_int_equal(rename(name, taking), 0);
        take_in(s);
        assert_int_equal(count(s), 1);
        assert_false(spool_is_used(run_dir));
    }
    load(s, 1, &stored);
    assert_int_equal(stored.verdict.exit_code, 3);
}

static void test_a_start_never_replaces_an_end(void **state)
{
    _cleanup_store_ struct store *s = open_store();
    _cleanup_record_ struct record r, stored;
    int64_t key = 0;
    struct err err;

    (void)state;
    begin(&r);
    write_to(db, &key, &r);
    end(&r, 4);
    assert_int_equal(store_take_in(s, &r, &err), 0); /* its supervisor was quicker */
    take_in(s);
    load(s, 1, &stored);
    assert_int_equal(stored.state, RECORD_ENDED);
    assert_int_equal(stored.verdict.exit_code, 4);
}

static void test_lost_gives_way_to_the_end_and_not_the_other_way_round(void **state)
{
    _cleanup_store_ struct store *s = open_store();
    _cleanup_record_ struct record r, lost, stored;
    int64_t key = 0;
    struct err err;

    (void)state;
    begin(&r);
    assert_int_equal(store_insert(s, &r, &err), 0);
    load(s, r.id, &lost);
    lost.state = RECORD_ENDED;
    lost.ended_ns = realtime_ns();
    lost.verdict.kind = VERDICT_LOST;
    assert_int_equal(store_complete(s, &lost, false, &err), 0);
    end(&r, 5);
    write_to(db, &key, &r);
    assert_true(spool_has_end(run_dir, s, r.id));
    assert_false(spool_has_end(run_dir, s, r.id + 1));
    take_in(s);
    assert_int_equal(store_complete(s, &lost, false, &err), 0);
    load(s, 1, &stored);
    assert_int_equal(stored.verdict.kind, VERDICT_EXITED);
    assert_int_equal(stored.verdict.exit_code, 5);
    assert_int_equal(count(s), 1);
}

/* The row of that number is another job's by now. */
static void test_another_jobs_row_is_left_alone(void **state)
{
    _cleanup_store_ struct store *s = open_store();
    _cleanup_record_ struct record r, other, stored, anew;
    int64_t key = 0;
    struct err err;

    (void)state;
    begin(&other);
    other.started_ns -= 3600 * NS_PER_S;
    assert_int_equal(store_insert(s, &other, &err), 0);
    begin(&r);
    r.id = other.id;
    end(&r, 6);
    assert_int_equal(store_complete(s, &r, false, &err), -ESTALE);
    write_to(db, &key, &r);
    take_in(s);
    assert_int_equal(count(s), 2);
    load(s, 1, &stored);
    assert_int_equal(stored.state, RECORD_RUNNING);
    load(s, 2, &anew);
    assert_int_equal(anew.verdict.exit_code, 6);
    assert_int_equal(anew.provisional_id, key);
    assert_non_null(strstr(anew.events.item[0].detail, "its number was 1"));
}

static void test_another_databases_records_wait_for_it(void **state)
{
    _cleanup_store_ struct store *s = open_store();
    _cleanup_record_ struct record r, waiting;
    int64_t key = 0;
    char elsewhere[128];

    (void)state;
    snprintf(elsewhere, sizeof(elsewhere), "%s/other.db", dir);
    begin(&r);
    write_to(elsewhere, &key, &r);
    take_in(s);
    assert_int_equal(count(s), 0);
    assert_true(spool_is_used(run_dir));
    assert_int_equal(spool_load(run_dir, key, &waiting), 0);
    assert_string_equal(waiting.name, "import");
    spool_remove(run_dir, key);
    assert_false(spool_is_used(run_dir));
}

/* It stays where it is, and the others do not wait for it. */
static void test_what_cannot_be_read_is_told(void **state)
{
    static const char *const texts[] = {"", "{", "[]", "{\"database\": 3, \"record\": {}}",
                                        "{\"database\": \"/x\", \"record\": {\"schema\": 9999}}"};
    _cleanup_store_ struct store *s = open_store();

    (void)state;
    for (size_t i = 0; i < LEN(texts); i++) {
        _cleanup_record_ struct record r;
        int64_t key = 0;
        struct err err = {0};
        char name[200];
        FILE *f;

        begin(&r);
        write_to(db, &key, &r);
        snprintf(name, sizeof(name), "%s/7.json", spool);
        f = fopen(name, "w");
        assert_non_null(f);
        fputs(texts[i], f);
        fclose(f);
        assert_int_equal(spool_take_in(s, run_dir, &err), 1);
        assert_non_null(strstr(err.what, "cannot read record 7"));
        assert_int_equal(count(s), (int)i + 1);
        assert_int_equal(unlink(name), 0);
    }
}

static void test_files_and_directory_are_private(void **state)
{
    _cleanup_record_ struct record r;
    int64_t key = 0;
    char path[200];
    struct stat st;

    (void)state;
    begin(&r);
    write_to(db, &key, &r);
    assert_int_equal(stat(spool, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    snprintf(path, sizeof(path), "%s/%lld.json", spool, (long long)key);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

#define WRITERS 4
#define EACH    300

static void write_many(void)
{
    for (int i = 0; i < EACH; i++) {
        struct record r;
        struct err err;
        char path[256];
        int64_t key = 0;

        begin(&r);
        if (spool_write(run_dir, db, &key, &r, path, sizeof(path), &err) < 0 || r.id != key)
            _exit(1);
        record_free(&r);
    }
    _exit(0);
}

/* Numbers are made from the time: jobs that start at the same moment must not share one. */
static void test_starts_at_the_same_moment_have_files_of_their_own(void **state)
{
    pid_t writer[WRITERS];
    unsigned files = 0;
    const struct dirent *e;
    DIR *d;

    (void)state;
    assert_int_equal(mkdir(run_dir, 0700), 0);
    for (int i = 0; i < WRITERS; i++) {
        writer[i] = fork();
        if (writer[i] == 0)
            write_many();
        assert_true(writer[i] > 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;

        assert_int_equal(waitpid(writer[i], &status, 0), writer[i]);
        assert_int_equal(status, 0);
    }
    d = opendir(spool);
    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        files += strstr(e->d_name, ".json") != NULL;
    closedir(d);
    assert_int_equal(files, WRITERS * EACH);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_starts_at_the_same_moment_have_files_of_their_own),
        T(test_a_job_without_a_number_gets_one_and_keeps_the_first),
        T(test_taking_in_twice_changes_nothing),
        T(test_a_start_never_replaces_an_end),
        T(test_lost_gives_way_to_the_end_and_not_the_other_way_round),
        T(test_another_jobs_row_is_left_alone),
        T(test_another_databases_records_wait_for_it),
        T(test_what_cannot_be_read_is_told),
        T(test_files_and_directory_are_private),
    };

    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
