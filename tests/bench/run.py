#!/usr/bin/env python3
"""Runs Ebb's training step beside its peers' and prints ratios (scripts/bench builds what it needs).

First each program must show that it computes the same step: from the same numbers, after the same steps,
its loss is ours. Then they are timed in rounds: in each round every program runs once, so that a ratio
compares what ran within seconds. Exit codes: 0; 1 where a peer computes something else or fails, or ours
does; 2 for wrong options.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import figures
import machine
import programs

README = pathlib.Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures: begin (scripts/bench --write) -->", "<!-- figures: end -->"
TOLERANCE = 1e-3  # relative, of a loss in float
RATE = 0.1  # of learning
# Biases of the hidden layers at which their values are subnormal in float (e^-88 = 6e-39), and at which
# they are not (e^-80 = 2e-35).
SUBNORMAL, NORMAL = ["--bias", -88], ["--bias", -80]


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    names = [workload.name for workload in programs.WORKLOADS]
    add("--build", type=pathlib.Path, required=True, help="folder of bench_step and of the C++ peers")
    add("--python", default="/usr/bin/python3", help="Python that has the peers' modules (%(default)s)")
    add("--workloads", default=",".join(names), help="which (%(default)s)")
    add("--peers", help="only these, by name: numpy-out,libtorch")
    add("--threads", default="1", help="how many, or a list: 1,2 (%(default)s)")
    add("--rounds", type=int, default=5, help="in which all programs run in turn (%(default)s)")
    add("--hand", action="append", default=[], metavar="COMMAND",
        help="a program of one thread to run beside, that takes bench_step's options and prints its JSON; "
             "not checked")
    add("--hand-threads", action="append", default=[], metavar="COMMAND",
        help="the same, of several threads")
    add("--processor-time", action="store_true",
        help="count the processor's time and not the clock's, on a machine that is busy; one thread")
    add("--quick", action="store_true", help="a minute: two rounds of short blocks, small networks")
    add("--json", type=pathlib.Path, metavar="FILE", help="write all that was measured")
    add("--write", action="store_true", help="write the tables into tests/bench/README.md")
    o = parser.parse_args()
    if o.rounds < 1:
        parser.error("--rounds must be positive")
    if o.quick and o.write:
        parser.error("--write wants a whole run, not --quick")
    wanted = o.workloads.split(",")
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"no workload {unknown[0]}: there are {', '.join(names)}")
    try:
        o.threads = [int(count) for count in o.threads.split(",")]
    except ValueError:
        parser.error("--threads takes numbers: 1,2")
    if o.processor_time and (o.threads != [1] or o.hand or o.hand_threads):
        parser.error("--processor-time is for one thread, and for programs that tell it: not with --hand")
    o.time = "processor_us_per_step" if o.processor_time else "us_per_step"
    small = {"W1", "W5", "W6", "W7"}
    o.workloads = [w for w in programs.WORKLOADS if w.name in wanted and (not o.quick or w.name in small)]
    o.timing = ["--reps", 3, "--block", 0.03] if o.quick else ["--reps", 5, "--block", 0.1]
    if o.quick:
        o.rounds = 2
    return parser, o


def losses(program, workload, threads, start, rate=RATE):
    return program.run(workload, threads, "--pool", workload.pool, "--start", start, "--eta", rate,
                       "--steps", workload.checked_steps)["loss_last"]


def check(ours, peers, workload, threads, start):
    """The peers that compute our step, and a word for each that does not. Raises Failed where ours does not
    run, or where the check would not see a rate of learning that is 10 % off."""
    right = losses(ours, workload, threads, start)
    if figures.same_loss(losses(ours, workload, threads, start, 0.9 * RATE), right, TOLERANCE):
        raise programs.Failed(f"{workload}: {workload.checked_steps} steps do not show an error")
    same, words = [], []
    for peer in peers:
        if workload.name in peer.too_slow:
            print(f"skipped: {workload}: a step takes {peer.name} seconds")
            continue
        if threads > peer.most_threads:
            print(f"skipped: {workload}: {peer.name} has one thread")
            continue
        if threads < peer.least_threads:
            continue
        if not peer.checked:
            same.append(peer)
            continue
        try:
            loss = losses(peer, workload, threads, start)
        except programs.Failed as failure:
            words.append(f"{workload}: {failure}")
            continue
        if figures.same_loss(loss, right, TOLERANCE):
            same.append(peer)
        else:
            words.append(f"{workload}: {peer.name} computes another step: its loss after "
                         f"{workload.checked_steps} steps is {loss:.6g}, ours {right:.6g}")
    return same, words


def rounds(o, all_programs, workload, threads, more):
    """{program: [its line of JSON, or None where it failed, per round]}. `more`: for those that start from
    our file; all have as many mini-batches."""
    results = {program.name: [] for program in all_programs}
    for i in range(o.rounds):
        turn = i % len(all_programs)
        for program in all_programs[turn:] + all_programs[:turn]:
            start = more if program.checked else []
            start = ["--pool", workload.pool, *start]
            try:
                results[program.name].append(program.run(workload, threads, *o.timing, *start))
            except programs.Failed as failure:
                print(f"  {workload}: {failure}", file=sys.stderr)
                results[program.name].append(None)
    return results


def measure(o, ours, peers, threads, folder):
    """Times of all workloads, {workload: {program: [line of JSON]}}, and words on what went wrong."""
    results, words = {}, []
    for workload in o.workloads:
        print(f"{workload}, {threads} thread{'s' if threads > 1 else ''} ...", file=sys.stderr)
        start = str(pathlib.Path(folder) / "start")
        programs.save_start(ours, workload, start)
        same, wrong = check(ours, peers, workload, threads, start)
        words += wrong
        more = ["--start", start, "--eta", RATE]
        results[str(workload)] = rounds(o, [ours, *same], workload, threads, more)
    return results, words


def subnormals(o, ours, workload):
    """Times of a deep network whose hidden layers' activations are subnormal, and where they are not."""
    times = {"subnormal": [], "normal": []}
    for _ in range(o.rounds):
        for name, bias in (("subnormal", SUBNORMAL), ("normal", NORMAL)):
            times[name].append(ours.run(workload, 1, *o.timing, *bias)[o.time])
    return times


