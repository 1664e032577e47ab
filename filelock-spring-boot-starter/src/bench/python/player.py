"""Python's locks. Speaks the lines that Player.java explains.

usage: player.py KIND PATH
"""

import sys
import time

import filelock

KINDS = {
    "NATIVE": lambda path: filelock.FileLock(path),
    "SOFT": lambda path: filelock.SoftFileLock(path),
    "MARKER": lambda path: filelock.MarkerSoftFileLock(path),
    "STRICT": lambda path: filelock.StrictSoftFileLock(path),
    "LEASE": lambda path: filelock.SoftFileLease(path, lease_duration=30),
    "SQLITE_READ": lambda path: View(filelock.ReadWriteLock(path), "read"),
    "SQLITE_WRITE": lambda path: View(filelock.ReadWriteLock(path), "write"),
    "GENERATION_READ": lambda path: View(filelock.SoftReadWriteLock(path), "read"),
    "GENERATION_WRITE": lambda path: View(filelock.SoftReadWriteLock(path), "write"),
}


class View:
    """One mode of a read-write lock."""

    def __init__(self, lock, mode):
        self.acquire = lock.acquire_read if mode == "read" else lock.acquire_write
        self.release = lock.release


def race(lock, nanos, hold):
    waits = []
    end = time.monotonic_ns() + nanos
    while True:
        begun = time.monotonic_ns()
        if begun > end:
            return waits
        lock.acquire()
        waits.append(time.monotonic_ns() - begun)
        if hold:
            time.sleep(hold / 1e9)
        lock.release()


def main():
    kind, path = sys.argv[1:]
    lock = KINDS[kind](path)
    print("ready", flush=True)
    for line in sys.stdin:
        command, *values = line.split()
        if command == "loop":
            begun = time.monotonic_ns()
            for _ in range(int(values[0])):
                lock.acquire()
                lock.release()
            print(time.monotonic_ns() - begun, flush=True)
        elif command == "acquire":
            lock.acquire()
            print(time.monotonic_ns(), flush=True)
        elif command == "release":
            at = time.monotonic_ns()
            lock.release()
            print(at, flush=True)
        elif command == "race":
            print(*race(lock, int(values[0]), int(values[1])), flush=True)
        else:
            return


if __name__ == "__main__":
    main()
