#!/usr/bin/env python3
"""How cold epochs are: alpha = T / (eta sigma^2) of reshuffled examples against u = eta h N.

    scripts/alpha_of_epochs.py measure [ISOTHERM]   runs, and writes docs/figures/alpha-of-epochs.csv (some minutes)
    scripts/alpha_of_epochs.py draw                 writes docs/figures/alpha-of-epochs.svg from that file

L = (x - y)^2 / 2 over N equally spaced y of mean 0 and variance 1, so h = sigma = 1, one example a step, every example once
in an epoch of N steps. Measured is the mean of average(x^2, N), over the particles, of the N last steps; exact is what
`isotherm predict` says for that N; the limit N -> infinity is 1/2 - 1/u + (1 - exp(-u)) / u^2. What is beyond the upper edge,
10 examples at a rate near the bound of stability, is in the numbers only.
"""

import csv
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

FIGURES = Path(__file__).resolve().parent.parent / "docs" / "figures"
TABLE, DRAWING = FIGURES / "alpha-of-epochs.csv", FIGURES / "alpha-of-epochs.svg"
VALUES_OF_U = [0.1, 0.2, 0.4, 0.71, 1.25, 2, 4, 8, 16]
SIZES = {10: "#d55e00", 100: "#0072b2", 1000: "#222222"}
PARTICLES = {10: 50000, 100: 5000, 1000: 1000}


def limit(u):
    return 0.5 - 1 / u + (1 - math.exp(-u)) / u**2


def measure(isotherm):
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in SIZES:
            data = Path(folder) / f"{rows}.csv"
            unit = math.sqrt((rows**2 - 1) / 3)
            data.write_text("y\n" + "".join(f"{(2 * i - rows + 1) / unit:.17g}\n" for i in range(rows)))
            for u in VALUES_OF_U:
                eta = u / rows
                if eta >= 2:
                    continue
                mean_square = f"average(x^2, {rows})"
                options = ["--loss", "(x - y)^2/2", "--data", data, "--sampling", "reshuffle", "--eta", repr(eta),
                           "--particles", PARTICLES[rows], "--steps", rows, "--thinning", rows, "--precision", "double",
                           "--histogram", "x", "--histogram", mean_square, "--output", Path(folder) / "run", "--json"]

                def output(command):
                    return json.loads(subprocess.run([isotherm, command, *map(str, options)], check=True,
                                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)

                moments = output("run")["moments"][mean_square]
                exact = next(p for p in output("predict")["predictions"] if p["prediction"] == "lyapunov")["epoch"]["alpha"]
                alpha, error = moments["mean"] / eta, moments["mean_standard_error"] / eta
                print(f"N = {rows:4}  u = {u:5}  alpha = {alpha:.5f} +- {error:.5f}  exact {exact:.5f}, "
                      f"{(alpha - exact) / error:+.1f} standard errors; limit {limit(u):.5f}", flush=True)
                lines.append([rows, u, f"{alpha:.6g}", f"{error:.3g}", f"{exact:.10g}"])
    with open(TABLE, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["rows", "u", "alpha", "standard_error", "exact"], *lines])


def draw():
    width, height, left, right, top, bottom = 640, 400, 62, 16, 16, 52
    low, high, most = 0.08, 20, 0.55
    x = lambda u: left + (width - left - right) * math.log(u / low) / math.log(high / low)
    y = lambda alpha: height - bottom - (height - top - bottom) * alpha / most
    part = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
            f'<rect width="{width}" height="{height}" fill="white"/>']

    def line(x1, y1, x2, y2, color, dash=""):
        part.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"'
                    + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")

    def text(at_x, at_y, words, anchor="middle", color="black"):
        part.append(f'<text x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="{anchor}" fill="{color}">{words}</text>')

    for alpha in [0, 0.1, 0.2, 0.3, 0.4, 0.5]:
        line(left, y(alpha), width - right, y(alpha), "#dddddd")
        text(left - 8, y(alpha) + 4, f"{alpha:g}", "end")
    for u in [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]:
        line(x(u), y(0), x(u), y(0) + 5, "black")
        text(x(u), y(0) + 20, f"{u:g}")
    line(left, y(0), width - right, y(0), "black")
    text((left + width - right) / 2, height - 10, "u = &#951; h N")
    part.append(f'<text transform="translate(16 {(top + height - bottom) / 2:.0f}) rotate(-90)" text-anchor="middle">'
                '&#945; = h Var / (&#951; &#963;&#178;), mean over the epoch</text>')
    text(width - right - 4, y(0.5) - 6, "examples drawn anew each step: 1/2", "end", "#777777")
    line(left, y(0.5), width - right, y(0.5), "#777777", "2 3")

    steps = [low * (high / low) ** (i / 200) for i in range(201)]
    points = " ".join(f"{x(u):.1f},{y(limit(u)):.1f}" for u in steps)
    part.append(f'<polyline points="{points}" fill="none" stroke="#009e73" stroke-width="1.5"/>')
    line(left, y(0.1), x(0.71), y(0.1), "#cc79a7", "5 3")
    line(x(0.71), y(0.1), x(0.71), y(0), "#cc79a7", "5 3")
    text(x(0.71) + 8, y(0.1) + 18, "&#945; = 1/10 at u = 0.71", "start", "#cc79a7")

    with open(TABLE, newline="") as file:
        table = list(csv.DictReader(file))
    for rows, color in SIZES.items():
        mine = [(float(r["u"]), float(r["alpha"]), float(r["standard_error"]), float(r["exact"]))
                for r in table if int(r["rows"]) == rows and float(r["exact"]) < most]
        points = " ".join(f"{x(u):.1f},{y(exact):.1f}" for u, _, _, exact in mine)
        part.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="0.7" stroke-dasharray="4 2"/>')
        for u, alpha, error, _ in mine:
            line(x(u), y(alpha - 5 * error), x(u), y(alpha + 5 * error), color)
            part.append(f'<circle cx="{x(u):.1f}" cy="{y(alpha):.1f}" r="3" fill="{color}"/>')
    for place, (words, color) in enumerate([*((f"measured, N = {rows}", color)
                                              for rows, color in SIZES.items()),
                                             ("bars: 5 standard errors; dashed: exact", "none"),
                                             ("N &#8594; &#8734;: 1/2 - 1/u + (1 - exp(-u)) / u&#178;", "#009e73")]):
        part.append(f'<circle cx="{left + 14}" cy="{top + 52 + 18 * place}" r="4" fill="{color}"/>')
        text(left + 24, top + 56 + 18 * place, words, "start")
    DRAWING.write_text("\n".join([*part, "</svg>", ""]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"] and len(sys.argv) <= 3:
        measure(sys.argv[2] if len(sys.argv) == 3 else "isotherm")
    elif sys.argv[1:] == ["draw"]:
        draw()
    else:
        sys.exit(__doc__)
