/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/systemd/systemd.h"

int fail(const char *text)
{
    printf("error %s\n", text);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (argc >= 7 && strcmp(verb, "scope") == 0) {
        struct scope s = {
            .user = strcmp(argv[2], "user") == 0,
            .unit = argv[3],
            .pid = (uint32_t)strtoul(argv[4], NULL, 10),
            .stop_usec = strtoull(argv[5], NULL, 10),
            .description = argv[6],
            .service = argc > 7 ? argv[7] : NULL,
        };

        return scope_make(&s);
    }
    if (argc >= 5 && strncmp(verb, "journal", 7) == 0) {
        struct journal_job job = {argv[2], argv[3], argv[4]};

        return argc >= 7 ? journal_end(&job, argv[5], argv[6]) : journal_follow(&job);
    }
    return fail("usage: cgrun-systemd scope system|user UNIT PID STOP_USEC DESCRIPTION [SERVICE], "
                "journal JOB NAME OWNER, journal-end JOB NAME OWNER VERDICT STATUS");
}
