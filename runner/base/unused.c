/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libraries would set up at each start or opening, and nothing here uses: full-text search,
 * R-trees, two tables about itself, windows and dates of SQLite's; where glibc would look for
 * libraries, of which a static program loads none; what the caller's GLIBC_TUNABLES ask of the
 * allocator, which is no caller's business in a program that runs as root. The linker leads their
 * initialisers here (Makefile). 0 is what each of them may return.
 */
long unused(void);

long unused(void)
{
    return 0;
}
