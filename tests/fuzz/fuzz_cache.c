/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of the policy cache with any content: it is taken as it was written, or not at all. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/tmp/cgrun-fuzz-XXXXXX";

static void remove_directory(void)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/x.bpf", directory);
    unlink(path);
    rmdir(directory);
}

static void write_cache(const uint8_t *data, size_t size)
{
    static int made;
    char path[64];
    int fd;

    if (!made) {
        if (!mkdtemp(directory))
            abort();
        atexit(remove_directory);
        made = 1;
    }
    snprintf(path, sizeof(path), "%s/x.bpf", directory);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_program program = {.hash = "x"};

    write_cache(data, size);
    if (cache_read(directory, &program) &&
        (program.quiet.len > BPF_MAXINSNS || program.logged.len > BPF_MAXINSNS))
        abort();
    policy_program_free(&program);
    return 0;
}
