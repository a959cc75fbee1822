/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/floor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"

static int is_policy(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static int add(const char *dir, const char *name, const struct policy_request *like,
               struct policy_floor *ret, struct err *err)
{
    struct policy_request request = {.capabilities = like->capabilities,
                                     .cache_dir = like->cache_dir};
    char path[512];
    int r;

    if (ret->count == POLICY_FLOOR_MAX)
        return err_set(err, E2BIG, "at most 8 policies", ERR_CORRECT_AND_RETRY,
                       "policies that hold for every job in %s", dir);
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    request.policy = path;
    r = policy_compile(&request, &ret->item[ret->count], err);
    ret->count += r == 0;
    return r;
}

int policy_floor_read(const char *dir, const struct policy_request *like, struct policy_floor *ret,
                      struct err *err)
{
    struct dirent **entries;
    int count, r = 0;

    *ret = (struct policy_floor){0};
    count = scandir(dir, &entries, is_policy, alphasort);
    if (count < 0)
        return errno == ENOENT ? 0
                               : err_sys(err, errno, ERR_CORRECT_AND_RETRY,
                                         "policies that hold for every job: %s", dir);
    for (int i = 0; i < count; i++) {
        if (r == 0)
            r = add(dir, entries[i]->d_name, like, ret, err);
        free(entries[i]);
    }
    free(entries);
    if (r < 0)
        policy_floor_free(ret);
    return r;
}

void policy_floor_free(struct policy_floor *floor)
{
    for (size_t i = 0; i < floor->count; i++)
        policy_program_free(&floor->item[i]);
    floor->count = 0;
}
