# SPDX-License-Identifier: GPL-2.0-or-later
# cgrun's build. `make help` lists the targets. Everything that is made is below build/.

prefix  ?= /usr/local
DESTDIR ?=
STATIC  ?= 1
B       ?= build

CC      := gcc
# make V=1 shows whole commands.
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@echo)
CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wwrite-strings -Wformat=2 -Wvla
CPPFLAGS += -D_GNU_SOURCE -I. -I$(B)/gen
CFLAGS   ?= -O2 -g
ALL_CFLAGS = -std=gnu11 $(CFLAGS) $(WARN) -fPIE -fstack-protector-strong -ffunction-sections \
             -fdata-sections -pthread $(SAN)
ifeq ($(SAN),)
CPPFLAGS += -D_FORTIFY_SOURCE=2
endif

LIBS := -lsqlite3 -linih -lcap -lmd -lseccomp -lbpf -lelf -lz -ljansson -lm
TOOL_LIBS := -lncursesw -ltinfo
LDFLAGS += -Wl,-z,relro,-z,now -Wl,--gc-sections -pthread $(SAN)
ifndef MACHINE
MACHINE := $(shell uname -m)
endif
ifeq ($(STATIC),1)
# The linker warns of one dlopen: SQLite's, for extensions, which cgrun never enables.
PROGRAM_LINK := -static-pie
else
PROGRAM_LINK := -pie
endif

