/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_STORE_ENGINE_H
#define CGRUN_STORE_ENGINE_H

/*
 * Sets SQLite up for processes that open a database once and do little with it. For all databases
 * that are opened from then on; the first call counts.
 */
void engine_set_up(void);

#endif
