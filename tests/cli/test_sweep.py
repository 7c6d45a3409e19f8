"""Sweeps: the table, interruption and continuation, failing points, and that each point is what `run` gives."""

import csv
import json
import math
import os
import random
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from isotherm import PROGRAM, ROOT, Case, isotherm, schema, start, strict_json

MPIRUN = shutil.which("mpirun")
HAS_MPI = MPIRUN is not None and Path(PROGRAM).with_name("isotherm-mpi.so").exists()

GRID = """
loss = "double-well"
dynamics = "momentum"
particles = 3000
steps = 40
burn-in = 20
backend = "cpu"
[sweep]
mu = [0, 0.5]
batch-size = [1, 4]
replicas = 2
[sweep.derived]
eta = "(1-mu)*batch_size*0.02"
"""


class SweepCase(Case):
    def write(self, text, name="sweep.toml"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def sweep(self, text, *arguments):
        return self.succeed("sweep", self.write(text), "--output", self.output, *arguments)

    def table(self, folder=None):
        found = strict_json(((folder or self.output) / "sweep.json").read_text(encoding="utf-8"))
        schema("sweep").validate(found)
        return found

    def rows(self):
        with open(self.output / "sweep.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


class Table(SweepCase):
    def test_is_the_same_in_json_csv_and_on_the_terminal(self):
        shown = self.sweep(GRID, "--threads", "2").stdout
        found = self.table()
        self.assertEqual(found["sweep"], {"parameters": ["mu", "batch-size", "eta", "seed"],
                                          "derived": {"eta": "(1-mu)*batch_size*0.02"}, "replicas": 2,
                                          "predictions": "auto", "points": 8, "done": 8, "failed": 0})
        self.assertEqual([point["parameters"] for point in found["points"]][4:6],
                         [{"mu": 0.5, "batch-size": 1, "eta": 0.01, "seed": 1},
                          {"mu": 0.5, "batch-size": 1, "eta": 0.01, "seed": 2}])
        rows = self.rows()
        self.assertEqual(len(rows), 8)
        for row, point in zip(rows, found["points"], strict=True):
            self.assertEqual(int(row["point"]), point["point"])
            self.assertEqual(row["status"], "done")
            self.assertEqual(float(row["eta"]), point["parameters"]["eta"])
            self.assertEqual(float(row["alpha_virial"]), point["temperature"]["alpha"]["virial"]["estimate"])
            self.assertEqual(float(row["alpha_virial_standard_error"]),
                             point["temperature"]["alpha"]["virial"]["standard_error"])
            self.assertEqual(float(row["x_variance"]), point["moments"]["x"]["variance"])
            self.assertEqual(float(row["loss_mean"]), point["moments"]["loss"]["mean"])
        self.assertEqual(len(shown.splitlines()), 9)
        self.assertEqual(shown.split()[:5], ["point", "mu", "batch-size", "eta", "seed"])

    def test_replicas_are_put_together(self):
        """The mean over replicas, with the error by theirs and the one by their scatter, from the table of points."""
        self.sweep(GRID.replace("replicas = 2", "replicas = 3"))
        found = self.table()
        points, settings = found["points"], found["settings"]
        self.assertEqual(len(settings), 4)
        with open(self.output / "settings.csv", encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        for k, (setting, line) in enumerate(zip(settings, lines, strict=True)):
            replicas = points[3 * k:3 * k + 3]
            self.assertEqual((setting["setting"], setting["replicas"]), (k, 3))
            self.assertEqual(setting["parameters"],
                             {name: value for name, value in replicas[0]["parameters"].items() if name != "seed"})
            for name, pick in [("alpha_virial", lambda point: point["temperature"]["alpha"]["virial"]),
                               ("x_variance", lambda point: {"estimate": point["moments"]["x"]["variance"], "standard_error":
                                                             point["moments"]["x"]["variance_standard_error"]})]:
                values = [pick(point)["estimate"] for point in replicas]
                errors = [pick(point)["standard_error"] for point in replicas]
                mean = sum(values) / 3
                expected = {"mean": mean, "standard_error": math.sqrt(sum(error ** 2 for error in errors)) / 3,
                            "scatter": math.sqrt(sum((value - mean) ** 2 for value in values) / 2 / 3)}
                estimate = setting["estimates"][name]
                self.assertEqual(set(estimate), set(expected))
                for key, value in expected.items():
                    self.assertAlmostEqual(estimate[key] / value, 1, places=12)
                self.assertEqual([float(line[name]), float(line[name + "_standard_error"]),
                                  float(line[name + "_scatter"])], list(estimate.values()))
        self.succeed("sweep", self.write(GRID.replace("replicas = 2", "")), "--output", self.folder / "single")
        self.assertNotIn("settings", self.table(self.folder / "single"))
        self.assertFalse((self.folder / "single" / "settings.csv").exists())

    def test_json_goes_to_standard_output(self):
        printed = self.sweep(GRID, "--json").stdout
        schema("sweep").validate(strict_json(printed))
        self.assertEqual(printed, (self.output / "sweep.json").read_text(encoding="utf-8"))
        self.assertEqual(isotherm("sweep", self.write(GRID), "--output", self.output, "--quiet").stdout, "")

    def test_progress_as_json_lines(self):
        lines = [strict_json(line) for line in self.sweep(GRID, "--log").stderr.splitlines() if line.startswith("{")]
        self.assertEqual(lines[-1]["points"], 8)
        self.assertEqual(lines[-1]["points_total"], 8)
        self.assertEqual(lines[-1]["particle_steps"], 8 * 3000 * 60)

    def test_dry_run_makes_nothing(self):
        text = self.succeed("sweep", self.write(GRID), "--output", self.output, "--dry-run", "--threads", "3").stdout
        self.assertIn("8 points on 3 threads", text)
        self.assertIn("1.44e+06 particle-steps in all", text)
        self.assertEqual(len(text.splitlines()), 2 + 1 + 8)
        plan = strict_json(self.succeed("sweep", self.write(GRID), "--output", self.output, "--dry-run", "--json").stdout)
        schema("sweep-plan").validate(plan)
        self.assertEqual((plan["size"], plan["particle_steps"]), (8, 8 * 3000 * 60))
        self.assertEqual([(p["point"], p["particles"]) for p in plan["points"]], [(i, 3000) for i in range(8)])
        self.assertFalse(self.output.exists())
        too_late = GRID.replace("burn-in = 20", "snapshots = 55").replace("[sweep]", "[sweep]\nburn-in = [10, 20]", 1)
        refused = strict_json(self.succeed("sweep", self.write(too_late), "--dry-run", "--json").stdout)
        schema("sweep-plan").validate(refused)
        self.assertEqual(sum("refused" in point for point in refused["points"]), 8)

    def test_each_point_is_what_run_gives(self):
        """Estimates do not depend on predictions; with all of them the whole result is that of run."""
        self.sweep(GRID, "--threads", "2", "--predictions", "none")
        quick = self.table()
        whole = self.folder / "whole"
        self.succeed("sweep", self.write(GRID.replace("[sweep]", "[sweep]\nresults = true\npredictions = \"all\"")),
                     "--output", whole)
        for point, complete in zip(quick["points"], self.table(whole)["points"], strict=True):
            alone = self.folder / "alone"
            options = [word for name, value in point["parameters"].items() for word in (f"--{name}", value)]
            self.succeed("run", "--loss", "double-well", "--dynamics", "momentum", "--particles", "3000", "--steps",
                         "40", "--burn-in", "20", "--backend", "cpu", *options, "--output", alone)
            result = strict_json((alone / "result.json").read_text(encoding="utf-8"))
            for key in ["ensemble", "temperature"]:
                self.assertEqual(point[key], result[key])
            for name, moments in point["moments"].items():
                self.assertEqual(moments, {key: result["moments"][name][key] for key in moments})
            self.assertEqual(point["outcome"], {})
            for key in ["ensemble", "temperature", "diagnostics", "outcome", "statement", "warnings"]:
                self.assertEqual(complete[key], result[key])
            kept = whole / complete["folder"]
            for file in ["histograms.json"]:
                self.assertEqual((kept / file).read_bytes(), (alone / file).read_bytes())
            own = strict_json((kept / "result.json").read_text(encoding="utf-8"))
            self.assertEqual(own["comparisons"], result["comparisons"])
            self.assertEqual(own["moments"], result["moments"])
            shutil.rmtree(alone)


class Continuation(SweepCase):
    def journal(self):
        return (self.output / "points.journal").read_bytes()

    def test_a_finished_point_is_never_run_again(self):
        self.sweep(GRID)
        journal, table = self.journal(), self.table()
        again = self.sweep(GRID)
        self.assertIn("8 of 8 points are finished already", again.stderr)
        self.assertEqual(self.journal(), journal)
        # A finer grid takes over what it has in common.
        more = self.sweep(GRID.replace("mu = [0, 0.5]", "mu = [0, 0.25, 0.5]"))
        self.assertIn("8 of 12 points are finished already", more.stderr)
        points = self.table()["points"]
        self.assertEqual([point["moments"] for point in points[:4] + points[8:]],
                         [point["moments"] for point in table["points"]])
        # Another number of steps is another experiment.
        self.assertNotIn("finished already", self.sweep(GRID, "--steps", "30").stderr)

    def test_interrupted_sweeps_go_on_to_the_same_table(self):
        slow = GRID.replace("steps = 40", "steps = 20000").replace("particles = 3000", "particles = 20000")
        whole = self.folder / "whole"
        self.succeed("sweep", self.write(slow), "--output", whole, "--threads", "2", "--quiet")
        statuses = []
        for signal_number in [signal.SIGTERM, signal.SIGKILL, signal.SIGINT]:
            process = start("sweep", self.write(slow), "--output", self.output, "--threads", "1")
            path = self.output / "points.journal"
            lines = path.read_bytes().count(b"\n") if path.exists() else 0
            deadline = time.monotonic() + 120
            while process.poll() is None and time.monotonic() < deadline:
                if path.exists() and path.read_bytes().count(b"\n") >= lines + 2:
                    break
                time.sleep(0.005)
            process.send_signal(signal_number)
            begin = time.monotonic()
            _, complaint = process.communicate(timeout=60)
            self.assertLess(time.monotonic() - begin, 5)
            statuses.append(process.returncode)
            if signal_number != signal.SIGKILL:
                self.assertIn(f"stopped by signal {int(signal_number)}", complaint)
                self.assertIn("of 8 points are kept", complaint)
                self.table()
        self.assertEqual(statuses, [143, -9, 130])
        last = self.succeed("sweep", self.write(slow), "--output", self.output, "--threads", "2")
        self.assertIn("points are finished already", last.stderr)
        self.same_tables(whole)

    def finished(self):
        """Digests of the points in the journal, in its order."""
        path = self.output / "points.journal"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [found["digest"] for found in (json.loads(line[9:]) for line in lines) if "digest" in found]

    def test_killed_sweeps_are_resumed(self):
        """Killed when some number of points is in the journal, wherever the next ones are then, and gone on with from
        another directory. No point that is in the journal is run again."""
        text = GRID.replace("replicas = 2", "replicas = 10").replace("steps = 40", "steps = 4000")
        text = text.replace("loss = ", "data = \"rows.csv\"\nloss = ").replace('"double-well"', '"(w*a - b)^2/2"')
        (self.folder / "rows.csv").write_text("a,b\n1,2\n2,3\n3,5\n2,4\n", encoding="utf-8")
        path = self.write(text)
        whole = self.folder / "whole"
        self.succeed("sweep", path, "--output", whole, "--threads", "2", "--quiet", cwd=self.folder)
        generator = random.Random(7)
        kills = 0
        for attempt in range(8):
            words = (["sweep", path, "--output", self.output] if attempt == 0 else
                     ["resume", self.output]) + ["--threads", str(1 + attempt % 3)]
            before = len(self.finished())
            wanted = before + generator.randint(0, 5)
            process = subprocess.Popen([PROGRAM, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       cwd=self.folder if attempt == 0 else "/", start_new_session=True)
            # A sweep that has noted what it is can be gone on with.
            while process.poll() is None and (len(self.finished()) < wanted or not
                                              (self.output / "points.journal").exists() or
                                              not (self.output / "points.journal").read_bytes().endswith(b"\n")):
                time.sleep(0.002)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            kills += process.returncode == -signal.SIGKILL
        self.assertGreater(kills, 0)
        kept = self.finished()
        last = self.succeed("resume", self.output, cwd="/")
        if len(kept) < 40:
            self.assertIn(f"{len(kept)} of 40 points are finished already", last.stderr)
        self.assertEqual(self.finished()[:len(kept)], kept)
        self.assertEqual(len(set(self.finished())), len(self.finished()))
        self.same_tables(whole)
        # One that has ended says so again.
        again = self.succeed("resume", self.output)
        self.assertIn("40 of 40 points are finished already", again.stderr)
        self.same_tables(whole)

    def same_tables(self, other):
        """But for what does not belong to the results: where they are, and on how many threads."""
        for name in ["sweep.csv", "sweep.json"]:
            mine, theirs = (folder / name for folder in (self.output, other))
            adapt = lambda text: [line for line in text.splitlines() if '"output"' not in line and
                                  '"threads"' not in line and '"quiet"' not in line]
            self.assertEqual(adapt(mine.read_text(encoding="utf-8")), adapt(theirs.read_text(encoding="utf-8")))

    def test_resume_of_what_is_no_sweep(self):
        refused = isotherm("resume", self.folder / "nowhere")
        self.assertEqual(refused.returncode, 2)

    def test_damaged_lines_are_run_again(self):
        self.sweep(GRID)
        table = (self.output / "sweep.json").read_bytes()
        path = self.output / "points.journal"
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        flipped = bytearray(lines[3])
        flipped[len(flipped) // 2] ^= 1
        path.write_bytes(b"".join(lines[:3]) + bytes(flipped) + b"".join(lines[4:])[:-20])
        again = self.sweep(GRID)
        self.assertIn("2 damaged lines", again.stderr)
        self.assertIn("6 of 8 points are finished already", again.stderr)
        self.assertEqual((self.output / "sweep.json").read_bytes(), table)

    def test_random_flips_are_recognized_or_harmless(self):
        self.sweep(GRID)
        table = (self.output / "sweep.json").read_bytes()
        path = self.output / "points.journal"
        whole = path.read_bytes()
        for k in range(20):
            damaged = bytearray(whole)
            damaged[(k * 7919 + 13) % len(whole)] ^= 1 << (k % 8)
            path.write_bytes(bytes(damaged))
            self.sweep(GRID, "--quiet")
            self.assertEqual((self.output / "sweep.json").read_bytes(), table.replace(b'"quiet": false', b'"quiet": true'))

    def test_another_version_is_refused(self):
        self.sweep(GRID)
        path = self.output / "points.journal"
        import zlib
        line = json.dumps({"sweep": {"version": "0.0.0", "path": "", "text": "", "options": []}}).encode()
        before = path.read_bytes()
        path.write_bytes(before + b"%08x " % zlib.crc32(line) + line + b"\n")
        refused = isotherm("sweep", self.write(GRID), "--output", self.output)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("was made by isotherm 0.0.0", refused.stderr)

    def test_edited_data_is_another_experiment(self):
        data = self.folder / "rows.csv"
        data.write_text("a,b\n1,2\n2,3\n3,5\n", encoding="utf-8")
        text = f"""
loss = "(w*a - b)^2/2"
data = "{data}"
batch-size = 1
particles = 500
steps = 20
burn-in = 10
[sweep]
eta = [0.01, 0.02]
"""
        self.sweep(text)
        self.assertIn("2 of 2", self.sweep(text).stderr)
        data.write_text("a,b\n1,2\n2,3\n3,6\n", encoding="utf-8")
        self.assertNotIn("finished", self.sweep(text).stderr)


@unittest.skipUnless(HAS_MPI, "needs mpirun and a build with MPI")
class SeveralProcesses(SweepCase):
    ENVIRONMENT = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                                "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMP_WAIT_POLICY": "passive"}

    def command(self, ranks, *words):
        return [MPIRUN, "--oversubscribe", "-n", str(ranks), PROGRAM, *map(str, words)]

    def call(self, ranks, *words):
        return subprocess.run(self.command(ranks, *words), capture_output=True, text=True, timeout=300, check=False,
                              env=self.ENVIRONMENT)

    def test_any_number_of_ranks_makes_the_same_table(self):
        text = GRID.replace("[sweep]", "[sweep]\nresults = true").replace("replicas = 2", "replicas = 5")
        path = self.write(text)
        one = self.folder / "one"
        self.succeed("sweep", path, "--output", one, "--quiet")
        histograms = lambda folder: {file.relative_to(folder): file.read_bytes()
                                     for file in folder.glob("points/*/histograms.json")}
        self.assertEqual(len(histograms(one)), 20)
        for ranks in [1, 2, 3, 4]:
            several = self.folder / str(ranks)
            process = self.call(ranks, "sweep", path, "--output", several, "--threads", "1", "--quiet")
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assertEqual((several / "sweep.csv").read_bytes(), (one / "sweep.csv").read_bytes())
            self.assertEqual(histograms(several), histograms(one))

    def test_failed_points_are_recorded_by_whoever_ran_them(self):
        path = self.write(Failures.TEXT)
        one = self.folder / "one"
        self.assertEqual(isotherm("sweep", path, "--output", one, "--quiet").returncode, 1)
        process = self.call(3, "sweep", path, "--output", self.output, "--threads", "1", "--quiet")
        self.assertEqual(process.returncode, 1)
        self.assertEqual(process.stderr.count("2 of 4 points failed"), 1)
        self.assertEqual((self.output / "sweep.csv").read_bytes(), (one / "sweep.csv").read_bytes())

    def test_wrong_input_is_said_once(self):
        process = self.call(3, "sweep", self.write(GRID.replace("batch_size", "batch_sise")), "--output", self.output)
        self.assertEqual(process.returncode, 2)
        self.assertEqual(process.stderr.count("sweep.derived.eta"), 1)

    def interrupt(self, ranks, words, points, strike):
        """Starts, and strikes when there are so many points; the exit status."""
        process = subprocess.Popen(self.command(ranks, *words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=self.ENVIRONMENT, start_new_session=True)
        path = self.output / "points.journal"
        while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < points + 1):
            time.sleep(0.005)
        strike(process)
        process.communicate()
        return process.returncode

    def children(self, process):
        """Those of mpirun that run this program."""
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and
                (lambda stat: stat and int(stat.rsplit(")", 1)[1].split()[1]) == process.pid)(self.read(entry / "stat"))]

    @staticmethod
    def read(path):
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def test_a_rank_that_is_killed_loses_nothing_that_was_finished(self):
        text = GRID.replace("replicas = 2", "replicas = 20").replace("steps = 40", "steps = 20000")
        path = self.write(text)
        whole = self.folder / "whole"
        self.succeed("sweep", path, "--output", whole, "--quiet")

        def kill_one(process):
            ranks = self.children(process)
            if process.poll() is None and ranks:
                os.kill(ranks[-1], signal.SIGKILL)

        words = ["sweep", path, "--output", self.output, "--threads", "1", "--quiet"]
        status = self.interrupt(3, words, 4, kill_one)
        kept = (self.output / "points.journal").read_bytes().count(b"\n") - 1
        self.assertGreaterEqual(kept, 4)
        if kept < 80:
            self.assertNotEqual(status, 0)
        process = self.call(2, "resume", self.output, "--threads", "1", "--quiet")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual((self.output / "sweep.csv").read_bytes(), (whole / "sweep.csv").read_bytes())

    def test_a_signal_ends_all_ranks_and_keeps_what_they_finished(self):
        text = GRID.replace("replicas = 2", "replicas = 20").replace("steps = 40", "steps = 20000")
        path = self.write(text)
        words = ["sweep", path, "--output", self.output, "--threads", "1", "--quiet"]
        status = self.interrupt(2, words, 3, lambda process: process.send_signal(signal.SIGUSR1))
        self.assertIn(status, [128 + signal.SIGUSR1, 0])  # 0: all was done before
        if status != 0:
            self.assertGreaterEqual(len(self.table()["points"]), 3)
        resumed = self.succeed("resume", self.output)
        self.assertEqual(self.table()["sweep"]["done"], 80, resumed.stderr)


class Examples(SweepCase):
    def run_example(self, name, particles):
        self.succeed("sweep", ROOT / "examples" / name, "--output", self.output, "--particles", particles,
                     "--quiet", cwd=ROOT)
        return self.rows()

    def check(self, row, expected, column="x_variance"):
        z = (float(row[column]) - expected) / float(row[column + "_standard_error"])
        self.assertLess(abs(z), 5, row)

    def test_batch_scaling(self):
        """Exact variance of SGD on x^2/2 at eta = 0.01 B: 0.01 / (2 - 0.01 B)."""
        rows = self.run_example("batch-scaling.toml", 40000)
        self.assertEqual([row["batch-size"] for row in rows], ["1", "4", "16", "64", "128"])
        for row in rows:
            self.check(row, 0.01 / (2 - 0.01 * int(row["batch-size"])))
        # The rule holds at small batches, and at 128 visibly no more.
        self.check(rows[0], 0.005)
        self.assertGreater(float(rows[-1]["x_variance"]), 0.01)

    def test_momentum_scaling(self):
        rows = self.run_example("momentum-scaling.toml", 40000)
        self.assertEqual(len(rows), 9)
        for row in rows:
            mu, batch = float(row["mu"]), int(row["batch-size"])
            self.check(row, 0.01 * (1 + mu) / (2 * (1 + mu) - 0.01 * batch * (1 - mu)))

    def test_reshuffling(self):
        """After j of N updates of an epoch V_j = a^2j V_N + eta^2 Q_j, V_N = eta^2 Q_N / (1 - a^2N), with a = 1 - eta and
        Q_j = (N sum_{i<j} a^2i - (sum_{i<j} a^i)^2) / (N - 1); the mean over j approaches
        eta (1/2 - 1/u + (1 - e^-u)/u^2), u = eta N."""
        n, particles = 50, 4000
        rows = self.run_example("reshuffling.toml", particles)
        self.assertEqual(len(rows), 175)
        for row in rows:
            eta, j = float(row["eta"]), int(float(row["steps"]))
            a = 1 - eta
            q = lambda k: (n * sum(a ** (2 * i) for i in range(k)) - sum(a ** i for i in range(k)) ** 2) / (n - 1)
            last = eta ** 2 * q(n) / (1 - a ** (2 * n))
            variance = a ** (2 * j) * last + eta ** 2 * q(j)
            self.assertLess(abs(float(row["x_variance"]) / variance - 1), 5 * math.sqrt(2 / particles) + 1e-9, row)


class Failures(SweepCase):
    TEXT = """
loss = "x^2/2"
particles = 500
steps = 400
burn-in = 10
[sweep]
[[sweep.point]]
eta = 0.1
[[sweep.point]]
eta = 50
[[sweep.point]]
loss = "x^2 + nothing"
[[sweep.point]]
eta = 0.2
"""

    def test_failed_points_are_recorded_and_the_others_go_on(self):
        process = isotherm("sweep", self.write(self.TEXT), "--output", self.output)
        self.assertEqual(process.returncode, 1)
        self.assertIn("2 of 4 points failed", process.stderr)
        self.assertIn("point 1: every particle is non-finite", process.stderr)
        self.assertIn("point 2: ", process.stderr)
        points = self.table()["points"]
        self.assertEqual([point["status"] for point in points], ["done", "failed", "failed", "done"])
        self.assertIn("unknown name", points[2]["reason"])
        self.assertEqual([row["status"] for row in self.rows()], ["done", "failed", "failed", "done"])
        self.assertIn("use a smaller --eta", self.rows()[1]["reason"])
        # They failed by what they are: to run them again would change nothing.
        again = isotherm("sweep", self.write(self.TEXT), "--output", self.output)
        self.assertEqual(again.returncode, 1)
        self.assertIn("4 of 4 points are finished already", again.stderr)

    def test_the_loss_itself_is_swept(self):
        text = """
particles = 500
steps = 20
burn-in = 10
[sweep]
loss = ["x^2/2", "x^4/4", "x^2/2 + y^2"]
"""
        self.sweep(text)
        rows = self.rows()
        self.assertEqual([row["loss"] for row in rows], ["x^2/2", "x^4/4", "x^2/2 + y^2"])
        self.assertEqual([row["y_mean"] != "" for row in rows], [False, False, True])
        self.assertEqual([row["status"] for row in rows], ["done"] * 3)

    def test_expect(self):
        text = GRID.replace("replicas = 2", "predictions = \"all\"").replace("[1, 4]", "[1]")
        process = isotherm("sweep", self.write(text), "--output", self.output, "--expect", "consistent:exact-chain")
        self.assertIn(process.returncode, [0, 1])
        unmet = [point for point in self.table()["points"] if point["outcome"]["exact-chain"] != "consistent"]
        self.assertEqual(process.returncode, 1 if unmet else 0)
        self.assertEqual("--expect" in process.stderr, bool(unmet))
        refused = isotherm("sweep", self.write(GRID), "--output", self.output, "--expect", "consistent:gibbs")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--predictions all", refused.stderr)

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = isotherm("sweep", self.write(GRID), "--output", self.output, "--json", stdout=full)
        self.assertEqual(process.returncode, 1)
        self.assertIn("standard output", process.stderr)
        self.table()  # what was measured is kept

    def test_two_at_a_time_are_refused(self):
        slow = GRID.replace("steps = 40", "steps = 1000000")
        first = start("sweep", self.write(slow), "--output", self.output)
        self.addCleanup(first.wait)
        self.addCleanup(first.kill)
        self.addCleanup(first.stdout.close)
        self.addCleanup(first.stderr.close)
        deadline = time.monotonic() + 60
        while not (self.output / "points.journal").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        second = isotherm("sweep", self.write(slow), "--output", self.output)
        self.assertEqual(second.returncode, 2)
        self.assertIn("another isotherm sweep is writing there", second.stderr)


class WrongInput(SweepCase):
    def refuse(self, text, *arguments, says):
        process = isotherm("sweep", *([] if text is None else [self.write(text)]), *arguments, "--output", self.output)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertEqual(process.stdout, "")
        self.assertIn(says, process.stderr.splitlines()[0])
        self.assertFalse(self.output.exists())

    def test_files_and_options(self):
        self.refuse(None, says="no experiment to sweep")
        self.refuse("loss = \"x^2\"\n", says="has no [sweep]")
        self.refuse("[sweep]\neta = [1]\n", says="no loss to sweep")
        self.refuse("loss = \"x^2\"\n[sweep]\neta = []\n", says="sweep.toml:3:7: sweep.eta")
        self.refuse(GRID, "--mu", "0.5", says="--mu: ")
        self.refuse(GRID, "--predictions", "some", says="--predictions some: must be one of auto, none, gibbs, all")
        self.refuse(GRID, "--predictoins", "all", says="unknown option --predictoins")
        self.refuse(GRID.replace("batch_size", "batch_sise"), says="sweep.derived.eta: column 8")
        missing = isotherm("sweep", self.folder / "none.toml")
        self.assertEqual(missing.returncode, 2)
        self.assertTrue(missing.stderr.endswith(
            "none.toml: cannot read this experiment file (No such file or directory)\n"), missing.stderr)

    def test_run_points_to_sweep(self):
        process = isotherm("run", self.write(GRID))
        self.assertEqual(process.returncode, 2)
        self.assertIn("isotherm sweep", process.stderr)


if __name__ == "__main__":
    unittest.main()
