/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a database: whether its place can be trusted, who may read it, which schema it has. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/trusted.h"
#include "runner/store/access.h"
#include "runner/store/engine.h"
#include "runner/store/handle.h"

/* For the one who makes the database while another does: it takes less than a millisecond. */
#define CREATE_TRIES    20
#define CREATE_DELAY_NS (10 * NS_PER_MS)

/* What brings a database from each version to the next. Never change one that was released. */
static const char *const migrations[] = {
    "CREATE TABLE jobs (id INTEGER PRIMARY KEY, name TEXT NOT NULL, state INTEGER "
    "NOT "
    "NULL, verdict INTEGER NOT NULL, started_ns INTEGER NOT NULL, ended_ns INTEGER, owner TEXT, "
    "session TEXT, label TEXT, record TEXT NOT NULL);"
    "CREATE INDEX jobs_by_name ON jobs(name, id);"
    "CREATE VIEW metrics AS SELECT jobs.id AS job_id, jobs.name AS job, m.key AS name, "
    "json_extract(m.value, '$.value') AS value, json_extract(m.value, '$.unit') AS unit, "
    "json_extract(m.value, '$.source') AS source, json_extract(m.value, '$.unavailable') AS "
    "unavailable FROM jobs, json_each(jobs.record, '$.metrics') AS m;",
    /* A partial index: a job that never had such a number costs it nothing. */
    "ALTER TABLE jobs ADD COLUMN provisional INTEGER;"
    "CREATE UNIQUE INDEX jobs_by_provisional ON jobs(provisional) WHERE provisional IS NOT NULL;",
};

#define SCHEMA_VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

static int errno_of(sqlite3 *db, int code)
{
    int system = sqlite3_system_errno(db);

    switch (code) {
    case SQLITE_FULL:
        return ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* others' locks, for too long */
        return EBUSY;
    case SQLITE_READONLY:
        return EROFS;
    case SQLITE_NOTADB:
        return EBADMSG;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return system ? system : EIO;
    default:
        return EIO;
    }
}

/* Whether it lies in a directory of root's, which is closed to the caller. */
static bool is_roots(const char *path)
{
    char dir[512];
    struct stat st;

    snprintf(dir, sizeof(dir), "%s", path);
    return geteuid() != 0 && stat(dirname(dir), &st) == 0 && st.st_uid == 0;
}

const char *store_remedy(const char *path, int number)
{
    if (number == ENOSPC)
        return "make room on its file system and retry";
    if (number == EBADMSG)
        return "move it away, or choose another with --db, and retry";
    if (number == EBUSY)
        return "another process holds it; retry";
    if (number == EACCES && is_roots(path))
        return "records are root's: use sudo, or be a member of the group " ACCESS_GROUP;
    return "check that it can be read and written, or choose another with --db";
}

int store_fail(const struct store *s, const char *what, struct err *err)
{
    int code = sqlite3_errcode(s->db) & 0xff, number = errno_of(s->db, code);

    if (number == EBUSY && s->busy.ended)
        return err_set(err, EINTR, NULL, ERR_RETRY_SAFE, "ended while waiting for database %s",
                       s->path);
    return err_set(err, number, NULL,
                   code == SQLITE_CORRUPT ? store_remedy(s->path, EBADMSG)
                                          : store_remedy(s->path, number),
                   "database %s: %s: %s", s->path, what, sqlite3_errmsg(s->db));
}

bool store_is_unavailable(int error)
{
    static const int numbers[] = {EBUSY, ENOSPC, EDQUOT, EROFS, EIO};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (error == numbers[i] || error == -numbers[i])
            return true;
    return false;
}

void store_patience(struct store *s, enum store_patience patience)
{
    static const int64_t ns[] = {
        [STORE_AS_LONG_AS_IT_TAKES] = 15000 * NS_PER_MS,
        [STORE_FOR_A_LAUNCH] = 600 * NS_PER_MS,
        [STORE_FOR_AN_END] = 5000 * NS_PER_MS,
        [STORE_NOT_AT_ALL] = 0,
    };
    bool each = patience == STORE_AS_LONG_AS_IT_TAKES;

    s->busy.each_ns = each ? ns[patience] : 0;
    s->busy.until_ns = each ? 0 : ns[patience] ? monotonic_ns() + ns[patience] : 0;
    s->busy.heed_signals = each || patience == STORE_FOR_A_LAUNCH;
    engine_deadline(each ? 0 : s->busy.until_ns ? s->busy.until_ns : 1);
}

