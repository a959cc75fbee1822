/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "runner/host/command.h"
#include "runner/host/helper.h"

/* systemd answers within milliseconds; one that is busy booting or reloading takes longer. */
#define SYSTEMD_TIMEOUT_MS 30000
/* Longer than any job takes to be killed once its own grace is over. */
#define STOP_SLACK_USEC UINT64_C(15000000)

static int write_in(const char *dir, const char *file, const char *value)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    return file_write_at(AT_FDCWD, path, value);
}

/* The helper says "invocation ID" or "error TEXT". */
static int ask_systemd(struct place *place, const struct plan *plan, struct err *err)
{
    const struct plan_place *p = &plan->place;
    char helper[512], pid[16], stop[32], answer[512] = "";
    const char *argv[] = {helper,         "scope",    p->user_manager ? "user" : "system",
                          p->scope,       pid,        stop,
                          p->description, p->part_of, NULL};
    struct command c;
    int r = helper_path("cgrun-systemd", helper, sizeof(helper));

    snprintf(pid, sizeof(pid), "%d", getpid());
    snprintf(stop, sizeof(stop), "%" PRIu64, plan->spec->kill_after_ns / 1000 + STOP_SLACK_USEC);
    if (r == 0)
        r = command_start(&c, argv);
    if (r == 0)
        r = command_finish(&c, answer, sizeof(answer), SYSTEMD_TIMEOUT_MS);
    answer[strcspn(answer, "\n")] = '\0';
    if (r == 0 && sscanf(answer, "invocation %39s", place->invocation_id) == 1)
        return 0;
    return err_set(err, EIO, "systemd to make the scope",
                   "nothing was started; look at `systemctl status`, or use --scope never",
                   "scope %s: %s", p->scope,
                   strncmp(answer, "error ", 6) == 0 ? answer + 6
                   : r < 0                           ? strerror(-r)
                                                     : "the helper did not answer");
}

/* systemd's answer is checked: what follows is done in that group. */
static int check_scope(const struct plan_place *p, struct err *err)
{
    char own[1024];
    size_t n = strlen(p->scope_path);

    if (file_read_at(AT_FDCWD, "/proc/self/cgroup", own, sizeof(own)) > 0 &&
        strncmp(own, "0::", 3) == 0 && strncmp(own + 3, p->scope_path, n) == 0 &&
        own[3 + n] == '\n')
        return 0;
    own[strcspn(own, "\n")] = '\0';
    return err_set(err, EIO, p->scope_path, "nothing was started; use --scope never",
                   "systemd made the scope elsewhere: %.300s", own);
}

static int enter_leaf(struct place *place, struct err *err)
{
    const char *leaf = place->plan->leaf;
    int r;

    if (mkdir(leaf, 0755) < 0 && errno != EEXIST)
        return err_sys(err, errno, "nothing was started; run as root, or in a delegated cgroup",
                       "cannot create %s", leaf);
    r = write_in(leaf, "cgroup.procs", "0");
    if (r < 0) {
        rmdir(leaf);
        return err_sys(err, -r, "nothing was started; run as root, or in a delegated cgroup",
                       "cannot move cgrun into %s", leaf);
    }
    place->in_leaf = true;
    return 0;
}

int place_enter(struct place *place, const struct plan *plan, struct err *err)
{
    const struct plan_place *p = &plan->place;
    int r = 0;

    *place = (struct place){.plan = p};
    if (p->scope)
        r = ask_systemd(place, plan, err);
    if (r == 0 && p->scope)
        r = check_scope(p, err);
    if (r == 0 && p->leaf)
        r = enter_leaf(place, err);
    if (r == 0 && p->enable) {
        r = write_in(p->base, "cgroup.subtree_control", p->enable);
        if (r < 0)
            err_sys(err, -r,
                    r == -EBUSY ? "nothing was started; other processes are in it, retry once they "
                                  "have left"
                                : "nothing was started; run as root, or in a delegated cgroup",
                    "cannot enable '%s' in %s", p->enable, p->base);
    }
    if (r < 0)
        place_leave(place);
    return r;
}

/* "+memory +pids" undone is "-memory -pids". */
static void disable(const struct plan_place *p)
{
    _cleanup_free_ char *text = strdup(p->enable);

    for (char *plus = text; plus && (plus = strchr(plus, '+')) != NULL;)
        *plus = '-';
    if (text)
        write_in(p->base, "cgroup.subtree_control", text);
}

void place_leave(struct place *place)
{
    const struct plan_place *p = place->plan;

    if (!place->in_leaf)
        return;
    if (p->enable)
        disable(p);
    if (write_in(p->base, "cgroup.procs", "0") == 0)
        rmdir(p->leaf);
    place->in_leaf = false;
}
