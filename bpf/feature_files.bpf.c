/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files opened for writing, renamed and removed, as the calls that did it return. A path is read
 * name by name from the file, or from the directory that a relative path was given against, up to
 * the root, and put together outside the kernel.
 */
#include "bpf/feature.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define FMODE_WRITE 2
#define AT_FDCWD    (-100)

#ifdef __TARGET_ARCH_arm64
#define NR_openat    56
#define NR_unlinkat  35
#define NR_renameat  38
#define NR_renameat2 276
#else
#define NR_open      2
#define NR_creat     85
#define NR_openat    257
#define NR_unlink    87
#define NR_rmdir     84
#define NR_unlinkat  263
#define NR_rename    82
#define NR_renameat  264
#define NR_renameat2 316
#endif
#define NR_openat2 437

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1024 * 1024);
} events SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} lost SEC(".maps");

static __always_inline void walk(struct feature_file *e, struct dentry *dentry,
                                 struct vfsmount *mnt)
{
    for (__u32 i = 0; i < FEATURE_NAMES * 2; i++) {
        struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
        const unsigned char *name;
        struct mount *mount, *above;

        if (dentry == BPF_CORE_READ(mnt, mnt_root)) {
            mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
            above = BPF_CORE_READ(mount, mnt_parent);
            if (above == mount)
                return;
            dentry = BPF_CORE_READ(mount, mnt_mountpoint);
            mnt = (void *)above + bpf_core_field_offset(struct mount, mnt);
            continue;
        }
        if (dentry == parent)
            return;
        if (e->depth >= FEATURE_NAMES) {
            e->cut = 1;
            return;
        }
        name = BPF_CORE_READ(dentry, d_name.name);
        if (bpf_probe_read_kernel_str(e->name[e->depth & (FEATURE_NAMES - 1)], FEATURE_NAME,
                                      name) == FEATURE_NAME)
            e->cut = 1;
        e->depth++;
        dentry = parent;
    }
    e->cut = 1;
}

static __always_inline struct feature_file *begin(__u32 kind)
{
    struct feature_file *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
    __u32 zero = 0;
    __u64 *count;

    if (!e) {
        count = bpf_map_lookup_elem(&lost, &zero);
        if (count)
            add(count, 1);
        return 0;
    }
    e->kind = kind;
    e->depth = e->cut = e->unused = 0;
    e->given[0] = 0;
    return e;
}

static __always_inline struct file *file_of(struct task_struct *task, int fd)
{
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    struct file **slots = BPF_CORE_READ(table, fd), *file = 0;

    if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
        return 0;
    bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
    return file;
}

static __always_inline void opened(struct task_struct *task, int fd)
{
    struct file *file = file_of(task, fd);
    struct feature_file *e;

    if (!file || !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
        return;
    e = begin(FEATURE_FILE_WRITTEN);
    if (!e)
        return;
    walk(e, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));
    bpf_ringbuf_submit(e, 0);
}

static __always_inline void changed(struct task_struct *task, __u32 kind, int at, const char *path)
{
    struct feature_file *e = begin(kind);
    struct file *file;

    if (!e)
        return;
    if (bpf_probe_read_user_str(e->given, sizeof(e->given), path) == sizeof(e->given))
        e->cut = 1;
    if (e->given[0] != '/' && at == AT_FDCWD) {
        walk(e, BPF_CORE_READ(task, fs, pwd.dentry), BPF_CORE_READ(task, fs, pwd.mnt));
    } else if (e->given[0] != '/') {
        file = file_of(task, at);
        if (file)
            walk(e, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));
    }
    bpf_ringbuf_submit(e, 0);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *arg, long ret)
{
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();
    SYSCALL_REGS *regs = (SYSCALL_REGS *)arg;

    if (ret < 0)
        return 0;
    switch ((__u32)SYSCALL_NUMBER(arg)) {
#ifdef NR_open
    case NR_open:
    case NR_creat:
#endif
    case NR_openat:
    case NR_openat2:
        if (in_job())
            opened(task, (int)ret);
        break;
#ifdef NR_unlink
    case NR_unlink:
    case NR_rmdir:
        if (in_job())
            changed(task, FEATURE_FILE_REMOVED, AT_FDCWD, (const char *)SYSCALL_ARG(regs, 0));
        break;
    case NR_rename:
        if (in_job()) {
            changed(task, FEATURE_FILE_RENAMED, AT_FDCWD, (const char *)SYSCALL_ARG(regs, 0));
            changed(task, FEATURE_FILE_RENAMED, AT_FDCWD, (const char *)SYSCALL_ARG(regs, 1));
        }
        break;
#endif
    case NR_unlinkat:
        if (in_job())
            changed(task, FEATURE_FILE_REMOVED, (int)SYSCALL_ARG(regs, 0),
                    (const char *)SYSCALL_ARG(regs, 1));
        break;
    case NR_renameat:
    case NR_renameat2:
        if (in_job()) {
            changed(task, FEATURE_FILE_RENAMED, (int)SYSCALL_ARG(regs, 0),
                    (const char *)SYSCALL_ARG(regs, 1));
            changed(task, FEATURE_FILE_RENAMED, (int)SYSCALL_ARG(regs, 2),
                    (const char *)SYSCALL_ARG(regs, 3));
        }
        break;
    default:
        break;
    }
    return 0;
}
