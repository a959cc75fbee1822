/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed access to the values of a profile. A value of the wrong type becomes one of the policy's
 * problems, with its place, and counts as missing: reading goes on, so that all problems are found.
 * What is returned is 0 or -ENOMEM. Private to the files that read profiles.
 */
#ifndef CGRUN_POLICY_OCI_READER_H
#define CGRUN_POLICY_OCI_READER_H

#include "policy/oci.h"
#include "runner/base/json_place.h"

struct oci_reader {
    const char *what; /* the document, for errors */
    const struct json *document;
    struct json_places places;
    const struct oci_context *context;
    struct rules *rules;
    struct strv *notes;
    struct policy_problems *problems;
    struct err *err;
};

/* A place in the document: "syscalls[3].args[0]". */
struct oci_place {
    const struct json *value;
    char path[64];
};

/* Of the array in `parent` that is called `key`. */
struct oci_place oci_item(const struct oci_place *parent, const char *key, const struct json *array,
                          size_t index);

/* A problem: what stands at `place`.`key`, or is missing there (NULL). `key` may be empty. */
int oci_refuse(const struct oci_reader *r, int code, const char *expected,
               const struct oci_place *place, const char *key, const struct json *value);
int oci_note(const struct oci_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Of a missing or null member, and of one of the wrong type: NULL, `*ret` as it is, or no items. */
int oci_array(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
              const char *key, struct json **ret);
int oci_object(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, struct json **ret);
int oci_text(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
             const char *key, const char **ret);
int oci_number(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, uint64_t most, uint64_t *ret);
/* An errno by its name. */
int oci_errno(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
              const char *key, uint64_t *ret);
/* The string at an index of an array that is called `key`; NULL of another type. */
int oci_text_at(const struct oci_reader *r, const struct json *array, size_t index,
                const struct oci_place *place, const char *key, const char **ret);

/* A note for each key of `object` that is not in the NULL-terminated list. */
int oci_note_unknown(const struct oci_reader *r, const struct json *object,
                     const struct oci_place *place, const char *const *known);

/* Entry `index` of syscalls[]: adds its rules, if its conditions hold. */
int oci_read_call(struct oci_reader *r, const struct json *calls, size_t index);

/* Where the rules that `value` makes come from; `entry` of syscalls[] or -1. */
struct rule_origin oci_origin(const struct oci_reader *r, const struct json *value, int entry);

/* An action by name and errno. */
int oci_answer(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, uint64_t error, struct answer *ret);

#endif
