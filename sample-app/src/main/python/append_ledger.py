#!/usr/bin/env python3
"""Appends turns to an account's ledger, under the same lock as the Java service."""

import argparse
import json
import os
import random
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

try:
    from filelock import FileLock, Timeout
except ImportError:
    sys.exit(
        f"{sys.executable} has no package 'filelock'. Install it, for example into a virtual environment:\n"
        "    python3 -m venv .ci-work/venv\n"
        "    .ci-work/venv/bin/pip install filelock==4.0.8\n"
        f"    .ci-work/venv/bin/python {' '.join(sys.argv)}"
    )


def main() -> None:
    options = arguments()
    directory = Path(options.data, "ledger")
    ledger = directory / f"{options.account}.jsonl"
    # @FileLocked(path = "ledger/#{#account}") means this file.
    lock = FileLock(directory / f"{options.account}.lock", timeout=options.timeout)
    for _ in range(options.count):
        asked = now()
        began = time.monotonic()
        try:
            with lock.acquire(poll_interval=options.poll):
                waited = time.monotonic() - began
                turn = take_turn(ledger, asked, options.amount, options.work)
        except Timeout:
            sys.exit(f"{lock.lock_file} not acquired in {options.timeout:g} s")
        print(f"turn {turn['turn']}: balance {turn['balance']}, waited {waited:.3f} s", flush=True)
        time.sleep(options.pause * random.random() * 2)


def take_turn(ledger: Path, asked: str, amount: int, work: float) -> dict:
    """Reads the last balance, adds to it, appends a line: see Turn.java for what its fields mean."""
    start = now()
    text = ledger.read_text(encoding="utf-8") if ledger.exists() else ""
    if text and not text.endswith("\n"):
        sys.exit(f"{ledger} ends in the middle of a line. Nothing was written; mend the last line first")
    last = json.loads(text.splitlines()[-1]) if text else {"turn": 0, "balance": 0}
    time.sleep(work)
    turn = {
        "turn": last["turn"] + 1,
        "language": "python",
        "pid": os.getpid(),
        "asked": asked,
        "start": start,
        "end": now(),
        "amount": amount,
        "balance": last["balance"] + amount,
    }
    with ledger.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(turn, separators=(",", ":")) + "\n")
    return turn


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data",
        default=Path.home() / ".filelock-sample",
        help="the data directory that the service printed when it started (default: %(default)s)",
    )
    parser.add_argument("--account", default="alice", help="default: %(default)s")
    parser.add_argument("--count", type=int, default=20, help="how many turns to take (default: %(default)s)")
    parser.add_argument("--amount", type=int, default=1, help="what each turn adds (default: %(default)s)")
    parser.add_argument("--work", type=float, default=0.15, help="seconds a turn takes (default: %(default)s)")
    parser.add_argument(
        "--pause", type=float, default=0, help="seconds between two turns, on average (default: %(default)s)"
    )
    parser.add_argument(
        "--poll", type=float, default=0.05, help="seconds between two tries for the lock (default: %(default)s)"
    )
    parser.add_argument(
        "--timeout", type=float, default=60, help="seconds to wait for the lock; -1 for ever (default: %(default)s)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
