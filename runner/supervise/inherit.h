/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The caller's descriptors that the job gets beside the three streams: --pass-fds. */
#ifndef CGRUN_SUPERVISE_INHERIT_H
#define CGRUN_SUPERVISE_INHERIT_H

#include "runner/base/err.h"
#include "runner/spec/job_spec.h"

/*
 * Fills spec->inherit. To be called once, right after the command line was read and before this
 * program opens anything: a number that is open then is the caller's. Returns 0, -ENOMEM, or
 * -EINVAL with `errors` filled: a descriptor was asked for that cannot be passed.
 */
int inherit_find(struct job_spec *spec, struct err_list *errors);

/* The job has them: a reader sees the end of its pipe when the job ends, not when cgrun does. */
void inherit_release(const struct job_spec *spec);

#endif
