"""Help, manual page, completions, lists, and where output goes: what makes a command line pleasant."""

import os
import pty
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from isotherm import PROGRAM, SMALL, isotherm

SHELLS = ["bash", "zsh", "fish"]


def output(*arguments, **options):
    result = isotherm(*arguments, **options)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "", result.stderr
    return result.stdout


COMMANDS = re.findall(r"^  ([a-z]+)  ", output(), re.MULTILINE)


def options_of(command):
    return re.findall(r"^  --([a-z0-9-]+)", output(command, "--help"), re.MULTILINE)


class Help(unittest.TestCase):
    def test_every_command_has_one(self):
        self.assertGreater(len(COMMANDS), 9)
        for command in COMMANDS:
            text = output(command, "--help")
            self.assertTrue(text.startswith(f"isotherm {command}"), text)
            self.assertNotIn("  --help", text)

    def test_width(self):
        for columns in [60, 80, 140]:
            for words in [[], ["run", "--help"], ["list"], ["list", "dynamics"], ["sweep", "--help"]]:
                lines = output(*words, env=os.environ | {"COLUMNS": str(columns)}).splitlines()
                # A word that is longer than what is left beside the names stands alone; commands to type are whole.
                long = [line for line in lines if len(line) > max(columns, 78) and not re.match(r"\s*(\S+|isotherm .*)$", line)]
                self.assertEqual(long, [])
        for columns in ["", "0", "-3", "wide", "99999999999999999999"]:
            self.assertEqual(output("list", env=os.environ | {"COLUMNS": columns}), output("list"))

    def test_run_alone_says_what_to_try(self):
        for command in ["run", "predict"]:
            result = isotherm(command)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn(f"try isotherm {command} --loss double-well", result.stderr)
        self.assertIn("isotherm completion bash", isotherm("completion").stderr)
        self.assertEqual(isotherm("completion", "csh").returncode, 2)
        self.assertEqual(isotherm("man", "isotherm").returncode, 2)


class Manual(unittest.TestCase):
    def test_no_warnings(self):
        tried = []
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "isotherm.1")
            page.write_text(output("man"), encoding="utf-8")
            for command in [["mandoc", "-Tlint"], ["groff", "-ww", "-man", "-Tutf8"],
                            ["man", "--warnings=w", "--local-file"]]:
                if shutil.which(command[0]) is None:
                    continue
                tried.append(command[0])
                result = subprocess.run([*command, str(page)], capture_output=True, text=True, check=False,
                                        env=os.environ | {"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PAGER": "cat"})
                complaints = result.stdout if command[0] == "mandoc" else ""
                self.assertEqual((result.returncode, complaints + result.stderr), (0, ""))
                if command[0] == "groff":
                    self.assertIn("exp(-L/(alpha eta sigma^2))", re.sub(".\b", "", result.stdout))
        if not tried:
            self.skipTest("no mandoc, groff or man")

    def test_every_command_and_option_is_in_it(self):
        page = output("man")
        for command in COMMANDS:
            self.assertIn(f".SS {command}\n", page)
            for option in options_of(command):
                self.assertIn("\\fB" + f"--{option}".replace("-", "\\-") + "\\fP", page)
        self.assertTrue(page.isascii())


