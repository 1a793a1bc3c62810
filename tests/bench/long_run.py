#!/usr/bin/env python3
"""Trains for half an hour and says whether memory grows or the time of a step drifts (scripts/bench --long).

Runs `ebb train SCRIPT --json` with more epochs than the time allows and looks at the process after every
epoch. Memory: the first tenth of the epochs beside the last. Time: what the processor spends in an epoch,
beside what it spends in one of a training that has just begun, in turn, for its clock changes within
minutes by more than what is looked for. Exit codes: 0; 1 where memory grows, a step slows down, or the
training fails.
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
DRIFT = 1.10   # of an epoch's median time, old by new
WARM_UP = 3    # epochs that are not looked at
ROUNDS, ROUND_SECONDS = 7, 5


def look(process):
    """Seconds that the processor spent in the process, and its resident bytes."""
    tasks = pathlib.Path(f"/proc/{process}/task").glob("*/schedstat")
    spent = sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    resident = int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1])
    return spent, resident * os.sysconf("SC_PAGE_SIZE")


class Training:
    """A process that trains on and on."""

    def __init__(self, o, folder):
        command = [o.ebb, "train", o.script, "--json", "--threads", str(o.threads), "--data", o.data,
                   "--out", folder, "--set", "train.epochs=1000000000"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def watch(self, seconds):
        """What was seen after each epoch: seconds of the processor in it, resident bytes."""
        seen, before, end = [], None, time.monotonic() + seconds
        for line in self.process.stdout:
            if json.loads(line)["event"] != "epoch":
                continue
            spent, resident = look(self.process.pid)
            if before is not None:
                seen.append((spent - before, resident))
            before = spent
            if time.monotonic() > end:
                break
        return seen[WARM_UP:]

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        """The exit status: 3 of a training that was told to stop."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        return self.process.returncode


def beside_a_new_one(o, old, folder):
    """The median time of an epoch of the old training and of a new one, for each round."""
    rounds = []
    for _ in range(ROUNDS):
        old.pause()
        new = Training(o, folder)
        fresh = new.watch(ROUND_SECONDS)
        new.end()
        old.go_on()
        rounds.append([statistics.median(spent for spent, _ in seen)
                       for seen in (old.watch(ROUND_SECONDS), fresh)])
    return rounds


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
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as another:
        training = Training(o, folder)
        seen = training.watch(60 * o.minutes)
        rounds = beside_a_new_one(o, training, another) if len(seen) >= 10 else []
        status = training.end()
    if status != 3 or not rounds:
        print(f"long_run: the training ended with {status} after {len(seen)} epochs", file=sys.stderr)
        return 1
    megabytes = [resident / 1e6 for _, resident in seen]
    memory = [statistics.median(tenth(megabytes, part)) for part in ("first", "last")]
    ratios = sorted(old / new for old, new in rounds)
    growth, drift = memory[1] / memory[0], statistics.median(ratios)
    print(f"{datetime.date.today().isoformat()}; {o.minutes:g} minutes, {len(seen) + WARM_UP + 1:,} epochs of "
          f"{pathlib.Path(o.script).name}, {o.threads} thread{'s' if o.threads > 1 else ''}\n")
    print(f"- resident memory, median of the first tenth of the epochs and of the last: {memory[0]:.2f} and "
          f"{memory[1]:.2f} MB, ratio {growth:.3f}\n"
          f"- processor time of an epoch, beside one of a new training, in {len(rounds)} rounds in turn: ratio "
          f"{drift:.3f} ({ratios[0]:.3f}-{ratios[-1]:.3f})")
    return 1 if growth > GROWTH or drift > DRIFT else 0


if __name__ == "__main__":
    sys.exit(main())
