/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_BASE_VERSION_H
#define CGRUN_BASE_VERSION_H

#define CGRUN_VERSION "0.1.0"

#endif