static int user_version(const struct store *s)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK ||
        sqlite3_step(q) != SQLITE_ROW)
        return -1;
    return sqlite3_column_int(q, 0);
}

static int too_new(const struct store *s, int version, struct err *err)
{
    char expected[64];

    snprintf(expected, sizeof(expected), "schema %d or older", SCHEMA_VERSION);
    return err_set(err, EPROTO, expected, "use the newer cgrun that made it, or another --db",
                   "database %s has schema %d", s->path, version);
}

/* All steps or none. Another process may have done them meanwhile: looked at again under the lock.
 */
static int migrate(struct store *s, struct err *err)
{
    char pragma[64];
    int version, r;

    if (sqlite3_exec(s->db, "PRAGMA journal_mode=WAL; BEGIN IMMEDIATE", NULL, NULL, NULL))
        return store_fail(s, "cannot begin", err);
    version = user_version(s);
    for (int v = version; v >= 0 && v < SCHEMA_VERSION; v++)
        if (sqlite3_exec(s->db, migrations[v], NULL, NULL, NULL)) {
            r = store_fail(s, "cannot migrate", err);
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
            return r;
        }
    snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d; COMMIT", SCHEMA_VERSION);
    return sqlite3_exec(s->db, pragma, NULL, NULL, NULL) ? store_fail(s, "cannot commit", err) : 0;
}

static int on_commit(void *data, sqlite3 *db, const char *name, int pages)
{
    struct store *s = data;

    (void)db;
    (void)name;
    s->wal_pages = pages;
    return SQLITE_OK;
}

static int prepare(struct store *s, enum store_mode mode, struct err *err)
{
    int one = 1, version, r;

    sqlite3_busy_handler(s->db, busy_wait, &s->busy);
    /* Closing leaves the log as it is: moving it into the database is store_tidy's, in good time.
     */
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &one);
    version = user_version(s);
    if (version < 0)
        return store_fail(s, "cannot read", err);
    if (version > SCHEMA_VERSION)
        return too_new(s, version, err);
    if (mode == STORE_READ && version > 0 && version < SCHEMA_VERSION &&
        sqlite3_db_readonly(s->db, "main") == 0)
        migrate(s, NULL); /* what only newer columns tell is not to be had if this fails */
    if (mode == STORE_READ)
        return version > 0 ? 0
                           : err_set(err, EPROTO, "a database that cgrun has written to", NULL,
                                     "database %s has schema %d", s->path, version);
    r = version < SCHEMA_VERSION ? migrate(s, err) : 0;
    if (r < 0)
        return r;
    if (sqlite3_exec(s->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL))
        return store_fail(s, "cannot configure", err);
    sqlite3_wal_hook(s->db, on_commit, s); /* in place of checkpoints at commits */
    return 0;
}

/*
 * What lies beside a database that is not there is a removed one's: its log would be taken for the
 * new one's. One at a time, or what another has just made would go; but whoever may read the
 * directory could hold the lock, and is not waited for longer than making it takes.
 */
static int create(const struct store *s, int dir, const char *base, struct err *err)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    const struct timespec delay = {.tv_nsec = CREATE_DELAY_NS};
    _cleanup_close_ int lock = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
    char name[512];
    struct stat st;

    for (int i = 0; i < CREATE_TRIES && lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0; i++)
        nanosleep(&delay, NULL);
    if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", base, suffixes[i]);
        unlinkat(dir, name, 0);
    }
    if (store_is_default(s->path))
        access_tighten(dir, base, true); /* the directory at least: files get what it says */
    fd = access_create(dir, base, O_EXCL);
    return fd < 0
               ? err_sys(err, errno, ERR_CORRECT_AND_RETRY, "database %s: cannot be made", s->path)
               : 0;
}

/* Looks at the file itself, and remembers which it is. */
static int check_file(struct store *s, int dir, const char *base, const struct stat *st,
                      enum store_mode mode, struct err *err)
{
    bool own = store_is_default(s->path);

