/* The same locks by the bare system calls. Speaks the lines that Player.java explains.
 * usage: player PATH */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *path;
static int held = -1;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Opens, locks and looks whether it is the file that the path names; -1 if somebody else has it. */
static int try_once(void) {
    struct stat mine, named;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) fail("open");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) fail("flock");
        close(fd);
        return -1;
    }
    if (fstat(fd, &mine) != 0 || lstat(path, &named) != 0) fail("stat");
    if (mine.st_ino != named.st_ino || mine.st_dev != named.st_dev) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Waits for the close of whoever has it: watch first, then try, then sleep; opens the file once. Answers when it had the lock:
 * to close the inotify descriptor takes the kernel up to 15 ms, which is no part of the hand-off. */
static long long acquire(void) {
    held = try_once();
    if (held >= 0) return now();
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0 || inotify_add_watch(watch, path, IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF) < 0) fail("inotify");
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) fail("open");
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        struct pollfd p = {watch, POLLIN, 0};
        char events[4096];
        poll(&p, 1, 50);
        while (read(watch, events, sizeof events) > 0) {
        }
    }
    held = fd;
    long long at = now();
    close(watch);
    return at;
}

static void release(void) {
    flock(held, LOCK_UN);
    close(held);
    held = -1;
}

int main(int argc, char **argv) {
    char line[256];
    if (argc != 2) return 2;
    path = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    while (fgets(line, sizeof line, stdin)) {
        long count;
        if (sscanf(line, "loop %ld", &count) == 1) {
            long long begun = now();
            for (long i = 0; i < count; i++) {
                held = try_once();
                release();
            }
            printf("%lld\n", now() - begun);
        } else if (strncmp(line, "acquire", 7) == 0) {
            printf("%lld\n", acquire());
        } else if (strncmp(line, "release", 7) == 0) {
            long long at = now();
            release();
            printf("%lld\n", at);
        } else {
            break;
        }
    }
    return 0;
}
