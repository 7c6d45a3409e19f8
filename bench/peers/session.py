"""One session: every peer is checked, then all are run in turn, and the tables are written. Called by bench/compare.sh.

Needs Python 3.9 and nothing else; the peers run in the interpreter that --python names.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ETA, SIGMA, BURN_IN, EVERY = 0.05, 1, 200, 10
LIMIT = 5  # standard errors
TIMEOUT = 900  # seconds for one run, compilation included


class Absent(Exception):
    """A peer that cannot run here, and why."""


@dataclasses.dataclass(frozen=True)
class Peer:
    label: str
    program: str  # a file of this folder, "isotherm", or "bench_textbook"
    variant: str = ""
    backend: str = "cpu"
    least_steps: int = 0  # of a timed run, where what is done once (reading the state, moments) would count too much; or examples


CPU = [
    Peer("isotherm", "isotherm", least_steps=10_000),
    Peer("NumPy", "peer_numpy.py", "blocked"),
    Peer("Numba, np.random", "peer_numba.py", "normal"),
    Peer("Numba, NumPy Generators", "peer_numba.py", "generator"),
    Peer("Numba, Philox by hand", "peer_numba.py", "philox"),
    Peer("Numba, xoshiro by hand", "peer_numba.py", "simd"),
    Peer("JAX, a device per thread", "peer_jax.py", "sharded"),
    Peer("JAX, one device", "peer_jax.py", "whole"),
]
REGRESSION = [
    Peer("isotherm", "isotherm", least_steps=20_000),
    Peer("NumPy", "regression_numpy.py", "blocked"),
    Peer("Numba, np.random", "regression_numba.py", "random"),
    Peer("Numba, xoshiro by hand", "regression_numba.py", "hand"),
]
GPU = [
    Peer("isotherm", "isotherm", backend="cuda", least_steps=200_000),
    Peer("cuRAND + Thrust + CUB", "bench_textbook", "state", "cuda"),
    Peer("cuRAND by counter + Thrust + CUB", "bench_textbook", "counter", "cuda"),
    Peer("CuPy, raw kernel", "peer_cupy.py", "raw", "cuda"),
    Peer("CuPy, arrays", "peer_cupy.py", "array", "cuda"),
    Peer("numba-cuda, its generator", "peer_numba_cuda.py", "normal", "cuda"),
    Peer("numba-cuda, by hand", "peer_numba_cuda.py", "pair", "cuda"),
    Peer("PyTorch, compiled", "peer_torch.py", "compiled", "cuda"),
    Peer("JAX", "peer_jax.py", "whole", "cuda"),
    Peer("JAX, unsafe_rbg", "peer_jax.py", "unsafe-rbg", "cuda"),
]


def program(options, name):
    path = options.build / "bin" / name
    if not path.is_file():
        raise Absent(f"{path} is not built")
    return str(path)


def execute(command, environment):
    """Standard output of a command, and the CPU time of its whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise Absent(f"no answer in {TIMEOUT} s") from None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode != 0:
        lines = (result.stderr.strip() or f"exit status {result.returncode}").splitlines()
        raise Absent(lines[-1])
    return result.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def environment_of(options, peer):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(options.cache / "numba"), "PYTHONDONTWRITEBYTECODE": "1"}
    if peer.backend == "cpu":
        environment.update(JAX_PLATFORMS="cpu", CUDA_VISIBLE_DEVICES="")
    return environment


def run_isotherm(options, peer, words, folder):
    """`isotherm run`, with all its bookkeeping; the rate is the one that it reports, burn-in included."""
    command = [program(options, "isotherm"), "run", *words, "--threads", options.threads, "--backend", peer.backend, "--quiet", "--json",
               "--output", folder]
    text, cpu_seconds = execute([str(word) for word in command], environment_of(options, peer))
    result = json.loads(text)
    execution = result["execution"]
    return result, {
        "name": "isotherm", "variant": execution.get("simd", ""), "version": execution["version"], "backend": execution["backend"],
        "threads": execution["threads"], "device": execution["device"], "seconds": execution["wall_seconds"], "cpu_seconds": cpu_seconds,
        "particle_steps_per_second": execution["particle_steps_per_second"],
    }


def run_program(options, peer, words):
    if peer.program == "bench_textbook":
        command = [program(options, peer.program)]
    else:
        command = [options.python, str(HERE / peer.program)]
        words = [*words, "--threads", options.threads]
    text, _ = execute([*command, *map(str, words), "--variant", peer.variant], environment_of(options, peer))
    line = json.loads(text.splitlines()[-1])
    if line["backend"] != peer.backend:
        raise Absent(f"it ran on {line['backend']}")
    return line


