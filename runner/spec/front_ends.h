/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways into a job_spec. Each reports every error it finds, not only the first. */
#ifndef CGRUN_SPEC_FRONT_ENDS_H
#define CGRUN_SPEC_FRONT_ENDS_H

#include <stdbool.h>

#include "runner/spec/job_spec.h"

/* What the command line asked for besides a job. */
enum cmdline_action { CMDLINE_RUN, CMDLINE_HELP, CMDLINE_HELP_SHORT, CMDLINE_VERSION };

/*
 * Fills `spec` from argv[1..]. Options end at the first word that is not one, or at "--". Job files
 * named by --job are read where they stand, so that later options win. Returns 0, or -EINVAL with
 * `errors` filled; a spec is valid only if `errors` stayed empty.
 */
int cmdline_parse(struct job_spec *spec, int argc, char *const *argv, enum cmdline_action *action,
                  struct err_list *errors);

/* "Key=Value", as -p takes it. */
int property_parse(struct job_spec *spec, const char *assignment, struct err_list *errors);

/*
 * Reads an INI job file: sections [Job], [Limits], [Sandbox], [Trace], keys of the settings table,
 * and Command= in [Job] (split into words as systemd's ExecStart is: quotes, no shell). Refuses a
 * file that others than root and the caller can write.
 */
int job_file_parse(struct job_spec *spec, const char *path, struct err_list *errors);

/* The same of a text that was read already; `path` names it in errors. */
int job_text_parse(struct job_spec *spec, const char *text, const char *path,
                   struct err_list *errors);

/*
 * Sets what --harden stands for, where the caller gave nothing else; its read-only paths are added
 * to the caller's. Settings that undo it as a whole are errors.
 */
void harden_expand(struct job_spec *spec, struct err_list *errors);

/*
 * Expands --harden, then checks what spans settings (a command is there, high <= max, ...). Called
 * by cmdline_parse, once per spec.
 */
void job_spec_check(struct job_spec *spec, struct err_list *errors);

/* Settings that have no effect without others are errors: when it is planned. 0 or -EINVAL. */
int job_spec_check_company(const struct job_spec *spec, struct err_list *errors);

#endif
