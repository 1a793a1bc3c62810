#!/usr/bin/python3
"""Makes the figures of every cost that Ebb's tests compare with, by PyTorch in double.

    /usr/bin/python3 make_costs.py     writes costs.json (needs python3-torch)

A cost that PyTorch has is PyTorch's own function; one that it lacks is its formula, written below
and differentiated by PyTorch (`"by": "formula"`). README.md beside this file describes the JSON.
"""

import pathlib
import zlib
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from make_gradients import tensor, write_json

HERE = pathlib.Path(__file__).parent
SAMPLES, SIZE = 7, 5


# Drawing outputs and targets. Few decimals keep the file small.


def real(random):
    return np.round(random.normal(0, 1.5, (SAMPLES, SIZE)), 3)


def positive(random):
    return np.round(random.uniform(0.1, 3, (SAMPLES, SIZE)), 3)


def probability(random):
    return np.round(random.uniform(0.03, 0.97, (SAMPLES, SIZE)), 3)


def distribution(random):
    return random.dirichlet(np.ones(SIZE), SAMPLES)


def log_distribution(random):
    return np.log(distribution(random))


def one_hot(random):
    return np.eye(SIZE)[random.integers(0, SIZE, SAMPLES)]


def sign(random):
    return random.choice([-1.0, 1.0], (SAMPLES, SIZE))


def count(random):
    return random.integers(0, 6, (SAMPLES, SIZE)).astype(float)


# The costs, each of all samples: (samples,) from (samples, size).


def each(function, **more):
    """A cost of PyTorch's that is summed over the components."""
    return lambda a, y: function(a, y, reduction="none", **more).sum(1)


def kl_divergence(a, y):
    return each(F.kl_div)(a.log(), y)


def cross_entropy_of_logits(a, y):
    return F.cross_entropy(a, y, reduction="none")


def nll(a, y):
    return F.nll_loss(a, y.argmax(1), reduction="none")


def triplet(a, y, n):
    return F.triplet_margin_loss(a, y, n, margin=0.5, eps=0, reduction="none")


# The formulas of those that PyTorch lacks.


def exponential(a, y, tau=1):
    return tau * (((a - y) ** 2).sum(1) / tau).exp()


def hellinger(a, y):
    return ((a.sqrt() - y.sqrt()) ** 2).sum(1) / 2**0.5


def generalized_kl(a, y):
    return (y * (y / a).log() - y + a).sum(1)


def itakura_saito(a, y):
    return (y / a - (y / a).log() - 1).sum(1)


def hinge(a, y, power=1):
    return ((1 - y * a).relu() ** power).sum(1)


def focal(a, y):
    p = torch.where(y == 1, a, 1 - a)
    return (-((1 - p) ** 2.5) * p.log()).sum(1)


# How Ebb writes the cost; whose it is; the cost; how a, y and n are drawn.
COSTS = [
    ("quadratic(a, y)", "torch", lambda a, y: each(F.mse_loss)(a, y) / 2, real, real),
    ("cross_entropy(a, y)", "torch", each(F.binary_cross_entropy), probability, probability),
    ("exponential(a, y)", "formula", exponential, probability, probability),
    ("exponential(a, y, tau = 3)", "formula", partial(exponential, tau=3), real, real),
    ("hellinger(a, y)", "formula", hellinger, probability, probability),
    ("kl_divergence(a, y)", "torch", kl_divergence, distribution, distribution),
    ("kl_divergence(a, y)", "torch", kl_divergence, distribution, one_hot),
    ("generalized_kl(a, y)", "formula", generalized_kl, positive, positive),
    ("itakura_saito(a, y)", "formula", itakura_saito, positive, positive),
    ("softmax_cross_entropy(a, y)", "torch", cross_entropy_of_logits, real, distribution),
    ("nll(a, y)", "torch", nll, log_distribution, one_hot),
    ("mse(a, y)", "torch", lambda a, y: each(F.mse_loss)(a, y) / SIZE, real, real),
    ("mae(a, y)", "torch", lambda a, y: each(F.l1_loss)(a, y) / SIZE, real, real),
    ("huber(a, y)", "torch", each(F.huber_loss), real, real),
    ("huber(a, y, delta = 0.6)", "torch", each(F.huber_loss, delta=0.6), real, real),
    ("log_cosh(a, y)", "formula", lambda a, y: (a - y).cosh().log().sum(1), real, real),
    ("hinge(a, y)", "formula", hinge, real, sign),
    ("squared_hinge(a, y)", "formula", partial(hinge, power=2), real, sign),
    ("cosine(a, y)", "torch", lambda a, y: 1 - F.cosine_similarity(a, y), real, real),
    ("poisson(a, y)", "torch", each(F.poisson_nll_loss, log_input=False, eps=0), positive, count),
    ("focal(a, y, gamma = 2.5)", "formula", focal, probability, one_hot),
    ("triplet(a, y, n, margin = 0.5)", "torch", triplet, real, real, real),
]


def figures(cost, by, function, *draws):
    random = np.random.default_rng(zlib.crc32(cost.encode()))
    inputs = {name: draw(random) for name, draw in zip("ayn", draws)}
    leaves = {name: torch.tensor(v, requires_grad=name == "a") for name, v in inputs.items()}
    costs = function(*leaves.values())
    gradient = torch.autograd.grad(costs.mean(), leaves["a"])[0]
    return {
        "cost": cost,
        "by": by,
        "inputs": {name: tensor(value) for name, value in inputs.items()},
        "objective": costs.mean().item(),
        "gradient": tensor(gradient.numpy()),
    }


def main():
    torch.set_num_threads(1)  # one order of summation
    write_json(HERE / "costs.json", [figures(*cost) for cost in COSTS])


if __name__ == "__main__":
    main()
