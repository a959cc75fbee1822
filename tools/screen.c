/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/screen.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static SCREEN *screen;

int screen_open(void)
{
    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
        return -ENOTTY;
    setlocale(LC_CTYPE, "");
    screen = newterm(NULL, stdout, stdin);
    if (!screen)
        return -ENOTTY;
    cbreak();
    noecho();
    curs_set(0);
    return 0;
}

void screen_close(void)
{
    endwin();
    delscreen(screen);
}

unsigned screen_width(void)
{
    return (unsigned)COLS;
}

void screen_show(const char *text)
{
    erase();
    for (int y = 0; *text && y < LINES; y++) {
        int n = (int)strcspn(text, "\n");

        if (y == 0)
            attron(A_REVERSE);
        mvaddnstr(y, 0, text, n < COLS ? n : COLS);
        if (y == 0)
            attroff(A_REVERSE);
        text += n + (text[n] == '\n');
    }
    refresh();
}

int screen_key(int timeout_ms)
{
    int key;

    timeout(timeout_ms);
    key = getch();
    return key == ERR || key == KEY_RESIZE ? 0 : key;
}
