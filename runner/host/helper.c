/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/helper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int helper_path(const char *name, char *buf, size_t size)
{
    static const char *const places[] = {"", "../lib/cgrun/"};
    char exe[400];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    char *slash;

    if (n < 0)
        return -errno;
    exe[n] = '\0';
    slash = strrchr(exe, '/');
    if (!slash)
        return -ENOENT;
    slash[1] = '\0';
    for (size_t i = 0; i < 2; i++) {
        snprintf(buf, size, "%s%s%s", exe, places[i], name);
        if (access(buf, X_OK) == 0)
            return 0;
    }
    return -ENOENT;
}
