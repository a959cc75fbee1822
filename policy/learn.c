/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/learn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/groups.h"

#define FOLD_FROM 0.75 /* of a group's calls on this machine: then its name reads better */

/* Starting and ending are not seen by a tracer, or only sometimes. */
static const char *const always[] = {"execve", "exit", "exit_group", "rt_sigreturn",
                                     "restart_syscall"};

static bool holds(const struct strv *list, const char *word)
{
    strv_each (list, item)
        if (strcmp(item, word) == 0)
            return true;
    return false;
}

static int add_once(struct strv *list, const char *word)
{
    return holds(list, word) ? 0 : strv_add(list, word);
}

static void take_out(struct strv *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i], word) == 0) {
            free(list->item[i]);
            memmove(&list->item[i], &list->item[i + 1],
                    (list->count - i) * sizeof(*list->item)); /* the NULL as well */
            list->count--;
            return;
        }
}

int learn_call(struct learned *l, const char *call, uint64_t made, uint64_t absent)
{
    int r = 0;

    for (size_t i = 0; l->calls.count < sizeof(always) / sizeof(always[0]) &&
                       i < sizeof(always) / sizeof(always[0]);
         i++)
        r |= add_once(&l->calls, always[i]);
    if (!compile_knows(call))
        return r;
    if (made > absent) {
        take_out(&l->absent, call);
        r |= add_once(&l->calls, call);
    } else if (absent && !holds(&l->calls, call)) {
        r |= add_once(&l->absent, call);
    }
    return r < 0 ? -ENOMEM : 0;
}

int learn_source(struct learned *l, const char *source)
{
    return add_once(&l->sources, source);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Groups that say what a call is for; the others only collect. */
static bool is_telling(const struct call_group *g)
{
    return g->calls && strcmp(g->name, "@system-service") != 0 && strcmp(g->name, "@known") != 0;
}

static struct json *entry(const char *comment, struct strv *names, const char *action, int error)
{
    struct json *o = json_object_new();

    qsort(names->item, names->count, sizeof(char *), by_name);
    json_set(o, "comment", json_string(comment));
    json_set(o, "names", json_strv(names));
    json_set(o, "action", json_string(action));
    if (error)
        json_set(o, "errnoRet", json_int(error));
    return o;
}

/* Moves those calls that are in the group from `rest` to `ret`. */
static int take_group(const char *name, struct strv *rest, struct strv *ret)
{
    _cleanup_strv_ struct strv members = {0};
    int r = group_expand(name, &members);

    strv_each (&members, call)
        if (r == 0 && holds(rest, call)) {
            take_out(rest, call);
            r = strv_add(ret, call);
        }
    return r;
}

static int add_groups(const struct learned *l, struct json *list)
{
    _cleanup_strv_ struct strv rest = {0};
    size_t count;
    const struct call_group *groups = groups_all(&count);
    int r = l->calls.count ? strv_add_all(&rest, l->calls.item) : 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        _cleanup_strv_ struct strv names = {0};

        if (!is_telling(&groups[i]))
            continue;
        r = take_group(groups[i].name, &rest, &names);
        if (r == 0 && names.count)
            json_append(list, entry(groups[i].about, &names, "SCMP_ACT_ALLOW", 0));
    }
    if (r == 0 && rest.count)
        json_append(list, entry("others", &rest, "SCMP_ACT_ALLOW", 0));
    return r;
}

struct json *learned_profile(const struct learned *l)
{
    struct json *doc = json_object_new(), *list = json_array_new();
    _cleanup_strv_ struct strv absent = {0};
    _cleanup_buf_ struct buf comment = {0};

    buf_add(&comment, "Learned from ");
    for (size_t i = 0; i < l->sources.count; i++)
        buf_addf(&comment, "%s%s", i ? ", " : "", l->sources.item[i]);
    buf_addf(&comment, ": %zu calls; every other is refused.", l->calls.count);
    json_set(doc, "comment", json_string(buf_text(&comment)));
    json_set(doc, "defaultAction", json_string("SCMP_ACT_ERRNO"));
    json_set(doc, "defaultErrnoRet", json_int(EPERM));
    if (l->take_caps.count) {
        json_set(doc, "x-cgrun-shield", json_bool(true));
        json_set(doc, "x-cgrun-takeCapabilities", json_strv(&l->take_caps));
    }
    if (add_groups(l, list) < 0 || (l->absent.count && strv_add_all(&absent, l->absent.item) < 0)) {
        json_free(list);
        json_free(doc);
        return NULL;
    }
    if (absent.count)
        json_append(list, entry("answered as by a kernel that has none: programs fall back",
                                &absent, "SCMP_ACT_ERRNO", ENOSYS));
    json_set(doc, "syscalls", list);
    return doc;
}

/* Whether most of what this machine has of the group is used. */
static bool is_mostly_used(const char *group, const struct strv *calls)
{
    _cleanup_strv_ struct strv members = {0};
    unsigned here = 0, used = 0;

    if (group_expand(group, &members) < 0)
        return false;
    strv_each (&members, call)
        if (compile_call_number(call) >= 0) {
            here++;
            used += holds(calls, call);
        }
    return here > 1 && used >= FOLD_FROM * here;
}

void learned_filter(const struct learned *l, struct buf *out)
{
    _cleanup_strv_ struct strv rest = {0};
    size_t count;
    const struct call_group *groups = groups_all(&count);

    if (l->calls.count && strv_add_all(&rest, l->calls.item) < 0)
        out->failed = true;
    for (size_t i = 0; i < count; i++) {
        _cleanup_strv_ struct strv folded = {0};

        if (!is_telling(&groups[i]) || !is_mostly_used(groups[i].name, &l->calls) ||
            take_group(groups[i].name, &rest, &folded) < 0 || folded.count == 0)
            continue;
        buf_addf(out, "%s%s", out->len ? " " : "", groups[i].name);
    }
    if (rest.count)
        qsort(rest.item, rest.count, sizeof(char *), by_name);
    strv_each (&rest, call)
        buf_addf(out, "%s%s", out->len ? " " : "", call);
}

void learned_free(struct learned *l)
{
    strv_free(&l->calls);
    strv_free(&l->absent);
    strv_free(&l->sources);
    strv_free(&l->take_caps);
}
