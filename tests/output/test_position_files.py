"""--keep-positions and --track, read by NumPy, h5py and xarray.

usage: with-python.sh requirements.txt test_position_files.py (ISOTHERM_PROGRAM and ISOTHERM_HAS_HDF5 set)
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
import xarray

PROGRAM = os.environ["ISOTHERM_PROGRAM"]
HAS_HDF5 = os.environ["ISOTHERM_HAS_HDF5"] == "1"
MPIRUN = shutil.which("mpirun")
HAS_MPI = MPIRUN is not None and Path(PROGRAM).with_name("isotherm-mpi.so").exists()
FORMAT = ["--format", "json,hdf5" if HAS_HDF5 else "json"]
PARTICLES, TRACKED = 5000, 300
RUN = ["--loss", "x^2/2 + y^4/4", "--eta", "0.1", "--particles", PARTICLES, "--burn-in", "12", "--thinning", "20",
       "--histogram", "x:40:-1:1,y:30:-1:1"]


def isotherm(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)


def launched(ranks, *arguments):
    launcher = [MPIRUN, "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_btl_vader_single_copy_mechanism="none", OMP_WAIT_POLICY="passive")
    return subprocess.Popen([*launcher, PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, env=environment)


class Positions(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="isotherm-positions-")
        self.addCleanup(scratch.cleanup)
        self.output = Path(scratch.name, "output")

    def run_it(self, *arguments, steps=45, chunk=1024, threads=2):
        found = isotherm("run", *RUN, *FORMAT, "--quiet", "--output", self.output, "--steps", steps, "--chunk", chunk,
                         "--threads", threads, *arguments)
        self.assertEqual(found.returncode, 0, found.stderr)
        return json.loads((self.output / "result.json").read_text())

    def test_positions_are_those_that_result_json_is_about(self):
        for precision in ["float", "double"]:
            result = self.run_it("--keep-positions", "--precision", precision)
            positions = np.load(self.output / "positions.npy")
            self.assertEqual(positions.shape, (PARTICLES, 2))
            self.assertEqual(positions.dtype, np.dtype("<f4" if precision == "float" else "<f8"))
            exact = positions.astype(float)
            for column, name in enumerate("xy"):
                moments = result["moments"][name]
                self.assertAlmostEqual(exact[:, column].mean(), moments["mean"], delta=1e-13)
                self.assertAlmostEqual(exact[:, column].var(ddof=1), moments["variance"], delta=1e-13)
            counts, _, _ = np.histogram2d(exact[:, 0], exact[:, 1], [np.linspace(-1, 1, 41), np.linspace(-1, 1, 31)])
            values = json.loads((self.output / "histograms.json").read_text())["x,y@last"]["storage"]["values"]
            np.testing.assert_array_equal(counts, np.array(values)[1:-1, 1:-1])
            self.assertEqual(result["files"]["positions"], ["positions.npy"] + (["positions.h5"] if HAS_HDF5 else []))

    def test_chunks_and_threads_do_not_matter(self):
        self.run_it("--keep-positions")
        first = (self.output / "positions.npy").read_bytes()
        self.run_it("--keep-positions", chunk=65536, threads=1)
        self.assertEqual((self.output / "positions.npy").read_bytes(), first)

    def test_tracks_end_where_the_run_ends(self):
        self.run_it("--keep-positions", "--track", TRACKED)
        positions, tracks = np.load(self.output / "positions.npy"), np.load(self.output / "tracks.npy")
        self.assertEqual(tracks.shape, (3, TRACKED, 2))  # steps 17, 37 and 57
        np.testing.assert_array_equal(tracks[-1], positions[:TRACKED])
        # At the first sample: the end of a run that stops there.
        self.run_it("--keep-positions", steps=5)
        np.testing.assert_array_equal(tracks[0], np.load(self.output / "positions.npy")[:TRACKED])

    @unittest.skipUnless(HAS_HDF5, "this build has no HDF5")
    def test_hdf5(self):
        self.run_it("--keep-positions", "--track", TRACKED)
        with h5py.File(self.output / "positions.h5") as file:
            np.testing.assert_array_equal(file["positions"][:], np.load(self.output / "positions.npy"))
            self.assertEqual([name.decode() for name in file["coordinate"][:]], ["x", "y"])
        with xarray.open_dataset(self.output / "tracks.h5", engine="h5netcdf", phony_dims="access") as data:
            self.assertEqual(data["step"].values.tolist(), [17, 37, 57])
            np.testing.assert_array_equal(data["tracks"].values, np.load(self.output / "tracks.npy"))

    def test_memory_does_not_grow_with_the_particles(self):
        """800 MB of positions under a limit of 600 MB of memory."""
        limit = 600 << 20
        found = isotherm("run", "--loss", "x^2/2", "--particles", "1e8", "--steps", "1", "--burn-in", "0", "--init", "point:1",
                         "--precision", "double", "--threads", "1", "--histogram", "x:10:0:2", "--keep-positions", "--quiet",
                         "--output", self.output,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))
        self.assertEqual(found.returncode, 0, found.stderr)
        positions = np.load(self.output / "positions.npy", mmap_mode="r")
        self.assertEqual(positions.shape, (100_000_000, 1))
        self.assertEqual(positions.nbytes, 800_000_000)

    @unittest.skipUnless(HAS_MPI, "needs mpirun and a build with MPI")
    def test_ranks_write_one_file(self):
        self.run_it("--keep-positions", "--track", TRACKED)
        names = ["positions.npy", "tracks.npy"]
        alone = [(self.output / name).read_bytes() for name in names]
        found = launched(3, "run", *RUN, "--quiet", "--output", self.output, "--steps", 45, "--chunk", 256, "--threads", 1,
                         "--keep-positions", "--track", TRACKED).communicate(timeout=300)
        self.assertEqual([(self.output / name).read_bytes() for name in names], alone, found)
        self.assertEqual(list(self.output.glob(".*")), [])

    def stopped(self, ranks):
        """Words of a run that a signal ended after some chunks had written their positions. One that was faster than
        the signal is made longer."""
        part = self.output / ".positions.npy.part"
        for steps in (2000, 10000, 50000, 250000):
            words = ["run", "--loss", "x^2/2", "--particles", "2e5", "--steps", steps, "--burn-in", "0", "--chunk", "16384",
                     "--threads", "1", "--keep-positions", "--quiet"]
            process = launched(ranks, *words, "--output", self.output)
            while process.poll() is None and not (part.exists() and np.any(np.fromfile(part, "<f4", offset=128))):
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM if ranks == 1 else signal.SIGUSR1)  # mpirun passes the latter on
            message = process.communicate(timeout=120)[1]
            if (self.output / "result.json").exists():
                shutil.rmtree(self.output)
                continue
            self.assertNotEqual(process.returncode, 0, message)
            self.assertTrue(part.exists(), message)
            return words
        self.fail("a run of 5e10 particle-steps had ended when it was to be stopped")

    def check_resumed(self, words, ranks):
        found = launched(ranks, "resume", self.output, "--quiet").communicate(timeout=300)
        whole = self.output.with_name("whole")
        self.assertEqual(isotherm(*words, "--output", whole).returncode, 0)
        self.assertEqual((self.output / "positions.npy").read_bytes(), (whole / "positions.npy").read_bytes(), found)
        self.assertEqual(list(self.output.glob(".*")), [])

    def test_a_run_that_was_stopped_goes_on_with_the_same_positions(self):
        words = self.stopped(1)
        # What resumes it is stopped before it has done anything, or soon after: nothing is lost by that.
        process = launched(1, "resume", self.output, "--quiet")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
        if not (self.output / "result.json").exists():
            self.assertTrue((self.output / ".positions.npy.part").exists())
            self.check_resumed(words, 1)

    @unittest.skipUnless(HAS_MPI, "needs mpirun and a build with MPI")
    def test_another_number_of_ranks_goes_on_with_the_same_positions(self):
        self.check_resumed(self.stopped(2), 3)

    def test_positions_that_are_gone_are_asked_for(self):
        self.stopped(1)
        (self.output / ".positions.npy.part").unlink()
        found = isotherm("resume", self.output, "--quiet")
        self.assertEqual(found.returncode, 2)
        self.assertIn("the positions that the run wrote before are not there", found.stderr)

    def test_nothing_is_left_of_a_run_that_fails(self):
        found = isotherm("run", "--loss", "-x^4", "--init", "point:9", "--particles", "300", "--steps", "50", "--burn-in", "0",
                         "--keep-positions", "--track", "2", "--output", self.output)
        self.assertEqual(found.returncode, 1, found.stderr)
        self.assertFalse(self.output.exists())

    def test_refusals(self):
        found = isotherm("run", *RUN, "--track", PARTICLES + 1, "--output", self.output)
        self.assertEqual(found.returncode, 2)
        self.assertIn(f"there are {PARTICLES} particles", found.stderr)
        self.assertEqual(isotherm("run", *RUN, "--track", "0", "--output", self.output).returncode, 2)
        for option in [["--keep-positions"], ["--track", "3"]]:
            found = isotherm("extrapolate", "--loss", "x^2/2", "--eta", "0.1", *option)
            self.assertEqual(found.returncode, 2)
            self.assertIn(f"{option[0]}: isotherm extrapolate is many runs", found.stderr)
        sweep = self.output.with_name("sweep.toml")
        sweep.write_text('loss = "x^2/2"\ntrack = 3\n[sweep]\neta = [0.1, 0.2]\n')
        self.assertIn("isotherm sweep is many runs", isotherm("sweep", sweep, "--output", self.output).stderr)


if __name__ == "__main__":
    unittest.main()
