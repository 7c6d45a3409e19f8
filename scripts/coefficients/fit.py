#!/usr/bin/env python3
"""Fits the polynomials behind isotherm's elementary functions and normal numbers, and writes them as lane texts.

    python3 scripts/coefficients/fit.py            rewrites include/isotherm/math/polynomials_{float,double}-inl.hpp
    python3 scripts/coefficients/fit.py --check    exit 1 if the files differ from what would be written

Each is the minimax polynomial (Remez exchange in 60 digits) of a function on an interval under a weight that makes its
error that of the quantity it serves. Coefficients are then rounded to the target precision; where the variable keeps its
sign, one after the other, lowest power first, and the higher ones are fitted again to what remains. The last bits of the
float lane's sine come from refine_sine.cpp. Needs mpmath and clang-format.
"""

import math
import pathlib
import struct
import subprocess
import sys

from mpmath import mp, mpf

mp.dps = 60
HEADERS = pathlib.Path(__file__).resolve().parents[2] / "include" / "isotherm" / "math"


def remez(values, weights, points, powers):
    """Coefficients of the minimax combination of x^k, k in powers, on the grid, and its weighted error."""
    count = len(powers) + 1
    chosen = [round(i * (len(points) - 1) / (count - 1)) for i in range(count)]
    columns = {k: [x**k for x in points] for k in powers}
    best = None
    for _ in range(40):
        matrix = mp.matrix(count, count)
        right = mp.matrix(count, 1)
        for row, i in enumerate(chosen):
            for column, k in enumerate(powers):
                matrix[row, column] = columns[k][i]
            matrix[row, count - 1] = (-1) ** row / weights[i]
            right[row] = values[i]
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[i] for i in range(count - 1)]
        error = [
            weights[i] * (sum(c * columns[k][i] for c, k in zip(coefficients, powers)) - values[i])
            for i in range(len(points))
        ]
        # The largest error of each sign run, then the best `count` neighbouring runs.
        extrema = []
        for i, e in enumerate(error):
            if extrema and (e > 0) == (error[extrema[-1]] > 0):
                if abs(e) > abs(error[extrema[-1]]):
                    extrema[-1] = i
            else:
                extrema.append(i)
        while len(extrema) > count:
            extrema.pop(0 if abs(error[extrema[0]]) < abs(error[extrema[-1]]) else -1)
        largest = max(abs(e) for e in error)
        if best is None or largest < best[1]:
            best = coefficients, largest
        if len(extrema) < count or largest < abs(solution[count - 1]) * mpf("1.0001"):
            break
        chosen = extrema
    return best


def round_to(value, precision):
    if precision == "float":
        return mpf(struct.unpack("f", struct.pack("f", float(value)))[0])
    return mpf(float(value))


def fit(function, weight, lower, upper, degree, precision, given=None):
    """Rounded coefficients c0 ... c_degree, or the `given` ones, and their weighted error."""
    lower, upper = mpf(lower), mpf(upper)
    size = 40 * (degree + 2)
    points = [
        (lower + upper) / 2 + (upper - lower) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * size)) for i in reversed(range(size))
    ]
    weights = [abs(mpf(weight(x))) for x in points]
    rest = [mpf(function(x)) for x in points]
    # Fitting again needs powers x, x^2, ... alone, and these are a Chebyshev system only where x keeps its sign.
    one_by_one = lower >= 0
    fitted = given or remez(rest, weights, points, list(range(degree + 1)))[0]
    rounded = []
    for power in range(degree + 1):
        if one_by_one and not given:
            fitted[power:] = remez(rest, weights, points, list(range(power, degree + 1)))[0]
        rounded.append(round_to(fitted[power], precision))
        rest = [r - rounded[-1] * x**power for r, x in zip(rest, points)]
    return rounded, max(w * abs(r) for w, r in zip(weights, rest))


def tail(function, x, series):
    """function(x) away from 0, its series near it, where the quotient cancels."""
    return series(x) if abs(x) < mpf("1e-12") else function(x)


def twice_exponential_tail(r):
    return tail(lambda r: 2 * (mp.exp(r) - 1 - r) / r**2, r, lambda r: 1 + r / 3)


def logarithm_tail(f):
    return tail(lambda f: (mp.log1p(f) - f) / f**2, f, lambda f: -mpf(1) / 2 + f / 3)


def sine_tail(q):
    r = mp.sqrt(q)
    return tail(lambda q: (mp.sin(r) / r - 1) / q, q, lambda q: -mpf(1) / 6 + q / 120)


def cosine_tail(q):
    return tail(lambda q: (mp.cos(mp.sqrt(q)) - 1 + q / 2) / q**2, q, lambda q: mpf(1) / 24 - q / 720)


def radius_tail(f):
    return -2 * logarithm_tail(f)


def sine_pi_ratio(q):
    t = mp.sqrt(q)
    return tail(lambda q: mp.sin(mp.pi * t) / t, q, lambda q: mp.pi - mp.pi**3 / 6 * q)


def cosine_pi_tail(q):
    return tail(
        lambda q: (mp.cos(mp.pi * mp.sqrt(q)) - 1) / q, q, lambda q: -(mp.pi**2) / 2 + mp.pi**4 / 24 * q
    )


def artanh_tail(z):
    s = mp.sqrt(z)
    return tail(lambda z: (mp.atanh(s) / s - 1) / z, z, lambda z: mpf(1) / 3 + z / 5)


def artanh_second_tail(z):
    return tail(lambda z: (artanh_tail(z) - mpf(1) / 3) / z, z, lambda z: mpf(1) / 5 + z / 7)


