/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parsers that rows of the settings table name. Each stores into the field at row->offset, or
 * fills `err` with the option and the value as given and row->range as what was expected. Those of
 * lists add; an empty value empties the list, as systemd has it.
 */
#ifndef CGRUN_SPEC_PARSE_H
#define CGRUN_SPEC_PARSE_H

#include "runner/spec/settings.h"

#define PARSER(name)                                                                               \
    int parse_##name(const struct setting *row, struct job_spec *spec, const char *value,          \
                     struct err *err)

PARSER(string);       /* printable, no control characters */
PARSER(name);         /* ... and no '/', not only digits, at most 128 bytes */
PARSER(list);         /* struct strv, one item */
PARSER(words);        /* struct strv, one item holding words */
PARSER(trace);        /* enum spec_trace and a bit per enum trace_feature */
PARSER(tag);          /* "key=value", keys unique */
PARSER(expect);       /* an expectation */
PARSER(size);         /* bytes or infinity */
PARSER(log_size);     /* bytes, at least 4096, not infinity */
PARSER(count);        /* at least 1, or infinity */
PARSER(weight);       /* 1 to 10000 */
PARSER(percent);      /* into microseconds per second */
PARSER(cpus);         /* a list such as 0-3,5 */
PARSER(io_size);      /* "PATH SIZE" */
PARSER(io_count);     /* "PATH NUMBER" */
PARSER(duration);     /* nanoseconds, more than 0 */
PARSER(grace);        /* nanoseconds, 0 allowed */
PARSER(rlimit);       /* "soft:hard" or one value; row->arg is RLIMIT_* */
PARSER(integer);      /* signed; row->arg bounds it: see parse.c */
PARSER(ambient);      /* names of capabilities, as a set of bits */
PARSER(paths);        /* struct strv, one absolute path, "-" before it allowed */
PARSER(addresses);    /* struct strv: ranges of addresses */
PARSER(device);       /* struct strv: "PATH [rwm]" */
PARSER(mode);         /* octal, up to 0777 */
PARSER(variables);    /* struct strv: names of variables */
PARSER(plain_words);  /* struct strv: names and paths without blanks and signs */
PARSER(assignment);   /* struct strv: NAME=VALUE, which replaces an earlier of that name */
PARSER(runs);         /* unsigned, at least row->arg */
PARSER(until);        /* a percentage as a share of 1 */
PARSER(boolean);      /* yes, no, true, false, 1, 0, on, off; no value is yes */
PARSER(capabilities); /* names, "~" names, or empty */
PARSER(signal);       /* a name with or without SIG, or a number */
PARSER(choice);       /* an enum; row->range lists the words: "auto, always or never" */
PARSER(descriptors);  /* auto, none, or numbers: two fields of the spec */
PARSER(stream);       /* inherit, null, file:PATH, append:PATH, truncate:PATH, or a path */

/* What -1 and a failed parse have in common: the third part and the row's range. */
int parse_refuse(const struct setting *row, const char *value, struct err *err);

#endif
