"""The Python package against the command line, and in the packages that people use it with.

usage: with-python.sh requirements.txt test_package.py (PYTHONPATH with the package, ISOTHERM_PROGRAM, ISOTHERM_SOURCE set)
"""

import json
import math
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import typing
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boost_histogram
import hist
import numpy as np
import uhi.io.json
import uhi.schema
from uhi.typing.plottable import PlottableAxisGeneric, PlottableHistogram

import isotherm
from isotherm import _core, _options

PROGRAM = os.environ["ISOTHERM_PROGRAM"]
SOURCE = Path(os.environ["ISOTHERM_SOURCE"])

# A well, two dimensions with a matrix and constants, an angle with a snapshot, and heavy noise without a variance.
EXPERIMENTS = {
    "well": dict(loss="double-well", eta=0.05, particles=2e4, steps=60, snapshots=[30]),
    "plane": dict(loss="h*x^2/2 + y^4/4", set={"h": 2}, eta=[0.05, 0.02], covariance=[[1, 0.3], [0.3, 2]], particles=5000,
                  steps=40, burn_in=50, histogram=["x:20:-1:1,y:30:-1:1", "y/2:10:-1:1"], seed=2**63 + 5),
    "angle": dict(loss="1 - cos(x)", eta=0.05, particles=5000, steps=40, snapshots=(10, 20), precision="double",
                  histogram=["x:24:0:6.25:periodic", "x:8:0:6.25:periodic,loss:5:0:0.1"]),
    "heavy": dict(loss="x^2/2", noise="student-t:1.5", eta=0.1, particles=5000, steps=40),
    "examples": dict(loss="(x*a - e)^2/2", random=["a=normal:0,1", "e=normal:0,1"], eta=0.1, batch_size=2, particles=5000,
                     steps=40),
}


def words(options):
    """The same options for the command line."""
    found = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, dict):
            found += [word for key, entry in value.items() for word in (option, f"{key}={entry}")]
        elif name in ("histogram", "random"):
            found += [word for entry in value for word in (option, entry)]
        elif name == "covariance":
            found += [option, ";".join(",".join(map(str, row)) for row in value)]
        else:
            found += [option, ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)]
    return found


def folder_of(command, options):
    """The folder that the command line writes."""
    folder = tempfile.mkdtemp(prefix="isotherm-python-")
    subprocess.run([PROGRAM, command, *words(options), "--quiet", "--output", folder], check=True, timeout=300)
    return Path(folder)