SMALL = mp.mpf("1e-25")
HALF_LOG_2 = mp.log(2) / 2 * (1 + mp.mpf(2) ** -12)
MANTISSA = (mp.sqrt(mpf(1) / 2) - 1 - mp.mpf(2) ** -20, mp.sqrt(2) - 1 + mp.mpf(2) ** -20)
QUADRANT = (0, mpf("0.7857") ** 2)
ARTANH = (0, ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * (1 + mp.mpf(2) ** -12))

# name, variable, meaning, function, weight, interval, degree in float, degree in double (None: not needed there)
POLYNOMIALS = [
    ("twice_exponential_tail", "r", "2 (e^r - 1 - r) / r^2 for |r| <= log(2) / 2; error relative to e^r",
     twice_exponential_tail, lambda r: r**2 / mp.exp(r) / 2, (-HALF_LOG_2, HALF_LOG_2), 4, 9),
    ("logarithm_tail", "f", "(log(1 + f) - f) / f^2 for sqrt(1/2) <= 1 + f <= sqrt(2); error relative to log(1 + f)",
     logarithm_tail, lambda f: f if abs(f) < SMALL else f**2 / mp.log1p(f), MANTISSA, 8, 19),
    ("sine_tail", "q", "(sin(r) / r - 1) / r^2 for q = r^2, |r| <= 1.6; error relative to sin(r)",
     sine_tail, lambda q: q if q < SMALL else q * mp.sqrt(q) / mp.sin(mp.sqrt(q)), (0, mpf("1.6") ** 2), 3, None),
    ("quadrant_sine_tail", "q", "(sin(r) / r - 1) / r^2 for q = r^2, |r| <= 0.7857; error relative to sin(r)",
     sine_tail, lambda q: q if q < SMALL else q * mp.sqrt(q) / mp.sin(mp.sqrt(q)), QUADRANT, None, 5),
    ("quadrant_cosine_tail", "q", "(cos(r) - 1 + r^2 / 2) / r^4 for q = r^2, |r| <= 0.7857; error relative to cos(r)",
     cosine_tail, lambda q: q**2 / mp.cos(mp.sqrt(q)), QUADRANT, None, 5),
    ("radius_tail", "f", "(-2 log(1 + f) + 2 f) / f^2 for sqrt(1/2) <= 1 + f <= sqrt(2); error relative to log(1 + f)",
     radius_tail, lambda f: f / 2 if abs(f) < SMALL else f**2 / mp.log1p(f) / 2, MANTISSA, 7, 18),
    ("sine_pi_ratio", "q", "sin(pi t) / t for q = t^2, |t| <= 1/2; error absolute in sin(pi t)",
     sine_pi_ratio, lambda q: mp.sqrt(q) + mpf("1e-9"), (0, mpf("0.25")), 4, 8),
    ("cosine_pi_tail", "q", "(cos(pi t) - 1) / t^2 for q = t^2, |t| <= 1/2; error absolute in cos(pi t)",
     cosine_pi_tail, lambda q: q + mpf("1e-9"), (0, mpf("0.25")), 3, 7),
    ("artanh_second_tail", "z", "((artanh(s) / s - 1) / s^2 - 1/3) / s^2 for z = s^2, |s| <= 0.1716; error relative to "
     "artanh(s)", artanh_second_tail, lambda z: z**2, ARTANH, 2, 7),
]


# From refine_sine.cpp, which starts from the coefficients fitted here.
REFINED = {
    ("sine_tail", "float"): ["-0x1.55554cp-3", "0x1.110ecep-7", "-0x1.9f6dcp-13", "0x1.5d8cf2p-19"],
}


def literal(value, precision):
    digits, exponent = float(value).hex().split("p")
    return digits.rstrip("0").rstrip(".") + "p" + exponent + ("f" if precision == "float" else "")


def lane_text(precision):
    lines = [
        f"// Polynomials of the {precision} lane. Written by scripts/coefficients/fit.py, which states how; do not edit.",
        "",
    ]
    for name, variable, meaning, function, weight, interval, float_degree, double_degree in POLYNOMIALS:
        degree = float_degree if precision == "float" else double_degree
        if degree is None:
            continue
        given = [mpf(float.fromhex(c)) for c in REFINED.get((name, precision), [])]
        coefficients, error = fit(function, weight, *interval, degree, precision, given)
        print(f"{precision:6} {name:20} degree {degree:2}  error 2^{math.log2(error):.1f}", file=sys.stderr)
        lines += [
            f"/// {meaning} is below 2^{math.log2(error):.1f}.",
            "template <class V>",
            f"ISOTHERM_LANE V {name}(V {variable}) {{",
            f"  return polynomial({variable}, " + ", ".join(literal(c, precision) for c in coefficients) + ");",
            "}",
            "",
        ]
    return "\n".join(lines[:-1]) + "\n"


def formatted(text):
    """The text as clang-format leaves it, so that the written files satisfy the project's format check."""
    root = HEADERS.parents[2]
    return subprocess.run(["clang-format", "--assume-filename=text.hpp"], input=text, text=True, cwd=root, check=True,
                          stdout=subprocess.PIPE).stdout.rstrip() + "\n"


def main():
    changed = False
    for precision in ("float", "double"):
        path = HEADERS / f"polynomials_{precision}-inl.hpp"
        text = formatted(lane_text(precision))
        if "--check" in sys.argv:
            if path.read_text() != text:
                print(f"{path} is not what this script writes", file=sys.stderr)
                changed = True
        else:
            path.write_text(text)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
