#!/usr/bin/env python3
"""Trains for half an hour and says whether memory grows or the time of a step drifts (scripts/bench --long).

Runs `ebb train SCRIPT --json` with more epochs than the time allows, looks at the process after every
epoch, and compares the first tenth of the epochs with the last. The processor's time is compared, not the
clock's: other programs on the machine change the clock's. Exit codes: 0; 1 where memory grows, a step
slows down, or the training fails.
"""

import argparse
import datetime
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

GROWTH = 1.02  # of the memory's median, that is no longer noise
DRIFT = 1.10   # of an epoch's median time: the processor's clock changes by that much
WARM_UP = 3    # epochs that are not looked at


def look(process):
    """Seconds that the processor spent in the process, and its resident bytes."""
    tasks = pathlib.Path(f"/proc/{process}/task").glob("*/schedstat")
    spent = sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    resident = int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1])
    return spent, resident * os.sysconf("SC_PAGE_SIZE")


def train(o, folder):
    """What was seen after each epoch: seconds of the processor in it, resident bytes, updates a second."""
    command = [o.ebb, "train", o.script, "--json", "--threads", str(o.threads), "--data", o.data,
               "--out", folder, "--set", "train.epochs=1000000000"]
    seen, before, end = [], None, time.monotonic() + 60 * o.minutes
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "epoch":
                spent, resident = look(process.pid)
                if before is not None:
                    seen.append((spent - before, resident))
                before = spent
            if event["event"] == "epoch" and time.monotonic() > end:
                process.send_signal(signal.SIGTERM)
                end = float("inf")
    return process.returncode, seen[WARM_UP:]


def tenth(values, part):
    count = max(1, len(values) // 10)
    return values[:count] if part == "first" else values[-count:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ebb", required=True, help="the program")
    parser.add_argument("--data", required=True, help="the folder of MNIST")
    parser.add_argument("--script", default="scripts/digits.ebb", help="(%(default)s)")
    parser.add_argument("--minutes", type=float, default=30, help="(%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="(%(default)s)")
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        status, seen = train(o, folder)
    if status != 3 or len(seen) < 10:
        print(f"long_run: the training ended with {status} after {len(seen)} epochs", file=sys.stderr)
        return 1
    seconds, resident = [each[0] for each in seen], [each[1] for each in seen]
    rows = [("processor time of an epoch, s", seconds, DRIFT, 1),
            ("resident memory, MB", resident, GROWTH, 1e6)]
    print(f"{datetime.date.today().isoformat()}; {o.minutes:g} minutes, {len(seen) + WARM_UP + 1:,} epochs of "
          f"{pathlib.Path(o.script).name}, {o.threads} thread{'s' if o.threads > 1 else ''}\n")
    print("| | first tenth of the epochs, median | last tenth | ratio | smallest-largest of all |\n"
          "|---|---|---|---|---|")
    worse = False
    for name, values, bound, unit in rows:
        first, last = (statistics.median(tenth(values, part)) for part in ("first", "last"))
        worse |= last / first > bound
        print(f"| {name} | {first / unit:.4g} | {last / unit:.4g} | {last / first:.3f} | "
              f"{min(values) / unit:.4g}-{max(values) / unit:.4g} |")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
