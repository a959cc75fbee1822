/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of the policy cache with any content: it is taken as it was written, or not at all. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/cache.h"
#include "policy/policy.h"

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

static bool same_program(const struct sock_fprog *a, const struct sock_fprog *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->filter, b->filter, a->len * sizeof(*a->filter)) == 0);
}

/* The shipped policy's own file, once. */
static const struct policy_program *real_file(uint8_t *file, size_t room, size_t *size)
{
    static struct policy_program program;
    const struct policy_request request = {.policy = "batch"};
    struct err err;
    char path[64];
    FILE *f;

    if (!program.confines && policy_compile(&request, &program, &err) < 0)
        abort();
    write_cache((const uint8_t *)"", 0);
    snprintf(path, sizeof(path), "%s/x.bpf", directory);
    strcpy(program.hash, "x");
    cache_write(directory, &program);
    f = fopen(path, "rb");
    *size = f ? fread(file, 1, room, f) : 0;
    if (f)
        fclose(f);
    return &program;
}

/* Changed in some bytes, three of the input for each, or cut: refused, or as it was written. */
static void tamper(const uint8_t *data, size_t size)
{
    static uint8_t whole[1 << 16];
    struct policy_program program = {.hash = "x"};
    size_t len;
    const struct policy_program *real = real_file(whole, sizeof(whole), &len);

    if (len == 0)
        abort();
    for (; size >= 3; data += 3, size -= 3)
        whole[(data[0] * 256u + data[1]) % len] = data[2];
    write_cache(whole, size ? data[0] * len / 256 : len);
    if (cache_read(directory, &program) &&
        (!same_program(&program.quiet, &real->quiet) ||
         !same_program(&program.logged, &real->logged) || program.take_caps != real->take_caps))
        abort();
    policy_program_free(&program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_program program = {.hash = "x"};

    if (size && data[0] % 2) {
        tamper(data + 1, size - 1);
        return 0;
    }
    write_cache(data, size);
    if (cache_read(directory, &program) &&
        (program.quiet.len > BPF_MAXINSNS || program.logged.len > BPF_MAXINSNS))
        abort();
    policy_program_free(&program);
    return 0;
}
