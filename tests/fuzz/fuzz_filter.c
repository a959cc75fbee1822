/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The syntax of filters and of learned calls, on any words: a line of the input is a word. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/call_args.h"
#include "policy/compile.h"
#include "policy/filter.h"
#include "policy/learn.h"
#include "runner/base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = strndup((const char *)data, size);
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv words = {0}, known = {0};
    _cleanup_learned_ struct learned learned = {0};
    struct err err = {0};
    struct seccomp_data call;
    char *save = NULL;
    int r;

    if (!text || compile_native_calls(&known) < 0)
        return 0;
    for (char *w = strtok_r(text, "\n", &save); w; w = strtok_r(NULL, "\n", &save)) {
        strv_add(&words, w);
        if ((call_parse(w, &call, &err) < 0) != (err.code != 0))
            abort();
        err = (struct err){0};
        learn_call(&learned, w, size % 3, size % 2);
    }
    r = filter_apply(&words, &known, &rules, &err);
    if ((r < 0) != (err.code != 0))
        abort();
    json_free(learned_profile(&learned));
    return 0;
}
