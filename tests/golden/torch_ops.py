"""Ebb's ops in PyTorch's words: for each a function of the same inputs and attributes.

A row is `row(op, function, input, ..., attribute=value)`. An input is a rule that draws an array.
"""

import dataclasses
import math
import typing

import numpy as np
import torch
import torch.nn.functional as F

# Inputs. Three decimals keep the files small and the numbers exact in text.


def real(*shape, between=(-2, 2), off=(), distance=0.05):
    """Numbers between two bounds, at least a distance off the given points, all distinct."""

    def draw(random):
        count = int(np.prod(shape, dtype=int))
        x = np.unique(np.round(random.uniform(*between, 40 * count + 40), 3))
        for point in off:
            x = x[np.abs(x - point) >= distance]
        return random.permutation(x)[:count].reshape(shape)

    return draw


def positive(*shape, between=(0.2, 4)):
    return real(*shape, between=between)


def whole(*shape, below):
    return lambda random: random.integers(0, below, shape)


def truth(*shape):
    return lambda random: random.integers(0, 2, shape) == 1


def given(*values):
    return lambda random: np.array(values, dtype=float)


def square(n):
    """A matrix far from singular, and not symmetric."""
    return lambda random: np.round(random.uniform(-1, 1, (n, n)), 3) + n * np.eye(n)


def spd(n):
    def draw(random):
        a = np.round(random.uniform(-1, 1, (n, n)), 1)
        return a @ a.T + n * np.eye(n)

    return draw


@dataclasses.dataclass
class Row:
    op: str
    function: typing.Callable
    inputs: tuple
    attrs: dict


ROWS = []


def row(op, function, *inputs, **attrs):
    ROWS.append(Row(op, function, inputs, attrs))


# Element by element


def polygamma(x, n):
    """By the zeta function, for PyTorch's own has but nine digits where n is 1."""
    return (-1) ** (n + 1) * math.factorial(n) * torch.special.zeta(n + 1, x)


def digamma(x):
    point = x.detach()
    return torch.digamma(point) + polygamma(point, 1) * (x - point)


x = real(6, off=(0,))
below_one = real(6, between=(-0.9, 0.9))
jumps = (-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2)

row("add", torch.add, x, x)
row("sub", torch.sub, x, x)
row("mul", torch.mul, x, x)
row("div", torch.div, x, x)
row("pow", torch.pow, positive(6), x)
row("power", lambda x, n: x**n, x, n=3)
row("power", lambda x, n: x**n, x, n=-2)
row("scale", lambda x, factor: factor * x, x, factor=-1.5)
row("minimum", torch.minimum, x, x)
row("maximum", torch.maximum, x, x)
row("clamp", lambda x, lower, upper: x.clamp(lower, upper), given(-2, -1, -0.3, 0.4, 0.5, 1), lower=-1.0, upper=0.5)
row("mod", torch.remainder, given(5.5, -5.5, 5.5, -5.5), given(3, 3, -3, -3))
row("fmod", torch.fmod, given(5.5, -5.5, 5.5, -5.5), given(3, 3, -3, -3))
row("stop_gradient", lambda x: x.detach(), x)
for name in "neg abs sign square cbrt reciprocal".split():
    row(name, getattr(torch, name, lambda x: x.sign() * x.abs() ** (1 / 3)), x)
for name in "sqrt rsqrt log log2 log10 lgamma".split():
    row(name, getattr(torch, name), positive(6))
for name in "exp expm1 exp2 sin cos tan atan sinh cosh tanh asinh erf erfc".split():
    row(name, getattr(torch, name), real(6, between=(-1.4, 1.4)))
for name in "asin acos atanh log1p".split():
    row(name, getattr(torch, name), below_one)
row("xlogy", torch.xlogy, given(0, 0.5, -2, 1.5), positive(4))
row("acosh", torch.acosh, real(6, between=(1.1, 4)))
row("atan2", torch.atan2, x, x)
for n in (1, 2, 3):
    row("polygamma", polygamma, positive(6), n=n)
