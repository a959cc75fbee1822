/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text, filter and context are hashed first; only where the cache does not have the result are they
 * read, combined, split and compiled.
 */
#include "policy/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "policy/cache.h"
#include "policy/compile.h"
#include "policy/digest.h"
#include "policy/explain.h"
#include "policy/filter.h"
#include "policy/front.h"
#include "policy/namespaces.h"
#include "policy/oci.h"
#include "policy/problems.h"
#include "policy/source.h"
#include "policy/split.h"
#include "policy/verify.h"
#include "runner/base/buf.h"

/* Raised whenever the same inputs would give other programs than before. */
#define FORMAT 6

static const struct strv *filter_of(const struct policy_request *request)
{
    static const struct strv none = {0};

    return request->filter ? request->filter : &none;
}

static void read_context(const struct policy_request *request, const struct utsname *kernel,
                         struct oci_context *ret)
{
    *ret = (struct oci_context){.capabilities = request->capabilities, .abi = compile_native_abi()};
    if (sscanf(kernel->release, "%4u.%4u", &ret->kernel_major, &ret->kernel_minor) != 2)
        ret->kernel_major = ret->kernel_minor = 0;
}

/*
 * The inputs in an unambiguous order, each behind its length or a NUL. The kernel's release stands
 * for its level of seccomp support, which takes longer to ask for. A policy that is no shipped
 * one may build on these.
 */
static int hash_inputs(const struct policy_source *source, const struct policy_request *request,
                       const struct oci_context *context, const struct utsname *kernel,
                       char hex[2 * DIGEST_SIZE + 1])
{
    struct policy_source batch = {0}, strict = {0};
    _cleanup_buf_ struct buf head = {0};
    uint8_t digest[DIGEST_SIZE];
    unsigned version[3];

    if (source->text && strcmp(source->name, POLICY_DEFAULT) != 0) {
        policy_source_shipped("batch", &batch);
        policy_source_shipped("strict", &strict);
    }
    compile_library_version(version);
    buf_addf(&head,
             "format %d abi %s libseccomp %u.%u.%u kernel %s caps %" PRIx64
             " namespaces %d audit %d text %zu %zu %zu",
             FORMAT, context->abi, version[0], version[1], version[2], kernel->release,
             context->capabilities, !request->restrict_namespaces, request->audit, source->len,
             batch.len, strict.len);
    strv_each (filter_of(request), word)
        buf_addf(&head, " filter %zu %s", strlen(word), word);
    if (head.failed)
        return -ENOMEM;
    digest_of((const struct digest_part[]){{head.data, head.len},
                                           {source->text, source->len},
                                           {batch.text, batch.len},
                                           {strict.text, strict.len}},
              4, digest);
    digest_hex(digest, hex);
    return 0;
}

static int note_unknown(const struct strv *unknown, struct strv *notes)
{
    struct buf b = {0};
    const char *last = "";
    int r;

    if (unknown->count == 0)
        return 0;
    buf_add(&b, "unknown here, so without effect:");
    strv_each (unknown, name) {
        if (strcmp(name, last) != 0)
            buf_addf(&b, " %.60s", name);
        last = name;
        if (b.len > 1024) {
            buf_add(&b, " and others");
            break;
        }
    }
    r = b.failed ? -ENOMEM : strv_add(notes, buf_text(&b));
    buf_free(&b);
    return r;
}

static int compile_shortly(struct rules *rules, struct sock_fprog *program, struct strv *unknown,
                           struct err *err)
{
    int r;

    rules_sort(rules);
    r = compile_rules(rules, program, unknown, err);
    return r < 0 ? r : front_shorten(rules, program, err);
}

