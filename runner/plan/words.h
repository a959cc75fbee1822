/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that both forms of the plan use. */
#ifndef CGRUN_PLAN_WORDS_H
#define CGRUN_PLAN_WORDS_H

#include "runner/plan/plan.h"

const char *plan_mount_words(enum plan_mount_kind kind);

/* As the setting takes it, a path apart: "null", "append". */
const char *plan_stream_words(enum spec_stream_kind kind);

/* The settings key of a resource: "LimitNOFILE". */
const char *plan_rlimit_key(int resource);

/* A number or "infinity". Returns `buf`. */
const char *plan_rlimit_text(uint64_t value, char *buf, size_t size);

#endif