row("digamma", digamma, positive(6))
for name in "floor ceil round trunc".split():
    row(name, getattr(torch, name), real(8, between=(-2, 2), off=jumps))
row("round", torch.round, given(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5))
row("sign", torch.sign, given(-1, 0, 1))
row("abs", torch.abs, given(-1, 0, 1))

comparisons = dict(equal="eq", not_equal="ne", less="lt", less_equal="le", greater="gt", greater_equal="ge")
for name, theirs in comparisons.items():
    row(name, getattr(torch, theirs), given(1, 2, 3), given(2, 2, 2))
for name in ("and", "or", "xor"):
    row(name, getattr(torch, "logical_" + name), truth(8), truth(8))
row("not", torch.logical_not, truth(4))
row("where", torch.where, truth(6), x, x)
for name in ("isnan", "isinf", "isfinite"):
    row(name, getattr(torch, name), x)

# Activations. Where PyTorch keeps a constant in float, in celu and hardsigmoid, it is one that float has exactly, or
# the same is said in other words.

row("sigmoid", torch.sigmoid, x)
row("log_sigmoid", F.logsigmoid, x)
row("softplus", lambda x, sharpness: F.softplus(x, beta=sharpness), x, sharpness=1.0)
row("softplus", lambda x, sharpness: F.softplus(x, beta=sharpness), x, sharpness=2.5)
for name in "softsign relu relu6 selu silu mish gelu".split():
    row(name, getattr(F, name), real(8, between=(-8, 8), off=(0, 6)))
