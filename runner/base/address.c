/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word, *v4, *v6;
} named[] = {
    {"any", "0.0.0.0/0", "::/0"},
    {"localhost", "127.0.0.0/8", "::1/128"},
    {"link-local", "169.254.0.0/16", "fe80::/64"},
    {"multicast", "224.0.0.0/4", "ff00::/8"},
};

static void clear_past(struct address_range *r)
{
    for (unsigned bit = r->prefix; bit < 128; bit++)
        r->address[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

static int parse_one(const char *word, struct address_range *ret)
{
    const char *slash = strchr(word, '/');
    unsigned most;
    char text[64], *end;

    *ret = (struct address_range){0};
    if (snprintf(text, sizeof(text), "%.*s", slash ? (int)(slash - word) : (int)strlen(word),
                 word) >= (int)sizeof(text))
        return -EINVAL;
    ret->family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(ret->family, text, ret->address) != 1)
        return -EINVAL;
    most = ret->family == AF_INET ? 32 : 128;
    ret->prefix = most;
    if (slash) {
        unsigned long prefix = strtoul(slash + 1, &end, 10);

        if (slash[1] < '0' || slash[1] > '9' || *end || prefix > most)
            return -EINVAL;
        ret->prefix = (unsigned)prefix;
    }
    clear_past(ret);
    return 1;
}

int address_parse(const char *word, struct address_range ret[ADDRESS_RANGES])
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strcmp(named[i].word, word) == 0) {
            parse_one(named[i].v4, &ret[0]);
            parse_one(named[i].v6, &ret[1]);
            return 2;
        }
    return parse_one(word, ret);
}
