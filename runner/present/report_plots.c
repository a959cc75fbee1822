/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts for gnuplot. Colours are stand-ins that the page's style sheet replaces, so that a plot
 * follows light and dark: see report.c.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "runner/base/clock.h"
#include "runner/present/report.h"

#define INK    "#010203"
#define BEFORE "#0a0b0c"
#define AFTER  "#1a1b1c"
#define FLAG   "#2a2b2c"
#define FAINT  "#3a3b3c"

#define DAY_NS 86400e9

/* Between single quotes gnuplot takes all but these as it is; between others it runs commands. */
static void quoted(const char *text, struct buf *out)
{
    buf_add(out, "'");
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20)
            buf_add(out, " ");
        else
            buf_addf(out, *text == '\'' ? "'%c" : "%c", *text);
    }
    buf_add(out, "'");
}

/* What the axis is divided by, so that its numbers are short. */
static double scale_of(enum metric_id id, double largest, const char **unit)
{
    static const struct {
        double from, by;
        const char *unit;
    } seconds[] = {{120, 60, "min"}, {1, 1, "s"}, {1e-3, 1e-3, "ms"}, {0, 1e-6, "us"}},
      bytes[] = {{1UL << 30, 1UL << 30, "GiB"},
                 {1UL << 20, 1UL << 20, "MiB"},
                 {1UL << 10, 1UL << 10, "KiB"},
                 {0, 1, "bytes"}};
    bool is_time = strcmp(metrics[id].unit, "seconds") == 0;

    *unit = metrics[id].unit;
    if (!is_time && strcmp(metrics[id].unit, "bytes") != 0)
        return 1;
    for (size_t i = 0; i < 4; i++)
        if (largest >= (is_time ? seconds[i].from : bytes[i].from)) {
            *unit = is_time ? seconds[i].unit : bytes[i].unit;
            return is_time ? seconds[i].by : bytes[i].by;
        }
    return 1;
}

static double largest_of(const struct side *s, enum metric_id id)
{
    double largest = 0;

    for (size_t i = 0; i < s->runs; i++)
        if (s->run[i].value[id] > largest)
            largest = s->run[i].value[id];
    return largest;
}

static void heading(const char *unit, int height, struct buf *out)
{
    buf_addf(out,
             "set terminal svg size 640,%d dynamic font \"sans-serif,15\"\n"
             "set encoding utf8\n"
             "set border 3 linecolor rgb \"" FAINT "\"\n"
             "set tics nomirror textcolor rgb \"" INK "\"\n"
             "set grid ytics linecolor rgb \"" FAINT "\" linewidth 0.5\n"
             "set key outside top right horizontal textcolor rgb \"" INK "\" noenhanced\n"
             "set ylabel \"%s\" textcolor rgb \"" INK "\"\n"
             "set offsets graph 0.02, graph 0.02, graph 0.1, graph 0.1\n",
             height, unit);
}

/* A plot of both sides; returns what its figures are divided by. */
static double begin(const struct comparison *c, enum metric_id id, struct buf *out)
{
    const char *unit;
    double by = scale_of(id, fmax(largest_of(c->side[0], id), largest_of(c->side[1], id)), &unit);

    heading(unit, 300, out);
    return by;
}

/* The same run is always put at the same place beside its column's middle. */
static double jitter(size_t i)
{
    return (double)((i * 7919 + 13) % 101) / 101 * 0.5 - 0.25;
}

static void strip(const struct side *s, enum metric_id id, int column, double by, bool disturbed,
                  struct buf *out)
{
    buf_addf(out, "$d%d%d << EOD\n", column, disturbed);
    for (size_t i = 0; i < s->runs; i++)
        if (!isnan(s->run[i].value[id]) && (s->run[i].disturbed != NULL) == disturbed)
            buf_addf(out, "%.6f %.9g\n", column + jitter(i), s->run[i].value[id] / by);
    buf_addf(out, "%.1f NaN\nEOD\n", (double)column); /* gnuplot refuses an empty block */
}

void report_distribution_plot(const struct comparison *c, const struct compare_row *row,
                              struct buf *out)
{
    enum metric_id id = row->metric;
    double by = begin(c, id, out);

