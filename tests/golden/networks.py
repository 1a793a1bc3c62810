"""The networks whose gradients make_gradients.py makes, each for PyTorch and for numpy alike.

Each is the same network as the script of its name in gradients/. A row is a sample throughout.
"""

from dataclasses import dataclass
from typing import Callable

import numpy as np


class Numpy:
    """The functions that the networks are made of, in numpy at the precision of their arguments."""

    def __init__(self):
        self.margin = np.inf  # for each sample, how near any relu came to its kink
        self.alive = True  # for each sample, whether each relu layer lets something through

    exp, log, sqrt, tanh = np.exp, np.log, np.sqrt, np.tanh

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def relu(self, z):
        self.margin = np.minimum(self.margin, np.abs(z).min(axis=1))
        self.alive = self.alive & (z > 0).any(axis=1)
        return np.maximum(z, 0)

    def log_softmax(self, z):
        z = z - z.max(axis=1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True))

    def softmax(self, z):
        return np.exp(self.log_softmax(z))

    def gradient(self, cost, wrt, by_hand):
        """A gradient inside a cost: autograd's in PyTorch, the hand-derived formula here."""
        return by_hand


class Torch:
    """The same functions in PyTorch."""

    def __init__(self, torch):
        self.torch = torch
        self.exp, self.log, self.sqrt, self.tanh = torch.exp, torch.log, torch.sqrt, torch.tanh
        self.sigmoid, self.relu = torch.sigmoid, torch.relu

    def log_softmax(self, z):
        return self.torch.log_softmax(z, dim=1)

    def softmax(self, z):
        return self.torch.softmax(z, dim=1)

    def gradient(self, cost, wrt, by_hand):
        return self.torch.autograd.grad(cost.sum(), wrt, create_graph=True)[0]


def quadratic(m, a, y):
    return 0.5 * ((a - y) ** 2).sum(1)


def cross_entropy(m, a, y):
    return -(y * m.log(a) + (1 - y) * m.log(1 - a)).sum(1)


def softmax_cross_entropy(m, z, y):
    return -(y * m.log_softmax(z)).sum(1)


@dataclass
class Network:
    inputs: int
    targets: int
    target: str  # how targets are drawn: real, negative, probability, distribution or one_hot
    parameters: dict  # name: shape
    forward: Callable  # (functions, parameters, x, y) -> (output, cost of each sample)
    weights: float = 1.5  # standard deviation of a layer's weighted inputs, roughly
    samples_coupled: bool = False  # a sample's cost depends on the other samples


def affine(p, scope, x):
    return x @ p[scope + ".w"].T + p[scope + ".b"]


def layers_of(inputs, *layers):
    """The parameters' shapes of layers (scope, width, ...), each fed by the one before."""
    shapes = {}
    for scope, width, *_ in layers:
        shapes[scope + ".w"], shapes[scope + ".b"] = (width, inputs), (width,)
        inputs = width
    return shapes


def chain(inputs, layers, cost, target, **more):
    """Layers (scope, width, activation), one after the other; `logits` is no activation at all."""

    def forward(m, p, x, y):
        a = x
        for scope, _, activation in layers:
            a = affine(p, scope, a)
            if activation != "logits":
                a = getattr(m, activation)(a)
        output = m.softmax(a) if cost is softmax_cross_entropy else a
        return output, cost(m, a, y)

    return Network(inputs, layers[-1][1], target, layers_of(inputs, *layers), forward, **more)


def linear(m, p, x, y):
    a = x @ p["w"].T + p["b"]
    return a, quadratic(m, a, y)


def smooth_functions(m, p, x, y):
    h = m.log(1 + m.exp(affine(p, "h", x)))
    z = affine(p, "z", h)
    s = 0.5 * (z + m.sqrt(z**2 + 4))
    a = s / s.sum(1)[:, None]
    return a, cross_entropy(m, a, y)


def tied_weights(m, p, x, y):
    h = m.sigmoid(x @ p["w"].T + p["b"])
    h = h + m.tanh(h @ p["u"].T)
    a = h @ p["w"] + p["c"]
    return a, quadratic(m, a, y)


def two_layers(m, p, x, y):
    """A tanh and a sigmoid layer with the quadratic cost, and the hidden layer's delta by hand."""
    h = m.tanh(affine(p, "h", x))
    a = m.sigmoid(affine(p, "a", h))
    delta = (((a - y) * a * (1 - a)) @ p["a.w"]) * (1 - h * h)
    return a, quadratic(m, a, y), delta


def input_gradient_penalty(m, p, x, y):
    a, c, delta = two_layers(m, p, x, y)
    g = m.gradient(c, x, by_hand=delta @ p["h.w"])
    return a, c + 0.5 * (g**2).sum(1)


