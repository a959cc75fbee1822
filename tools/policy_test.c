/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/call_args.h"
#include "policy/explain.h"
#include "policy/simulate.h"
#include "runner/base/capabilities.h"
#include "tools/cmd.h"
#include "tools/policy.h"

static int test_call(struct policy_verb *q, const struct policy_program *program, const char *text)
{
    _cleanup_buf_ struct buf answer = {0};
    struct seccomp_data call;
    struct err err;

    if (call_parse(text, &call, &err) < 0) {
        cmd_fail(&err);
        return CMD_USAGE;
    }
    explain_answer(simulate_answer(simulate_policy(program, &call)), &answer);
    buf_addf(&q->text, "%-24s %s\n", text, buf_text(&answer));
    json_set(q->doc, text, json_string(buf_text(&answer)));
    return CMD_OK;
}

/* The programs themselves are asked, in a simulator: what would be installed is what answers. */
int policy_test(struct policy_verb *q, char **words, int count)
{
    const struct policy_request request = {.policy = count ? words[0] : NULL,
                                           .capabilities = capabilities_effective()};
    _cleanup_policy_ struct policy_program program = {0};
    int status = CMD_OK;
    struct err err;

    if (count < 1 || count + q->calls.count < 2)
        return CMD_USAGE;
    if (policy_compile(&request, &program, &err) < 0)
        return cmd_fail(&err);
    for (int i = 1; status == CMD_OK && i < count; i++)
        status = test_call(q, &program, words[i]);
    for (size_t i = 0; status == CMD_OK && i < q->calls.count; i++)
        status = test_call(q, &program, q->calls.item[i]);
    return status;
}