    if (!S_ISREG(st->st_mode) || (st->st_uid != 0 && st->st_uid != geteuid()) ||
        st->st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, EPERM,
                       "a regular file of root's or the caller's that nobody else can write",
                       ERR_CORRECT_AND_RETRY, "db '%s'", s->path);
    /* A launch does not look whether there is a group by now. */
    if ((mode != STORE_READ && access_is_loose(st->st_mode)) || (mode == STORE_WRITE && own))
        access_tighten(dir, base, own);
    s->device = st->st_dev;
    s->inode = st->st_ino;
    return 0;
}

/* `file`: the path as SQLite may have it, without any link. */
static int check_place(struct store *s, enum store_mode mode, char *file, size_t size,
                       struct err *err)
{
    _cleanup_free_ char *copy = strdup(s->path), *copy2 = strdup(s->path);
    _cleanup_close_ int dir = -1;
    const char *base;
    struct stat st;
    size_t used;
    int r;

    if (!copy || !copy2)
        return err_oom(err);
    base = basename(copy2);
    dir = trusted_directory("db", dirname(copy), mode == STORE_READ ? TRUSTED_THERE : TRUSTED_MAKE,
                            err);
    if (dir < 0)
        return dir;
    r = fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW);
    if (r < 0 && errno == ENOENT && mode != STORE_READ) {
        r = create(s, dir, base, err);
        if (r < 0)
            return r;
        r = fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW);
    }
    if (r < 0)
        return err_sys(err, errno, "run a job first, or name another with --db", "database %s",
                       s->path);
    r = check_file(s, dir, base, &st, mode, err);
    if (r == 0 && trusted_name(dir, file, size) < 0)
        r = err_sys(err, errno, ERR_RETRY_SAFE, "database %s", s->path);
    if (r < 0)
        return r;
    used = strcmp(file, "/") == 0 ? 0 : strlen(file);
    snprintf(file + used, size - used, "/%s", base);
    return 0;
}

/* Of an ordinary user who has no database: root's, if its group lets them. Else they are told. */
static int look_for_roots(struct store *s, const char *path, struct err *err)
{
    const char *from_env = getenv("CGRUN_DB");

    if (path || (from_env && *from_env) || geteuid() == 0 || access(s->path, F_OK) == 0)
        return 0;
    if (access(STORE_DEFAULT_PATH, R_OK) == 0) {
        snprintf(s->path, sizeof(s->path), "%s", STORE_DEFAULT_PATH);
        return 0;
    }
    return err_sys(err, ENOENT,
                   "records of root's jobs are root's: use sudo, or be a member of the "
                   "group " ACCESS_GROUP,
                   "database %s", s->path);
}

int store_open(struct store **ret, const char *path, enum store_mode mode, struct err *err)
{
    _cleanup_store_ struct store *s = calloc(1, sizeof(*s));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, r;

    if (!s)
        return err_oom(err);
    if (store_path(path, s->path, sizeof(s->path)) < 0)
        return err_set(err, ENAMETOOLONG, "a path of at most 511 bytes", ERR_CORRECT_AND_RETRY,
                       "database '%s...'", s->path);
    r = mode == STORE_READ ? look_for_roots(s, path, err) : 0;
    if (r == 0)
        r = check_place(s, mode, s->file, sizeof(s->file), err);
    if (r == 0 && mode == STORE_READ && access(s->file, R_OK) < 0)
        r = -errno;
    if (r == -EACCES)
        return err_sys(err, EACCES, store_remedy(s->path, EACCES), "database %s", s->path);
    if (r < 0)
        return r;
    flags |= mode != STORE_READ || access(s->file, W_OK) == 0 ? SQLITE_OPEN_READWRITE
                                                              : SQLITE_OPEN_READONLY;
    engine_set_up();
    store_patience(s, mode == STORE_LAUNCH ? STORE_FOR_A_LAUNCH : STORE_AS_LONG_AS_IT_TAKES);
    if (sqlite3_open_v2(s->file, &s->db, flags, ENGINE_VFS) != SQLITE_OK)
        return store_fail(s, "cannot open", err);
    r = prepare(s, mode, err);
    if (r < 0)
        return r;
    *ret = steal(&s);
    return 0;
}

bool store_is_in_place(const struct store *s)
{
    struct stat st;

    return stat(s->file, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    sqlite3_close_v2(s->db);
    free(s);
}
