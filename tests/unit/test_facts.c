/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hosts of each kind say of their cgroups, and what is understood of it. */
#include <errno.h>
#include <sys/statvfs.h>

#include "runner/host/facts.h"
#include "tests/unit/hosts.h"
#include "tests/unit/unit.h"

static void facts_text(const struct host_facts *f, struct buf *out)
{
    buf_addf(out, "%s\n", facts_layout_name(f->layout));
    for (size_t i = 0; i < f->hierarchies; i++)
        buf_addf(out, "%s [%s] %s%s\n", f->hierarchy[i].mount, f->hierarchy[i].controllers,
                 f->hierarchy[i].own, f->hierarchy[i].v2 ? " v2" : "");
    for (size_t i = 0; i < f->interfaces; i++)
        buf_addf(out, "%s %s%s\n", f->interface[i].type, f->interface[i].path,
                 f->interface[i].flags & ST_RDONLY ? " ro" : "");
}

static void assert_facts(const struct host_text *host, const char *expected)
{
    _cleanup_facts_ struct host_facts facts = {0};
    _cleanup_buf_ struct buf got = {0};

    host_facts_from(&facts, host);
    facts_text(&facts, &got);
    assert_string_equal(buf_text(&got), expected);
}

static void test_pure_v2(void **state)
{
    (void)state;
    assert_facts(&host_v2, "pure v2\n"
                           "/sys/fs/cgroup [] /user.slice/session-2.scope v2\n"
                           "sysfs /sys\n"
                           "proc /proc\n"
                           "cgroup2 /sys/fs/cgroup\n"
                           "bpf /sys/fs/bpf\n");
}

static void test_hybrid(void **state)
{
    (void)state;
    assert_facts(&host_hybrid, "hybrid\n"
                               "/sys/fs/cgroup/unified [] /a v2\n"
                               "/sys/fs/cgroup/memory [memory] /a/b\n"
                               "/sys/fs/cgroup/cpu,cpuacct [cpu cpuacct] /\n"
                               "/sys/fs/cgroup/pids [pids] /\n"
                               "/sys/fs/cgroup/blkio [blkio] /\n"
                               "proc /proc\n"
                               "cgroup2 /sys/fs/cgroup/unified\n"
                               "cgroup /sys/fs/cgroup/systemd\n"
                               "cgroup /sys/fs/cgroup/memory\n"
                               "cgroup /sys/fs/cgroup/cpu,cpuacct\n"
                               "cgroup /sys/fs/cgroup/pids\n"
                               "cgroup /sys/fs/cgroup/blkio\n");
}

static void test_legacy(void **state)
{
    (void)state;
    assert_facts(&host_legacy, "legacy v1\n"
                               "/cg/memory [memory] /\n"
                               "cgroup /cg/memory\n");
}

/* In a container the mount shows a part of the hierarchy, and paths count from its root. */
static void test_container(void **state)
{
    (void)state;
    assert_facts(&host_container, "pure v2\n"
                                  "/sys/fs/cgroup [] /inner v2\n"
                                  "cgroup2 /sys/fs/cgroup\n");
}

static void test_paths_are_unescaped(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};

    (void)state;
    facts_parse_mounts(&facts, "30 1 0:26 / /my\\040cgroups\\134x rw - cgroup2 none rw\n", NULL);
    assert_int_equal(facts.hierarchies, 1);
    assert_string_equal(facts.hierarchy[0].mount, "/my cgroups\\x");
}

/* mount -t cgroup -o memory "" /x: what stands where the source would is nothing. */
static void test_a_mount_without_a_source(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};

    (void)state;
    facts_parse_mounts(&facts, "30 1 0:26 / /x rw - cgroup  rw,memory\n", NULL);
    assert_int_equal(facts.hierarchies, 1);
    assert_string_equal(facts.hierarchy[0].controllers, "memory");
}

static void test_a_part_mounted_first_is_not_the_whole(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};

    (void)state;
    facts_parse_mounts(&facts,
                       "30 1 0:26 /docker/77 /srv/part rw - cgroup2 none rw\n"
                       "31 1 0:26 / /sys/fs/cgroup rw - cgroup2 none rw\n"
                       "32 1 0:26 / /closed ro - cgroup2 none rw\n",
                       NULL);
    facts_parse_own(&facts, "0::/user.slice\n");
    assert_int_equal(facts.hierarchies, 1);
    assert_string_equal(facts.hierarchy[0].mount, "/sys/fs/cgroup");
    assert_string_equal(facts.hierarchy[0].own, "/user.slice");
}

static enum host_there there(const char *mount, uint64_t id)
{
    (void)mount;
    return id == 30 ? HOST_THERE_NOTHING : id == 33 ? HOST_THERE_ANOTHER : HOST_THERE_IT;
}

