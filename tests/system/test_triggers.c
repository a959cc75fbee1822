/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The database is documented: a trigger in it may use any of SQLite's functions. */
#include <sqlite3.h>
#include <stdlib.h>

#include "tests/system/harness.h"

static void sql(const char *text)
{
    sqlite3 *db = NULL;
    char *why = NULL;

    if (sqlite3_open(scratch("jobs.db"), &db) != SQLITE_OK ||
        sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
        fail_test("%s: %s", text, why ? why : "cannot open");
    sqlite3_close(db);
}

static int sql_number(const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *query = NULL;
    int n = -1;

    if (sqlite3_open(scratch("jobs.db"), &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db, text, -1, &query, NULL) == SQLITE_OK &&
        sqlite3_step(query) == SQLITE_ROW)
        n = sqlite3_column_int(query, 0);
    sqlite3_finalize(query);
    sqlite3_close(db);
    return n;
}

static void a_trigger_may_use_dates_and_mathematics(void **state)
{
    struct run first _cleanup_run_ = {0}, run _cleanup_run_ = {0};

    (void)state;
    cgrun(&first, ARGS("--", "true")); /* makes the database */
    expect_status(&first, 0);
    sql("CREATE TABLE seen(at, root);"
        "CREATE TRIGGER note AFTER UPDATE ON jobs BEGIN"
        " INSERT INTO seen VALUES(datetime('now'), sqrt(16.0)); END");
    cgrun(&run, ARGS("--", "true"));
    expect_status(&run, 0);
    assert_int_equal(sql_number("SELECT count(*) > 0 FROM seen WHERE root = 4.0 AND at LIKE '20%'"),
                     1);
    assert_int_equal(sql_number("SELECT count(*) FROM jobs WHERE state = 2"), 2);
    sql("DROP TRIGGER note; DROP TABLE seen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trigger_may_use_dates_and_mathematics),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system triggers", tests);
}