def per_round(results, field):
    """{workload: {program: [that field per round]}}; a program by hand may not say its memory."""
    return {workload: {name: [line and line.get(field) for line in lines] for name, lines in of_all.items()}
            for workload, of_all in results.items()}


def memory_table(results):
    """Peaks of resident memory, which hardly differ between rounds: the median, in megabytes."""
    peaks = per_round(results, "rss_mb")
    names = list(dict.fromkeys(name for of_all in peaks.values() for name in of_all))
    rows = []
    for workload, of_all in peaks.items():
        known = {name: [peak for peak in of_all.get(name, []) if peak is not None] for name in names}
        rows.append((workload, [figures.number(figures.spread(known[n]).median) if known[n] else None
                                for n in names]))
    return figures.table("net / mini-batch", names, rows)


def report(o, described, measured, subnormal):
    """Lines of Markdown."""
    lines = [machine.sentence(described), ""]
    for threads, results in measured.items():
        of_what = "processor time, for the machine was busy, " if o.processor_time else ""
        lines += [f"{threads} thread{'s' if threads > 1 else ''}, float, {of_what}medians of {o.rounds} rounds in "
                  "which the programs ran in turn (smallest-largest):", ""]
        lines += figures.times_table(per_round(results, o.time), programs.OURS)
        lines += ["", "Peak of the resident memory, MB:", "", *memory_table(results), ""]
    if subnormal:
        ratio = figures.ratios(subnormal["subnormal"], subnormal["normal"])
        lines.append(f"A step of 784-32x64-10 / 16 whose activations are subnormal numbers takes **{ratio}** of "
                     "the time of one whose are not.")
    return lines


def main():
    parser, o = options()
    ours = programs.ours(o.build)
    peers, absent = programs.peers(o.build, o.python)
    if o.peers:
        wanted = o.peers.split(",")
        if unknown := [name for name in wanted if name not in [peer.name for peer in peers]]:
            parser.error(f"no peer {unknown[0]}: there are {', '.join(p.name for p in peers) or 'none'}")
        peers, absent = [peer for peer in peers if peer.name in wanted], []
    peers += [programs.by_hand(command, most_threads=1) for command in o.hand]
    peers += [programs.by_hand(command, least_threads=2) for command in o.hand_threads]
    for word in absent:
        print(f"skipped: {word}")
    measured, wrong = {}, []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for threads in o.threads:
                measured[threads], words = measure(o, ours, peers, threads, folder)
                wrong += words
        deep = next((w for w in o.workloads if w.name == "W6"), None)
        subnormal = deep and subnormals(o, ours, deep)
    except programs.Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    compiler = next(iter(next(iter(measured.values())).values()))[programs.OURS][0]["compiler"]
    described = machine.describe(compiler)
    lines = report(o, described, measured, subnormal)
    print("\n".join(lines))
    if o.json:
        record = {"machine": described, "threads": measured, "subnormal": subnormal, "wrong": wrong}
        o.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if o.write:
        text = README.read_text(encoding="utf-8")
        README.write_text(figures.put_between(text, BEGIN, END, ["", *lines, ""]), encoding="utf-8")
    for word in wrong:
        print(word, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
