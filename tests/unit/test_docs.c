/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual's tables are those of the source. Out of date: run tools/dev/update-docs. */
#include <stdio.h>

#include "runner/base/files.h"
#include "runner/record/metrics.h"
#include "runner/record/record.h"
#include "runner/spec/settings.h"
#include "tests/unit/unit.h"

#define PAGE_MAX (1 << 20)

static void assert_page_has(const char *path, const char *text)
{
    _cleanup_free_ char *page = NULL;

    assert_int_equal(file_read_all(path, PAGE_MAX, &page), 0);
    if (!strstr(page, text))
        fail_msg("%s lacks or has changed: %.300s", path, text);
}

static void test_settings(void **state)
{
    _cleanup_buf_ struct buf table = {0};

    (void)state;
    settings_markdown(&table);
    assert_page_has("docs/SETTINGS.md", buf_text(&table));
}

static void test_metrics(void **state)
{
    _cleanup_buf_ struct buf table = {0};

    (void)state;
    metrics_markdown(&table);
    assert_page_has("docs/RECORD.md", buf_text(&table));
}

static void test_keys_and_verdicts(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_json_ struct json *doc = NULL;
    struct json *value;
    char word[64];

    (void)state;
    record_init(&r);
    doc = record_to_json(&r);
    assert_true(json_members(doc) > 20);
    for (size_t i = 0; i < json_members(doc); i++) {
        snprintf(word, sizeof(word), "`%s`", json_member(doc, i, &value));
        if (strcmp(word, "`events_uncounted`") != 0)
            assert_page_has("docs/RECORD.md", word);
    }
    for (int kind = VERDICT_EXITED; kind < VERDICT_COUNT; kind++) {
        snprintf(word, sizeof(word), "| `%s` |", verdict_name((enum verdict_kind)kind));
        assert_page_has("docs/RECORD.md", word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_keys_and_verdicts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
