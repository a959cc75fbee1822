/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

int file_read_at(int dirfd, const char *path, char *buf, size_t size)
{
    _cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;

    buf[0] = '\0';
    if (fd < 0)
        return -errno;
    while (used < size - 1) {
        ssize_t n = read(fd, buf + used, size - 1 - used);

        if (n < 0) {
            buf[0] = '\0';
            return -errno;
        }
        if (n == 0)
            break;
        used += (size_t)n;
    }
    buf[used] = '\0';
    return (int)used;
}

int file_write_at(int dirfd, const char *path, const char *text)
{
    _cleanup_close_ int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return -errno;
    n = write(fd, text, strlen(text));
    return n < 0 ? -errno : 0;
}

/* Straight into the block that is returned: a buffer on the stack would be pages more to touch. */
int file_read_fd(int fd, size_t limit, char **ret)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0, used = 0;
    ssize_t n;

    do {
        if (size - used < 2) {
            size_t more = size ? 2 * size : 8192;
            char *grown = realloc(text, more);

            if (!grown)
                return -ENOMEM;
            text = grown;
            size = more;
        }
        n = read(fd, text + used, size - used - 1);
        if (n < 0)
            return -errno;
        used += (size_t)n;
        if (used > limit)
            return -EFBIG;
    } while (n > 0);
    text[used] = '\0';
    *ret = steal(&text);
    return 0;
}

int file_read_all(const char *path, size_t limit, char **ret)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -errno : file_read_fd(fd, limit, ret);
}

int text_value(const char *text, const char *key, uint64_t *ret)
{
    size_t n = strlen(key);

    for (const char *at = text; (at = strstr(at, key)) != NULL; at += n) {
        char *end;

        if ((at != text && at[-1] != '\n' && at[-1] != ' ') || !at[n] || !strchr(" =:", at[n]))
            continue;
        *ret = strtoull(at + n + 1, &end, 10);
        return end == at + n + 1 ? -ENOENT : 0;
    }
    return -ENOENT;
}
