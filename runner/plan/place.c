/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the job's cgroup2 group goes, and what has to be done so that it can have controllers. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/plan/plan.h"

#define SLICE "cgrun.slice"

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* With nothing but what a unit's name may hold. */
static void add_unit_text(char *buf, size_t size, const char *text)
{
    size_t n = strlen(buf), end = n + 60 < size ? n + 60 : size - 1;

    for (; *text && n < end; text++, n++)
        buf[n] = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", *text)
                     ? *text
                     : '_';
    buf[n] = '\0';
}

/* "cgrun-NAME-OWNER-MS-PID.scope": listings of cgroups show nothing else of a unit. */
static void unit_name(const struct job_spec *spec, const struct plan_inputs *inputs, char *buf,
                      size_t size)
{
    size_t n;

    snprintf(buf, size, "cgrun-");
    add_unit_text(buf, size,
                  spec->name         ? spec->name
                  : spec->argv.count ? last_component(spec->argv.item[0])
                                     : "job");
    if (spec->owner) {
        n = strlen(buf);
        snprintf(buf + n, size - n, "-");
        add_unit_text(buf, size, spec->owner);
    }
    n = strlen(buf);
    snprintf(buf + n, size - n, "-%" PRId64 "-%d.scope", inputs->now_ms, inputs->pid);
}

/* The service the caller is part of: stopping it shall stop the job. */
static bool service_of(const struct host_facts *facts, char *buf, size_t size)
{
    const struct hierarchy *v2 = facts_v2(facts);
    const char *name = v2 ? last_component(v2->own) : "";
    size_t n = strlen(name);

    if (n < 9 || strcmp(name + n - 8, ".service") != 0 || strncmp(name, "user@", 5) == 0)
        return false;
    snprintf(buf, size, "%s", name);
    return true;
}

static const char *why_no_scope(const struct job_spec *spec, const struct host_facts *facts)
{
    if (facts->layout != HOST_V2)
        return "the cgroups of this host are not v2 alone";
    if (!facts->systemd)
        return "systemd does not run this host";
    if (facts->namespaced)
        return "the caller is root of a user namespace, which systemd does not obey";
    if (!facts->root && !facts->user_manager)
        return "no systemd of the caller's own is running";
    if (spec->parent)
        return "parent says where the job goes";
    return NULL;
}

static int fill_scope(struct plan_place *place, const struct job_spec *spec,
                      const struct host_facts *facts, const struct plan_inputs *inputs)
{
    char unit[256], service[256], manager[128] = "";

    unit_name(spec, inputs, unit, sizeof(unit));
    place->user_manager = !facts->root;
    if (place->user_manager)
        snprintf(manager, sizeof(manager), "/user.slice/user-%u.slice/user@%u.service", facts->uid,
                 facts->uid);
    place->scope = strdup(unit);
    if (service_of(facts, service, sizeof(service)))
        place->part_of = strdup(service);
    if (asprintf(&place->scope_path, "%s/" SLICE "/%s", manager, unit) < 0 ||
        asprintf(&place->description, "cgrun job %s%s%s%s",
                 spec->name ? spec->name : last_component(spec->argv.item[0]),
                 spec->owner ? " (owner " : "", spec->owner ? spec->owner : "",
                 spec->owner ? ")" : "") < 0)
        return -ENOMEM;
    return place->scope ? 0 : -ENOMEM;
}

int plan_scope(struct plan_place *place, const struct job_spec *spec, struct host_facts *facts,
               const struct plan_inputs *inputs, struct err_list *errors)
{
    const char *why = why_no_scope(spec, facts);
    struct err err;
    int r;

    *place = (struct plan_place){0};
    if (spec->scope == SPEC_SCOPE_ALWAYS && why) {
        err_set(&err, ENOTSUP, "a systemd host with cgroup v2", ERR_CORRECT_AND_RETRY,
                "scope 'always': %s", why);
        return err_list_add(errors, &err) < 0 ? -ENOMEM : -EINVAL;
    }
    if (why || spec->scope == SPEC_SCOPE_NEVER)
        return 0;
    if (spec->scope == SPEC_SCOPE_AUTO && facts->place.delegated && !facts->place.crowded)
        return 0;
    r = fill_scope(place, spec, facts, inputs);
    if (r == 0)
        facts_enter_scope(facts, place->scope_path);
    return r;
}

/* The controllers of the job that the group it is made in does not give its children yet. */
static int missing(const struct plan *plan, const struct host_facts *facts, char **ret)
{
    char words[128], list[256] = "", *save = NULL;

    snprintf(words, sizeof(words), "%s", plan_v2(plan)->controllers);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        size_t n = strlen(list);

        if (!facts_word_in(facts->place.enabled, w))
            snprintf(list + n, sizeof(list) - n, "%s+%s", n ? " " : "", w);
    }
    if (*list && !(*ret = strdup(list)))
        return -ENOMEM;
    return 0;
}

static int refuse_crowded(const struct plan *plan, const struct hierarchy *v2,
                          struct err_list *errors)
{
    struct err err;

    err_set(&err, EBUSY, "a cgroup that cgrun has for itself, to give controllers to groups in it",
            "nothing was started; start cgrun as the only process of a delegated unit or container "
            "(exec cgrun ...), give an outer cgrun --delegate, or on a systemd host allow --scope",
            "cannot enable '%s' in %s%s: other processes are in it", plan->place.enable, v2->mount,
            v2->own);
    return err_list_add(errors, &err) < 0 ? -ENOMEM : 0;
}

int plan_leaves(struct plan *plan, const struct host_facts *facts, struct err_list *errors)
{
    const struct hierarchy *v2 = facts_v2(facts);
    struct plan_place *place = &plan->place;

    if (!v2 || !plan->groups)
        return 0;
    if (asprintf(&place->base, "%s%s", v2->mount, strcmp(v2->own, "/") == 0 ? "" : v2->own) < 0 ||
        missing(plan, facts, &place->enable) < 0)
        return -ENOMEM;
    place->job_leaf = plan->spec->delegate && *plan_v2(plan)->controllers;
    if (!place->enable || facts->place.root)
        return 0;
    if (facts->place.crowded)
        return refuse_crowded(plan, v2, errors);
    if (asprintf(&place->leaf, "%s/" HOST_LEAF "-%s", place->base,
                 strrchr(plan->group_name, '-') + 1) < 0)
        return -ENOMEM;
    return 0;
}

void plan_place_free(struct plan_place *place)
{
    free(place->scope);
    free(place->scope_path);
    free(place->description);
    free(place->part_of);
    free(place->base);
    free(place->leaf);
    free(place->enable);
    *place = (struct plan_place){0};
}
