/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/oci_reader.h"
#include "policy/source.h"
#include "runner/base/capabilities.h"

static const struct oci_place top = {0};

static int read_text(const char *text, size_t len, const char *what,
                     const struct oci_context *context, struct rules *rules, struct strv *notes,
                     struct policy_problems *problems, struct err *err);

static int add_abi(const struct oci_reader *r, const char *abi)
{
    if (!abi || strcmp(abi, r->context->abi) == 0)
        return 0;
    return strv_add(&r->rules->abis, abi) < 0 ? err_oom(r->err) : 0;
}

static int add_abis(const struct oci_reader *r, const struct json *list,
                    const struct oci_place *place, const char *key)
{
    int e = 0;

    if (json_count(list) > 64)
        return oci_refuse(r, EINVAL, "at most 64 architectures", place, key, list);
    for (size_t i = 0; e == 0 && i < json_count(list); i++) {
        const char *abi;

        e = oci_text_at(r, list, i, place, key, &abi);
        e = e < 0 ? e : add_abi(r, abi);
    }
    return e;
}

/* `architectures` is a plain list; `archMap` has one for each native architecture. */
static int read_abis(const struct oci_reader *r, const struct json *document)
{
    struct json *plain, *map;
    int e = oci_array(r, document, &top, "architectures", &plain);

    e = e < 0 ? e : oci_array(r, document, &top, "archMap", &map);
    e = e < 0 ? e : add_abis(r, plain, &top, "architectures");
    for (size_t i = 0; e == 0 && i < json_count(map); i++) {
        struct oci_place place = oci_item(&top, "archMap", map, i);
        struct json *entry = json_at(map, i), *list;
        const char *abi = NULL;

        if (!json_is_object(entry)) {
            e = oci_refuse(r, EINVAL, "an object", &place, "", entry);
            continue;
        }
        e = oci_text(r, entry, &place, "architecture", &abi);
        e = e < 0 ? e : oci_array(r, entry, &place, "subArchitectures", &list);
        if (e == 0 && abi && strcmp(abi, r->context->abi) == 0)
            e = add_abis(r, list, &place, "subArchitectures");
    }
    return e;
}

static int read_default(struct oci_reader *r, const struct json *document)
{
    uint64_t error = EPERM;
    int e = oci_errno(r, document, &top, "defaultErrno", &error);

    e = e < 0 ? e : oci_number(r, document, &top, "defaultErrnoRet", 4095, &error);
    r->rules->otherwise_from = oci_origin(r, json_get(document, "defaultAction"), -1);
    return e < 0 ? e : oci_answer(r, document, &top, "defaultAction", error, &r->rules->otherwise);
}

/* Left as it is where the document has none. */
static int read_flag(const struct oci_reader *r, const struct json *document, const char *key,
                     bool *ret)
{
    const struct json *value = json_get(document, key);

    if (!value)
        return 0;
    *ret = json_to_bool(value, false);
    if (json_to_bool(value, true) != *ret)
        return oci_refuse(r, EINVAL, "true or false", &top, key, value);
    return 0;
}

/* A shipped policy that stands on its own, to which this one adds: its rules stay. */
static int read_base(struct oci_reader *r, const struct json *document, bool *has_base)
{
    struct policy_source base;
    const char *name;
    int e = oci_text(r, document, &top, "x-cgrun-base", &name);

    *has_base = name != NULL;
    if (e < 0 || !name)
        return e;
    if ((strcmp(name, "batch") != 0 && strcmp(name, "strict") != 0) ||
        !policy_source_shipped(name, &base))
        return oci_refuse(r, EINVAL, "'batch' or 'strict'", &top, "x-cgrun-base",
                          json_get(document, "x-cgrun-base"));
    return read_text(base.text, base.len, base.name, r->context, r->rules, r->notes, r->problems,
                     r->err);
}

