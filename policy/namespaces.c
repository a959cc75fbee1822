/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/namespaces.h"

#include <errno.h>
#include <linux/sched.h>

/* Newer than some headers. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#ifdef __s390x__
#define CLONE_FLAGS_AT 1
#else
#define CLONE_FLAGS_AT 0
#endif

int namespaces_refuse(struct rules *rules)
{
    static const uint64_t kinds[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                     CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    const struct answer refused = {ANSWER_ERRNO, EPERM};
    /* Its flags lie in memory, where no filter can look; the C library then uses clone. */
    const struct answer unknown = {ANSWER_ERRNO, ENOSYS};
    int r;

    rules->adding = (struct rule_origin){"RestrictNamespaces", 0, -1};
    r = rules_add(rules, "setns", refused, NULL, 0);
    if (r == 0)
        r = rules_add(rules, "clone3", unknown, NULL, 0);
    for (size_t i = 0; r == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct rule_arg flag = {0, RULE_MASKED_EQ, kinds[i], kinds[i]};

        r = rules_add(rules, "unshare", refused, &flag, 1);
        flag.index = CLONE_FLAGS_AT;
        if (r == 0)
            r = rules_add(rules, "clone", refused, &flag, 1);
    }
    if (r == 0) { /* clone itself cannot make one of these */
        struct rule_arg flag = {0, RULE_MASKED_EQ, CLONE_NEWTIME, CLONE_NEWTIME};

        r = rules_add(rules, "unshare", refused, &flag, 1);
    }
    return r;
}