def weight_gradient_penalty(m, p, x, y):
    a, c, delta = two_layers(m, p, x, y)
    g = m.gradient(c.mean(), p["h.w"], by_hand=delta.T @ x / len(x))
    return a, c + 0.5 * (g**2).sum()


def steps(x, rows, columns):
    """A sample's numbers as a matrix whose columns are the steps of a sequence."""
    return x.reshape(len(x), rows, columns)


def with_output(m, p, h, y):
    a = affine(p, "a", h)
    return a, quadratic(m, a, y)


def recurrent(m, p, x, y):
    x = steps(x, 3, 4)
    h = m.tanh(affine(p, "h", x[:, :, 0]))
    for t in range(1, 4):
        h = m.tanh(affine(p, "h", x[:, :, t]) + h @ p["h.u"].T)
    return with_output(m, p, h, y)


def lstm(m, p, x, y):
    x, n, h, c = steps(x, 3, 4), 4, None, None
    for t in range(4):
        z = affine(p, "h", x[:, :, t])
        if t > 0:
            z = z + h @ p["h.u"].T
        i, f, o = (m.sigmoid(z[:, k * n : (k + 1) * n] + (k == 1)) for k in range(3))
        added = i * m.tanh(z[:, 3 * n :])
        c = added if t == 0 else f * c + added
        h = o * m.tanh(c)
    return with_output(m, p, h, y)


def gru(m, p, x, y):
    x, n, h = steps(x, 3, 4), 4, None
    for t in range(4):
        z = affine(p, "h", x[:, :, t])
        if t == 0:
            h = (1 - m.sigmoid(z[:, :n])) * m.tanh(z[:, 2 * n :])
            continue
        gates = m.sigmoid(z[:, : 2 * n] + h @ p["h.u"].T)
        keep, reset = gates[:, :n], gates[:, n:]
        h = keep * h + (1 - keep) * m.tanh(z[:, 2 * n :] + (reset * h) @ p["h.v"].T)
    return with_output(m, p, h, y)


def normalised(m, p, scope, x):
    """The columns of each sample's matrix with mean 0 and variance 1, scaled and shifted."""
    d = x - x.mean(1)[:, None, :]
    x = d / m.sqrt((d * d).mean(1)[:, None, :] + 1e-5)
    return x * p[scope + ".gain"][:, None] + p[scope + ".bias"][:, None]


def transformer(m, p, x, y):
    x, n = steps(x, 4, 3), 2

    def dense(scope, x, bias=True):
        z = p[scope + ".w"] @ x
        return z + p[scope + ".b"][:, None] if bias else z

    s = "t.multi_head_attention."
    a = normalised(m, p, "t.a", x)
    q, k, v = dense(s + "q", a), dense(s + "k", a, bias=False), dense(s + "v", a)
    heads = []
    for h in range(2):
        rows = slice(h * n, (h + 1) * n)
        scores = k[:, rows].swapaxes(1, 2) @ q[:, rows] / n**0.5
        heads.append(p[s + "o.w"][:, rows] @ (v[:, rows] @ m.softmax(scores)))
    b = x + heads[0] + heads[1] + p[s + "o.b"][:, None]
    c = normalised(m, p, "t.c", b)
    t = b + dense("t.dense", m.tanh(dense("t.d", c)))
    return with_output(m, p, t[:, :, 2], y)


def numbered(name, widths, activation):
    return [(f"{name}[{i}]", width, activation) for i, width in enumerate(widths)]


MIXED = ("sigmoid", "tanh", "relu", "softmax", "log_softmax")
TWO_LAYERS = layers_of(6, ("h", 5), ("a", 3))

