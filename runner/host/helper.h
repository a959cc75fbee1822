/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helper programs: what needs a library that few runs need is a program of its own, so that the
 * others do not pay for it.
 */
#ifndef CGRUN_HOST_HELPER_H
#define CGRUN_HOST_HELPER_H

#include <stddef.h>

/*
 * The path of a helper: beside the running program, or in ../lib/cgrun from there. -ENOENT when it
 * is in neither place.
 */
int helper_path(const char *name, char *buf, size_t size);

#endif
