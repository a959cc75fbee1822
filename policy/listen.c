/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/listen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/simulate.h"

static bool asks(uint32_t answer, bool on_trial)
{
    uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

    return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_LOG ||
           (on_trial && action != SECCOMP_RET_ALLOW);
}

int listen_program(const struct sock_fprog *from, bool on_trial, struct sock_fprog *ret,
                   const char **call)
{
    /* What the child does between the filter and the command, or its failure. */
    static const char *const starting[] = {"execve", "exit_group"};
    size_t size = from->len * sizeof(*from->filter);

    for (size_t i = 0; i < sizeof(starting) / sizeof(starting[0]); i++) {
        const struct seccomp_data data = {.nr = compile_call_number(starting[i]),
                                          .arch = compile_native_arch()};
        uint32_t answer;

        if (simulate_filter(from, &data, &answer, NULL) < 0 || asks(answer, on_trial)) {
            *call = starting[i];
            return -EBUSY;
        }
    }
    ret->filter = malloc(size);
    if (!ret->filter)
        return -ENOMEM;
    memcpy(ret->filter, from->filter, size);
    ret->len = from->len;
    for (size_t i = 0; i < ret->len; i++)
        if (ret->filter[i].code == (BPF_RET | BPF_K) && asks(ret->filter[i].k, on_trial))
            ret->filter[i].k = SECCOMP_RET_USER_NOTIF;
    return 0;
}

struct answer listen_answer(const struct sock_fprog *program, const struct seccomp_data *call)
{
    uint32_t answer = SECCOMP_RET_KILL_PROCESS;

    simulate_filter(program, call, &answer, NULL);
    return simulate_answer(answer);
}
