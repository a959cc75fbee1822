/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/store/store.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/recover.h"
#include "tools/cmd.h"

struct ids {
    int64_t *item;
    size_t count;
};

/* Only noted here: rows are not changed while they are being read. */
static int note_lost(void *data, const struct record *r)
{
    struct ids *lost = data;
    int64_t *grown;

    if (r->state == RECORD_ENDED || recover_is_alive(r))
        return 0;
    grown = realloc(lost->item, (lost->count + 1) * sizeof(*grown));
    if (!grown)
        return -1;
    lost->item = grown;
    lost->item[lost->count++] = r->id;
    return 0;
}

static int recover_one(struct store *s, int64_t id, const char *pins, struct json *done)
{
    _cleanup_record_ struct record r;
    struct err err;

    record_init(&r);
    if (store_load(s, id, &r, &err) < 0 || recover_job(s, &r, pins, &err) < 0)
        return cmd_fail(&err);
    if (done)
        json_append(done, json_int(id));
    else
        printf("job %" PRId64 " %s: recorded as lost; next: cgjob why %" PRId64 "\n", id,
               r.name ? r.name : "", id);
    return CMD_OK;
}

int cmd_recover(struct cmd_context *ctx, int argc, char **argv)
{
    struct store_filter filter = {.state = RECORD_RUNNING, .verdict = -1};
    _cleanup_store_ struct store *s = NULL;
    struct ids lost = {0};
    struct json *done = NULL;
    bool as_json = false;
    const struct cmd_option options[] = {{"--json", &as_json, NULL}, {"--db", NULL, &ctx->db}, {0}};
    char pins[512];
    int status = CMD_OK;
    struct err err;

    if (cmd_options(argc, argv, options, 0) != 0)
        return CMD_USAGE;
    if (store_open(&s, ctx->db, STORE_WRITE, &err) < 0 ||
        store_each(s, &filter, note_lost, &lost, &err) < 0)
        return cmd_fail(&err);
    if (as_json)
        done = json_array_new();
    snprintf(pins, sizeof(pins), "%s/bpf", prepare_run_dir());
    for (size_t i = 0; i < lost.count; i++)
        if (recover_one(s, lost.item[i], pins, done) != CMD_OK)
            status = CMD_FAILED;
    cmd_forget_gone(pins);
    if (done)
        cmd_print_json(done);
    else if (!lost.count)
        puts("no job was lost");
    json_free(done);
    free(lost.item);
    return status;
}
