/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a stored record: refused, or read, shown and written again without a crash. */
#include <stdint.h>
#include <stdlib.h>

#include "runner/present/present.h"
#include "runner/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct record *r)
{
    _cleanup_buf_ struct buf text = {0};
    _cleanup_json_ struct json *doc = record_to_json(r);
    char *dump = json_dump(doc, 0);

    if (!dump)
        abort();
    free(dump);
    present_summary(r, &text);
    present_show(r, &text);
    present_why(r, &text);
    present_list_line(r, &(struct list_line){0}, &text);
    present_list_line(r, &(struct list_line){.style = {.width = 40}}, &text);
    present_ledger(r, LEDGER_BY_PROCESS, &text);
    present_ledger(r, LEDGER_AS_TREE, &text);
    present_ledger_csv(&r->ledger, LEDGER_BY_PROCESS, &text);
    present_ledger(r, LEDGER_BY_COMMAND, &text);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\x1b')
            abort(); /* a record must not speak to the terminal */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_record_ struct record r;
    _cleanup_json_ struct json *doc = NULL;
    struct err err = {0};

    record_init(&r);
    if (json_parse((const char *)data, size, "fuzz", &doc, &err) < 0)
        return 0;
    if (record_from_json(doc, &r, &err) == 0)
        show(&r);
    else if (!err.what[0])
        abort();
    return 0;
}
