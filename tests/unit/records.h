/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records to test with: one that has everything, and quick rows. */
#ifndef CGRUN_TESTS_RECORDS_H
#define CGRUN_TESTS_RECORDS_H

#include "runner/record/record.h"

/* Ended, failed, every field set, with bytes that are not UTF-8 and control characters. */
void record_full(struct record *r);

/* A process that exited 0. */
struct ledger_row row_of_process(uint32_t pid, const char *comm, double cpu_seconds);

#endif
