/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON values, over jansson: the one module that includes its header. A value is a `struct json *`;
 * functions that add take ownership of what they add, also when they fail. Building is forgiving:
 * adding to or from NULL does nothing, and js_dump(NULL) is NULL.
 *
 * Bytes that are not UTF-8 stay recoverable: js_bytes() makes a plain string when the text is valid
 * UTF-8, else the object {"text": <U+FFFD where it is not UTF-8>, "base64": <all bytes>}.
 * js_get_bytes() reads both forms back.
 */
#ifndef CGRUN_BASE_JSON_H
#define CGRUN_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/base/err.h"
#include "runner/base/strv.h"

struct json;

/* jansson has functions of these two names: for the linker, ours are called otherwise. */
#define json_string json_string_make
#define json_real   json_real_make

struct json *json_object_new(void);
struct json *json_array_new(void);
struct json *json_string(const char *utf8); /* NULL makes null; invalid UTF-8 as json_bytes */
struct json *json_bytes(const char *bytes); /* NULL makes null */
struct json *json_int(int64_t value);
struct json *json_real(double value); /* not finite makes null; integral values print integral */
struct json *json_bool(bool value);
struct json *json_null_new(void);
struct json *json_strv(const struct strv *v); /* an array of json_bytes */

/* Object members keep the order they were added in. */
void js_set(struct json *object, const char *key, struct json *value);
void js_append(struct json *array, struct json *value);

enum js_kind { JS_OBJECT, JS_ARRAY, JS_STRING, JS_NUMBER, JS_BOOL, JS_NULL };
bool js_is(const struct json *value, enum js_kind kind); /* NULL is JS_NULL */

/* Reading: of a wrong type or a missing key, NULL, the default, or 0 elements. Borrowed. */
struct json *js_get(const struct json *object, const char *key);
const char *js_text(const struct json *value);
int64_t js_to_int(const struct json *value, int64_t otherwise);
double js_to_real(const struct json *value, double otherwise);
bool js_to_bool(const struct json *value, bool otherwise);
size_t js_count(const struct json *array);
struct json *js_at(const struct json *array, size_t index);

/* Calls fn for each member in order, until it returns non-zero, which is then returned. */
typedef int (*js_member_fn)(void *data, const char *key, const struct json *value);
int js_each_member(const struct json *object, js_member_fn fn, void *data);

/* A malloc'd copy of what js_bytes() was given; NULL for null or on failure. */
char *js_get_bytes(const struct json *value);

/* Parsing refuses duplicate keys and trailing text; `what` names the source in errors. */
int js_parse(const char *text, size_t len, const char *what, struct json **ret, struct err *err);

/* Malloc'd text without a trailing newline; indent 0 is one line. NULL on failure. */
char *js_dump(const struct json *value, int indent);

void js_free(struct json *value);
static inline void js_freep(struct json **value)
{
    js_free(*value);
}
#define _cleanup_json_ __attribute__((cleanup(js_freep)))

#endif
