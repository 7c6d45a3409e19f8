"""Runs the built program and reads what it writes."""

import json
import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import jsonschema

ROOT = Path(os.environ["ISOTHERM_SOURCE_DIR"])
PROGRAM = os.environ["ISOTHERM_PROGRAM"]
os.environ.pop("COLUMNS", None)  # tests look at texts as they are without a terminal

# A run that takes a moment.
SMALL = ["--particles", "20000", "--steps", "50", "--burn-in", "20"]


def isotherm(*arguments, **options):
    """The finished process of `isotherm ARGUMENTS`, with its output as text."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL,
               "timeout": 300} | options
    return subprocess.run([PROGRAM, *map(str, arguments)], text=True, encoding="utf-8", check=False, **options)


def start(*arguments):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def schema(name):
    path = ROOT / "docs" / "schemas" / f"{name}.schema.json"
    definition = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(definition)
    return jsonschema.Draft202012Validator(definition)


def strict_json(text):
    """JSON without the NaN and Infinity that Python would let pass."""
    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")
    return json.loads(text, parse_constant=refuse)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="isotherm-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.output = self.folder / "output"

    def succeed(self, *arguments, **options):
        result = isotherm(*arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def run_small(self, *arguments):
        """A small run into self.output; its result.json, validated."""
        self.succeed("run", *SMALL, "--output", self.output, *arguments)
        result = strict_json((self.output / "result.json").read_text(encoding="utf-8"))
        schema("result").validate(result)
        return result
