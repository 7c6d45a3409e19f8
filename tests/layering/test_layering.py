"""usage: test_layering.py SOURCE_DIR CXX"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import layering

ROOT = Path(sys.argv[1])
CXX = sys.argv[2]

# Names of what a clone does not have: the folder beside the repository in which the design was drafted, and its pages.
OUTSIDE = re.compile(r"\.\./shared|/work/|\bTHEORY\b|\bMEASURED\b|\bDESIGN\b")


def repository_texts():
    """Every text file that git tracks or would track; without git, every file outside of build folders."""
    listing = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             capture_output=True)
    if listing.returncode == 0:
        paths = [ROOT / os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if path.relative_to(ROOT).parts[0] not in {"build", ".git"}]
    for path in paths:
        if not path.is_file():
            continue
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


class Arrows(unittest.TestCase):
    def test_repository_keeps_them(self):
        self.assertEqual(layering.wrong_arrows(ROOT), [])

    def test_every_room_is_seen(self):
        rooms = {room for room, _ in layering.source_files(ROOT)}
        self.assertLessEqual({"public", "kernels", "core", "loss", "dynamics", "engine", "theory", "verdict"}, rooms)

    def check_tree(self, files, expected):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            found = layering.wrong_arrows(Path(folder))
            self.assertEqual(len(found), len(expected), found)
            for line, part in zip(found, expected):
                self.assertIn(part, line)

    def test_right_arrows_pass(self):
        self.check_tree({"src/engine/a.cpp": '#include "engine/a.hpp"\n#include "loss/b.hpp"\n#include <vector>\n',
                         "src/theory/b.hpp": '#include "loss/b.hpp"\n#include "isotherm/core/error.hpp"\n',
                         "include/isotherm/c.hpp": '#include "isotherm/core/error.hpp"\n'}, [])

    def test_wrong_arrows_are_found(self):
        self.check_tree({"src/engine/a.cpp": '#include "theory/gibbs.hpp"\n'}, ["engine must not include theory"])
        self.check_tree({"src/theory/a.cpp": '  #  include "engine/simulation.hpp"\n'}, ["theory must not include engine"])
        self.check_tree({"src/verdict/a.hpp": '#include "engine/simulation.hpp"\n'}, ["verdict must not include engine"])
        self.check_tree({"src/experiment/a.hpp": '#include "output/files.hpp"\n#include "cli/options.hpp"\n'},
                        ["experiment must not include output", "experiment must not include cli"])
        self.check_tree({"include/isotherm/a.hpp": '#include "loss/graph.hpp"\n'}, ["public must not include loss"])
        self.check_tree({"src/loss/a.hpp": '#include "../engine/simulation.hpp"\n'}, ["leaves its folder"])

    def test_a_room_without_a_rule_is_found(self):
        self.check_tree({"src/newroom/a.hpp": ""}, ["no rule for the room 'newroom'"])


class PublicHeaders(unittest.TestCase):
    def compiles(self, header):
        run = subprocess.run([CXX, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", str(ROOT / "include"),
                              "-x", "c++", "-"],
                             input=f'#include "{header}"\n', capture_output=True, text=True)
        return header, run.returncode == 0, run.stderr

    def test_each_compiles_alone(self):
        headers = [str(path.relative_to(ROOT / "include")) for path in layering.public_headers(ROOT)]
        self.assertGreater(len(headers), 5)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            failed = {header: errors for header, ok, errors in pool.map(self.compiles, headers) if not ok}
        self.assertEqual(failed, {})

    def test_one_that_does_not_compile_is_found(self):
        self.assertFalse(self.compiles("isotherm/no/such_header.hpp")[1])


class StandsAlone(unittest.TestCase):
    def test_nothing_refers_to_what_a_clone_does_not_have(self):
        found = [f"{name}: {word}" for name, text in repository_texts() for word in OUTSIDE.findall(text)
                 if name != Path("tests/layering/test_layering.py")]
        self.assertEqual(found, [])

    def test_files_were_read(self):
        self.assertIn(Path("tests/layering/test_layering.py"), {name for name, _ in repository_texts()})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
