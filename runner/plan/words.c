/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/plan/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "runner/spec/settings.h"

const char *plan_mount_words(enum plan_mount_kind kind)
{
    static const char *const words[] = {
        [PLAN_MOUNT_READONLY] = "read-only",
        [PLAN_MOUNT_READONLY_TREE] = "read-only with all beneath it",
        [PLAN_MOUNT_BIND_READONLY] = "bound read-only onto itself",
        [PLAN_MOUNT_PATH_READONLY] = "read-only, as asked for",
        [PLAN_MOUNT_PATH_WRITABLE] = "writable, as asked for",
        [PLAN_MOUNT_PATH_HIDDEN] = "empty and closed",
        [PLAN_MOUNT_PRIVATE_TMP] = "empty, of its own, in memory",
    };

    return words[kind];
}

const char *plan_stream_words(enum spec_stream_kind kind)
{
    static const char *const words[] = {
        [SPEC_STREAM_INHERIT] = "inherit", [SPEC_STREAM_NULL] = "null",
        [SPEC_STREAM_FILE] = "file",       [SPEC_STREAM_APPEND] = "append",
        [SPEC_STREAM_STDOUT] = "stdout",   [SPEC_STREAM_TRUNCATE] = "truncate",
    };

    return words[kind];
}

const char *plan_rlimit_key(int resource)
{
    for (size_t i = 0; i < settings_count; i++)
        if (strncmp(settings[i].key, "Limit", 5) == 0 && settings[i].arg == resource)
            return settings[i].key;
    return "Limit";
}

const char *plan_rlimit_text(uint64_t value, char *buf, size_t size)
{
    if (value == RLIM_INFINITY)
        snprintf(buf, size, "infinity");
    else
        snprintf(buf, size, "%" PRIu64, value);
    return buf;
}
