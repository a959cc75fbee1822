/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a job file: an error is told, or the spec is filled; never both, never a crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/spec/front_ends.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};

    job_spec_init(&spec);
    if (!text || (job_text_parse(&spec, text, "fuzz", &errors) < 0) != (errors.count > 0))
        abort();
    for (size_t i = 0; i < errors.count; i++)
        if (!errors.item[i].code || !errors.item[i].what[0])
            abort();
    free(text);
    return 0;
}
