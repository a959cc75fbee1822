/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/program.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/opening.h"
#include "runner/base/timestamp.h"
#include "runner/host/command.h"

#define VERSION_TIMEOUT_MS 2000
/* More than a linker makes. */
#define HEADERS_MAX 64
#define NOTES_MAX   4096

bool program_find(const char *command, char *path, size_t size)
{
    const char *at = getenv("PATH");

    if (strchr(command, '/'))
        return (size_t)snprintf(path, size, "%s", command) < size && access(path, X_OK) == 0;
    for (size_t n; at && *at; at += n + (at[n] != '\0')) {
        n = strcspn(at, ":");
        if ((size_t)snprintf(path, size, "%.*s/%s", (int)n, n ? at : ".", command) < size &&
            access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static size_t padded(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* Of a note section: name, type and content, each filled up to four bytes. */
static bool find_build_id(const char *notes, size_t len, char *buf, size_t size)
{
    static const char prefix[] = "build-id ";
    Elf64_Nhdr n;

    for (size_t at = 0, next; at + sizeof(n) <= len; at = next) {
        size_t name = at + sizeof(n), content;

        memcpy(&n, notes + at, sizeof(n));
        if (n.n_namesz > len || n.n_descsz > len)
            return false;
        content = name + padded(n.n_namesz);
        next = content + padded(n.n_descsz);
        if (next > len)
            return false;
        if (n.n_type != NT_GNU_BUILD_ID || n.n_namesz != 4 || memcmp(notes + name, "GNU", 4) != 0)
            continue;
        if (sizeof(prefix) + 2 * (size_t)n.n_descsz > size)
            return false;
        memcpy(buf, prefix, sizeof(prefix));
        for (size_t i = 0; i < n.n_descsz; i++)
            snprintf(buf + sizeof(prefix) - 1 + 2 * i, 3, "%02x", (uint8_t)notes[content + i]);
        return true;
    }
    return false;
}

static bool build_id(int fd, char *buf, size_t size)
{
    Elf64_Phdr header[HEADERS_MAX];
    char notes[NOTES_MAX];
    Elf64_Ehdr elf;
    size_t count;

    if (pread(fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
        memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 || elf.e_ident[EI_CLASS] != ELFCLASS64 ||
        elf.e_phentsize != sizeof(*header))
        return false;
    count = elf.e_phnum < HEADERS_MAX ? elf.e_phnum : HEADERS_MAX;
    if (pread(fd, header, count * sizeof(*header), (off_t)elf.e_phoff) !=
        (ssize_t)(count * sizeof(*header)))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t len = header[i].p_filesz < sizeof(notes) ? header[i].p_filesz : sizeof(notes);
        ssize_t n;

        if (header[i].p_type != PT_NOTE)
            continue;
        n = pread(fd, notes, len, (off_t)header[i].p_offset);
        if (n > 0 && find_build_id(notes, (size_t)n, buf, size))
            return true;
    }
    return false;
}

bool program_build(const char *path, char *buf, size_t size)
{
    _cleanup_close_ int fd = opening_open("program", path, O_RDONLY, OPENING_FILE, NULL);
    struct stat st;
    char time[40];

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    if (build_id(fd, buf, size))
        return true;
    timestamp_format(timespec_ns(&st.st_mtim), time, sizeof(time));
    snprintf(buf, size, "%lld bytes, modified %s", (long long)st.st_size, time);
    return true;
}

bool program_version(const char *name, char *buf, size_t size)
{
    const char *const argv[] = {name, "--version", NULL};
    struct command c;
    char text[1024];

    if (command_start(&c, argv) < 0 ||
        command_finish(&c, text, sizeof(text), VERSION_TIMEOUT_MS) != 0)
        return false;
    snprintf(buf, size, "%.*s", (int)strcspn(text, "\n"), text);
    return *buf != '\0';
}
