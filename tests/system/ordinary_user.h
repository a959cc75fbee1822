/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the programs as an ordinary user, with what a login gives and nothing of the tests'. */
#ifndef CGRUN_TESTS_SYSTEM_ORDINARY_USER_H
#define CGRUN_TESTS_SYSTEM_ORDINARY_USER_H

#include "tests/system/harness.h"

#define NOBODY   65534
#define NAMELESS 54321 /* has no entry in any database */

/* Who runs what is run next: NOBODY at first. */
extern uid_t ordinary_user;

/* A file in that user's home directory, which is made by the first run. Valid for some calls. */
const char *in_home(const char *name);

/* For a before_exec of a test's own: drops to the user. */
void become_user(void);

/* Start and wait: one of the programs; cgrun, its record to be read unless run->no_json. */
void as_user(struct run *run, const char *program, const char *const *args);
void users_job(struct run *run, const char *const *args);

#endif
