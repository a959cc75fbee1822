/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/join.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In place of allowing: on to where the second begins. It loads all that it looks at itself. */
static void lead_on(struct sock_filter *filter, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (filter[i].code == (BPF_RET | BPF_K) && filter[i].k == SECCOMP_RET_ALLOW)
            filter[i] = (struct sock_filter){BPF_JMP | BPF_JA, 0, 0, (uint32_t)(len - i - 1)};
}

int join_programs(const struct sock_fprog *first, const struct sock_fprog *second,
                  struct sock_fprog *ret)
{
    size_t len = (size_t)first->len + second->len;
    struct sock_filter *filter;

    if (len > BPF_MAXINSNS)
        return -E2BIG;
    filter = malloc(len * sizeof(*filter));
    if (!filter)
        return -ENOMEM;
    memcpy(filter, first->filter, first->len * sizeof(*filter));
    memcpy(filter + first->len, second->filter, second->len * sizeof(*filter));
    lead_on(filter, first->len);
    *ret = (struct sock_fprog){.len = (unsigned short)len, .filter = filter};
    return 0;
}
