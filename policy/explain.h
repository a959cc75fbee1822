/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy in words: what it answers to each call, and under which conditions. */
#ifndef CGRUN_POLICY_EXPLAIN_H
#define CGRUN_POLICY_EXPLAIN_H

#include "policy/policy.h"
#include "policy/rules.h"
#include "runner/base/buf.h"

/* The rules that the policy and its filter come to, sorted; nothing is compiled. */
int policy_rules(const struct policy_request *request, struct rules *ret, struct strv *notes,
                 struct err *err);

/* "refused with EPERM"; "allowed if (argument 0 & 0x7e020000) is 0x0; else killed". */
void explain_call(const struct rules *rules, const char *call, struct buf *out);

/* "refused with ENOSYS". */
void explain_answer(struct answer answer, struct buf *out);

/* Every call that the library knows on this machine's ABI, sorted. */
int explain_all_calls(struct strv *ret);

#endif
