/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record as a JSON file, for --json: opened before the job starts, so that it cannot fail late.
 */
#ifndef CGRUN_SUPERVISE_OUTPUTS_H
#define CGRUN_SUPERVISE_OUTPUTS_H

#include "runner/base/err.h"
#include "runner/record/record.h"
#include "runner/spec/job_spec.h"

struct outputs {
    int fd;          /* -1: none asked for */
    char *path;      /* NULL: written straight to `fd` (a pipe, a device, standard output) */
    char *temporary; /* beside `path`, renamed when complete */
};

void outputs_init(struct outputs *o);
int outputs_open(struct outputs *o, const struct job_spec *spec, struct err *err);
int outputs_write(struct outputs *o, const struct record *r, struct err *err);
void outputs_close(struct outputs *o); /* removes an unfinished file */

#endif
