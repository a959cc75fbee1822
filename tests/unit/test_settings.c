/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every row of the settings table, with values it takes and values it refuses, through each front
 * end: the option, -p, and a job file must fill the same spec.
 */
#include <stdio.h>

#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"
#include "tests/unit/spec_text.h"
#include "tests/unit/unit.h"

#define LONG_NAME                                                                                  \
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
    "nnnn"                                                                                         \
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

/* NULL: the value is refused. */
static const struct example {
    const char *key, *value, *spec;
} examples[] = {
    {"Name", "nightly import", "name=nightly import"},
    {"Name", "", NULL},
    {"Name", "42", NULL}, /* would read as a job's number */
    {"Name", "a/b", NULL},
    {"Name", "job~1", NULL},
    {"Name", "tab\there", NULL},
    {"Name", LONG_NAME, NULL},
    {"Owner", "db-team", "owner=db-team"},
    {"Owner", "", NULL},
    {"Reason", "upgrade of the index, change 77", "reason=upgrade of the index, change 77"},
    {"Reason", "\x1b[2J", NULL},
    {"Rollback", "git revert HEAD", "rollback=git revert HEAD"},
    {"Rollback", "", NULL},
    {"Expect", "wall_seconds<=90", "expect=wall_seconds<=90"},
    {"Expect", "memory_peak_bytes<1.5G", "expect=memory_peak_bytes<1.5G"},
    {"Expect", "exists:out.bin", "expect=exists:out.bin"},
    {"Expect", "exit=0, wall_seconds<60,memory_peak_bytes<200M",
     "expect=exit=0 expect=wall_seconds<60 expect=memory_peak_bytes<200M"},
    {"Expect", "exit=0, exists:a,b", "expect=exit=0 expect=exists:a,b"},
    {"Expect", "exit=0,", NULL},
    {"Expect", "exit=zero", NULL},
    {"Expect", "wall_secs<=90", NULL},
    {"Expect", "wall_seconds", NULL},
    {"Expect", "wall_seconds<=soon", NULL},
    {"Expect", "exists:", NULL},
    {"Session", "tuning", "session=tuning"},
    {"Session", "a:b", NULL},
    {"Label", "before", "label=before"},
    {"Label", "7", NULL},
    {"Tag", "ticket=OPS-77", "tag=ticket=OPS-77"},
    {"Tag", "empty=", "tag=empty="},
    {"Tag", "ticket", NULL},
    {"Tag", "=x", NULL},
    {"Tag", "a b=c", NULL},

    {"MemoryMax", "512M", "memory_max=536870912"},
    {"MemoryMax", "1.5G", "memory_max=1610612736"},
    {"MemoryMax", "max", "memory_max=infinity"},
    {"MemoryMax", "5GG", NULL},
    {"MemoryMax", "-1", NULL},
    {"MemoryMax", "", NULL},
    {"MemoryMax", "99999999999G", NULL},
    {"MemoryHigh", "100K", "memory_high=102400"},
    {"MemoryHigh", "some", NULL},
    {"MemorySwapMax", "0", "memory_swap_max=0"},
    {"MemorySwapMax", "1 G", NULL},
    {"TasksMax", "64", "tasks_max=64"},
    {"TasksMax", "infinity", "tasks_max=infinity"},
    {"TasksMax", "0", NULL},
    {"TasksMax", "10%", NULL},
    {"CPUQuota", "150%", "cpu_quota_usec=1500000"},
    {"CPUQuota", "12.5%", "cpu_quota_usec=125000"},
    {"CPUQuota", "max", "cpu_quota_usec=infinity"},
    {"CPUQuota", "0.5%", NULL},
    {"CPUQuota", "150", NULL},
    {"CPUQuota", "99999999%", NULL},
    {"CPUWeight", "1", "cpu_weight=1"},
    {"CPUWeight", "10000", "cpu_weight=10000"},
    {"CPUWeight", "0", NULL},
    {"CPUWeight", "10001", NULL},
    {"CPUWeight", "max", NULL},
    {"AllowedCPUs", "3,0-1,1", "allowed_cpus=0-1,3"},
    {"AllowedCPUs", "0 2", "allowed_cpus=0,2"},
    {"AllowedCPUs", "3-1", NULL},
    {"AllowedCPUs", "0,", NULL},
    {"AllowedCPUs", "all", NULL},
    {"AllowedCPUs", "99999", NULL},
    {"AllowedCPUs", "isolated", "allowed_cpus=isolated"},
    {"CPUs", "1", "allowed_cpus=1"},
    {"CPUs", "isolate", NULL},
    {"IOWeight", "500", "io_weight=500"},
    {"IOWeight", "-5", NULL},
    {"IOReadBandwidthMax", "/var 10M", "read_bandwidth=/var:10485760"},
    {"IOReadBandwidthMax", "/a dir 1K", "read_bandwidth=/a dir:1024"},
    {"IOReadBandwidthMax", "var 10M", NULL},
    {"IOReadBandwidthMax", "/var", NULL},
    {"IOReadBandwidthMax", "/var 0", NULL},
    {"IOWriteBandwidthMax", "/dev/vda 1G", "write_bandwidth=/dev/vda:1073741824"},
    {"IOWriteBandwidthMax", "10M", NULL},
    {"IOReadIOPSMax", "/var 500", "read_iops=/var:500"},
    {"IOReadIOPSMax", "/var 5K", NULL},
    {"IOWriteIOPSMax", "/var 1", "write_iops=/var:1"},
    {"IOWriteIOPSMax", "/var some", NULL},
    {"RuntimeMaxSec", "1h 30min", "runtime_max_ns=5400000000000"},
    {"RuntimeMaxSec", "0", NULL},
    {"RuntimeMaxSec", "soon", NULL},
    {"CPUTimeMax", "1.5s", "cpu_time_max_ns=1500000000"},
    {"CPUTimeMax", "-1", NULL},
    {"Nice", "-20", "nice=-20"},
    {"Nice", "19", "nice=19"},
    {"Nice", "20", NULL},
    {"Nice", "-21", NULL},
    {"Nice", "low", NULL},
    {"OOMScoreAdjust", "1000", "oom_score_adjust=1000"},
    {"OOMScoreAdjust", "-1001", NULL},
    {"LimitCPU", "90", "rlimit0=90:90"},
    {"LimitCPU", "1500ms:1min", "rlimit0=2:60"}, /* whole seconds, never less */
    {"LimitCPU", "1G", NULL},
    {"LimitFSIZE", "1G:infinity", "rlimit1=1073741824:inf"},
    {"LimitFSIZE", "2G:1G", NULL},
    {"LimitDATA", "1M", "rlimit2=1048576:1048576"},
    {"LimitDATA", "", NULL},
    {"LimitSTACK", "8M", "rlimit3=8388608:8388608"},
    {"LimitSTACK", "8M:", NULL},
    {"LimitCORE", "0", "rlimit4=0:0"},
    {"LimitCORE", ":0", NULL},
    {"LimitRSS", "1M", "rlimit5=1048576:1048576"},
    {"LimitRSS", "x", NULL},
    {"LimitNPROC", "100", "rlimit6=100:100"},
    {"LimitNPROC", "-100", NULL},
    {"LimitNOFILE", "1024:4096", "rlimit7=1024:4096"},
    {"LimitNOFILE", "1:2:3", NULL},
    {"LimitMEMLOCK", "64K", "rlimit8=65536:65536"},
    {"LimitMEMLOCK", "64 K", NULL},
    {"LimitAS", "4G", "rlimit9=4294967296:4294967296"},
    {"LimitAS", "lots", NULL},
    {"LimitLOCKS", "10", "rlimit10=10:10"},
    {"LimitLOCKS", "ten", NULL},
    {"LimitSIGPENDING", "10", "rlimit11=10:10"},
    {"LimitSIGPENDING", "+10", NULL},
    {"LimitMSGQUEUE", "800K", "rlimit12=819200:819200"},
    {"LimitMSGQUEUE", "800KK", NULL},
    {"LimitNICE", "20", "rlimit13=20:20"},
    {"LimitNICE", "-20", NULL},
    {"LimitRTPRIO", "0", "rlimit14=0:0"},
    {"LimitRTPRIO", "high", NULL},
    {"LimitRTTIME", "10ms", "rlimit15=10000:10000"}, /* microseconds, as setrlimit has it */
    {"LimitRTTIME", "10M", NULL},

    {"Policy", "strict", "policy=strict"},
    {"Policy", "", NULL},
    {"SystemCallFilter", "~@mount ptrace", "filter=~@mount ptrace"},
    {"SystemCallFilter", "", ""},
    {"NoNewPrivileges", "no", "no_new_privileges=0"},
    {"NoNewPrivileges", "On", ""},
    {"NoNewPrivileges", "perhaps", NULL},
    {"CapabilityBoundingSet", "CAP_CHOWN cap_kill", "capabilities=21"},
    {"CapabilityBoundingSet", "~CAP_CHOWN", "capabilities=fffffffffffffffe"},
    {"CapabilityBoundingSet", "", "capabilities=0"},
    {"CapabilityBoundingSet", "CAP_EVERYTHING", NULL},
    {"PolicyAudit", "yes", "audit=1"},
    {"PolicyAudit", "log", NULL},
    {"AmbientCapabilities", "CAP_KILL CAP_CHOWN", "ambient=21"},
    {"AmbientCapabilities", "", ""},
    {"AmbientCapabilities", "CAP_EVERYTHING", NULL},
    {"ReadOnlyPaths", "/usr", "readonly=/usr"},
    {"ReadOnlyPaths", "-/opt", "readonly=-/opt"},
    {"ReadOnlyPaths", "usr", NULL},
    {"ReadOnlyPaths", "/usr/../etc", NULL},
    {"ReadOnlyPaths", "/usr/..", NULL},
    {"ReadWritePaths", "/var/lib/..x", "writable=/var/lib/..x"},
    {"ReadWritePaths", "~/x", NULL},
    {"InaccessiblePaths", "/home", "inaccessible=/home"},
    {"InaccessiblePaths", "--/home", NULL},
    {"PrivateTmp", "yes", "private_tmp=1"},
    {"PrivateTmp", "mine", NULL},
    {"PrivateNetwork", "on", "private_network=1"},
    {"PrivateNetwork", "lo", NULL},
    {"IPAddressAllow", "10.0.0.0/8 ::1", "ip_allow=10.0.0.0/8 ip_allow=::1"},
    {"IPAddressAllow", "localhost", "ip_allow=localhost"},
    {"IPAddressAllow", "10.0.0.0/33", NULL},
    {"IPAddressAllow", "example.org", NULL},
    {"IPAddressDeny", "any", "ip_deny=any"},
    {"IPAddressDeny", "2001:db8::/129", NULL},
    {"IPAddressDeny", "1.2.3", NULL},
    {"IPAddressDeny", "1.2.3.4/", NULL},
    {"DevicePolicy", "closed", "device_policy=1"},
    {"DevicePolicy", "open", NULL},
    {"DeviceAllow", "/dev/kvm rw", "device=/dev/kvm rw"},
    {"DeviceAllow", "/dev/kvm", "device=/dev/kvm"},
    {"DeviceAllow", "/dev/kvm x", NULL},
    {"DeviceAllow", "kvm rw", NULL},
    {"RestrictNamespaces", "true", "restrict_namespaces=1"},
    {"RestrictNamespaces", "net", NULL},
    {"ProtectControlGroups", "no", "protect_control_groups=0"},
    {"ProtectControlGroups", "strict", NULL},
    {"UMask", "027", "umask=23"},
    {"UMask", "0", "umask=0"},
    {"UMask", "999", NULL},
    {"UMask", "1000", NULL},
    {"UMask", "-1", NULL},
    {"UMask", "", NULL},
    {"CleanEnvironment", "yes", "clean_environment=1"},
    {"CleanEnvironment", "very", NULL},
    {"PassEnvironment", "FOO BAR_2", "keep=FOO keep=BAR_2"},
    {"PassEnvironment", "A=b", NULL},
    {"PassEnvironment", "2A", NULL},
    {"Environment", "A=b c", "env=A=b c"},
    {"Environment", "A=", "env=A="},
    {"Environment", "=b", NULL},
    {"Environment", "A B=c", NULL},
    {"User", "nobody", "user=nobody"},
    {"User", "", NULL},
    {"Group", "65534", "group=65534"},
    {"Group", "", NULL},
    {"Delegate", "yes", "delegate=1"},
    {"Delegate", "2", NULL},

    {"DryRun", "text", "dry_run=1"},
    {"DryRun", "json", "dry_run=2"},
    {"DryRun", "no", ""},
    {"DryRun", "xml", NULL},
    {"KillSignal", "INT", "stop_signal=2"},
    {"KillSignal", "sigusr1", "stop_signal=10"},
    {"KillSignal", "9", "stop_signal=9"},
    {"KillSignal", "0", NULL},
    {"KillSignal", "65", NULL},
    {"KillSignal", "SIGSTOPIT", NULL},
    {"TimeoutStopSec", "0", "kill_after_ns=0"},
    {"TimeoutStopSec", "250ms", "kill_after_ns=250000000"},
    {"TimeoutStopSec", "infinity", NULL},
    {"Detach", "yes", "detach=1"},
    {"Detach", "perhaps", NULL},
    {"LogMax", "1M", "log_max=1048576"},
    {"LogMax", "4095", NULL},
    {"LogMax", "infinity", NULL},
    {"Journal", "yes", "journal=1"},
    {"Journal", "2", NULL},
    {"Lock", "nightly", "lock=nightly"},
    {"Lock", "a/b", NULL},
    {"LockWait", "90s", "lock_wait_ns=90000000000"},
    {"LockWait", "0", NULL},
    {"Scope", "always", "scope=1"},
    {"Scope", "never", "scope=2"},
    {"Scope", "sometimes", NULL},
    {"IfLost", "keep", "if_lost=1"},
    {"IfLost", "maybe", NULL},
    {"Wait", "all", "wait=1"},
    {"Wait", "none", NULL},
    {"Wait", "", NULL},
    {"Parent", "/batch", "parent=/batch"},
    {"Parent", "", NULL},
    {"JSON", "-", "json=-"},
    {"JSON", "", NULL},
    {"Summary", "always", "summary=1"},
    {"Summary", "never", "summary=2"},
    {"Summary", "sometimes", NULL},
    {"StandardInput", "null", "stdin=1"},
    {"StandardInput", "in.txt", "stdin=2:in.txt"},
    {"StandardInput", "append:in.txt", NULL},
    {"StandardInput", "stdout", NULL},
    {"StandardOutput", "truncate:/tmp/o", "stdout=4:/tmp/o"},
    {"StandardOutput", "append:/tmp/o", "stdout=3:/tmp/o"},
    {"StandardOutput", "file:", NULL},
    {"StandardOutput", "stdout", NULL},
    {"StandardError", "stdout", "stderr=5"},
    {"StandardError", "inherit", ""},
    {"StandardError", "", NULL},
    {"Trace", "exits", "trace=1"},
    {"Trace", "none", "trace=2"},
    {"Trace", "syscalls", "trace_features=1"},
    {"Trace", "exits,net,files", "trace=1 trace_features=18"},
    {"Trace", "", NULL},
    {"Trace", ",", NULL},
    {"Trace", "net,", "trace_features=2"},
    {"Trace", "exits,none", NULL},
    {"Trace", "net,moon", NULL},
    {"Trace", "all", NULL},
    {"Ledger", "full", "ledger=1"},
    {"Ledger", "short", NULL},
    {"AllowDegraded", "yes", "allow_degraded=1"},
    {"AllowDegraded", "si", NULL},
    {"Database", "/var/tmp/j.db", "db=/var/tmp/j.db"},
    {"Database", "", NULL},
    {"RollbackOnFailure", "yes", "rollback_on_failure=1"},
    {"RollbackOnFailure", "maybe", NULL},
    {"AddressRandomization", "no", "address_randomization=0"},
    {"AddressRandomization", "some", NULL},

    {"Runs", "20", "runs=20"},
    {"Runs", "0", NULL},
    {"Runs", "100001", NULL},
    {"Runs", "ten", NULL},
    {"Warmup", "2", "warmup=2"},
    {"Warmup", "0", ""},
    {"Warmup", "-1", NULL},
    {"RunsMax", "500", "runs_max=500"},
    {"RunsMax", "0", NULL},
    {"Interleave", "yes", "interleave=1"},
    {"Interleave", "both", NULL},
    {"Until", "1%", "until=0.01"},
    {"Until", "0.5%", "until=0.005"},
    {"Until", "0%", NULL},
    {"Until", "1", NULL},
    {"Until", "max", NULL},
    {"SessionTimeMax", "10min", "session_max_ns=600000000000"},
    {"SessionTimeMax", "", NULL},
    {"Cooldown", "500ms", "cooldown_ns=500000000"},
    {"Cooldown", "0", NULL},
    {"Prepare", "make clean", "prepare=make prepare=clean"},
    {"Prepare", "sh -c 'sync; exit'", "prepare=sh prepare=-c prepare=sync; exit"},
    {"Prepare", "sh -c 'sync", NULL},
    {"DropCaches", "yes", "drop_caches=1"},
    {"DropCaches", "3", NULL},
    {"Resume", "yes", "resume=1"},
    {"Resume", "later", NULL},
    {"IgnoreFailure", "yes", "ignore_failure=1"},
    {"IgnoreFailure", "7", NULL},
};

