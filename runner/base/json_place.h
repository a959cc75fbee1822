/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a text the values of the document that was parsed from it begin. */
#ifndef CGRUN_BASE_JSON_PLACE_H
#define CGRUN_BASE_JSON_PLACE_H

#include "runner/base/json.h"

struct json_place {
    const struct json *value;
    unsigned line, column; /* from 1; columns are characters */
};

/* Zero-initialised is empty. */
struct json_places {
    struct json_place *item; /* by address of the value */
    size_t count;
};

/* `text` is what json_parse() made `document` of. 0 or -ENOMEM. */
int json_places_find(const char *text, size_t len, const struct json *document,
                     struct json_places *ret);
/* NULL for true, false, null, and values that are not of the document. */
const struct json_place *json_place_of(const struct json_places *places, const struct json *value);
void json_places_free(struct json_places *places);

#endif
