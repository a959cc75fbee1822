/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fetching a job's records: from the shared table, and from a ring of its own. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bpf/tracer_internal.h"
#include "runner/base/clock.h"

#define RETRY "the same call can be retried"

/* What the library hands back to us with every record. */
struct reader {
    struct ring_buffer *buffer;
    uint64_t cgroup_id;
    tracer_report_fn fn;
    void *data;
    int count;
};

/* A ring may still hold what a killed supervisor never fetched: of another job, so passed over. */
static int on_ring_report(void *ctx, void *report, size_t size)
{
    struct reader *reader = ctx;
    struct job_report r = {.extra.denied_syscall = -1};

    if (size < sizeof(r.record) || !reader->fn)
        return 0;
    memcpy(&r, report, size < sizeof(r) ? sizeof(r.record) : sizeof(r));
    if (r.record.cgroup_id != reader->cgroup_id)
        return 0;
    reader->count++;
    return reader->fn(reader->data, &r);
}

static struct reader *reader_new(int ring_fd, uint64_t cgroup_id)
{
    struct reader *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->cgroup_id = cgroup_id;
    r->buffer = ring_buffer__new(ring_fd, on_ring_report, r, NULL);
    if (r->buffer)
        return r;
    free(r);
    return NULL;
}

/* Its mapping needs no descriptor; what waits to be read is told by one. */
static int read_from(struct tracer *t, struct tracer_job *job, uint32_t ring)
{
    int fd = tracer_ring_open(t, ring, true);

    if (fd < 0)
        return fd;
    job->reader = reader_new(fd, job->cgroup_id);
    if (!job->reader) {
        int error = errno;

        close(fd);
        return -error;
    }
    job->ring = ring;
    job->ring_fd = fd;
    return 0;
}

int tracer_job_claim_ring(struct tracer *t, struct tracer_job *job, struct err *err)
{
    int ring = tracer_ring_take(t, job->cgroup_id), r;
    uint32_t index = (uint32_t)ring;

    job->pool_used_up = ring < 0;
    if (ring < 0)
        return ring == -ENOBUFS ? 0 : err_sys(err, -ring, RETRY, "cannot claim a ring");
    r = read_from(t, job, index);
    if (r < 0) {
        tracer_ring_give_back(t, index);
        job->pool_used_up = true;
        return err_sys(err, -r, RETRY, "cannot map ring %d", ring);
    }
    if (bpf_map_update_elem(tracer_map_fd(t, TRACER_RING_JOBS), &index, &job->cgroup_id, BPF_ANY) <
        0)
        return err_sys(err, errno, RETRY, "cannot give the job its ring");
    return 0;
}

/* 1: fetched and handed on, 0: not there, negative: the callee's answer. */
static int fetch_one(int table, uint64_t cgroup_id, uint64_t sequence, tracer_report_fn fn,
                     void *data)
{
    struct job_table_key key = {.cgroup_id = cgroup_id, .sequence = sequence};
    struct job_report report;
    int r;

    if (bpf_map_lookup_elem(table, &key, &report) < 0)
        return 0;
    bpf_map_delete_elem(table, &key);
    r = fn(data, &report);
    return r < 0 ? r : 1;
}

static int poll_table(struct tracer *t, struct tracer_job *job, uint64_t end, tracer_report_fn fn,
                      void *data)
{
    int table = job->fetched < end ? tracer_map_fd(t, TRACER_TABLE) : 0, fetched = 0;

    if (table < 0)
        return table;
    while (job->fetched < end) {
        int r = fetch_one(table, job->cgroup_id, job->fetched, fn, data);

        if (r < 0)
            return r;
        job->fetched++;
        fetched += r;
    }
    return fetched;
}

static int poll_ring(struct tracer_job *job, tracer_report_fn fn, void *data)
{
    struct reader *reader = job->reader;
    int r;

    if (!reader)
        return 0;
    reader->fn = fn;
    reader->data = data;
    reader->count = 0;
    r = ring_buffer__consume(reader->buffer);
    reader->fn = NULL;
    return r < 0 ? r : reader->count;
}

static int cannot_read(int error, struct err *err)
{
    return err_sys(err, -error, NULL, "cannot read the processes' records");
}

int tracer_job_poll(struct tracer *t, struct tracer_job *job, tracer_report_fn fn, void *data,
                    struct err *err)
{
    struct job_totals totals;
    int r = tracer_job_totals(t, job->cgroup_id, &totals, err), ring;

    if (r < 0)
        return r;
    r = poll_table(t, job, totals.records, fn, data);
    ring = r < 0 ? r : poll_ring(job, fn, data);
    return ring < 0 ? cannot_read(ring, err) : r + ring;
}

static int64_t now_us(void)
{
    return monotonic_ns() / NS_PER_US;
}

int tracer_job_finish(struct tracer *t, struct tracer_job *job, unsigned timeout_us,
                      tracer_report_fn fn, void *data, struct job_totals *totals, struct err *err)
{
    int64_t start = now_us();
    uint32_t ring;
    int r;

    for (;;) {
        int64_t waited = now_us() - start;

        r = tracer_job_totals(t, job->cgroup_id, totals, err);
        if (r < 0)
            return r;
        if (totals->threads_live == 0 || waited > timeout_us)
            break;
        if (waited < 200)
            sched_yield();
        else
            usleep(100);
    }
    if (job->inherited && !job->reader && tracer_ring_of(t, job->cgroup_id, &ring))
        tracer_job_claim_ring(t, job, NULL);
    r = tracer_job_poll(t, job, fn, data, err);
    if (r < 0)
        return r;
    r = poll_table(t, job, totals->records + JOB_TABLE_TRIES, fn, data);
    return r < 0 ? cannot_read(r, err) : 0;
}

static void remove_denied(struct tracer *t, uint64_t cgroup_id)
{
    int fd = tracer_map_fd(t, TRACER_DENIED);
    struct job_denied_key key, next;
    bool more = fd >= 0 && bpf_map_get_next_key(fd, NULL, &key) == 0;

    while (more) {
        more = bpf_map_get_next_key(fd, &key, &next) == 0;
        if (key.cgroup_id == cgroup_id)
            bpf_map_delete_elem(fd, &key);
        key = next;
    }
}

static int drop(void *data, const struct job_report *report)
{
    (void)data;
    (void)report;
    return 0;
}

void tracer_job_remove(struct tracer *t, struct tracer_job *job)
{
    struct reader *reader = job->reader;
    struct job_totals totals;

    if (tracer_job_totals(t, job->cgroup_id, &totals, NULL) == 0) {
        poll_table(t, job, totals.records + JOB_TABLE_TRIES, drop, NULL);
        if (totals.denied)
            remove_denied(t, job->cgroup_id);
    }
    bpf_map_delete_elem(t->map[TRACER_JOBS], &job->cgroup_id);
    if (!reader)
        return;
    ring_buffer__free(reader->buffer);
    free(reader);
    close(job->ring_fd);
    tracer_ring_give_back(t, job->ring);
    job->reader = NULL;
    job->ring_fd = -1;
}