class Completion(unittest.TestCase):
    def complete(self, line, folder="/"):
        """What bash offers after a line."""
        script = (f'source <("{PROGRAM}" completion bash)\n'
                  'COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$\' \\t\\n"\\\'><=;|&(:\'\n'
                  '_isotherm 2>&1\nprintf "%s\\n" "${COMPREPLY[@]}"\n')
        result = subprocess.run(["bash", "--norc", "-c", script, "bash", line], cwd=folder, capture_output=True, text=True,
                                check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout.split()

    def test_commands(self):
        self.assertEqual(self.complete("isotherm "), [*COMMANDS, "--help", "--version"])
        self.assertEqual(self.complete("isotherm re"), [name for name in COMMANDS if name.startswith("re")])

    def test_options_of_each_command(self):
        for command in COMMANDS:
            self.assertEqual(self.complete(f"isotherm {command} --"),
                             [f"--{name}" for name in options_of(command)] + ["--help"])
        self.assertEqual(self.complete("isotherm run --loss double-well --pre"), ["--preconditioner", "--precision"])

    def test_values(self):
        losses = re.findall(r"^  (\S+)$", output("list", "losses"), re.MULTILINE)
        self.assertEqual(self.complete("isotherm run --loss "), losses)
        self.assertEqual(self.complete("isotherm run --loss=dou"), ["double-well"])
        dynamics = re.findall(r"^  (\S+)$", output("list", "dynamics"), re.MULTILINE)
        self.assertEqual(self.complete("isotherm sweep a.toml --dynamics "), dynamics)
        self.assertEqual(self.complete("isotherm run --dynamics m"), [name for name in dynamics if name[0] == "m"])
        self.assertEqual(self.complete("isotherm run --noise st"), ["student-t:"])
        self.assertEqual(self.complete("isotherm run --expect consistent:gi"), ["gibbs", "gibbs-fitted"])
        self.assertEqual(self.complete("isotherm run --precision "), ["float", "double"])
        self.assertEqual(self.complete("isotherm run --format json,c"), ["json,csv"])
        self.assertEqual(self.complete("isotherm sweep --predictions a"), ["auto", "all"])
        self.assertEqual(self.complete("isotherm run --eta "), [])
        self.assertIn("C09", self.complete("isotherm reproduce "))
        self.assertEqual(self.complete("isotherm list p"), ["predictions"])
        self.assertEqual(self.complete("isotherm completion "), SHELLS)
        self.assertEqual(self.complete("isotherm run --quiet --js"), ["--json"])

    def test_values_are_right(self):
        """Whatever is offered is taken."""
        for option in ["dynamics", "precision", "backend", "sampling", "parameterization", "scheme"]:
            for word in self.complete(f"isotherm run --{option} "):
                result = isotherm("run", f"--{option}", word)
                self.assertIn("no loss to run", result.stderr, f"--{option} {word}")

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ["a.toml", "b.toml", "a.csv"]:
                Path(folder, name).touch()
            Path(folder, "out").mkdir()
            self.assertEqual(sorted(self.complete("isotherm run ", folder)), ["a.toml", "b.toml", "out"])
            self.assertEqual(self.complete("isotherm run a", folder), ["a.toml"])
            self.assertEqual(sorted(self.complete("isotherm run --data a", folder)), ["a.csv", "a.toml"])
            self.assertEqual(self.complete("isotherm run --output ", folder), ["out"])
            self.assertEqual(self.complete("isotherm resume ", folder), ["out"])

    def test_scripts_are_right_for_their_shells(self):
        for shell in SHELLS:
            with self.subTest(shell=shell), tempfile.TemporaryDirectory() as folder:
                script = Path(folder, "script")
                script.write_text(output("completion", shell), encoding="utf-8")
                for command in COMMANDS:
                    for option in options_of(command):
                        self.assertRegex(script.read_text(encoding="utf-8"), rf"(--|-l ){option}\b")
                if shutil.which(shell) is None:
                    continue
                result = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
                self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ""))

    def test_fish_completes(self):
        if shutil.which("fish") is None:
            self.skipTest("no fish")
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(["fish", "--no-config", "-c",
                                     f'"{PROGRAM}" completion fish | source; complete -C "isotherm run --dynamics leim"'],
                                    capture_output=True, text=True, check=False, env=os.environ | {"HOME": folder})
        self.assertEqual(result.stdout, "leimkuhler-matthews\tUpdate rule\n", result.stderr)

    def test_zsh_loads(self):
        if shutil.which("zsh") is None:
            self.skipTest("no zsh")
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "_isotherm").write_text(output("completion", "zsh"), encoding="utf-8")
            script = (f"fpath=({folder} $fpath); autoload -U compinit; compinit -u -D; autoload +X _isotherm && "
                      "print ${_comps[isotherm]}")
            result = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=False)
        self.assertEqual((result.stdout, result.stderr), ("_isotherm\n", ""))


class Streams(unittest.TestCase):
    """Results are standard output and nothing else is: a pipe gets no message, a message no result."""

    def test_messages_are_on_standard_error(self):
        with tempfile.TemporaryDirectory() as folder:
            out = str(Path(folder, "out"))
            run = ["run", "--loss", "x^2/2", *SMALL, "--output", out]
            commands = [run, [*run, "--quiet"], [*run, "--json"], ["predict", "--loss", "x^2/2"], ["list"], ["info"],
                        ["extrapolate", "--loss", "x^2/2", "--eta", "0.1", *SMALL, "--output", out + "-limit"],
                        ["report", out], ["man"],
                        ["completion", "zsh"], [*run, "--dry-run"], ["run", "--help"]]
            for words in commands:
                with self.subTest(words=words):
                    result = isotherm(*words, env=os.environ | {"TERM": "xterm-256color"})
                    self.assertEqual(result.returncode, 0, result.stderr)
                    # Into a pipe there is neither colour nor progress; standard error has messages only.
                    self.assertNotIn("\033", result.stdout + result.stderr)
                    self.assertNotIn("\r", result.stdout + result.stderr)
                    for line in result.stderr.splitlines():
                        self.assertTrue(line.startswith(("isotherm: ", "written: ", " ")), line)
                    if words[-1] == "--quiet":
                        self.assertEqual(result.stdout, "")
            for words in [["run", "--loss", "double-wel"], ["list", "loses"], ["report", folder], ["resume", folder]]:
                result = isotherm(*words)
                self.assertNotEqual(result.returncode, 0)
                self.assertEqual(result.stdout, "", words)
                self.assertTrue(result.stderr.startswith("isotherm: "), result.stderr)

    def on_a_terminal(self, *arguments, environment):
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.clear()
            os.environ.update(environment)
            os.execv(PROGRAM, [PROGRAM, *arguments])
        text = b""
        try:
            while chunk := os.read(terminal, 65536):
                text += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, text)
        return text.decode()

    def test_colours_of_a_terminal(self):
        predict = ["predict", "--loss", "x^2/2"]
        self.assertIn("\033[1m", self.on_a_terminal(*predict, environment={"TERM": "xterm"}))
        for environment in [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}]:
            self.assertNotIn("\033[", self.on_a_terminal(*predict, environment=environment))
        self.assertIn("\033[1m", self.on_a_terminal(*predict, environment={"TERM": "xterm", "NO_COLOR": ""}))


if __name__ == "__main__":
    unittest.main()
