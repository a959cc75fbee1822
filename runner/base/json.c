/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jansson comes first: two of its function names and five of its macros are also ours. */
#include <jansson.h>
#undef json_is_object
#undef json_is_array
#undef json_is_string
#undef json_is_number
#undef json_is_null

#include "runner/base/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/base64.h"
#include "runner/base/cleanup.h"
#include "runner/base/json_text.h"
#include "runner/base/utf8.h"

static json_t *in(const struct json *value)
{
    return (json_t *)value;
}

static struct json *out(json_t *value)
{
    return (struct json *)value;
}

static bool has_type(const struct json *value, json_type type)
{
    return value && json_typeof(in(value)) == type;
}

struct json *json_object_new(void)
{
    return out(json_object());
}

struct json *json_array_new(void)
{
    return out(json_array());
}

struct json *json_null_new(void)
{
    return out(json_null());
}

struct json *json_bytes(const char *bytes)
{
    _cleanup_free_ char *text = NULL, *base64 = NULL;
    struct json *both;

    if (!bytes)
        return json_null_new();
    if (utf8_is_valid(bytes))
        return out(json_string_nocheck(bytes));
    text = utf8_repair(bytes);
    base64 = base64_encode(bytes, strlen(bytes));
    if (!text || !base64)
        return NULL;
    both = json_object_new();
    json_set(both, "text", out(json_string_nocheck(text)));
    json_set(both, "base64", out(json_string_nocheck(base64)));
    return both;
}

struct json *json_string(const char *utf8)
{
    return json_bytes(utf8);
}

struct json *json_int(int64_t value)
{
    return out(json_integer(value));
}

struct json *json_real(double value)
{
    if (!isfinite(value))
        return json_null_new();
    if (value == floor(value) && fabs(value) <= JSON_EXACT_MAX)
        return json_int((int64_t)value);
    return out(json_pack("f", value));
}

struct json *json_bool(bool value)
{
    return out(json_boolean(value));
}

struct json *json_strv(const struct strv *v)
{
    struct json *list = json_array_new();

    strv_each (v, s)
        json_append(list, json_bytes(s));
    return list;
}

void json_set(struct json *object, const char *key, struct json *value)
{
    _cleanup_free_ char *repaired = utf8_is_valid(key) ? NULL : utf8_repair(key);

    json_object_set_new_nocheck(in(object), repaired ? repaired : key, in(value));
}

void json_append(struct json *array, struct json *value)
{
    json_array_append_new(in(array), in(value));
}

struct json *json_get(const struct json *object, const char *key)
{
    return out(json_object_get(in(object), key));
}

bool json_is_object(const struct json *value)
{
    return has_type(value, JSON_OBJECT);
}

bool json_is_array(const struct json *value)
{
    return has_type(value, JSON_ARRAY);
}

bool json_is_string(const struct json *value)
{
    return has_type(value, JSON_STRING);
}

bool json_is_bool(const struct json *value)
{
    return has_type(value, JSON_TRUE) || has_type(value, JSON_FALSE);
}

bool json_is_number(const struct json *value)
{
    return has_type(value, JSON_INTEGER) || has_type(value, JSON_REAL);
}

bool json_is_null(const struct json *value)
{
    return !value || has_type(value, JSON_NULL);
}

const char *json_text(const struct json *value)
{
    return json_string_value(in(value));
}

int64_t json_to_int(const struct json *value, int64_t otherwise)
{
    return has_type(value, JSON_INTEGER) ? json_integer_value(in(value)) : otherwise;
}

double json_to_real(const struct json *value, double otherwise)
{
    return json_is_number(value) ? json_number_value(in(value)) : otherwise;
}

bool json_to_bool(const struct json *value, bool otherwise)
{
    return has_type(value, JSON_TRUE) || (!has_type(value, JSON_FALSE) && otherwise);
}

size_t json_count(const struct json *array)
{
    return json_array_size(in(array));
}

struct json *json_at(const struct json *array, size_t index)
{
    return out(json_array_get(in(array), index));
}

const char *json_member(const struct json *object, size_t index, struct json **value)
{
    void *at = json_object_iter(in(object));

    while (at && index-- > 0)
        at = json_object_iter_next(in(object), at);
    if (!at)
        return NULL;
    *value = out(json_object_iter_value(at));
    return json_object_iter_key(at);
}

size_t json_members(const struct json *object)
{
    return json_object_size(in(object));
}

/* As deep as jansson parses: 2048. */
int json_walk(const struct json *value, json_visit_fn visit, void *data)
{
    int r = visit(data, value);

    for (size_t i = 0; r == 0 && i < json_array_size(in(value)); i++)
        r = json_walk(json_at(value, i), visit, data);
    for (void *at = json_object_iter(in(value)); r == 0 && at;
         at = json_object_iter_next(in(value), at))
        r = json_walk(out(json_object_iter_value(at)), visit, data);
    return r;
}

char *json_get_bytes(const struct json *value)
{
    const char *text = json_text(value);
    size_t n;

    if (text)
        return strdup(text);
    text = json_text(json_get(value, "base64"));
    return text ? base64_decode(text, &n) : NULL;
}

int json_parse(const char *text, size_t len, const char *what, struct json **ret, struct err *err)
{
    json_error_t e;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);

    if (!value)
        return err_set(err, EINVAL, "valid JSON", ERR_CORRECT_AND_RETRY,
                       "%s: line %d column %d: %s", what, e.line, e.column, e.text);
    *ret = out(value);
    return 0;
}

char *json_dump(const struct json *value, int indent)
{
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    struct buf safe = {0};
    char *text;

    flags |= indent > 0 ? (size_t)JSON_INDENT((size_t)indent) : (size_t)JSON_COMPACT;
    text = value ? json_dumps(in(value), flags) : NULL;
    if (!text)
        return NULL;
    json_text_escape(&safe, text);
    free(text);
    if (safe.failed) {
        buf_free(&safe);
        return NULL;
    }
    return safe.data;
}

void json_free(struct json *value)
{
    json_decref(in(value));
}

struct json *json_ref(struct json *value)
{
    return out(json_incref(in(value)));
}
