/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/bytes.h"
#include "runner/base/cleanup.h"

/* Integers beyond this are not all representable as doubles, nor by most readers of JSON. */
#define EXACT_MAX 9007199254740992.0

static json_t *in(const struct json *value)
{
    return (json_t *)value;
}

static struct json *out(json_t *value)
{
    return (struct json *)value;
}

struct json *js_object(void)
{
    return out(json_object());
}

struct json *js_array(void)
{
    return out(json_array());
}

struct json *js_null(void)
{
    return out(json_null());
}

struct json *js_bytes(const char *bytes)
{
    _cleanup_free_ char *text = NULL, *base64 = NULL;
    struct json *o;

    if (!bytes)
        return js_null();
    if (bytes_are_utf8(bytes))
        return out(json_string_nocheck(bytes));
    text = bytes_to_utf8(bytes);
    base64 = bytes_to_base64(bytes);
    if (!text || !base64)
        return NULL;
    o = js_object();
    js_set(o, "text", out(json_string_nocheck(text)));
    js_set(o, "base64", out(json_string_nocheck(base64)));
    return o;
}

struct json *js_int(int64_t value)
{
    return out(json_integer(value));
}

struct json *js_real(double value)
{
    if (!isfinite(value))
        return js_null();
    if (value == floor(value) && fabs(value) <= EXACT_MAX)
        return js_int((int64_t)value);
    return out(json_real(value));
}

struct json *js_bool(bool value)
{
    return out(json_boolean(value));
}

struct json *js_strv(const struct strv *v)
{
    struct json *list = js_array();

    strv_each (v, s)
        js_append(list, js_bytes(s));
    return list;
}

void js_set(struct json *object, const char *key, struct json *value)
{
    json_object_set_new_nocheck(in(object), key, in(value));
}

void js_append(struct json *array, struct json *value)
{
    json_array_append_new(in(array), in(value));
}

struct json *js_get(const struct json *object, const char *key)
{
    return out(json_object_get(in(object), key));
}

bool js_is(const struct json *value, enum js_kind kind)
{
    const json_t *v = in(value);

    switch (kind) {
    case JS_OBJECT:
        return json_is_object(v);
    case JS_ARRAY:
        return json_is_array(v);
    case JS_STRING:
        return json_is_string(v);
    case JS_NUMBER:
        return json_is_number(v);
    case JS_BOOL:
        return json_is_boolean(v);
    case JS_NULL:
        return !v || json_is_null(v);
    }
    return false;
}

const char *js_text(const struct json *value)
{
    return json_string_value(in(value));
}

int64_t js_to_int(const struct json *value, int64_t otherwise)
{
    return json_is_integer(in(value)) ? json_integer_value(in(value)) : otherwise;
}

double js_to_real(const struct json *value, double otherwise)
{
    return json_is_number(in(value)) ? json_number_value(in(value)) : otherwise;
}

bool js_to_bool(const struct json *value, bool otherwise)
{
    return json_is_boolean(in(value)) ? json_is_true(in(value)) : otherwise;
}

size_t js_count(const struct json *array)
{
    return json_array_size(in(array));
}

struct json *js_at(const struct json *array, size_t index)
{
    return out(json_array_get(in(array), index));
}

int js_each_member(const struct json *object, js_member_fn fn, void *data)
{
    const char *key;
    json_t *value;

    json_object_foreach(in(object), key, value)
    {
        int r = fn(data, key, out(value));

        if (r)
            return r;
    }
    return 0;
}

char *js_get_bytes(const struct json *value)
{
    const char *text = js_text(value);

    if (text)
        return strdup(text);
    text = js_text(js_get(value, "base64"));
    return text ? bytes_from_base64(text) : NULL;
}

int js_parse(const char *text, size_t len, const char *what, struct json **ret, struct err *err)
{
    json_error_t e;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);

    if (!value)
        return err_set(err, EINVAL, "valid JSON", ERR_CORRECT_AND_RETRY,
                       "%s: line %d column %d: %s", what, e.line, e.column, e.text);
    *ret = out(value);
    return 0;
}

char *js_dump(const struct json *value, int indent)
{
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);

    flags |= indent ? (size_t)JSON_INDENT(indent) : (size_t)JSON_COMPACT;
    return value ? json_dumps(in(value), flags) : NULL;
}

void js_free(struct json *value)
{
    json_decref(in(value));
}
