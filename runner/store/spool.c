/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KEY.json is a record that waits, KEY.taking one that is being taken in: its supervisor may write
 * KEY.json anew meanwhile, and that must not be removed for the older one's sake.
 */
#include "runner/store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/trusted.h"
#include "runner/store/handle.h"

#define FILE_MAX  (64UL << 20)
#define AT_ONCE   64 /* so that a run is not kept long from its own job */
#define TRIES     3
#define NAME_SIZE 40

#define WAITING ".json"
#define TAKING  ".taking"
#define FRESH   ".new"

struct keys {
    int64_t item[AT_ONCE];
    size_t count;
};

static const char *spool_path(const char *run_dir, char buf[600])
{
    snprintf(buf, 600, "%s/spool", run_dir);
    return buf;
}

static const char *file_name(int64_t key, const char *suffix, char buf[NAME_SIZE])
{
    snprintf(buf, NAME_SIZE, "%" PRId64 "%s", key, suffix);
    return buf;
}

static int create_file(int dir, int64_t key, const char *suffix)
{
    char name[NAME_SIZE];

    return openat(dir, file_name(key, suffix, name),
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static bool exists(int dir, int64_t key, const char *suffix)
{
    char name[NAME_SIZE];

    return faccessat(dir, file_name(key, suffix, name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void remove_file(int dir, int64_t key, const char *suffix)
{
    char name[NAME_SIZE];

    unlinkat(dir, file_name(key, suffix, name), 0);
}

static int rename_file(int dir, int64_t key, const char *from, const char *to)
{
    char old[NAME_SIZE], new[NAME_SIZE];

    return renameat(dir, file_name(key, from, old), dir, file_name(key, to, new));
}

/* The file is there from then on: no other takes the same key. */
static int choose_key(int dir, int64_t *key)
{
    for (*key = realtime_ns() / NS_PER_US;; ++*key) {
        _cleanup_close_ int fd = create_file(dir, *key, WAITING);

        if (fd < 0 && errno != EEXIST)
            return -errno;
        if (fd >= 0 && !exists(dir, *key, TAKING))
            return 0;
        if (fd >= 0) /* another's, whose file of this name has just been taken away to be stored */
            remove_file(dir, *key, WAITING);
    }
}

static int write_text(int dir, int64_t key, const char *text)
{
    _cleanup_close_ int fd = -1;
    size_t n = strlen(text);

    remove_file(dir, key, FRESH);
    fd = create_file(dir, key, FRESH);
    if (fd < 0)
        return -errno;
    while (n) {
        ssize_t w = write(fd, text, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -errno;
        text += w;
        n -= (size_t)w;
    }
    return rename_file(dir, key, FRESH, WAITING) < 0 ? -errno : 0;
}

static char *text_of(const char *file, const struct record *r)
{
    _cleanup_json_ struct json *doc = json_object_new();

    json_set(doc, "database", json_bytes(file));
    json_set(doc, "record", record_to_json(r));
    return json_dump(doc, 0);
}

static int write_record(int dir, const char *db, int64_t *key, struct record *r)
{
    _cleanup_free_ char *text = NULL;
    char file[640];
    const bool fresh = *key == 0, numbered = r->id == 0;
    int code = store_file_name(db, file, sizeof(file));

    if (code == 0 && fresh)
        code = choose_key(dir, key);
    if (code < 0)
        return code;
    if (numbered)
        r->id = r->provisional_id = *key;
    text = text_of(file, r);
    code = text ? write_text(dir, *key, text) : -ENOMEM;
    if (code < 0)
        remove_file(dir, *key, FRESH);
    if (code < 0 && fresh)
        remove_file(dir, *key, WAITING);
    if (code < 0 && numbered)
        r->id = r->provisional_id = 0;
    return code;
}

int spool_write(const char *run_dir, const char *db, int64_t *key, struct record *r, char *path,
                size_t size, struct err *err)
{
    const bool fresh = *key == 0;
    char spool[600];
    int code = -ENOENT;

    /* Whoever has just emptied the directory removes it. */
    for (int i = 0; code == -ENOENT && i < TRIES; i++) {
        _cleanup_close_ int dir =
            trusted_directory("run directory", spool_path(run_dir, spool), TRUSTED_MAKE, err);

        if (dir < 0)
            return dir;
        if (fresh) /* what a try before had chosen may be another's by now */
            *key = 0;
        code = write_record(dir, db, key, r);
    }
    snprintf(path, size, "%s/%" PRId64 WAITING, spool, *key);
    return code < 0 ? err_sys(err, -code, NULL, "cannot keep the record in %s", spool) : 0;
}

void spool_remove(const char *run_dir, int64_t key)
{
    char spool[600];
    _cleanup_close_ int dir =
        trusted_directory("run directory", spool_path(run_dir, spool), TRUSTED_THERE, NULL);

    if (dir < 0)
        return;
    remove_file(dir, key, WAITING);
    rmdir(spool); /* if it was the last */
}

/* The document of a file, and the record's part of it. */
static int read_file(int dir, int64_t key, const char *suffix, char **database, struct record *r)
{
    char name[NAME_SIZE];
    _cleanup_close_ int fd =
        openat(dir, file_name(key, suffix, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    _cleanup_free_ char *text = NULL;
    _cleanup_json_ struct json *doc = NULL;
    struct stat st;
    ssize_t n;
    int code;

    record_init(r);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || st.st_size > (off_t)FILE_MAX)
        return -EBADMSG;
    text = malloc((size_t)st.st_size + 1);
    n = text ? read(fd, text, (size_t)st.st_size) : -1;
    if (n < 0)
        return -errno;
    if (json_parse(text, (size_t)n, name, &doc, NULL) < 0)
        return -EBADMSG;
    code = record_from_json(json_get(doc, "record"), r, NULL);
    *database = code < 0 ? NULL : json_get_bytes(json_get(doc, "database"));
    return code < 0 ? code : *database ? 0 : -EBADMSG;
}

static int compare_keys(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Keys of the files with that suffix, some at a time, in the order of their jobs. */
static void list_keys(int dir, const char *suffix, struct keys *ret)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *e;

    ret->count = 0;
    if (!d && copy >= 0)
        close(copy);
    while (d && ret->count < AT_ONCE && (e = readdir(d)) != NULL) {
        char *end;
        int64_t key = strtoll(e->d_name, &end, 10);

        if (key > 0 && strcmp(end, suffix) == 0)
            ret->item[ret->count++] = key;
    }
    qsort(ret->item, ret->count, sizeof(*ret->item), compare_keys);
}

/* Where the row of a job is gone with its database, it gets a new one. */
static int store_one(struct store *s, int64_t key, struct record *r, struct err *err)
{
    int code = r->provisional_id ? 0 : store_complete(s, r, true, err);

    if (!r->provisional_id && code != -ESTALE)
        return code;
    if (!r->provisional_id) {
        r->provisional_id = key;
        record_add_event(r, realtime_ns(), "note",
                         "recorded anew: the database was removed or replaced; its number was "
                         "%" PRId64,
                         r->id);
    }
    return store_take_in(s, r, err);
}

/* 0: it is done, or another database's. */
static int take_in(struct store *s, int dir, int64_t key, const char *suffix, struct err *err)
{
    _cleanup_free_ char *database = NULL, *again = NULL;
    _cleanup_record_ struct record r, latest;
    int code = read_file(dir, key, suffix, &database, &r);

    record_init(&latest);
    if (code < 0)
        return code == -ENOENT ? 0 : err_sys(err, -code, NULL, "cannot read record %" PRId64, key);
    if (strcmp(database, s->file) != 0)
        return 0;
    if (strcmp(suffix, TAKING) != 0 && rename_file(dir, key, suffix, TAKING) < 0)
        return 0; /* its supervisor has stored it meanwhile */
    code = read_file(dir, key, TAKING, &again, &latest);
    if (code < 0)
        return err_sys(err, -code, NULL, "cannot read record %" PRId64, key);
    code = store_one(s, key, &latest, err);
    if (code == 0)
        remove_file(dir, key, TAKING);
    return code;
}

/* What is left of a caller that was killed in the middle comes first: it is older. */
static int take_in_all(struct store *s, int dir, struct err *err)
{
    static const char *const suffixes[] = {TAKING, WAITING};
    int waiting = 0;

    for (size_t k = 0; k < sizeof(suffixes) / sizeof(suffixes[0]); k++) {
        struct keys keys;

        list_keys(dir, suffixes[k], &keys);
        for (size_t i = 0; i < keys.count; i++) {
            int code = take_in(s, dir, keys.item[i], suffixes[k], err);

            waiting += code < 0;
            if (store_is_unavailable(code))
                return waiting; /* it will not have become better with the next */
        }
    }
    return waiting;
}

bool spool_is_used(const char *run_dir)
{
    char spool[600];

    return access(spool_path(run_dir, spool), F_OK) == 0;
}

int spool_take_in(struct store *s, const char *run_dir, struct err *err)
{
    char spool[600];
    _cleanup_close_ int dir = -1, lock = -1;
    int waiting;

    if (!spool_is_used(run_dir))
        return 0;
    dir = trusted_directory("run directory", spool_path(run_dir, spool), TRUSTED_THERE, err);
    if (dir < 0)
        return dir;
    lock = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
        return 0;
    waiting = take_in_all(s, dir, err);
    rmdir(spool); /* if it is empty by now */
    return waiting;
}

bool spool_has_end(const char *run_dir, const struct store *s, int64_t id)
{
    char spool[600];
    _cleanup_close_ int dir = -1;
    struct keys keys;
    bool found = false;

    if (!spool_is_used(run_dir))
        return false;
    dir = trusted_directory("run directory", spool_path(run_dir, spool), TRUSTED_THERE, NULL);
    if (dir < 0)
        return false;
    list_keys(dir, WAITING, &keys);
    for (size_t i = 0; !found && i < keys.count; i++) {
        _cleanup_free_ char *database = NULL;
        _cleanup_record_ struct record r;

        found = read_file(dir, keys.item[i], WAITING, &database, &r) == 0 && r.id == id &&
                r.state == RECORD_ENDED && database && strcmp(database, s->file) == 0;
    }
    return found;
}

int spool_load(const char *run_dir, int64_t provisional, struct record *r)
{
    char spool[600];
    _cleanup_free_ char *database = NULL;
    _cleanup_close_ int dir =
        trusted_directory("run directory", spool_path(run_dir, spool), TRUSTED_THERE, NULL);
    int code = dir < 0 ? dir : read_file(dir, provisional, WAITING, &database, r);

    if (code == -ENOENT && dir >= 0)
        code = read_file(dir, provisional, TAKING, &database, r);
    return code;
}
