"""Every wrong input is exit status 2 and one line that says what would be right; what is found while running is 1."""

import resource
import shutil
import signal
import subprocess
import time
import unittest

from isotherm import ROOT, SMALL, Case, isotherm, start


class Refusals(Case):
    def refuse(self, *arguments, says, status=2):
        result = isotherm(*arguments)
        first, *rest = result.stderr.rstrip("\n").split("\n")
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertTrue(first.startswith("isotherm: "), first)
        for text in says if isinstance(says, list) else [says]:
            self.assertIn(text, first)
        self.assertLess(len(first), 400)
        return rest

    def run_refused(self, *arguments, says):
        rest = self.refuse("run", "--output", self.output, *arguments, says=says)
        self.assertFalse(self.output.exists(), "a refused run must not make its folder")
        return rest


class WrongInput(Refusals):
    def test_unknown_identifier(self):
        expression, caret = self.run_refused("--loss", "x^2 + cso(x)", says=["column 7", "'cso'", "cos"])
        self.assertEqual(expression, "x^2 + cso(x)")
        self.assertEqual(caret.index("^"), 6)

    def test_syntax_error(self):
        expression, caret = self.run_refused("--loss", "x^2 + * 3", says="column 7")
        self.assertEqual(caret.index("^"), 6)

    def test_depth(self):
        for loss in ["(" * 10000 + "x" + ")" * 10000, "-" * 10000 + "x", "sin(" * 10000 + "x" + ")" * 10000,
                     "x" + "^x" * 10000]:
            self.run_refused("--loss", loss, says="nested")

    def test_numbers(self):
        for value in ["-1", "0", "nan", "inf", "-inf", "ten", "0.1x", ""]:
            self.run_refused("--loss", "x^2/2", "--eta", value, says=["--eta", "for example --eta 0.05"])
        for value in ["0", "1e30", "-5", "1.5", "nan"]:
            self.run_refused("--loss", "x^2/2", "--particles", value,
                             says=["--particles " + value, "from 1 to", "--particles 1e6"])
        for option in ["--steps", "--thinning"]:
            self.run_refused("--loss", "x^2/2", option, "0", says=[option + " 0", "from 1 to"])

    def test_too_many_particle_steps(self):
        self.run_refused("--loss", "x^2/2", "--particles", "1e15", "--steps", "1e12", says=["2^63", "give at most"])

    def test_histograms(self):
        self.run_refused("--loss", "x^2/2", "--histogram", "x:200:2:-2",
                         says=["lower end 2 must be less than upper end -2", "x:200:-2:2"])
        self.run_refused("--loss", "x^2/2", "--histogram", "x:200:1:1", says="must be less than")
        self.run_refused("--loss", "x^2/2", "--histogram", "y:200:-1:1", says="'y'")

    def test_unknown_options(self):
        self.run_refused("--loss", "x^2/2", "--particels", "10", says="did you mean --particles?")
        self.run_refused("--loss", "x^2/2", "--dynamics", "sdg", says="did you mean sgd?")
        self.refuse("rnu", says="did you mean run?")

    def test_options_of_single_dynamics(self):
        self.run_refused("--loss", "x^2/2", "--mu", "0.9", says=["--mu: sgd has no such option", "momentum"])
        self.run_refused("--loss", "x^2/2", "--dynamics", "momentum", "--mu", "1",
                         says=["--mu 1: must be at least 0 and below 1", "for example --mu 0.9"])
        self.run_refused("--loss", "x^2/2", "--dynamics", "underdamped", "--scheme", "baob",
                         says=["--scheme baob: must be one of", "did you mean baoab?"])
        self.run_refused("--loss", "x^2/2", "--dynamics", "underdamped", "--mass", "1,2", says=["--mass", "1 coordinate"])
        self.run_refused("--loss", "x^2/2", "--dynamics", "mcallester", "--eta", "0.1",
                         says=["--eta: mcallester sets its own learning rate"])
        self.run_refused("--loss", "x^2/2", "--decoupled", says="--weight-decay")

    def test_noise_and_schedules(self):
        self.run_refused("--loss", "x^2/2", "--noise", "student-t", says=["student-t needs NU", "--noise student-t:5"])
        self.run_refused("--loss", "x^2/2", "--noise", "laplac", says="did you mean 'laplace'?")
        self.run_refused("--loss", "x^2/2", "--schedule", "power:1",
                         says=["takes two numbers", "for example --schedule power:0.5,0.75"])
        self.run_refused("--loss", "x^2/2", "--schedule", "power:0.5,0.75", "--eta", "0.1", says="drop one of them")

    def test_bench(self):
        self.refuse("bench", "--precision", "half", says=["--precision half", "float, double"])
        self.refuse("bench", "--eta", "0.1", says="isotherm bench --help")
        self.refuse("bench", "file", says="isotherm bench --help")
        self.refuse("bench", "--cases", "nothing", says=["--cases nothing", "loss/double-well"])

    def test_experiment_file(self):
        file = self.folder / "run.toml"
        for text, where, says in [("loss = \"x^2\"\n\n particels = 5\n", "3:2", "did you mean particles?"),
                                  ("loss = \"x^2\"\neta = -1\n", "2:7", "for example eta = 0.05"),
                                  ("loss = \"x^2\"\neta = [0.1\n", "2:12", "array"),
                                  ("loss = \"x^2\"\nsteps = true\n", "2:9", "must be a number"),
                                  ("loss = \"x^2\"\nmu = 1\n", "2:6", "mu = 1: must be at least 0 and below 1"),
                                  ("loss = \"x^2\"\nschedule = \"power:1\"\n", "2:12",
                                   "for example schedule = \"power:0.5,0.75\""),
                                  ("loss = \"x^2\"\nnoise = \"student-t:0\"\n", "2:9",
                                   "for example noise = \"student-t:5\"")]:
            file.write_text(text)
            self.run_refused(file, says=[f"{file}:{where}: ", says])
        self.run_refused(self.folder / "missing.toml", says=["cannot read this experiment file (No such file"])
        self.run_refused("double-well", says=["cannot read", "--loss"])

    def test_output_folder(self):
        file = self.folder / "file"
        file.write_text("")
        for folder in [file, file / "below", "/proc/isotherm"]:
            self.refuse("run", "--loss", "x^2/2", *SMALL, "--output", folder,
                        says=[f"--output {folder}", "for example --output"])

    def test_expectation_that_cannot_be_met(self):
        for loss in ["0*x", "-x^2"]:
            self.run_refused("--loss", loss, *SMALL, "--expect", "consistent:gibbs",
                             says=["does not apply", "normalized"])
        self.run_refused("--loss", "x^2/2", "--expect", "consistent:gibs", says="did you mean gibbs?")

    def test_no_loss(self):
        self.run_refused(says="--loss double-well")
        self.refuse("predict", says="--loss double-well")

    def test_cuda_where_there_is_none(self):
        if "none: " not in isotherm("info").stdout:
            self.skipTest("there is a GPU")
        self.run_refused("--loss", "x^2/2", *SMALL, "--backend", "cuda", says="--backend cpu")


