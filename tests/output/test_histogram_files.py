"""Histogram files in the packages that people read them with.

usage: with-python.sh requirements.txt test_histogram_files.py (ISOTHERM_PROGRAM and ISOTHERM_SOURCE_DIR set)
"""

import csv
import json
import os
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

import boost_histogram
import h5py
import hist
import numpy as np
import uhi.io.hdf5
import uhi.io.json
import uhi.io.zip
import uhi.schema
import xarray

PROGRAM = os.environ["ISOTHERM_PROGRAM"]
HAS_HDF5 = os.environ["ISOTHERM_HAS_HDF5"] == "1"
RUNS = {
    "one dimension": ["--loss", "double-well", "--snapshots", "30", "--histogram", "x:50:-1.5:1.7", "--histogram", "loss"],
    "two dimensions": ["--loss", "x^2/2 + y^4/4", "--histogram", "x:20:-0.3:0.3,y:30:-1:1", "--histogram", "y/2:10:-1:1"],
    "angle": ["--loss", "1 - cos(x)", "--histogram", "x:24:0:6.25:periodic", "--histogram", "x:8:0:6.25:periodic,loss:5:0:0.1"],
}
PARTICLES, SAMPLES = 20000, 5


class Run:
    """One run with all formats."""

    def __init__(self, arguments, folder):
        formats = "json,npz,csv" + (",hdf5" if HAS_HDF5 else "")
        subprocess.run([PROGRAM, "run", "--eta", "0.05", "--particles", str(PARTICLES), "--steps", "50", "--burn-in", "20",
                        "--quiet", "--format", formats, "--output", str(folder), *arguments], check=True, timeout=120)
        self.folder = folder
        self.result = json.loads((folder / "result.json").read_text())
        self.json = json.loads((folder / "histograms.json").read_text(), object_hook=uhi.io.json.object_hook)
        self.names = list(self.json)

    def axes(self, name):
        """What result.json says: expression, bins, lower, upper, and whether it is an angle, of each axis."""
        for text in self.result["experiment"]["histogram"]:
            axes = [axis.split(":") for axis in text.split(",")]
            if ",".join(axis[0] for axis in axes) == name.split("@")[0]:
                return [(a[0], int(a[1]), float(a[2]), float(a[3]), a[4:] == ["periodic"]) for a in axes]
        raise KeyError(name)

    def entries(self, name):
        return PARTICLES * (1 if "@" in name else SAMPLES) - self.json[name]["metadata"]["nonfinite"]

    def zip(self):
        with zipfile.ZipFile(self.folder / "histograms.npz") as archive:
            return {name: uhi.io.zip.read(archive, name) for name in self.names}

    def hdf5(self):
        with h5py.File(self.folder / "histograms.h5") as file:
            # A group's name cannot contain '/'; the histogram's own name is in its metadata.
            found = [uhi.io.hdf5.read(group) for group in file.values()]
            return {histogram["metadata"]["name"]: histogram for histogram in found}


class HistogramFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="isotherm-histograms-")
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.runs = {name: Run(arguments, Path(cls.scratch.name, name)) for name, arguments in RUNS.items()}

    def each(self):
        for title, run in self.runs.items():
            for name in run.names:
                with self.subTest(run=title, histogram=name):
                    yield run, name

    def formats(self, run):
        return [run.json, run.zip()] + ([run.hdf5()] if HAS_HDF5 else [])

    def test_the_json_obeys_uhis_schema(self):
        for run in self.runs.values():
            uhi.schema.validate(json.loads((run.folder / "histograms.json").read_text()))

    def test_every_format_says_the_same(self):
        for run in self.runs.values():
            first, *others = self.formats(run)
            for other in others:
                self.assertEqual(sorted(other), sorted(first))
            for name in run.names:
                for other in others:
                    for key in ["uhi_schema", "axes", "metadata", "writer_info"]:
                        if key == "writer_info" and "ROOT" not in other[name][key]:
                            continue  # a hint for ROOT's reader of JSON
                        self.assertEqual(other[name][key], first[name][key], (name, key))
                    self.assertEqual(set(other[name]["storage"]), set(first[name]["storage"]))
                    for key in ["values", "variances"]:
                        if key in first[name]["storage"]:
                            np.testing.assert_array_equal(other[name]["storage"][key], first[name]["storage"][key])

    def test_sums_edges_and_variances(self):
        for run, name in self.each():
            for source in self.formats(run):
                for package in (boost_histogram, hist):
                    self.check(package.Histogram(source[name]) if package is boost_histogram else hist.Hist(source[name]),
                               run, name)

    def check(self, histogram, run, name):
        values = histogram.values(flow=True)
        self.assertEqual(values.sum(), run.entries(name))
        self.assertEqual(len(histogram.axes), len(run.axes(name)))
        for axis, (expression, bins, lower, upper, angle) in zip(histogram.axes, run.axes(name)):
            self.assertEqual(axis.size, bins)
            np.testing.assert_allclose(axis.edges, np.linspace(lower, upper, bins + 1), rtol=0, atol=1e-15 * abs(upper - lower))
            self.assertEqual(axis.traits.circular, angle)
        single = "@" in name
        self.assertEqual(histogram.storage_type is boost_histogram.storage.Int64, single)
        variances = histogram.variances(flow=True)
        if single:
            np.testing.assert_array_equal(variances, values)
        else:
            # Batch means over 64 groups: what the pulls of the CSV are divided by.
            self.assertTrue(np.all(variances >= 0))
            self.assertTrue(np.all(variances[(values > 0) & (values < values.sum())] > 0))

    def test_moments_of_the_bins_are_those_of_result_json(self):
        run = self.runs["one dimension"]
        values = np.asarray(run.json["x@last"]["storage"]["values"], float)[1:-1]
        (_, bins, lower, upper, _), = run.axes("x@last")
        width = (upper - lower) / bins
        middles = lower + width * (np.arange(bins) + 0.5)
        mean = np.average(middles, weights=values)
        variance = np.average((middles - mean) ** 2, weights=values) * values.sum() / (values.sum() - 1)
        moments = run.result["moments"]["x"]
        # A place in a bin is uniform but for terms of the second order in its width (Sheppard).
        self.assertAlmostEqual(mean, moments["mean"], delta=5 * width / np.sqrt(12 * PARTICLES))
        self.assertAlmostEqual(variance - width**2 / 12, moments["variance"], delta=0.01 * moments["variance"])

    def test_variances_are_the_errors_of_the_pulls(self):
        run = self.runs["one dimension"]
        variances = run.json["x"]["storage"]["variances"]
        with open(run.folder / "histogram-x.csv", newline="") as stream:
            rows = list(csv.DictReader(stream))[:-1]
        self.assertEqual([int(row["count"]) for row in rows], list(run.json["x"]["storage"]["values"]))
        compared = 0
        for row, variance in zip(rows, variances, strict=True):
            if row["gibbs pull"] == "":
                self.assertEqual(variance, 0)
                continue
            compared += 1
            pull = (int(row["count"]) - float(row["gibbs expected"])) / np.sqrt(variance)
            self.assertAlmostEqual(float(row["gibbs pull"]), pull, delta=1e-9 * max(1, abs(pull)))
        self.assertGreater(compared, 20)

    def test_numpy_loads_the_archive(self):
        for run in self.runs.values():
            with np.load(run.folder / "histograms.npz") as archive:
                for name in run.names:
                    array = archive[f"{name}_storage_values"]
                    self.assertEqual(array.dtype, np.dtype("<i8"))
                    self.assertEqual(array.sum(), run.entries(name))
            self.assertIsNone(zipfile.ZipFile(run.folder / "histograms.npz").testzip())

    @unittest.skipUnless(HAS_HDF5, "this build has no HDF5")
    def test_xarray_opens_the_bins_with_coordinates_and_expected_counts(self):
        expected = 0
        for run in self.runs.values():
            path = run.folder / "histograms.h5"
            with h5py.File(path) as file:
                groups = {group["metadata"].attrs["name"]: name for name, group in file.items()}
            self.assertEqual(sorted(groups), sorted(run.names))
            for name, group in groups.items():
                with xarray.open_dataset(path, engine="h5netcdf", phony_dims="access", group=f"{group}/bins") as data:
                    self.assertEqual(int(data["count"].sum()), run.entries(name))
                    self.assertEqual(len(data["count"].dims), len(run.axes(name)))
                    for dimension, (expression, bins, lower, upper, angle) in zip(data["count"].dims, run.axes(name)):
                        middles = data[dimension].values
                        self.assertEqual(data[dimension].attrs["long_name"], expression)
                        edges = np.linspace(lower, upper, bins + 1)
                        np.testing.assert_allclose(middles[0 if angle else 1:-1], (edges[1:] + edges[:-1]) / 2, atol=1e-14)
                        self.assertTrue(np.isinf(middles[-1]))
                    if any(row["observable"] == name and row["prediction"] == "gibbs" and "total_variation" in row
                           for row in run.result["comparisons"]):
                        expected += 1
                        self.assertAlmostEqual(float(data["gibbs"].sum()), run.entries(name), delta=1e-6)
        self.assertGreater(expected, 6)
        run = self.runs["one dimension"]
        with xarray.open_dataset(run.folder / "histograms.h5", engine="h5netcdf", phony_dims="access", group="x/bins") as data:
            self.assertEqual(int(data["count"].sel(x=0.51, method="nearest")), count_at(run, 0.51))


def count_at(run, x):
    (_, bins, lower, upper, _), = run.axes("x")
    return run.json["x"]["storage"]["values"][1 + int((x - lower) / (upper - lower) * bins)]


if __name__ == "__main__":
    unittest.main()