row("relu", F.relu, given(-1, 0, 1))
row("relu6", F.relu6, given(0, 1, 6))
row("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), x)
row("leaky_relu", F.leaky_relu, x)
row("leaky_relu", lambda x, slope: F.leaky_relu(x, slope), given(-1, 0, 1), slope=0.3)
row("prelu", lambda x, slope: F.prelu(x[None], slope)[0], real(3, 4, off=(0,)), real(3))
row("elu", lambda x, alpha: F.elu(x, alpha), x, alpha=0.5)
row("celu", lambda x, alpha: F.celu(x, alpha), x, alpha=0.5)
row("threshold", lambda x, at, value: F.threshold(x, at, value), given(-1, 0.5, 1), at=0.5, value=2.0)
row("hard_tanh", lambda x, lower, upper: F.hardtanh(x, lower, upper), given(-2, -1, 0, 0.5, 1), lower=-1.0, upper=0.5)
row("hard_sigmoid", lambda x: F.relu6(x + 3) / 6, given(-4, -3, -1, 1, 3, 4))
row("hard_swish", F.hardswish, given(-4, -2, -1, 1, 2, 4))

# Reductions

m = real(2, 3, 4)
for name in "sum mean logsumexp".split():
    function = getattr(torch, name)
    row(name, lambda x, f=function: f(x, (0, 1, 2)), m)
    row(name, lambda x, dims, f=function: f(x, dims), m, dims=[0, 2])
for name in ("max", "min"):
    function = getattr(torch, "a" + name)
    row(name, lambda x, f=function: f(x, (0, 1, 2)), m)
    row(name, lambda x, dims, f=function: f(x, dims), m, dims=[1])
for name in ("var", "std"):
    function = getattr(torch, name)
    row(name, lambda x, f=function: f(x, (0, 1, 2), unbiased=False), m)
    row(name, lambda x, dims, ddof, f=function: f(x, dims, unbiased=True), m, dims=[0, 2], ddof=1)
row("prod", torch.prod, m)
row("prod", lambda x, dims: torch.prod(x, dims[0]), given((1, 0, 2), (0, 3, 0), (-1, 2, 4)), dims=[1])
for name in ("any", "all"):
    row(name, getattr(torch, name), truth(2, 3))
    row(name, lambda x, dims, f=getattr(torch, name): f(x, dims[0]), truth(3, 4), dims=[1])
for name in ("argmax", "argmin"):
    row(name, lambda x, dim, f=getattr(torch, name): f(x, dim), m, dim=1)


def cumsum(x, dim=0, exclusive=False, reverse=False):
    x = x.flip(dim) if reverse else x
    y = x.cumsum(dim)
    y = y - x if exclusive else y
    return y.flip(dim) if reverse else y


row("cumsum", cumsum, m, dim=1)
row("cumsum", cumsum, m, dim=2, exclusive=True, reverse=True)
for name in ("softmax", "log_softmax"):
    row(name, lambda x, f=getattr(torch, name): f(x, 0), real(5))
    row(name, lambda x, dim, f=getattr(torch, name): f(x, dim), m, dim=1)

# Linear algebra

row("matmul", torch.matmul, real(3, 4), real(4, 2))
row("matmul", lambda a, b, ta, tb: a.T @ b.T, real(4, 3), real(2, 4), ta=True, tb=True)
row("batched_matmul", torch.matmul, real(2, 3, 4), real(2, 4, 2))
row("outer", torch.outer, real(3), real(4))
row("dot", torch.dot, real(5), real(5))
row("transpose", lambda x: x.T, real(3, 4))
row("permute", lambda x, dims: x.permute(dims), m, dims=[2, 0, 1])
row("trace", torch.trace, real(4, 4))
row("diag", torch.diag, real(4))
row("diagonal", torch.diagonal, real(4, 4))
for name in ("triu", "tril"):
    row(name, lambda x, k, f=getattr(torch, name): f(x, k), real(4, 5), k=1)
    row(name, getattr(torch, name), real(5, 4))
row("det", torch.linalg.det, square(3))
row("logdet", lambda x: torch.linalg.slogdet(x)[1], square(4))
row("inv", torch.linalg.inv, square(4))
row("solve", torch.linalg.solve, square(4), real(4, 2))
row("solve", torch.linalg.solve, square(3), real(3))


def solve_triangular(a, b, lower=True, transposed=False):
    a = a.tril() if lower else a.triu()
    return torch.linalg.solve(a.T if transposed else a, b)


for lower in (True, False):
    for transposed in (True, False):
        row("solve_triangular", solve_triangular, square(3), real(3, 2), lower=lower, transposed=transposed)
row("solve_spd", lambda a, b: torch.linalg.solve((a + a.T) / 2, b), spd(4), real(4, 2))
row("cholesky", torch.linalg.cholesky, spd(4))
row("singular_values", torch.linalg.svdvals, real(4, 3))
row("symmetric_eigenvalues", torch.linalg.eigvalsh, spd(4))
for kind, order in (("frobenius", "fro"), ("1", 1), ("2", 2)):
    row("norm", lambda x, kind, order=order: torch.linalg.norm(x, order), real(4, 3), kind=kind)
row("kron", torch.kron, real(2, 3), real(3, 2))

# Shape and indexing

row("reshape", lambda x, shape: x.reshape(shape), m, shape=[4, 6])
row("broadcast", lambda x, shape: x[:, None].expand(shape), real(3), shape=[3, 2])
row("sum_to", lambda x, shape: x.sum(1, keepdim=True), real(3, 4), shape=[3, 1])
row("concat", lambda *x, dim: torch.cat(x, dim), real(2, 3), real(2, 1), real(2, 2), dim=1)
row("stack", lambda *x, dim: torch.stack(x, dim), real(2, 3), real(2, 3), dim=1)
row("slice", lambda x, begin, end: x[begin[0] : end[0], begin[1] : end[1]], real(4, 5), begin=[1, 0], end=[3, 4])
row("slice", lambda x, begin, end, step: x[1:6:2], real(7), begin=[1], end=[6], step=[2])
row("pad", lambda x, before, after: F.pad(x, (1, 2, 3, 0)), real(2, 3), before=[3, 1], after=[0, 2])
for mode, theirs in (("reflect", "reflect"), ("edge", "replicate")):
    row(
        "pad",
        lambda x, before, after, mode, t=theirs: F.pad(x, (1, 2), mode=t),
        real(2, 4), before=[0, 1], after=[0, 2], mode=mode,
    )
row("tile", lambda x, repeats: torch.tile(x, repeats), real(2, 3), repeats=[2, 3])
row("repeat", lambda x, times, dim: x.repeat_interleave(times, dim), real(2, 3), times=2, dim=1)
row("flip", torch.flip, m, dims=[0, 2])
row("gather", lambda x, i, dim: x[:, i], real(2, 5), whole(3, 2, below=5), dim=1)
row(
    "scatter_add",
    lambda v, i, size, dim: torch.zeros(5, 3).double().index_add(0, i, v),
    real(4, 3), whole(4, below=5), size=5, dim=0,
)
row("gather_elements", lambda x, i, dim: x.gather(dim, i), real(3, 4), whole(3, 2, below=4), dim=1)
row(
    "scatter_elements_add",
    lambda x, i, v, dim: x.scatter_add(dim, i, v),
    real(3, 4), whole(3, 2, below=4), real(3, 2), dim=1,
)
row("one_hot", lambda i, classes: F.one_hot(i, classes).double(), whole(below=4), classes=4)

# Convolution and pooling


def pads(x, padding, rank):
    """Padding before and after each dimension, as a zero-padded value."""
    pairs = [tuple(padding[2 * d : 2 * d + 2]) for d in range(rank)]
    return F.pad(x, [p for pair in reversed(pairs) for p in pair])


for rank in (1, 2, 3):
    space, kernel = (6, 5, 4)[:rank], (3, 2, 2)[:rank]
    conv = getattr(F, f"conv{rank}d")
    name = f"conv{rank}d"
    row(name, conv, real(4, *space), real(6, 4, *kernel))
    row(
        name,
        lambda x, w, f=conv, **attrs: f(x, w, **attrs),
        real(4, *space), real(6, 2, *kernel),
        stride=[2, 1, 2][:rank], padding=[1, 2, 0][:rank], dilation=[1, 2, 1][:rank], groups=2,
    )
    row(
        name,
        lambda x, w, padding, f=conv, r=rank: f(pads(x, padding, r), w),
        real(2, *space), real(2, 2, *kernel), padding=[1, 0, 2, 1, 0, 1][: 2 * rank],
    )
    back = getattr(F, f"conv_transpose{rank}d")
    name = f"conv{rank}d_transpose"
    row(name, back, real(2, *space), real(2, 3, *kernel))
    row(
        name,
        lambda x, w, f=back, **attrs: f(x, w, **attrs),
        real(4, *space), real(4, 2, *kernel),
        stride=[2, 1, 2][:rank], padding=[1, 0, 1][:rank], dilation=[1, 2, 1][:rank], groups=2,
        output_padding=[1, 0, 1][:rank],
    )
    largest, average = getattr(F, f"max_pool{rank}d"), getattr(F, f"avg_pool{rank}d")
    size, stride, ones = [2, 3, 2][:rank], [2, 1, 1][:rank], [1] * rank
    row("max_pool", lambda x, size, f=largest: f(x, size), real(2, *space), size=size)
    row(
        "max_pool",
        lambda x, size, stride, padding, dilation, ceil, f=largest: f(x, size, stride, padding, dilation, ceil),
        real(2, *space), size=size, stride=stride, padding=ones, dilation=ones, ceil=True,
    )
    row("avg_pool", lambda x, size, f=average: f(x, size), real(2, *space), size=size)
    for counted in (True, False):
        row(
            "avg_pool",
            lambda x, size, stride, padding, ceil, count_padding, f=average: f(
                x, size, stride, padding, ceil, count_padding
            ),
            real(2, *space), size=size, stride=stride, padding=ones, ceil=False, count_padding=counted,
        )
row("global_max_pool", lambda x: x.amax((1, 2)), real(3, 4, 5))
row("global_avg_pool", lambda x: x.mean((1, 2)), real(3, 4, 5))
