/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a command line, a word per line. No file is opened: --job is left out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/spec/front_ends.h"

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char program[] = "cgrun", *argv[WORDS + 2] = {program}, *save = NULL;
    char *text = strndup((const char *)data, size);
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};
    enum cmdline_action action;
    int argc = 1;

    if (!text)
        abort();
    for (char *w = strtok_r(text, "\n", &save); w && argc <= WORDS; w = strtok_r(NULL, "\n", &save))
        if (strncmp(w, "--job", 5) != 0)
            argv[argc++] = w;
    job_spec_init(&spec);
    if ((cmdline_parse(&spec, argc, argv, &action, &errors) < 0) !=
        (action == CMDLINE_RUN && errors.count > 0))
        abort();
    free(text);
    return 0;
}