enum front_end { BY_OPTION, BY_PROPERTY, BY_FILE };

/* The spec as text, or the errors. */
static int fill(enum front_end by, const struct setting *row, const char *value, struct buf *out)
{
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};
    _cleanup_buf_ struct buf text = {0};
    enum cmdline_action action;
    int r;

    job_spec_init(&spec);
    if (by == BY_OPTION)
        buf_addf(&text, "--%s=%s", row->option, value);
    else if (by == BY_PROPERTY)
        buf_addf(&text, "%s=%s", row->key, value);
    else
        buf_addf(&text, "[%s]\n%s=%s\n[Job]\nCommand=true\n", setting_section(row), row->key,
                 value);
    if (by == BY_FILE) {
        r = job_text_parse(&spec, buf_text(&text), "t.job", &errors);
    } else {
        char program[] = "cgrun", property[] = "-p", command[] = "true";
        char *argv[] = {program, by == BY_OPTION ? text.data : property,
                        by == BY_OPTION ? command : text.data, by == BY_OPTION ? NULL : command,
                        NULL};

        r = cmdline_parse(&spec, by == BY_OPTION ? 3 : 4, argv, &action, &errors);
    }
    assert_int_equal(r<0, errors.count> 0);
    if (r < 0)
        error_lines(&errors, out);
    else
        spec_text(&spec, out);
    return r;
}

