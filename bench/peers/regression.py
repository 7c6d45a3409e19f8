"""Linear regression by SGD on data, as every peer solves it: how it is timed, and the line that it prints.

Loss: the mean of (w x - y)^2 / 2 over the rows of a table, ten weights, in float32. Each particle is a run of

    w <- w - eta / B sum_b (w x_b - y_b) x_b,    eta = 0.05,

with B rows drawn with replacement for each particle and step. All w are 0 at first. What must agree is the variance of w1 over
particles, of which `exact_variance` has the stationary value. `regression.py --rows N --batch B [--csv FILE]` prints it, and writes
the table.

A peer is a class:

    class Peer:
        variants = ("best", ...)
        def __init__(self, options, table): ... # table: float32, rows x 11, y last
        def advance(self, steps): ...           # returns when the work is done
        def weights(self): ...                  # w1 of each particle

and calls `main("name", Peer, version)`. The first `burn_in` steps compile, warm up and equilibrate; they are not timed.
"""

import argparse
import json
import os
import time

import numpy as np

from problem import cpu_name, variance_of

COLUMNS = 10
ETA = np.float32(0.05)
NAMES = [f"x{c}" for c in range(1, COLUMNS + 1)] + ["y"]
LOSS = "(" + " + ".join(f"w{c}*x{c}" for c in range(1, COLUMNS + 1)) + " - y)^2/2"


def table_of(rows):
    """y = sum_c x_c c / 10 + e; x and e independent and uniform on (-1, 1). Six decimals, so that a CSV file has the same numbers."""
    random = np.random.default_rng(1)
    table = random.uniform(-1, 1, (rows, COLUMNS + 1))
    table[:, COLUMNS] += table[:, :COLUMNS] @ (np.arange(1, COLUMNS + 1) / COLUMNS)
    return np.round(table, 6)


def write_csv(path, rows):
    np.savetxt(path, table_of(rows), fmt="%.6f", delimiter=",", header=",".join(NAMES), comments="")


def exact_variance(rows, batch):
    """Of w1, stationary. The deviation e from the least-squares weights moves by e' = (1 - eta Q) e + eta q with Q = mean of x x^T
    and q = mean of r x over the batch, r being the residuals at those weights; so E q = 0, and M = E e e^T satisfies

        0 = -eta (H M + M H) + eta^2 (E[x x^T M x x^T] / B + (1 - 1/B) H M H) + eta^2 E[r^2 x x^T] / B,    H = E x x^T.
    """
    table = table_of(rows)
    x, y = table[:, :COLUMNS], table[:, COLUMNS]
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    eta, one = float(ETA), np.eye(COLUMNS)
    curvature = x.T @ x / rows
    products = np.einsum("ra,rb->rab", x, x).reshape(rows, -1)
    fourth = products.T @ products / rows  # [ab, cd] = E[x_a x_b x_c x_d]
    system = -eta * (np.kron(curvature, one) + np.kron(one, curvature)) + eta**2 * (
        fourth / batch + (1 - 1 / batch) * np.kron(curvature, curvature))
    noise = eta**2 / batch * (residual**2 @ products) / rows
    return np.linalg.solve(system, -noise)[0]


def count(text):
    value = float(text)
    if value != int(value) or value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive whole number")
    return int(value)


def main(name, peer, version):
    """Parses the command line, runs the peer, prints one line of JSON."""
    parser = argparse.ArgumentParser(description=peer.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--rows", type=count, default=1000)
    parser.add_argument("--batch", type=count, default=1)
    parser.add_argument("--particles", type=count, default=16384)
    parser.add_argument("--steps", type=count, default=200, help="timed")
    parser.add_argument("--burn-in", type=count, default=600, help="steps before, not timed")
    parser.add_argument("--threads", type=count, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=count, default=1)
    parser.add_argument("--variant", choices=peer.variants, default=peer.variants[0])
    options = parser.parse_args()
    run = peer(options, table_of(options.rows).astype(np.float32))
    run.advance(options.burn_in)
    before = time.perf_counter(), time.process_time()
    run.advance(options.steps)
    seconds, cpu_seconds = time.perf_counter() - before[0], time.process_time() - before[1]
    variance, error = variance_of(np.asarray(run.weights()))
    print(json.dumps({
        "name": name, "variant": options.variant, "version": version, "backend": "cpu", "threads": options.threads,
        "device": cpu_name(), "rows": options.rows, "batch": options.batch, "particles": options.particles, "steps": options.steps,
        "seconds": seconds, "cpu_seconds": cpu_seconds,
        "particle_steps_per_second": options.particles * options.steps / seconds,
        "examples_per_second": options.particles * options.steps * options.batch / seconds,
        "variance": float(variance), "standard_error": error,
    }), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Prints the exact variance, and the loss.")
    parser.add_argument("--rows", type=count, required=True)
    parser.add_argument("--batch", type=count, required=True)
    parser.add_argument("--csv", help="file for the table")
    options = parser.parse_args()
    if options.csv:
        write_csv(options.csv, options.rows)
    print(json.dumps({"variance": exact_variance(options.rows, options.batch), "loss": LOSS, "eta": float(ETA)}))