def without_infinities(tree):
    """As the text of JSON has it."""
    if isinstance(tree, dict):
        return {key: without_infinities(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [without_infinities(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree


class EqualToTheCommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = {name: (isotherm.run(**options), folder_of("run", options)) for name, options in EXPERIMENTS.items()}

    def each(self):
        for result, folder in self.runs.values():
            yield result, folder, json.loads((folder / "result.json").read_text())

    def test_every_number_of_result_json(self):
        for result, folder, expected in self.each():
            found = json.loads(json.dumps(without_infinities(result.as_dict())))
            self.assertNotIn("output", found["experiment"])
            self.assertEqual(expected["experiment"].pop("output"), str(folder))
            expected["experiment"].pop("quiet"), found["experiment"].pop("quiet")
            for tree in (found, expected):
                tree["files"] = {}
                for key in ("wall_seconds", "particle_steps_per_second"):
                    tree["execution"].pop(key)
            self.assertEqual(found, expected)

    def test_dataclasses_say_the_same(self):
        for result, _, expected in self.each():
            self.assertEqual(result.statement, expected["statement"])
            self.assertEqual(result.particles, expected["ensemble"]["particles"])
            for name, entry in expected["temperature"]["alpha"].items():
                self.assertEqual(result.alpha[name], isotherm.Estimate(**entry))
            self.assertEqual(len(result.comparisons), len(expected["comparisons"]))
            for comparison, entry in zip(result.comparisons, expected["comparisons"], strict=True):
                self.assertEqual((comparison.observable, comparison.prediction, comparison.verdict, comparison.p_value),
                                 (entry["observable"], entry["prediction"], entry["verdict"], entry.get("p_value")))
                if entry.get("kl_divergence") is not None:
                    self.assertEqual(comparison.distance.kl_divergence, entry["kl_divergence"])
                    self.assertEqual(comparison.floor.total_variation, entry["floor"].get("total_variation"))
            for name, entry in expected["moments"].items():
                self.assertEqual(result.moments[name].mean, entry.get("mean"))
                self.assertEqual(result.moments[name].quantiles, entry["quantiles"])
            if "covariance" in expected:
                self.assertEqual(result.covariance.tolist(), expected["covariance"])
            self.assertEqual([snapshot.step for snapshot in result.snapshots],
                             [entry["step"] for entry in expected["snapshots"]])
            self.assertEqual(result.verdict.outcome, expected["outcome"])

    def test_histograms(self):
        for result, folder, _ in self.each():
            expected = json.loads((folder / "histograms.json").read_text())
            self.assertEqual(list(result.histograms), list(expected))
            for name, entry in expected.items():
                found = result.histograms[name]
                self.assertEqual(found.values(flow=True).tolist(), entry["storage"]["values"])
                if "variances" in entry["storage"]:
                    self.assertEqual(found.variances(flow=True).tolist(), entry["storage"]["variances"])
                samples = 1 if found.single_snapshot else result.samples
                self.assertEqual(found.entries(), result.particles * samples)
                self.assertEqual(int(found.by_group.sum()) + int(found.nonfinite.sum()), found.entries())

    def test_predictions(self):
        for result, folder, _ in self.each():
            expected = json.loads((folder / "predictions.json").read_text())["predictions"]
            self.assertEqual([entry["prediction"] for entry in expected], list(result.predictions))
            for entry in expected:
                found = result.predictions[entry["prediction"]]
                self.assertEqual(found.not_applicable, entry.get("not_applicable"))
                self.assertEqual(found.relaxation_rate, entry.get("relaxation_rate"))
                self.assertEqual(list(found.probabilities), list(entry.get("probabilities", {})))
                for name, bins in entry.get("probabilities", {}).items():
                    self.assertEqual(found.probabilities[name].ravel().tolist(), bins["values"])
                self.assertEqual(list(found.transients), [at["step"] for at in entry.get("transients", [])])

    def test_the_experiment_repeats_itself(self):
        result, _ = self.runs["plane"]
        self.assertEqual(isotherm.run(**result.experiment, progress=False).as_dict()["moments"], result.as_dict()["moments"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "experiment.toml")
            path.write_text(result.toml())
            again = isotherm.run_file(path, seed=4)
            self.assertEqual([entry.name for entry in Path(folder).iterdir()], ["experiment.toml"])
            self.assertNotEqual(again.moments["x"].mean, result.moments["x"].mean)
            self.assertEqual(isotherm.run_file(path).moments, result.moments)

    def test_a_folder_is_that_of_the_command_line(self):
        _, folder = self.runs["well"]
        with tempfile.TemporaryDirectory() as written:
            result = isotherm.run(**EXPERIMENTS["well"], output=written)
            self.assertEqual(sorted(p.name for p in Path(written).iterdir()), sorted(p.name for p in folder.iterdir()))
            for name in ("histograms.json", "predictions.json"):
                self.assertEqual(Path(written, name).read_bytes(), (folder / name).read_bytes())
            self.assertEqual(result.as_dict()["files"]["result"], "result.json")


class Arrays(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result = isotherm.run(**EXPERIMENTS["angle"])

    def test_they_are_no_copies_and_cannot_be_written_to(self):
        histogram = self.result.histograms["x"]
        prediction = isotherm.predict("double-well", eta=0.05)["gibbs"]
        for array in (histogram.by_group, histogram.nonfinite, histogram.values(), histogram.variances(), histogram.counts(),
                      prediction.probabilities["x"]):
            self.assertFalse(array.flags.owndata)
            self.assertFalse(array.flags.writeable)
            with self.assertRaises(ValueError):
                array[...] = 0
        self.assertIs(type(histogram.by_group.base.obj), _core.Array)
        self.assertEqual(histogram.by_group.dtype, np.int64)

    def test_they_outlive_the_result(self):
        result = isotherm.run(**EXPERIMENTS["angle"])
        array = result.histograms["x"].by_group
        expected = array.copy()
        del result
        np.testing.assert_array_equal(array, expected)

    def test_what_a_notebook_shows(self):
        self.assertEqual(repr(self.result), f"<isotherm.Result: {self.result.statement}>")
        self.assertTrue(self.result._repr_html_().startswith("<pre>"))

    def test_a_result_can_be_pickled(self):
        again = pickle.loads(pickle.dumps(self.result))
        self.assertEqual(again.as_dict(), self.result.as_dict())
        np.testing.assert_array_equal(again.histograms["x"].by_group, self.result.histograms["x"].by_group)


class Particles(unittest.TestCase):
    """`track` and `keep_positions`, in memory and in a folder, against the files of the command line."""

    OPTIONS = dict(loss="x^2/2 + y^4/4", eta=0.05, particles=1000, steps=45, burn_in=20, thinning=4, keep_positions=True, track=3)

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="isotherm-particles-")
        cls.folder = Path(cls.scratch.name, "program")
        command = [PROGRAM, "run", *words({name: value for name, value in cls.OPTIONS.items() if value is not True}), "--keep-positions"]
        subprocess.run([*command, "--quiet", "--output", cls.folder], check=True, timeout=300)
        cls.memory = isotherm.run(**cls.OPTIONS)
        cls.files = isotherm.run(**cls.OPTIONS, output=Path(cls.scratch.name, "python"))

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_they_are_those_of_the_command_line(self):
        tracks, positions = np.load(self.folder / "tracks.npy"), np.load(self.folder / "positions.npy")
        for result in (self.memory, self.files):
            self.assertEqual(result.tracks.positions.dtype, np.float32)
            np.testing.assert_array_equal(result.tracks.positions, tracks)
            self.assertEqual(result.positions.dtype, np.float32)
            np.testing.assert_array_equal(result.positions, positions)
            # Samples are counted back from the last step, 65; there the tracked particles are among all.
            self.assertEqual(result.tracks.steps.tolist(), list(range(21, 66, 4)))
            np.testing.assert_array_equal(result.tracks.positions[-1], result.positions[:3])

    def test_they_have_the_precision_of_the_run(self):
        result = isotherm.run(**self.OPTIONS, precision="double")
        self.assertEqual((result.tracks.positions.dtype, result.positions.dtype), (np.float64, np.float64))
        np.testing.assert_allclose(result.positions.var(axis=0, ddof=1), [result.moments[name].variance for name in "xy"], rtol=1e-12)

    def test_they_are_no_copies_and_outlive_the_result(self):
        result = isotherm.run(**self.OPTIONS)
        tracks, positions, x = result.tracks, result.positions, result.tracks["x"]
        self.assertIs(type(positions.base.obj), _core.Array)
        for array in (positions, tracks.positions, tracks.steps, x):
            self.assertFalse(array.flags.writeable)
        self.assertTrue(np.shares_memory(x, tracks.positions))
        del result, tracks
        np.testing.assert_array_equal(positions, self.memory.positions)
        np.testing.assert_array_equal(x, self.memory.tracks["x"])

    def test_the_shape_of_arviz(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it announces another major version
            import arviz

        result = isotherm.run("quadratic", eta=0.1, particles=64, steps=4000, thinning=1, track=64, burn_in=100)
        data = result.tracks.to_xarray()
        self.assertEqual((list(data.data_vars), data["x"].dims, data["x"].shape), (["x"], ("chain", "draw"), (64, 4000)))
        self.assertEqual((int(data["draw"][0]), int(data["draw"][-1])), (101, 4100))
        self.assertTrue(np.shares_memory(data["x"].values, result.tracks.positions))
        # An autoregressive chain with a = 1 - eta has 64 * 4000 * (1 - a) / (1 + a) = 13474 effective samples. ArviZ's estimate of them
        # has a standard deviation of 2.5 % (over 20 seeds).
        self.assertAlmostEqual(float(arviz.ess(data)["x"]) / 13474, 1, delta=5 * 0.025)
        self.assertLess(float(arviz.rhat(data)["x"]), 1.01)

    def test_a_run_without_them_has_none(self):
        result = isotherm.run("x^2/2", particles=256, steps=10)
        self.assertIsNone(result.tracks)
        self.assertIsNone(result.positions)

    def test_what_is_wrong(self):
        with self.assertRaisesRegex(isotherm.InputError, "track = 300: there are 256 particles; track at most as many"):
            isotherm.run("x^2/2", particles=256, steps=10, track=300)
        with self.assertRaisesRegex(isotherm.InputError, "is many runs, and keeps no positions"):
            isotherm.sweep({"eta": [0.1]}, "x^2/2", particles=256, steps=10, track=3)


class Resuming(unittest.TestCase):
    # Some seconds for one thread: long enough for a progress function to be called on the way.
    OPTIONS = dict(loss="x^2/2 + x^4/4", eta=0.05, particles=2**20, steps=4000, burn_in=0, threads=1, quiet=True)

    def test_a_stopped_run_goes_on_to_the_same_bits(self):
        def stop(at):
            raise LookupError("enough")

        whole = isotherm.run(**self.OPTIONS)
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(LookupError, "enough") as caught:
                isotherm.run(**self.OPTIONS, output=folder, progress=stop)
            if sys.version_info >= (3, 11):
                self.assertRegex("".join(caught.exception.__notes__), r'saved as .*checkpoint-.*; isotherm\.resume\(".*"\) goes on')
            self.assertFalse(Path(folder, "result.json").exists())
            seen = []
            result = isotherm.resume(folder, chunk=2**18, progress=seen.append)
            self.assertGreater(seen[-1].particle_steps_before, 0)
            self.assertEqual(seen[-1].particle_steps_done, 2**20 * 4000)
            for name, histogram in whole.histograms.items():
                np.testing.assert_array_equal(result.histograms[name].by_group, histogram.by_group)
            for key in ("moments", "comparisons", "temperature", "diagnostics"):
                self.assertEqual(without_infinities(result.as_dict()[key]), without_infinities(whole.as_dict()[key]))
            self.assertEqual(list(Path(folder).glob("checkpoint*")), [])
            with self.assertRaisesRegex(isotherm.InputError, "this run has finished; its result is .*result.json"):
                isotherm.resume(folder)

    def test_what_is_wrong(self):
        with self.assertRaisesRegex(isotherm.InputError, "checkpoints are files; name a folder for them with output"):
            isotherm.run("x^2/2", particles=256, steps=10, checkpoint_interval=1)
        with self.assertRaisesRegex(isotherm.InputError, "there is no such folder"):
            isotherm.resume("/nowhere/at/all")
        with self.assertRaisesRegex(TypeError, "takes only options that change how a run is computed, and not 'eta'"):
            isotherm.resume(".", eta=0.1)
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(isotherm.InputError, "there is no checkpoint in this folder"):
            isotherm.resume(folder)


class Histograms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.results = {name: isotherm.run(**EXPERIMENTS[name]) for name in ("well", "plane", "angle")}

    def each(self):
        for result in self.results.values():
            for histogram in result.histograms.values():
                yield result, histogram

    def test_the_protocol_of_uhi(self):
        for _, histogram in self.each():
            self.assertIsInstance(histogram, PlottableHistogram)
            self.assertEqual(histogram.kind, "COUNT")
            for axis, size in zip(histogram.axes, histogram.values().shape, strict=True):
                self.assertIsInstance(axis, PlottableAxisGeneric)
                self.assertEqual(len(axis), size)
                self.assertEqual([edge for edge, _ in axis] + [axis[-1][1]], axis.edges.tolist())
                self.assertEqual(axis[len(axis) - 1], axis[-1])
                with self.assertRaises(IndexError):
                    axis[len(axis)]

    def test_boost_histogram_and_hist_hold_the_same(self):
        for _, histogram in self.each():
            for made, kind in ((histogram.to_boost(), boost_histogram.Histogram), (histogram.to_hist(), hist.Hist)):
                self.assertIsInstance(made, kind)
                for flow in (False, True):
                    np.testing.assert_array_equal(made.values(flow=flow), histogram.values(flow))
                    np.testing.assert_array_equal(made.variances(flow=flow), histogram.variances(flow))
                for theirs, ours in zip(made.axes, histogram.axes, strict=True):
                    np.testing.assert_allclose(theirs.edges, ours.edges, rtol=0, atol=1e-15 * abs(ours.upper - ours.lower))
                    self.assertEqual(theirs.traits.circular, ours.traits.circular)

    def test_the_dict_of_uhi(self):
        for _, histogram in self.each():
            text = json.dumps({histogram.name: histogram.to_uhi()}, default=uhi.io.json.default)
            uhi.schema.validate(json.loads(text))

    def test_densities_integrate_to_the_share_of_the_axes(self):
        for result, histogram in self.each():
            volume = np.prod([axis.width for axis in histogram.axes])
            share = histogram.values().sum() / histogram.values(flow=True).sum()
            self.assertAlmostEqual(histogram.density().sum() * volume, share, places=12)
            gibbs = result.predictions["gibbs"]
            name = ",".join(axis.expression for axis in histogram.axes)
            if name in gibbs.probabilities:
                self.assertAlmostEqual(gibbs.probability(histogram, flow=True).sum(), 1, places=12)
                np.testing.assert_allclose(gibbs.density(histogram) * volume * histogram.values(flow=True).sum(),
                                           histogram.expected(gibbs), rtol=1e-12)

    def test_what_a_prediction_does_not_say(self):
        with self.assertRaisesRegex(KeyError, "lyapunov says nothing about 'x': the step is not affine"):
            self.results["well"].predictions["lyapunov"].probability("x")


class Errors(unittest.TestCase):
    def check(self, kind, expected, *arguments, **options):
        with self.assertRaises(kind) as caught:
            isotherm.run(*arguments, **options)
        self.assertEqual(str(caught.exception), expected)

    def test_unknown_options(self):
        self.check(TypeError, "isotherm.run() got an unexpected option 'bath_size'; did you mean batch_size?", "x^2", bath_size=3)
        self.check(TypeError, "isotherm.run() got an unexpected option 'nonsense'; options are those of isotherm run, with _ for -",
                   "x^2", nonsense=3)

    def test_wrong_values(self):
        self.check(isotherm.InputError, "isotherm.run(): eta = -1: must be greater than 0, for example eta = 0.05", "x^2", eta=-1)
        self.check(isotherm.InputError, "isotherm.run(): eta = nan: must be a finite number, for example eta = 0.05", "x^2",
                   eta=float("nan"))
        self.check(isotherm.InputError, "isotherm.run(): steps: must be a number, not an array", "x^2", steps=[1])
        self.check(isotherm.InputError, "isotherm.run(): eta: must be a number, True or False, a string, a list or a dict, not object",
                   "x^2", eta=object())
        self.check(isotherm.InputError, "isotherm.run(): json is for a terminal; leave it out: a Result has as_dict(), and progress= "
                   "takes a function", "x^2", json=True)

    def test_options_are_called_as_in_python(self):
        """Also in what the library says of them, which the command line shows with dashes."""
        self.check(isotherm.InputError, "eta: 2 values for 1 coordinate; give one, or one for each coordinate", "x^2", eta=[1, 2])
        self.check(isotherm.InputError, "mu: sgd has no such option; drop it, or use dynamics momentum or nesterov", "x^2", mu=0.9)
        with self.assertRaisesRegex(isotherm.RunError, "use a smaller eta$"):
            isotherm.run("x^2", eta=3, particles=256, steps=2000)
        with tempfile.NamedTemporaryFile() as file, self.assertRaisesRegex(isotherm.InputError, "^output .*cannot make this folder"):
            isotherm.run("x^2", output=file.name)

    def test_what_is_no_path_of_data(self):
        for data in (np.zeros((3, 2)), {"x": [1, 2]}, [1, 2]):
            with self.assertRaisesRegex(isotherm.InputError, "data: must be the path of a CSV, NPY or NPZ file, for example"):
                isotherm.run("linear-regression", data=data)

    def test_a_progress_that_is_no_function(self):
        with self.assertRaisesRegex(TypeError, "progress must be a function, True, False or None, not str"):
            isotherm.run("x^2", progress="yes")

    def test_positions_that_no_memory_holds(self):
        with self.assertRaisesRegex(isotherm.RunError, "keep_positions: there is not so much memory; name a folder with output"):
            isotherm.run("x^2", particles=2**50, steps=1, keep_positions=True, quiet=True)

    def test_a_file_for_a_loss(self):
        self.check(isotherm.InputError, "isotherm.run(): loss = own.toml: an experiment file is for run_file and predict_file", "own.toml")

    def test_a_loss_that_is_none(self):
        with self.assertRaisesRegex(isotherm.InputError, r"(?s)unknown name 'foo'.*\^"):
            isotherm.run("x^2 + foo")
        self.check(isotherm.InputError, "isotherm.run(): no loss; give one, for example loss=\"double-well\" or loss=\"x^4/4 - x^2/2\"",
                   None)

    def test_an_input_error_is_a_value_error_and_a_run_error_a_runtime_error(self):
        self.assertTrue(issubclass(isotherm.InputError, ValueError))
        self.assertEqual(isotherm.InputError.__module__, "isotherm")
        with self.assertRaisesRegex(isotherm.RunError, "every particle is non-finite"):
            isotherm.run("x^4/4", eta=5, init="point:10", particles=256, steps=50, burn_in=0)
        self.assertTrue(issubclass(isotherm.RunError, RuntimeError))

    def test_an_expectation(self):
        options = dict(eta=0.05, particles=2e4, steps=60)
        with self.assertRaisesRegex(isotherm.ExpectationError, "the verdict on gibbs is 'rejected'") as caught:
            isotherm.run("double-well", **options, expect="consistent:gibbs")
        self.assertEqual(caught.exception.result.particles, 20000)
        self.assertEqual(isotherm.run("double-well", **options, expect="consistent:exact-chain").particles, 20000)

    def test_warnings(self):
        with self.assertWarnsRegex(isotherm.RunWarning, "wells exchange at rate"):
            isotherm.run("double-well", eta=0.05, particles=1000, steps=20)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            isotherm.run("double-well", eta=0.05, particles=1000, steps=20, quiet=True)

    def test_values_of_numpy(self):
        given = isotherm.run("x^2/2 + y^2/2", eta=np.array([0.1, 0.2]), particles=np.int64(1000), steps=20, seed=np.uint64(2**64 - 1))
        self.assertEqual((given.experiment["eta"], given.experiment["seed"]), ([0.1, 0.2], 2**64 - 1))


class Options(unittest.TestCase):
    def test_the_types_know_every_option(self):
        table = {option["name"]: option["form"] for option in _core.options() if option["name"] != "loss"}
        declared = typing.get_type_hints(_options.Options)
        self.assertEqual(list(declared), list(table))
        forms = {"flag": bool, "number": _options.Number, "numbers": _options.Numbers, "matrix": _options.Matrix,
                 "text": _options.Text, "texts": _options.Texts, "assignments": _options.Assignments}
        for name, kind in declared.items():
            members = typing.get_args(forms[table[name]]) if typing.get_origin(forms[table[name]]) is typing.Union else (forms[table[name]],)
            self.assertEqual(set(typing.get_args(kind)), {*members, type(None)}, name)

    def test_what_resume_takes(self):
        text = subprocess.run([PROGRAM, "resume", "--help"], capture_output=True, text=True, check=True).stdout
        there = {word[2:].replace("-", "_") for line in text.splitlines() if line.startswith("  --") for word in line.split()[:1]}
        self.assertEqual(set(typing.get_type_hints(_options.HowOptions)), there - {"json", "log", "draw"})

    def test_every_option_of_the_command_line_is_one(self):
        text = subprocess.run([PROGRAM, "run", "--help"], capture_output=True, text=True, check=True).stdout
        there = {word[2:].replace("-", "_") for line in text.splitlines() if line.startswith("  --") for word in line.split()[:1]}
        elsewhere = {"json", "log", "dry_run", "draw"}  # for terminals
        self.assertEqual({option["name"] for option in _core.options()}, there - elsewhere)

    def test_help_and_signature_name_them(self):
        import inspect

        self.assertIn("batch_size", inspect.signature(isotherm.run).parameters)
        self.assertIn("        eta: Learning rate", isotherm.run.__doc__)


LONG = dict(loss="double-well", particles=2**20, steps=10**7, burn_in=0)


class Stopping(unittest.TestCase):
    def test_ctrl_c(self):
        program = f"""
import isotherm
try:
    isotherm.run(**{LONG!r}, progress=lambda p: print("running", flush=True))
except KeyboardInterrupt:
    print("stopped", isotherm.run("x^2/2", particles=256, steps=10).particles, flush=True)
"""
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "running\n")
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=600)[0]
        self.assertEqual(rest.split("\n")[-2], "stopped 256")
        self.assertEqual(process.returncode, 0)

    def test_ctrl_c_in_a_sweep(self):
        program = f"""
import isotherm
try:
    isotherm.sweep({{"eta": [0.05, 0.04]}}, **{LONG!r}, progress=lambda p: p.particle_steps and print("running", flush=True))
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "running\n")
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=600)[0]
        self.assertEqual(rest.split("\n")[-2], "stopped")

    def test_an_exception_in_the_progress_function(self):
        seen = []

        def progress(at):
            seen.append(at)
            raise LookupError("enough")

        with self.assertRaisesRegex(LookupError, "enough"):
            isotherm.run(**LONG, progress=progress)
        self.assertEqual(len(seen), 1)

    def test_progress_is_told_to_the_end(self):
        seen = []
        isotherm.run("x^2/2", particles=4096, steps=100, burn_in=0, progress=seen.append)
        self.assertEqual(seen[-1].particle_steps_done, 4096 * 100)
        self.assertEqual(seen[-1].particle_steps_total, 4096 * 100)

    def test_a_bar_by_tqdm(self):
        program = 'import isotherm; isotherm.run("x^2/2", particles=4096, steps=100, progress=True)'
        process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("particle-step", process.stderr)


class Threads(unittest.TestCase):
    def test_python_goes_on_while_particles_move(self):
        steps, running, counted = 400, threading.Event(), [0]

        def count():
            running.wait()
            while running.is_set():
                counted[0] += 1
                time.sleep(0)

        counter = threading.Thread(target=count)
        counter.start()
        before = counted[0]
        running.set()
        isotherm.run("double-well", eta=0.05, particles=2**18, steps=steps, burn_in=0)
        running.clear()
        counter.join()
        self.assertGreater(counted[0], before)

    def test_runs_side_by_side_give_the_same(self):
        options = EXPERIMENTS["plane"]
        alone = isotherm.run(**options)
        with ThreadPoolExecutor(4) as pool:
            for result in pool.map(lambda _: isotherm.run(**options, threads=1), range(6)):
                self.assertEqual(result.as_dict()["moments"], alone.as_dict()["moments"])
                self.assertEqual(result.as_dict()["comparisons"], alone.as_dict()["comparisons"])


class Predictions(unittest.TestCase):
    def test_it_is_that_of_the_command_line(self):
        options = dict(loss="double-well", eta=0.05, temperature=0.1)
        text = subprocess.run([PROGRAM, "predict", *words(options), "--json"], capture_output=True, text=True, check=True).stdout
        found = isotherm.predict(**options)
        for entry in json.loads(text)["predictions"]:
            probabilities = entry.pop("probabilities", {})
            self.assertEqual(without_infinities(found[entry["prediction"]].as_dict()), entry)
            for name, bins in probabilities.items():
                self.assertEqual(found[entry["prediction"]].probabilities[name].ravel().tolist(), bins["values"])
        table = subprocess.run([PROGRAM, "predict", *words(options)], capture_output=True, text=True, check=True).stdout
        self.assertEqual(str(found), table)


class Sweeps(unittest.TestCase):
    OPTIONS = dict(particles=2000, steps=40, burn_in=20)

    def test_points_are_runs(self):
        sweep = isotherm.sweep({"set": [{"h": 1}, {"h": 2}], "eta": [0.05, 0.1]}, "h*x^2/2", replicas=2, predictions="all", **self.OPTIONS)
        self.assertEqual(len(sweep), 8)
        self.assertEqual([(p.parameters["set"]["h"], p.parameters["eta"], p.parameters["seed"]) for p in sweep],
                         [(h, eta, seed) for h in (1, 2) for eta in (0.05, 0.1) for seed in (1, 2)])
        point = sweep[5]
        alone = isotherm.run("h*x^2/2", **point.parameters, **self.OPTIONS)
        for key in ("moments", "comparisons", "temperature", "statement"):
            self.assertEqual(without_infinities(point.result.as_dict()[key]), without_infinities(alone.as_dict()[key]))
        data = sweep.to_xarray()
        self.assertEqual(float(data["alpha_virial"][5]), alone.alpha["virial"].estimate)
        self.assertEqual(data["eta"].values.tolist(), [0.05, 0.05, 0.1, 0.1] * 2)

    def test_a_point_that_fails_has_a_reason(self):
        sweep = isotherm.sweep([{"init": "point:0"}, {"init": "point:10", "eta": 5}], "x^4/4", **self.OPTIONS)
        self.assertIsNone(sweep[0].failure)
        self.assertIsNone(sweep[1].result)
        self.assertIn("every particle is non-finite", sweep[1].failure)
        self.assertTrue(np.isnan(sweep.alpha()[0][1]))

    def test_what_is_wrong_is_said_before_anything_runs(self):
        for message, grid, options in [("eta cannot be both swept and fixed", {"eta": [0.1]}, {"eta": 1}),
                                       ("replicas = 0: must be 1 or greater", {"eta": [0.1]}, {"replicas": 0}),
                                       ("eta = -1: must be greater than 0", {"eta": [0.1, -1]}, {}),
                                       ("writes nothing", {"eta": [0.1]}, {"output": "x"}),
                                       (r"eta: must be a list of the values that it takes, for example \{'eta': \[0.1\]\}", {"eta": 0.1}, {}),
                                       ("dynamics: must be a list of the values", {"dynamics": "sgd"}, {}),
                                       ("eta: has no values", {"eta": []}, {}),
                                       ("the grid must be a dict", "eta", {}),
                                       ("the grid must be a dict", [0.1], {}),
                                       ("predictions = some", {"eta": [0.1]}, {"predictions": "some"})]:
            with self.assertRaisesRegex(isotherm.InputError, message):
                isotherm.sweep(grid, "x^2", **options)


class Types(unittest.TestCase):
    def test_stubs_of_the_extension_module(self):
        found = subprocess.run([sys.executable, "-m", "mypy.stubtest", "--ignore-unused-allowlist", "--allowlist", SOURCE / "tests" / "python" / "stubtest.txt", "isotherm._core"], cwd=SOURCE, capture_output=True, text=True,
                               timeout=600)
        self.assertEqual(found.returncode, 0, found.stdout)

    def test_mypy_strict(self):
        with tempfile.TemporaryDirectory() as cache:
            found = subprocess.run([sys.executable, "-m", "mypy", "--cache-dir", cache], cwd=SOURCE, capture_output=True, text=True,
                                   timeout=600)
        self.assertEqual(found.returncode, 0, found.stdout)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
