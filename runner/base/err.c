/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/buf.h"
#include "runner/base/escape.h"

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

int err_set(struct err *err, int code, const char *expected, const char *retry,
            const char *what_fmt, ...)
{
    va_list ap;

    if (!err)
        return -code;
    err->code = code;
    copy(err->expected, sizeof(err->expected), expected);
    copy(err->retry, sizeof(err->retry), retry);
    va_start(ap, what_fmt);
    vsnprintf(err->what, sizeof(err->what), what_fmt, ap);
    va_end(ap);
    return -code;
}

int err_sys(struct err *err, int code, const char *retry, const char *what_fmt, ...)
{
    va_list ap;
    size_t used;

    if (!err)
        return -code;
    err->code = code;
    err->expected[0] = '\0';
    copy(err->retry, sizeof(err->retry), retry);
    va_start(ap, what_fmt);
    vsnprintf(err->what, sizeof(err->what), what_fmt, ap);
    va_end(ap);
    used = strlen(err->what);
    snprintf(err->what + used, sizeof(err->what) - used, ": %s", strerror(code));
    return -code;
}

int err_oom(struct err *err)
{
    return err_set(err, ENOMEM, NULL, ERR_RETRY_SAFE, "out of memory");
}

const char *err_line(const struct err *err, char *buf, size_t size)
{
    const char *parts[] = {err->what, err->expected[0] ? ": expected " : "", err->expected,
                           err->retry[0] ? "; " : "", err->retry};
    _cleanup_buf_ struct buf line = {0};

    /* Values that were given stand in it, with whatever bytes they have. */
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        escape_terminal(parts[i], &line);
    snprintf(buf, size, "%s", line.failed ? "out of memory" : buf_text(&line));
    return buf;
}

int err_list_add(struct err_list *list, const struct err *err)
{
    struct err *grown = realloc(list->item, (list->count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    list->item = grown;
    list->item[list->count++] = *err;
    return 0;
}

void err_list_free(struct err_list *list)
{
    free(list->item);
    *list = (struct err_list){0};
}
