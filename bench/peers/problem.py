"""The problem that every peer solves, how it is timed, and the line that it prints.

Double well L = (x^2 - 1)^2 / 4, SGD with Gaussian gradient noise, in float32:

    x <- x - eta (x^3 - x + sigma xi),    eta = 0.05, sigma = 1,

and every `every`-th step each x goes into a histogram of 256 equal bins on [-2, 2), with an underflow bin before them and
an overflow bin behind.

A peer is a class:

    class Peer:
        variants = ("best", ...)                # the first is taken unless --variant names another
        def __init__(self, options): ...        # options.particles, steps, every, threads, seed, variant
        def advance(self, steps): ...           # a multiple of `every`; returns when the work is done
        def clear(self): ...                    # empties the histogram
        def positions(self): ...                # float32, one for each particle
        def counts(self): ...                   # 258 integers: underflow, bins, overflow

and calls `main("name", Peer, ...)`. The first `burn_in` steps compile, warm up and equilibrate; they are not timed.
"""

import argparse
import json
import os
import time

import numpy as np

ETA = np.float32(0.05)
SIGMA = np.float32(1)
LOWER = np.float32(-2)
UPPER = np.float32(2)
BINS = 256
CELLS = BINS + 2
PER_UNIT = np.float32(BINS / 4)  # bins in a unit of x

# x (GROWTH - ETA x^2) - KICK xi is the step with its constants collected.
GROWTH = np.float32(1) + ETA
KICK = ETA * SIGMA


def start(particles):
    """Both minima in turn: by symmetry the slow exchange between the wells has nothing to do, and what remains relaxes at
    a rate of about 2 a unit of time, 10 steps."""
    x = np.ones(particles, np.float32)
    x[::2] = -1
    return x


def variance_of(x):
    """Variance over particles, and its standard error sqrt((m4 - m2^2) / n) from central moments."""
    centred = x.astype(np.float64)
    centred -= centred.mean()
    squares = centred * centred
    m2 = squares.mean()
    return m2, float(np.sqrt((np.mean(squares * squares) - m2 * m2) / x.size))


def variance_of_counts(counts):
    """Variance of the histogram's density, with Sheppard's correction for the width of a bin."""
    inside = np.asarray(counts[1:-1], np.float64)
    width = (float(UPPER) - float(LOWER)) / BINS
    centres = float(LOWER) + width * (np.arange(BINS) + 0.5)
    mean = np.sum(inside * centres) / inside.sum()
    return np.sum(inside * (centres - mean) ** 2) / inside.sum() - width * width / 12


def arguments(description, variants, defaults):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)

    def count(text):
        value = float(text)
        if value != int(value) or value < 1:
            raise argparse.ArgumentTypeError(f"{text} is not a positive whole number")
        return int(value)

    parser.add_argument("--particles", type=count, default=defaults.get("particles", 1_000_000))
    parser.add_argument("--steps", type=count, default=defaults.get("steps", 200), help="timed; a multiple of --every")
    parser.add_argument("--every", type=count, default=10, help="steps between samples of the histogram")
    parser.add_argument("--burn-in", type=count, default=200, help="steps before, not timed; a multiple of --every")
    parser.add_argument("--threads", type=count, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=count, default=1)
    parser.add_argument("--variant", choices=variants, default=variants[0])
    options = parser.parse_args()
    for name in ("steps", "burn_in"):
        if getattr(options, name) % options.every != 0:
            parser.error(f"--{name.replace('_', '-')} {getattr(options, name)} is no multiple of --every {options.every}")
    return options


def main(name, peer, backend, version, device=None, **defaults):
    """Parses the command line, runs the peer, prints one line of JSON. `device` names it for a GPU, and is called last."""
    options = arguments(peer.__doc__, peer.variants, defaults)
    run = peer(options)
    run.advance(options.burn_in)
    run.clear()
    before = time.perf_counter(), time.process_time()
    run.advance(options.steps)
    seconds, cpu_seconds = time.perf_counter() - before[0], time.process_time() - before[1]
    counts = np.asarray(run.counts(), np.int64)
    variance, error = variance_of(np.asarray(run.positions()))
    print(json.dumps({
        "name": name,
        "variant": options.variant,
        "version": version,
        "backend": backend() if callable(backend) else backend,
        "threads": options.threads,
        "device": device() if device else cpu_name(),
        "particles": options.particles,
        "steps": options.steps,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "particle_steps_per_second": options.particles * options.steps / seconds,
        "variance": float(variance),
        "standard_error": error,
        "histogram_variance": float(variance_of_counts(counts)),
        "counted": int(counts.sum()),
        "expected_count": options.particles * (options.steps // options.every),
    }), flush=True)


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown"
