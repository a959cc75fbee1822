/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the opt-in programs have counted, on its way into the record. */
#ifndef CGRUN_SUPERVISE_TRACE_FEED_H
#define CGRUN_SUPERVISE_TRACE_FEED_H

#include "bpf/features.h"
#include "runner/record/record.h"

/* Callbacks that fill the record's traces. Without memory an item is left out. */
void trace_feed_init(struct feature_callbacks *ret, struct record *r);

/* To the path of a file as the programs saw it, to be freed; NULL without memory. */
char *trace_feed_path(const struct feature_file *file);

#endif