NETWORKS = {
    "hidden0_linear_quadratic": Network(6, 3, "real", {"w": (3, 6), "b": (3,)}, linear),
    "hidden0_sigmoid_cross_entropy": chain(5, [("a", 4, "sigmoid")], cross_entropy, "probability"),
    "hidden0_logits_softmax_cross_entropy": chain(
        8, [("z", 5, "logits")], softmax_cross_entropy, "one_hot"
    ),
    "hidden1_sigmoid_quadratic": chain(
        10, numbered("a", (6, 4), "sigmoid"), quadratic, "probability"
    ),
    "hidden1_relu_sigmoid_quadratic": chain(
        7, [("h", 8, "relu"), ("a", 3, "sigmoid")], quadratic, "probability"
    ),
    "hidden1_tanh_logits_softmax_cross_entropy": chain(
        9, [("h", 7, "tanh"), ("z", 4, "logits")], softmax_cross_entropy, "distribution"
    ),
    "hidden2_sigmoid_cross_entropy": chain(
        8,
        [("dense[0]", 6, "sigmoid"), ("dense[1]", 5, "sigmoid"), ("a", 3, "sigmoid")],
        cross_entropy,
        "probability",
    ),
    "hidden2_tanh_softmax_quadratic": chain(
        6,
        [("a[0]", 6, "tanh"), ("a[1]", 5, "tanh"), ("a[2]", 4, "softmax")],
        quadratic,
        "distribution",
    ),
    "hidden2_relu_logits_softmax_cross_entropy": chain(
        8, numbered("h", (8, 7), "relu") + [("z", 4, "logits")], softmax_cross_entropy, "one_hot"
    ),
    "hidden3_relu_sigmoid_cross_entropy": chain(
        6,
        numbered("h", (7, 6, 5), "relu") + [("a", 3, "sigmoid")],
        cross_entropy,
        "probability",
    ),
    "hidden3_tanh_log_softmax_quadratic": chain(
        7,
        numbered("h", (6, 5, 6), "tanh") + [("a", 5, "log_softmax")],
        quadratic,
        "negative",
    ),
    "hidden3_mixed_softmax_cross_entropy": chain(
        12,
        [("a[0]", 7, "sigmoid"), ("a[1]", 6, "relu"), ("a[2]", 5, "tanh"), ("a[3]", 4, "softmax")],
        cross_entropy,
        "one_hot",
    ),
    "hidden4_tanh_quadratic": chain(
        5, numbered("a", (6, 5, 4, 5, 3), "tanh"), quadratic, "real"
    ),
    "hidden4_softmax_sigmoid_cross_entropy": chain(
        6,
        numbered("h", (5, 6, 5, 4), "softmax") + [("a", 3, "sigmoid")],
        cross_entropy,
        "probability",
        weights=3,  # four softmaxes leave little of a gradient otherwise
    ),
    "hidden5_sigmoid_quadratic": chain(
        8, numbered("a", (7, 6, 5, 6, 7, 4), "sigmoid"), quadratic, "probability"
    ),
    "hidden5_mixed_logits_softmax_cross_entropy": chain(
        7,
        [(f"h[{i}]", 6, activation) for i, activation in enumerate(MIXED)] + [("z", 4, "logits")],
        softmax_cross_entropy,
        "distribution",
    ),
    "smooth_functions": Network(
        6, 4, "distribution", layers_of(6, ("h", 5), ("z", 4)), smooth_functions
    ),
    "tied_weights": Network(
        8, 8, "real", {"w": (4, 8), "b": (4,), "u": (4, 4), "c": (8,)}, tied_weights
    ),
    "layer_recurrent": Network(
        12,
        2,
        "real",
        {"h.w": (5, 3), "h.u": (5, 5), "h.b": (5,), "a.w": (2, 5), "a.b": (2,)},
        recurrent,
    ),
    "layer_lstm": Network(
        12,
        2,
        "real",
        {"h.w": (16, 3), "h.u": (16, 4), "h.b": (16,), "a.w": (2, 4), "a.b": (2,)},
        lstm,
    ),
    "layer_gru": Network(
        12,
        2,
        "real",
        {"h.w": (12, 3), "h.u": (8, 4), "h.v": (4, 4), "h.b": (12,), "a.w": (2, 4), "a.b": (2,)},
        gru,
    ),
    "layer_transformer": Network(
        12,
        2,
        "real",
        {
            **{f"t.a.{name}": (4,) for name in ("gain", "bias")},
            "t.multi_head_attention.q.w": (4, 4),
            "t.multi_head_attention.q.b": (4,),
            "t.multi_head_attention.k.w": (4, 4),
            "t.multi_head_attention.v.w": (4, 4),
            "t.multi_head_attention.v.b": (4,),
            "t.multi_head_attention.o.w": (4, 4),
            "t.multi_head_attention.o.b": (4,),
            **{f"t.c.{name}": (4,) for name in ("gain", "bias")},
            "t.d.w": (6, 4),
            "t.d.b": (6,),
            "t.dense.w": (4, 6),
            "t.dense.b": (4,),
            "a.w": (2, 4),
            "a.b": (2,),
        },
        transformer,
    ),
    "input_gradient_penalty": Network(6, 3, "probability", TWO_LAYERS, input_gradient_penalty),
    "weight_gradient_penalty": Network(
        6, 3, "probability", TWO_LAYERS, weight_gradient_penalty, samples_coupled=True
    ),
}

# The small network of optimizers.ebb; its samples stand there too.
OPTIMIZER_NETWORK = chain(3, [("h", 4, "tanh"), ("a", 2, "sigmoid")], quadratic, "probability")
OPTIMIZER_X = [[0.5, -1, 0.25], [-0.75, 0.5, 1], [1, 1, -0.5], [-1, -0.25, -1], [0, 0.75, 0.5],
               [0.25, -0.5, -0.75], [-0.5, 1, 0]]  # fmt: skip
OPTIMIZER_Y = [[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1]]
OPTIMIZER_STEPS = 10
