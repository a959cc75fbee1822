/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading records, and saying what one holds where it should have held something else. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/system/harness.h"

/* What a person would look at first: how it ended, and what it said. */
static void explain(const struct run *run)
{
    const struct json *verdict = run->record ? json_get(run->record, "verdict") : NULL;
    char *dump = verdict ? json_dump(verdict, 0) : NULL;

    print_error("  command: %s\n  status:  %d after %.3f s\n", run->command, run->status,
                run->seconds);
    print_error("  verdict: %s\n", dump ? dump : "no record");
    if (run->out && *run->out)
        print_error("  stdout:  %.1500s\n", run->out);
    if (run->err && *run->err)
        print_error("  stderr:  %.1500s\n", run->err);
    free(dump);
}

static void explain_events(const struct run *run)
{
    const struct json *events = run->record ? json_get(run->record, "events") : NULL;
    char *dump = events ? json_dump(events, 0) : NULL;

    print_error("  events:  %.3000s\n", dump ? dump : "none");
    free(dump);
}

void expect_status(const struct run *run, int status)
{
    if (run->status == status)
        return;
    explain(run);
    fail_test("exit status %d where %d was right", run->status, status);
}

void expect_verdict(const struct run *run, const char *kind)
{
    const char *is = text_of(run, "verdict.kind");

    if (strcmp(is, kind) == 0)
        return;
    explain(run);
    explain_events(run);
    fail_test("verdict %s where %s was right", is, kind);
}

void expect_out(const struct run *run, const char *text)
{
    if (strstr(run->out, text))
        return;
    explain(run);
    fail_test("'%s' was not printed", text);
}

void expect_no_out(const struct run *run, const char *text)
{
    if (!strstr(run->out, text))
        return;
    explain(run);
    fail_test("'%s' was printed", text);
}

void expect_err(const struct run *run, const char *text)
{
    if (strstr(run->err, text))
        return;
    explain(run);
    fail_test("'%s' is not in what it said on stderr", text);
}

void expect_near(const struct run *run, const char *what, double value, double truth,
                 double tolerance)
{
    expect_between(run, what, value, truth - tolerance, truth + tolerance);
}

void expect_between(const struct run *run, const char *what, double value, double low, double high)
{
    if (value >= low && value <= high)
        return;
    explain(run);
    fail_test("%s is %.9g, not between %.9g and %.9g", what, value, low, high);
}

void expect_event(const struct run *run, const char *kind, const char *text)
{
    const struct json *events = member(run, "events");

    for (size_t i = 0; i < json_count(events); i++) {
        const struct json *e = json_at(events, i);
        const char *is = json_text(json_get(e, "kind"));
        char *detail = json_get_bytes(json_get(e, "detail"));
        bool found = is && strcmp(is, kind) == 0 && detail && strstr(detail, text);

        free(detail);
        if (found)
            return;
    }
    explain(run);
    explain_events(run);
    fail_test("no event of kind '%s' with '%s'", kind, text);
}

const struct json *member(const struct run *run, const char *path)
{
    const struct json *at = run->record;
    char word[128];

    for (const char *p = path; at && *p; p += *p == '.') {
        size_t n = strcspn(p, ".");

        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        at = json_get(at, word);
        p += n;
    }
    if (!at) {
        explain(run);
        fail_test("the record has no '%s'", path);
    }
    return at;
}

const char *text_of(const struct run *run, const char *path)
{
    const struct json *value = member(run, path);

    if (!json_is_string(value)) {
        explain(run);
        fail_test("'%s' of the record is not a text", path);
    }
    return json_text(value);
}

double number_of(const struct run *run, const char *path)
{
    const struct json *value = member(run, path);

    if (!json_is_number(value)) {
        explain(run);
        fail_test("'%s' of the record is not a number", path);
    }
    return json_to_real(value, NAN);
}

const char *evidence(const struct run *run, const char *key)
{
    static char text[8][64];
    static unsigned next;
    const struct json *value = json_get(member(run, "verdict.evidence"), key);
    char *at;

    if (!value || json_is_string(value))
        return json_text(value);
    if (!json_is_number(value))
        return json_to_bool(value, false) ? "yes" : "no";
    at = text[next++ % 8];
    snprintf(at, sizeof(text[0]), "%.17g", json_to_real(value, NAN));
    return at;
}

static const struct json *metric_object(const struct run *run, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "metrics.%s", name);
    return member(run, path);
}

bool metric_is_available(const struct run *run, const char *name)
{
    return json_is_number(json_get(metric_object(run, name), "value"));
}

double metric(const struct run *run, const char *name)
{
    const struct json *m = metric_object(run, name);

    if (!json_is_number(json_get(m, "value"))) {
        const char *why = json_text(json_get(m, "unavailable"));

        explain(run);
        fail_test("%s is unavailable: %s", name, why ? why : "and does not say why");
    }
    return json_to_real(json_get(m, "value"), NAN);
}

const struct json *limit_of(const struct run *run, const char *key)
{
    const struct json *limits = member(run, "limits");

    if (json_is_object(limits))
        return json_get(limits, key);
    for (size_t i = 0; i < json_count(limits); i++) {
        const struct json *l = json_at(limits, i);
        const char *is = json_text(json_get(l, "key"));

        if (is && strcmp(is, key) == 0)
            return l;
    }
    return NULL;
}

static bool is_command(const struct json *row, const char *comm)
{
    const char *is = json_text(json_get(row, "comm"));

    return is && strcmp(is, comm) == 0;
}

const struct json *ledger_row(const struct run *run, const char *comm, unsigned nth)
{
    const struct json *rows = member(run, "ledger.rows");

    for (size_t i = 0; i < json_count(rows); i++)
        if (is_command(json_at(rows, i), comm) && nth-- == 0)
            return json_at(rows, i);
    return NULL;
}

unsigned ledger_count(const struct run *run, const char *comm)
{
    unsigned n = 0;

    while (ledger_row(run, comm, n))
        n++;
    return n;
}

double row_number(const struct run *run, const struct json *row, const char *key)
{
    const struct json *value = row ? json_get(row, key) : NULL;

    if (!json_is_number(value)) {
        explain(run);
        fail_test(row ? "the ledger's row has no number '%s'" : "no ledger row to read '%s' from",
                  key);
    }
    return json_to_real(value, NAN);
}

double time_of(const char *text)
{
    struct tm tm = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    double fraction = 0;
    char *end;

    if (!rest)
        fail_test("'%s' is not a time", text ? text : "(null)");
    if (*rest == '.') {
        fraction = strtod(rest, &end);
        rest = end;
    }
    if (strcmp(rest, "Z") != 0)
        fail_test("'%s' is not a time in UTC", text);
    return (double)timegm(&tm) + fraction;
}

const struct json *listed(const struct json *doc)
{
    struct json *value;

    if (json_is_array(doc))
        return doc;
    for (size_t i = 0; i < json_members(doc); i++)
        if (json_member(doc, i, &value) && json_is_array(value))
            return value;
    fail_test("there is no list of records");
}

unsigned count_text(const char *printed, const char *text)
{
    unsigned n = 0;

    for (const char *p = printed; (p = strstr(p, text)); p += strlen(text))
        n++;
    return n;
}

struct json *all_rows(const struct run *run)
{
    char id[32];
    struct json *ledger, *rows;

    snprintf(id, sizeof(id), "%.0f", number_of(run, "id"));
    ledger = cgjob_json(ARGS("ps", id, "--rows", "--json"));
    rows = json_ref(json_get(ledger, "rows"));
    json_free(ledger);
    return rows;
}
