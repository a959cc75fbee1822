/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buffers, vectors, errors, and values in texts of the kernel. */
#include "runner/base/address.h"
#include "runner/base/files.h"
#include "runner/base/strv.h"
#include "tests/unit/unit.h"

static void test_buffer_grows(void **state)
{
    _cleanup_buf_ struct buf b = {0};

    (void)state;
    assert_string_equal(buf_text(&b), "");
    for (int i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    assert_false(b.failed);
    assert_int_equal(b.len, 3890);
    assert_int_equal(strlen(buf_text(&b)), b.len);
    assert_memory_equal(buf_text(&b) + b.len - 8, "998,999,", 8);
}

static void test_columns_are_characters(void **state)
{
    _cleanup_buf_ struct buf b = {0};

    (void)state;
    buf_pad(&b, "\xc3\xbc", 3);
    buf_add(&b, "|");
    buf_pad(&b, "\xc3\xbc", -3);
    buf_add(&b, "|");
    buf_pad(&b, "longer", 3);
    assert_string_equal(buf_text(&b), "\xc3\xbc  |  \xc3\xbc|longer");
}

static void test_failure_sticks(void **state)
{
    _cleanup_buf_ struct buf b = {0};

    (void)state;
    buf_add(&b, "kept");
    b.failed = true;
    buf_add(&b, "lost");
    assert_string_equal(buf_text(&b), "kept");
}

static void test_vector(void **state)
{
    _cleanup_strv_ struct strv v = {0};
    char b[] = "b", c[] = "c", *more[] = {b, c, NULL};
    _cleanup_buf_ struct buf joined = {0};

    (void)state;
    strv_each (&v, s)
        buf_add(&joined, s);
    assert_string_equal(buf_text(&joined), "");
    assert_int_equal(strv_add(&v, "a"), 0);
    assert_int_equal(strv_add_all(&v, more), 0);
    assert_int_equal(strv_addf(&v, "%d", 4), 0);
    strv_each (&v, s)
        buf_add(&joined, s);
    assert_string_equal(buf_text(&joined), "abc4");
    assert_int_equal(v.count, 4);
    assert_null(v.item[4]);
}

static void test_error_has_three_parts(void **state)
{
    struct err err;
    char line[256], small[16];

    (void)state;
    assert_int_equal(
        err_set(&err, EINVAL, "a size", ERR_CORRECT_AND_RETRY, "memory-max '%s'", "5GG"), -EINVAL);
    assert_string_equal(
        err_line(&err, line, sizeof(line)),
        "memory-max '5GG': expected a size; nothing was started, correct it and retry");
    assert_string_equal(err_line(&err, small, sizeof(small)), "memory-max '5GG");
    assert_int_equal(err_sys(&err, ENOENT, NULL, "open '%s'", "/x"), -ENOENT);
    assert_string_equal(err_line(&err, line, sizeof(line)), "open '/x': No such file or directory");
    assert_int_equal(err_set(NULL, EPERM, "", "", "nobody looks"), -EPERM);
}

static void test_values_of_kernel_texts(void **state)
{
    static const char stat[] = "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n";
    static const char pressure[] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=42\n";
    uint64_t value;

    (void)state;
    assert_int_equal(text_value(stat, "usage_usec", &value), 0);
    assert_int_equal(value, 1234);
    assert_int_equal(text_value(stat, "system_usec", &value), 0);
    assert_int_equal(value, 234);
    assert_int_equal(text_value(pressure, "total", &value), 0);
    assert_int_equal(value, 42);
    assert_int_equal(text_value("VmPeak:\t   90 kB\nVmHWM:\t   1234 kB\n", "VmHWM", &value), 0);
    assert_int_equal(value, 1234);
    assert_int_equal(text_value("usec", "usec", &value), -ENOENT);
    assert_int_equal(text_value(stat, "usec", &value), -ENOENT); /* not the end of another key */
    assert_int_equal(text_value(stat, "usage", &value), -ENOENT);
    assert_int_equal(text_value("", "usage", &value), -ENOENT);
}

static void test_addresses(void **state)
{
    static const struct {
        const char *word;
        int count;
        unsigned prefix;
        uint8_t first, second;
    } rows[] = {{"10.1.2.3", 1, 32, 10, 1},        {"10.255.2.3/9", 1, 9, 10, 128},
                {"0.0.0.0/0", 1, 0, 0, 0},         {"2001:db8::1", 1, 128, 0x20, 1},
                {"2001:db8::/12", 1, 12, 0x20, 0}, {"any", 2, 0, 0, 0},
                {"localhost", 2, 8, 127, 0},       {"multicast", 2, 4, 224, 0},
                {"10.0.0.0/33", -EINVAL, 0, 0, 0}, {"::/129", -EINVAL, 0, 0, 0},
                {"10.0.0", -EINVAL, 0, 0, 0},      {"10.0.0.0/x", -EINVAL, 0, 0, 0},
                {"10.0.0.0/-1", -EINVAL, 0, 0, 0}, {"", -EINVAL, 0, 0, 0},
                {"host.example", -EINVAL, 0, 0, 0}};
    struct address_range range[ADDRESS_RANGES];

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        int n = address_parse(rows[i].word, range);

        assert_int_equal(n, rows[i].count);
        if (n < 0)
            continue;
        assert_int_equal(range[0].prefix, rows[i].prefix);
        assert_int_equal(range[0].address[0], rows[i].first);
        assert_int_equal(range[0].address[1], rows[i].second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_buffer_grows),
        cmocka_unit_test(test_columns_are_characters),
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_error_has_three_parts),
        cmocka_unit_test(test_values_of_kernel_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
