/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gnuplot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/host/command.h"

#define PLOT_MAX   (8UL << 20)
#define TIMEOUT_MS 30000

int gnuplot_draw(const struct buf *script, char **ret, struct err *err)
{
    static const char *const argv[] = {"gnuplot", "--default-settings", "-", NULL};
    static const char missing[] = "apt-get install gnuplot-nox, or use --format md";
    _cleanup_close_ int input = memfd_create("gnuplot", MFD_CLOEXEC);
    _cleanup_free_ char *room = malloc(PLOT_MAX);
    struct command command;
    int status;

    if (input < 0 || !room || script->failed)
        return err_oom(err);
    if (write(input, script->data, script->len) != (ssize_t)script->len ||
        lseek(input, 0, SEEK_SET) < 0)
        return err_sys(err, errno, NULL, "cannot hand a plot to gnuplot");
    status = command_start_reading(&command, argv, input);
    if (status == 0)
        status = command_finish(&command, room, PLOT_MAX, TIMEOUT_MS);
    if (status == -ENOENT || status == 127)
        return err_set(err, ENOENT, "gnuplot, which draws the plots", missing,
                       "gnuplot is not here");
    if (status != 0 || !strstr(room, "</svg>"))
        return err_set(err, EIO, "a plot", missing, "gnuplot ended with status %d", status);
    *ret = strdup(room);
    return *ret ? 0 : err_oom(err);
}
