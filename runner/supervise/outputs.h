/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record as a JSON file, for --json: opened before the job starts, so that it cannot fail late.
 */
#ifndef CGRUN_SUPERVISE_OUTPUTS_H
#define CGRUN_SUPERVISE_OUTPUTS_H

#include "runner/base/err.h"
#include "runner/base/opening.h"
#include "runner/record/record.h"
#include "runner/spec/job_spec.h"

/* `o` is { .fd = -1 } where none was asked for. */
int outputs_open(struct output *o, const struct job_spec *spec, struct err *err);
/* In a rehearsal: the error that would be, without opening anything. */
int outputs_look(const struct job_spec *spec, struct err *err);
int outputs_write(struct output *o, const struct record *r, struct err *err);

#endif
