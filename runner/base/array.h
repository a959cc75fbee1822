/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_BASE_ARRAY_H
#define CGRUN_BASE_ARRAY_H

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * A table that an enum indexes has an entry for each of its values. Without this a table that is
 * one entry short is read past its end, and no compiler warns.
 */
#define ASSERT_ENTRIES(table, count)                                                               \
    _Static_assert(ARRAY_COUNT(table) == (count), #table " lacks an entry")

#endif
