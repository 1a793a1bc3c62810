#!/usr/bin/python3
"""Makes the gradients and optimizer steps that Ebb's tests compare with, by PyTorch in double.

    /usr/bin/python3 make_gradients.py           writes the figures (needs python3-torch)
    /usr/bin/python3 make_gradients.py --check   proves them as they stand (needs numpy alone)

The check does not use PyTorch: it evaluates each network in numpy's long double and compares the
figures with sixth-order central differences, and the optimizers with the formulas of their papers.
The networks are in networks.py, the update rules in rules.py; README.md beside this file describes
the JSON.
"""

import argparse
import json
import pathlib
import re
import sys
import zlib

import numpy as np

from networks import NETWORKS, Numpy, Torch
from networks import OPTIMIZER_NETWORK, OPTIMIZER_STEPS, OPTIMIZER_X, OPTIMIZER_Y
from rules import FORMULAS, PYTORCH, RULES, long_double, spelling

HERE = pathlib.Path(__file__).parent
BATCHES = (1, 7, 64)
RELU_MARGIN = 0.01  # no relu's argument lies nearer to its kink than this


# Drawing weights and samples. Few decimals keep the files small and the numbers exact in text.


def draw_parameters(random, network):
    def draw(shape):
        spread = 0.5 if len(shape) == 1 else network.weights / shape[1] ** 0.5
        return np.round(random.normal(0, spread, shape), 3)

    return {name: draw(shape) for name, shape in network.parameters.items()}


def draw_targets(random, kind, n, size):
    if kind == "real":
        return np.round(random.normal(0, 1, (n, size)), 3)
    if kind == "negative":
        return np.round(random.uniform(-3, -0.1, (n, size)), 3)
    if kind == "probability":
        return np.round(random.uniform(0.05, 0.95, (n, size)), 3)
    if kind == "distribution":
        return np.round(random.dirichlet(np.ones(size), n), 3)
    return np.eye(size)[random.integers(0, size, n)]


def draw_samples(random, network, parameters, n):
    """n samples whose relu arguments keep away from the kink, and not all of them below it."""
    x = np.round(random.normal(0, 1, (40 * n, network.inputs)), 3)
    y = draw_targets(random, network.target, len(x), network.targets)
    functions = Numpy()
    network.forward(functions, parameters, x, y)
    good = functions.alive & (functions.margin > RELU_MARGIN)
    keep = np.flatnonzero(np.broadcast_to(good, len(x)))[:n]
    return x[keep], y[keep]


# Making the figures with PyTorch


def tensor(array):
    array = np.asarray(array)
    return {"shape": list(array.shape), "values": [float(v) for v in array.reshape(-1)]}


def torch_gradients(torch, network, parameters, x, y):
    leaves = {k: torch.tensor(v, requires_grad=True) for k, v in {**parameters, "x": x}.items()}
    output, costs = network.forward(Torch(torch), leaves, leaves["x"], torch.tensor(y))
    objective = costs.mean()
    gradients = torch.autograd.grad(objective, list(leaves.values()))
    return {
        "samples": len(x),
        "x": tensor(x),
        "y": tensor(y),
        "output": tensor(output.detach().numpy()),
        "objective": objective.item(),
        "gradient": {name: tensor(g.numpy()) for name, g in zip(leaves, gradients)},
    }


def make_network(torch, name, network):
    random = np.random.default_rng(zlib.crc32(name.encode()))
    parameters = draw_parameters(random, network)
    batches = [draw_samples(random, network, parameters, n) for n in BATCHES]
    return {
        "script": name + ".ebb",
        "samples_coupled": network.samples_coupled,
        "parameters": {name: tensor(value) for name, value in parameters.items()},
        "batches": [torch_gradients(torch, network, parameters, *batch) for batch in batches],
    }


def torch_steps(torch, rule, arguments, parameters):
    """By PyTorch's optimizer, else by the rule's formula on PyTorch's gradients."""
    leaves = {name: torch.tensor(v, requires_grad=True) for name, v in parameters.items()}
    x = torch.tensor(OPTIMIZER_X, dtype=torch.float64)
    y = torch.tensor(OPTIMIZER_Y, dtype=torch.float64)
    make = PYTORCH.get(rule)
    optimizer = make(list(leaves.values()), torch, arguments) if make else None
    states = {name: {} for name in leaves}
    steps = []
    for t in range(1, OPTIMIZER_STEPS + 1):
        objective = OPTIMIZER_NETWORK.forward(Torch(torch), leaves, x, y)[1].mean()
        gradients = torch.autograd.grad(objective, list(leaves.values()))
        for leaf, gradient in zip(leaves.values(), gradients):
            leaf.grad = gradient
        if optimizer:
            optimizer.step()
        else:
            step_by_formula(torch, rule, arguments, leaves, states, t)
        weights = {name: tensor(v.detach().numpy().copy()) for name, v in leaves.items()}
        steps.append({"objective": objective.item(), "parameters": weights})
    return steps


def step_by_formula(torch, rule, arguments, leaves, states, t):
    for name, leaf in leaves.items():
        w, g = leaf.detach().numpy(), leaf.grad.numpy()
        after = FORMULAS[rule](arguments, w, g, states[name], t, norm=None)
        leaf.data = torch.tensor(np.asarray(after, np.float64))


