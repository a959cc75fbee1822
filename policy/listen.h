/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refusals that somebody hears of as they happen. The program stays as it is, but where it would
 * refuse a call with an error or log it, the kernel asks a listener instead, which answers the
 * same. An allowed call costs nothing more for it.
 */
#ifndef CGRUN_POLICY_LISTEN_H
#define CGRUN_POLICY_LISTEN_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>

#include "policy/rules.h"

/*
 * The copy of `from` that asks; its filter is malloc'd. -ENOMEM; -EBUSY where a call that starts
 * the job (`*call`, static) would be asked about: its maker waits for the start and cannot answer.
 */
int listen_program(const struct sock_fprog *from, bool on_trial, struct sock_fprog *ret,
                   const char **call);

/* What `program`, the one without a listener, answers. Only calls that it asks about are given. */
struct answer listen_answer(const struct sock_fprog *program, const struct seccomp_data *call);

#endif
