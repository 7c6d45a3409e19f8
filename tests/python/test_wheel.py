"""The wheel that `pip install .` makes, without compiling a second time: the Python files by scikit-build-core, and the module by
the install component that scikit-build-core asks CMake for.

usage: with-python.sh requirements.txt test_wheel.py (ISOTHERM_SOURCE, ISOTHERM_BUILD, ISOTHERM_CMAKE set)
"""

import os
import subprocess
import sys
import tempfile
import tomllib
import unittest
import zipfile
from pathlib import Path

SOURCE = Path(os.environ["ISOTHERM_SOURCE"])
BUILD = Path(os.environ["ISOTHERM_BUILD"])
CMAKE = os.environ["ISOTHERM_CMAKE"]
PROJECT = tomllib.loads((SOURCE / "pyproject.toml").read_text())


class Wheel(unittest.TestCase):
    def test_it_holds_the_package_and_the_package_works(self):
        with tempfile.TemporaryDirectory(prefix="isotherm-wheel-") as scratch:
            made = subprocess.run([sys.executable, "-m", "pip", "wheel", str(SOURCE), "--no-build-isolation", "--no-deps", "--quiet",
                                   "--disable-pip-version-check", "--config-settings", "wheel.cmake=false", "--wheel-dir", scratch],
                                  capture_output=True, text=True, timeout=600)
            self.assertEqual(made.returncode, 0, made.stderr)
            (wheel,) = Path(scratch).glob("*.whl")
            site = Path(scratch, "site")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(site)
            files = {path.name for path in (site / "isotherm").iterdir()}
            self.assertEqual(files, {path.name for path in (SOURCE / "src" / "python" / "isotherm").iterdir()} - {"__pycache__"})
            self.assertLessEqual({"py.typed", "_core.pyi", "__init__.py"}, files)
            for component in PROJECT["tool"]["scikit-build"]["install"]["components"]:
                subprocess.run([CMAKE, "--install", str(BUILD), "--component", component, "--prefix", str(site)], check=True,
                               stdout=subprocess.DEVNULL)
            self.assertTrue(list((site / "isotherm").glob("_core*.so")))
            program = "import isotherm; print(isotherm.__version__, isotherm.run('x^2/2', particles=256, steps=10).particles, isotherm.__file__)"
            found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, cwd=scratch,
                                   env={**os.environ, "PYTHONPATH": str(site)})
            self.assertEqual(found.returncode, 0, found.stderr)
            version, particles, file = found.stdout.split()
            self.assertEqual((version, particles), (PROJECT["project"]["version"], "256"))
            self.assertTrue(file.startswith(str(site)), file)

    def test_the_versions_agree(self):
        self.assertIn(f'project(isotherm VERSION {PROJECT["project"]["version"]} ', (SOURCE / "CMakeLists.txt").read_text())

    def test_the_module_shows_one_symbol(self):
        (module,) = (BUILD / "python" / "isotherm").glob("_core*.so")
        shown = subprocess.run(["nm", "--dynamic", "--defined-only", str(module)], capture_output=True, text=True, check=True).stdout
        ours = [line.split()[-1] for line in shown.splitlines() if "isotherm" in line or "PyInit" in line]
        self.assertEqual(ours, ["PyInit__core"])


if __name__ == "__main__":
    unittest.main()
