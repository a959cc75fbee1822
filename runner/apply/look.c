/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/look.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* What execve and open would say, as the job's user: nothing is opened, so nothing waits. */
int look_for_command(const struct child *child, int *detail)
{
    int denied = 0;

    for (int i = 0; child->exec_paths[i]; i++) {
        struct stat st;

        *detail = i;
        if (stat(child->exec_paths[i], &st) == 0 && S_ISREG(st.st_mode) &&
            access(child->exec_paths[i], X_OK) == 0)
            return 0;
        if (errno == EACCES || stat(child->exec_paths[i], &st) == 0)
            denied = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return errno;
    }
    return denied ? denied : ENOENT;
}

static int look_at_stream(const struct spec_stream *s, int number)
{
    char dir[PATH_MAX];
    size_t n = 0, end = 0;

    if (!s->path || s->kind == SPEC_STREAM_NULL || s->kind == SPEC_STREAM_INHERIT)
        return 0;
    if (access(s->path, number == 0 ? R_OK : W_OK) == 0)
        return 0;
    if (number == 0 || errno != ENOENT)
        return errno;
    dir[0] = '\0';
    for (; s->path[n] && n < sizeof(dir) - 1; n++) {
        dir[n] = s->path[n];
        end = dir[n] == '/' ? n : end;
    }
    dir[end ? end : dir[0] == '/'] = '\0';
    return access(end || dir[0] ? dir : ".", W_OK | X_OK) == 0 ? 0 : errno;
}

int look_at_streams(const struct child *child, int *detail)
{
    const struct job_spec *spec = child->plan->spec;
    const struct spec_stream *const stream[] = {&spec->input, &spec->output, &spec->error};

    for (int i = 0; i < 3; i++) {
        int r = look_at_stream(stream[i], i);

        *detail = i;
        if (r)
            return r;
    }
    return 0;
}