/* Keys of our own, which other runtimes skip. */
static int read_own(const struct oci_reader *r, const struct json *document)
{
    static const char caps_key[] = "x-cgrun-takeCapabilities";
    struct json *caps;
    int e = oci_array(r, document, &top, caps_key, &caps);

    for (size_t i = 0; e == 0 && i < json_count(caps); i++) {
        const char *name;
        int number;

        e = oci_text_at(r, caps, i, &top, caps_key, &name);
        number = name ? capability_by_name(name) : -1;
        if (number >= 0) {
            r->rules->take_caps |= UINT64_C(1) << number;
        } else if (name) {
            struct oci_place place = oci_item(&top, caps_key, caps, i);

            e = oci_refuse(r, EINVAL, "a capability such as 'CAP_SYS_ADMIN'", &place, "",
                           json_at(caps, i));
        }
    }
    e = e < 0 ? e : read_flag(r, document, "x-cgrun-shield", &r->rules->shield);
    return e < 0 ? e : read_flag(r, document, "x-cgrun-readOnly", &r->rules->read_only);
}

/* What the format offers for loading a filter, or for a listener, has no meaning here. */
static int note_ineffective(const struct oci_reader *r, const struct json *document)
{
    static const char *const known[] = {"defaultAction",
                                        "defaultErrnoRet",
                                        "defaultErrno",
                                        "architectures",
                                        "archMap",
                                        "syscalls",
                                        "comment",
                                        "x-cgrun-takeCapabilities",
                                        "x-cgrun-shield",
                                        "x-cgrun-readOnly",
                                        "x-cgrun-base",
                                        "flags",
                                        "listenerPath",
                                        "listenerMetadata",
                                        NULL};
    struct json *flags;
    int e = oci_array(r, document, &top, "flags", &flags);

    e = e < 0 ? e : oci_note_unknown(r, document, &top, known);
    for (size_t i = 0; e == 0 && i < json_count(flags); i++) {
        const char *flag;

        e = oci_text_at(r, flags, i, &top, "flags", &flag);
        if (flag)
            e = oci_note(r, "flags: '%.60s' is ignored, cgrun chooses the flags", flag);
    }
    if (e == 0 && json_get(document, "listenerPath"))
        e = oci_note(r, "listenerPath: ignored, no listener runs beside the job");
    return e;
}

static int read_document(struct oci_reader *r, const struct json *document)
{
    struct oci_context context = *r->context;
    struct json *calls;
    bool has_base;
    int e;

    if (!json_is_object(document))
        return oci_refuse(r, EINVAL, "an object with defaultAction and syscalls", &top,
                          "the document", document);
    e = note_ineffective(r, document);
    e = e < 0 ? e : read_base(r, document, &has_base);
    if (e == 0 && (!has_base || json_get(document, "defaultAction")))
        e = read_default(r, document);
    e = e < 0 ? e : read_abis(r, document);
    e = e < 0 ? e : read_own(r, document);
    e = e < 0 ? e : oci_array(r, document, &top, "syscalls", &calls);
    /* What the policy takes away decides conditions just as what the job never had. */
    context.capabilities &= ~r->rules->take_caps;
    r->context = &context;
    for (size_t i = 0; e == 0 && i < json_count(calls); i++)
        e = oci_read_call(r, calls, i);
    return e;
}

/* Adds to `rules`. */
static int read_text(const char *text, size_t len, const char *what,
                     const struct oci_context *context, struct rules *rules, struct strv *notes,
                     struct policy_problems *problems, struct err *err)
{
    _cleanup_json_ struct json *document = NULL;
    struct oci_reader r = {.what = what,
                           .context = context,
                           .rules = rules,
                           .notes = notes,
                           .problems = problems,
                           .err = err};
    char source[256];
    int e;

    snprintf(source, sizeof(source), "policy %.200s", what);
    e = json_parse(text, len, source, &document, err);
    if (e < 0)
        return e;
    r.document = document;
    e = json_places_find(text, len, document, &r.places) < 0 ? err_oom(err) : 0;
    e = e < 0 ? e : read_document(&r, document);
    json_places_free(&r.places);
    return e;
}

int oci_read(const char *text, size_t len, const char *what, const struct oci_context *context,
             struct rules *ret, struct strv *notes, struct policy_problems *problems,
             struct err *err)
{
    _cleanup_rules_ struct rules rules = {0};
    int e = read_text(text, len, what, context, &rules, notes, problems, err);

    if (e == 0 && problems->count)
        e = problems_error(problems, what, err);
    if (e < 0)
        return e;
    *ret = rules;
    rules = (struct rules){0};
    return 0;
}