    for (int i = 0; i < 2; i++)
        for (int flagged = 0; flagged < 2; flagged++)
            strip(c->side[i], id, i, by, flagged, out);
    buf_add(out, "set xrange [-0.6:1.6]\nset xtics (");
    quoted(c->side[0]->name, out);
    buf_add(out, " 0, ");
    quoted(c->side[1]->name, out);
    buf_add(out, " 1) noenhanced\n");
    for (int i = 0; i < 2; i++)
        buf_addf(out,
                 "set arrow from %.2f,%.9g to %.2f,%.9g nohead linewidth 2.5 linecolor rgb \"" INK
                 "\" front\n",
                 i - 0.32, row->median[i] / by, i + 0.32, row->median[i] / by);
    buf_add(out, "plot $d00 with points pt 7 ps 0.7 lc rgb \"" BEFORE "\" notitle, "
                 "$d10 with points pt 7 ps 0.7 lc rgb \"" AFTER "\" notitle, "
                 "$d01 with points pt 2 ps 0.9 lw 2 lc rgb \"" FLAG "\" notitle, "
                 "$d11 with points pt 2 ps 0.9 lw 2 lc rgb \"" FLAG "\" title ");
    buf_add(out, c->side[0]->disturbed + c->side[1]->disturbed ? "\"disturbed\"\n" : "\"\"\n");
}

/* How many runs of both sides were made before this one. */
static size_t place_of(const struct comparison *c, int64_t started_ns)
{
    size_t place = 1;

    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < c->side[i]->runs; k++)
            place += c->side[i]->run[k].started_ns < started_ns;
    return place;
}

static void ordered(const struct comparison *c, int side, enum metric_id id, double by,
                    bool disturbed, struct buf *out)
{
    const struct side *s = c->side[side];

    buf_addf(out, "$d%d%d << EOD\n", side, disturbed);
    for (size_t i = 0; i < s->runs; i++)
        if (!isnan(s->run[i].value[id]) && (!disturbed || s->run[i].disturbed))
            buf_addf(out, "%zu %.9g\n", place_of(c, s->run[i].started_ns),
                     s->run[i].value[id] / by);
    buf_add(out, "1 NaN\nEOD\n");
}

void report_order_plot(const struct comparison *c, const struct compare_row *row, struct buf *out)
{
    enum metric_id id = row->metric;
    double by = begin(c, id, out);

    for (int i = 0; i < 2; i++)
        for (int flagged = 0; flagged < 2; flagged++)
            ordered(c, i, id, by, flagged, out);
    buf_add(out, "set xlabel \"run, in the order they were made\" textcolor rgb \"" INK "\"\n"
                 "plot $d00 with linespoints pt 7 ps 0.6 lc rgb \"" BEFORE "\" title ");
    quoted(c->side[0]->name, out);
    buf_add(out, ", $d10 with linespoints pt 7 ps 0.6 lc rgb \"" AFTER "\" title ");
    quoted(c->side[1]->name, out);
    buf_add(out, ", $d01 with points pt 2 ps 1.1 lw 2 lc rgb \"" FLAG "\" notitle, "
                 "$d11 with points pt 2 ps 1.1 lw 2 lc rgb \"" FLAG "\" title ");
    buf_add(out, c->side[0]->disturbed + c->side[1]->disturbed ? "\"disturbed\"\n" : "\"\"\n");
}

void report_history_plot(const struct side *history, enum metric_id id, struct buf *out)
{
    const char *unit, *revision = NULL;
    double by = scale_of(id, largest_of(history, id), &unit);
    unsigned labels = 0;
    double span;

    heading(unit, 320, out);
    span = history->runs
               ? (double)(history->run[history->runs - 1].started_ns - history->run[0].started_ns)
               : 0;
    buf_addf(
        out,
        "set xdata time\nset timefmt \"%%s\"\nset format x \"%s\"\nset xtics rotate by -30\n$h << "
        "EOD\n",
        span < DAY_NS ? "%H:%M:%S" : "%m-%d\\n%H:%M");
    for (size_t i = 0; i < history->runs; i++)
        if (!isnan(history->run[i].value[id]))
            buf_addf(out, "%.3f %.9g\n", (double)history->run[i].started_ns / NS_PER_S,
                     history->run[i].value[id] / by);
    buf_addf(out, "%.3f NaN\nEOD\n",
             history->runs ? (double)history->run[0].started_ns / NS_PER_S : 0);
    for (size_t i = 0; i < history->runs; i++) {
        const char *now = history->run[i].revision;

        if (!now || (revision && strcmp(revision, now) == 0))
            continue;
        if (labels++ < 40)
            buf_addf(out,
                     "set arrow from \"%.3f\", graph 0 to \"%.3f\", graph 1 nohead dashtype 3 "
                     "linecolor rgb \"" FAINT "\"\n"
                     "set label \"%.7s\" at \"%.3f\", graph 0.97 rotate by 90 right offset -0.6,0 "
                     "font \",11\" noenhanced textcolor rgb \"" INK "\"\n",
                     (double)history->run[i].started_ns / NS_PER_S,
                     (double)history->run[i].started_ns / NS_PER_S, now,
                     (double)history->run[i].started_ns / NS_PER_S);
        revision = now;
    }
    buf_add(out, "plot $h using 1:2 with points pt 7 ps 0.6 lc rgb \"" AFTER "\" notitle\n");
}
