/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/digest.h"
#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/trusted.h"

/* A file is this header, the instructions of both programs, and the notes, NUL-terminated each. */
struct cache_header {
    char magic[8];
    /* Of all that follows: finds damage. Whoever could forge a file here is root already. */
    uint8_t digest[DIGEST_SIZE];
    uint64_t take_caps;
    uint32_t flags;                 /* CACHE_* */
    uint32_t quiet_len, logged_len; /* in instructions */
    uint32_t notes_size;            /* in bytes */
};

#define CACHE_SHIELD    1u
#define CACHE_READ_ONLY 2u
#define CACHE_TELL      4u
#define MAGIC           "cgrunBPF"
#define FILE_MAX                                                                                   \
    (sizeof(struct cache_header) + 2 * BPF_MAXINSNS * sizeof(struct sock_filter) + NOTES_MAX)
#define NOTES_MAX     32768
#define CHECKED_AFTER offsetof(struct cache_header, take_caps)

/* Only what the caller alone may change is believed. */
static bool is_private(int fd, mode_t type, struct stat *st)
{
    return fstat(fd, st) == 0 && (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
           (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

/* Without a place that can be believed there is no cache, which only costs time. */
static int open_dir(const char *dir, enum trusted_directory how)
{
    _cleanup_close_ int fd = trusted_directory("cache", dir, how, NULL);
    struct stat st;

    return fd >= 0 && is_private(fd, S_IFDIR, &st) ? steal_fd(&fd) : -1;
}

static bool is_undamaged(const struct cache_header *h, const char *file, size_t size)
{
    uint8_t digest[DIGEST_SIZE];

    digest_of(&(struct digest_part){file + CHECKED_AFTER, size - CHECKED_AFTER}, 1, digest);
    return memcmp(digest, h->digest, sizeof(digest)) == 0;
}

static bool well_formed(const struct cache_header *h, const char *file, size_t size)
{
    size_t expected = sizeof(*h);

    if (memcmp(h->magic, MAGIC, sizeof(h->magic)) != 0 || h->quiet_len > BPF_MAXINSNS ||
        h->logged_len > BPF_MAXINSNS || h->notes_size > NOTES_MAX ||
        h->flags > (CACHE_SHIELD | CACHE_READ_ONLY | CACHE_TELL))
        return false;
    expected += (h->quiet_len + h->logged_len) * sizeof(struct sock_filter) + h->notes_size;
    return size == expected && (h->notes_size == 0 || file[size - 1] == '\0') &&
           is_undamaged(h, file, size);
}

static bool copy_program(struct sock_fprog *ret, uint32_t len, const char *from)
{
    size_t size = len * sizeof(*ret->filter);

    if (len == 0)
        return true;
    ret->filter = malloc(size);
    if (!ret->filter)
        return false;
    memcpy(ret->filter, from, size);
    ret->len = (unsigned short)len;
    return true;
}

static bool take_apart(const char *file, size_t size, struct policy_program *program)
{
    struct cache_header h;
    const char *at = file + sizeof(h), *end = file + size;

    if (size < sizeof(h))
        return false;
    memcpy(&h, file, sizeof(h));
    if (!well_formed(&h, file, size) || !copy_program(&program->quiet, h.quiet_len, at))
        return false;
    at += h.quiet_len * sizeof(struct sock_filter);
    if (!copy_program(&program->logged, h.logged_len, at))
        return false;
    at += h.logged_len * sizeof(struct sock_filter);
    for (; at < end; at += strlen(at) + 1) {
        if (strv_add(&program->notes, at) < 0)
            return false;
    }
    program->take_caps = h.take_caps;
    program->shield = h.flags & CACHE_SHIELD;
    program->read_only = h.flags & CACHE_READ_ONLY;
    program->tell = h.flags & CACHE_TELL;
    return true;
}

bool cache_read(const char *dir, struct policy_program *program)
{
    _cleanup_close_ int dir_fd = open_dir(dir, TRUSTED_THERE), fd = -1;
    _cleanup_free_ char *file = NULL; /* not on the stack, whose pages nothing else comes to */
    struct policy_program found = {0};
    struct stat st;
    char name[80];
    ssize_t n;

    if (dir_fd < 0)
        return false;
    snprintf(name, sizeof(name), "%s.bpf", program->hash);
    fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || !is_private(fd, S_IFREG, &st) || st.st_size > (off_t)FILE_MAX)
        return false;
    file = malloc((size_t)st.st_size + 1);
    n = file ? read(fd, file, (size_t)st.st_size) : -1;
    if (n < 0 || !take_apart(file, (size_t)n, &found)) {
        policy_program_free(&found);
        return false;
    }
    program->quiet = found.quiet;
    program->logged = found.logged;
    program->notes = found.notes;
    program->take_caps = found.take_caps;
    program->shield = found.shield;
    program->read_only = found.read_only;
    program->tell = found.tell;
    return true;
}

static void add_program(const struct sock_fprog *program, struct buf *b)
{
    if (program->len > 0)
        buf_add_bytes(b, program->filter, program->len * sizeof(*program->filter));
}

static void put_together(const struct policy_program *program, struct buf *b)
{
    struct cache_header h = {
        .magic = MAGIC,
        .take_caps = program->take_caps,
        .flags = (program->shield ? CACHE_SHIELD : 0) | (program->read_only ? CACHE_READ_ONLY : 0) |
                 (program->tell ? CACHE_TELL : 0),
        .quiet_len = program->quiet.len,
        .logged_len = program->logged.len,
    };

    strv_each (&program->notes, note)
        h.notes_size += (uint32_t)strlen(note) + 1;
    buf_add_bytes(b, &h, sizeof(h));
    add_program(&program->quiet, b);
    add_program(&program->logged, b);
    strv_each (&program->notes, note)
        buf_add_bytes(b, note, strlen(note) + 1);
    if (b->failed)
        return;
    digest_of(&(struct digest_part){b->data + CHECKED_AFTER, b->len - CHECKED_AFTER}, 1, h.digest);
    memcpy(b->data, &h, sizeof(h));
}

void cache_write(const char *dir, const struct policy_program *program)
{
    _cleanup_close_ int dir_fd = open_dir(dir, TRUSTED_MAKE), fd = -1;
    _cleanup_buf_ struct buf b = {0};
    char name[80], fresh[112];

    put_together(program, &b);
    if (dir_fd < 0 || b.failed || b.len > FILE_MAX)
        return;
    snprintf(name, sizeof(name), "%s.bpf", program->hash);
    snprintf(fresh, sizeof(fresh), "%s.%d.new", program->hash, (int)getpid());
    fd = openat(dir_fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, b.data, b.len) != (ssize_t)b.len || renameat(dir_fd, fresh, dir_fd, name) < 0)
        unlinkat(dir_fd, fresh, 0);
}
