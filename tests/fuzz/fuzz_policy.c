/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profile reader on any bytes, and the split of what it read; libseccomp is not the target. */
#include <stdint.h>
#include <stdlib.h>

#include "policy/oci.h"
#include "policy/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct oci_context context = {
        .capabilities = 0xff, .abi = "SCMP_ARCH_X86_64", .kernel_major = 6, .kernel_minor = 1};
    _cleanup_rules_ struct rules rules = {0}, quiet = {0}, logged = {0};
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err = {0};
    int r = oci_read((const char *)data, size, "fuzz", &context, &rules, &notes, &problems, &err);

    if ((r < 0) != (err.code != 0) || (r < 0 && rules.count > 0))
        abort();
    if (r == 0)
        (void)rules_split(&rules, &quiet, &logged, &notes);
    return 0;
}
