/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A job's spec as text: what differs from a fresh one, as "field=value" words in a fixed order. */
#ifndef CGRUN_TESTS_SPEC_TEXT_H
#define CGRUN_TESTS_SPEC_TEXT_H

#include "runner/base/buf.h"
#include "runner/spec/job_spec.h"

void spec_text(const struct job_spec *spec, struct buf *out);

#endif
