/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter that keeps a job from acting on named processes outside of it: the supervisor, its
 * helper and caller, PID 1. The kernel asks for no more than equal users where a process signals
 * another, or changes its limits, priority or processors. Built for each launch, since it holds
 * process ids.
 */
#ifndef CGRUN_POLICY_PROTECT_H
#define CGRUN_POLICY_PROTECT_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROTECT_IDS 6

struct protect {
    pid_t id[PROTECT_IDS]; /* of processes and process groups; what is below 1 is passed over */
    size_t count;
    /*
     * No Landlock scope holds signals back: also refused is what reaches many processes at once
     * (kill of -1), or names its target where no filter can look (pidfd_send_signal, F_SETOWN_EX,
     * FIOSETOWN, SIOCSPGRP).
     */
    bool signals;
    /* The job is in the supervisor's process group, so group 0 is refused too, ... */
    bool shared_group;
    bool scoped; /* ... but for signals, which a Landlock scope holds back */
};

/* The filter is malloc'd into `ret`, for the native architecture; others pass. 0 or -ENOMEM. */
int protect_program(const struct protect *protect, struct sock_fprog *ret);

#endif