static int compile_both(struct rules *rules, struct policy_program *program, struct err *err)
{
    _cleanup_rules_ struct rules quiet = {0}, logged = {0};
    _cleanup_strv_ struct strv unknown = {0};
    int r = rules_split(rules, &quiet, &logged, &program->notes);

    if (r < 0)
        return err_sys(err, -r, NULL, "splitting the policy");
    /* Both must know the ABIs: a call of one that a filter does not know kills. */
    strv_each (&rules->abis, abi) {
        if (strv_add(&quiet.abis, abi) < 0 || strv_add(&logged.abis, abi) < 0)
            return err_oom(err);
    }
    if (rules_matter(&quiet))
        r = compile_shortly(&quiet, &program->quiet, &unknown, err);
    if (r == 0 && rules_matter(&logged))
        r = compile_shortly(&logged, &program->logged, &unknown, err);
    if (r == 0)
        r = verify_programs(rules, program, err);
    if (r == 0 && note_unknown(&unknown, &program->notes) < 0)
        r = err_oom(err);
    return r;
}

static int read_rules(const struct policy_source *source, const struct policy_request *request,
                      const struct oci_context *context, struct rules *rules, struct strv *notes,
                      struct policy_problems *problems, struct err *err)
{
    const struct strv *filter = filter_of(request);
    _cleanup_strv_ struct strv known = {0};
    int r = 0;

    if (source->text)
        r = oci_read(source->text, source->len, source->name, context, rules, notes, problems, err);
    if (r == 0 && filter->count > 0) {
        r = compile_native_calls(&known) < 0 ? err_oom(err) : 0;
        r = r < 0 ? r : filter_apply(filter, &known, rules, err);
    }
    if (r == 0 && request->restrict_namespaces && namespaces_refuse(rules) < 0)
        r = err_oom(err);
    if (r == 0 && request->audit)
        rules_audit(rules);
    return r;
}

static int build(const struct policy_source *source, const struct policy_request *request,
                 const struct oci_context *context, struct policy_program *program, struct err *err)
{
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_rules_ struct rules rules = {0};
    int r = read_rules(source, request, context, &rules, &program->notes, &problems, err);

    if (r < 0)
        return r;
    program->take_caps = rules.take_caps;
    program->shield = rules.shield;
    program->read_only = rules.read_only;
    program->tell = rules.tell;
    return compile_both(&rules, program, err);
}

int policy_compile(const struct policy_request *request, struct policy_program *ret,
                   struct err *err)
{
    _cleanup_source_ struct policy_source source = {0};
    _cleanup_policy_ struct policy_program program = {0};
    struct oci_context context;
    struct utsname kernel;
    int r = policy_source_read(request->policy ? request->policy : POLICY_DEFAULT, &source, err);

    if (r < 0)
        return r;
    snprintf(program.name, sizeof(program.name), "%s", source.name);
    program.confines = source.text || filter_of(request)->count > 0 || request->restrict_namespaces;
    if (program.confines) {
        if (uname(&kernel) < 0)
            return err_sys(err, errno, NULL, "uname");
        read_context(request, &kernel, &context);
        if (hash_inputs(&source, request, &context, &kernel, program.hash) < 0)
            return err_oom(err);
        if (!request->cache_dir || !cache_read(request->cache_dir, &program)) {
            r = build(&source, request, &context, &program, err);
            if (r == 0 && request->cache_dir)
                cache_write(request->cache_dir, &program);
        }
    }
    if (r < 0)
        return r;
    *ret = program;
    program = (struct policy_program){0};
    return 0;
}

int policy_rules(const struct policy_request *request, struct rules *ret, struct strv *notes,
                 struct policy_problems *problems, struct err *err)
{
    _cleanup_source_ struct policy_source source = {0};
    struct oci_context context;
    struct utsname kernel;
    int r = policy_source_read(request->policy ? request->policy : POLICY_DEFAULT, &source, err);

    if (r < 0)
        return r;
    if (uname(&kernel) < 0)
        return err_sys(err, errno, NULL, "uname");
    read_context(request, &kernel, &context);
    r = read_rules(&source, request, &context, ret, notes, problems, err);
    if (r == 0)
        rules_sort(ret);
    return r;
}

void policy_program_free(struct policy_program *program)
{
    free(program->quiet.filter);
    free(program->logged.filter);
    strv_free(&program->notes);
    *program = (struct policy_program){0};
}
