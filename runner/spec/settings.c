/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/spec/settings.h"

#include <string.h>
#include <sys/resource.h>

#include "runner/spec/parse.h"

#define AT(member) offsetof(struct job_spec, member)

#define SIZE_RANGE   "a size such as 512M, 2G or 'max'"
#define COUNT_RANGE  "a number of at least 1, or 'max'"
#define TIME_RANGE   "a time such as 90s, 10min or '1h 30min'"
#define TEXT_RANGE   "printable text of 1 to 4096 bytes"
#define STREAM_RANGE "inherit, null, file:PATH, append:PATH, truncate:PATH or a path"
#define PATHS_RANGE  "an absolute path without '..', with '-' before it if it may be missing"
#define YES_RANGE    "yes or no"
#define RANGES_RANGE "addresses such as 10.0.0.0/8 or ::1, or any, localhost, link-local, multicast"
#define RUNS_RANGE   "a number of runs up to 100000"

/* clang-format off */
#define RLIMIT(key_, option_, number, range_, help_) \
    {SETTING_LIMITS, key_, option_, 0, "SOFT[:HARD]", NULL, range_, NULL, NULL, help_, \
     parse_rlimit, 0, number}
#define RSIZE  "a size such as 512M or 'infinity', or soft:hard with soft <= hard"
#define RTIME  "a time such as 90s or 'infinity', or soft:hard with soft <= hard"
#define RCOUNT "a number or 'infinity', or soft:hard with soft <= hard"

