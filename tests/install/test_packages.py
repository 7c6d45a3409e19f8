"""usage: test_packages.py BUILD CPACK VERSION

Makes the Debian packages, looks at what they hold and need, runs the program from an unpacked root, and installs and
removes them with dpkg in a folder of its own.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD, CPACK, VERSION = sys.argv[1:4]


def succeed(*words, **options):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    assert result.returncode == 0, f"{words}: {result.stdout}{result.stderr}"
    return result.stdout


def make_packages(folder):
    """{package: file}. Where there is no dpkg-shlibdeps (Debian package dpkg-dev) they are made without what it finds."""
    options = [] if shutil.which("dpkg-shlibdeps") else ["-D", "CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF"]
    succeed(CPACK, "-G", "DEB", "-B", folder, "--config", Path(BUILD, "CPackConfig.cmake"), *options, cwd=folder)
    return {path.name.split("_")[0]: path for path in Path(folder).glob("*.deb")}


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.packages = make_packages(cls.folder)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_what_they_are(self):
        self.assertLessEqual({"isotherm", "isotherm-dev"}, set(self.packages))
        for name, path in self.packages.items():
            field = lambda key: succeed("dpkg-deb", "--field", path, key).strip()
            self.assertEqual((field("Package"), field("Version")), (name, VERSION))
            self.assertTrue(field("Description"))
            if shutil.which("dpkg-shlibdeps") and name == "isotherm":
                for library in ["libc6", "libgomp1", "libstdc++6"]:
                    self.assertIn(library, field("Depends"))
                # Several processes are another package's: nobody needs MPI for one.
                self.assertNotIn("openmpi", field("Depends"))

    def test_unpacked_program_runs(self):
        root = self.folder / "root"
        succeed("dpkg-deb", "--extract", self.packages["isotherm"], root)
        program = root / "usr/bin/isotherm"
        environment = {"PATH": os.defpath, "HOME": str(self.folder)}
        self.assertEqual(succeed(program, "--version", env=environment), f"isotherm {VERSION}\n")
        succeed(program, "run", "--loss", "x^2/2", "--particles", "1000", "--steps", "20", "--backend", "cpu", "--threads", "1",
                "--output", self.folder / "out", env=environment)
        result = json.loads((self.folder / "out" / "result.json").read_text(encoding="utf-8"))
        self.assertEqual(result["ensemble"]["particles"], 1000)

        share = root / "usr/share"
        manual, = (share / "man/man1").glob("isotherm.1*")
        text = gzip.open(manual, "rt").read() if manual.suffix == ".gz" else manual.read_text()
        self.assertEqual(text, succeed(program, "man"))
        for shell, path in {"bash": "bash-completion/completions/isotherm", "zsh": "zsh/vendor-completions/_isotherm",
                            "fish": "fish/vendor_completions.d/isotherm.fish"}.items():
            self.assertEqual((share / path).read_text(), succeed(program, "completion", shell))
        self.assertTrue((share / "doc/isotherm/docs/getting-started.md").is_file())
        # The program's package has no file of the library's.
        self.assertEqual([path for path in root.rglob("*") if path.suffix in {".hpp", ".a", ".cmake"}], [])

    def test_library_is_in_its_package(self):
        listing = succeed("dpkg-deb", "--contents", self.packages["isotherm-dev"])
        for name in ["/libisotherm.a", "/include/isotherm/isotherm.hpp", "/cmake/isotherm/isothermConfig.cmake"]:
            self.assertIn(name, listing)
        self.assertNotIn("/bin/", listing)

    def test_install_and_remove(self):
        root = self.folder / "installed"
        database = root / "var/lib/dpkg"
        for name in ["info", "updates", "triggers"]:
            (database / name).mkdir(parents=True)
        for name in ["status", "available"]:
            (database / name).touch()
        # Dependencies are those of the machine, which this root does not have; nothing here needs to be root.
        dpkg = ["dpkg", f"--root={root}", "--force-not-root", "--force-depends", "--force-bad-path", f"--log={root}/log"]
        # isotherm-mpi has a script that calls ldconfig, and this root has no shell to run it.
        packages = {name: path for name, path in self.packages.items() if name != "isotherm-mpi"}
        succeed(*dpkg, "--install", *packages.values())
        status = ["dpkg-query", f"--admindir={database}", "--show", "--showformat=${db:Status-Status}", "isotherm"]
        self.assertEqual(succeed(*status), "installed")
        self.assertEqual(succeed(root / "usr/bin/isotherm", "--version"), f"isotherm {VERSION}\n")
        succeed(*dpkg, "--purge", *packages)
        left = [str(path) for path in root.rglob("*") if path.is_file() and "isotherm" in str(path.relative_to(root))]
        self.assertEqual(left, [])
        self.assertFalse((root / "usr").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
