/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/base/cleanup.h"
#include "runner/base/trusted.h"

#define SIZE_LIMIT (1 << 20)

extern const char policy_profile_batch[], policy_profile_batch_end[];
extern const char policy_profile_strict[], policy_profile_strict_end[];
extern const char policy_profile_build[], policy_profile_build_end[];
extern const char policy_profile_network_client[], policy_profile_network_client_end[];
extern const char policy_profile_readonly[], policy_profile_readonly_end[];

static const struct {
    const char *name, *text, *end;
} shipped[] = {
    {"batch", policy_profile_batch, policy_profile_batch_end},
    {"strict", policy_profile_strict, policy_profile_strict_end},
    {"build", policy_profile_build, policy_profile_build_end},
    {"network-client", policy_profile_network_client, policy_profile_network_client_end},
    {"readonly", policy_profile_readonly, policy_profile_readonly_end},
};

static int open_file(const char *path, size_t *size, struct err *err)
{
    _cleanup_close_ int fd = trusted_file("policy", path, err);
    struct stat st;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "policy '%.200s'", path);
    if (st.st_size > SIZE_LIMIT)
        return err_set(err, EFBIG, "at most 1 MiB", ERR_CORRECT_AND_RETRY,
                       "policy '%.200s' has %lld bytes", path, (long long)st.st_size);
    *size = (size_t)st.st_size;
    return steal_fd(&fd);
}

static int read_file(const char *path, struct policy_source *ret, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0, used = 0;
    _cleanup_close_ int fd = open_file(path, &size, err);

    if (fd < 0)
        return fd;
    text = malloc(size + 1);
    if (!text)
        return err_oom(err);
    while (used < size) {
        ssize_t n = read(fd, text + used, size - used);

        if (n < 0)
            return err_sys(err, errno, ERR_RETRY_SAFE, "policy '%.200s'", path);
        if (n == 0)
            break;
        used += (size_t)n;
    }
    ret->len = used;
    ret->text = ret->owned = steal(&text);
    return 0;
}

bool policy_source_shipped(const char *name, struct policy_source *ret)
{
    for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++)
        if (strcmp(shipped[i].name, name) == 0) {
            *ret = (struct policy_source){.name = shipped[i].name,
                                          .text = shipped[i].text,
                                          .len = (size_t)(shipped[i].end - shipped[i].text)};
            return true;
        }
    return false;
}

int policy_source_read(const char *policy, struct policy_source *ret, struct err *err)
{
    *ret = (struct policy_source){.name = policy};
    if (strcmp(policy, "none") == 0 || policy_source_shipped(policy, ret))
        return 0;
    if (!strchr(policy, '/'))
        return err_set(err, ENOENT,
                       "batch, strict, build, network-client, readonly, none or a file's path with "
                       "a '/' in it",
                       ERR_CORRECT_AND_RETRY, "policy '%.200s'", policy);
    return read_file(policy, ret, err);
}

void policy_source_free(struct policy_source *source)
{
    free(source->owned);
    *source = (struct policy_source){0};
}