static void test_what_others_lie_over_is_not_there(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};

    (void)state;
    facts_parse_mounts(&facts,
                       "30 1 0:26 / /x rw - cgroup2 none rw\n"
                       "31 1 0:27 / /p rw - proc none rw\n"
                       "32 1 0:28 / / rw - tmpfs none rw\n"
                       "33 1 0:29 / /y rw - cgroup2 none rw\n",
                       there);
    assert_int_equal(facts.layout, HOST_NONE);
    assert_int_equal(facts.interfaces, 2);
    assert_string_equal(facts.interface[0].path, "/p");
    assert_string_equal(facts.interface[1].path, "/y"); /* and is made read-only */
}

static void test_nonsense_is_no_host(void **state)
{
    static const char *const texts[] = {"",
                                        "\n\n",
                                        "- - -",
                                        "30 1 0:26 / /x rw",
                                        "30 1 0:26 / /x rw - cgroup2",
                                        "30 1 0:26 / /x rw - ext4 /dev/sda rw\n",
                                        " - cgroup2 none rw"};

    (void)state;
    for (size_t i = 0; i < LEN(texts); i++) {
        _cleanup_facts_ struct host_facts facts = {0};

        facts_parse_mounts(&facts, texts[i], NULL);
        facts_parse_own(&facts, texts[i]);
        assert_int_equal(facts.layout, HOST_NONE);
        assert_null(facts_v2(&facts));
        assert_null(facts_controller(&facts, "memory"));
    }
}

static void test_all_mounts_are_noted(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    for (int i = 0; i < 200; i++)
        buf_addf(&text, "%d 1 0:26 / /c%d rw - proc proc rw\n", i, i);
    facts_parse_mounts(&facts, buf_text(&text), NULL);
    assert_int_equal(facts.interfaces, 200);
    assert_string_equal(facts.interface[199].path, "/c199");
}

/* A container's root lists its layers; a mount may lie deep. */
static void test_long_lines(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};
    _cleanup_buf_ struct buf text = {0}, path = {0};

    (void)state;
    buf_add(&text, "29 1 0:26 / / rw - overlay overlay rw,lowerdir=");
    for (int i = 0; i < 1000; i++) {
        buf_addf(&text, ":/layer%d", i);
        buf_add(&path, "/deep");
    }
    buf_addf(&text, "\n30 1 0:26 / /c rw - cgroup2 none rw\n31 1 0:27 / %s rw - proc proc rw\n",
             buf_text(&path));
    facts_parse_mounts(&facts, buf_text(&text), NULL);
    assert_int_equal(facts.hierarchies, 1);
    assert_int_equal(facts.interfaces, 2);
    assert_string_equal(facts.interface[1].path, buf_text(&path));
}

static void test_a_path_is_never_cut(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    facts_parse_mounts(&facts, "30 1 0:26 / /c rw - cgroup2 none rw\n", NULL);
    buf_add(&text, "0::/");
    while (text.len < strlen("0::") + sizeof(facts.hierarchy[0].own) - 1)
        buf_add(&text, "a");
    assert_int_equal(facts_parse_own(&facts, buf_text(&text)), 0);
    assert_int_equal(strlen(facts.hierarchy[0].own), sizeof(facts.hierarchy[0].own) - 1);
    buf_add(&text, "b\n");
    assert_int_equal(facts_parse_own(&facts, buf_text(&text)), -ENAMETOOLONG);
}

static void test_releases(void **state)
{
    static const struct {
        const char *release;
        bool kill, setattr;
    } cases[] = {{"6.1.0-23-amd64", true, true},
                 {"5.14.0", true, true},
                 {"5.13.19", false, true},
                 {"5.10.0-30", false, false},
                 {"what", false, false}};

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_facts_ struct host_facts facts = {0};

        facts_parse_release(&facts, cases[i].release);
        assert_int_equal(facts.cgroup_kill, cases[i].kill);
        assert_int_equal(facts.mount_setattr, cases[i].setattr);
    }
}

static void test_words(void **state)
{
    (void)state;
    assert_true(facts_word_in("cpu io memory", "io"));
    assert_true(facts_word_in("cpu", "cpu"));
    assert_false(facts_word_in("cpuset cpuacct", "cpu"));
    assert_false(facts_word_in("", "cpu"));
    assert_false(facts_word_in("cpu", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pure_v2),
        cmocka_unit_test(test_hybrid),
        cmocka_unit_test(test_legacy),
        cmocka_unit_test(test_container),
        cmocka_unit_test(test_paths_are_unescaped),
        cmocka_unit_test(test_a_mount_without_a_source),
        cmocka_unit_test(test_a_part_mounted_first_is_not_the_whole),
        cmocka_unit_test(test_what_others_lie_over_is_not_there),
        cmocka_unit_test(test_nonsense_is_no_host),
        cmocka_unit_test(test_all_mounts_are_noted),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_a_path_is_never_cut),
        cmocka_unit_test(test_releases),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
