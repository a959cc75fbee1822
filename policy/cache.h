/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled policies on disk, one file each, named by the hash of all that decides them. What can't
 * be read or trusted counts as not there, what can't be written stays unwritten: a cache only saves
 * time.
 */
#ifndef CGRUN_POLICY_CACHE_H
#define CGRUN_POLICY_CACHE_H

#include "policy/policy.h"

/* Fills programs, take_caps, shield and notes of `program`, whose hash is set. True if found. */
bool cache_read(const char *dir, struct policy_program *program);

/* Creates the directory if it is missing. */
void cache_write(const char *dir, const struct policy_program *program);

#endif
