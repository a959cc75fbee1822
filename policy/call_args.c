/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/call_args.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "policy/compile.h"
#include "runner/base/cleanup.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Call and arguments, as in the second section of the manual. */
static const char *const signatures[] = {
    "accept4 sockfd addr addrlen flags",
    "bind sockfd addr addrlen",
    "bpf cmd attr size",
    "chmod pathname mode",
    "clone flags stack parent_tid child_tid tls",
    "close fd",
    "connect sockfd addr addrlen",
    "creat pathname mode",
    "dup2 oldfd newfd",
    "dup3 oldfd newfd flags",
    "execve pathname argv envp",
    "execveat dirfd pathname argv envp flags",
    "faccessat2 dirfd pathname mode flags",
    "fchmod fd mode",
    "fchmodat dirfd pathname mode",
    "fcntl fd cmd arg",
    "futex uaddr op val timeout uaddr2 val3",
    "getsockopt sockfd level optname optval optlen",
    "ioctl fd request arg",
    "keyctl operation arg2 arg3 arg4 arg5",
    "kill pid sig",
    "listen sockfd backlog",
    "lseek fd offset whence",
    "madvise addr length advice",
    "memfd_create name flags",
    "mkdir pathname mode",
    "mkdirat dirfd pathname mode",
    "mknod pathname mode dev",
    "mknodat dirfd pathname mode dev",
    "mmap addr length prot flags fd offset",
    "mount source target filesystemtype mountflags data",
    "mprotect addr len prot",
    "mremap old_address old_size new_size flags new_address",
    "mknod pathname mode dev",
    "mknodat dirfd pathname mode dev",
    "open pathname flags mode",
    "openat dirfd pathname flags mode",
    "openat2 dirfd pathname how size",
    "perf_event_open attr pid cpu group_fd flags",
    "personality persona",
    "pipe2 pipefd flags",
    "prctl option arg2 arg3 arg4 arg5",
    "prlimit64 pid resource new_limit old_limit",
    "ptrace request pid addr data",
    "read fd buf count",
    "recvmsg sockfd msg flags",
    "renameat2 olddirfd oldpath newdirfd newpath flags",
    "sched_setscheduler pid policy param",
    "seccomp operation flags args",
    "sendmsg sockfd msg flags",
    "setns fd nstype",
    "setpriority which who prio",
    "setsockopt sockfd level optname optval optlen",
    "socket domain type protocol",
    "socketpair domain type protocol sv",
    "tgkill tgid tid sig",
    "tkill tid sig",
    "umount2 target flags",
    "unlinkat dirfd pathname flags",
    "unshare flags",
    "write fd buf count",
};

#define NAMED(constant)                                                                            \
    {                                                                                              \
#constant, (uint64_t)(int64_t)constant                                                     \
    }

