"""What a run writes and prints."""

import csv
import itertools
import math
import os
import pty
import re
import unittest

from isotherm import ROOT, SMALL, Case, isotherm, schema, strict_json


def flattened(values):
    return itertools.chain.from_iterable(map(flattened, values)) if isinstance(values, list) else [values]


class Extrapolation(Case):
    def test_table_and_json_agree_with_the_schema(self):
        words = ["extrapolate", "--loss", "x^2/2", "--eta", "0.1", "--particles", "1e5", "--steps", "1", "--output", self.output,
                 "--quiet"]
        found = strict_json(self.succeed(*words, "--json").stdout)
        schema("extrapolation").validate(found)
        steps = [point["step"] for point in found["points"]]
        for step, fraction in zip(steps, [1, 0.75, 0.5, 0.375, 0.25, 0.125], strict=True):
            self.assertAlmostEqual(step, 0.1 * fraction)
        # On a quadratic alpha = 1 / (2 - eta h) at every step.
        for point in found["points"]:
            self.assertLess(abs(point["alpha"]["estimate"] - 1 / (2 - point["step"])),
                            5 * point["alpha"]["standard_error"])
        self.assertLess(abs(found["alpha"]["estimate"] - 0.5), 5 * found["alpha"]["standard_error"])
        self.assertEqual(strict_json((self.output / "extrapolation.json").read_text()), found)
        rows = list(csv.reader((self.output / "extrapolation.csv").read_text().splitlines()))
        self.assertEqual(rows[0], ["eta", "alpha", "alpha_standard_error"])
        self.assertEqual([[float(cell) for cell in row] for row in rows[1:]],
                         [[point["step"], *point["alpha"].values()] for point in found["points"]])
        text = self.succeed(*words[:-1]).stdout
        self.assertIn("In the limit of small steps alpha is", text)

    def test_refusals(self):
        refused = isotherm("extrapolate", "--loss", "x^2/2", "--noise", "none")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("extrapolate: there is no noise", refused.stderr)


class Numbers(Case):
    """JSON has no infinity: each null that stands for a number is named in not_finite, and nothing else is."""

    RUNS = {
        "double well": ["--loss", "double-well", "--snapshots", "0,5", "--init", "point:2"],
        "two temperatures": ["--loss", "x^2/2 + y^4/4", "--sigma", "2,0.5", "--histogram", "x:10:-1:1,y:10:-1:1"],
        "far from everything": ["--loss", "x^2/2", "--init", "point:1e6",
                                "--histogram", "x:4:0:1"],
        "some diverge": ["--loss", "x^4/4 - x^6/60", "--eta", "0.1", "--sigma", "3", "--init", "normal:0,2"],
        "no noise": ["--loss", "x^2/2", "--noise", "none", "--init", "point:0"],
        "heavy tails": ["--loss", "x^2/2", "--noise", "student-t:3", "--eta", "0.3"],
        "noise that grows": ["--loss", "x^2/2", "--sigma", "0.1 + 2*abs(x)", "--eta", "0.7"],
        "fresh examples": ["--loss", "(a*x - e)^2/2", "--random", "a=normal:0,1", "--random", "e=normal:0,1"],
        "underdamped": ["--loss", "x^2/2", "--dynamics", "underdamped", "--dt", "0.1"],
        "adam": ["--loss", "x^2/2", "--dynamics", "adam", "--eta", "0.01"],
        "annealed": ["--loss", "x^2/2", "--schedule", "power:0.5,0.75", "--init", "point:1"],
        "gradient flow": ["--loss", "x^2/2 + y^2", "--dynamics", "gradient-flow", "--eta", "0.1", "--init", "point:1"],
    }

    def nulls(self, value, place=""):
        """JSON pointers of all nulls below not_finite and the experiment, whose options may be unset."""
        if isinstance(value, dict):
            for key, part in value.items():
                if key not in ("experiment", "not_finite", "parameters"):
                    yield from self.nulls(part, f"{place}/{key.replace('~', '~0').replace('/', '~1')}")
        elif isinstance(value, list):
            for i, part in enumerate(value):
                yield from self.nulls(part, f"{place}/{i}")
        elif value is None:
            yield place

    def test_every_null_is_named(self):
        seen = 0
        for name, words in self.RUNS.items():
            with self.subTest(run=name):
                self.succeed("run", "--particles", "2000", "--steps", "40", "--burn-in", "10", *words, "--quiet", "--output",
                             self.output)
                for kind in ["result", "predictions"]:
                    found = strict_json((self.output / f"{kind}.json").read_text())
                    schema(kind).validate(found)
                    self.assertEqual(set(self.nulls(found)), set(found.get("not_finite", {})), kind)
                    seen += len(found.get("not_finite", {}))
        self.assertGreater(seen, 0, "a run that has something infinite is among them")

    def test_points_of_a_sweep(self):
        path = self.folder / "sweep.toml"
        path.write_text('loss = "x^4/4 - x^6/60"\nparticles = 2000\nsteps = 40\nburn-in = 10\ninit = "normal:0,2"\nsigma = 3\n'
                        '[sweep]\neta = [0.01, 0.05, 0.1]\n')
        isotherm("sweep", path, "--predictions", "all", "--output", self.output, "--quiet")
        found = strict_json((self.output / "sweep.json").read_text())
        schema("sweep").validate(found)
        for point in found["points"]:
            self.assertEqual(set(self.nulls(point)), set(point.get("not_finite", {})))


