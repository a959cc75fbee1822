/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes: cmocka with the headers it wants before it, and two shorthands. */
#ifndef CGRUN_TESTS_UNIT_H
#define CGRUN_TESTS_UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/err.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* All errors of a call, a line each. */
static inline void error_lines(const struct err_list *errors, struct buf *out)
{
    char line[1024];

    for (size_t i = 0; i < errors->count; i++)
        buf_addf(out, "%s\n", err_line(&errors->item[i], line, sizeof(line)));
}

#endif