def make_optimizers(torch):
    random = np.random.default_rng(zlib.crc32(b"optimizers"))
    parameters = draw_parameters(random, OPTIMIZER_NETWORK)
    return {
        "script": "optimizers.ebb",
        "x": tensor(OPTIMIZER_X),
        "y": tensor(OPTIMIZER_Y),
        "parameters": {name: tensor(value) for name, value in parameters.items()},
        "rules": [
            {
                "rule": spelling(rule, arguments),
                "by": "torch" if rule in PYTORCH else "formula",
                "steps": torch_steps(torch, rule, arguments, parameters),
            }
            for rule, arguments in RULES
        ],
    }


def write_json(path, content):
    """JSON with a list of numbers to a line."""
    text = json.dumps(content, indent=1)
    text = re.sub(r"\[[^][{}]*\]", lambda m: re.sub(r"\s+", "", m[0]), text)
    path.write_text(text + "\n")


def make():
    import torch

    torch.set_num_threads(1)  # one order of summation
    torch.set_default_dtype(torch.float64)  # of NAdam's product, too
    for name, network in NETWORKS.items():
        write_json(HERE / "gradients" / (name + ".json"), make_network(torch, name, network))
    write_json(HERE / "optimizers.json", make_optimizers(torch))


# Checking the figures with numpy


def array(t):
    return np.array(t["values"], dtype=np.longdouble).reshape(t["shape"])


def difference(f, value, h=np.longdouble(3e-4)):
    """The gradient of f() with respect to the array `value`, by central differences."""
    gradient = np.zeros_like(value)
    for i in np.ndindex(value.shape):
        at = value[i]

        def shifted(steps):
            value[i] = at + steps * h
            return f()

        first, second, third = (shifted(k) - shifted(-k) for k in (1, 2, 3))
        gradient[i] = (45 * first - 9 * second + third) / (60 * h)
        value[i] = at
    return gradient


def disagreement(given, expected):
    """The largest difference, relative to the largest magnitude of the tensor."""
    return float(np.abs(given - expected).max() / np.abs(expected).max())


def check_batch(name, network, parameters, batch):
    x, y = array(batch["x"]), array(batch["y"])
    functions = Numpy()

    def objective():
        return network.forward(functions, parameters, x, y)[1].mean()

    where = f"{name}, {batch['samples']} samples"
    output = network.forward(functions, parameters, x, y)[0]
    yield f"{where}: output", disagreement(array(batch["output"]), output)
    yield f"{where}: objective", disagreement(np.longdouble(batch["objective"]), objective())
    if list(batch["gradient"]) != [*parameters, "x"]:
        raise SystemExit(f"{where}: the gradients are not those of the parameters and x")
    if np.min(functions.margin) < RELU_MARGIN:
        raise SystemExit(f"{where}: a relu's argument lies within {RELU_MARGIN} of its kink")
    for wrt, value in [*parameters.items(), ("x", x)]:
        expected = difference(objective, value)
        yield f"{where}: gradient of {wrt}", disagreement(array(batch["gradient"][wrt]), expected)


def check_rule(entry, rule, parameters):
    name_of_rule, arguments = long_double(rule)
    weights = {name: array(value) for name, value in parameters.items()}
    states = {name: {} for name in parameters}
    x, y = np.array(OPTIMIZER_X, np.longdouble), np.array(OPTIMIZER_Y, np.longdouble)

    def objective():
        return OPTIMIZER_NETWORK.forward(Numpy(), weights, x, y)[1].mean()

    if len(entry["steps"]) != OPTIMIZER_STEPS:
        raise SystemExit(f"{entry['rule']}: not {OPTIMIZER_STEPS} steps")
    for t, step in enumerate(entry["steps"], 1):
        where = f"{entry['rule']}, step {t}"
        yield f"{where}: objective", disagreement(np.longdouble(step["objective"]), objective())
        gradients = {name: difference(objective, w) for name, w in weights.items()}
        norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))
        for name, g in gradients.items():
            update = FORMULAS[name_of_rule]
            weights[name] = update(arguments, weights[name], g, states[name], t, norm)
            given = array(step["parameters"][name])
            yield f"{where}: {name}", disagreement(given, weights[name])


def check(tolerance):
    figures = []
    for name, network in NETWORKS.items():
        content = json.loads((HERE / "gradients" / (name + ".json")).read_text())
        parameters = {k: array(v) for k, v in content["parameters"].items()}
        if tuple(batch["samples"] for batch in content["batches"]) != BATCHES:
            raise SystemExit(f"{name}: not the batches {BATCHES}")
        for batch in content["batches"]:
            figures += check_batch(name, network, parameters, batch)
    content = json.loads((HERE / "optimizers.json").read_text())
    if [entry["rule"] for entry in content["rules"]] != [spelling(*rule) for rule in RULES]:
        raise SystemExit("optimizers.json: not the rules of rules.py")
    for entry, rule in zip(content["rules"], RULES):
        figures += check_rule(entry, rule, content["parameters"])

    wrong = [f"{what}: {error:.1e}" for what, error in figures if not error < tolerance]
    print("\n".join(wrong), end="\n" if wrong else "")
    worst = max(figures, key=lambda figure: figure[1])
    print(f"{len(figures)} tensors, {len(wrong)} of them wrong; worst: {worst[0]}: {worst[1]:.1e}")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="check the figures instead")
    if parser.parse_args().check:
        return check(tolerance=1e-11)
    make()
    return 0


if __name__ == "__main__":
    sys.exit(main())