static const struct {
    const char *name;
    uint64_t value;
} constants[] = {
    NAMED(AF_UNIX),
    NAMED(AF_INET),
    NAMED(AF_INET6),
    NAMED(AF_NETLINK),
    NAMED(AF_PACKET),
    NAMED(AF_ALG),
    NAMED(AF_VSOCK),
    NAMED(AF_RDS),
    NAMED(AF_TIPC),
    NAMED(AF_XDP),
    NAMED(AF_BLUETOOTH),
    NAMED(AF_CAN),
    NAMED(SOCK_STREAM),
    NAMED(SOCK_DGRAM),
    NAMED(SOCK_RAW),
    NAMED(SOCK_SEQPACKET),
    NAMED(SOCK_CLOEXEC),
    NAMED(SOCK_NONBLOCK),
    /* open */
    NAMED(O_RDONLY),
    NAMED(O_WRONLY),
    NAMED(O_RDWR),
    NAMED(O_CREAT),
    NAMED(O_EXCL),
    NAMED(O_TRUNC),
    NAMED(O_APPEND),
    NAMED(O_CLOEXEC),
    NAMED(O_DIRECT),
    NAMED(O_DIRECTORY),
    NAMED(O_NOFOLLOW),
    NAMED(O_NONBLOCK),
    NAMED(O_PATH),
    NAMED(O_TMPFILE),
    NAMED(AT_FDCWD),
    NAMED(S_IFREG),
    NAMED(S_IFCHR),
    NAMED(S_IFBLK),
    NAMED(S_IFIFO),
    NAMED(S_IFSOCK),
    NAMED(S_ISUID),
    NAMED(S_ISGID),
    /* clone, unshare, setns */
    NAMED(CLONE_VM),
    NAMED(CLONE_FS),
    NAMED(CLONE_FILES),
    NAMED(CLONE_SIGHAND),
    NAMED(CLONE_VFORK),
    NAMED(CLONE_THREAD),
    NAMED(CLONE_NEWNS),
    NAMED(CLONE_NEWCGROUP),
    NAMED(CLONE_NEWUTS),
    NAMED(CLONE_NEWIPC),
    NAMED(CLONE_NEWUSER),
    NAMED(CLONE_NEWPID),
    NAMED(CLONE_NEWNET),
    NAMED(CLONE_NEWTIME),
    /* memory */
    NAMED(PROT_NONE),
    NAMED(PROT_READ),
    NAMED(PROT_WRITE),
    NAMED(PROT_EXEC),
    NAMED(MAP_SHARED),
    NAMED(MAP_PRIVATE),
    NAMED(MAP_FIXED),
    NAMED(MAP_ANONYMOUS),
    NAMED(MAP_LOCKED),
    /* ioctl, fcntl, prctl, ptrace, personality */
    NAMED(TIOCSTI),
    NAMED(TIOCLINUX),
    NAMED(TCGETS),
    NAMED(TCSETS),
    NAMED(TIOCGWINSZ),
    NAMED(FIONREAD),
    NAMED(FIOCLEX),
    NAMED(F_DUPFD),
    NAMED(F_GETFL),
    NAMED(F_SETFL),
    NAMED(F_SETLK),
    NAMED(F_DUPFD_CLOEXEC),
    NAMED(PR_SET_NAME),
    NAMED(PR_SET_NO_NEW_PRIVS),
    NAMED(PR_SET_SECCOMP),
    NAMED(PR_SET_DUMPABLE),
    NAMED(PR_CAPBSET_DROP),
    NAMED(PR_SET_MM),
    NAMED(PTRACE_TRACEME),
    NAMED(PTRACE_ATTACH),
    NAMED(PTRACE_SEIZE),
    NAMED(PTRACE_PEEKDATA),
    NAMED(PTRACE_POKEDATA),
    NAMED(PER_LINUX),
    NAMED(PER_LINUX32),
    NAMED(ADDR_NO_RANDOMIZE),
    NAMED(READ_IMPLIES_EXEC),
    NAMED(SECCOMP_SET_MODE_STRICT),
    NAMED(SECCOMP_SET_MODE_FILTER),
    NAMED(SECCOMP_FILTER_FLAG_NEW_LISTENER),
};

static int refuse(struct err *err, const char *text, const char *expected)
{
    return err_set(err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "call '%.100s'", text);
}

/* The words after the call's name in its signature; NULL for a call without one. */
static const char *arguments_of(const char *call)
{
    size_t n = strlen(call);

    for (size_t i = 0; i < LEN(signatures); i++)
        if (strncmp(signatures[i], call, n) == 0 && signatures[i][n] == ' ')
            return signatures[i] + n + 1;
    return NULL;
}

static int index_of(const char *call, const char *name, size_t len)
{
    const char *at = arguments_of(call);

    for (int i = 0; at && *at; i++) {
        size_t n = strcspn(at, " ");

        if (n == len && strncmp(at, name, n) == 0)
            return i;
        at += n + strspn(at + n, " ");
    }
    return -1;
}

