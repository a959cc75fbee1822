/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values begin in the text in the order in which the document, whose members keep their order, is
 * walked through: so the two are read side by side, and nothing has to be looked up by its path.
 */
#include "runner/base/json_place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *at, *end;
    unsigned line, column;
};

static void step(struct cursor *c)
{
    bool continues = c->at + 1 < c->end && (c->at[1] & 0xc0) == 0x80;

    if (*c->at == '\n') {
        c->line++;
        c->column = 1;
    } else if (!continues) {
        c->column++;
    }
    c->at++;
}

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && memchr(" \t\r\n", *c->at, 4))
        step(c);
}

static void skip_string(struct cursor *c)
{
    step(c);
    while (c->at < c->end && *c->at != '"') {
        if (*c->at == '\\')
            step(c);
        if (c->at < c->end)
            step(c);
    }
    if (c->at < c->end)
        step(c);
}

/* Moves past the beginning of the next value, and past all of one that holds no others. */
static bool next_value(struct cursor *c, struct json_place *ret)
{
    for (;;) {
        while (c->at < c->end && memchr(" \t\r\n,:]}", *c->at, 8))
            step(c);
        if (c->at >= c->end)
            return false;
        *ret = (struct json_place){.line = c->line, .column = c->column};
        if (*c->at == '{' || *c->at == '[') {
            step(c);
            return true;
        }
        if (*c->at == '"') {
            skip_string(c);
            skip_blanks(c);
            if (c->at < c->end && *c->at == ':')
                continue; /* a key */
            return true;
        }
        while (c->at < c->end && !memchr(" \t\r\n,]}", *c->at, 7))
            step(c);
        return true;
    }
}

struct pairing {
    struct cursor cursor;
    struct json_places places;
    size_t size;
};

static int pair(void *data, const struct json *value)
{
    struct pairing *p = data;
    struct json_place place;

    if (!next_value(&p->cursor, &place))
        return -EINVAL;
    /* The three literals are one value each, wherever they stand. */
    if (!json_is_object(value) && !json_is_array(value) && !json_is_string(value) &&
        !json_is_number(value))
        return 0;
    if (p->places.count == p->size) {
        size_t size = p->size ? p->size * 2 : 256;
        struct json_place *grown = realloc(p->places.item, size * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        p->places.item = grown;
        p->size = size;
    }
    place.value = value;
    p->places.item[p->places.count++] = place;
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const struct json_place *x = a, *y = b;

    return (x->value > y->value) - (x->value < y->value);
}

int json_places_find(const char *text, size_t len, const struct json *document,
                     struct json_places *ret)
{
    struct pairing p = {.cursor = {text, text + len, 1, 1}};
    int r = json_walk(document, pair, &p);

    if (r < 0) {
        json_places_free(&p.places);
        return r;
    }
    if (p.places.count)
        qsort(p.places.item, p.places.count, sizeof(*p.places.item), by_value);
    *ret = p.places;
    return 0;
}

const struct json_place *json_place_of(const struct json_places *places, const struct json *value)
{
    const struct json_place key = {.value = value};

    return value && places->count
               ? bsearch(&key, places->item, places->count, sizeof(key), by_value)
               : NULL;
}

void json_places_free(struct json_places *places)
{
    free(places->item);
    *places = (struct json_places){0};
}
