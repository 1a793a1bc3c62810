"""What the Python peers share: options, where training starts, timing, the line of JSON.

The same as workload.cpp, which says what the workload is.
"""

import argparse
import json
import time

import numpy as np


def sizes_of(net):
    """784-32x64-10 has 64 layers of 32."""
    sizes = []
    for part in net.split("-"):
        size, _, times = part.partition("x")
        sizes += [int(size)] * int(times or 1)
    return sizes


def options(modes):
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--net", default="784-30-10")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--type", choices=["f32", "f64"], default="f32")
    parser.add_argument("--pool", type=int, default=64)
    parser.add_argument("--eta", type=float, default=0.1)
    parser.add_argument("--reps", type=int, default=9)
    parser.add_argument("--block", type=float, default=0.2)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--start", required=True, help="weights and mini-batches (bench_step --save)")
    return parser.parse_args()


def start_of(o):
    """Two lists: (weights, biases) of each layer, outputs x inputs; (x, y) of each mini-batch, samples
    down the rows."""
    sizes = sizes_of(o.net)
    numbers = np.fromfile(o.start, dtype=np.float32).astype(np.float64 if o.type == "f64" else np.float32)
    at = 0

    def part(*shape):
        nonlocal at
        count = int(np.prod(shape))
        values = numbers[at:at + count].reshape(shape)
        at += count
        return values.copy()

    layers = [(part(b, a), part(b)) for a, b in zip(sizes, sizes[1:])]
    batches = [(part(o.batch, sizes[0]), part(o.batch, sizes[-1])) for _ in range(o.pool)]
    if at != numbers.size:
        raise SystemExit(f"{o.start} is no start of this workload")
    return layers, batches


def blocks(o, step):
    """Microseconds of a step by the clock and of processor time, block by block, both sorted, after a
    warm-up as long as all blocks, of half a second at most."""
    clock = time.perf_counter
    enough = min(0.5, o.reps * o.block)
    begin, warm, more = clock(), 0, 1
    while clock() - begin < enough:
        for _ in range(more):
            step()
        warm += more
        more *= 2
    count = max(1, int(o.block * warm / (clock() - begin)))
    wall, processor = [], []
    for _ in range(o.reps):
        begin, ticks = clock(), time.process_time()
        for _ in range(count):
            step()
        wall.append((clock() - begin) / count * 1e6)
        processor.append((time.process_time() - ticks) / count * 1e6)
    return sorted(wall), sorted(processor)


def peak_megabytes():
    """Of this program alone: getrusage counts the pages of the process that started it, too."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def measure(o, name, step, loss):
    """Calls step() and prints the line of JSON; loss() is the mean cost that the last step saw."""
    step()
    result = {"peer": name, "net": o.net, "batch": o.batch, "threads": o.threads, "type": o.type}
    first = loss()
    if o.steps:
        for _ in range(o.steps):
            step()
    else:
        wall, processor = blocks(o, step)
        result.update(us_per_step=wall[len(wall) // 2], us_min=wall[0], us_max=wall[-1],
                      processor_us_per_step=processor[len(processor) // 2])
    print(json.dumps({**result, "rss_mb": peak_megabytes(), "loss_first": first, "loss_last": loss()}))