const char *call_arg_name(const char *call, unsigned index, char *buf, size_t size)
{
    const char *at = arguments_of(call);

    for (unsigned i = 0; at && i < index; i++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (at)
        snprintf(buf, size, "%.*s", (int)strcspn(at, " "), at);
    else
        snprintf(buf, size, "argument %u", index);
    return buf;
}

const char *call_arg_constant(const char *call, unsigned index, uint64_t value)
{
    static const struct {
        const char *call;
        unsigned index;
        const char *prefix;
    } families[] = {
        {"socket", 0, "AF_"},     {"socketpair", 0, "AF_"}, {"clone", 0, "CLONE_"},
        {"unshare", 0, "CLONE_"}, {"setns", 1, "CLONE_"},   {"ioctl", 1, "TIOC"},
    };

    for (size_t f = 0; f < LEN(families); f++) {
        if (strcmp(families[f].call, call) != 0 || families[f].index != index)
            continue;
        for (size_t i = 0; i < LEN(constants); i++)
            if (constants[i].value == value &&
                strncmp(constants[i].name, families[f].prefix, strlen(families[f].prefix)) == 0)
                return constants[i].name;
    }
    return NULL;
}

static unsigned count_of(const char *call)
{
    const char *at = arguments_of(call);
    unsigned n = at != NULL;

    for (; at && (at = strchr(at, ' ')); at++)
        n++;
    return n;
}

void call_words(const char *call, const uint64_t args[6], struct buf *out)
{
    unsigned named = count_of(call);

    buf_addf(out, "%s(", call);
    for (unsigned i = 0; i < (named ? named : 6); i++) {
        const char *constant = call_arg_constant(call, i, args[i]);
        char name[32];

        buf_add(out, i ? ", " : "");
        if (named)
            buf_addf(out, "%s=", call_arg_name(call, i, name, sizeof(name)));
        if (constant)
            buf_add(out, constant);
        else
            buf_addf(out, "0x%" PRIx64, args[i]);
    }
    buf_add(out, ")");
}

/* One number or constant. */
static bool parse_term(const char *term, uint64_t *ret)
{
    char *end;

    for (size_t i = 0; i < LEN(constants); i++)
        if (strcmp(constants[i].name, term) == 0) {
            *ret |= constants[i].value;
            return true;
        }
    if (*term == '-' ? term[1] < '0' || term[1] > '9' : *term < '0' || *term > '9')
        return false;
    errno = 0;
    *ret |= *term == '-' ? (uint64_t)strtoll(term, &end, 0) : strtoull(term, &end, 0);
    return !errno && !*end;
}

static int parse_value(char *value, uint64_t *ret)
{
    char *save = NULL;

    *ret = 0;
    if (!*value)
        return 0; /* "socket,,3" */
    for (char *term = strtok_r(value, "|", &save); term; term = strtok_r(NULL, "|", &save))
        if (!parse_term(term, ret))
            return -EINVAL;
    return 0;
}

static int parse_arg(const char *whole, const char *call, char *word, unsigned *index,
                     struct seccomp_data *ret, struct err *err)
{
    char *equals = strchr(word, '=');

    if (equals) {
        int named = index_of(call, word, (size_t)(equals - word));

        if (named < 0)
            return refuse(err, whole,
                          arguments_of(call) ? arguments_of(call)
                                             : "values alone: no names of its arguments are known");
        *index = (unsigned)named;
        word = equals + 1;
    }
    if (*index > 5)
        return refuse(err, whole, "at most 6 arguments");
    if (parse_value(word, (uint64_t *)&ret->args[(*index)++]) < 0)
        return refuse(err, whole, "numbers, or constants such as AF_INET or O_WRONLY|O_CREAT");
    return 0;
}

int call_parse(const char *text, struct seccomp_data *ret, struct err *err)
{
    _cleanup_free_ char *copy = strdup(text);
    char *at = copy, *name = strsep(&at, ",");
    unsigned index = 0;
    int r = 0;

    if (!copy)
        return err_oom(err);
    *ret = (struct seccomp_data){.arch = compile_native_arch()};
    if (!compile_knows(name))
        return refuse(err, text, "a system call of this machine, then ',' and its arguments");
    ret->nr = compile_call_number(name);
    while (r == 0 && at)
        r = parse_arg(text, name, strsep(&at, ","), &index, ret, err);
    return r;
}
