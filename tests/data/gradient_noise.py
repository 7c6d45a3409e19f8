#!/usr/bin/env python3
"""Writes gradient_noise.json: the gradient noise of a logistic regression, row by row in plain Python.

Data: rows i = 0 ... 39 of a = sin(i + 1), b = cos(2 i) + i % 3 / 4, y = 1 if sin(5 i) > 0 else -1.
Loss of a row: log(1 + exp(-(u a + v b) y)); at (u, v) = (0.3, -0.7).
"""

import json
import math
from pathlib import Path

u, v = 0.3, -0.7
rows = [(math.sin(i + 1), math.cos(2 * i) + i % 3 / 4, 1.0 if math.sin(5 * i) > 0 else -1.0) for i in range(40)]
n = len(rows)

gradients, hessian, loss = [], [[0.0, 0.0], [0.0, 0.0]], 0.0
for a, b, y in rows:
    s = 1 / (1 + math.exp((u * a + v * b) * y))
    gradients.append((-y * s * a, -y * s * b))
    loss += math.log1p(math.exp(-(u * a + v * b) * y)) / n
    for i, p in enumerate((a, b)):
        for j, q in enumerate((a, b)):
            hessian[i][j] += s * (1 - s) * p * q / n
mean = [math.fsum(g[c] for g in gradients) / n for c in range(2)]
d = [[g[c] - mean[c] for c in range(2)] for g in gradients]
covariance = [[math.fsum(x[i] * x[j] for x in d) / n for j in range(2)] for i in range(2)]
trace, determinant = covariance[0][0] + covariance[1][1], covariance[0][0] * covariance[1][1] - covariance[0][1] ** 2
root = math.sqrt(trace * trace / 4 - determinant)


def norm(m):
    return math.sqrt(sum(x * x for row in m for x in row))


def leading(m):
    """The unit eigenvector of the larger eigenvalue of a symmetric 2 x 2 matrix."""
    angle = math.atan2(2 * m[0][1], m[0][0] - m[1][1]) / 2
    return math.cos(angle), math.sin(angle)


product = sum(covariance[i][j] * hessian[i][j] for i in range(2) for j in range(2))
c, h = leading(covariance), leading(hessian)
result = {
    "loss": loss,
    "gradient": mean,
    "covariance": covariance,
    "eigenvalues": [trace / 2 + root, trace / 2 - root],
    "alignment": product / norm(covariance) / norm(hessian),
    "isotropic_alignment": (hessian[0][0] + hessian[1][1]) / math.sqrt(2) / norm(hessian),
    "overlap": (c[0] * h[0] + c[1] * h[1]) ** 2,
    "skewness": [math.fsum(x[i] ** 3 for x in d) / n / covariance[i][i] ** 1.5 for i in range(2)],
    "excess_kurtosis": [math.fsum(x[i] ** 4 for x in d) / n / covariance[i][i] ** 2 - 3 for i in range(2)],
}
(Path(__file__).parent / "gradient_noise.json").write_text(json.dumps(result, indent=1) + "\n")
