/* A disk on which one write fails: loaded before a program (LD_PRELOAD), without the program knowing.

   Operations that put something on the disk below the folder DISK_BELOW are counted from 1: files and folders made,
   bytes written, lengths set, flushes, names given. What happens at number DISK_AT is said by DISK_DO: `fail`, as on a
   full disk, once; `half`, of a write half the bytes arrive before that; `full`, it and all after it; `kill`, the program
   ends there. A line about it is added to the file DISK_LOG. Removing always works. Linux only; a name given by a call
   that does not go through the C library is not seen, but the flush before it is.

       cc -shared -fPIC -O1 -o faulty_disk.so tests/tools/faulty_disk.c -ldl
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long count;
static atomic_int next_fails;

#define REAL(name, result, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int is_below(const char *path) {
    const char *below = setting("DISK_BELOW");
    return *below && strncmp(path, below, strlen(below)) == 0;
}

static void tell(const char *what, long number, const char *path) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, what, path);
    int log = open(setting("DISK_LOG"), O_WRONLY | O_APPEND);
    if (log >= 0) {
        ssize_t ignored = write(log, line, length);
        (void)ignored;
        close(log);
    }
}

/* 0: it works; 1: it fails; 2: half of it works. */
static int fate(const char *what, const char *path, int divisible) {
    if (!is_below(path)) return 0;
    long number = atomic_fetch_add(&count, 1) + 1, at = atol(setting("DISK_AT"));
    const char *how = setting("DISK_DO");
    if (atomic_exchange(&next_fails, 0)) return 1;
    if (number != at) return at && number > at && !strcmp(how, "full");
    tell(what, number, path);
    if (!strcmp(how, "kill")) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    if (divisible && !strcmp(how, "half")) {
        atomic_store(&next_fails, 1);
        return 2;
    }
    return 1;
}

static int fate_at(const char *what, int fd, const char *name) {
    char whole[2 * PATH_MAX], link[64];
    if (name && *name == '/') return fate(what, name, 0);
    snprintf(link, sizeof link, fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, whole, PATH_MAX - 1);
    if (length < 0) return 0;
    snprintf(whole + length, sizeof whole - length, name ? "/%s" : "", name);
    return fate(what, whole, !name && !strcmp(what, "write"));
}

static int no_room(void) {
    errno = ENOSPC;
    return -1;
}

#define OPEN(name, at, ...) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    } \
    int makes = flags & (O_CREAT | O_TRUNC); \
    if (makes && fate_at("open", at, path)) return no_room(); \
    return real(__VA_ARGS__, flags, mode)

int open(const char *path, int flags, ...) {
    REAL("open", int, const char *, int, ...);
    OPEN("open", AT_FDCWD, path);
}
int open64(const char *path, int flags, ...) {
    REAL("open64", int, const char *, int, ...);
    OPEN("open64", AT_FDCWD, path);
}
int openat(int fd, const char *path, int flags, ...) {
    REAL("openat", int, int, const char *, int, ...);
    OPEN("openat", fd, fd, path);
}
int openat64(int fd, const char *path, int flags, ...) {
    REAL("openat64", int, int, const char *, int, ...);
    OPEN("openat64", fd, fd, path);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL("write", ssize_t, int, const void *, size_t);
    int end = fd < 3 ? 0 : fate_at("write", fd, NULL);
    return end == 1 ? no_room() : real(fd, bytes, end == 2 ? length / 2 : length);
}
ssize_t writev(int fd, const struct iovec *pieces, int many) {
    REAL("writev", ssize_t, int, const struct iovec *, int);
    return fd >= 3 && fate_at("writev", fd, NULL) ? no_room() : real(fd, pieces, many);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    return fate_at("pwrite", fd, NULL) ? no_room() : real(fd, bytes, length, at);
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
    REAL("copy_file_range", ssize_t, int, off64_t *, int, off64_t *, size_t, unsigned);
    return fate_at("copy", out, NULL) ? no_room() : real(in, from, out, to, length, flags);
}
int ftruncate64(int fd, off64_t length) {
    REAL("ftruncate64", int, int, off64_t);
    return fate_at("set length of", fd, NULL) ? no_room() : real(fd, length);
}
int fsync(int fd) {
    REAL("fsync", int, int);
    return fate_at("flush", fd, NULL) ? no_room() : real(fd);
}
int mkdir(const char *path, mode_t mode) {
    REAL("mkdir", int, const char *, mode_t);
    struct stat there;
    /* Asking for a folder that is there changes nothing. */
    return stat(path, &there) && fate_at("make folder", AT_FDCWD, path) ? no_room() : real(path, mode);
}
int rename(const char *from, const char *to) {
    REAL("rename", int, const char *, const char *);
    return fate_at("rename to", AT_FDCWD, to) ? no_room() : real(from, to);
}
