/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several tests of policies use. */
#ifndef CGRUN_TESTS_POLICY_CASE_H
#define CGRUN_TESTS_POLICY_CASE_H

#include <linux/audit.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "add this machine's AUDIT_ARCH"
#endif

/* In which every field of the format occurs. */
__attribute__((unused)) static const char small_policy[] =
    "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"architectures\":"
    " [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"], \"syscalls\": [{\"names\": [\"read\", \"write\"],"
    " \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 1, \"value\": 2, \"valueTwo\": 3,"
    " \"op\": \"SCMP_CMP_MASKED_EQ\"}], \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"], "
    "\"minKernel\":"
    " \"4.8\"}, \"excludes\": {}}, {\"name\": \"mount\", \"action\": \"SCMP_ACT_ERRNO\","
    " \"errnoRet\": 13}]}";

#endif
