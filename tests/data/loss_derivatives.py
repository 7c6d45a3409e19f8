#!/usr/bin/env python3
"""Writes loss_derivatives.json: expressions, points, and their values, gradients and Hessians by sympy with 40 digits.

    python3 tests/data/loss_derivatives.py > tests/data/loss_derivatives.json
"""
import json
import random

import sympy

COORDINATES = sympy.symbols("x y", real=True)
FUNCTIONS = {
    "abs": sympy.Abs, "sqrt": sympy.sqrt, "exp": sympy.exp, "log": sympy.log, "sin": sympy.sin, "cos": sympy.cos,
    "tan": sympy.tan, "tanh": sympy.tanh, "cosh": sympy.cosh, "sinh": sympy.sinh,
    "log1p": lambda u: sympy.log(1 + u), "expm1": lambda u: sympy.exp(u) - 1, "min": sympy.Min, "max": sympy.Max,
}
GENERAL_POINTS = [(0.7, -1.3), (-0.4, 0.9), (1.6, 2.1)]

# One for each rule and each identity, at points where it is delicate.
CHOSEN = [
    ("x^7 - 3*x^3*y^2", GENERAL_POINTS), ("(x-y)^4/(1+x^2)", GENERAL_POINTS), ("x^-2 + y^-3", GENERAL_POINTS),
    ("-x^2", GENERAL_POINTS), ("2^-x^2", GENERAL_POINTS), ("2^3^0.5*x", GENERAL_POINTS), ("x/y/3", GENERAL_POINTS),
    ("x^1.5 + y^0.5 + x^-0.5", [(0.7, 1.3), (2.5, 0.1)]), ("x^y", [(0.7, 1.3), (2.5, -0.4)]),
    ("x^2.3*y^(1/3)", [(0.7, 1.3), (2.5, 8.0)]), ("abs(x)^3 + abs(x*y-1)", GENERAL_POINTS),
    ("abs(-2*x)^4 + abs(3*y)", GENERAL_POINTS), ("min(x^2, y, 1)", GENERAL_POINTS),
    ("max(x*y, 0) + max(sin(x), y^2, x)", GENERAL_POINTS), ("log(cosh(x*y))", GENERAL_POINTS + [(200.0, 4.0)]),
    ("log(cosh(x))^2 + tanh(y)", GENERAL_POINTS), ("sinh(x)/cosh(x) + sinh(y)*cosh(x)", GENERAL_POINTS),
    ("tan(x/2) - tan(-y/3)", GENERAL_POINTS), ("sinh(x) + expm1(y)", [(1e-9, 2e-9), (-3e-6, 1e-7), (-3.0, -50.0)]),
    ("log1p(x) - 3*log1p(y^2)", [(1e-9, 2e-5), (-3e-7, 1e-3), (-0.9, 40.0)]), ("tanh(x) + sin(y)", [(1e-9, -2e-8)]),
    ("log1p(exp(-x*y))", GENERAL_POINTS), ("exp(-(x^2+y^2)/2)", GENERAL_POINTS), ("sqrt(1+x^2+y^2)-1", GENERAL_POINTS),
    ("(x + 1 + y + 2)^2 - (3 - (1 - x))^2", GENERAL_POINTS), ("3*x + x*5 - 7*x + (2*x)/4", GENERAL_POINTS),
    ("0.5*x - 0.5*y - 0.5*(x*y)", GENERAL_POINTS), ("-3*x^2 - 4*y^2 - x - y", GENERAL_POINTS),
    ("5*(x+1)*cos(5*(x+1)) - 5*(2-y)*sin(3*(2-y))", GENERAL_POINTS),
    ("0.3*(x*(0.5*y + 1) - 0.7)*(1/(2*y))", GENERAL_POINTS), ("x*y*x*y - (x*y)^2 + x", GENERAL_POINTS),
    ("cos(-x*y) + abs(x)/(1+abs(y))", GENERAL_POINTS), ("cos(x-y)*cos(y-x) + sin(y-x)", GENERAL_POINTS),
    ("sin(x) - (cos(y) - (x*y - (exp(x) - y^2))) - (2 - x)", GENERAL_POINTS),
    ("3*(x*(1 - y))*sin(2*(y - x*(3*y - 2)/5))", GENERAL_POINTS),
]


def to_sympy(text):
    names = dict(FUNCTIONS, x=COORDINATES[0], y=COORDINATES[1], pi=sympy.pi)
    return sympy.parse_expr(text.replace("^", "**"), local_dict=names,
                            transformations=sympy.parsing.sympy_parser.standard_transformations +
                            (sympy.parsing.sympy_parser.rationalize,))


def random_expression(generator, depth):
    """Text of an expression that is smooth and real everywhere except where it may divide by zero."""
    if depth == 0:
        return generator.choice(["x", "y", "x", "y", "2", "0.5", "3", "1.25", "pi"])
    a = random_expression(generator, depth - 1)
    b = random_expression(generator, generator.randrange(depth))
    return generator.choice([
        f"({a} + {b})", f"({a} - {b})", f"{a}*{b}", f"({a})*({b})", f"({a})/(1 + ({b})^2)", f"({a})^2", f"({a})^3",
        f"sin({a})", f"cos({a})", f"tanh({a})", f"exp(-({a})^2)", f"sqrt(1 + ({a})^2)", f"log(1 + ({a})^2)",
        f"log1p(({a})^2)", f"expm1(-({a})^2)", f"sinh(sin({a}))", f"cosh(cos({a}))", f"log(cosh({a}))", f"-({a})",
        f"abs({a})", f"min({a}, {b})", f"max({a}, {b})", f"({a})/2 - 0.3*({b})",
    ])


def record(text, points):
    expression = to_sympy(text)
    gradient = [sympy.diff(expression, c) for c in COORDINATES]
    hessian = [sympy.diff(g, c) for g in gradient for c in COORDINATES]
    result = {"expression": text, "points": []}
    for point in points:
        at = {c: sympy.Rational(p) for c, p in zip(COORDINATES, point)}
        values = [sympy.N(e.subs(at).doit(), 40, maxn=2000) for e in [expression] + gradient + hessian]
        if not all(v.is_number and v.is_real and abs(v) < 1000 for v in values):
            return None
        values = [float(v) for v in values]
        result["points"].append({"at": point, "value": values[0], "gradient": values[1:3], "hessian": values[3:]})
    return result


def main():
    records = [record(text, points) for text, points in CHOSEN]
    assert all(records), [text for (text, _), r in zip(CHOSEN, records) if not r]
    generator = random.Random(1)
    while len(records) < len(CHOSEN) + 60:
        text = random_expression(generator, generator.choice([2, 3, 4]))
        if ("x" in text.replace("exp", "").replace("max", "")) and len(text) < 200:
            made = record(text, GENERAL_POINTS)
            if made:
                records.append(made)
    lines = ",\n ".join(json.dumps(r) for r in records)
    print("[\n " + lines + "\n]")


main()
