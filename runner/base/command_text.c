/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/command_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"

#define FORM "words and quotes; or --shell, for /bin/sh -c"

/* "NAME=" before the command: a variable for it, to a shell. */
static bool is_assignment(const char *text)
{
    const char *at = text;

    while (isalnum((unsigned char)*at) || *at == '_')
        at++;
    return at > text && *at == '=' && !isdigit((unsigned char)*text);
}

const char *command_text_shell_syntax(const char *text)
{
    bool begins = true; /* a word */
    char quote = 0;

    text += strspn(text, " \t\n");
    if (is_assignment(text))
        return strchr(text, '=');
    for (const char *c = text; *c; c++) {
        bool word_begins = begins;

        begins = !quote && isspace((unsigned char)*c);
        if (*c == '\\' && quote != '\'' && c[1])
            c++;
        else if (quote ? *c == quote : *c == '\'' || *c == '"')
            quote = quote ? 0 : *c;
        else if (!quote && (strchr("|&;<>(){}*?[]", *c) || (word_begins && strchr("#~", *c))))
            return c;
        else if (quote != '\'' && strchr("$`", *c))
            return c;
    }
    return NULL;
}

int command_text_words(const char *text, const char *name, struct strv *words, struct err *err)
{
    const char *at = command_text_shell_syntax(text);
    size_t before = words->count;
    int r;

    if (at)
        return err_set(err, EINVAL, FORM, ERR_CORRECT_AND_RETRY,
                       "%s '%.200s': '%c' means something only to a shell", name, text, *at);
    r = strv_add_words(words, text);
    if (r == -ENOMEM)
        return err_oom(err);
    if (r < 0)
        return err_set(err, EINVAL, FORM, ERR_CORRECT_AND_RETRY,
                       "%s '%.200s': a quote is not closed", name, text);
    if (words->count == before)
        return err_set(err, EINVAL, FORM, ERR_CORRECT_AND_RETRY, "%s '%.200s': no command", name,
                       text);
    return 0;
}

char *command_text_for_shell(const char *text)
{
    _cleanup_buf_ struct buf quoted = {0};

    buf_add(&quoted, "/bin/sh -c '");
    for (; *text; text++)
        if (*text == '\'')
            buf_add(&quoted, "'\\''");
        else
            buf_add_bytes(&quoted, text, 1);
    buf_add(&quoted, "'");
    return quoted.failed ? NULL : steal(&quoted.data);
}
