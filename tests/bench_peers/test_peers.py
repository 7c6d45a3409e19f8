"""usage: test_peers.py SOURCE_DIR ISOTHERM"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(sys.argv[1])
ISOTHERM = Path(sys.argv[2])
PEERS = ROOT / "bench" / "peers"
VENV = ROOT / "build" / "venv" / "bin" / "python"
PYTHON = str(VENV) if VENV.is_file() else sys.executable
SMALL = ["--particles", "100000", "--steps", "100", "--burn-in", "200", "--threads", "2"]

sys.dont_write_bytecode = True
sys.path.insert(0, str(PEERS))
import session


def has(module):
    return subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True).returncode == 0


def run(*words):
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "NUMBA_CACHE_DIR": CACHE, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([PYTHON, *map(str, words)], env=environment, cwd=PEERS, capture_output=True, text=True, timeout=300)


def exact_variance():
    text = subprocess.run([str(ISOTHERM), "predict", "--loss", "double-well", "--eta", "0.05", "--sigma", "1", "--json"],
                          capture_output=True, text=True, check=True).stdout
    return next(prediction["coordinates"]["x"]["variance"] for prediction in json.loads(text)["predictions"]
                if prediction["prediction"] == "exact-chain")


class Variance(unittest.TestCase):
    """|z| <= 5 on two numbers for each peer, with fixed seeds: a false alarm in 1e5 such suites."""

    @classmethod
    def setUpClass(cls):
        cls.exact = exact_variance()

    def check(self, file, module):
        if not has(module):
            self.skipTest(f"{PYTHON} has no {module}")
        for peer in session.CPU:
            if peer.program != file:
                continue
            with self.subTest(peer=peer.label):
                result = run(PEERS / file, *SMALL, "--variant", peer.variant)
                self.assertEqual(result.returncode, 0, result.stderr)
                line = json.loads(result.stdout)
                self.assertEqual(session.disagreement(line, self.exact), "")
                self.assertEqual((line["backend"], line["threads"], line["expected_count"]), ("cpu", 2, 1_000_000))

    def test_numpy(self):
        self.check("peer_numpy.py", "numpy")

    def test_numba(self):
        self.check("peer_numba.py", "numba")

    def test_jax(self):
        self.check("peer_jax.py", "jax")

    def test_regression(self):
        words = ["--rows", "300", "--batch", "4"]
        for peer in session.REGRESSION:
            if not peer.program.endswith(".py"):
                continue
            if not has("numba" if "numba" in peer.program else "numpy"):
                self.skipTest(f"{PYTHON} does not have what {peer.program} needs")
            with self.subTest(peer=peer.label):
                told = run(PEERS / "regression.py", *words)
                self.assertEqual(told.returncode, 0, told.stderr)
                exact = json.loads(told.stdout)["variance"]
                result = run(PEERS / peer.program, *words, "--particles", "8192", "--steps", "10", "--threads", "2", "--variant", peer.variant)
                self.assertEqual(result.returncode, 0, result.stderr)
                line = json.loads(result.stdout)
                self.assertEqual(session.far(line, "variance", exact), "")
                # A tenth more would be seen.
                self.assertIn("standard errors", session.far(line, "variance", 1.1 * exact))

    def test_noise_that_is_a_tenth_too_large_is_found(self):
        if not has("numpy"):
            self.skipTest(f"{PYTHON} has no numpy")
        program = "import runpy, problem; problem.KICK *= problem.np.float32(1.1); runpy.run_path('peer_numpy.py', run_name='__main__')"
        result = run("-c", program, *SMALL)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("standard errors", session.disagreement(json.loads(result.stdout), self.exact))

    def test_options_that_cannot_work_are_refused(self):
        if not has("numpy"):
            self.skipTest(f"{PYTHON} has no numpy")
        for words in (["--steps", "15"], ["--particles", "0"], ["--particles", "1.5"], ["--variant", "none"]):
            result = run(PEERS / "peer_numpy.py", *words)
            self.assertEqual(result.returncode, 2, words)
            self.assertIn("error: ", result.stderr.splitlines()[-1])


class Session(unittest.TestCase):
    LINE = {"variance": 0.97, "standard_error": 1e-3, "histogram_variance": 0.971, "counted": 100, "expected_count": 100}

    def test_a_missing_count_and_a_wrong_variance_are_told(self):
        self.assertEqual(session.disagreement(self.LINE, 0.9711), "")
        self.assertIn("99 counts", session.disagreement({**self.LINE, "counted": 99}, 0.9711))
        self.assertIn("-5.1 standard errors", session.disagreement({**self.LINE, "variance": 0.966}, 0.9711))
        self.assertIn("histogram variance", session.disagreement({**self.LINE, "histogram_variance": 0.98}, 0.9711))
        self.assertIn("variance", session.disagreement({**self.LINE, "variance": float("nan")}, 0.9711))

    def test_ratios_are_of_the_same_round(self):
        def row(label, program, rates):
            return {"peer": session.Peer(label, program), "lines": [
                {"particle_steps_per_second": value, "particles": 10, "steps": 10, "cpu_seconds": 1.0, "version": "1", "threads": 2,
                 "device": "cpu", "pull": 0.5} for value in rates]}

        ours, theirs = session.summary([row("isotherm", "isotherm", [400, 100, 800]), row("A", "a.py", [100, 20, 100])])
        self.assertEqual((theirs["median"], theirs["best"], theirs["isotherm_is_faster_by"]), (100, 100, 5))
        self.assertEqual((ours["median"], ours["isotherm_is_faster_by"]), (400, 1))

    def test_every_program_is_there_with_its_variant(self):
        for peer in session.CPU + session.REGRESSION + session.GPU:
            if peer.program.endswith(".py"):
                self.assertIn(f'"{peer.variant}"', (PEERS / peer.program).read_text(encoding="utf-8"), peer.label)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        CACHE = folder
        unittest.main(argv=sys.argv[:1], verbosity=2)
