"""usage: test_documentation.py SOURCE_DIR ISOTHERM CXX"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import documentation

ROOT = Path(sys.argv[1])
ISOTHERM = Path(sys.argv[2])
CXX = sys.argv[3]
PARTICLES = 4096  # enough for every statement, few enough for a minute in all


def run(words, folder):
    environment = {**os.environ, "PATH": f"{ISOTHERM.parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("COLUMNS", None)  # shown outputs are laid out as they are without a terminal
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def output_of(*words):
    result = run([str(ISOTHERM), *words], ROOT)
    assert result.returncode == 0, result.stderr
    return result.stdout


class Commands(unittest.TestCase):
    def run_page(self, page):
        """Every command of a page, in order, in one folder; returns how many there were."""
        count = 0
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "examples").mkdir()
            for name, text in documentation.examples(ROOT).items():
                (folder / name).write_text(text)
            for block in documentation.blocks(page):
                for name, text in documentation.toml_files(block).items():
                    (folder / name).write_text(text)
                if block.language == "python" and not documentation.uses_package(block):
                    count += 1
                    result = run([sys.executable, "-c", block.text], folder)
                    self.assertEqual(result.returncode, 0, f"{page.name}:{block.line}: {result.stderr}")
                if block.language != "sh":
                    continue
                for command in documentation.commands(block):
                    count += 1
                    words = documentation.with_few_particles(command.words, PARTICLES) if command.status == 0 else command.words
                    result = run([str(ISOTHERM), *words], folder)
                    where = f"{page.name}:{command.line}: isotherm {' '.join(words)}: {result.stderr}"
                    self.assertEqual(result.returncode, command.status, where)
                    if command.status == 2:
                        self.assertEqual(len(result.stderr.split("\n", 1)[0]) > len("isotherm: "), True, where)
        return count

    def test_pages(self):
        counts = {}
        for page in documentation.pages(ROOT):
            with self.subTest(page=page.name):
                counts[str(page.relative_to(ROOT))] = self.run_page(page)
        for name in ["README.md", "docs/getting-started.md", "docs/experiment-file.md", "docs/file-formats.md",
                     "docs/dynamics.md", "docs/loss-language.md"]:
            self.assertGreater(counts.get(name, 0), 0, f"{name} has no command")

    def test_a_command_that_fails_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "page.md")
            page.write_text("```sh\nisotherm run --loss double-well --no-such-option\n```\n")
            with self.assertRaises(AssertionError):
                self.run_page(page)
            page.write_text("```sh\nisotherm run --loss double-well --no-such-option  # exit status 2\n```\n")
            self.assertEqual(self.run_page(page), 1)


class Outputs(unittest.TestCase):
    def test_shown_outputs_are_what_is_printed(self):
        count = 0
        for page in documentation.pages(ROOT):
            for words, text in documentation.outputs(page):
                count += 1
                with tempfile.TemporaryDirectory() as folder:
                    printed = run([str(ISOTHERM), *words], folder).stdout
                self.assertTrue(text in printed, f"{page.name} shows another output than this one:\n{printed}")
        self.assertGreater(count, 0)

    def test_readme_shows_the_demonstration(self):
        demonstration = (ROOT / "scripts" / "demo.sh").read_text(encoding="utf-8")
        (words, _), = documentation.outputs(ROOT / "README.md")
        self.assertIn(" ".join(words[1:]), demonstration)


class Examples(unittest.TestCase):
    def test_each_is_named_in_the_readme(self):
        readme = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
        names = [name.name for name in documentation.examples(ROOT) if name.suffix == ".toml"]
        self.assertGreater(len(names), 0)
        self.assertEqual([name for name in names if f"examples/{name}" not in readme], [])


class Tables(unittest.TestCase):
    def test_every_option_is_documented(self):
        page = ROOT / "docs" / "experiment-file.md"
        documented = [name for heading in re.findall(r"^<!-- options: (.*) -->$", page.read_text(encoding="utf-8"), re.MULTILINE)
                      for name in documentation.first_column(page, heading)]
        there = re.findall(r"^  --([a-z0-9-]+)", output_of("run", "--help"), re.MULTILINE)
        self.assertGreater(len(there), 20)
        self.assertEqual(sorted(documented), sorted(there))

    def listed(self, topic):
        return re.findall(r"^  (\S+)$", output_of("list", topic), re.MULTILINE)

    def check_list(self, page, heading, topic):
        documented = documentation.first_column(ROOT / "docs" / page, heading)
        self.assertGreater(len(documented), 0)
        self.assertEqual(documented, self.listed(topic))

    def test_lists(self):
        self.check_list("loss-language.md", "The catalogue", "losses")
        self.check_list("dynamics.md", "The dynamics", "dynamics")
        self.check_list("dynamics.md", "The noise laws", "noise")
        self.check_list("dynamics.md", "The schedules", "schedules")
        self.check_list("file-formats.md", "Formats", "formats")

    def test_every_key_of_result_json_is_documented(self):
        page = ROOT / "docs" / "file-formats.md"
        with tempfile.TemporaryDirectory() as folder:
            result = run([str(ISOTHERM), "run", "--loss", "double-well", "--particles", str(PARTICLES), "--steps", "100",
                          "--snapshots", "10", "--output", folder, "--quiet"], ROOT)
            self.assertEqual(result.returncode, 0, result.stderr)
            keys = set(json.loads(Path(folder, "result.json").read_text()))
            result = run([str(ISOTHERM), "run", "--loss", "(x*a - e)^2/2", "--random", "a=normal:0,1", "--random",
                          "e=normal:0,1", "--eta", "0.1", "--particles", str(PARTICLES), "--steps", "100", "--output", folder,
                          "--quiet"], ROOT)
            self.assertEqual(result.returncode, 0, result.stderr)
            keys |= set(json.loads(Path(folder, "result.json").read_text()))
        self.assertEqual(sorted(documentation.first_column(page, "result.json")), sorted(keys))


class Extending(unittest.TestCase):
    page = ROOT / "docs" / "extending.md"

    def test_files_that_are_named_exist(self):
        text = self.page.read_text(encoding="utf-8")
        named = set(re.findall(r"`((?:src|include|examples|scripts)/[^`]*)`", text))
        self.assertGreater(len(named), 10)
        self.assertEqual([name for name in named if not (ROOT / name).exists()], [])

    def test_whole_files_compile(self):
        files = [block.text for block in documentation.blocks(self.page) if block.text.startswith("// src/")]
        self.assertGreater(len(files), 0)
        for text in files:
            result = subprocess.run([CXX, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", str(ROOT / "include"),
                                     "-I", str(ROOT / "src"), "-x", "c++", "-"], input=text, capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)


class Library(unittest.TestCase):
    def test_page_shows_the_example(self):
        shown = [block.text for block in documentation.blocks(ROOT / "docs" / "library.md") if block.language]
        files = [ROOT / "examples" / "find_package" / name for name in ["CMakeLists.txt", "main.cpp"]]
        self.assertEqual(shown, [path.read_text(encoding="utf-8") for path in files])

    @unittest.skipUnless(shutil.which("doxygen"), "no doxygen")
    def test_reference_has_no_warnings(self):
        with tempfile.TemporaryDirectory() as folder:
            settings = (ROOT / "docs" / "Doxyfile").read_text(encoding="utf-8") + f"OUTPUT_DIRECTORY = {folder}\n"
            result = subprocess.run(["doxygen", "-"], input=settings, cwd=ROOT, capture_output=True, text=True)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("measure_temperature", Path(folder, "html", "isotherm_8hpp.html").read_text(encoding="utf-8"))


class Generated(unittest.TestCase):
    def test_the_page_of_the_lecture_is_that_of_its_numbers(self):
        page = run([sys.executable, "scripts/lecture.py"], ROOT)
        self.assertEqual(page.returncode, 0, page.stderr)
        self.assertEqual(page.stdout, (ROOT / "docs" / "lecture.md").read_text(encoding="utf-8"))


    def test_the_tables_of_options_are_those_of_the_program(self):
        page = run([sys.executable, "scripts/option_tables.py", str(ISOTHERM)], ROOT)
        self.assertEqual(page.returncode, 0, page.stderr)
        self.assertEqual(page.stdout, (ROOT / "docs" / "experiment-file.md").read_text(encoding="utf-8"),
                         "scripts/option_tables.py writes this page anew")


class Links(unittest.TestCase):
    def test_relative_links_lead_somewhere(self):
        broken = [f"{page.relative_to(ROOT)}: {target}" for page in documentation.pages(ROOT)
                  for target in documentation.links(page) if not (page.parent / target).exists()]
        self.assertEqual(broken, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