class BadData(Refusals):
    """Each is one line that says where the data are wrong."""

    def refuse_rows(self, text, says, loss="(w*a - b)^2/2", options=()):
        file = self.folder / "t.csv"
        file.write_text(text)
        self.run_refused("--loss", loss, "--data", file, *options, says=["t.csv", *says])

    def test_files(self):
        self.refuse_rows("", ["is empty; its first line must name the columns"])
        self.refuse_rows("a,b\n", ["has no rows of numbers"])
        self.run_refused("--loss", "(w*a)^2", "--data", self.folder / "tt.csv",
                         says=["tt.csv cannot be read: No such file or directory", "did you mean 't.csv'?"])
        self.run_refused("--loss", "(w*a)^2", "--data", self.folder, says="Is a directory; give a file in it")
        self.run_refused("--loss", "(w*a)^2", "--data", "/dev/null", says="save what it gives to a file first")

    def test_cells(self):
        self.refuse_rows("a,b\n1,2\n3\n", ["line 3", "1 cell, but the header names 2 columns"])
        self.refuse_rows("a,b\n1,2\n3,x\n", ["line 3, column 'b'", "'x' is not a number"])
        self.refuse_rows("a,b\n1,2\n3,\n", ["line 3, column 'b'", "the cell is empty"])
        for cell in ["nan", "inf", "-inf"]:
            self.refuse_rows(f"a,b\n1,2\n{cell},4\n", ["line 3, column 'a'", f"'{cell}' is not finite"])

    def test_columns(self):
        file = self.folder / "more.csv"
        file.write_text("name,a,b\nx,1,2\ny,-1,-1\n")
        self.succeed("run", "--loss", "(w*a - b)^2/2", "--data", file, *SMALL, "--output", self.output)
        shutil.rmtree(self.output)
        self.run_refused("--loss", "(w*a - bb)^2/2", "--data", file, says=["column 8", "'bb'", "did you mean 'b'?"])

    def test_names_that_are_no_columns(self):
        file = self.folder / "more.csv"
        file.write_text("dose,age,response\n1,2,x\n")  # names are looked at before cells
        columns = "the columns are dose, age, response"
        model = ["--loss", "linear-regression", "--data", file]
        self.run_refused(*model, "--target", "z", says=["--target: column 1: unknown name 'z'", columns])
        self.run_refused(*model, "--target", "log(z)", says=["--target: column 5: unknown name 'z'", columns])
        self.run_refused(*model, "--features", "dose,agee", says=["--features: column 1: unknown name 'agee'",
                                                                  "did you mean 'age'?"])
        self.run_refused("--loss", "(w*dose - yy)^2/2", "--data", file,
                         says=["--loss: column 11: unknown name 'yy'", columns, "--set yy=VALUE"])
        self.run_refused("--loss", "(w*dose - response)^2/2", "--data", file, "--target", "z",
                         says="--target: '(w*dose - response)^2/2' is no model")
        file.write_text(",".join(f"c{i}" for i in range(1000)) + "\n" + ",".join("1" * 1000) + "\n")
        self.run_refused(*model, "--target", "z", says=["the columns are c0, c1, c2", "more"])
        self.run_refused("--loss", "(w - 1)^2", "--data", file, says=["uses no column", "c0, c1, c2", "more"])

    def test_more_examples_than_rows(self):
        text = "a,b\n1,2\n3,4\n"
        for sampling in ["without-replacement", "reshuffle"]:
            self.refuse_rows(text, ["--batch-size 3", "has 2 rows", "at most 2"],
                             options=["--sampling", sampling, "--batch-size", "3"])

    def test_labels(self):
        self.refuse_rows("a,b\n1,0\n3,2\n", ["line 3, column 'b'", "2 is no label", "0 and 1, or -1 and 1"],
                         loss="logistic-regression")
        self.refuse_rows("a,b\n1,0\n3,2.5\n", ["line 3, column 'b'", "2.5 is no label", "whole numbers"],
                         loss="softmax-regression")
        self.refuse_rows("name,b\nx,0\ny,1\n", ["line 2, column 'name'", "'x' is not a number"],
                         loss="logistic-regression")

    def test_more_than_memory(self):
        # 2 GB of zeros, sparse, where the address space ends at 1 GiB.
        file = self.folder / "huge.npy"
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (250000000,), }".ljust(117) + "\n"
        with open(file, "wb") as stream:
            stream.write(b"\x93NUMPY\x01\x00\x76\x00" + header.encode())
            stream.truncate(128 + 2_000_000_000)
        result = isotherm("run", "--loss", "(w - column)^2", "--data", file, "--threads", "1", "--output", self.output,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertRegex(result.stderr, r"^isotherm: huge.npy: 250000000 rows of 1 column take 2.0 GB of memory, and .* free"
                                        r"; take fewer rows or columns\n$")


class FailedRuns(Case):
    def test_divergence_says_when_it_began(self):
        result = isotherm("run", "--loss", "-x^4", "--eta", "1", "--init", "normal:0,1", *SMALL,
                          "--output", self.output)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"isotherm: .*non-finite.* step \d+")
        self.assertFalse(self.output.exists())

    def test_instability_is_a_warning_with_the_bound(self):
        result = self.succeed("run", "--loss", "x^2/2", "--eta", "2.5", "--output", self.output, "--particles", "1000",
                              "--steps", "10", "--burn-in", "0")
        self.assertRegex(result.stderr, r"isotherm: warning: eta h = 2.5 at the minimum x = 0 is beyond the stability "
                                        r"bound of sgd, eta h < 2: it needs --eta below 2\n")

    def test_no_burn_in_where_no_minimum_was_looked_for(self):
        result = self.succeed("run", "--loss", "two-layer-classifier", "--data", ROOT / "tests/data/tables/rings.csv",
                              "--set", "hidden=60", "--eta", "0.01", "--particles", "256", "--steps", "1",
                              "--output", self.output)
        self.assertIn("warning: no automatic burn-in: no minimum was looked for: the Hessian in 241 coordinates is too "
                      "large; give --burn-in\n", result.stderr)

    def test_full_disk_leaves_no_half(self):
        """A limit on file sizes fails writes in the way of a full disk."""
        result = isotherm("run", "--loss", "x^2/2", *SMALL, "--output", self.output, "--snapshots", "5,10,15,20",
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"^isotherm: could not write .*\n$")
        self.assertFalse(self.output.exists())

    def test_full_disk_keeps_the_former_result(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = shutil.which("mount") and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False).returncode == 0
        if not mounted:
            self.skipTest("needs the right to mount")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.succeed("run", "--loss", "x^2/2", *SMALL, "--output", disk / "o")
        def files():
            return {path: path.read_bytes() for path in (disk / "o").rglob("*") if path.is_file()}
        before = files()
        result = isotherm("run", "--loss", "x^2/2", *SMALL, "--output", disk / "o", "--histogram", "x:200000:-1:1")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("No space left on device", result.stderr)
        self.assertEqual(files(), before)

    def test_standard_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            result = isotherm("list", stdout=full)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output", result.stderr)

    def test_signals(self):
        for number in [signal.SIGINT, signal.SIGTERM]:
            process = start("run", "--loss", "x^2/2", "--eta", "0.1", "--burn-in", "0", "--steps", "1e9", "--log",
                            "--output", self.output)
            process.stderr.readline()  # of the progress: it is running
            began = time.monotonic()
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(process.returncode, 128 + number, errors)
            self.assertIn("saved as", errors)
            self.assertFalse((self.output / "result.json").exists())


if __name__ == "__main__":
    unittest.main()
