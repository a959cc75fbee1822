/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes, times, numbers and points in time, from text and to text. */
#include <math.h>
#include <time.h>

#include "runner/base/timestamp.h"
#include "runner/base/units.h"
#include "tests/unit/unit.h"

#define SECOND UINT64_C(1000000000)

struct reading {
    const char *text;
    int result;
    uint64_t value;
};

static void assert_reads(int (*parse)(const char *, uint64_t *), const struct reading *cases,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 0;
        int r = parse(cases[i].text, &value);

        if (r != cases[i].result || (r == 0 && value != cases[i].value))
            fail_msg("'%s': got %d with %llu, expected %d with %llu", cases[i].text, r,
                     (unsigned long long)value, cases[i].result,
                     (unsigned long long)cases[i].value);
    }
}

static void test_sizes(void **state)
{
    static const struct reading cases[] = {
        {"0", 0, 0},
        {"4096", 0, 4096},
        {"512K", 0, 512 << 10},
        {"512k", 0, 512 << 10},
        {"512M", 0, 512 << 20},
        {"1.5G", 0, UINT64_C(3) << 29},
        {"2GiB", 0, UINT64_C(2) << 30},
        {"2Gi", 0, UINT64_C(2) << 30},
        {"100kB", 0, 102400},
        {"7B", 0, 7},
        {"7E", 0, UINT64_C(7) << 60},
        {"max", 0, UNITS_INFINITY},
        {"infinity", 0, UNITS_INFINITY},
        {"8E", -ERANGE, 0},
        {"99999999999999999999", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"-1", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 ", -EINVAL, 0},
        {"1 G", -EINVAL, 0},
        {".5G", -EINVAL, 0},
        {"1.G", -EINVAL, 0},
        {"0x10", -EINVAL, 0},
        {"1e3", -EINVAL, 0},
        {"5GG", -EINVAL, 0},
        {"1X", -EINVAL, 0},
        {"nan", -EINVAL, 0},
        {"inf", -EINVAL, 0},
        {"MAX", -EINVAL, 0},
        {"1,5G", -EINVAL, 0},
        {"10%", -EINVAL, 0},
    };

    (void)state;
    assert_reads(units_parse_size, cases, LEN(cases));
}

static void test_durations(void **state)
{
    static const struct reading cases[] = {
        {"90", 0, 90 * SECOND},
        {"1.5s", 0, 3 * SECOND / 2},
        {"500ms", 0, SECOND / 2},
        {"20us", 0, 20000},
        {"7ns", 0, 7},
        {"10min", 0, 600 * SECOND},
        {"5m", 0, 300 * SECOND},
        {"1h 30min", 0, 5400 * SECOND},
        {"1h30min", 0, 5400 * SECOND},
        {"2 hours", 0, 7200 * SECOND},
        {"2d", 0, 172800 * SECOND},
        {"1w", 0, 604800 * SECOND},
        {"0", 0, 0},
        {"infinity", 0, UNITS_INFINITY},
        {"", -EINVAL, 0},
        {"soon", -EINVAL, 0},
        {"-1s", -EINVAL, 0},
        {"1 fortnight", -EINVAL, 0},
        {"1S", -EINVAL, 0},
        {"1h,2s", -EINVAL, 0},
        {"s", -EINVAL, 0},
        {"400 weeks 1y", -EINVAL, 0},
        {"999999999999d", -ERANGE, 0},
    };

    (void)state;
    assert_reads(units_parse_duration, cases, LEN(cases));
}

static void test_numbers_and_percentages(void **state)
{
    static const struct reading numbers[] = {
        {"0", 0, 0},
        {"18446744073709551613", 0, UINT64_MAX - 2},
        {"max", 0, UNITS_INFINITY},
        {"18446744073709551615", -ERANGE, 0}, /* would read as "not asked for" */
        {"99999999999999999999", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"-3", -EINVAL, 0},
        {"3 ", -EINVAL, 0},
        {"3.5", -EINVAL, 0},
        {"0x3", -EINVAL, 0},
    };
    static const struct reading percentages[] = {
        {"150%", 0, 15000},  {"12.5%", 0, 1250},    {"0.01%", 0, 1},     {"max", 0, UNITS_INFINITY},
        {"150", -EINVAL, 0}, {"150%%", -EINVAL, 0}, {"-5%", -EINVAL, 0}, {"%", -EINVAL, 0},
    };
    int64_t value;

    (void)state;
    assert_reads(units_parse_number, numbers, LEN(numbers));
    assert_reads(units_parse_percent, percentages, LEN(percentages));
    assert_int_equal(units_parse_signed("-20", &value), 0);
    assert_int_equal(value, -20);
    assert_int_equal(units_parse_signed("+7", &value), 0);
    assert_int_equal(value, 7);
    assert_int_equal(units_parse_signed("--7", &value), -EINVAL);
    assert_int_equal(units_parse_signed("", &value), -EINVAL);
    assert_int_equal(units_parse_signed("9223372036854775808", &value), -ERANGE);
}

struct writing {
    double value;
    const char *text;
};

static void assert_writes(const char *(*format)(double, char *, size_t),
                          const struct writing *cases, size_t count)
{
    char text[64];

    for (size_t i = 0; i < count; i++)
        assert_string_equal(format(cases[i].value, text, sizeof(text)), cases[i].text);
}

static void test_texts(void **state)
{
    static const struct writing sizes[] = {
        {0, "0 B"},        {12, "12 B"},           {1023, "1023 B"},        {1024, "1 KiB"},
        {1536, "1.5 KiB"}, {522190848, "498 MiB"}, {1288490189, "1.2 GiB"}, {1048575, "1 MiB"},
        {10240, "10 KiB"},
    };
    static const struct writing durations[] = {
        {0, "0s"},          {63.0e-6, "63us"},  {63.04e-6, "63us"},
        {340e-6, "340us"},  {0.0124, "12.4ms"}, {0.9996, "1s"},
        {2, "2s"},          {2.08, "2.08s"},    {10.04, "10s"},
        {59.9, "59.9s"},    {59.96, "1m00s"},   {192, "3m12s"},
        {3725, "1h02m05s"}, {-0.5, "0s"},       {90061, "25h01m01s"},
    };
    static const struct writing counts[] = {
        {0, "0"}, {999999, "999999"}, {1e6, "1M"}, {12345678, "12.3M"}, {2.5e9, "2.5G"},
    };

    (void)state;
    assert_writes(units_size, sizes, LEN(sizes));
    assert_writes(units_duration, durations, LEN(durations));
    assert_writes(units_count, counts, LEN(counts));
}

static void test_points_in_time(void **state)
{
    static const char *const wrong[] = {"",
                                        "now",
                                        "2026-13-01",
                                        "2026-11-24T",
                                        "2026-11-24T25:00:00",
                                        "2026-11-24Tx",
                                        "2026-11-24 03:00:00Zz"};
    char text[48];
    int64_t ns;

    (void)state;
    assert_string_equal(timestamp_format(INT64_C(1795489200123456789), text, sizeof(text)),
                        "2026-11-24T03:00:00.123456789Z");
    assert_int_equal(timestamp_parse(text, &ns), 0);
    assert_true(ns == INT64_C(1795489200123456789));
    assert_int_equal(timestamp_parse("2026-11-24", &ns), 0);
    assert_true(ns == INT64_C(1795478400) * (int64_t)SECOND);
    assert_int_equal(timestamp_parse("9999-01-01", &ns), -EINVAL);
    assert_int_equal(timestamp_parse("0001-01-01", &ns), -EINVAL);
    assert_int_equal(timestamp_parse("2026-11-24 03:00:00.5", &ns), 0);
    assert_true(ns == INT64_C(1795489200500000000));
    for (int64_t day = -100000; day < 100000; day += 13) {
        time_t t = (time_t)day * 86400 + 4711;
        char expected[48];
        struct tm tm;

        gmtime_r(&t, &tm);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000005Z", &tm);
        assert_string_equal(timestamp_format((int64_t)t * (int64_t)SECOND + 5, text, sizeof(text)),
                            expected);
    }
    for (size_t i = 0; i < LEN(wrong); i++)
        if (timestamp_parse(wrong[i], &ns) != -EINVAL)
            fail_msg("'%s' was taken for a time", wrong[i]);
}

/* Across both changes of the clock, by a rule that needs no zone files. */
static void test_local_time(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text, *given;
    } cases[] = {
        {1774745999, "2026-03-29 01:59:59 +0100", "2026-03-29T01:59:59"},
        {1774746000, "2026-03-29 03:00:00 +0200", "2026-03-29T03:00:00"},
        {1792889999, "2026-10-25 02:59:59 +0200", "2026-10-25 02:59:59+02:00"},
        {1792890000, "2026-10-25 02:00:00 +0100", "2026-10-25T02:00:00 +0100"},
        {1795754400, "2026-11-27 05:40:00 +0100", "2026-11-27T04:40:00Z"},
        {1795734000, "2026-11-27 00:00:00 +0100", "2026-11-27"},
    };
    static const char *const wrong[] = {"",  "2026-11-27T04:40:00+1",   "2026-11-27T04:40:00+99:00",
                                        "x", "2026-11-27T04:40:00 CET", "2026-11-27T04:40:00Zx"};
    char text[40];
    int64_t ns;

    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    for (size_t i = 0; i < LEN(cases); i++) {
        timestamp_format_local(cases[i].seconds * 1000000000, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
        assert_int_equal(timestamp_parse_local(cases[i].given, &ns), 0);
        assert_int_equal(ns / 1000000000, cases[i].seconds);
    }
    for (size_t i = 0; i < LEN(wrong); i++)
        assert_int_equal(timestamp_parse_local(wrong[i], &ns), -EINVAL);
    unsetenv("TZ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_time), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_durations),  cmocka_unit_test(test_numbers_and_percentages),
        cmocka_unit_test(test_texts),      cmocka_unit_test(test_points_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