def pull(line, name, exact):
    return (line[name] - exact) / line["standard_error"]


def far(line, name, exact):
    """Why a variance is wrong, or nothing."""
    if abs(pull(line, name, exact)) <= LIMIT:
        return ""
    return f"{name.replace('_', ' ')} {line[name]:.6g} is {pull(line, name, exact):+.1f} standard errors from {exact:.6g}"


class DoubleWell:
    """problem.py. A rate is of particle-steps."""

    every, each, burn_in = EVERY, 1, BURN_IN

    def __init__(self, options, peers, particles, title):
        self.options, self.peers, self.particles, self.title = options, peers, particles, title
        self.exact = exact_variance(options)
        self.sentence = (f"Double well, SGD, Gaussian noise, float, a histogram of 256 bins every {EVERY}th step. In 1e6 particle-steps "
                         "a second, and for each second of CPU time of one core.")

    def run(self, peer, steps, seed=1):
        if peer.program != "isotherm":
            return run_program(self.options, peer, ["--particles", self.particles, "--steps", steps, "--every", EVERY, "--burn-in", BURN_IN,
                                                    "--seed", seed])
        with tempfile.TemporaryDirectory() as folder:
            result, line = run_isotherm(self.options, peer, [
                "--loss", "double-well", "--eta", ETA, "--sigma", SIGMA, "--particles", self.particles, "--burn-in", BURN_IN, "--steps", steps,
                "--thinning", EVERY, "--histogram", "x:256:-2:2", "--seed", seed], folder)
            counts = json.loads(pathlib.Path(folder, "histograms.json").read_text())["x"]["storage"]["values"]
        width = 4 / 256
        centres = [-2 + width * (b + 0.5) for b in range(256)]
        total = sum(counts[1:-1])
        mean = sum(n * x for n, x in zip(counts[1:-1], centres)) / total
        spread = sum(n * (x - mean) ** 2 for n, x in zip(counts[1:-1], centres)) / total
        moments = result["moments"]["x"]
        return {
            **line, "particles": self.particles, "steps": steps, "variance": moments["variance"],
            "standard_error": moments["variance_standard_error"], "histogram_variance": spread - width * width / 12,
            "counted": sum(counts), "expected_count": self.particles * (steps // EVERY),
        }

    def disagreement(self, line):
        return disagreement(line, self.exact)


class Regression:
    """regression.py. A rate is of examples."""

    every, burn_in, particles, peers = 1, 600, 16384, REGRESSION

    def __init__(self, options, rows, batch):
        self.options, self.rows, self.each = options, rows, batch
        self.title = f"batches of {batch}"
        self.table = options.cache / f"regression-{rows}.csv"
        text, _ = execute([options.python, str(HERE / "regression.py"), "--rows", str(rows), "--batch", str(batch), "--csv", str(self.table)],
                          dict(os.environ))
        told = json.loads(text)
        self.exact, self.loss, self.eta = told["variance"], told["loss"], told["eta"]
        self.sentence = (f"Linear regression, SGD on a table of {rows} rows and 10 columns, drawn with replacement, float. In 1e6 examples a "
                         "second, and for each second of CPU time of one core.")

    def run(self, peer, steps, seed=1):
        if peer.program != "isotherm":
            return run_program(self.options, peer, ["--rows", self.rows, "--batch", self.each, "--particles", self.particles, "--steps", steps,
                                                    "--burn-in", self.burn_in, "--seed", seed])
        with tempfile.TemporaryDirectory() as folder:
            result, line = run_isotherm(self.options, peer, [
                "--loss", self.loss, "--data", self.table, "--eta", self.eta, "--batch-size", self.each, "--particles", self.particles,
                "--burn-in", self.burn_in, "--steps", steps, "--thinning", steps, "--init", "point:0", "--histogram", "w1:256:-2:2",
                "--seed", seed], folder)
        moments = result["moments"]["w1"]
        return {**line, "particles": self.particles, "steps": steps, "variance": moments["variance"],
                "standard_error": moments["variance_standard_error"]}

    def disagreement(self, line):
        return far(line, "variance", self.exact)


def exact_variance(options):
    text = subprocess.run([program(options, "isotherm"), "predict", "--loss", "double-well", "--eta", str(ETA), "--sigma", str(SIGMA), "--json"],
                          capture_output=True, text=True, check=True).stdout
    return next(prediction["coordinates"]["x"]["variance"] for prediction in json.loads(text)["predictions"]
                if prediction["prediction"] == "exact-chain")


def disagreement(line, exact):
    """Why a result of the double well is wrong, or nothing. The histogram's variance averages over samples of the same particles, so
    its error is no larger than that of one of them."""
    if line["counted"] != line["expected_count"]:
        return f"the histogram holds {line['counted']} counts instead of {line['expected_count']}"
    return far(line, "variance", exact) or far(line, "histogram_variance", exact)


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def commit():
    name = os.environ.get("ISOTHERM_COMMIT") or first_line("git", "rev-parse", "--short", "HEAD") or "unknown"
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "src", "include", "kernels", "bench"], cwd=ROOT, capture_output=True)
    return name + ("-modified" if changed.returncode == 1 and "ISOTHERM_COMMIT" not in os.environ else "")


