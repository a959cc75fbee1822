/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trap: says "ready", then the name of every signal it gets, one a line; ends on SIGTERM (0), or
 * after ten seconds (9). On SIGWINCH it also says the size of the terminal.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "tests/system/jobs/work.h"

static const int trapped[] = {SIGTERM, SIGHUP,  SIGINT,  SIGQUIT,
                              SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};

static void say_size(void)
{
    struct winsize size;
    char line[64];

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
        return;
    snprintf(line, sizeof(line), "size %ux%u", size.ws_col, size.ws_row);
    work_say(line);
}

int main(void)
{
    struct timespec patience = {.tv_sec = 10};
    sigset_t set;
    char line[64];
    int signal;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(trapped) / sizeof(trapped[0]); i++)
        sigaddset(&set, trapped[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    snprintf(line, sizeof(line), "ready tty %d foreground %d", isatty(STDIN_FILENO),
             isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp());
    work_say(line);
    if (isatty(STDIN_FILENO))
        say_size();
    while ((signal = sigtimedwait(&set, NULL, &patience)) > 0 || errno == EINTR) {
        if (signal < 0)
            continue; /* it had been stopped */
        snprintf(line, sizeof(line), "got SIG%s", sigabbrev_np(signal));
        work_say(line);
        if (signal == SIGWINCH)
            say_size();
        if (signal == SIGTERM)
            return 0;
    }
    return 9;
}
