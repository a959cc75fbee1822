/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry of a profile's syscalls[]: its conditions, its action, its names and arguments. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/oci_reader.h"
#include "runner/base/capabilities.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char notify[] = "SCMP_ACT_NOTIFY";

static const struct {
    const char *name;
    enum answer_kind kind;
} actions[] = {
    {"SCMP_ACT_ALLOW", ANSWER_ALLOW},
    {"SCMP_ACT_LOG", ANSWER_LOG},
    {"SCMP_ACT_ERRNO", ANSWER_ERRNO},
    {"SCMP_ACT_TRAP", ANSWER_TRAP},
    {"SCMP_ACT_KILL", ANSWER_KILL_THREAD},
    {"SCMP_ACT_KILL_THREAD", ANSWER_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", ANSWER_KILL_PROCESS},
    {notify, ANSWER_ERRNO}, /* answered by the supervisor, which tells of it */
};

static const struct {
    const char *name;
    enum rule_op op;
} ops[] = {
    {"SCMP_CMP_NE", RULE_NE},
    {"SCMP_CMP_LT", RULE_LT},
    {"SCMP_CMP_LE", RULE_LE},
    {"SCMP_CMP_EQ", RULE_EQ},
    {"SCMP_CMP_GE", RULE_GE},
    {"SCMP_CMP_GT", RULE_GT},
    {"SCMP_CMP_MASKED_EQ", RULE_MASKED_EQ},
};

/* Profiles name the machine as the Go language does, ABIs as libseccomp does. */
static const struct {
    const char *abi, *machine;
} machines[] = {
    {"SCMP_ARCH_X86_64", "amd64"},    {"SCMP_ARCH_X86", "x86"},
    {"SCMP_ARCH_AARCH64", "arm64"},   {"SCMP_ARCH_ARM", "arm"},
    {"SCMP_ARCH_RISCV64", "riscv64"}, {"SCMP_ARCH_PPC64LE", "ppc64le"},
    {"SCMP_ARCH_S390X", "s390x"},
};

int oci_answer(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, uint64_t error, struct answer *ret)
{
    const struct json *value = json_get(object, key);
    const char *name = NULL;
    int e = oci_text(r, object, place, key, &name);

    if (e < 0 || (!name && !json_is_null(value)))
        return e;
    for (size_t i = 0; name && i < LEN(actions); i++) {
        if (strcmp(actions[i].name, name) == 0) {
            *ret = (struct answer){.kind = actions[i].kind};
            if (ret->kind == ANSWER_ERRNO)
                ret->error = (uint16_t)error;
            r->rules->tell |= strcmp(name, notify) == 0;
            return 0;
        }
    }
    if (name && strcmp(name, "SCMP_ACT_TRACE") == 0)
        return oci_refuse(r, ENOTSUP, "an action without a tracer beside the job", place, key,
                          value);
    return oci_refuse(r, EINVAL,
                      "SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_ACT_KILL_PROCESS, "
                      "SCMP_ACT_KILL_THREAD, SCMP_ACT_KILL, SCMP_ACT_TRAP, SCMP_ACT_NOTIFY or "
                      "SCMP_ACT_LOG",
                      place, key, value);
}

/* Whether `arches`, if there is one, names this machine. */
static int machine_in(const struct oci_reader *r, const struct json *condition,
                      const struct oci_place *place, bool otherwise, bool *ret)
{
    struct json *arches;
    int e = oci_array(r, condition, place, "arches", &arches);

    *ret = otherwise;
    if (e < 0 || json_count(arches) == 0)
        return e;
    *ret = false;
    for (size_t i = 0; i < json_count(arches); i++) {
        const char *name;

        e = oci_text_at(r, arches, i, place, "arches", &name);
        if (e < 0)
            return e;
        for (size_t m = 0; name && m < LEN(machines); m++)
            *ret |= strcmp(machines[m].abi, r->context->abi) == 0 &&
                    strcmp(machines[m].machine, name) == 0;
    }
    return 0;
}

/* How many of the named capabilities the job may hold, of how many. */
static int caps_held(const struct oci_reader *r, const struct json *condition,
                     const struct oci_place *place, size_t *held, size_t *named)
{
    struct json *caps;
    int e = oci_array(r, condition, place, "caps", &caps);

    *held = 0;
    *named = json_count(caps);
    for (size_t i = 0; e == 0 && i < *named; i++) {
        const char *name;
        int number;

        e = oci_text_at(r, caps, i, place, "caps", &name);
        if (!name)
            continue;
        number = capability_by_name(name);
        if (number < 0)
            e = oci_note(r, "%s.caps: the capability '%.60s' is unknown here", place->path, name);
        else
            *held += r->context->capabilities >> number & 1;
    }
    return e;
}

/* Whether this kernel is at least the one that `minKernel` names, if it does. */
static int kernel_reaches(const struct oci_reader *r, const struct json *condition,
                          const struct oci_place *place, bool otherwise, bool *ret)
{
    const struct oci_context *c = r->context;
    unsigned major, minor;
    const char *text;
    char rest;
    int e = oci_text(r, condition, place, "minKernel", &text);

    *ret = otherwise;
    if (e < 0 || !text)
        return e;
    if (strlen(text) > 12 || sscanf(text, "%4u.%4u%c", &major, &minor, &rest) != 2)
        return oci_refuse(r, EINVAL, "a kernel version such as '4.8'", place, "minKernel",
                          json_get(condition, "minKernel"));
    *ret = c->kernel_major > major || (c->kernel_major == major && c->kernel_minor >= minor);
    return 0;
}

/* All that `includes` asks for must hold, and nothing of what `excludes` names. */
static int applies(const struct oci_reader *r, const struct json *entry,
                   const struct oci_place *place, bool *ret)
{
    static const char *const known[] = {"caps", "arches", "minKernel", NULL};

    *ret = true;
    for (int excluding = 0; excluding < 2; excluding++) {
        const char *key = excluding ? "excludes" : "includes";
        struct oci_place at = *place;
        struct json *condition;
        bool machine, kernel;
        size_t held, named;
        int e = oci_object(r, entry, place, key, &condition);

        if (e < 0)
            return e;
        if (!condition)
            continue;
        at.value = condition;
        snprintf(at.path, sizeof(at.path), "%.48s.%s", place->path, key);
        e = oci_note_unknown(r, condition, &at, known);
        e = e < 0 ? e : machine_in(r, condition, &at, !excluding, &machine);
        e = e < 0 ? e : caps_held(r, condition, &at, &held, &named);
        e = e < 0 ? e : kernel_reaches(r, condition, &at, !excluding, &kernel);
        if (e < 0)
            return e;
        *ret &= excluding ? !machine && held == 0 && !kernel : machine && held == named && kernel;
    }
    return 0;
}

static int read_arg(const struct oci_reader *r, const struct json *value,
                    const struct oci_place *place, struct rule_arg *ret)
{
    static const char *const known[] = {"index", "value", "valueTwo", "op", NULL};
    const char *op = NULL;
    uint64_t index = RULE_ARGS;
    int e;

    if (!json_is_object(value))
        return oci_refuse(r, EINVAL, "an object", place, "", value);
    e = oci_note_unknown(r, value, place, known);
    e = e < 0 ? e : oci_number(r, value, place, "index", RULE_ARGS - 1, &index);
    e = e < 0 ? e : oci_number(r, value, place, "value", INT64_MAX, &ret->value);
    e = e < 0 ? e : oci_number(r, value, place, "valueTwo", INT64_MAX, &ret->value2);
    e = e < 0 ? e : oci_text(r, value, place, "op", &op);
    if (e == 0 && json_is_null(json_get(value, "index")))
        e = oci_refuse(r, EINVAL, "the number of an argument, 0 to 5", place, "index", NULL);
    ret->index = index < RULE_ARGS ? (unsigned)index : 0;
    for (size_t i = 0; op && i < LEN(ops); i++) {
        if (strcmp(ops[i].name, op) == 0) {
            ret->op = ops[i].op;
            return e;
        }
    }
    if (e < 0 || (!op && !json_is_null(json_get(value, "op"))))
        return e;
    return oci_refuse(r, EINVAL,
                      "SCMP_CMP_EQ, SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_GE, "
                      "SCMP_CMP_GT or SCMP_CMP_MASKED_EQ",
                      place, "op", json_get(value, "op"));
}

struct conditions {
    struct rule_arg arg[RULE_ARGS];
    unsigned count;
    bool any; /* each makes a rule of its own: several about one argument, as runtimes read them */
};

static int read_args(const struct oci_reader *r, const struct json *entry,
                     const struct oci_place *place, struct conditions *ret)
{
    unsigned seen = 0;
    struct json *args;
    int e = oci_array(r, entry, place, "args", &args);

    *ret = (struct conditions){0};
    if (e < 0)
        return e;
    if (json_count(args) > RULE_ARGS)
        return oci_refuse(r, EINVAL, "at most 6 conditions", place, "args", args);
    for (; ret->count < json_count(args); ret->count++) {
        struct oci_place at = oci_item(place, "args", args, ret->count);
        struct rule_arg *arg = &ret->arg[ret->count];

        e = read_arg(r, json_at(args, ret->count), &at, arg);
        if (e < 0)
            return e;
        ret->any |= (seen >> arg->index & 1) != 0;
        seen |= 1U << arg->index;
    }
    return 0;
}

static int add_rules(const struct oci_reader *r, const char *call, struct answer answer,
                     const struct conditions *c)
{
    int e = 0;

    if (!c->any)
        e = rules_add(r->rules, call, answer, c->arg, c->count);
    for (unsigned i = 0; c->any && e == 0 && i < c->count; i++)
        e = rules_add(r->rules, call, answer, &c->arg[i], 1);
    if (e == -E2BIG)
        return err_set(r->err, E2BIG, "at most 8192 rules", ERR_CORRECT_AND_RETRY,
                       "policy %s: too many rules", r->what);
    return e < 0 ? err_oom(r->err) : 0;
}

static int add_names(const struct oci_reader *r, const struct oci_place *place, size_t index,
                     struct answer answer, const struct conditions *c)
{
    const struct json *entry = place->value;
    struct json *names;
    const char *name;
    int e = oci_array(r, entry, place, "names", &names);

    e = e < 0 ? e : oci_text(r, entry, place, "name", &name);
    if (e < 0)
        return e;
    if (json_is_null(json_get(entry, "names")) && json_is_null(json_get(entry, "name")))
        return oci_refuse(r, EINVAL, "an array of system call names", place, "names", NULL);
    r->rules->adding = oci_origin(r, json_get(entry, "name"), (int)index);
    if (name)
        e = add_rules(r, name, answer, c);
    for (size_t i = 0; e == 0 && i < json_count(names); i++) {
        r->rules->adding = oci_origin(r, json_at(names, i), (int)index);
        e = oci_text_at(r, names, i, place, "names", &name);
        if (name)
            e = add_rules(r, name, answer, c);
    }
    return e;
}

int oci_read_call(struct oci_reader *r, const struct json *calls, size_t index)
{
    static const char *const known[] = {"names",    "name",  "action",   "args",    "errnoRet",
                                        "includes", "errno", "excludes", "comment", NULL};
    const struct oci_place top = {0}, place = oci_item(&top, "syscalls", calls, index);
    const struct json *entry = place.value;
    struct answer answer = {0};
    uint64_t error = EPERM;
    struct conditions c;
    bool holds;
    int e;

    if (!json_is_object(entry))
        return oci_refuse(r, EINVAL, "an object", &place, "", entry);
    e = oci_note_unknown(r, entry, &place, known);
    e = e < 0 ? e : oci_errno(r, entry, &place, "errno", &error);
    e = e < 0 ? e : oci_number(r, entry, &place, "errnoRet", 4095, &error);
    e = e < 0 ? e : oci_answer(r, entry, &place, "action", error, &answer);
    e = e < 0 ? e : read_args(r, entry, &place, &c);
    e = e < 0 ? e : applies(r, entry, &place, &holds);
    if (e < 0 || !holds)
        return e;
    return add_names(r, &place, index, answer, &c);
}
