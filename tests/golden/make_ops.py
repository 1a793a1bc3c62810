#!/usr/bin/python3
"""Makes the figures of single ops that Ebb's tests compare with, by PyTorch in double.

    /usr/bin/python3 make_ops.py           writes ops.json (needs python3-torch)

The ops are in torch_ops.py; README.md beside this file describes the JSON.
"""

import json
import pathlib
import zlib

import numpy as np
import torch

from torch_ops import ROWS

HERE = pathlib.Path(__file__).parent


def tensor(array):
    array = np.asarray(array)
    values = [v.item() for v in array.reshape(-1)]
    if array.dtype == bool:
        return {"element": "bool", "shape": list(array.shape), "values": [int(v) for v in values]}
    if array.dtype == np.int64:
        return {"element": "int", "shape": list(array.shape), "values": values}
    return {"shape": list(array.shape), "values": values}


def weights(shape):
    """What each element of the output counts in the objective: none goes unnoticed."""
    count = int(np.prod(shape, dtype=int))
    return torch.tensor([0.5 + (7 * i % 11) / 11 for i in range(count)], dtype=torch.double).reshape(shape)


def gradients(inputs, output):
    """Of sum(weights * output) with respect to each real input; None where there is none."""
    wanted = [x for x in inputs if x.dtype == torch.double]
    found = [None] * len(wanted)
    if output.requires_grad:
        objective = (weights(output.shape) * output).sum()
        found = torch.autograd.grad(objective, wanted, allow_unused=True)
    zero = output.dtype == torch.double
    found = [torch.zeros_like(x) if g is None and zero else g for x, g in zip(wanted, found)]
    return [found.pop(0) if x.dtype == torch.double else None for x in inputs]


def case(row, random):
    arrays = [draw(random) for draw in row.inputs]
    inputs = [torch.tensor(a, requires_grad=a.dtype == float) for a in arrays]
    output = row.function(*inputs, **row.attrs)
    return {
        "op": row.op,
        "attrs": row.attrs,
        "inputs": [tensor(a) for a in arrays],
        "output": tensor(output.detach().numpy()),
        "gradients": [None if g is None else tensor(g.numpy()) for g in gradients(inputs, output)],
    }


def main():
    torch.set_num_threads(1)
    cases = []
    for index, row in enumerate(ROWS):
        nth = sum(other.op == row.op for other in ROWS[:index])
        random = np.random.default_rng(zlib.crc32(f"{row.op} {nth}".encode()))
        cases.append(json.dumps(case(row, random)))
    (HERE / "ops.json").write_text("[\n" + ",\n".join(cases) + "\n]\n")


if __name__ == "__main__":
    main()
