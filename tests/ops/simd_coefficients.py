#!/usr/bin/env python3
"""Prints ops/simd_coefficients.hpp: minimax polynomials, found with Remez' exchange. Needs mpmath."""
import mpmath as mp

mp.mp.dps = 50
SQRT2 = mp.sqrt(2)


def remez(target, weight, degree, low, high, points=801):
    """Coefficients c that make the largest |weight (target - sum c_i x^i)| on [low, high] least, and that error."""
    middle, half = mp.mpf(high + low) / 2, mp.mpf(high - low) / 2
    # An odd number of points and this half step keep the grid off the middle, where a function may be 0 / 0.
    grid = [middle - half * mp.cos(mp.pi * (i + mp.mpf(0.51)) / points) for i in range(points)]
    values, weights = [target(x) for x in grid], [weight(x) for x in grid]
    size = degree + 2
    chosen = [int(points * (i + 0.5) / size) for i in range(size)]
    for _ in range(40):
        system = mp.matrix(size, size)
        right = mp.matrix(size, 1)
        for row, at in enumerate(chosen):
            for i in range(size - 1):
                system[row, i] = weights[at] * grid[at] ** i
            system[row, size - 1] = (-1) ** row
            right[row] = weights[at] * values[at]
        c = list(mp.lu_solve(system, right))[:-1]
        errors = [w * (v - mp.polyval(c[::-1], x)) for x, v, w in zip(grid, values, weights)]
        extrema = []  # of each run of errors of one sign the largest
        for at, error in enumerate(errors):
            if extrema and (errors[extrema[-1]] > 0) == (error > 0):
                if abs(error) > abs(errors[extrema[-1]]):
                    extrema[-1] = at
            else:
                extrema.append(at)
        while len(extrema) > size:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < size or extrema == chosen:
            break
        chosen = extrema
    return c, max(map(abs, errors))


def over_root(f):
    """A function of z = s * s from one of s."""
    return lambda z: f(mp.sqrt(z))


HALF_LN2 = mp.log(2) / 2 * mp.mpf("1.0001")
LAST_S = (SQRT2 - 1) / (SQRT2 + 1)

EXP = ("exp", "(exp(r) - 1 - r) / r^2 on |r| <= ln 2 / 2; relative to exp(r) - 1",
       lambda r: (mp.expm1(r) - r) / r**2, abs, (-HALF_LN2, HALF_LN2))
LOG = ("log", "(log(1 + f) - f + f^2 / 2) / f^3 on sqrt(1/2) <= 1 + f <= sqrt(2); relative to log(1 + f)",
       lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / mp.log1p(f), (1 / SQRT2 - 1, SQRT2 - 1))
ATANH = ("log", "(2 atanh(s) - 2 s) / s^3 in s^2 on s <= (sqrt(2) - 1) / (sqrt(2) + 1); relative to 2 s",
         over_root(lambda s: (2 * mp.atanh(s) - 2 * s) / s**3), lambda z: z / 2, (0, LAST_S**2))
ERF = ("erf", "erf(x) / x - 1 in x^2 on x <= 1; relative to erf(x)",
       over_root(lambda x: mp.erf(x) / x - 1), over_root(lambda x: x / mp.erf(x)), (0, 1))
TANH = ("tanh", "tanh(x) / x - 1 in x^2 on x <= 0.6; relative to tanh(x)",
        over_root(lambda x: mp.tanh(x) / x - 1), over_root(lambda x: x / mp.tanh(x)), (0, mp.mpf("0.3601")))


def log_erfc(end):
    return ("log_erfc", f"log(erfc(1 + t)) on 0 <= t <= {end}; absolute, in erfc(1 + t)",
            lambda t: mp.log(mp.erfc(1 + t)), lambda t: mp.erfc(1 + t), (0, end))


# With the degree of each polynomial.
TABLES = {
    "float": [(EXP, 5), (LOG, 8), (TANH, 5), (ERF, 6), (log_erfc(3), 7)],
    "double": [(EXP, 10), (ATANH, 6), (TANH, 11), (ERF, 11), (log_erfc(5), 18)],
}


def literal(x, kind):
    with mp.workprec({"float": 24, "double": 53}[kind]):
        return f"{float(+x):.9g}f" if kind == "float" else f"{float(+x):.17g}"


def main():
    print("// Printed by tests/ops/simd_coefficients.py: minimax polynomials, the lowest coefficient first, each with")
    print("// its largest error before its coefficients are rounded.")
    print("#pragma once\n\nnamespace ebb::ops {\n\ntemplate <class T>\nstruct SimdCoefficients;\n")
    for kind, rows in TABLES.items():
        print(f"template <>\nstruct SimdCoefficients<{kind}> {{")
        for (name, what, target, weight, interval), degree in rows:
            c, error = remez(target, weight, degree, *interval)
            print(f"  // {what}: 2^{float(mp.log(error, 2)):.1f}.")
            print(f"  static constexpr {kind} {name}[] = {{{', '.join(literal(x, kind) for x in c)}}};")
        print("};\n")
    print("}  // namespace ebb::ops")


if __name__ == "__main__":
    main()