const struct setting settings[] = {
    {SETTING_IDENTITY, "Name", "name", 'n', "NAME", NULL,
     "1 to 128 printable bytes, not only digits, without '/', '~' and ':'", NULL, NULL,
     "name of the job; default: the command's", parse_name, AT(name), 0},
    {SETTING_IDENTITY, "Owner", "owner", 0, "WHO", NULL, TEXT_RANGE, NULL, NULL,
     "who answers for it", parse_string, AT(owner), 0},
    {SETTING_IDENTITY, "Reason", "reason", 0, "TEXT", NULL, TEXT_RANGE, NULL, NULL,
     "why it is run", parse_string, AT(reason), 0},
    {SETTING_IDENTITY, "Rollback", "rollback", 0, "TEXT", NULL, TEXT_RANGE, NULL, NULL,
     "how to undo it; shown when it fails", parse_string, AT(rollback), 0},
    {SETTING_IDENTITY, "Expect", "expect", 0, "EXPECTATION", NULL,
     "METRIC OP VALUE such as wall_seconds<=90, exit=0, exists:PATH or nonempty:PATH", NULL, NULL,
     "what must hold when it has exited 0, else status 123; several with commas; repeatable", parse_expect, AT(expect), 0},
    {SETTING_IDENTITY, "Session", "session", 0, "NAME", NULL,
     "1 to 128 printable bytes, not only digits, without '/', '~' and ':'", NULL, NULL,
     "the set of runs it belongs to", parse_name, AT(session), 0},
    {SETTING_IDENTITY, "Label", "label", 0, "NAME", NULL,
     "1 to 128 printable bytes, not only digits, without '/', '~' and ':'", NULL, NULL,
     "its side within the session, such as before or after", parse_name, AT(label), 0},
    {SETTING_IDENTITY, "Tag", "tag", 0, "KEY=VALUE", NULL,
     "KEY=VALUE, the key of letters, digits, '_', '.' and '-', each key once", NULL, NULL,
     "a tag of your own; repeatable", parse_tag, AT(tags), 0},
    {SETTING_IDENTITY, "ToolVersions", "tool-version", 0, "'NAMES'", NULL,
     "programs, of letters, digits and '_-+./'", NULL, NULL,
     "programs whose `--version` is recorded, to be compared; repeatable", parse_plain_words,
     AT(tools), 0},

    {SETTING_LIMITS, "MemoryMax", "memory-max", 'm', "SIZE", "bytes", SIZE_RANGE,
     "memory.max", "memory.limit_in_bytes", "memory of all its processes; beyond it the kernel kills",
     parse_size, AT(memory_max), 0},
    {SETTING_LIMITS, "MemoryHigh", "memory-high", 0, "SIZE", "bytes", SIZE_RANGE,
     "memory.high", NULL, "memory beyond which it is slowed down (cgroup v2)",
     parse_size, AT(memory_high), 0},
    {SETTING_LIMITS, "MemorySwapMax", "memory-swap-max", 0, "SIZE", "bytes", SIZE_RANGE,
     "memory.swap.max", "memory.memsw.limit_in_bytes", "swap of all its processes",
     parse_size, AT(memory_swap_max), 0},
    {SETTING_LIMITS, "TasksMax", "tasks-max", 0, "NUMBER", NULL, COUNT_RANGE,
     "pids.max", "pids.max", "processes and threads at once", parse_count, AT(tasks_max), 0},
    {SETTING_LIMITS, "CPUQuota", "cpu-quota", 0, "PERCENT", "%",
     "a percentage of one processor of at least 1%, such as 50% or 150%, or 'max'",
     "cpu.max", "cpu.cfs_quota_us", "processor time it may use, of one processor",
     parse_percent, AT(cpu_quota_usec), 0},
    {SETTING_LIMITS, "CPUWeight", "cpu-weight", 0, "WEIGHT", NULL, "a weight from 1 to 10000",
     "cpu.weight", "cpu.shares", "its share when processors are scarce; 100 is usual",
     parse_weight, AT(cpu_weight), 0},
    {SETTING_LIMITS, "AllowedCPUs", "allowed-cpus", 0, "LIST", NULL,
     "processor numbers such as 0-3,5, or 'isolated'", "cpuset.cpus", "cpuset.cpus",
     "processors it may run on; isolated: one with few interrupts",
     parse_cpus, AT(allowed_cpus), 0},
    {SETTING_LIMITS, "CPUs", "cpus", 0, "LIST", NULL,
     "processor numbers such as 0-3,5, or 'isolated'", "cpuset.cpus", "cpuset.cpus",
     "a short name of --allowed-cpus", parse_cpus, AT(allowed_cpus), 0},
    {SETTING_LIMITS, "IOWeight", "io-weight", 0, "WEIGHT", NULL, "a weight from 1 to 10000",
     "io.bfq.weight", "blkio.bfq.weight", "its share of disks with the bfq scheduler; 100 is usual",
     parse_weight, AT(io_weight), 0},
    {SETTING_LIMITS, "IOReadBandwidthMax", "io-read-bandwidth-max", 0, "'PATH SIZE'", "bytes/s",
     "an absolute path and a size, such as '/var 10M'", "io.max", "blkio.throttle.read_bps_device",
     "bytes per second read from the disk behind a path; repeatable",
     parse_io_size, AT(io_read_bandwidth_max), 0},
    {SETTING_LIMITS, "IOWriteBandwidthMax", "io-write-bandwidth-max", 0, "'PATH SIZE'", "bytes/s",
     "an absolute path and a size, such as '/var 10M'", "io.max", "blkio.throttle.write_bps_device",
     "bytes per second written to it; repeatable", parse_io_size, AT(io_write_bandwidth_max), 0},
    {SETTING_LIMITS, "IOReadIOPSMax", "io-read-iops-max", 0, "'PATH NUMBER'", "1/s",
     "an absolute path and a number, such as '/var 500'", "io.max",
     "blkio.throttle.read_iops_device", "reads per second from it; repeatable",
     parse_io_count, AT(io_read_iops_max), 0},
    {SETTING_LIMITS, "IOWriteIOPSMax", "io-write-iops-max", 0, "'PATH NUMBER'", "1/s",
     "an absolute path and a number, such as '/var 500'", "io.max",
     "blkio.throttle.write_iops_device", "writes per second to it; repeatable",
     parse_io_count, AT(io_write_iops_max), 0},
    {SETTING_LIMITS, "RuntimeMaxSec", "timeout", 't', "TIME", "seconds", TIME_RANGE, NULL, NULL,
     "wall time after which it is stopped, status 124", parse_duration, AT(runtime_max_ns), 0},
    {SETTING_LIMITS, "CPUTimeMax", "cpu-time-max", 0, "TIME", "seconds", TIME_RANGE, NULL, NULL,
     "CPU time of all its processes after which it is stopped, status 124",
     parse_duration, AT(cpu_time_max_ns), 0},
    {SETTING_LIMITS, "Nice", "nice", 0, "NUMBER", NULL, "a number from -20 to 19", NULL, NULL,
     "scheduling priority", parse_integer, AT(nice), 20},
    {SETTING_LIMITS, "OOMScoreAdjust", "oom-score-adjust", 0, "NUMBER", NULL,
     "a number from -1000 to 1000", NULL, NULL, "how readily the kernel's OOM killer takes it",
     parse_integer, AT(oom_score_adjust), 1000},
    RLIMIT("LimitCPU", "limit-cpu", RLIMIT_CPU, RTIME, "CPU time of each process"),
    RLIMIT("LimitFSIZE", "limit-fsize", RLIMIT_FSIZE, RSIZE, "size of a file it writes"),
    RLIMIT("LimitDATA", "limit-data", RLIMIT_DATA, RSIZE, "data segment of each process"),
    RLIMIT("LimitSTACK", "limit-stack", RLIMIT_STACK, RSIZE, "stack of each process"),
    RLIMIT("LimitCORE", "limit-core", RLIMIT_CORE, RSIZE, "size of a core file"),
    RLIMIT("LimitRSS", "limit-rss", RLIMIT_RSS, RSIZE, "resident memory (Linux ignores it)"),
    RLIMIT("LimitNOFILE", "limit-nofile", RLIMIT_NOFILE, RCOUNT, "open files of each process"),
    RLIMIT("LimitAS", "limit-as", RLIMIT_AS, RSIZE, "address space of each process"),
    RLIMIT("LimitNPROC", "limit-nproc", RLIMIT_NPROC, RCOUNT, "processes of its user"),
    RLIMIT("LimitMEMLOCK", "limit-memlock", RLIMIT_MEMLOCK, RSIZE, "memory each may lock"),
    RLIMIT("LimitLOCKS", "limit-locks", RLIMIT_LOCKS, RCOUNT, "file locks"),
    RLIMIT("LimitSIGPENDING", "limit-sigpending", RLIMIT_SIGPENDING, RCOUNT, "queued signals"),
    RLIMIT("LimitMSGQUEUE", "limit-msgqueue", RLIMIT_MSGQUEUE, RSIZE, "POSIX message queues"),
    RLIMIT("LimitNICE", "limit-nice", RLIMIT_NICE, RCOUNT, "priority it may raise itself to"),
    RLIMIT("LimitRTPRIO", "limit-rtprio", RLIMIT_RTPRIO, RCOUNT, "real-time priority it may take"),
    RLIMIT("LimitRTTIME", "limit-rttime", RLIMIT_RTTIME, RTIME, "real-time run without a rest"),

    {SETTING_SANDBOX, "Policy", "policy", 'P', "NAME|FILE", NULL,
     "batch, strict, build, network-client, readonly, none, or the path of an OCI seccomp file", NULL,
     NULL,
     "system call policy; default: batch", parse_string, AT(policy), 0},
    {SETTING_SANDBOX, "TellRefused", "tell-refused", 'v', "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "say which calls the policy refuses, to whom, as it happens", parse_boolean, AT(tell_refused), 0},
    {SETTING_SANDBOX, "PolicyAudit", "audit", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "try the policy: what it would refuse is allowed and told", parse_boolean, AT(audit), 0},
    {SETTING_SANDBOX, "Harden", "harden", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "shut in: system paths read-only, closed devices, its own /tmp and processes, no namespaces",
     parse_boolean, AT(harden), 0},
    {SETTING_SANDBOX, "SystemCallFilter", "syscall-filter", 0, "'[~]WORDS'", NULL,
     "system call names and @groups, after '~' those to refuse", NULL, NULL,
     "names or @groups to allow, after '~' to refuse; repeatable", parse_words, AT(syscall_filter), 0},
    {SETTING_SANDBOX, "NoNewPrivileges", "no-new-privileges", 0, "[=yes|no]", NULL, YES_RANGE, NULL,
     NULL, "no setuid programs; default: yes", parse_boolean, AT(no_new_privileges), 0},
    {SETTING_SANDBOX, "CapabilityBoundingSet", "capability-bounding-set", 0, "'[~]NAMES'", NULL,
     "capability names such as 'CAP_CHOWN CAP_KILL', after '~' those to take", NULL, NULL,
     "capabilities that may stay, after '~' that go; '' takes all", parse_capabilities,
     AT(capability_bounding_set), 0},
    {SETTING_SANDBOX, "AmbientCapabilities", "ambient-capabilities", 0, "'NAMES'", NULL,
     "capability names such as 'CAP_NET_BIND_SERVICE'", NULL, NULL,
     "capabilities it has although --user is no root; '' is none", parse_ambient,
     AT(ambient_capabilities), 0},
    {SETTING_SANDBOX, "ReadOnlyPaths", "read-only-paths", 0, "PATH", NULL, PATHS_RANGE, NULL, NULL,
     "a path that it cannot write to, with all beneath; repeatable", parse_paths,
     AT(readonly_paths), 0},
    {SETTING_SANDBOX, "ReadWritePaths", "read-write-paths", 0, "PATH", NULL, PATHS_RANGE, NULL, NULL,
     "a path within those that it can write to; repeatable", parse_paths, AT(writable_paths), 0},
    {SETTING_SANDBOX, "InaccessiblePaths", "inaccessible-paths", 0, "PATH", NULL, PATHS_RANGE, NULL,
     NULL, "a path that is empty and closed to it; repeatable", parse_paths, AT(inaccessible_paths), 0},
    {SETTING_SANDBOX, "PrivateTmp", "private-tmp", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "an empty /tmp and /var/tmp of its own, in its memory", parse_boolean, AT(private_tmp), 0},
    {SETTING_SANDBOX, "PrivatePIDs", "private-pids", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "it sees and signals its own processes alone: a PID namespace with a /proc of its own",
     parse_boolean, AT(private_pids), 0},
    {SETTING_SANDBOX, "SignalScope", "signal-scope", 0, "job|host", NULL, "job or host", NULL, NULL,
     "whom it may signal: its own processes, or all its user may, cgrun and PID 1 excepted; default: job",
     parse_choice, AT(signal_scope), 0},
    {SETTING_SANDBOX, "PrivateNetwork", "private-network", 0, "[=yes|no]", NULL, YES_RANGE, NULL,
     NULL, "a network of its own, with nothing but a loopback", parse_boolean, AT(private_network), 0},
    {SETTING_SANDBOX, "IPAddressAllow", "ip-address-allow", 0, "ADDRESS[/PREFIX]", NULL, RANGES_RANGE,
     NULL, NULL, "whose packets pass whatever --ip-address-deny says; several with blanks; repeatable",
     parse_addresses, AT(ip_allow), 0},
    {SETTING_SANDBOX, "IPAddressDeny", "ip-address-deny", 0, "ADDRESS[/PREFIX]", NULL, RANGES_RANGE,
     NULL, NULL, "whose packets are refused and counted; repeatable", parse_addresses, AT(ip_deny), 0},
    {SETTING_SANDBOX, "DevicePolicy", "device-policy", 0, "WHICH", NULL, "auto, closed or strict", NULL,
     NULL, "devices: any unless some are allowed; the usual null, zero, random, tty and those; only those",
     parse_choice, AT(device_policy), 0},
    {SETTING_SANDBOX, "DeviceAllow", "device-allow", 0, "'PATH [rwm]'", NULL,
     "the absolute path of a device and what of r, w and m (mknod) is allowed", NULL, NULL,
     "a device it may use; then all others are closed to it; repeatable", parse_device,
     AT(device_allow), 0},
    {SETTING_SANDBOX, "RestrictNamespaces", "restrict-namespaces", 0, "[=yes|no]", NULL, YES_RANGE,
     NULL, NULL, "it can make and enter no namespaces, whatever its policy", parse_boolean,
     AT(restrict_namespaces), 0},
    {SETTING_SANDBOX, "ProtectControlGroups", "protect-control-groups", 0, "[=yes|no]", NULL,
     YES_RANGE, NULL, NULL, "the cgroup file systems are read-only to it; default: yes",
     parse_boolean, AT(protect_control_groups), 0},
    {SETTING_SANDBOX, "UMask", "umask", 0, "MODE", NULL, "an octal mode from 0 to 777", NULL, NULL,
     "what new files are not allowed", parse_mode, AT(umask), 0},
    {SETTING_SANDBOX, "CleanEnvironment", "clean-env", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "of the caller's variables only PATH, TERM, LANG, LC_*, TZ and those of --keep-env",
     parse_boolean, AT(clean_environment), 0},
    {SETTING_SANDBOX, "PassEnvironment", "keep-env", 0, "'NAMES'", NULL, "names of variables", NULL,
     NULL, "variables that a clean environment keeps; repeatable", parse_variables,
     AT(keep_environment), 0},
    {SETTING_SANDBOX, "Environment", "env", 0, "NAME=VALUE", NULL,
     "NAME=VALUE with a name of letters, digits and '_'", NULL, NULL,
     "a variable for it; repeatable", parse_assignment, AT(environment), 0},
    {SETTING_SANDBOX, "User", "user", 'u', "USER", NULL, TEXT_RANGE, NULL, NULL,
     "user to run as, by name or number", parse_string, AT(user), 0},
    {SETTING_SANDBOX, "Group", "group", 'g', "GROUP", NULL, TEXT_RANGE, NULL, NULL,
     "group to run as; default: the user's", parse_string, AT(group), 0},
    {SETTING_SANDBOX, "SupplementaryGroups", "supplementary-groups", 0, "'GROUPS'", NULL,
     "names or numbers of groups", NULL, NULL,
     "groups beside the user's own, without --user the only ones; repeatable", parse_plain_words,
     AT(supplementary_groups), 0},
    {SETTING_SANDBOX, "Delegate", "delegate", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "the job may write the cgroup file systems", parse_boolean, AT(delegate), 0},

    {SETTING_RUN, "DryRun", "dry-run", 0, "[=text|json]", NULL, "no, text or json", NULL, NULL,
     "print the complete plan and change nothing", parse_choice, AT(dry_run), 0},
    {SETTING_RUN, "Detach", "detach", 'd', "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "in the background: prints the job's number once the command runs", parse_boolean, AT(detach), 0},
    {SETTING_RUN, "LogMax", "log-max", 0, "SIZE", "bytes", "a size of at least 4K such as 64M", NULL,
     NULL, "output kept of a job in the background, the newest; default: 64M", parse_log_size,
     AT(log_max), 0},
    {SETTING_RUN, "Journal", "journal", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "output goes to the systemd journal: journalctl CGRUN_JOB=ID", parse_boolean, AT(journal), 0},
    {SETTING_RUN, "Lock", "lock", 0, "NAME", NULL,
     "1 to 128 printable bytes, not only digits, without '/', '~' and ':'", NULL, NULL,
     "at most one job with this lock at a time, or nothing is started", parse_name, AT(lock), 0},
    {SETTING_RUN, "LockWait", "lock-wait", 0, "TIME", "seconds", TIME_RANGE " or infinity", NULL, NULL,
     "how long to wait for the lock; default: not at all", parse_duration, AT(lock_wait_ns), 0},
    {SETTING_RUN, "KillSignal", "stop-signal", 0, "SIGNAL", NULL, "a signal such as TERM or 15",
     NULL, NULL, "what stops it at a time limit; default: TERM", parse_signal, AT(stop_signal), 0},
    {SETTING_RUN, "TimeoutStopSec", "kill-after", 0, "TIME", "seconds",
     "a time such as 500ms, 2s or 1min", NULL, NULL,
     "grace between the stop signal and the kill; default: 2s", parse_grace, AT(kill_after_ns), 0},
    {SETTING_RUN, "Wait", "wait", 0, "main|all", NULL, "main or all", NULL, NULL,
     "end with the command (the rest is killed), or with its last process", parse_choice, AT(wait), 0},
    {SETTING_RUN, "Parent", "parent", 0, "CGROUP", NULL, TEXT_RANGE, NULL, NULL,
     "cgroup to nest the job beneath, within the caller's own", parse_string, AT(parent), 0},
    {SETTING_RUN, "IfLost", "if-lost", 0, "HOW", NULL, "recover, end or keep", NULL, NULL,
     "should cgrun itself be killed: the next cgrun ends the job, or it ends at once, or it may "
     "finish; default: recover", parse_choice, AT(if_lost), 0},
    {SETTING_RUN, "Scope", "scope", 0, "WHEN", NULL, "auto, always or never", NULL, NULL,
     "a systemd scope of its own: unless it is in a delegated cgroup, or always, or never",
     parse_choice, AT(scope), 0},
    {SETTING_RUN, "JSON", "json", 0, "FILE", NULL, TEXT_RANGE, NULL, NULL,
     "write the record there; - is standard output", parse_string, AT(json_path), 0},
    {SETTING_RUN, "Summary", "summary", 0, "WHEN", NULL, "auto, always or never", NULL, NULL,
     "the lines on stderr at its end; auto: on a terminal, and when it failed", parse_choice, AT(summary), 0},
    {SETTING_RUN, "Output", "output", 0, "WHEN", NULL, "always or on-failure", NULL, NULL,
     "on-failure: its output is held back, and shown at its end if it failed; --log-max bounds it",
     parse_choice, AT(when_shown), 0},
    {SETTING_RUN, "Quiet", "quiet", 'q', "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "nothing on stderr but errors: no summary, notes and progress", parse_boolean, AT(quiet), 0},
    {SETTING_RUN, "WorkingDirectory", "chdir", 'C', "DIR", NULL, TEXT_RANGE, NULL, NULL,
     "directory it runs in, entered as its user", parse_string, AT(chdir), 0},
    {SETTING_RUN, "StandardInput", "stdin", 0, "WHERE", NULL,
     "inherit, null, file:PATH or a path", NULL, NULL, "standard input", parse_stream, AT(input), 0},
    {SETTING_RUN, "StandardOutput", "stdout", 0, "WHERE", NULL, STREAM_RANGE, NULL, NULL,
     "standard output: inherit, null, file:, append:, truncate:", parse_stream, AT(output), 0},
    {SETTING_RUN, "StandardError", "stderr", 0, "WHERE", NULL,
     "inherit, null, stdout, file:PATH, append:PATH, truncate:PATH or a path", NULL, NULL,
     "standard error, also: stdout", parse_stream, AT(error), 0},
    {SETTING_RUN, "PassFileDescriptors", "pass-fds", 0, "LIST", NULL,
     "auto, none, or numbers from 3 such as 3,5-7, 256 of them at most", NULL, NULL,
     "open descriptors it gets: those that its words (/dev/fd/N), MAKEFLAGS and LISTEN_FDS name; default: auto",
     parse_descriptors, 0, 0},
    {SETTING_RUN, "Trace", "trace", 0, "WHAT", NULL,
     "auto, exits or none, and of syscalls, net, sched, io and files a list with commas", NULL, NULL,
     "count every process: if possible, or fail, or not at all; and trace its calls, peers, waits, disks "
     "or files", parse_trace, AT(trace), 0},
    {SETTING_RUN, "Ledger", "ledger", 0, "ROWS", NULL, "kept or full", NULL, NULL,
     "rows of the ledger: failures and the largest, or every one", parse_choice, AT(ledger), 0},
    {SETTING_RUN, "AllowDegraded", "allow-degraded", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "run without limits that cannot be enforced here; the record says so", parse_boolean,
     AT(allow_degraded), 0},
    {SETTING_RUN, "Database", "db", 0, "FILE", NULL, TEXT_RANGE, NULL, NULL,
     "database of records; default: $CGRUN_DB or /var/lib/cgrun/jobs.db", parse_string, AT(db), 0},
    {SETTING_RUN, "RollbackOnFailure", "rollback-on-failure", 0, "[=yes|no]", NULL, YES_RANGE, NULL,
     NULL, "run the --rollback command at once, as a job of its own, when it fails", parse_boolean,
     AT(rollback_on_failure), 0},
    {SETTING_RUN, "Shell", "shell", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "the command is one quoted word for /bin/sh -c; so are those of --ab, --prepare and --rollback",
     parse_boolean, AT(shell), 0},
    {SETTING_RUN, "AddressRandomization", "address-randomization", 0, "[=yes|no]", NULL, YES_RANGE,
     NULL, NULL, "memory is laid out differently in each run; default: yes", parse_boolean,
     AT(address_randomization), 0},

    {SETTING_SESSION, "Runs", "runs", 'r', "NUMBER", NULL, RUNS_RANGE, NULL, NULL,
     "run it so often, each time a job of its own, of one session", parse_runs, AT(runs), 1},
    {SETTING_SESSION, "Warmup", "warmup", 0, "NUMBER", NULL, RUNS_RANGE, NULL, NULL,
     "runs before them that are recorded, and not compared", parse_runs, AT(warmup), 0},
    {SETTING_SESSION, "Interleave", "ab", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "two commands, each a quoted word, in pairs of random order; labels A and B", parse_boolean,
     AT(interleave), 0},
    {SETTING_SESSION, "Until", "until", 0, "PERCENT", "%", "a percentage from 0.01% to 100%", NULL, NULL,
     "go on until the median's 95 % interval is within this of it", parse_until, AT(until), 0},
    {SETTING_SESSION, "RunsMax", "max-runs", 0, "NUMBER", NULL, RUNS_RANGE, NULL, NULL,
     "at most so many with --until; default: 200", parse_runs, AT(runs_max), 1},
    {SETTING_SESSION, "SessionTimeMax", "max-time", 0, "TIME", "seconds", TIME_RANGE, NULL, NULL,
     "start no further run after this time", parse_duration, AT(session_max_ns), 0},
    {SETTING_SESSION, "Prepare", "prepare", 0, "COMMAND", NULL, TEXT_RANGE, NULL, NULL,
     "run before each run, outside the job", parse_string, AT(prepare), 0},
    {SETTING_SESSION, "Cooldown", "cooldown", 0, "TIME", "seconds", TIME_RANGE, NULL, NULL,
     "rest before each run but the first", parse_duration, AT(cooldown_ns), 0},
    {SETTING_SESSION, "DropCaches", "drop-caches", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "the kernel's page cache is emptied before each run", parse_boolean, AT(drop_caches), 0},
    {SETTING_SESSION, "Resume", "resume", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "go on with --session where it was interrupted", parse_boolean, AT(resume), 0},
    {SETTING_SESSION, "IgnoreFailure", "ignore-failure", 0, "[=yes|no]", NULL, YES_RANGE, NULL, NULL,
     "a run that fails does not end the session", parse_boolean, AT(ignore_failure), 0},
};
/* clang-format on */

const size_t settings_count = sizeof(settings) / sizeof(settings[0]);

_Static_assert(sizeof(settings) / sizeof(settings[0]) <= SPEC_SETTINGS_MAX,
               "struct job_spec has a bit for each setting");

int setting_apply(const struct setting *row, struct job_spec *spec, const char *value,
                  struct err *err)
{
    size_t i = (size_t)(row - settings);
    int r = row->parse(row, spec, value, err);

    if (r == 0)
        spec->given[i / 64] |= 1ULL << i % 64;
    return r;
}

bool setting_given(const struct job_spec *spec, const struct setting *row)
{
    size_t i = (size_t)(row - settings);

    return spec->given[i / 64] >> i % 64 & 1;
}

const struct setting *setting_by_key(const char *key)
{
    for (size_t i = 0; i < settings_count; i++)
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

const struct setting *setting_by_option(const char *option)
{
    for (size_t i = 0; i < settings_count; i++)
        if (strcmp(settings[i].option, option) == 0)
            return &settings[i];
    return NULL;
}
