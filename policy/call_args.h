/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A system call as people write it: "openat,flags=O_WRONLY|O_CREAT", "socket,16,3". Pure. */
#ifndef CGRUN_POLICY_CALL_ARGS_H
#define CGRUN_POLICY_CALL_ARGS_H

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/base/buf.h"
#include "runner/base/err.h"

/*
 * The call with its arguments on this machine's ABI, in their order or by the names of the manual
 * pages; what is not given is 0. A value is a number, or names of constants joined by '|'. Knows
 * the names of the calls and constants that policies decide by. -EINVAL tells what is not known.
 */
int call_parse(const char *text, struct seccomp_data *ret, struct err *err);

/* "flags" of ("openat", 2), "argument 2" where no name is known. Returns `buf`. */
const char *call_arg_name(const char *call, unsigned index, char *buf, size_t size);
/* "AF_VSOCK" of ("socket", 0, 40); NULL where the number says as much. */
const char *call_arg_constant(const char *call, unsigned index, uint64_t value);

/* "socket(domain=AF_VSOCK, type=0x1, protocol=0x0)"; all six where no names are known. */
void call_words(const char *call, const uint64_t args[6], struct buf *out);

#endif