static void refused(const struct setting *row, const struct example *e, const char *errors)
{
    char value[220];

    snprintf(value, sizeof(value), "'%.200s'", e->value);
    if (!strstr(errors, value) || !strstr(errors, ": expected ") ||
        !strstr(errors, "; nothing was started, correct it and retry\n") || strchr(errors, '\n')[1])
        fail_msg("%s=%s: the error does not say all: %s", row->key, e->value, errors);
}

static void check(enum front_end by, const struct example *e)
{
    const struct setting *row = setting_by_key(e->key);
    _cleanup_buf_ struct buf got = {0}, expected = {0};
    int r;

    assert_non_null(row);
    r = fill(by, row, e->value, &got);
    if ((r < 0) != !e->spec)
        fail_msg("front end %d, %s=%s: %s", by, e->key, e->value, buf_text(&got));
    if (!e->spec) {
        refused(row, e, buf_text(&got));
        return;
    }
    buf_addf(&expected, "%s%sarg=true", e->spec, *e->spec ? " " : "");
    assert_string_equal(buf_text(&got), buf_text(&expected));
}

static void test_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++)
        check(BY_OPTION, &examples[i]);
}

static void test_properties(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++)
        check(BY_PROPERTY, &examples[i]);
}

static void test_job_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++)
        if (strlen(examples[i].value) < 120)
            check(BY_FILE, &examples[i]);
}

