/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/opening.h"

/* Between two looks at pending signals, which wake nobody. */
#define POLL_MS 50

static const char *const names[] = {"stdin", "stdout", "stderr"};

void streams_init(struct streams *s)
{
    for (int i = 0; i < 3; i++)
        s->fd[i] = -1;
}

void streams_close(struct streams *s)
{
    for (int i = 0; i < 3; i++)
        if (s->fd[i] >= 0)
            close(s->fd[i]);
    streams_init(s);
}

static bool has_path(const struct spec_stream *s)
{
    return s->kind == SPEC_STREAM_FILE || s->kind == SPEC_STREAM_APPEND ||
           s->kind == SPEC_STREAM_TRUNCATE;
}

/* One with a name in a file system. A pipe (/dev/stdin) has its other end already. */
static bool is_fifo(const char *path)
{
    _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;
    struct statfs fs;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && fstatfs(fd, &fs) == 0 &&
           fs.f_type != PIPEFS_MAGIC;
}

static int become(const struct job_user *u)
{
    if (!u->change)
        return 0;
    return setgroups(u->groups_count, u->groups) < 0 || setresgid(u->gid, u->gid, u->gid) < 0 ||
                   setresuid(u->uid, u->uid, u->uid) < 0
               ? errno
               : 0;
}

/* A descriptor with one byte of data, or the errno instead. */
static void send_answer(int to, int fd, int error)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct iovec data = {.iov_base = &error, .iov_len = sizeof(error)};
    struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

    if (fd >= 0) {
        m.msg_control = control.room;
        m.msg_controllen = sizeof(control.room);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    }
    sendmsg(to, &m, MSG_NOSIGNAL);
}

/* What was sent, or a negative errno. */
static int receive_answer(int from)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    int error = 0, fd;
    struct iovec data = {.iov_base = &error, .iov_len = sizeof(error)};
    struct msghdr m = {.msg_iov = &data,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof(control.room)};

    if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(error))
        return -EIO;
    if (error || m.msg_controllen < sizeof(control.head) || control.head.cmsg_type != SCM_RIGHTS)
        return error ? -error : -EIO;
    memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
    return fd;
}

/* It may be something else by now; then what there is to wait for is not what was meant. */
static int open_waiting(const char *path, int flags)
{
    int fd = open(path, flags | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
        return fd;
    return fd < 0 ? -errno : -ESTALE;
}

static void open_for(int to, const char *path, int number, const struct plan *plan,
                     const sigset_t *mask)
{
    int r;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    r = -become(&plan->user);
    if (r == 0)
        r = open_waiting(path, number == 0 ? O_RDONLY : O_WRONLY);
    send_answer(to, r, r < 0 ? -r : 0);
    _exit(0);
}

static int await(int from, uint64_t limit_ns)
{
    struct pollfd p = {.fd = from, .events = POLLIN};
    int64_t start = monotonic_ns();

    while (poll(&p, 1, POLL_MS) <= 0) {
        if (ending_is_pending())
            return -EINTR;
        if (limit_ns < SPEC_INFINITY && (uint64_t)(monotonic_ns() - start) > limit_ns)
            return -ETIMEDOUT;
    }
    return receive_answer(from);
}

static int explain(int code, int number, const char *path, struct err *err)
{
    if (code == -EINTR)
        return err_set(err, EINTR, NULL, ERR_RETRY_SAFE,
                       "ended while %s '%.200s' waited for a process at the FIFO's other end",
                       names[number], path);
    if (code == -ETIMEDOUT)
        return err_set(err, ETIMEDOUT, "a process to open the FIFO's other end",
                       "nothing was started; start that process first and retry",
                       "the time limit ran out: %s '%.200s'", names[number], path);
    return err_sys(err, -code, ERR_CORRECT_AND_RETRY, "%s '%.200s'", names[number], path);
}

static int open_one(const char *path, int number, const struct plan *plan, const sigset_t *mask,
                    struct err *err)
{
    int ends[2], r;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a socket");
    pid = fork();
    if (pid == 0)
        open_for(ends[1], path, number, plan, mask);
    close(ends[1]);
    r = pid < 0 ? -errno : await(ends[0], plan->spec->runtime_max_ns);
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    return r < 0 ? explain(r, number, path, err) : r;
}

int streams_open(struct streams *s, const struct plan *plan, const sigset_t *mask, struct err *err)
{
    const struct spec_stream *const stream[] = {&plan->spec->input, &plan->spec->output,
                                                &plan->spec->error};

    for (int i = 0; i < 3; i++) {
        if (!has_path(stream[i]) || !is_fifo(stream[i]->path))
            continue;
        s->fd[i] = open_one(stream[i]->path, i, plan, mask, err);
        if (s->fd[i] < 0)
            return s->fd[i];
    }
    return 0;
}
