/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_TOOLS_GNUPLOT_H
#define CGRUN_TOOLS_GNUPLOT_H

#include "runner/base/buf.h"
#include "runner/base/err.h"

/* What gnuplot makes of a script, malloc'd. -ENOENT, with the remedy, where there is none. */
int gnuplot_draw(const struct buf *script, char **ret, struct err *err);

#endif
