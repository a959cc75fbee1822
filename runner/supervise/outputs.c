/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/json.h"

/* Before the start, which the remedy says. */
static int before_start(int r, struct err *err)
{
    char remedy[sizeof(err->retry)];

    if (r < 0) {
        snprintf(remedy, sizeof(remedy), "%s", err->retry);
        snprintf(err->retry, sizeof(err->retry), "nothing was started; %.200s", remedy);
    }
    return r;
}

int outputs_open(struct output *o, const struct job_spec *spec, struct err *err)
{
    return before_start(spec->json_path ? output_open(o, "json", spec->json_path, err) : 0, err);
}

int outputs_look(const struct job_spec *spec, struct err *err)
{
    return before_start(spec->json_path ? output_look("json", spec->json_path, err) : 0, err);
}

static char *record_text(const struct record *r)
{
    _cleanup_json_ struct json *doc = record_to_json(r);
    _cleanup_free_ char *text = json_dump(doc, 2);
    char *line = NULL;

    return text && asprintf(&line, "%s\n", text) >= 0 ? line : NULL;
}

int outputs_write(struct output *o, const struct record *r, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    int w;

    if (o->fd < 0)
        return 0;
    text = record_text(r);
    if (!text)
        return err_oom(err);
    w = output_write(o, text, strlen(text));
    if (w < 0)
        return err_sys(err, -w, "the job has run and its record is in the database",
                       "cannot write the record to '%s'", o->path ? o->path : "-");
    return 0;
}
