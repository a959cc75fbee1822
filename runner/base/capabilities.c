/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/capabilities.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

int capability_by_name(const char *name)
{
    char full[40];
    cap_value_t value;

    snprintf(full, sizeof(full), "%s%s", strncasecmp(name, "cap_", 4) == 0 ? "" : "cap_", name);
    if (strlen(full) < strlen(name) || cap_from_name(full, &value) < 0)
        return -1;
    return value;
}

bool capability_name(int number, char *buf, size_t size)
{
    char *name = number < cap_max_bits() ? cap_to_name((cap_value_t)number) : NULL;

    if (!name)
        return false;
    snprintf(buf, size, "%s", name);
    cap_free(name);
    return strncmp(buf, "cap_", 4) == 0;
}

uint64_t capabilities_effective(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};

    if (syscall(SYS_capget, &head, data) < 0)
        return 0;
    return data[0].effective | (uint64_t)data[1].effective << 32;
}
