#!/usr/bin/env python3
"""NumPy: the four equations of backpropagation on whole mini-batches, samples side by side.

    numpy_step.py --mode plain    expressions that make new arrays, as one writes them first
    numpy_step.py --mode out      into arrays that are there already
"""

import itertools

import numpy as np

import workload


class Plain:
    def __init__(self, layers, batches, rate):
        self.layers = [[w, b[:, None]] for w, b in layers]
        self.batches = itertools.cycle([(x.T.copy(), y.T.copy()) for x, y in batches])
        self.rate = rate
        self.error = None

    def step(self):
        x, y = next(self.batches)
        activations = [x]
        for w, b in self.layers:
            activations.append(1 / (1 + np.exp(-(w @ activations[-1] + b))))
        self.error = activations[-1] - y
        delta = self.error
        for layer, below, a in zip(self.layers[::-1], activations[-2::-1], activations[::-1]):
            delta = delta * a * (1 - a)
            w = layer[0]
            passed_on = w.T @ delta if below is not x else None
            layer[0] = w - self.rate * (delta @ below.T)
            layer[1] = layer[1] - self.rate * delta.sum(axis=1, keepdims=True)
            delta = passed_on

    def loss(self):
        return 0.5 * float((self.error.astype(float) ** 2).sum()) / self.error.shape[1]


class Out(Plain):
    def __init__(self, layers, batches, rate):
        super().__init__(layers, batches, rate)
        kind, samples = layers[0][0].dtype, batches[0][0].shape[0]

        def like(array):
            return np.empty((array.shape[0], samples), kind)

        self.a = [like(w) for w, _ in self.layers]
        self.delta = [like(w) for w, _ in self.layers]
        self.slope = [like(w) for w, _ in self.layers]
        self.change = [(np.empty_like(w), np.empty_like(b)) for w, b in self.layers]
        self.error = like(self.layers[-1][0])

    def step(self):
        x, y = next(self.batches)
        below = x
        for (w, b), a in zip(self.layers, self.a):
            np.matmul(w, below, out=a)
            a += b
            np.negative(a, out=a)
            np.exp(a, out=a)
            a += 1
            np.reciprocal(a, out=a)
            below = a
        np.subtract(self.a[-1], y, out=self.error)
        self.delta[-1][...] = self.error
        for i in reversed(range(len(self.layers))):
            w, b = self.layers[i]
            delta, slope, a = self.delta[i], self.slope[i], self.a[i]
            delta *= a
            np.subtract(1, a, out=slope)
            delta *= slope
            if i > 0:
                np.matmul(w.T, delta, out=self.delta[i - 1])
            of_w, of_b = self.change[i]
            np.matmul(delta, (self.a[i - 1] if i > 0 else x).T, out=of_w)
            of_w *= self.rate
            w -= of_w
            np.sum(delta, axis=1, keepdims=True, out=of_b)
            of_b *= self.rate
            b -= of_b


def main():
    o = workload.options(["plain", "out"])
    layers, batches = workload.start_of(o)
    kind = layers[0][0].dtype.type
    net = (Plain if o.mode == "plain" else Out)(layers, batches, kind(o.eta / o.batch))
    workload.measure(o, f"numpy-{o.mode}", net.step, net.loss)


if __name__ == "__main__":
    main()
