/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy in words: what it answers to each call, and under which conditions. */
#ifndef CGRUN_POLICY_EXPLAIN_H
#define CGRUN_POLICY_EXPLAIN_H

#include "policy/policy.h"
#include "policy/problems.h"
#include "policy/rules.h"
#include "runner/base/buf.h"

/* The rules that the policy and its filter come to, sorted; nothing is compiled. They borrow the
 * policy's name from the request. */
int policy_rules(const struct policy_request *request, struct rules *ret, struct strv *notes,
                 struct policy_problems *problems, struct err *err);

/* "refused with EPERM"; "allowed if (argument 0 & 0x7e020000) is 0x0; else killed". */
void explain_call(const struct rules *rules, const char *call, struct buf *out);

/* The rules that decide on the call: "batch:41 (syscalls[2]), the default at batch:3". */
void explain_origin(const struct rules *rules, const char *call, struct buf *out);

/* The one that decides on a call with these arguments. */
void explain_decision(const struct rules *rules, const char *call, const uint64_t args[RULE_ARGS],
                      struct buf *out);

/* What the policy takes from a job, by groups of calls: a line each. */
void explain_losses(const struct rules *rules, struct buf *out);

/* "refused with ENOSYS". */
void explain_answer(struct answer answer, struct buf *out);

/* Every call that the library knows on this machine's ABI, sorted. */
int explain_all_calls(struct strv *ret);

#endif
