/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/rule_names.h"

#include "policy/explain.h"

void rule_names_init(struct rule_names *names, const struct policy_request *request,
                     const struct policy_floor *floor)
{
    *names = (struct rule_names){.request = *request, .floor = floor};
    names->request.audit = false;
}

static void read_rules(const struct policy_request *request, struct rules *ret)
{
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_strv_ struct strv notes = {0};

    policy_rules(request, ret, &notes, &problems, NULL);
}

const struct rules *rule_names_rules(struct rule_names *names)
{
    if (!names->read)
        read_rules(&names->request, &names->rules);
    names->read = true;
    return &names->rules;
}

static bool passes(const struct rules *rules, const char *call, const uint64_t *args)
{
    const struct rule *decides = args ? rules_decide(rules, call, args) : NULL;
    struct answer answer = decides ? decides->answer : rules->otherwise;

    return (args || rules_answer(rules, call, &answer)) && answer.kind <= ANSWER_LOG;
}

static void explain(const struct rules *rules, const char *call, const uint64_t *args,
                    struct buf *out)
{
    if (args)
        explain_decision(rules, call, args, out);
    else
        explain_origin(rules, call, out);
}

void rule_name(struct rule_names *names, const char *call, const uint64_t *args, struct buf *out)
{
    const struct rules *own = rule_names_rules(names);

    for (size_t i = 0; passes(own, call, args) && i < names->floor->count; i++) {
        const struct policy_request request = {.policy = names->floor->item[i].name,
                                               .capabilities = names->request.capabilities};
        _cleanup_rules_ struct rules rules = {0};

        read_rules(&request, &rules);
        if (passes(&rules, call, args))
            continue;
        explain(&rules, call, args, out);
        return;
    }
    explain(own, call, args, out);
}

void rule_names_free(struct rule_names *names)
{
    rules_free(&names->rules);
    names->read = false;
}