def machine(options):
    cpu = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())
    return {
        "cpu": cpu, "cores": len(os.sched_getaffinity(0)), "threads": options.threads,
        "gpu": first_line("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader") if options.gpu else "",
        "system": f"{platform.system()} {platform.release()}", "compiler": first_line("c++", "--version"),
        "python": first_line(options.python, "-c", "import platform; print(platform.python_version())"),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ"), "commit": commit(),
    }


def busy():
    """CPU seconds that all processes used, and those of this one and its children: what others took of a session is the rest."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    used = (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")
    own = sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
    return used, own


def steps_for(problem, seconds, rate):
    return max(round(seconds * rate / problem.particles / problem.every), 1) * problem.every


def measure(options, problem, peers):
    """Checks each peer, then runs those that agree in turn. Returns rows and what was left out."""
    rows, left_out = [], []
    for peer in peers:
        print(f"checking {peer.label} ...", end=" ", file=sys.stderr, flush=True)
        try:
            # These runs also fill the compilers' caches, and find how many steps take long enough.
            steps, line = BURN_IN, None
            while line is None or (line["seconds"] < 0.7 * options.seconds and steps > line["steps"]):
                line = problem.run(peer, steps)
                reason = problem.disagreement(line)
                if reason:
                    raise Absent("WRONG: " + reason)
                steps = steps_for(problem, options.seconds, line["particle_steps_per_second"])
            rows.append({"peer": peer, "lines": [], "steps": max(steps, peer.least_steps // problem.each)})
            print("agrees", file=sys.stderr)
        except Absent as why:
            left_out.append({"label": peer.label, "variant": peer.variant, "backend": peer.backend, "reason": str(why)})
            print(f"left out: {why}", file=sys.stderr)
    for number in range(options.rounds):
        for row in rows:
            line = problem.run(row["peer"], row["steps"], seed=number + 2)
            reason = problem.disagreement(line)
            if reason:
                raise SystemExit(f"session.py: {row['peer'].label}, round {number + 1}: {reason}")
            line["pull"] = pull(line, "variance", problem.exact)
            row["lines"].append(line)
            print(f"round {number + 1}: {row['peer'].label}: {problem.each * line['particle_steps_per_second']:.3g}", file=sys.stderr, flush=True)
    return rows, left_out


def summary(rows, each=1):
    """`each`: what a particle-step counts for in a rate."""
    ours = next((row for row in rows if row["peer"].program == "isotherm"), None)
    table = []
    for row in rows:
        rates = [each * line["particle_steps_per_second"] for line in row["lines"]]
        per_core = [each * line["particles"] * line["steps"] / max(line["cpu_seconds"], 1e-3) for line in row["lines"]]
        entry = {
            "label": row["peer"].label, "program": row["peer"].program, "variant": row["peer"].variant, "backend": row["peer"].backend,
            "version": row["lines"][0]["version"], "threads": row["lines"][0]["threads"], "device": row["lines"][0]["device"],
            "median": statistics.median(rates), "best": max(rates), "rates": rates,
            "per_cpu_second": statistics.median(per_core),
            "largest_pull": max(abs(line["pull"]) for line in row["lines"]),
        }
        if ours is not None:
            # Runs of one round stand next to each other in time: the ratio is the median of the rounds' ratios.
            pairs = zip((each * line["particle_steps_per_second"] for line in ours["lines"]), rates)
            entry["isotherm_is_faster_by"] = statistics.median(mine / theirs for mine, theirs in pairs)
        table.append(entry)
    return table


def rate(value):
    return f"{value / 1e6:.0f}" if value < 9.995e9 else f"{value / 1e6:.4g}"


def markdown(record):
    where = record["machine"]
    text = [
        f"{where['gpu'] or where['cpu']}, {where['cores']} cores, {where['threads']} threads; {where['date']}; commit {where['commit']}; "
        f"{record['rounds']} rounds in turn; other processes took {record['other_load']:.0%} of the machine.", "",
    ]
    said = ""
    for section in record["sections"].values():
        if section["sentence"] != said:
            said = section["sentence"]
            text += [said, ""]
        text += [f"| {section['title']} | version | median | best | a CPU second | isotherm is faster by |", "|---|---|---:|---:|---:|---:|"]
        for row in section["rows"]:
            ratio = row.get("isotherm_is_faster_by")
            ratio = "" if ratio is None or row["program"] == "isotherm" else f"{ratio:.3g}"
            text.append(f"| {row['label']} | {row['version']} | {rate(row['median'])} | {rate(row['best'])} | {rate(row['per_cpu_second'])} | {ratio} |")
        text.append("")
        for peer in section["left_out"]:
            text += [f"Left out: {peer['label']}: {peer['reason']}", ""]
    return "\n".join(text).rstrip() + "\n"


def put_into(page, table):
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition("<!-- bench table -->\n")
    _, end, after = rest.partition("<!-- end of bench table -->")
    if not end:
        raise SystemExit(f"session.py: {page} has no markers for the table")
    page.write_text(before + begin + "\n" + table + "\n" + end + after, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="folder with bin/isotherm")
    parser.add_argument("--cache", type=pathlib.Path, required=True, help="folder for what the peers compile")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench" / "results")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.5, help="of each timed run")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--gpu", action="store_true", help="also the peers on a GPU")
    parser.add_argument("--no-cpu", action="store_true", help="only those")
    parser.add_argument("--readme", action="store_true", help="also put the table into README.md, between its markers")
    parser.add_argument("--problem", default="", help="only sections whose name contains it: cpu, regression-1, regression-32, cuda")
    parser.add_argument("--only", default="", help="labels or programs that contain one of these words, separated by commas")
    options = parser.parse_args()

    words = [word.lower() for word in options.only.split(",") if word]

    def chosen(peers):
        return [peer for peer in peers if peer.program == "isotherm" or not words or
                any(word in f"{peer.label} {peer.program}".lower() for word in words)]

    problems = {}
    try:
        if not options.no_cpu:
            problems["cpu"] = DoubleWell(options, CPU, 1_000_000, "CPU")
            for batch in (1, 32):
                problems[f"regression-{batch}"] = Regression(options, 1000, batch)
        if options.gpu:
            problems["cuda"] = DoubleWell(options, GPU, 1 << 23, "GPU")
    except (Absent, StopIteration, OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"session.py: no exact variance: {error}") from None
    record = {"schema": "isotherm-peers/1", "machine": machine(options), "rounds": options.rounds, "sections": {}}
    used, own = busy()
    begin = datetime.datetime.now()
    for name, problem in problems.items():
        if options.problem and options.problem not in name:
            continue
        rows, left_out = measure(options, problem, chosen(problem.peers))
        record["sections"][name] = {"title": problem.title, "sentence": problem.sentence, "exact_variance": problem.exact,
                                    "particles": problem.particles, "rows": summary(rows, problem.each), "left_out": left_out,
                                    "runs": [line for row in rows for line in row["lines"]]}
    seconds = (datetime.datetime.now() - begin).total_seconds()
    used_after, own_after = busy()
    record["seconds"] = seconds
    record["other_load"] = max(used_after - used - (own_after - own), 0) / (seconds * os.cpu_count())

    options.results.mkdir(parents=True, exist_ok=True)
    kind = "gpu" if options.gpu else "cpu"
    path = options.results / f"{record['machine']['date'][:10]}-{platform.machine()}-{kind}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(record))
    if options.readme:
        put_into(ROOT / "README.md", markdown(record))
    print(markdown(record))
    print(f"session.py: {seconds:.0f} s; wrote {path} and .md", file=sys.stderr)
    wrong = [peer["label"] for section in record["sections"].values() for peer in section["left_out"] if peer["reason"].startswith("WRONG")]
    if wrong:
        raise SystemExit(f"session.py: wrong results: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
