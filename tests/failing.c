/* Lets the n-th operation on the files below a directory fail, as a disk that is full or broken does.
 *
 * Preloaded into a process: FAIL_BELOW is the directory, FAIL_AT the number of the operation, counted from 1, FAIL_WITH the
 * error's number; with FAIL_FOREVER all operations from there on fail. A line `fault OPERATION PATH` on the standard output tells. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long count;
static atomic_int told;

/* Whether this operation on this path is to fail. */
static int fails_at(const char *operation, const char *path) {
    const char *below = getenv("FAIL_BELOW"), *at = getenv("FAIL_AT"), *with = getenv("FAIL_WITH");
    if (!below || !at || !with || !path || strncmp(path, below, strlen(below)) != 0) return 0;
    int error = atoi(with);
    /* Only what makes a new handle can run out of them. */
    if (error == EMFILE && strcmp(operation, "open") != 0) return 0;
    long here = atomic_fetch_add(&count, 1) + 1, wanted = atol(at);
    if (here != wanted && !(getenv("FAIL_FOREVER") && here > wanted)) return 0;
    if (!atomic_exchange(&told, 1)) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "fault %s %s\n", operation, path);
        syscall(SYS_write, 1, line, length);
    }
    errno = error;
    return 1;
}

static int fails(const char *operation, int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    int before = errno;
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0) return 0;
    path[length] = 0;
    return fails_at(operation, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t length) {
    return fails("write", file) ? -1 : REAL(write)(file, bytes, length);
}
ssize_t writev(int file, const struct iovec *parts, int number) {
    return fails("write", file) ? -1 : REAL(writev)(file, parts, number);
}
ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    return fails("pwrite", file) ? -1 : REAL(pwrite)(file, bytes, length, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    return fails("pwrite", file) ? -1 : REAL(pwrite64)(file, bytes, length, at);
}
int fsync(int file) { return fails("fsync", file) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails("fdatasync", file) ? -1 : REAL(fdatasync)(file); }
int sync_file_range(int file, off64_t at, off64_t length, unsigned int flags) {
    return fails("sync_file_range", file) ? -1 : REAL(sync_file_range)(file, at, length, flags);
}
int ftruncate(int file, off_t length) { return fails("ftruncate", file) ? -1 : REAL(ftruncate)(file, length); }
int ftruncate64(int file, off64_t length) { return fails("ftruncate", file) ? -1 : REAL(ftruncate64)(file, length); }
int fallocate(int file, int mode, off_t at, off_t length) {
    return fails("fallocate", file) ? -1 : REAL(fallocate)(file, mode, at, length);
}
int fallocate64(int file, int mode, off64_t at, off64_t length) {
    return fails("fallocate", file) ? -1 : REAL(fallocate64)(file, mode, at, length);
}
int rename(const char *from, const char *to) { return fails_at("rename", from) ? -1 : REAL(rename)(from, to); }
int mkdir(const char *path, mode_t mode) { return fails_at("mkdir", path) ? -1 : REAL(mkdir)(path, mode); }
int unlink(const char *path) { return fails_at("unlink", path) ? -1 : REAL(unlink)(path); }

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }
int open(const char *path, int flags, ...) {
    MODE(flags)
    return fails_at("open", path) ? -1 : REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags)
    return fails_at("open", path) ? -1 : REAL(open64)(path, flags, mode);
}
