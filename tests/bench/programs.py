"""The programs that are measured: Ebb's step, its peers', and those that are named on the command line."""

import dataclasses
import json
import os
import pathlib
import shlex
import subprocess

HERE = pathlib.Path(__file__).parent
OURS = "ebb"


class Failed(Exception):
    """A program ended otherwise than with 0 and a line of JSON."""


@dataclasses.dataclass(frozen=True)
class Workload:
    """Sigmoid layers of these sizes, samples in a mini-batch, mini-batches in memory, and the steps after
    which losses are compared: while they still fall, so that they show a wrong step."""

    name: str
    net: str
    batch: int
    checked_steps: int
    pool: int = 64

    def __str__(self):
        return f"{self.name}: {self.net} / {self.batch}"


WORKLOADS = [
    Workload("W1", "784-30-10", 10, 20),
    Workload("W2", "784-100-10", 10, 10),
    Workload("W3", "784-1024-1024-10", 128, 4, pool=16),
    Workload("W4", "784-2048-2048-2048-10", 256, 6, pool=8),
    Workload("W5", "2-2-1", 4, 50),
    Workload("W6", "784-32x64-10", 16, 30),
    Workload("W7", "784-10", 32, 3),
]


@dataclasses.dataclass(frozen=True)
class Program:
    """A command that takes workload.cpp's options and prints its line of JSON. `checked`: it can start
    from a file, so its losses can be compared with ours. `too_slow`: workloads of which a step takes it
    seconds. `least_threads`, `most_threads`: that it can use."""

    name: str
    command: tuple[str, ...]
    checked: bool = True
    too_slow: tuple[str, ...] = ()
    least_threads: int = 1
    most_threads: int = 1000

    def output(self, workload, threads, *more):
        """What it prints; raises Failed."""
        command = [*self.command, "--net", workload.net, "--batch", str(workload.batch),
                   "--threads", str(threads), *map(str, more)]
        count = {name: str(threads) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
        done = subprocess.run(command, env={**os.environ, **count, "PYTHONDONTWRITEBYTECODE": "1"},
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise Failed(f"{self.name} ended with {done.returncode} and said: {said}")
        return done.stdout

    def run(self, workload, threads, *more):
        """Its line of JSON as a dictionary; raises Failed."""
        try:
            return json.loads(self.output(workload, threads, *more).strip().splitlines()[-1])
        except (IndexError, json.JSONDecodeError) as error:
            raise Failed(f"{self.name} printed no line of JSON") from error


def has_module(python, module):
    found = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return found.returncode == 0


def peers(build, python):
    """The peers that are there, and a word for each that is not."""
    found, absent = [], []
    scripts = [("numpy", "numpy_step.py", ["plain", "out"]),
               ("torch", "torch_step.py", ["eager", "jit", "compile"])]
    for module, script, modes in scripts:
        if not has_module(python, module):
            absent.append(f"{module}: {python} has no such module")
            continue
        for mode in modes:
            if mode == "compile" and not has_module(python, "torch._dynamo"):
                absent.append("torch-compile: this PyTorch has no torch.compile")
                continue
            command = (python, str(HERE / "peers" / script), "--mode", mode)
            found.append(Program(f"{module}-{mode}", command))
    for name in ("libtorch", "dlib", "fann"):
        program = build / f"bench_{name}"
        if program.exists():
            limits = {"too_slow": ("W4",), "most_threads": 1} if name == "fann" else {}
            found.append(Program(name, (str(program),), **limits))
        else:
            absent.append(f"{name}: not found when the benchmarks were built")
    return found, absent


def by_hand(command, **limits):
    """A program of the user's, named after its command."""
    parts = shlex.split(command)
    name = " ".join([pathlib.PurePath(parts[0]).name, *parts[1:]]).replace("--", "")
    return Program(name, tuple(parts), checked=False, **limits)


def ours(build):
    return Program(OURS, (str(build / "bench_step"),))


def save_start(program, workload, path):
    """Writes the file that all programs start from."""
    program.output(workload, 1, "--pool", workload.pool, "--save", path)
