#!/usr/bin/env python3
"""PyTorch: nn.Sequential of Linear and Sigmoid, autograd, optim.SGD.

    torch_step.py --mode eager      as one writes it
    torch_step.py --mode jit        the network and its cost compiled by torch.jit.script
    torch_step.py --mode compile    the same by torch.compile (PyTorch 2)
"""

import itertools

import torch

import workload


class Cost(torch.nn.Module):
    """The mean over the mini-batch of half the squared distance."""

    def __init__(self, layers):
        super().__init__()
        parts = []
        for w, b in layers:
            linear = torch.nn.Linear(w.shape[1], w.shape[0])
            linear.weight = torch.nn.Parameter(torch.from_numpy(w))
            linear.bias = torch.nn.Parameter(torch.from_numpy(b))
            parts += [linear, torch.nn.Sigmoid()]
        self.net = torch.nn.Sequential(*parts)

    def forward(self, x, y):
        return 0.5 * (self.net(x) - y).square().sum() / x.shape[0]


def main():
    o = workload.options(["eager", "jit", "compile"])
    torch.set_num_threads(o.threads)
    layers, batches = workload.start_of(o)
    cost = Cost(layers)
    sgd = torch.optim.SGD(cost.parameters(), lr=o.eta)
    if o.mode == "jit":
        cost = torch.jit.script(cost)
    elif o.mode == "compile":
        if not hasattr(torch, "compile"):
            raise SystemExit(f"PyTorch {torch.__version__} has no torch.compile")
        cost = torch.compile(cost)
    mini_batches = itertools.cycle([(torch.from_numpy(x), torch.from_numpy(y)) for x, y in batches])
    last = None

    def step():
        nonlocal last
        x, y = next(mini_batches)
        sgd.zero_grad()
        last = cost(x, y)
        last.backward()
        sgd.step()

    workload.measure(o, f"torch-{o.mode}", step, lambda: float(last.detach()))


if __name__ == "__main__":
    main()
