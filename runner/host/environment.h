/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The environment of a run, as far as it can explain a difference between two runs: machine,
 * kernel, load, the revision of the working directory, who started it. Keys are documented in
 * docs/RECORD.md.
 */
#ifndef CGRUN_HOST_ENVIRONMENT_H
#define CGRUN_HOST_ENVIRONMENT_H

#include "runner/base/strv.h"
#include "runner/host/facts.h"

/* "key=value" strings of everything but git. Returns 0 or -ENOMEM. */
int environment_read(struct strv *ret, const struct host_facts *facts);

#endif
