/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal screen that is drawn anew: the one module that uses ncurses. */
#ifndef CGRUN_TOOLS_SCREEN_H
#define CGRUN_TOOLS_SCREEN_H

/* Returns 0, or -ENOTTY when this is no terminal that can be drawn on. */
int screen_open(void);
void screen_close(void);

/* Shows the text, cut to the screen; its first line stands out. */
void screen_show(const char *text);

/* Characters in a line of it, as of now. */
unsigned screen_width(void);

/* Waits for a key. Returns it, or 0 when `timeout_ms` have passed or the size has changed. */
int screen_key(int timeout_ms);

#endif
