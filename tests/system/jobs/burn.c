/* SPDX-License-Identifier: GPL-2.0-or-later */
/* burn SECONDS: uses that much processor time. */
#include "tests/system/jobs/work.h"

int main(int argc, char **argv)
{
    work_burn(strtod(work_arg(argc, argv, 1, "0.1"), NULL));
    return 0;
}
