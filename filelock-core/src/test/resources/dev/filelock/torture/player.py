"""A Python process that contends in every arena, one thread in each; see Journal.java and SharedNumber.java."""
import os
import random
import struct
import sys
import threading
import time

import filelock

journal_path, notes, directory, seed, backends = sys.argv[1:6]
journal = os.open(journal_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
stopped = threading.Event()
HALF, SLOT = 16, 32
PATIENCE = 60


def write(kind, *words):
    os.write(journal, (" ".join([kind, *[str(w).replace("\n", " ") for w in words]]) + "\n").encode())


class Number:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR)

    def read(self):
        found = -1
        both = os.pread(self.fd, 2 * SLOT, 0)
        for at in (0, SLOT):
            number, mark, not_number, not_mark = struct.unpack_from("<qqqq", both, at)
            if not_number == ~number and not_mark == ~mark:
                found = max(found, number)
        return found

    def write(self, number):
        mark = random.getrandbits(62)
        at = number % 2 * SLOT
        os.pwrite(self.fd, struct.pack("<qq", number, mark), at)
        os.sched_yield()
        os.pwrite(self.fd, struct.pack("<qq", ~number, ~mark), at + HALF)


def contend(backend, rng):
    path = os.path.join(directory, backend.lower() + (".db" if backend == "SQLITE" else ".lock"))
    number = Number(os.path.join(notes, backend + ".number"))
    make = {
        "NATIVE": lambda: filelock.FileLock(path, timeout=PATIENCE),
        "SOFT": lambda: filelock.SoftFileLock(path, timeout=PATIENCE),
        "MARKER": lambda: filelock.MarkerSoftFileLock(path, timeout=PATIENCE),
        "LEASE": lambda: filelock.SoftFileLease(path, timeout=PATIENCE, lease_duration=2, heartbeat_interval=0.5),
        "STRICT": lambda: filelock.StrictSoftFileLock(path, timeout=PATIENCE),
        "SQLITE": lambda: filelock.ReadWriteLock(path, timeout=PATIENCE, is_singleton=False),
        "GENERATION": lambda: filelock.SoftReadWriteLock(
            path, timeout=PATIENCE, is_singleton=False, heartbeat_interval=0.5, stale_threshold=2.5, poll_interval=0.05
        ),
    }[backend]
    lock = None
    while not stopped.is_set():
        try:
            lock = lock or make()
            mode = "EXCLUSIVE"
            if backend in ("SQLITE", "GENERATION"):
                mode = rng.choice(["READ", "WRITE"])
            if mode == "READ":
                lock.acquire_read()
            elif mode == "WRITE":
                lock.acquire_write()
            else:
                lock.acquire()
            try:
                section(backend, mode, number, rng, lock)
            finally:
                release(backend, lock)
        except filelock.Timeout:
            write("D", backend, 0, time.monotonic_ns(), "timed out")
        except Exception as e:
            write("F", backend, 0, time.monotonic_ns(), repr(e))
            lock = None
            time.sleep(0.05)
        time.sleep(rng.random() * 0.006)


def release(backend, lock):
    """Python does not try again by itself."""
    while True:
        try:
            lock.release()
            return
        except RuntimeError:
            return  # it was given back, though something else failed before
        except Exception as e:
            write("F", backend, 0, time.monotonic_ns(), "release: " + repr(e))
            time.sleep(0.1)


def section(backend, mode, number, rng, lock):
    entered = time.monotonic_ns()
    seen = now = number.read()
    write("E", backend, 0, mode, entered, seen)
    time.sleep(rng.random() * (0.06 if rng.random() < 0.04 else 0.0015))
    if mode == "READ":
        now = number.read()
    else:
        now = seen + 1
        number.write(now)
    leaving = time.monotonic_ns()
    lost = getattr(lock, "compromise", None)
    if lost and backend == "LEASE" and lost.token != lock.token:
        lost = None  # the end of an earlier hold, told by a heartbeat that was kept from running until after its release
    if lost:
        write("X", backend, 0, leaving, now, time.monotonic_ns(), lost)
    else:
        write("L", backend, 0, leaving, now)


seeds = random.Random(int(seed))
threads = [
    threading.Thread(target=contend, args=(backend, random.Random(seeds.getrandbits(60))), daemon=True)
    for backend in backends.split(",")
]
for thread in threads:
    thread.start()
print("ready", flush=True)
for line in sys.stdin:
    if line == "stop\n":
        stopped.set()
        for thread in threads:
            thread.join()
        print("stopped", flush=True)
    elif line == "quit\n":
        break
    else:
        print("0 held, 0 waiting", flush=True)
os._exit(0)
