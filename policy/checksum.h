/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_POLICY_CHECKSUM_H
#define CGRUN_POLICY_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Tells bytes apart that nobody chose in order to deceive: a torn file, another build's text.
 * FNV-1a on words of eight bytes, some fifty times as fast as a cryptographic hash.
 */
uint64_t checksum_bytes(const void *bytes, size_t n);

#endif
