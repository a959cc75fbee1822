/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/files.h"

#define START_TIME_FIELD 22

uint64_t process_start_time(pid_t pid)
{
    char path[32], text[1024], *at;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    if (file_read_at(AT_FDCWD, path, text, sizeof(text)) <= 0)
        return 0;
    at = strrchr(text, ')'); /* the name may hold anything, also blanks and brackets */
    if (at && at[1] == ' ' && (at[2] == 'Z' || at[2] == 'X'))
        return 0; /* it has ended, and nobody has reaped it */
    for (int field = 2; at && field < START_TIME_FIELD; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

bool process_is_boot(const char *boot_id)
{
    char text[64];

    if (file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text)) <= 0)
        return false;
    text[strcspn(text, "\n")] = '\0';
    return strcmp(text, boot_id) == 0;
}
