"""The update rules whose first ten updates make_gradients.py makes.

PYTORCH makes the optimizer of each rule that PyTorch has. FORMULAS holds every rule as its paper
has it (in the convention of plugins/optimizers/README.md), in numpy: they prove PyTorch's figures,
and give those of the rules that PyTorch 1.13 lacks: lion, lamb, adafactor.
"""

import numpy as np

# A rule as a script writes it: its name and its settings.
RULES = [
    ("sgd", {"eta": 0.5}),
    ("momentum", {"eta": 0.1, "mu": 0.9}),
    ("nesterov", {"eta": 0.1, "mu": 0.9}),
    ("adam", {"eta": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    ("adagrad", {"eta": 0.1, "epsilon": 1e-10}),
    ("adadelta", {"eta": 1, "rho": 0.9, "epsilon": 1e-6}),
    ("rmsprop", {"eta": 0.02, "rho": 0.9, "epsilon": 1e-8}),
    ("rmsprop", {"eta": 0.02, "rho": 0.9, "epsilon": 1e-8, "centred": True}),
    ("adamw", {"eta": 0.05, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-8, "decay": 0.1}),
    ("amsgrad", {"eta": 0.1, "beta1": 0.9, "beta2": 0.5, "epsilon": 1e-8}),
    ("nadam", {"eta": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "psi": 0.004}),
    ("radam", {"eta": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8}),
    ("adamax", {"eta": 0.05, "beta1": 0.9, "beta2": 0.8, "epsilon": 1e-8}),
    ("lion", {"eta": 0.02, "beta1": 0.9, "beta2": 0.8, "decay": 0.1}),
    ("lamb", {"eta": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-6, "decay": 0.1}),
    ("rprop", {"eta": 0.1, "shrink": 0.5, "grow": 1.2, "least": 1e-6, "most": 0.5}),
    ("adafactor", {"eta": 0.2, "power": 0.8, "epsilon1": 1e-30, "epsilon2": 1e-3, "limit": 0.5}),
    ("weight_decay", {"inner": ("sgd", {"eta": 0.5}), "decay": 0.1}),
    ("clip_value", {"inner": ("momentum", {"eta": 0.5, "mu": 0.9}), "limit": 0.02}),
    ("clip_norm", {"inner": ("sgd", {"eta": 0.5}), "limit": 0.1, "epsilon": 1e-6}),
]


def spelling(rule, arguments):
    """The rule as a script writes it."""

    def text(value):
        if isinstance(value, tuple):
            return spelling(*value)
        return str(value).lower()

    return f"{rule}({', '.join(f'{k} = {text(v)}' for k, v in arguments.items())})"


# PyTorch's optimizers.


def adam(optimizer, **more):
    def make(leaves, torch, a):
        betas = (a["beta1"], a["beta2"])
        own = {name: value(a) for name, value in more.items()}
        return getattr(torch.optim, optimizer)(leaves, a["eta"], betas, a["epsilon"], **own)

    return make


def sgd(leaves, torch, a, **more):
    return torch.optim.SGD(leaves, a["eta"], a.get("mu", 0), **more)


def clipped(clip):
    """The inner optimizer, of gradients that are clipped before each step."""

    def make(leaves, torch, a):
        optimizer = PYTORCH[a["inner"][0]](leaves, torch, a["inner"][1])
        step = optimizer.step

        def clipped_step():
            getattr(torch.nn.utils, clip)(leaves, a["limit"])
            step()

        optimizer.step = clipped_step
        return optimizer

    return make


PYTORCH = {
    "sgd": sgd,
    "momentum": sgd,
    "nesterov": lambda leaves, torch, a: sgd(leaves, torch, a, nesterov=True),
    "adam": adam("Adam"),
    "adagrad": lambda leaves, torch, a: torch.optim.Adagrad(leaves, a["eta"], eps=a["epsilon"]),
    "adadelta": lambda leaves, torch, a: torch.optim.Adadelta(
        leaves, a["eta"], a["rho"], a["epsilon"]
    ),
    "rmsprop": lambda leaves, torch, a: torch.optim.RMSprop(
        leaves, a["eta"], a["rho"], a["epsilon"], centered=a.get("centred", False)
    ),
    "adamw": adam("AdamW", weight_decay=lambda a: a["decay"]),
    "amsgrad": adam("Adam", amsgrad=lambda a: True),
    # Without foreach, PyTorch 1.13 multiplies the product of the mus by the latest one twice.
    "nadam": adam("NAdam", momentum_decay=lambda a: a["psi"], foreach=lambda a: True),
    "radam": adam("RAdam"),
    "adamax": adam("Adamax"),
    "rprop": lambda leaves, torch, a: torch.optim.Rprop(
        leaves, a["eta"], (a["shrink"], a["grow"]), (a["least"], a["most"])
    ),
    "weight_decay": lambda leaves, torch, a: sgd(
        leaves, torch, a["inner"][1], weight_decay=a["decay"]
    ),
    "clip_value": clipped("clip_grad_value_"),
    "clip_norm": clipped("clip_grad_norm_"),
}


# The formulas: update number t, counted from 1, of the parameter w with the gradient g. `s` holds
# the rule's states, `norm` is that of all gradients.


def mean(s, name, beta, value):
    s[name] = beta * s.get(name, 0) + (1 - beta) * value
    return s[name]


def moments(a, g, s, t):
    """Adam's two moments without bias."""
    m = mean(s, "m", a["beta1"], g) / (1 - a["beta1"] ** t)
    v = mean(s, "v", a["beta2"], g**2) / (1 - a["beta2"] ** t)
    return m, v


def velocity(a, g, s):
    s["v"] = a["mu"] * s.get("v", 0) - a["eta"] * g
    return s["v"]


def adagrad(a, w, g, s, t, norm):
    s["v"] = s.get("v", 0) + g**2
    return w - a["eta"] * g / (np.sqrt(s["v"]) + a["epsilon"])


def adadelta(a, w, g, s, t, norm):
    v = mean(s, "v", a["rho"], g**2)
    d = np.sqrt((s.get("u", 0) + a["epsilon"]) / (v + a["epsilon"])) * g
    mean(s, "u", a["rho"], d**2)
    return w - a["eta"] * d


def rmsprop(a, w, g, s, t, norm):
    v = mean(s, "v", a["rho"], g**2)
    if a.get("centred"):
        v = v - mean(s, "m", a["rho"], g) ** 2
    return w - a["eta"] * g / (np.sqrt(v) + a["epsilon"])


def adam_formula(a, w, g, s, t, norm):
    m, v = moments(a, g, s, t)
    return w - a["eta"] * (m / (np.sqrt(v) + a["epsilon"]) + a.get("decay", 0) * w)


def amsgrad(a, w, g, s, t, norm):
    m, _ = moments(a, g, s, t)
    s["u"] = np.maximum(s.get("u", 0), s["v"])
    return w - a["eta"] * m / (np.sqrt(s["u"] / (1 - a["beta2"] ** t)) + a["epsilon"])


def nadam(a, w, g, s, t, norm):
    def mu(t):
        return a["beta1"] * (1 - np.longdouble(0.96) ** (t * a["psi"]) / 2)

    p = s["p"] = s.get("p", 1) * mu(t)
    _, v = moments(a, g, s, t)
    m = mu(t + 1) * s["m"] / (1 - p * mu(t + 1)) + (1 - mu(t)) * g / (1 - p)
    return w - a["eta"] * m / (np.sqrt(v) + a["epsilon"])


def radam(a, w, g, s, t, norm):
    m, _ = moments(a, g, s, t)
    b = a["beta2"] ** t
    most = 2 / (1 - a["beta2"]) - 1
    rho = most - 2 * t * b / (1 - b)
    if rho <= 5:
        return w - a["eta"] * m
    r = np.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
    return w - a["eta"] * m * r * np.sqrt(1 - b) / (np.sqrt(s["v"]) + a["epsilon"])


def adamax(a, w, g, s, t, norm):
    m = mean(s, "m", a["beta1"], g) / (1 - a["beta1"] ** t)
    s["u"] = np.maximum(a["beta2"] * s.get("u", 0), np.abs(g) + a["epsilon"])
    return w - a["eta"] * m / s["u"]


def lion(a, w, g, s, t, norm):
    direction = np.sign(a["beta1"] * s.get("m", 0) + (1 - a["beta1"]) * g)
    mean(s, "m", a["beta2"], g)
    return w - a["eta"] * (direction + a["decay"] * w)


def lamb(a, w, g, s, t, norm):
    m, v = moments(a, g, s, t)
    d = m / (np.sqrt(v) + a["epsilon"]) + a["decay"] * w
    return w - a["eta"] * np.linalg.norm(w) / np.linalg.norm(d) * d


def rprop(a, w, g, s, t, norm):
    turn = np.sign(g * s.get("last", 0))
    factor = np.choose(turn.astype(int) + 1, [a["shrink"], 1, a["grow"]])
    s["length"] = np.clip(factor * s.get("length", a["eta"]), a["least"], a["most"])
    s["last"] = np.where(turn < 0, 0, g)
    return w - np.sign(s["last"]) * s["length"]


def adafactor(a, w, g, s, t, norm):
    beta = 1 - np.longdouble(t) ** -a["power"]
    v = square = g**2 + a["epsilon1"]
    if w.ndim == 2:
        r, c = mean(s, "r", beta, square.sum(1)), mean(s, "c", beta, square.sum(0))
        v = np.outer(r, c) / r.sum()
    else:
        v = mean(s, "v", beta, square)
    u = g / np.sqrt(v)
    u = u / np.maximum(1, rms(u) / a["limit"])
    return w - min(a["eta"], 1 / np.sqrt(np.longdouble(t))) * max(a["epsilon2"], rms(w)) * u


def rms(x):
    return np.sqrt((x**2).mean())


def wrapped(change):
    """The inner rule's update by another gradient."""

    def formula(a, w, g, s, t, norm):
        rule, arguments = a["inner"]
        return FORMULAS[rule](arguments, w, change(a, w, g, norm), s, t, norm)

    return formula


FORMULAS = {
    "sgd": lambda a, w, g, s, t, norm: w - a["eta"] * g,
    "momentum": lambda a, w, g, s, t, norm: w + velocity(a, g, s),
    "nesterov": lambda a, w, g, s, t, norm: w + a["mu"] * velocity(a, g, s) - a["eta"] * g,
    "adam": adam_formula,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adamw": adam_formula,
    "amsgrad": amsgrad,
    "nadam": nadam,
    "radam": radam,
    "adamax": adamax,
    "lion": lion,
    "lamb": lamb,
    "rprop": rprop,
    "adafactor": adafactor,
    "weight_decay": wrapped(lambda a, w, g, norm: g + a["decay"] * w),
    "clip_value": wrapped(lambda a, w, g, norm: np.clip(g, -a["limit"], a["limit"])),
    "clip_norm": wrapped(lambda a, w, g, norm: g * min(1, a["limit"] / (norm + a["epsilon"]))),
}


def long_double(value):
    """The settings of a rule as long doubles."""
    if isinstance(value, tuple):
        return value[0], {k: long_double(v) for k, v in value[1].items()}
    return value if isinstance(value, bool) else np.longdouble(value)
