/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No shell is used unless --shell asks for it, and a command that needs one is never half run. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

static void a_line_in_one_word_is_explained(void **state)
{
    struct run run _cleanup_run_ = {0}, pipe _cleanup_run_ = {0};
    struct run session _cleanup_run_ = {.no_json = true};

    (void)state;
    cgrun(&run, ARGS("sleep 1"));
    expect_status(&run, 127);
    expect_err(&run, "it is one word, and no shell is used: write cgrun -- sleep 1\n");
    cgrun(&session, ARGS("--runs", "3", "sleep 0.1"));
    expect_status(&session, 127);
    expect_err(&session, "it is one word, and no shell is used: write cgrun -- sleep 0.1\n");
    cgrun(&pipe, ARGS("echo $HOME | wc"));
    expect_status(&pipe, 127);
    expect_err(&pipe, "add --shell, as in: cgrun --shell -- 'echo $HOME | wc'\n");
}

static void shell_syntax_is_refused(void **state)
{
    struct run prepare _cleanup_run_ = {.no_json = true}, ab _cleanup_run_ = {.no_json = true};
    struct run file _cleanup_run_ = {0};
    char text[600];

    (void)state;
    snprintf(text, sizeof(text), "touch %s && true", scratch("made"));
    cgrun(&prepare, ARGS("--runs", "1", "--prepare", text, "--", "true"));
    expect_status(&prepare, 125);
    expect_err(&prepare, "'&' means something only to a shell");
    assert_int_equal(access(scratch("made"), F_OK), -1);
    cgrun(&ab, ARGS("--ab", "echo $HOME | wc", "true"));
    expect_status(&ab, 125);
    expect_err(&ab, "ab 'echo $HOME | wc': '$' means something only to a shell");
    write_file(scratch("line.job"), "[Job]\nCommand=echo a && echo b\n");
    cgrun(&file, ARGS("--job", scratch("line.job")));
    expect_status(&file, 125);
    expect_err(&file, "Command 'echo a && echo b': '&' means something only to a shell");
}

static void a_shell_is_used_on_request(void **state)
{
    struct run run _cleanup_run_ = {0}, session _cleanup_run_ = {.no_json = true};
    struct run words _cleanup_run_ = {0}, file _cleanup_run_ = {0};
    char text[600];

    (void)state;
    cgrun(&run, ARGS("--shell", "--rollback", "echo 'undo' | cat", "--",
                     "printf '%s\\n' one | tr a-z A-Z && exit 4"));
    expect_status(&run, 4);
    expect_out(&run, "ONE\n");
    assert_int_equal(json_count(member(&run, "argv")), 3);
    assert_string_equal(json_text(json_at(member(&run, "argv"), 0)), "/bin/sh");
    assert_string_equal(text_of(&run, "rollback"), "/bin/sh -c 'echo '\\''undo'\\'' | cat'");
    snprintf(text, sizeof(text), "echo x >>%s && true", scratch("prepared"));
    cgrun(&session, ARGS("--shell", "--runs", "1", "--prepare", text, "--ab", "echo a | tr a b",
                         "echo c | tr c d"));
    expect_status(&session, 0);
    expect_out(&session, "b\n");
    expect_out(&session, "d\n");
    assert_true(file_holds(scratch("prepared"), "x\nx\n"));
    cgrun(&words, ARGS("--shell", "--", "echo", "a"));
    expect_status(&words, 125);
    expect_err(&words, "shell with a command of several words");
    write_file(scratch("shell.job"), "[Job]\nShell=yes\nCommand=echo a | tr a e && exit 3\n");
    cgrun(&file, ARGS("--job", scratch("shell.job")));
    expect_status(&file, 3);
    expect_out(&file, "e\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_in_one_word_is_explained),
        cmocka_unit_test(shell_syntax_is_refused),
        cmocka_unit_test(a_shell_is_used_on_request),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system shell", tests);
}
