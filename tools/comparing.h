/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `compare` and `report` share: options and sides. */
#ifndef CGRUN_TOOLS_COMPARING_H
#define CGRUN_TOOLS_COMPARING_H

#include "runner/compare/compare.h"
#include "runner/compare/gate.h"
#include "tools/cmd.h"

#define GATE_CONDITIONS 64

struct comparing {
    const char *split, *split_rev, *metrics, *format, *junit, *output;
    struct strv thresholds, fail_on;
    bool quiet_only, strict, as_json;

    struct compare_request request;
    struct gate_condition gate[GATE_CONDITIONS];
    size_t gates;
    struct side side[2];
    struct comparison comparison;
};

/* From the options to a comparison. Returns an exit status. */
int comparing_load(struct comparing *q, const struct cmd_context *ctx, int words, char **argv);
void comparing_free(struct comparing *q);

#endif
