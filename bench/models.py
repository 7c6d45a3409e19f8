#!/usr/bin/env python3
"""Examples per second of the models of data on one thread: usage: models.py PROGRAM, on a machine that is quiet

Each model runs on a table of 1000 rows of normal numbers, in batches of 32 drawn with replacement. The rate is that of
result.json: of the steps alone, without the plan, the predictions, start and snapshot. The better of two rounds. Prints
Markdown.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS, BATCH, PARTICLES, SECONDS, ROUNDS = 1000, 32, 4096, 1, 2
law = random.Random(2026)


def table(file, features, classes):
    with open(file, "w", encoding="ascii") as stream:
        print(*[f"a{i}" for i in range(features)], "y", sep=",", file=stream)
        for row in range(ROWS):
            target = row % classes if classes else f"{law.gauss(0, 1):.6f}"
            print(*[f"{law.gauss(0, 1):.6f}" for _ in range(features)], target, sep=",", file=stream)


def seconds_of(program, words, folder, steps):
    subprocess.run([program, "run", *words, "--steps", str(steps), "--output", folder, "--quiet"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))["execution"]["wall_seconds"]


def examples_per_second(program, words, folder):
    """Of what a second run takes longer: start and snapshot cost as much as many steps of large models."""
    short, steps = seconds_of(program, words, folder, 1), 8
    while (spent := seconds_of(program, words, folder, 1 + steps) - short) < SECONDS / 4:
        steps *= 4
    steps = int(steps * SECONDS / spent) + 1
    return PARTICLES * BATCH * steps / (min(seconds_of(program, words, folder, 1 + steps) for _ in range(ROUNDS)) - short)


def main():
    program = sys.argv[1]
    # name, features, classes, options: (features and options make the number of parameters)
    cases = [("linear-regression", 9, 0, []), ("linear-regression", 49, 0, []), ("linear-regression", 255, 0, []),
             ("logistic-regression", 9, 2, []), ("softmax-regression", 4, 3, []),
             ("two-layer-network", 2, 0, ["hidden=4"])]
    print("| model | parameters | 1e6 examples/s | 1e6 parameters of examples/s |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for model, features, classes, options in cases:
            file = Path(folder) / f"{features}-{classes}.csv"
            if not file.exists():
                table(file, features, classes)
            words = ["--loss", model, "--data", str(file), "--batch-size", str(BATCH), "--eta", "1e-5", "--threads",
                     "1", "--particles", str(PARTICLES), "--burn-in", "0", "--thinning", "1000000000"]
            for option in options:
                words += ["--set", option]
            hidden = int(options[0].split("=")[1]) if options else 0
            outputs = classes - 1 if model.startswith("softmax") else 1
            parameters = hidden * (features + 2) + 1 if hidden else outputs * (features + 1)
            rate = examples_per_second(program, words, Path(folder) / "output")
            print(f"| `{' '.join([model, *options])}` | {parameters} | {rate / 1e6:.3g} | {rate * parameters / 1e6:.3g} |",
                  flush=True)


main()
