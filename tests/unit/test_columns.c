/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables fit the terminal: no line is wider, and what matters most stays. */
#include <stdio.h>

#include "runner/present/present.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

/* The most characters in a line. */
static size_t widest(const char *text)
{
    size_t most = 0, n = 0;

    for (; *text; text++) {
        n = *text == '\n' ? 0 : n + ((*text & 0xc0) != 0x80);
        most = n > most ? n : most;
    }
    return most;
}

static void list(struct buf *out, unsigned width, const struct record *r)
{
    const struct list_line how = {.style = {.width = width}};

    present_list_heading(&how.style, 0, out);
    present_list_line(r, &how, out);
}

static void test_a_list_fits(void **state)
{
    static const unsigned widths[] = {40, 60, 80, 110, 200};
    _cleanup_record_ struct record r;

    (void)state;
    record_full(&r);
    free(r.name);
    r.name = strdup("a-name-that-is-longer-than-any-column-of-a-table-should-be");
    free(r.owner);
    r.owner = strdup("an-owner-of-a-long-name");
    for (size_t i = 0; i < LEN(widths); i++) {
        _cleanup_buf_ struct buf got = {0};

        list(&got, widths[i], &r);
        if (widths[i] >= 60 && widest(buf_text(&got)) > widths[i])
            fail_msg("%u: %zu wide:\n%s", widths[i], widest(buf_text(&got)), buf_text(&got));
        assert_non_null(strstr(buf_text(&got), "OWNER"));
        assert_non_null(strstr(buf_text(&got), "VERDICT"));
        assert_non_null(strstr(buf_text(&got), "oom"));
        assert_true(!strstr(buf_text(&got), "MEMORY") == (widths[i] < 90));
    }
}

static void test_a_list_at_60(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_full(&r);
    list(&got, 60, &r);
    assert_string_equal(buf_text(&got), "   ID  NAME          STARTED      OWNER     VERDICT\n"
                                        "   42  import        11-24 03:00  db-team   oom (137)\n");
}

static void test_failures_stand_out(void **state)
{
    const struct list_line how = {.style = {.colour = true}};
    _cleanup_record_ struct record r, good;
    _cleanup_buf_ struct buf red = {0}, plain = {0};

    (void)state;
    record_full(&r);
    record_init(&good);
    good.state = RECORD_ENDED;
    good.verdict.kind = VERDICT_EXITED;
    present_list_line(&r, &how, &red);
    assert_non_null(strstr(buf_text(&red), "\x1b[31m"));
    assert_non_null(strstr(buf_text(&red), "\x1b[0m\n"));
    present_list_line(&good, &how, &plain);
    assert_null(strchr(buf_text(&plain), '\x1b'));
}

static void test_a_running_job_counts_up(void **state)
{
    struct list_line how = {.now_ns = 100000000000};
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf running = {0}, frozen = {0};

    (void)state;
    record_init(&r);
    r.state = RECORD_RUNNING;
    r.started_ns = 10000000000;
    present_list_line(&r, &how, &running);
    assert_non_null(strstr(buf_text(&running), "1m30s"));
    assert_non_null(strstr(buf_text(&running), "running"));
    how.frozen = true;
    present_list_line(&r, &how, &frozen);
    assert_non_null(strstr(buf_text(&frozen), "frozen"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_fits),
        cmocka_unit_test(test_a_list_at_60),
        cmocka_unit_test(test_failures_stand_out),
        cmocka_unit_test(test_a_running_job_counts_up),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
