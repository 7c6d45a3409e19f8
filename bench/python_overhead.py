"""What a run from Python costs beside the same run of the command line, in turn.

usage: PYTHONPATH=build/release/python python3 bench/python_overhead.py build/release/bin/isotherm [--rounds N]
       (an interpreter with NumPy; isotherm installed by pip needs no PYTHONPATH)

Both write the same folder; `in memory` writes nothing. The time of the program is that of its process, the time of Python that
of the call: importing isotherm, which a session does once, is measured by itself. CPU seconds are user + system; they suffer
less than wall seconds from other work on the machine. The least of all rounds counts.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

import isotherm

EXPERIMENT = {"loss": "double-well", "eta": 0.05, "particles": 1_000_000, "steps": 100, "burn_in": 0}


def timed(work, who):
    """(wall seconds, CPU seconds) of this call."""
    before, begin = resource.getrusage(who), time.perf_counter()
    work()
    wall, after = time.perf_counter() - begin, resource.getrusage(who)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description="What a run from Python costs beside the same run of the command line.")
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    words = [word for name, value in EXPERIMENT.items() for word in ("--" + name.replace("_", "-"), str(value))]
    with tempfile.TemporaryDirectory() as folder:
        one, other = os.path.join(folder, "program"), os.path.join(folder, "python")
        cases = {
            "command line": lambda: timed(
                lambda: subprocess.run([given.program, "run", *words, "--quiet", "--output", one], check=True), resource.RUSAGE_CHILDREN),
            "Python": lambda: timed(lambda: isotherm.run(**EXPERIMENT, quiet=True, output=other), resource.RUSAGE_SELF),
            "Python, in memory": lambda: timed(lambda: isotherm.run(**EXPERIMENT, quiet=True), resource.RUSAGE_SELF),
            "import isotherm": lambda: timed(
                lambda: subprocess.run([sys.executable, "-c", "import isotherm"], check=True), resource.RUSAGE_CHILDREN),
        }
        times = {name: [] for name in cases}
        for _ in range(given.rounds):
            for name, measure in cases.items():
                times[name].append(measure())
    best = {name: [min(column) for column in zip(*rounds)] for name, rounds in times.items()}
    steps = EXPERIMENT["particles"] * EXPERIMENT["steps"]
    print(f"{steps:.0e} particle-steps; the least of {given.rounds} rounds; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"{'':20} {'wall s':>8} {'CPU s':>8}   beside the command line: wall, CPU")
    for name, (wall, cpu) in best.items():
        beside = [f"{100 * (mine / theirs - 1):+.1f} %" for mine, theirs in zip((wall, cpu), best["command line"])]
        shown = f"{beside[0]:>32} {beside[1]:>9}" if name.startswith("Python") else ""
        print(f"{name:20} {wall:8.3f} {cpu:8.3f} {shown}".rstrip())


if __name__ == "__main__":
    main()
