/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "runner/systemd/systemd.h"

#define MANAGER      "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define WAIT_USEC    25000000

#define CHECK(call)                                                                                \
    do {                                                                                           \
        int check_r = (call);                                                                      \
        if (check_r < 0)                                                                           \
            return check_r;                                                                        \
    } while (0)

/* How the job that makes the scope ended, once systemd has said so. */
struct outcome {
    const char *job;
    char result[32];
};

static int open_bus(sd_bus **bus, bool user)
{
    char address[128];

    if (!user)
        return sd_bus_open_system(bus);
    /* Of the user's manager, whatever session bus the caller may be on. */
    snprintf(address, sizeof(address), "/run/user/%u", geteuid());
    setenv("XDG_RUNTIME_DIR", address, 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    return sd_bus_open_user(bus);
}

static int add_string(sd_bus_message *m, const char *name, const char *value)
{
    return sd_bus_message_append(m, "(sv)", name, "s", value);
}

static int add_properties(sd_bus_message *m, const struct scope *s)
{
    CHECK(add_string(m, "Description", s->description));
    CHECK(add_string(m, "Slice", "cgrun.slice"));
    CHECK(add_string(m, "CollectMode", "inactive-or-failed"));
    CHECK(sd_bus_message_append(m, "(sv)", "Delegate", "b", 1));
    CHECK(sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, s->pid));
    CHECK(sd_bus_message_append(m, "(sv)", "TimeoutStopUSec", "t", s->stop_usec));
    if (s->service)
        CHECK(sd_bus_message_append(m, "(sv)", "PartOf", "as", 1, s->service));
    return 0;
}

static int on_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
    struct outcome *o = data;
    const char *job, *unit, *result;
    uint32_t id;

    (void)error;
    CHECK(sd_bus_message_read(m, "uoss", &id, &job, &unit, &result));
    if (o->job && strcmp(job, o->job) == 0)
        snprintf(o->result, sizeof(o->result), "%s", result);
    return 0;
}

static int request(sd_bus *bus, const struct scope *s, sd_bus_message **reply, sd_bus_error *error)
{
    sd_bus_message *m = NULL;

    CHECK(sd_bus_message_new_method_call(bus, &m, MANAGER, MANAGER_PATH, MANAGER ".Manager",
                                         "StartTransientUnit"));
    CHECK(sd_bus_message_append(m, "ss", s->unit, "fail"));
    CHECK(sd_bus_message_open_container(m, 'a', "(sv)"));
    CHECK(add_properties(m, s));
    CHECK(sd_bus_message_close_container(m));
    CHECK(sd_bus_message_append(m, "a(sa(sv))", 0));
    CHECK(sd_bus_call(bus, m, WAIT_USEC, error, reply));
    sd_bus_message_unref(m);
    return 0;
}

/* The call returns when the job is queued; the process is in the scope when the job is done. */
static int start(sd_bus *bus, const struct scope *s, struct outcome *o, sd_bus_error *error)
{
    sd_bus_message *reply = NULL;

    CHECK(sd_bus_match_signal(bus, NULL, MANAGER, MANAGER_PATH, MANAGER ".Manager", "JobRemoved",
                              on_removed, o));
    CHECK(sd_bus_call_method(bus, MANAGER, MANAGER_PATH, MANAGER ".Manager", "Subscribe", error,
                             NULL, ""));
    CHECK(request(bus, s, &reply, error));
    CHECK(sd_bus_message_read(reply, "o", &o->job));
    while (!o->result[0]) {
        int r = sd_bus_process(bus, NULL);

        CHECK(r);
        if (r == 0)
            CHECK(sd_bus_wait(bus, WAIT_USEC));
    }
    return 0;
}

static int print_invocation(sd_bus *bus, const char *unit, sd_bus_error *error)
{
    sd_bus_message *reply = NULL;
    const void *id;
    size_t size;
    char *path = NULL;

    CHECK(sd_bus_path_encode(MANAGER_PATH "/unit", unit, &path));
    CHECK(sd_bus_get_property(bus, MANAGER, path, MANAGER ".Unit", "InvocationID", error, &reply,
                              "ay"));
    CHECK(sd_bus_message_read_array(reply, 'y', &id, &size));
    printf("invocation ");
    for (size_t i = 0; i < size; i++)
        printf("%02x", ((const unsigned char *)id)[i]);
    printf("\n");
    return 0;
}

int scope_make(const struct scope *s)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    struct outcome o = {0};
    sd_bus *bus = NULL;
    int r = open_bus(&bus, s->user);

    if (r < 0)
        return fail(strerror(-r));
    r = start(bus, s, &o, &error);
    if (r == 0 && strcmp(o.result, "done") != 0)
        return fail(o.result);
    if (r == 0)
        r = print_invocation(bus, s->unit, &error);
    if (r < 0)
        return fail(error.message ? error.message : strerror(-r));
    sd_bus_flush_close_unref(bus);
    return 0;
}
