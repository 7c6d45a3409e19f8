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
    least_steps: int = 0  # of a timed run, where what is done once (reading the state, moments) would count too much


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


def run_isotherm(options, peer, particles, steps, seed, environment):
    """`isotherm run`, with all its bookkeeping; the rate is the one that it reports, burn-in included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program(options, "isotherm"), "run", "--loss", "double-well", "--eta", str(ETA), "--sigma", str(SIGMA), "--particles",
                   str(particles), "--burn-in", str(BURN_IN), "--steps", str(steps), "--thinning", str(EVERY), "--histogram", "x:256:-2:2",
                   "--seed", str(seed), "--threads", str(options.threads), "--backend", peer.backend, "--quiet", "--json", "--output", folder]
        text, cpu_seconds = execute(command, environment)
        counts = json.loads(pathlib.Path(folder, "histograms.json").read_text())["x"]["storage"]["values"]
    result = json.loads(text)
    execution, moments = result["execution"], result["moments"]["x"]
    width = 4 / 256
    centres = [-2 + width * (b + 0.5) for b in range(256)]
    total = sum(counts[1:-1])
    mean = sum(n * x for n, x in zip(counts[1:-1], centres)) / total
    spread = sum(n * (x - mean) ** 2 for n, x in zip(counts[1:-1], centres)) / total
    return {
        "name": "isotherm", "variant": execution.get("simd", ""), "version": execution["version"], "backend": execution["backend"],
        "threads": execution["threads"], "device": execution["device"], "particles": particles, "steps": steps,
        "seconds": execution["wall_seconds"], "cpu_seconds": cpu_seconds,
        "particle_steps_per_second": execution["particle_steps_per_second"],
        "variance": moments["variance"], "standard_error": moments["variance_standard_error"],
        "histogram_variance": spread - width * width / 12, "counted": sum(counts), "expected_count": particles * (steps // EVERY),
    }


def run_peer(options, peer, particles, steps, seed=1):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(options.cache / "numba"), "PYTHONDONTWRITEBYTECODE": "1"}
    if peer.backend == "cpu":
        environment.update(JAX_PLATFORMS="cpu", CUDA_VISIBLE_DEVICES="")
    if peer.program == "isotherm":
        return run_isotherm(options, peer, particles, steps, seed, environment)
    words = ["--particles", particles, "--steps", steps, "--every", EVERY, "--burn-in", BURN_IN, "--seed", seed, "--variant", peer.variant]
    if peer.program == "bench_textbook":
        command = [program(options, peer.program)]
    else:
        command = [options.python, str(HERE / peer.program)]
        words += ["--threads", options.threads]
    text, _ = execute([*command, *map(str, words)], environment)
    line = json.loads(text.splitlines()[-1])
    if line["backend"] != peer.backend:
        raise Absent(f"it ran on {line['backend']}")
    return line


def exact_variance(options):
    text = subprocess.run([program(options, "isotherm"), "predict", "--loss", "double-well", "--eta", str(ETA), "--sigma", str(SIGMA), "--json"],
                          capture_output=True, text=True, check=True).stdout
    return next(prediction["coordinates"]["x"]["variance"] for prediction in json.loads(text)["predictions"]
                if prediction["prediction"] == "exact-chain")


def disagreement(line, exact):
    """Why a result is wrong, or nothing. The histogram's variance averages over samples of the same particles, so its error is
    no larger than that of one of them."""
    error = line["standard_error"]
    for name in ("variance", "histogram_variance"):
        pull = (line[name] - exact) / error
        if not abs(pull) <= LIMIT:
            return f"{name.replace('_', ' ')} {line[name]:.6f} is {pull:+.1f} standard errors from {exact:.6f}"
    if line["counted"] != line["expected_count"]:
        return f"the histogram holds {line['counted']} counts instead of {line['expected_count']}"
    return ""


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


def steps_for(seconds, rate, particles):
    return max(round(seconds * rate / particles / EVERY), 1) * EVERY


def measure(options, peers, particles, exact):
    """Checks each peer, then runs those that agree in turn. Returns rows and what was left out."""
    rows, left_out = [], []
    for peer in peers:
        print(f"checking {peer.label} ...", end=" ", file=sys.stderr, flush=True)
        try:
            # These runs also fill the compilers' caches, and find how many steps take long enough.
            steps, line = BURN_IN, None
            while line is None or (line["seconds"] < 0.7 * options.seconds and steps > line["steps"]):
                line = run_peer(options, peer, particles, steps)
                reason = disagreement(line, exact)
                if reason:
                    raise Absent("WRONG: " + reason)
                steps = steps_for(options.seconds, line["particle_steps_per_second"], particles)
            rows.append({"peer": peer, "lines": [], "steps": max(steps, peer.least_steps)})
            print("agrees", file=sys.stderr)
        except Absent as why:
            left_out.append({"label": peer.label, "variant": peer.variant, "backend": peer.backend, "reason": str(why)})
            print(f"left out: {why}", file=sys.stderr)
    for number in range(options.rounds):
        for row in rows:
            line = run_peer(options, row["peer"], particles, row["steps"], seed=number + 2)
            reason = disagreement(line, exact)
            if reason:
                raise SystemExit(f"session.py: {row['peer'].label}, round {number + 1}: {reason}")
            row["lines"].append(line)
            print(f"round {number + 1}: {row['peer'].label}: {line['particle_steps_per_second']:.3g}", file=sys.stderr, flush=True)
    return rows, left_out


def summary(rows):
    ours = next((row for row in rows if row["peer"].program == "isotherm"), None)
    table = []
    for row in rows:
        rates = [line["particle_steps_per_second"] for line in row["lines"]]
        per_core = [line["particles"] * line["steps"] / max(line["cpu_seconds"], 1e-3) for line in row["lines"]]
        entry = {
            "label": row["peer"].label, "program": row["peer"].program, "variant": row["peer"].variant, "backend": row["peer"].backend,
            "version": row["lines"][0]["version"], "threads": row["lines"][0]["threads"], "device": row["lines"][0]["device"],
            "median": statistics.median(rates), "best": max(rates), "rates": rates,
            "per_cpu_second": statistics.median(per_core),
            "largest_pull": max(abs(line["pull"]) for line in row["lines"]),
        }
        if ours is not None:
            # Runs of one round stand next to each other in time: the ratio is the median of the rounds' ratios.
            pairs = zip((line["particle_steps_per_second"] for line in ours["lines"]), rates)
            entry["isotherm_is_faster_by"] = statistics.median(mine / theirs for mine, theirs in pairs)
        table.append(entry)
    return table


def rate(value):
    return f"{value / 1e6:.0f}" if value < 9.995e9 else f"{value / 1e6:.4g}"


def markdown(record):
    where = record["machine"]
    text = [
        f"Double well, SGD, Gaussian noise, float, a histogram of 256 bins every {EVERY}th step. In 1e6 particle-steps a second, "
        "and for each second of CPU time of one core.", "",
        f"{where['gpu'] or where['cpu']}, {where['cores']} cores, {where['threads']} threads; {where['date']}; commit {where['commit']}; "
        f"{record['rounds']} rounds in turn; other processes took {record['other_load']:.0%} of the machine.", "",
    ]
    for name, section in record["sections"].items():
        title = "CPU" if name == "cpu" else "GPU"
        text += [f"| {title} | version | median | best | a CPU second | isotherm is faster by |", "|---|---|---:|---:|---:|---:|"]
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
    parser.add_argument("--only", default="", help="labels or programs that contain one of these words, separated by commas")
    options = parser.parse_args()

    words = [word.lower() for word in options.only.split(",") if word]

    def chosen(peers):
        return [peer for peer in peers if peer.program == "isotherm" or not words or
                any(word in f"{peer.label} {peer.program}".lower() for word in words)]

    try:
        exact = exact_variance(options)
    except (Absent, StopIteration, OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"session.py: no exact variance from isotherm: {error}") from None
    record = {"schema": "isotherm-peers/1", "machine": machine(options), "rounds": options.rounds, "exact_variance": exact, "sections": {}}
    used, own = busy()
    begin = datetime.datetime.now()
    sections = ([] if options.no_cpu else [("cpu", CPU, 1_000_000)]) + ([("cuda", GPU, 1 << 23)] if options.gpu else [])
    for name, peers, particles in sections:
        rows, left_out = measure(options, chosen(peers), particles, exact)
        for row in rows:
            for line in row["lines"]:
                line["pull"] = (line["variance"] - exact) / line["standard_error"]
        record["sections"][name] = {"particles": particles, "rows": summary(rows), "left_out": left_out,
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
