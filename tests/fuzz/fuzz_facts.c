/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as mountinfo and as /proc/self/cgroup: containers show what nobody expects. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/host/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct host_facts facts;
    char *text = strndup((const char *)data, size);

    if (!text)
        abort();
    facts_free(&facts);
    facts = (struct host_facts){0};
    facts_parse_mounts(&facts, text, NULL);
    facts_parse_own(&facts, text);
    facts_parse_release(&facts, text);
    if (facts.hierarchies > HOST_HIERARCHIES)
        abort();
    free(text);
    return 0;
}
