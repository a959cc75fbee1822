/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON values, over jansson: the one module that includes its header. A value is a `struct json *`;
 * functions that add take ownership of what they add, also when they fail. Building has a
 * sticky failure like struct buf's: adding to or from NULL does nothing, and json_dump(NULL) fails.
 *
 * Bytes that are not UTF-8 stay recoverable: json_bytes() makes a plain string when the text is
 * valid UTF-8, else the object {"text": <with U+FFFD for what is not UTF-8>, "base64": <all
 * bytes>}. json_get_bytes() reads both forms back.
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

/* Above this a double no longer holds every integer. */
#define JSON_EXACT_MAX 9007199254740992.0

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
void json_set(struct json *object, const char *key, struct json *value);
void json_append(struct json *array, struct json *value);

/* Reading: of a wrong type or a missing key, NULL, the default, or 0 elements. */
struct json *json_get(const struct json *object, const char *key); /* borrowed */
bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
bool json_is_string(const struct json *value);
bool json_is_bool(const struct json *value);
bool json_is_number(const struct json *value);
bool json_is_null(const struct json *value); /* also of NULL */
const char *json_text(const struct json *value);
int64_t json_to_int(const struct json *value, int64_t otherwise);
double json_to_real(const struct json *value, double otherwise);
bool json_to_bool(const struct json *value, bool otherwise);
size_t json_count(const struct json *array);
struct json *json_at(const struct json *array, size_t index); /* borrowed */
/* Iterating an object: the key at `index` in insertion order, its value in `*value` (borrowed). */
const char *json_member(const struct json *object, size_t index, struct json **value);
size_t json_members(const struct json *object);
/*
 * Visits the value and all in it, each before what it holds, in the order of the text that it was
 * parsed from. Ends with what `visit` returns if that is negative, else 0.
 */
typedef int (*json_visit_fn)(void *data, const struct json *value);
int json_walk(const struct json *value, json_visit_fn visit, void *data);
/* A malloc'd copy of what json_bytes() was given; NULL for null or on failure. */
char *json_get_bytes(const struct json *value);

/* Parsing refuses duplicate keys and trailing text; `what` names the source in errors. */
int json_parse(const char *text, size_t len, const char *what, struct json **ret, struct err *err);

/* Malloc'd text without a trailing newline; indent 0 is one line. NULL on failure. */
char *json_dump(const struct json *value, int indent);

/* One more owner of the same value, so that it can be added somewhere else as well. */
struct json *json_ref(struct json *value);

void json_free(struct json *value);
static inline void json_freep(struct json **value)
{
    json_free(*value);
}
#define _cleanup_json_ __attribute__((cleanup(json_freep)))

#endif
