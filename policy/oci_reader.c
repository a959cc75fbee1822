/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/oci_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/cleanup.h"

/* Beyond this an object is not a profile's, and looking at each member by its index would drag. */
#define MEMBERS_MAX 256
#define NOTES_MAX   64

struct oci_place oci_item(const struct oci_place *parent, const char *key, const struct json *array,
                          size_t index)
{
    struct oci_place place = {.value = json_at(array, index)};

    snprintf(place.path, sizeof(place.path), "%.36s%s%s[%zu]", parent->path,
             parent->path[0] ? "." : "", key, index);
    return place;
}

int oci_refuse(const struct oci_reader *r, int code, const char *expected,
               const struct oci_place *place, const char *key, const struct json *value)
{
    const struct json_place *at = json_place_of(&r->places, value);
    _cleanup_free_ char *shown = value ? json_dump(value, 0) : NULL;
    struct policy_problem problem = {.code = code, .expected = (char *)expected};
    const char *text = json_text(value);

    if (!at)
        at = json_place_of(&r->places, place->value ? place->value : r->document);
    if (at) {
        problem.line = at->line;
        problem.column = at->column;
    }
    snprintf(problem.path, sizeof(problem.path), "%s%s%s", place->path,
             place->path[0] && key[0] ? "." : "", key);
    if (value)
        snprintf(problem.found, sizeof(problem.found), "'%.80s'",
                 text    ? text
                 : shown ? shown
                         : "?");
    else
        snprintf(problem.found, sizeof(problem.found), "missing");
    return problems_add(r->problems, &problem) < 0 ? err_oom(r->err) : 0;
}

int oci_note(const struct oci_reader *r, const char *fmt, ...)
{
    char line[256];
    va_list ap;

    if (r->notes->count >= NOTES_MAX)
        return 0;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    return strv_add(r->notes, line) < 0 ? err_oom(r->err) : 0;
}

int oci_array(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
              const char *key, struct json **ret)
{
    struct json *value = json_get(object, key);

    *ret = NULL;
    if (json_is_null(value))
        return 0;
    if (!json_is_array(value))
        return oci_refuse(r, EINVAL, "an array", place, key, value);
    *ret = value;
    return 0;
}

int oci_object(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, struct json **ret)
{
    struct json *value = json_get(object, key);

    *ret = NULL;
    if (json_is_null(value))
        return 0;
    if (!json_is_object(value))
        return oci_refuse(r, EINVAL, "an object", place, key, value);
    *ret = value;
    return 0;
}

int oci_text(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
             const char *key, const char **ret)
{
    struct json *value = json_get(object, key);

    *ret = NULL;
    if (json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return oci_refuse(r, EINVAL, "a string", place, key, value);
    *ret = json_text(value);
    return 0;
}

int oci_text_at(const struct oci_reader *r, const struct json *array, size_t index,
                const struct oci_place *place, const char *key, const char **ret)
{
    struct oci_place item = oci_item(place, key, array, index);
    struct json *value = json_at(array, index);

    *ret = NULL;
    if (!json_is_string(value))
        return oci_refuse(r, EINVAL, "a string", &item, "", value);
    *ret = json_text(value);
    return 0;
}

int oci_number(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, uint64_t most, uint64_t *ret)
{
    struct json *value = json_get(object, key);
    int64_t number = json_to_int(value, -1);
    char expected[64];

    if (json_is_null(value))
        return 0;
    if (number < 0 || (uint64_t)number > most) {
        snprintf(expected, sizeof(expected), "a whole number from 0 to %" PRIu64, most);
        return oci_refuse(r, EINVAL, expected, place, key, value);
    }
    *ret = (uint64_t)number;
    return 0;
}

int oci_errno(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
              const char *key, uint64_t *ret)
{
    const char *name;
    int e = oci_text(r, object, place, key, &name), number = name ? errno_by_name(name) : -1;

    if (number >= 0)
        *ret = (uint64_t)number;
    else if (name)
        e = oci_refuse(r, EINVAL, "an errno such as 'EPERM'", place, key, json_get(object, key));
    return e;
}

struct rule_origin oci_origin(const struct oci_reader *r, const struct json *value, int entry)
{
    const struct json_place *at = json_place_of(&r->places, value);

    return (struct rule_origin){r->what, at ? at->line : 0, entry};
}

static bool listed(const char *const *known, const char *key)
{
    for (; *known; known++) {
        if (strcmp(*known, key) == 0)
            return true;
    }
    return false;
}

int oci_note_unknown(const struct oci_reader *r, const struct json *object,
                     const struct oci_place *place, const char *const *known)
{
    size_t count = json_members(object);

    if (count > MEMBERS_MAX)
        return oci_refuse(r, EINVAL, "at most 256 members in an object", place, "", object);
    for (size_t i = 0; i < count; i++) {
        struct json *value;
        const char *key = json_member(object, i, &value);
        int e = 0;

        if (!listed(known, key))
            e = oci_note(r, "%s%s%.100s: not a key that has an effect here", place->path,
                         place->path[0] ? "." : "", key);
        if (e < 0)
            return e;
    }
    return 0;
}
