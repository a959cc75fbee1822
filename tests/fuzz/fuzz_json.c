/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes that parse must dump, and the dump must parse and dump to the same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *dump_again(const char *text)
{
    _cleanup_json_ struct json *value = NULL;

    if (json_parse(text, strlen(text), "dump", &value, NULL) < 0)
        abort();
    return json_dump(value, 0);
}

static void try_bytes(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *bytes = malloc(size + 1), *back = NULL;
    struct json *value;

    memcpy(bytes, data, size);
    bytes[size] = '\0';
    value = json_bytes(bytes);
    back = json_get_bytes(value);
    if (!back || strcmp(back, bytes) != 0)
        abort();
    json_free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_json_ struct json *value = NULL;
    _cleanup_free_ char *first = NULL, *second = NULL, *third = NULL;
    struct err err = {0};

    try_bytes(data, size);
    if (json_parse((const char *)data, size, "fuzz", &value, &err) < 0)
        return 0;
    first = json_dump(value, 2);
    second = first ? dump_again(first) : NULL;
    third = second ? dump_again(second) : NULL;
    if (!third || strcmp(second, third) != 0)
        abort();
    return 0;
}