class Files(Case):
    def test_result_of_one_dimension(self):
        result = self.run_small("--loss", "double-well", "--eta", "0.05", "--snapshots", "5,70")
        self.assertEqual(result["ensemble"] | {"nonfinite": 0},
                         {"particles": 20000, "burn_in": 20, "steps": 50, "samples": 5, "nonfinite": 0})
        self.assertEqual([snapshot["step"] for snapshot in result["snapshots"]], [5, 70])
        self.assertAlmostEqual(result["snapshots"][0]["time"], 0.25)
        self.assertEqual(list(result["moments"]), ["x", "loss"])
        self.assertEqual(result["execution"]["particle_steps"], 20000 * 70)
        for key in ["maximum_likelihood", "virial", "corrected_virial", "configurational"]:
            self.assertIn(key, result["temperature"]["alpha"])
            self.assertIn(key, result["snapshots"][0]["temperature"]["alpha"])
        listed = re.findall(r"^  (\S+)$", self.succeed("list", "predictions").stdout, re.MULTILINE)
        self.assertEqual(set(result["outcome"]), set(listed))
        self.assertIn("alpha", result["statement"])

    def test_result_of_two_dimensions_with_a_covariance(self):
        result = self.run_small("--loss", "x^2/2 + y^2", "--covariance", "1,0.5;0.5,1", "--precision", "double",
                                "--histogram", "x:10:-1:1,y:20:-1:1", "--histogram", "max(x,y):10:0:1")
        self.assertEqual(list(result["moments"]), ["x", "y", "loss", "max(x,y)"])
        self.assertGreater(result["covariance"][0][1], 0)
        self.assertEqual(result["covariance"][0][1], result["covariance"][1][0])
        self.assertEqual(len(result["covariance_standard_errors"]), 2)
        circulation = result["irreversibility"]["circulation"]
        predicted = next(p for p in strict_json(self.succeed(
            "predict", "--loss", "x^2/2 + y^2", "--covariance", "1,0.5;0.5,1", "--json").stdout)["predictions"]
            if p["prediction"] == "lyapunov")["circulation"]
        self.assertLess(abs(circulation["estimate"] - predicted), 5 * circulation["standard_error"])

    def test_temperatures_by_coordinate(self):
        temperature = self.run_small("--loss", "two-temperatures", "--sigma", "2,0.5", "--eta", "0.1",
                                     "--init", "normal:0,0.4", "--snapshots", "60")["temperature"]
        self.assertEqual(temperature["method"], "corrected virial")
        self.assertEqual([entry["coordinate"] for entry in temperature["by_coordinate"]], ["x", "y"])
        self.assertEqual(temperature["by_coordinate"][1]["expected"], 0.0125)
        self.assertEqual(temperature["one_temperature"]["outcome"], "rejected")
        self.assertEqual(temperature["expected_temperatures"]["degrees_of_freedom"], 2)
        self.assertIn("Temperature by coordinate", self.succeed(
            "run", "--loss", "x^2+y^2", "--particles", "2000", "--steps", "1", "--output", str(self.output)).stdout)
        absent = self.run_small("--loss", "x^2+y^2", "--preconditioner", "1,0.1;0.1,1")["temperature"]
        self.assertNotIn("by_coordinate", absent)
        self.assertEqual(absent["one_temperature"],
                         {"outcome": "not applicable", "reason": "the preconditioner mixes the coordinates"})
        self.assertNotIn("one_temperature", self.run_small("--loss", "x^2")["temperature"])

    def test_every_named_file_is_there_and_nothing_else(self):
        result = self.run_small("--loss", "x^2/2", "--format", "csv,json")
        files = result["files"]
        named = [files["result"], files["experiment"], files["predictions"], files["histograms"], *files["csv"],
                 files["report"], *files["figures"]]
        there = [str(path.relative_to(self.output)) for path in self.output.rglob("*") if path.is_file()]
        self.assertEqual(sorted(named), sorted(there))

    def test_predictions_are_there_to_be_read_later(self):
        self.run_small("--loss", "x^2/2", "--eta", "0.1", "--init", "point:1", "--snapshots", "5", "--histogram", "x:9:-1:1")
        found = strict_json((self.output / "predictions.json").read_text())
        schema("predictions").validate(found)
        predictions = {prediction["prediction"]: prediction for prediction in found["predictions"]}
        self.assertEqual(len(predictions["gibbs"]["probabilities"]["x"]["values"]), 11)
        (transient,) = predictions["fokker-planck"]["transients"]
        self.assertEqual(transient["step"], 5)
        # Of the equation of small steps from a point: a normal law with mean exp(-5 eta).
        values = transient["probabilities"]["x"]["values"]
        self.assertAlmostEqual(sum(values), 1, places=12)
        self.assertGreater(sum(values[8:]), 0.3)

    def test_only_the_formats_asked_for(self):
        self.run_small("--loss", "x^2/2", "--format", "csv")
        self.assertFalse((self.output / "histograms.json").exists())

    def test_brownian_motion_has_no_gibbs_density(self):
        result = self.run_small("--loss", "0*x", "--init", "point:0")
        self.assertEqual(set(result["outcome"].values()), {"not applicable"})
        # Variance after n steps: n (eta sigma)^2.
        moments = result["moments"]["x"]
        self.assertLess(abs(moments["variance"] - 70 * 0.1**2), 5 * moments["variance_standard_error"])

    def test_gradient_flow_has_no_temperature(self):
        result = self.run_small("--loss", "x^2/2", "--dynamics", "gradient-flow", "--init", "point:1", "--eta", "0.1")
        self.assertAlmostEqual(result["moments"]["x"]["mean"], math.exp(-7), places=6)

    def test_velocities_have_a_temperature(self):
        result = self.run_small("--loss", "double-well", "--dynamics", "momentum", "--mu", "0.8", "--eta", "0.01",
                                "--histogram", "v.x:10:-1:1", "--histogram", "kinetic",
                                "--histogram", "average(x,10)", "--histogram", "ema(x^2,5)")
        self.assertEqual(list(result["moments"]), ["x", "loss", "v.x", "kinetic", "average(x,10)", "ema(x^2,5)"])
        temperature = result["temperature"]
        self.assertAlmostEqual(temperature["effective_temperature"], 0.01 / (2 * (1 - 0.8)), places=12)
        self.assertEqual(temperature["effective_temperature_formula"], "eta sigma^2 / (2 (1 - mu))")
        # Var v = eta^2 sigma^2 / (1 - mu^2) to leading order, and alpha is m <v^2> / (2 T_eff).
        kinetic, velocity = temperature["alpha"]["kinetic"], result["moments"]["v.x"]
        self.assertAlmostEqual(kinetic["estimate"], velocity["second_moment"] * (1 - 0.8**2) / 0.01**2 / 2, places=4)
        self.assertLess(abs(kinetic["estimate"] - 0.5), 5 * kinetic["standard_error"] + 0.01)
        self.assertIn("mu = 0.8", result["statement"])

    def test_time_is_the_sum_of_the_learning_rates(self):
        result = self.run_small("--loss", "x^2/2", "--schedule", "step:0.2@0,0.1@10",
                                "--snapshots", "5,30")
        self.assertAlmostEqual(result["snapshots"][0]["time"], 5 * 0.2, places=12)
        self.assertAlmostEqual(result["snapshots"][1]["time"], 10 * 0.2 + 20 * 0.1, places=12)
        self.assertIn("eta = 0.1 (that of the last step)", result["statement"])
        self.assertNotIn("eta", result["experiment"])

    def test_acceptance_is_said(self):
        result = self.run_small("--loss", "double-well", "--dynamics", "mala", "--temperature", "0.1", "--eta", "0.2",
                                "--dt", "0.2")
        rate = result["moments"]["acceptance"]["mean"]
        self.assertTrue(0.5 < rate < 0.999, rate)
        self.assertIn(f"At the last step {rate:.3f}"[:-1], result["statement"])

    def test_a_rule_that_anneals_itself_has_no_temperature(self):
        result = self.run_small("--loss", "x^2/2", "--dynamics", "mcallester", "--init", "point:3")
        self.assertEqual(set(result["outcome"].values()), {"not applicable"})
        self.assertEqual(result["temperature"]["alpha"], {})
        for text in ["no stationary law", "T and beta undefined", "sigma = 1", "the mean loss is"]:
            self.assertIn(text, result["statement"])
        self.assertNotIn("eta = ", result["statement"])

    def test_histograms_lose_nothing(self):
        self.run_small("--loss", "x^2/2 + y^4/4", "--snapshots", "5",
                       "--histogram", "x:10:-0.1:0.1,y:7:-1:1", "--histogram", "x:6:0:1:periodic")
        histograms = strict_json((self.output / "histograms.json").read_text())
        self.assertEqual(sorted(histograms), sorted(["x,y", "x", "x,y@5", "x@5", "x,y@last", "x@last"]))
        for name, histogram in histograms.items():
            shape = [axis["bins"] + axis["underflow"] + axis["overflow"] for axis in histogram["axes"]]
            values = histogram["storage"]["values"]
            self.assertEqual(len(values), shape[0])
            for row in values:
                self.assertEqual(len(row) if isinstance(row, list) else 1, shape[1] if len(shape) == 2 else 1)
            samples = 1 if "@" in name else 5
            self.assertEqual(sum(flattened(values)) + histogram["metadata"]["nonfinite"], 20000 * samples, name)
        self.assertTrue(histograms["x"]["axes"][0]["circular"])

    def test_csv_agrees_with_json(self):
        self.run_small("--loss", "x^2/2", "--eta", "0.01", "--format", "json,csv", "--histogram", "x:20:-0.2:0.2")
        values = strict_json((self.output / "histograms.json").read_text())["x@last"]["storage"]["values"]
        with open(self.output / "histogram-x@last.csv", newline="") as stream:
            rows = list(csv.DictReader(stream))
        self.assertEqual([int(row["count"]) for row in rows[:-1]], values)
        self.assertEqual(rows[0]["x lower"], "-inf")
        self.assertEqual(rows[-1]["x lower"], "nan")
        expected = sum(float(row["gibbs expected"]) for row in rows[:-1])
        self.assertAlmostEqual(expected, 20000, delta=1e-6)

    def test_infinite_distances_are_null_and_named(self):
        result = self.run_small("--loss", "x^2/2", "--eta", "0.001", "--init", "point:50",
                                "--histogram", "x:10:40:60")
        infinite = [f"/comparisons/{i}/kl_divergence" for i, comparison in enumerate(result["comparisons"])
                    if comparison.get("kl_divergence", 0) is None]
        self.assertGreater(len(infinite), 0)
        self.assertLessEqual({place: "inf" for place in infinite}.items(), result["not_finite"].items())
        self.assertEqual(self.nulls(result), sorted(result["not_finite"]))

    def nulls(self, json, place=""):
        """JSON pointers of all nulls."""
        if json is None:
            return [place]
        items = json.items() if isinstance(json, dict) else enumerate(json) if isinstance(json, list) else []
        return sorted(found for key, value in items
                      for found in self.nulls(value, f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}"))


class Examples(Case):
    def test_noise_of_a_network(self):
        """Its gradients are neither isotropic nor Gaussian, and the law beside the minimum is far from the run's."""
        words = ["run", "--loss", "two-layer-classifier", "--data", ROOT / "tests/data/tables/rings.csv",
                 "--set", "hidden=4", "--set", "l2=0.01", "--eta", "0.05", "--burn-in", "2000", "--steps", "200",
                 "--particles", "4096", "--output", self.output]
        text = self.succeed(*words).stdout
        self.assertNotIn("nan", text)
        said = " ".join(text.split())
        self.assertIn("The gradient noise of the examples is not isotropic", said)
        self.assertIn("not Gaussian", said)
        self.assertIn("the chain is not stationary yet", said)
        result = strict_json((self.output / "result.json").read_text(encoding="utf-8"))
        schema("result").validate(result)
        noise = result["gradient_noise"]
        self.assertFalse(noise["isotropic"] or noise["gaussian"] or noise["constant"])
        self.assertIn(noise["sentence"], said)
        self.assertNotIn("nan", result["not_finite"].values())
        floors = [row["floor"]["kl_divergence"] for row in result["comparisons"] if "floor" in row]
        self.assertGreater(len(floors), 17)
        for floor in floors:
            self.assertTrue(0 < floor < 1, floor)


class Repeating(Case):
    def histograms(self, folder):
        return (folder / "histograms.json").read_bytes()

    def test_the_written_experiment_gives_the_same_bits(self):
        for arguments in [["--loss", "x^4/4 - x^2/2 + c*x", "--set", "c=0.05", "--eta", "0.07", "--snapshots", "3"],
                          ["--loss", "x^2/2 + y^2", "--eta", "0.1,0.03", "--sigma", "1,0.3", "--precision", "double",
                           "--init", "normal:0,1;point:0.1"],
                          ["--loss", "x^2/2", "--dynamics", "langevin", "--temperature", "0.3",
                           "--seed", str(2**64 - 1)],
                          ["--loss", "(x1*a - b)^2/2", "--random", "a=normal:0,1", "--random", "b=normal:0,1", "--batch-size", "2"],
                          ["--loss", "quadratic", "--set", "h=2,0.6;0.6,1", "--sigma", "1 + 0.1*x1^2"]]:
            with self.subTest(arguments=arguments):
                first = self.run_small(*arguments)
                again = self.folder / "again"
                self.succeed("run", self.output / "experiment.toml", "--output", again)
                self.assertEqual(self.histograms(self.output), self.histograms(again))
                second = strict_json((again / "result.json").read_text())
                self.assertEqual(first["experiment"] | {"output": ""}, second["experiment"] | {"output": ""})
                self.assertEqual(first["moments"], second["moments"])

    def test_threads_chunks_and_simd_do_not_matter(self):
        self.run_small("--loss", "double-well", "--threads", "1")
        first = self.histograms(self.output)
        for arguments, environment in [(["--threads", "2"], {}), (["--chunk", "4096"], {}),
                                       ([], {"ISOTHERM_SIMD": "scalar"})]:
            self.succeed("run", "--loss", "double-well", *SMALL, "--output", self.output, *arguments,
                         env=os.environ | environment)
            self.assertEqual(self.histograms(self.output), first, (arguments, environment))

    def test_the_seed_matters(self):
        self.run_small("--loss", "double-well")
        first = self.histograms(self.output)
        self.run_small("--loss", "double-well", "--seed", "2")
        self.assertNotEqual(self.histograms(self.output), first)

    def test_the_command_line_wins(self):
        file = self.folder / "run.toml"
        file.write_text("loss = \"x^2/2\"\neta = 0.2\nparticles = 1000\nsteps = 10\n[set]\n")
        result = self.run_small(file, "--eta", "0.1")
        self.assertEqual((result["experiment"]["eta"], result["experiment"]["steps"]), (0.1, 50))


class Printing(Case):
    def run_command(self, *arguments, **options):
        return self.succeed("run", "--loss", "double-well", *SMALL, "--output", self.output, *arguments, **options)

    def test_json_is_the_file_and_nothing_else(self):
        result = self.run_command("--json")
        self.assertEqual(result.stdout, (self.output / "result.json").read_text())
        schema("result").validate(strict_json(result.stdout))

    def test_quiet_says_nothing(self):
        result = self.run_command("--quiet")
        self.assertEqual((result.stdout, result.stderr), ("", ""))
        self.assertTrue((self.output / "result.json").exists())

    def test_table(self):
        result = self.run_command()
        for text in ["double-well", "20 000 particles", "beta", "corrected virial", "total variation", "p-value"]:
            self.assertIn(text, result.stdout)
        self.assertNotIn("\033", result.stdout + result.stderr)
        self.assertNotIn("\r", result.stdout + result.stderr)
        statement = strict_json((self.output / "result.json").read_text())["statement"]
        self.assertTrue(" ".join(result.stdout.split()).endswith(" ".join(statement.split())))

    def test_log(self):
        result = self.run_command("--log", "--quiet")
        lines = result.stderr.splitlines()
        self.assertGreater(len(lines), 0)
        for line in lines:
            schema("progress").validate(strict_json(line))
        last = strict_json(lines[-1])
        self.assertEqual(last["particle_steps"], last["particle_steps_total"])

    def test_dry_run(self):
        result = self.run_command("--dry-run")
        for text in ["burn-in", "20 steps", "chunk", "256", "operations", "histogram", "x:200:"]:
            self.assertIn(text, result.stdout)
        self.assertFalse(self.output.exists())

    def test_dry_run_as_json(self):
        plan = strict_json(self.run_command("--dry-run", "--json").stdout)
        schema("plan").validate(plan)
        self.assertFalse(self.output.exists())
        result = self.run_small("--loss", "double-well")
        for name in ["particles", "burn_in", "steps", "samples"]:
            self.assertEqual(plan["ensemble"][name], result["ensemble"][name])
        self.assertEqual(plan["execution"]["particle_steps"], result["execution"]["particle_steps"])
        self.assertEqual(plan["temperature"]["effective_temperature"], result["temperature"]["effective_temperature"])
        named_otherwise = {"json", "dry-run", "output"}
        self.assertEqual({k: v for k, v in plan["experiment"].items() if k not in named_otherwise},
                         {k: v for k, v in result["experiment"].items() if k not in named_otherwise})
        self.assertEqual(strict_json(self.run_command("--dry-run", "--json", "--sigma", "0").stdout)["gibbs"],
                         {"not_applicable": "sigma is 0, and so is the temperature"})

    def on_a_terminal(self, *arguments, environment=None):
        """Everything that the program writes where both streams are a terminal of 80 columns."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update({"TERM": "xterm", "COLUMNS": "80"} | (environment or {}))
            program = os.environ["ISOTHERM_PROGRAM"]
            os.execv(program, [program, *map(str, arguments)])
        text = b""
        try:
            while chunk := os.read(terminal, 65536):
                text += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, text)
        return text.decode()

    def test_colours_and_progress_on_a_terminal_only(self):
        arguments = ["run", "--loss", "x^2/2", "--particles", "3e5", "--steps", "2000", "--burn-in", "0",
                     "--output", self.output]
        text = self.on_a_terminal(*arguments)
        self.assertIn("\033[1m", text)
        self.assertIn("particle-steps/s  ", text)
        self.assertIn("\r", text)
        plain = self.on_a_terminal(*arguments, environment={"NO_COLOR": "1"})
        self.assertNotIn("\033[1m", plain)

    def test_help_and_version(self):
        self.assertIn("isotherm run --loss", self.succeed().stdout)
        self.assertIn("--particles N", self.succeed("run", "--help").stdout)
        self.assertRegex(self.succeed("--version").stdout, r"^isotherm \d+\.\d+\.\d+\n$")

    def test_lists(self):
        everything = self.succeed("list").stdout
        lists = {"losses": ["double-well", "muller-brown"], "dynamics": ["sgd", "langevin", "gradient-flow"],
                 "noise": ["gaussian", "student-t:NU", "none"], "schedules": ["constant", "power:C,A"], "predictions": ["gibbs", "gibbs-fitted"], "formats": ["json", "csv"]}
        for topic, names in lists.items():
            part = self.succeed("list", topic).stdout
            for name in names:
                self.assertIn(f"  {name}\n", part)
            for name in re.findall(r"^  (\S+)$", part, re.MULTILINE):
                self.assertRegex(everything, rf"(?m)^  {re.escape(name)}( |$)")
        self.assertIn("scalar", self.succeed("info").stdout)

    def test_a_dynamics_is_listed_with_all_that_it_takes(self):
        items = re.split(r"^  (?=\S)", self.succeed("list", "dynamics", env=os.environ | {"COLUMNS": "200"}).stdout,
                         flags=re.MULTILINE)
        momentum = next(item for item in items if item.startswith("momentum\n"))
        for text in ["T_eff = eta sigma^2 / (2 (1 - mu))", "stable for eta h < 2 (1 + mu)", "--mu 0.9",
                     "--parameterization standard|averaged", "1 random number and 1 gradient; state: x, v.x",
                     "corrected virial: 1/2", "source: "]:
            self.assertIn(text, momentum)
        noise = self.succeed("list", "noise").stdout
        self.assertIn("student-t:5 has variance 1, skewness 0, excess kurtosis 6\n", noise)


class Measuring(Case):
    """Numbers of a loaded machine say nothing: only that they are all there."""

    def test_every_dynamics_has_a_row(self):
        report = strict_json(self.succeed("bench", "--quick", "--json", "--threads", "1").stdout)
        schema("bench").validate(report)
        listed = re.findall(r"^  (\S+)$", self.succeed("list", "dynamics").stdout, re.MULTILINE)
        self.assertEqual([row["name"] for row in report["dynamics"]], listed)
        for row in report["dynamics"]:
            for key in ["particle_steps_per_second", "explained_seconds", "ratio"]:
                self.assertGreater(row[key], 0, row)
        rows = {row["name"]: row for row in report["dynamics"]}
        self.assertEqual(rows["sgd"]["operations"], {"fma": 3, "mul": 1})
        self.assertEqual([rows["adam"][key] for key in ["random_numbers", "gradient_evaluations", "state_rows"]], [1, 1, 3])
        self.assertEqual(rows["gradient-flow"]["random_numbers"], 0)
        self.assertEqual(set(report["costs"]["random_numbers"]), {"normal", "uniform", "sign"})

        self.check_cases(report)
        names = {row["name"] for row in report["cases"]}
        self.assertLessEqual({"loss/double-well", "dimension/100", "noise/rademacher", "particles/1e6", "steps/1e2"}, names)
        self.assertEqual(set(report["spread"]), {"particles", "steps"})

    def check_cases(self, report):
        for row in report["cases"]:
            self.assertAlmostEqual(row["particle_steps_per_second"] * row["seconds"] / row["particles"] / row["steps"], 1)
            self.assertEqual(row["bytes"], sum(row["memory"].values()))
            if "limit" in row:
                self.assertAlmostEqual(row["fraction_of_limit"] * row["limit"] / row["particle_steps_per_second"], 1)

    def test_cases_by_name(self):
        report = strict_json(self.succeed("bench", "--quick", "--json", "--cases", "rademacher", "--precision", "double").stdout)
        schema("bench").validate(report)
        self.check_cases(report)
        self.assertEqual([row["name"] for row in report["cases"]], ["noise/rademacher", "noise/rademacher-no-histogram"])
        self.assertEqual({row["precision"] for row in report["cases"]}, {"double"})
        self.assertNotIn("dynamics", report)

    def test_scalar_lane_has_no_limit(self):
        report = strict_json(self.succeed("bench", "--quick", "--json", "--cases", "noise/rademacher-no", "--threads", "1",
                                          env=os.environ | {"ISOTHERM_SIMD": "scalar"}).stdout)
        schema("bench").validate(report)
        self.assertEqual(report["machine"]["simd"], "scalar")
        self.assertNotIn("limit", report["cases"][0])

    def test_table(self):
        text = self.succeed("bench", "--quick", "--threads", "1", "--precision", "double").stdout
        for words in ["loss/muller-brown", "histogram/1e6-bins", "The machine", "double well", "ratio", "mcallester",
                      "normal number", "fma(row, row, row)"]:
            self.assertIn(words, text)


class Expecting(Case):
    def expect(self, *arguments):
        return isotherm("run", "--loss", "x^2/2", "--eta", "0.002", "--particles", "20000", "--steps", "10", "--quiet",
                        "--output", self.output, "--expect", "consistent:gibbs", *arguments)

    def test_met(self):
        self.assertEqual(self.expect().returncode, 0)

    def test_not_met_is_status_1_with_a_result(self):
        result = self.expect("--alpha", "0.6")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^isotherm: --expect consistent:gibbs: .*'rejected'\n$")
        self.assertTrue((self.output / "result.json").exists())


class Predicting(Case):
    def predict(self, *arguments):
        result = strict_json(self.succeed("predict", "--json", *arguments).stdout)
        schema("predictions").validate(result)
        self.assertEqual(list(result), ["predictions"])
        return result["predictions"]

    def test_quadratic(self):
        temperature, curvature = 0.25, 2
        gibbs, *_ = self.predict("--loss", f"{curvature}*x^2/2", "--temperature", temperature, "--histogram", "x:8:-1:1")
        self.assertAlmostEqual(gibbs["coordinates"]["x"]["variance"], temperature / curvature, places=12)
        self.assertAlmostEqual(gibbs["log_partition_function"], math.log(2 * math.pi * temperature / curvature) / 2,
                               places=12)
        self.assertAlmostEqual(gibbs["loss"]["mean"], temperature / 2, places=12)
        values = gibbs["probabilities"]["x"]["values"]
        self.assertEqual(len(values), 10)
        self.assertAlmostEqual(sum(values), 1, places=12)

    def test_two_dimensions(self):
        gibbs, *_ = self.predict("--loss", "quadratic", "--set", "h=2,0.6;0.6,1", "--temperature", "1")
        determinant = 2 * 1 - 0.6**2
        self.assertAlmostEqual(gibbs["covariance"][0][0], 1 / determinant, places=10)
        self.assertAlmostEqual(gibbs["covariance"][0][1], -0.6 / determinant, places=10)

    def test_what_does_not_apply_has_a_reason(self):
        gibbs, *_ = self.predict("--loss", "0*x")
        self.assertIn("normalized", gibbs["not_applicable"])

    def test_table(self):
        self.assertIn("ln Z", self.succeed("predict", "--loss", "sextic-cosine", "--temperature", "1").stdout)

    def test_no_folder(self):
        self.predict("--loss", "x^2/2", "--output", self.output)
        self.assertFalse(self.output.exists())


if __name__ == "__main__":
    unittest.main()
