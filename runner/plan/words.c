/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/plan/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "runner/spec/settings.h"

/* A switch, so that the compiler warns of a kind without words. */
const char *plan_mount_words(enum plan_mount_kind kind)
{
    switch (kind) {
    case PLAN_MOUNT_READONLY:
        return "read-only";
    case PLAN_MOUNT_OWN_CLOSED:
        return "closed: cgrun's own";
    case PLAN_MOUNT_DEVICE_CLOSED:
        return "closed: does what the policy refuses";
    case PLAN_MOUNT_OWN_READONLY:
        return "read-only: cgrun's own";
    case PLAN_MOUNT_READONLY_TREE:
        return "read-only with all beneath it";
    case PLAN_MOUNT_PATH_READONLY:
        return "read-only, as asked for";
    case PLAN_MOUNT_PATH_WRITABLE:
        return "writable, as asked for";
    case PLAN_MOUNT_PATH_HIDDEN:
        return "empty and closed";
    case PLAN_MOUNT_PROC:
        return "that of its PID namespace";
    case PLAN_MOUNT_PRIVATE_TMP:
        return "empty, of its own, in memory";
    }
    return "of an unknown kind";
}

const char *plan_stream_words(enum spec_stream_kind kind)
{
    switch (kind) {
    case SPEC_STREAM_INHERIT:
        return "inherit";
    case SPEC_STREAM_NULL:
        return "null";
    case SPEC_STREAM_FILE:
        return "file";
    case SPEC_STREAM_APPEND:
        return "append";
    case SPEC_STREAM_TRUNCATE:
        return "truncate";
    case SPEC_STREAM_STDOUT:
        return "stdout";
    }
    return "unknown";
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
