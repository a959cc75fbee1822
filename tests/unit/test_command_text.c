/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands as one text: what is split into words, and what only a shell would understand. */
#include <stdlib.h>

#include "runner/base/buf.h"
#include "runner/base/command_text.h"
#include "tests/unit/unit.h"

/* NULL: refused. */
static const struct {
    const char *text, *words;
} cases[] = {
    {"make clean", "make|clean"},
    {"touch \"a b\" 'c & d' e\\&f", "touch|a b|c & d|e&f"},
    {"git revert HEAD~1", "git|revert|HEAD~1"},
    {"sed s#a#b# x", "sed|s#a#b#|x"},
    {"sh -c 'a | b; echo $HOME'", "sh|-c|a | b; echo $HOME"},
    {"dd if=/dev/zero", "dd|if=/dev/zero"},
    {"touch \"a b\" && rm x", NULL},
    {"a | b", NULL},
    {"a;b", NULL},
    {"a >b", NULL},
    {"echo $HOME", NULL},
    {"echo \"$HOME\"", NULL},
    {"echo `id`", NULL},
    {"rm *.o", NULL},
    {"ls ~", NULL},
    {"make # all", NULL},
    {"A=b make", NULL},
    {"echo 'open", NULL},
    {"", NULL},
    {" ", NULL},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_strv_ struct strv words = {0};
        _cleanup_buf_ struct buf got = {0};
        struct err err;
        int r = command_text_words(cases[i].text, "prepare", &words, &err);

        strv_each (&words, word)
            buf_addf(&got, "%s%s", got.len ? "|" : "", word);
        if ((r < 0) != !cases[i].words)
            fail_msg("'%s': %d", cases[i].text, r);
        if (r == 0)
            assert_string_equal(buf_text(&got), cases[i].words);
        else
            assert_int_equal(words.count, 0);
    }
}

/* Whatever the text, the shell gets it as it is. */
static void test_for_shell(void **state)
{
    static const char *const texts[] = {"a && b", "echo 'it''s' \"$HOME\" \\'", "", "'", "a\\"};

    (void)state;
    for (size_t i = 0; i < LEN(texts); i++) {
        _cleanup_strv_ struct strv words = {0};
        char *made = command_text_for_shell(texts[i]);
        struct err err;

        assert_int_equal(command_text_words(made, "prepare", &words, &err), 0);
        assert_int_equal(words.count, 3);
        assert_string_equal(words.item[0], "/bin/sh");
        assert_string_equal(words.item[2], texts[i]);
        free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_for_shell),
    };

    return cmocka_run_group_tests_name("unit command_text", tests, NULL, NULL);
}
