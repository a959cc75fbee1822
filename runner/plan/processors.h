/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of processors as the kernel writes them: "0-3,8". */
#ifndef CGRUN_PLAN_PROCESSORS_H
#define CGRUN_PLAN_PROCESSORS_H

#include <stdbool.h>

/* Whether all of `list` are in `of`; if not, `missing` is the first that is not. Both are valid. */
bool processors_within(const char *list, const char *of, unsigned long *missing);

#endif
