/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From rules to BPF, and between the names and numbers of calls: all that libseccomp does here. */
#ifndef CGRUN_POLICY_COMPILE_H
#define CGRUN_POLICY_COMPILE_H

#include <linux/filter.h>

#include "policy/rules.h"

/* The native ABI as profiles call it, "SCMP_ARCH_X86_64". Static. */
const char *compile_native_abi(void);

void compile_library_version(unsigned version[3]);

/*
 * One filter, allocated into `ret`, as a binary tree. A call of another ABI than the rules' kills
 * the process. Calls that the library does not know are left to `otherwise` and named in `unknown`.
 */
int compile_rules(const struct rules *rules, struct sock_fprog *ret, struct strv *unknown,
                  struct err *err);

/* Whether the library knows the call, for this or another architecture. */
bool compile_knows(const char *call);

/* The number of a call on this machine; negative where it has none. */
int compile_call_number(const char *call);

/*
 * What calls of an ABI look like in struct seccomp_data: its architecture, and where its numbers
 * begin. 0 for an ABI that the library does not know.
 */
uint32_t compile_abi_arch(const char *abi, uint32_t *first);

/* The native architecture in struct seccomp_data. */
uint32_t compile_native_arch(void);

/* Every call of the native ABI that the library knows. Returns 0 or -ENOMEM. */
int compile_native_calls(struct strv *ret);

#endif