/* A setting that nobody tried is a setting that nobody knows to work. */
static void test_every_row_has_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_count; i++) {
        bool taken = false, turned_down = strcmp(settings[i].key, "SystemCallFilter") == 0;

        for (size_t k = 0; k < LEN(examples); k++)
            if (strcmp(examples[k].key, settings[i].key) == 0)
                *(examples[k].spec ? &taken : &turned_down) = true;
        if (!taken || !turned_down)
            fail_msg("%s lacks an example", settings[i].key);
    }
}

static void test_rows_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_count; i++) {
        assert_ptr_equal(setting_by_key(settings[i].key), &settings[i]);
        assert_ptr_equal(setting_by_option(settings[i].option), &settings[i]);
        for (size_t k = 0; k < i; k++)
            assert_false(settings[i].short_option &&
                         settings[i].short_option == settings[k].short_option);
    }
    assert_null(setting_by_key("memorymax"));
    assert_null(setting_by_option("MemoryMax"));
}

static void test_nearest_word(void **state)
{
    (void)state;
    assert_string_equal(setting_nearest("memory-mx", false), "memory-max");
    assert_string_equal(setting_nearest("MemoryMaxx", true), "MemoryMax");
    assert_string_equal(setting_nearest("time", false), "timeout");
    assert_null(setting_nearest("xyzzyxyzzy", false));
    assert_null(setting_nearest("", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_job_files),
        cmocka_unit_test(test_every_row_has_examples),
        cmocka_unit_test(test_rows_are_told_apart),
        cmocka_unit_test(test_nearest_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