LIB_SRC := $(filter-out runner/systemd/% runner/git/%,$(wildcard runner/*/*.c)) \
           $(filter-out %.bpf.c,$(wildcard bpf/*.c)) $(wildcard policy/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o) $(B)/obj/policy/profiles.o
LIB     := $(B)/libcgrun.a
TOOL_SRC := $(wildcard tools/*.c)
PROGRAMS := $(B)/cgrun $(B)/cgjob $(B)/cgrun-systemd $(B)/cgrun-git

UNIT_SRC   := $(wildcard tests/unit/test_*.c)
SYSTEM_SRC := $(wildcard tests/system/test_*.c)
UNITS   := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/unit/%)
SYSTEMS := $(SYSTEM_SRC:tests/system/%.c=$(B)/tests/system/%)
JOBS    := $(patsubst tests/system/jobs/%.c,$(B)/tests/jobs/%,$(wildcard tests/system/jobs/*.c))
HELPER_OBJ = $(patsubst %.c,$(B)/obj/%.o,$(filter-out $(UNIT_SRC) $(SYSTEM_SRC), \
             $(wildcard tests/unit/*.c tests/system/*.c)))
BENCH_SRC := $(wildcard tests/bench/bench_*.c)
BENCHES := $(BENCH_SRC:tests/bench/bench_%.c=$(B)/bench/%)

BUILD_PACKAGES := gcc make clang llvm bpftool libc6-dev linux-libc-dev \
    libseccomp-dev libbpf-dev libelf-dev zlib1g-dev libsqlite3-dev libjansson-dev libinih-dev \
    libcap-dev libmd-dev libsystemd-dev libncurses-dev libgit2-dev
TEST_PACKAGES  := libcmocka-dev gnuplot-nox systemd runc golang-github-containers-common git python3 procps \
    rsync openssl sqlite3 groff-base mandoc zsh python3-jsonschema
LINT_PACKAGES  := clang-format clang-tidy libclang-rt-14-dev shellcheck
DEB_PACKAGES   := debhelper dpkg-dev lintian
VM_PACKAGES    := qemu-system-x86 debootstrap e2fsprogs
ARM_PACKAGES   := gcc-aarch64-linux-gnu qemu-user-static
BROWSER_PACKAGES := chromium
BENCH_PACKAGES := cgroup-tools crun runc bubblewrap firejail acct bpftrace strace linux-perf hyperfine \
    time

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help demo test unit system test-one asan fuzz fmt lint tidy bench aarch64 manual \
        install uninstall clean deb test-deb test-vm deps deps-test deps-lint deps-deb deps-vm deps-browser test-browser \
        deps-bench mutants test-jobs test-programs-unit test-programs-system fuzz-programs bench-programs

# What was just installed is found by a second make; in parallel unless the caller chose.
SUBMAKE = $(MAKE) $(if $(V),,-s) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

all: $(PROGRAMS)

help:
	@echo 'make               build/cgrun and build/cgjob'
	@echo 'make demo          install what is missing, build, run a real job and show its record'
	@echo 'make test          install what testing needs, run every test (root)'
	@echo 'make unit          the unit tests alone (no root needed)'
	@echo 'make system        the system tests alone (root, real kernel)'
	@echo 'make test-one T=x  one test program: test_x of either kind'
	@echo 'make test-vm       the system tests on other kernels and cgroup layouts, in QEMU (root)'
	@echo 'make test-browser  a report of real runs in headless Chromium, with pictures to look at'
	@echo 'make mutants       one-line defects, each of which a test has to notice (root)'
	@echo 'make aarch64       built for aarch64, and the unit tests run under emulation'
	@echo 'make asan          the unit tests under the address and undefined-behaviour sanitizers'
	@echo 'make fuzz          each fuzzer for FUZZ_SECONDS (20)'
	@echo 'make fmt           format the sources'
	@echo 'make lint          formatting, warnings of two compilers, clang-tidy, layering'
	@echo 'make bench         ratios to a plain spawn, beside those of other runners'
	@echo 'make install       to DESTDIR and prefix (/usr/local)'
	@echo 'make deb           a Debian package in build/deb, looked at by lintian'
	@echo 'make test-deb      the package installed, used and removed in a guest (root)'
	@echo 'make uninstall     removes what install put there'
	@echo 'make deps          install the build packages; deps-test, deps-lint, deps-vm, deps-bench likewise'
	@echo 'make clean         remove build/'

# --- dependencies -----------------------------------------------------------------------------
deps:
	@tools/dev/install-packages $(BUILD_PACKAGES)
deps-test: deps
	@tools/dev/install-packages $(TEST_PACKAGES)
deps-browser: deps
	@tools/dev/install-packages $(BROWSER_PACKAGES)
deps-lint: deps-test
	@tools/dev/install-packages $(LINT_PACKAGES)
deps-deb: deps
	@tools/dev/install-packages $(DEB_PACKAGES)
deps-vm: deps
	@tools/dev/install-packages $(VM_PACKAGES)
deps-bench: deps
	@tools/dev/install-packages $(BENCH_PACKAGES)

# --- programs ---------------------------------------------------------------------------------
$(B)/cgrun: $(B)/obj/runner/main.o $(LIB)
	$(SAY) '  LINK  $@'
	$(Q)$(CC) $(PROGRAM_LINK) $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/cgjob: $(TOOL_SRC:%.c=$(B)/obj/%.o) $(LIB)
	$(SAY) '  LINK  $@'
	$(Q)$(CC) $(PROGRAM_LINK) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS) $(LIBS)
# The one that needs libsystemd, run only on a host of systemd's.
$(B)/cgrun-systemd: $(patsubst %.c,$(B)/obj/%.o,$(wildcard runner/systemd/*.c))
	$(SAY) '  LINK  $@'
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ -lsystemd
# The one that needs libgit2, run for measurements only.
$(B)/cgrun-git: $(patsubst %.c,$(B)/obj/%.o,$(wildcard runner/git/*.c))
	$(SAY) '  LINK  $@'
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ -lgit2
$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(SAY) '  AR    $@'
	$(Q)ar rcs $@ $^

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) '  CC    $<'
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The shipped policies, as they are, in the program's read-only data.
$(B)/obj/policy/profiles.o: policy/profiles.S $(wildcard policy/profiles/*.json)
	@mkdir -p $(@D)
	$(SAY) '  AS    $<'
	$(Q)$(CC) -I. -c -o $@ $<

# --- the kernel side --------------------------------------------------------------------------
BPF_ARCH := $(patsubst aarch64,arm64,$(MACHINE:x86_64=x86))

# One source, compiled for each way of seeing births and ends; job_events.bpf.c and maps.bpf.h say why.
BPF_VARIANTS := fentry switch early_fentry early_switch
BPF_FLAGS_fentry := -DDEAD_BY_FENTRY
BPF_FLAGS_early_fentry := -DDEAD_BY_FENTRY -DEARLY
BPF_FLAGS_early_switch := -DEARLY
BPF_SKELETONS := $(foreach v,$(BPF_VARIANTS),$(B)/gen/$v.skel.h $(B)/gen/$v.lskel.h) \
    $(B)/gen/fentry_probe.lskel.h

# A feature is a source of its own; one of them is compiled for two kinds of kernels.
FEATURES := syscalls net sched io io_issue files addresses devices
FEATURE_SKELETONS := $(FEATURES:%=$(B)/gen/feature_%.lskel.h)
$(B)/gen/feature_io_issue.bpf.o: FEATURE_SOURCE = bpf/feature_io.bpf.c -DBY_ISSUE
FEATURE_SOURCE = bpf/feature_$*.bpf.c
$(B)/gen/feature_%.bpf.o: $(wildcard bpf/*.h bpf/feature*)
	@mkdir -p $(@D)
	$(SAY) '  BPF   $@'
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $(FEATURE_SOURCE) -o $@

BPF_CFLAGS = -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -O2 -g -Wall -Werror -mcpu=v3 -I. \
    -idirafter $(SYSROOT)/usr/include/$(MACHINE)-linux-gnu
BPF_SOURCE = bpf/job_events.bpf.c
$(B)/gen/fentry_probe.bpf.o: BPF_SOURCE = bpf/fentry_probe.bpf.c
$(B)/gen/%.bpf.o: bpf/job_events.bpf.c bpf/fentry_probe.bpf.c $(wildcard bpf/*.h)
	@mkdir -p $(@D)
	$(SAY) '  BPF   $@'
	$(Q)$(CLANG) $(BPF_CFLAGS) $(BPF_FLAGS_$*) -c -o $@ $(BPF_SOURCE)
$(B)/gen/%.skel.h: $(B)/gen/%.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $< name $*_full > $@.tmp && mv $@.tmp $@
$(B)/gen/%.lskel.h: $(B)/gen/%.bpf.o
	$(Q)$(BPFTOOL) gen skeleton -L $< name $*_light > $@.tmp && mv $@.tmp $@

$(patsubst %.c,$(B)/obj/%.o,$(filter-out %.bpf.c,$(wildcard bpf/*.c))): | $(BPF_SKELETONS) $(FEATURE_SKELETONS)

# --- tests ------------------------------------------------------------------------------------
$(B)/libtest.a: $(HELPER_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $(HELPER_OBJ)
TEST_LINK = -pie $(LDFLAGS) $(TEST_LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libtest.a $(LIB) $(LIBS) -lcmocka -lutil
$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(LIB) $(B)/libtest.a
	@mkdir -p $(@D)
	$(SAY) '  LINK  $@'
	$(Q)$(CC) $(TEST_LINK)
$(B)/tests/system/%: $(B)/obj/tests/system/%.o $(LIB) $(B)/libtest.a
	@mkdir -p $(@D)
	$(SAY) '  LINK  $@'
	$(Q)$(CC) $(TEST_LINK)
# What the system tests run as jobs: programs of one source each.
$(B)/tests/jobs/%: tests/system/jobs/%.c $(wildcard tests/system/jobs/*.h)
	@mkdir -p $(@D)
	$(SAY) '  CC    $@'
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -pie -o $@ $<

RUN_TESTS := CGRUN=$(B)/cgrun CGJOB=$(B)/cgjob CGRUN_JOBS=$(B)/tests/jobs tools/dev/run-tests

unit: deps-test
	@$(SUBMAKE) test-programs-unit
	@$(RUN_TESTS) --unprivileged $(UNITS)
system: deps-test
	@$(SUBMAKE) test-programs-system
	@$(RUN_TESTS) --root $(SYSTEMS)
test: deps-test
	@$(SUBMAKE) test-programs-unit test-programs-system
	@$(RUN_TESTS) --unprivileged $(UNITS) --root $(SYSTEMS)
test-one: deps-test
	@tools/dev/test-one '$(T)' >/dev/null
	@$(SUBMAKE) all $(JOBS) $(B)/$$(tools/dev/test-one '$(T)')
	@CGRUN=$(B)/cgrun CGJOB=$(B)/cgjob CGRUN_JOBS=$(B)/tests/jobs \
	    $(B)/$$(tools/dev/test-one '$(T)')
test-programs-unit: $(UNITS)
test-programs-system: $(PROGRAMS) $(SYSTEMS) $(JOBS)
test-jobs: $(JOBS)

# One-line defects, each of which a test has to notice. MUTANTS='--only cache' chooses by a word, MUTANTS='--seconds 300
# --start 7' bounds the time and says with which to begin.
mutants:
	@tools/dev/run-mutants $(MUTANTS) tests/mutants/table $(B)/mutants

# VM='6.12/systemd 5.10/hybrid' chooses the cases; ONLY=build/tests/system/test_x the test programs.
test-vm: deps-test deps-vm
	@$(SUBMAKE) test-programs-system
	@ONLY='$(ONLY)' tests/vm/run $(B) $(VM)

asan: deps-test
	@$(SUBMAKE) B=$(B)/asan STATIC=0 CFLAGS='-O1 -g' \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' all test-programs-unit
	@echo 'asan: not run, for its filters stop the sanitizer itself: test_policy_loaded'
	@tools/dev/run-tests --unprivileged \
	    $(filter-out %/test_policy_loaded,$(UNITS:$(B)/%=$(B)/asan/%))

# Everything cross-compiled, BPF objects included, and the unit tests run by qemu's user mode.
test-browser: deps-browser
	@$(SUBMAKE) all
	@tests/browser/check $(B)

ARM := $(B)/aarch64
# The tests name their loader and libraries by path. With QEMU_LD_PREFIX the emulator would open the
# sysroot in place of every absolute path, "/" too, and tests of paths would fail.
ARM_LIBS := $(abspath $(ARM)/sysroot)/lib/aarch64-linux-gnu
ARM_LOADER := -Wl,--dynamic-linker=$(ARM_LIBS)/ld-linux-aarch64.so.1,--disable-new-dtags \
    -Wl,-rpath=$(ARM_LIBS):$(abspath $(ARM)/sysroot)/usr/lib/aarch64-linux-gnu
aarch64: deps-test
	@tools/dev/install-packages $(ARM_PACKAGES)
	@[ -d $(ARM)/sysroot ] || tools/dev/make-sysroot arm64 $(ARM)/sysroot \
	    $(filter %-dev,$(BUILD_PACKAGES) $(TEST_PACKAGES))
	@$(SUBMAKE) B=$(ARM) MACHINE=aarch64 SYSROOT=$(abspath $(ARM)/sysroot) \
	    CC='aarch64-linux-gnu-gcc --sysroot=$(abspath $(ARM)/sysroot)' \
	    TEST_LDFLAGS='$(ARM_LOADER)' all test-programs-unit test-programs-system
	@echo 'aarch64: not run, for want of its kernel: the system tests, test_policy_loaded'
	@tools/dev/run-tests --through qemu-aarch64-static \
	    --unprivileged $(filter-out %/test_policy_loaded,$(UNITS:$(B)/%=$(ARM)/%))

FUZZ_SECONDS ?= 20
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz: deps-test
	@$(SUBMAKE) B=$(B)/fuzzing STATIC=0 CC=$(CLANG) CFLAGS='-O1 -g' \
	    SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzz-programs
	@tools/dev/run-fuzzers $(FUZZ_SECONDS) $(FUZZERS:$(B)/%=$(B)/fuzzing/%)
fuzz-programs: $(FUZZERS)
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(SAY) '  LINK  $@'
	$(Q)$(CC) -fsanitize=fuzzer,address,undefined -pthread -o $@ $^ $(LIBS)

bench: deps-bench
	@$(SUBMAKE) bench-programs
	@tests/bench/run $(B)
bench-programs: $(PROGRAMS:$(B)/%=$(B)/installed/%) $(BENCHES) $(JOBS)
# As `make install` leaves it. What the linker wrote lies in small pieces in memory: 2 % of a launch.
$(B)/installed/%: $(B)/%
	@install -D -m 755 $< $@
BENCH_COMMON := $(patsubst %.c,$(B)/obj/%.o,$(filter-out $(BENCH_SRC),$(wildcard tests/bench/*.c)))
$(B)/bench/%: $(B)/obj/tests/bench/bench_%.o $(BENCH_COMMON)
	@mkdir -p $(@D)
	$(SAY) '  LINK  $@'
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ -lm

# --- care -------------------------------------------------------------------------------------
SOURCES := $(shell find runner bpf policy tools tests -name '*.[ch]' 2>/dev/null)
TIDIED  := $(filter-out %.bpf.c tests/system/jobs/%,$(filter %.c,$(SOURCES)))
fmt:
	clang-format -i $(SOURCES)
lint: deps-lint
	@tools/dev/lint $(SOURCES)
	@$(SUBMAKE) B=$(B)/clang STATIC=0 CC=$(CLANG) all test-programs-unit test-programs-system \
	    bench-programs
	@$(SUBMAKE) all tidy
	@echo 'lint: nothing found'
# An object is rebuilt when any of its headers changes, and so is what was said about it.
tidy: $(TIDIED:%.c=$(B)/tidy/%.ok)
$(B)/tidy/%.ok: %.c $(B)/obj/%.o .clang-tidy tests/.clang-tidy
	@mkdir -p $(@D)
	$(SAY) '  TIDY  $<'
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $< -- $(CPPFLAGS) -std=gnu11 -pthread \
	    >$@.log 2>&1 || { cat $@.log; exit 1; }
	@mv $@.log $@

demo: deps
	@$(SUBMAKE) all
	@tools/dev/demo $(B)

# --- installing ---------------------------------------------------------------------------------
manual: $(B)/cgjob
	@tools/dev/make-manual $(B)/cgjob $(B)/manual

bindir   := $(DESTDIR)$(prefix)/bin
share    := $(DESTDIR)$(prefix)/share
unitdir  ?= $(prefix)/lib/systemd/system
PAGES    := $(patsubst docs/man/%.in,%,$(wildcard docs/man/*.in))
COMPLETE := $(share)/bash-completion/completions
install: all manual
	install -d $(bindir) $(DESTDIR)$(prefix)/lib/cgrun $(share)/doc/cgrun $(share)/cgrun/policies \
	    $(share)/man/man1 $(share)/man/man5 $(COMPLETE) $(share)/zsh/vendor-completions \
	    $(DESTDIR)$(unitdir) $(DESTDIR)$(prefix)/lib/tmpfiles.d $(DESTDIR)$(prefix)/lib/systemd/catalog
	install -m 755 $(B)/cgrun $(B)/cgjob $(bindir)
	install -m 755 $(B)/cgrun-systemd $(B)/cgrun-git $(DESTDIR)$(prefix)/lib/cgrun
	install -m 644 policy/profiles/*.json $(share)/cgrun/policies
	install -m 644 $(wildcard *.md) $(wildcard docs/*.md) docs/record.schema.json $(share)/doc/cgrun
	install -m 644 $(addprefix $(B)/manual/,$(filter %.1,$(PAGES))) $(share)/man/man1
	install -m 644 $(addprefix $(B)/manual/,$(filter %.5,$(PAGES))) $(share)/man/man5
	install -m 644 $(B)/manual/cgrun.bash $(COMPLETE)/cgrun
	ln -sf cgrun $(COMPLETE)/cgjob
	install -m 644 $(B)/manual/_cgrun $(share)/zsh/vendor-completions/_cgrun
	install -m 644 packaging/cgrun.slice $(DESTDIR)$(unitdir)
	sed 's|@BINDIR@|$(prefix)/bin|' packaging/cgrun-recover.service \
	    >$(DESTDIR)$(unitdir)/cgrun-recover.service
	chmod 644 $(DESTDIR)$(unitdir)/cgrun-recover.service
	install -m 644 packaging/cgrun.tmpfiles $(DESTDIR)$(prefix)/lib/tmpfiles.d/cgrun.conf
	install -m 644 packaging/cgrun.catalog $(DESTDIR)$(prefix)/lib/systemd/catalog
uninstall:
	rm -f $(bindir)/cgrun $(bindir)/cgjob $(COMPLETE)/cgrun $(COMPLETE)/cgjob \
	    $(share)/zsh/vendor-completions/_cgrun $(DESTDIR)$(unitdir)/cgrun.slice \
	    $(DESTDIR)$(unitdir)/cgrun-recover.service $(DESTDIR)$(prefix)/lib/tmpfiles.d/cgrun.conf \
	    $(DESTDIR)$(prefix)/lib/systemd/catalog/cgrun.catalog \
	    $(addprefix $(share)/man/man1/,$(filter %.1,$(PAGES))) \
	    $(addprefix $(share)/man/man5/,$(filter %.5,$(PAGES)))
	rm -rf $(share)/doc/cgrun $(share)/cgrun $(DESTDIR)$(prefix)/lib/cgrun
test-deb: deb deps-vm
	@tests/vm/run-package $(B)
deb: deps-deb
	@tools/dev/make-deb $(B)/deb
clean:
	rm -rf build

-include $(patsubst %.c,$(B)/obj/%.d,$(filter %.c,$(SOURCES)))
