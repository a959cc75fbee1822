/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/simulate.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct machine {
    const struct sock_filter *program;
    unsigned len, at, steps;
    bool read_arguments;
    uint32_t a, x, memory[BPF_MEMWORDS];
};

static bool jump(struct machine *m, const struct sock_filter *i)
{
    uint32_t operand = BPF_SRC(i->code) == BPF_X ? m->x : i->k;
    bool taken;

    switch (BPF_OP(i->code)) {
    case BPF_JA:
        m->at += i->k;
        return true;
    case BPF_JEQ:
        taken = m->a == operand;
        break;
    case BPF_JGT:
        taken = m->a > operand;
        break;
    case BPF_JGE:
        taken = m->a >= operand;
        break;
    case BPF_JSET:
        taken = (m->a & operand) != 0;
        break;
    default:
        return false;
    }
    m->at += taken ? i->jt : i->jf;
    return true;
}

static bool arithmetic(struct machine *m, const struct sock_filter *i)
{
    uint32_t operand = BPF_SRC(i->code) == BPF_X ? m->x : i->k;

    switch (BPF_OP(i->code)) {
    case BPF_AND:
        m->a &= operand;
        return true;
    case BPF_OR:
        m->a |= operand;
        return true;
    default:
        return false;
    }
}

static bool load(struct machine *m, const struct sock_filter *i, const struct seccomp_data *call)
{
    if (i->code == (BPF_LD | BPF_W | BPF_ABS)) {
        if (i->k % 4 != 0 || i->k > sizeof(*call) - 4)
            return false;
        memcpy(&m->a, (const char *)call + i->k, sizeof(m->a));
        m->read_arguments |= i->k >= offsetof(struct seccomp_data, args);
        return true;
    }
    if (BPF_MODE(i->code) == BPF_IMM)
        m->a = i->k;
    else if (BPF_MODE(i->code) == BPF_MEM && i->k < BPF_MEMWORDS)
        m->a = m->memory[i->k];
    else
        return false;
    return true;
}

static int run(struct machine *m, const struct seccomp_data *call, uint32_t *ret)
{
    while (m->at < m->len) {
        const struct sock_filter *i = &m->program[m->at++];
        bool good = false;

        m->steps++;
        switch (BPF_CLASS(i->code)) {
        case BPF_RET:
            *ret = i->k;
            return BPF_RVAL(i->code) == BPF_K ? 0 : -EINVAL;
        case BPF_LD:
            good = load(m, i, call);
            break;
        case BPF_JMP:
            good = jump(m, i);
            break;
        case BPF_ALU:
            good = arithmetic(m, i);
            break;
        case BPF_ST:
            good = i->k < BPF_MEMWORDS;
            if (good)
                m->memory[i->k] = m->a;
            break;
        default:
            break;
        }
        if (!good)
            return -EINVAL;
    }
    return -EINVAL;
}

int simulate_filter(const struct sock_fprog *program, const struct seccomp_data *call,
                    uint32_t *ret, unsigned *steps)
{
    struct machine m = {.program = program->filter, .len = program->len};
    int r = run(&m, call, ret);

    if (steps)
        *steps += m.steps;
    return r;
}

bool simulate_reads_arguments(const struct sock_fprog *program, const struct seccomp_data *call)
{
    struct machine m = {.program = program->filter, .len = program->len};
    uint32_t ret;

    return run(&m, call, &ret) < 0 || m.read_arguments;
}

/* Signed, the kernel's answers are ordered: what kills is the smallest. */
static int32_t action(uint32_t answer)
{
    return (int32_t)(answer & SECCOMP_RET_ACTION_FULL);
}

uint32_t simulate_policy(const struct policy_program *policy, const struct seccomp_data *call)
{
    const struct sock_fprog *const programs[] = {&policy->quiet, &policy->logged};
    uint32_t strictest = SECCOMP_RET_ALLOW;

    for (int i = 0; i < 2; i++) {
        uint32_t answer;

        if (programs[i]->len == 0)
            continue;
        if (simulate_filter(programs[i], call, &answer, NULL) < 0)
            return SIMULATE_BAD;
        if (action(answer) < action(strictest))
            strictest = answer;
    }
    return strictest;
}

struct answer simulate_answer(uint32_t ret)
{
    static const struct {
        uint32_t action;
        enum answer_kind kind;
    } kinds[] = {
        {SECCOMP_RET_ALLOW, ANSWER_ALLOW},
        {SECCOMP_RET_LOG, ANSWER_LOG},
        {SECCOMP_RET_ERRNO, ANSWER_ERRNO},
        {SECCOMP_RET_TRAP, ANSWER_TRAP},
        {SECCOMP_RET_KILL_THREAD, ANSWER_KILL_THREAD},
    };
    struct answer answer = {.kind = ANSWER_KILL_PROCESS};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((ret & SECCOMP_RET_ACTION_FULL) == kinds[i].action)
            answer.kind = kinds[i].kind;
    if (answer.kind == ANSWER_ERRNO)
        answer.error = (uint16_t)(ret & SECCOMP_RET_DATA);
    return answer;
}
