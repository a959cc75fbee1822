/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a seccomp profile in the JSON of OCI runtimes and Docker. Pure: whatever depends on the
 * machine or the job comes in with `struct oci_context`.
 */
#ifndef CGRUN_POLICY_OCI_H
#define CGRUN_POLICY_OCI_H

#include "policy/problems.h"
#include "policy/rules.h"

struct oci_context {
    uint64_t capabilities; /* what the job may hold */
    const char *abi;       /* the native one, "SCMP_ARCH_X86_64" */
    unsigned kernel_major, kernel_minor;
};

/*
 * Fills the zeroed `ret` with the rules that apply in `context`, `notes` with what has no effect,
 * and `problems` with what is not right; the error is the first: "policy x.json:12:9:
 * syscalls[3].args[0].op 'SCMP_CMP_XX'". -EINVAL for JSON or values that are not right, -ENOTSUP
 * for actions that need a second process. The rules borrow `what`.
 */
int oci_read(const char *text, size_t len, const char *what, const struct oci_context *context,
             struct rules *ret, struct strv *notes, struct policy_problems *problems,
             struct err *err);

#endif
