/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which program it is that a command names, so that a later run of another one can be told. */
#ifndef CGRUN_HOST_PROGRAM_H
#define CGRUN_HOST_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* The file that the command is looked up as, by $PATH if it has no '/'. */
bool program_find(const char *command, char *path, size_t size);

/* "build-id 8fa2..." of an ELF file that has one, else "1234 bytes, modified 2026-11-24T..." */
bool program_build(const char *path, char *buf, size_t size);

/* The first line that `name --version` prints; false if it says nothing within two seconds. */
bool program_version(const char *name, char *buf, size_t size);

#endif
