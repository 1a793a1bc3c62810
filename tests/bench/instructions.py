#!/usr/bin/env python3
"""Instructions of a training step, counted by valgrind and held against the committed counts.

    instructions.py PROGRAM                    compare (PROGRAM: bench_step of a release build)
    instructions.py PROGRAM --write REASON     commit today's counts, and why they changed

Times drift; instructions do not: the libraries' processor types are pinned to what valgrind knows, and
the counts of two runs are equal. A count more than 3 % off fails, in either direction: a gain that is
not committed could be lost again unseen. Exit codes: 0 as committed, or skipped with a word; 1 not as
committed; 2 wrong options.
"""

import argparse
import datetime
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COUNTS = pathlib.Path(__file__).with_name("instructions.json")
ROOM = 0.03
# Net, mini-batch, steps: enough of them that a part of a step does not count, few enough for seconds.
NETWORKS = [
    ("784-30-10", 10, 10),
    ("784-100-10", 10, 5),
    ("2-2-1", 4, 1000),
    ("784-32x8-10", 16, 5),
    ("784-10", 32, 10),
    ("256-256-256-10", 64, 1),
]
# Valgrind 3.19 has AVX2 and no AVX-512; what the program finds out by itself it asks the processor that
# valgrind shows. No other variable reaches the program.
PINNED = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
# The function of workload.cpp that runs the steps after the first.
COUNTED = "ebb::bench::*run_steps*"


class Profile:
    """What callgrind wrote: the instructions of each function and library, without their callees'."""

    def __init__(self, text):
        self.functions, self.libraries = {}, {}
        names = {}  # "fn (3) name" gives a name a number, "fn (3)" uses it
        library = function = ""
        skip = False
        for line in text.splitlines():
            position = re.match(r"(c?ob|c?fn|fl|f[ie]|cfi|cfl)=\((\d+)\)(?: (.*))?$", line)
            if position:
                kind, number, name = position.groups()
                key = (kind[-2:] if kind[-2:] in ("ob", "fn") else "file", number)
                if name:
                    names[key] = name
                if kind == "ob":
                    library = names[key]
                elif kind == "fn":
                    function = names[key]
            elif line.startswith("calls="):
                skip = True  # the next line counts the callee's
            elif re.match(r"[+*0-9-]\S* \d+$", line):
                if not skip:
                    count = int(line.split()[1])
                    name = pathlib.PurePath(library).name
                    self.libraries[name] = self.libraries.get(name, 0) + count
                    self.functions[function] = self.functions.get(function, 0) + count
                skip = False
        self.total = sum(self.functions.values())


def profile_of(program, net, batch, steps, folder):
    """Runs that many steps under callgrind. Returns the Profile and the program's compiler."""
    out = pathlib.Path(folder) / "callgrind.out"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no",
               f"--toggle-collect={COUNTED}", program, "--net", net, "--batch", str(batch),
               "--pool", "2", "--steps", str(steps)]
    done = subprocess.run(command, env=PINNED, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr}")
    profile = Profile(out.read_text(encoding="utf-8"))
    if profile.total == 0:
        sys.exit(f"callgrind saw no call of {COUNTED}")
    return profile, json.loads(done.stdout)["compiler"]


def name_of(net, batch):
    return f"{net} / {batch}"


def compare(now, committed):
    """Lines of a table, and the names of the networks that are off by more than ROOM."""
    lines = [f"{'net / mini-batch':20} {'committed':>14} {'now':>14} {'change':>9}"]
    off = []
    for name in sorted(now.keys() | committed.keys()):
        before, count = committed.get(name), now.get(name)
        change = "" if None in (before, count) else f"{100 * (count / before - 1):+.2f} %"
        shown = [f"{n:,}" if n is not None else "none" for n in (before, count)]
        lines.append(f"{name:20} {shown[0]:>14} {shown[1]:>14} {change:>9}")
        if None in (before, count) or abs(count - before) > ROOM * before:
            off.append(name)
    return lines, off


def where(profile, steps, many=6):
    """Lines that say which libraries and functions a step's instructions are in."""
    lines = []
    for title, counts in (("library", profile.libraries), ("function", profile.functions)):
        lines += [f"  {title}:"]
        for name, count in sorted(counts.items(), key=lambda item: -item[1])[:many]:
            if count * 1000 >= profile.total:
                lines.append(f"    {100 * count / profile.total:5.1f} % {count // steps:>12,}  {name[:90]}")
    return lines


def write(counts, compiler, reason):
    record = {"compiler": compiler, "date": datetime.date.today().isoformat(), "reason": reason,
              "instructions of a step": counts}
    COUNTS.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", help="bench_step of a release build")
    parser.add_argument("--write", metavar="REASON", help="commit today's counts, and why they changed")
    parser.add_argument("--where", action="store_true", help="say where the instructions are")
    options = parser.parse_args()
    if options.write is not None and len(options.write.split()) < 3:
        parser.error("--write takes the reason of the change, a sentence")
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed (scripts/packages --tests)")
        return 0
    committed = json.loads(COUNTS.read_text(encoding="utf-8"))
    counts, profiles = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for net, batch, steps in NETWORKS:
            profile, compiler = profile_of(options.program, net, batch, steps, folder)
            if compiler != committed["compiler"] and options.write is None:
                print(f"skipped: the counts are of GCC {committed['compiler']}, this is {compiler}")
                return 0
            counts[name_of(net, batch)] = profile.total // steps
            profiles[name_of(net, batch)] = (profile, steps)
    lines, off = compare(counts, committed["instructions of a step"])
    print("\n".join(lines))
    if options.write is not None:
        write(counts, compiler, options.write)
    for name, (profile, steps) in profiles.items():
        if options.where or (name in off and options.write is None):
            print(name, *where(profile, steps), sep="\n")
    if options.write is not None:
        return 0
    if off:
        print(f"\nMore than {100 * ROOM:.0f} % off: {', '.join(off)}. A step that needs more is to be "
              "mended. Where the change is meant, or a gain, commit tests/bench/instructions.json after:\n"
              f"  python3 tests/bench/instructions.py {options.program} --write 'why it changed'")
    return 1 if off else 0


if __name__ == "__main__":
    sys.exit(main())
