/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of Internet addresses, as IPAddressAllow= has them. */
#ifndef CGRUN_BASE_ADDRESS_H
#define CGRUN_BASE_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

struct address_range {
    int family; /* AF_INET or AF_INET6 */
    unsigned prefix;
    uint8_t address[16]; /* network order; IPv4 in the first four; bits past the prefix are 0 */
};

#define ADDRESS_RANGES 4 /* that one word stands for, at most */

/*
 * "10.0.0.0/8", "2001:db8::1", or "any", "localhost", "link-local", "multicast". Returns how many
 * ranges, or -EINVAL.
 */
int address_parse(const char *word, struct address_range ret[ADDRESS_RANGES]);

#endif
