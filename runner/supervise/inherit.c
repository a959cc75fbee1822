/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/inherit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/units.h"
#include "runner/host/descriptors.h"
#include "runner/spec/environment.h"

#define FORM   "a pipe, a socket or a regular file that the caller has open"
#define REMEDY "nothing was started; correct it, or leave all out with --pass-fds none"

/* Digits alone, up to `*end`; -1: none, or too many for a descriptor. */
static int number_at(const char *text, const char **end)
{
    long number = 0;

    *end = text;
    while (**end >= '0' && **end <= '9' && number <= SPEC_FD_MAX)
        number = number * 10 + (*(*end)++ - '0');
    return *end == text || number > SPEC_FD_MAX ? -1 : (int)number;
}

/* Keeps the list in the order of the numbers, each once. */
static int insert(struct job_spec *spec, int number, const char *kind, const char *named_by)
{
    struct spec_inherit *list = &spec->inherit;
    struct spec_descriptor *grown;
    size_t at = 0;
    char *by;

    while (at < list->count && list->item[at].number < number)
        at++;
    if (at < list->count && list->item[at].number == number)
        return 0;
    grown = realloc(list->item, (list->count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    list->item = grown;
    by = strdup(named_by);
    if (!by)
        return -ENOMEM;
    memmove(grown + at + 1, grown + at, (list->count - at) * sizeof(*grown));
    grown[at] = (struct spec_descriptor){number, kind, by};
    list->count++;
    return 0;
}

/* What only seems to be named is not passed, and the plan says so. */
static int add_if_possible(struct job_spec *spec, int number, bool pipe_only, const char *named_by)
{
    struct descriptor d;

    if (number < 3)
        return 0;
    d = descriptor_look(number);
    if (d.passable && (d.pipe || !pipe_only))
        return insert(spec, number, d.kind, named_by);
    return strv_addf(&spec->inherit.notes, "descriptor %d, named by %s, is not passed: it is %s",
                     number, named_by, d.passable ? "no pipe" : d.kind);
}

static int add_or_fail(struct job_spec *spec, int number, const char *named_by,
                       struct err_list *errors)
{
    struct descriptor d = descriptor_look(number);
    struct err err;

    if (d.passable)
        return insert(spec, number, d.kind, named_by);
    err_set(&err, EINVAL, FORM, REMEDY, "descriptor %d of %s is %s", number, named_by, d.kind);
    return err_list_add(errors, &err);
}

/* Any place in a word: "--file=/dev/fd/63". */
static int find_in_word(struct job_spec *spec, const char *word, const char *named_by)
{
    static const char *const places[] = {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"};
    int r = 0;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        for (const char *at = strstr(word, places[i]); r == 0 && at; at = strstr(at, places[i])) {
            int number = number_at(at + strlen(places[i]), &at);

            if (number >= 0)
                r = add_if_possible(spec, number, false, named_by);
        }
    return r;
}

/* GNU make's jobserver, as make and cargo hand it on; "fifo:PATH" and "-2,-2" need no descriptor.
 */
static int find_jobserver(struct job_spec *spec, const char *variable)
{
    static const char *const options[] = {"--jobserver-auth=", "--jobserver-fds="};
    const char *flags = environment_value(spec, variable);
    int reader = -1, writer = -1, r;

    for (size_t i = 0; flags && i < sizeof(options) / sizeof(options[0]); i++)
        for (const char *at = strstr(flags, options[i]); at; at = strstr(at, options[i])) {
            int first = number_at(at + strlen(options[i]), &at);
            int second = first >= 0 && *at == ',' ? number_at(at + 1, &at) : -1;

            if (second >= 0) {
                reader = first;
                writer = second;
            }
        }
    if (reader < 0)
        return 0;
    r = add_if_possible(spec, reader, true, variable);
    return r < 0 ? r : add_if_possible(spec, writer, true, variable);
}

/* How many sockets were handed to this very process: sd_listen_fds(3). */
static int listen_count(const struct job_spec *spec)
{
    const char *pid = environment_value(spec, "LISTEN_PID");
    const char *count = environment_value(spec, "LISTEN_FDS"), *end;
    int n;

    if (!pid || !count || atol(pid) != (long)getpid())
        return 0;
    n = number_at(count, &end);
    return n > 0 && !*end && n <= SPEC_FDS_MAX ? n : 0;
}

static bool has(const struct job_spec *spec, int number)
{
    for (size_t i = 0; i < spec->inherit.count; i++)
        if (spec->inherit.item[i].number == number)
            return true;
    return false;
}

/* One that is missing would shift the meaning of those after it. */
static int find_sockets(struct job_spec *spec, struct err_list *errors)
{
    int n = listen_count(spec), r = 0;

    for (int i = 0; r == 0 && i < n; i++)
        r = add_or_fail(spec, 3 + i, "LISTEN_FDS", errors);
    return r;
}

static int find_named(struct job_spec *spec, struct err_list *errors)
{
    static const char *const jobservers[] = {"MAKEFLAGS", "CARGO_MAKEFLAGS"};
    int r = find_sockets(spec, errors);

    for (size_t i = 1; r == 0 && i < spec->argv.count; i++) {
        char named_by[40];

        snprintf(named_by, sizeof(named_by), "argument %zu", i);
        r = find_in_word(spec, spec->argv.item[i], named_by);
    }
    /* The program itself, or with --ab the first of two commands. */
    if (r == 0)
        r = find_in_word(spec, spec->argv.item[0], "the command");
    for (size_t i = 0; r == 0 && i < sizeof(jobservers) / sizeof(jobservers[0]); i++)
        r = find_jobserver(spec, jobservers[i]);
    return r;
}

int inherit_find(struct job_spec *spec, struct err_list *errors)
{
    size_t before = errors->count;
    int listening, r = 0;

    if (spec->pass_fds == SPEC_FDS_AUTO)
        r = find_named(spec, errors);
    for (size_t i = 0; r == 0 && i < spec->fds.count; i++)
        r = add_or_fail(spec, spec->fds.item[i], "pass-fds", errors);
    if (r < 0)
        return r;
    listening = listen_count(spec);
    spec->inherit.listening = listening > 0;
    for (int i = 0; i < listening; i++)
        spec->inherit.listening &= has(spec, 3 + i);
    return errors->count > before ? -EINVAL : 0;
}

void inherit_release(const struct job_spec *spec)
{
    for (size_t i = 0; i < spec->inherit.count; i++)
        close(spec->inherit.item[i].number);
}
