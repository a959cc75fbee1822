/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed access to the values of a profile: each says where in the document a value of the wrong
 * type stands. Private to the files that read profiles.
 */
#ifndef CGRUN_POLICY_OCI_READER_H
#define CGRUN_POLICY_OCI_READER_H

#include "policy/oci.h"
#include "runner/base/json.h"

struct oci_reader {
    const char *what; /* the document, for errors */
    const struct oci_context *context;
    struct rules *rules;
    struct strv *notes;
    struct err *err;
};

/* A place in the document: "syscalls[3].args[0]". */
struct oci_place {
    char path[64];
};

struct oci_place oci_item(const struct oci_place *parent, const char *key, size_t index);

/* The error for what stands at `place`.`key`. `key` may be empty. Returns -code. */
int oci_refuse(const struct oci_reader *r, int code, const char *expected,
               const struct oci_place *place, const char *key, const struct json *value);
int oci_note(const struct oci_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Of a missing or null member: 0 with NULL, `otherwise` or an empty list. Else -EINVAL. */
int oci_array(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
              const char *key, struct json **ret);
int oci_object(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, struct json **ret);
int oci_text(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
             const char *key, const char **ret);
int oci_number(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, uint64_t most, uint64_t *ret);
/* The string at an index of an array that is called `key`. */
int oci_text_at(const struct oci_reader *r, const struct json *array, size_t index,
                const struct oci_place *place, const char *key, const char **ret);

/* A note for each key of `object` that is not in the NULL-terminated list. */
int oci_note_unknown(const struct oci_reader *r, const struct json *object,
                     const struct oci_place *place, const char *const *known);

/* An entry of syscalls[]: adds its rules, if its conditions hold. */
int oci_read_call(struct oci_reader *r, const struct json *entry, size_t index);

/* An action by name and errno; NULL-named members as the format has them. */
int oci_answer(const struct oci_reader *r, const struct json *object, const struct oci_place *place,
               const char *key, uint64_t error, struct answer *ret);

#endif
