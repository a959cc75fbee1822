/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smallest program of its kind: whether a kernel takes any is asked with this one. */
#include "bpf/common.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("fentry/acct_collect")
int on_probe(void *ctx)
{
    return 0;
}
