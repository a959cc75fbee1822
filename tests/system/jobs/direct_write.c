/* SPDX-License-Identifier: GPL-2.0-or-later */
/* direct_write FILE MIB: writes MIB MiB past the page cache. Exits 77 where the file system can't.
 */
#include <errno.h>
#include <fcntl.h>

#include "tests/system/jobs/work.h"

int main(int argc, char **argv)
{
    unsigned long mib = strtoul(work_arg(argc, argv, 2, "1"), NULL, 10);
    void *block;
    int fd;

    if (argc < 3 || posix_memalign(&block, 4096, MIB) != 0)
        return 9;
    memset(block, 'x', MIB);
    fd = open(argv[1], O_WRONLY | O_CREAT | O_DIRECT, 0600);
    if (fd < 0)
        return errno == EINVAL ? 77 : 9;
    for (unsigned long i = 0; i < mib; i++)
        if (write(fd, block, MIB) != (ssize_t)MIB)
            return 9;
    return 0;
}
