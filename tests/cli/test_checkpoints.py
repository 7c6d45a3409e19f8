"""Runs that are killed, stopped and damaged, and go on to the same last bit."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import zlib
from pathlib import Path

PROGRAM = os.environ["ISOTHERM_PROGRAM"]
MPIRUN = shutil.which("mpirun")
HAS_MPI = MPIRUN is not None and Path(PROGRAM).with_name("isotherm-mpi.so").exists()

# Each of a third of a second on one fast core.
EXPERIMENTS = {
    "line": ["--loss", "double-well", "--eta", "0.05", "--particles", "30000", "--steps", "24000", "--burn-in", "100",
             "--snapshots", "0,50,1500"],
    "plane": ["--loss", "x^2/2+y^2+x*y/2", "--dynamics", "momentum", "--mu", "0.5", "--precision", "double",
              "--particles", "9000", "--steps", "20000", "--burn-in", "100"],
    "averages": ["--loss", "x^2/2", "--dynamics", "adam", "--eta", "0.01", "--particles", "20000", "--steps", "6000",
                 "--burn-in", "300", "--histogram", "x:50:-2:2", "--histogram", "ema(x^2,20):50:0:1"],
}

# Of some seconds, for what must happen while it is going on.
LONG = ["--loss", "double-well", "--eta", "0.05", "--particles", "400000", "--steps", "24000", "--burn-in", "100",
        "--threads", "1"]

TRIES = 20         # of a test that needs a run at work and may find it finished
CLOCK_TICK = 0.02  # seconds; times of files come from a coarser clock


def environment():
    return os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                         "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMP_WAIT_POLICY": "passive"}


def command(words, ranks=1):
    launcher = [MPIRUN, "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
    return launcher + [PROGRAM] + [str(word) for word in words]


def call(words, ranks=1, **options):
    return subprocess.run(command(words, ranks), capture_output=True, text=True, timeout=300, env=environment(),
                          **options)


def start(words, ranks=1):
    return subprocess.Popen(command(words, ranks), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            env=environment(), start_new_session=True,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def checkpoints(folder):
    return sorted(Path(folder).glob("checkpoint-*.bin"), key=lambda path: path.stat().st_mtime_ns)


def can_resume(folder):
    """Has every rank of some run written its share? A job killed before that has to begin again."""
    shares = {}
    for path in checkpoints(folder):
        generation = path.name.split("-")[1]
        ranks = json.loads(path.read_bytes().split(b"\n", 2)[1])["ranks"]
        shares.setdefault((generation, ranks), set()).add(path.name.split("-")[2])
    return any(len(found) == ranks for (_, ranks), found in shares.items())


def wait_for_checkpoints(process, folder, count=1):
    deadline = time.monotonic() + 120
    while len(checkpoints(folder)) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)


def processes_of(session):
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(int(entry.name))
    return found


def kill_all(process):
    """The process and all that it started: a launcher's ranks are in groups of their own, but in its session."""
    while running := processes_of(process.pid):
        for number in running:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.002)
    process.wait()
    process.stderr.close()


def outcome(folder):
    """All that a run measured; not how it was computed."""
    result = json.loads(Path(folder, "result.json").read_text())
    del result["execution"]
    for option in ("output", "threads", "chunk", "quiet", "log", "checkpoint-interval", "backend"):
        result["experiment"].pop(option, None)
    return result, Path(folder, "histograms.json").read_bytes()


class Checkpoints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.root = Path(cls.temporary.name)
        cls.expected = {}
        for name, words in EXPERIMENTS.items():
            folder = cls.root / f"whole-{name}"
            run = call(["run", *words, "--quiet", "--threads", 1, "--output", folder])
            assert run.returncode == 0, run.stderr
            cls.expected[name] = outcome(folder)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def folder(self):
        return Path(tempfile.mkdtemp(dir=self.root))

    def stop_midway(self, name="line", number=signal.SIGTERM, count=2):
        """A folder with checkpoints of a run that was stopped, its exit status, its text and when the signal was sent."""
        for _ in range(TRIES):
            folder = self.folder()
            process = start(["run", *EXPERIMENTS[name], "--threads", 1, "--output", folder, "--checkpoint-interval", "0.02"])
            wait_for_checkpoints(process, folder, count)
            sent = time.time()
            process.send_signal(number)
            text = process.communicate(timeout=300)[1]
            if process.returncode != 0:
                return folder, process.returncode, text, sent
        self.fail(f"the run ended before it could be stopped, {TRIES} times: {text}")

    def check_finished(self, folder, name="line"):
        self.assertEqual(outcome(folder), self.expected[name])
        self.assertEqual(checkpoints(folder), [])
        self.assertEqual([path.name for path in folder.iterdir() if path.name.startswith(".")], [])

    def check_resumes(self, folder, name="line", options=(), ranks=1):
        run = call(["resume", folder, "--quiet", *options], ranks)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.check_finished(folder, name)
        return run.stderr

    # Killed

    def kill_one(self, choose, name, from_checkpoint):
        """A run of that name that was killed one to four times; how often it was killed, and how often taken up."""
        folder = self.folder()
        kills = resumed = 0
        planned = choose.randint(1, 4)
        while True:
            ranks = choose.choice([1, 1, 1, 1, 2, 3]) if HAS_MPI else 1
            how = ["--quiet", "--checkpoint-interval", choose.choice(["0.01", "0.03", "0.1"]),
                   "--threads", choose.choice([1, 2]), "--chunk", choose.choice([0, 256, 2048, 5000])]
            if can_resume(folder):
                words = ["resume", folder, *how]
                resumed += 1
            else:
                words = ["run", *EXPERIMENTS[name], "--output", folder, *how]
            process = start(words, ranks)
            if kills < planned:
                if from_checkpoint or choose.random() < 0.5:
                    wait_for_checkpoints(process, folder)
                time.sleep(choose.random() * 0.3)
                if process.poll() is None:
                    kill_all(process)
                    kills += 1
                    continue
            error = process.communicate(timeout=300)[1]
            self.assertEqual(process.returncode, 0, (words, error))
            return folder, kills, resumed

    def test_fifty_killed_runs_end_in_the_same_bits(self):
        choose = random.Random(1)
        resumed_runs = 0
        for trial in range(50):
            name = choose.choice(sorted(EXPERIMENTS))
            for _ in range(TRIES):
                folder, kills, resumed = self.kill_one(choose, name, from_checkpoint=trial % 2 == 0)
                self.assertEqual(outcome(folder), self.expected[name], (trial, name))
                shutil.rmtree(folder)
                if kills > 0:
                    break
            self.assertGreater(kills, 0, "every run ended before it could be killed")
            resumed_runs += resumed > 0
        self.assertGreaterEqual(resumed_runs, 20)

    # Stopped

    def test_signals_save_and_say_where(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            with self.subTest(number):
                folder, status, text, sent = self.stop_midway(number=number)
                self.assertEqual(status, 128 + number, text)
                newest = checkpoints(folder)[-1]
                self.assertGreater(newest.stat().st_mtime, sent - CLOCK_TICK)  # not one of before
                self.assertIn(f"stopped by signal {int(number)}; saved as {newest}", text)
                self.assertLessEqual(len(checkpoints(folder)), 2)
                self.assertFalse(Path(folder, "result.json").exists())
                self.check_resumes(folder)

    def test_watching_changes_nothing(self):
        quiet, watched = self.folder(), self.folder()
        run = call(["run", *LONG, "--quiet", "--output", quiet])
        self.assertEqual(run.returncode, 0, run.stderr)
        run = call(["run", *LONG, "--log", "--output", watched])
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
        self.assertEqual(lines[-1]["particle_steps"], lines[-1]["particle_steps_total"])
        self.assertTrue(any("alpha" in line for line in lines), lines)
        self.assertEqual(outcome(quiet), outcome(watched))

    def test_a_signal_saves_without_any_interval(self):
        folder = self.folder()
        process = start(["run", *LONG, "--log", "--output", folder])
        self.assertIn("progress", process.stderr.readline())  # it is at work
        self.assertEqual(checkpoints(folder), [])
        process.terminate()
        self.assertEqual(process.wait(60), 143)
        self.assertEqual(len(checkpoints(folder)), 1)
        process.stderr.close()

    def test_every_precision_thread_count_chunk_and_target(self):
        folder, *_ = self.stop_midway("plane")
        for number, (options, target) in enumerate([(["--threads", 2], ""), (["--chunk", 256], "scalar"),
                                                    (["--chunk", 100000, "--threads", 3], "AVX2"), ([], "scalar")]):
            if target not in ("", "scalar"):
                info = call(["info"]).stdout
                if target not in info:
                    continue
            copy = self.root / f"copy-{number}"
            shutil.copytree(folder, copy)
            variables = environment() | ({"ISOTHERM_SIMD": target} if target else {})
            run = subprocess.run(command(["resume", copy, "--quiet", *options]), env=variables, capture_output=True,
                                 text=True, timeout=300)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.check_finished(copy, "plane")

    # Damaged

    def test_a_damaged_checkpoint_is_recognized_and_the_older_one_used(self):
        folder, *_ = self.stop_midway()
        newest = checkpoints(folder)[-1]
        whole = newest.read_bytes()
        for size in (0, 10, 61, 1000, len(whole) // 2, len(whole) - 1):
            copy = self.folder() / "run"
            shutil.copytree(folder, copy)
            (copy / newest.name).write_bytes(whole[:size])
            warnings = self.check_resumes(copy)
            self.assertIn(f"{newest.name} cannot be used", warnings)

    def test_two_hundred_flipped_bits(self):
        folder, *_ = self.stop_midway()
        only = checkpoints(folder)[-1]
        for other in checkpoints(folder)[:-1]:
            other.unlink()
        whole = only.read_bytes()
        choose = random.Random(2)
        places = [choose.randrange(8 * 3000) for _ in range(100)] + [choose.randrange(8 * len(whole)) for _ in range(100)]
        for bit in places:
            damaged = bytearray(whole)
            damaged[bit // 8] ^= 1 << bit % 8
            only.write_bytes(damaged)
            run = call(["resume", folder])
            self.assertEqual(run.returncode, 2, (bit, run.stderr))
            self.assertIn("no checkpoint in this folder can be used", run.stderr)
            self.assertIn(only.name, run.stderr)
        only.write_bytes(whole)
        self.check_resumes(folder)

    def rewrite(self, path, change):
        """The same checkpoint with another header and a right checksum."""
        content = path.read_bytes()
        line, rest = content.split(b"\n", 1)
        size = int(line.split()[1])
        header = json.loads(rest[:size])
        change(header)
        text = json.dumps(header).encode() + b"\n"
        body = text + rest[size:]
        path.write_bytes(b"isotherm-checkpoint/1 %012d %016d %08x\n" % (len(text), len(rest) - size, zlib.crc32(body))
                         + body)

    def test_files_of_other_versions_and_plans(self):
        folder, *_ = self.stop_midway()
        newest = checkpoints(folder)[-1]
        for other in checkpoints(folder)[:-1]:
            other.unlink()
        whole = newest.read_bytes()
        cases = [(lambda h: h.update(version="0.0.1"), "were written by isotherm 0.0.1"),
                 (lambda h: h.update(plan="0" * 64), "the plan of its experiment is another one here"),
                 (lambda h: h.update(experiment=h["experiment"].replace("seed = 1", "seed = 2")), "the plan of its"),
                 (lambda h: h.update(experiment="loss = 1\n"), "loss"),
                 (lambda h: h.update(ranks=2), "not every rank of the run has written one"),
                 (lambda h: h.update(number=77), "it was renamed"),
                 (lambda h: h.pop("plan"), "its header is not one of a checkpoint")]
        for change, message in cases:
            newest.write_bytes(whole)
            self.rewrite(newest, change)
            run = call(["resume", folder])
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(message, run.stderr)
            self.assertEqual(run.stderr.count("\n"), 1 if "warning" not in run.stderr else 2)
        newest.write_bytes(whole.replace(b"isotherm-checkpoint/1", b"isotherm-checkpoint/9", 1))
        self.assertIn("it is in another format (isotherm-checkpoint/9", call(["resume", folder]).stderr)
        newest.write_bytes(whole)
        self.check_resumes(folder)

    def test_sums_that_do_not_fit_are_refused(self):
        folder, *_ = self.stop_midway()
        newest = checkpoints(folder)[-1]
        for other in checkpoints(folder)[:-1]:
            other.unlink()
        content = newest.read_bytes()
        line, rest = content.split(b"\n", 1)
        size = int(line.split()[1])
        header, state = rest[:size], rest[size:]
        for other in (state[:-1], state + b"\0", state[:100], (1).to_bytes(8, "little") + state[8:]):
            body = header + other
            newest.write_bytes(b"isotherm-checkpoint/1 %012d %016d %08x\n" % (size, len(other), zlib.crc32(body)) + body)
            run = call(["resume", folder])
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertFalse(Path(folder, "result.json").exists())

    # Folders

    def test_nothing_to_go_on_with(self):
        for words, message in [([self.root / "nowhere"], "there is no such folder"),
                               ([self.folder()], "there is no checkpoint in this folder"),
                               ([], "no run to go on with")]:
            run = call(["resume", *words])
            self.assertEqual(run.returncode, 2)
            self.assertIn(message, run.stderr)
        run = call(["resume", self.root / "whole-line"])
        self.assertEqual(run.returncode, 0)
        self.assertIn("this run has finished", run.stderr)

    def test_one_process_works_in_a_folder(self):
        for _ in range(TRIES):
            folder = self.folder()
            process = start(["run", *EXPERIMENTS["line"], "--threads", 1, "--output", folder, "--checkpoint-interval",
                             "0.02"])
            wait_for_checkpoints(process, folder)
            process.send_signal(signal.SIGSTOP)  # it holds the folder for as long as the others take
            if process.poll() is None and checkpoints(folder):
                break
            process.communicate(timeout=300)
        for words in (["resume", folder], ["run", *EXPERIMENTS["line"], "--output", folder]):
            run = call(words)
            self.assertEqual(run.returncode, 2)
            self.assertIn("another isotherm is working in this folder", run.stderr)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(300), 0)
        process.stderr.close()
        self.check_finished(folder)

    def test_much_work_is_not_thrown_away(self):
        folder, *_ = self.stop_midway()
        for path in checkpoints(folder):
            self.rewrite(path, lambda header: header.update(seconds=3700.0))
        run = call(["run", *EXPERIMENTS["line"], "--output", folder])
        self.assertEqual(run.returncode, 2)
        self.assertIn("holds a checkpoint of an unfinished run", run.stderr)
        self.check_resumes(folder)

    def test_a_run_of_seconds_gives_way(self):
        folder, *_ = self.stop_midway("plane")
        run = call(["run", *EXPERIMENTS["line"], "--quiet", "--output", folder])
        self.assertEqual(run.returncode, 0, run.stderr)
        self.check_finished(folder)

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_full_disk_keeps_the_last_good_state(self):
        folder = self.folder()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True).returncode:
            self.skipTest("this container cannot mount")
        try:
            process = start(["run", *LONG, "--output", folder, "--checkpoint-interval", "0.05"])
            wait_for_checkpoints(process, folder, 2)
            filler = folder / "filler"
            with open(filler, "wb") as stream, self.assertRaises(OSError):
                while True:
                    stream.write(b"x" * 65536)
                    stream.flush()
            warning = process.stderr.readline()
            self.assertIn("No space left on device; the last good one is", warning)
            good = checkpoints(folder)
            process.terminate()
            text = warning + process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, 143, text)  # it went on until then
            self.assertIn("nothing was saved", text)
            self.assertEqual(checkpoints(folder), good)
            self.assertIn(str(good[-1]), text)
            filler.unlink()
            run = call(["resume", folder, "--quiet"])
            self.assertEqual(run.returncode, 0, run.stderr)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_read_only_folder(self):
        folder, *_ = self.stop_midway()
        mount = ["mount", "--bind", folder, folder]
        if subprocess.run(mount, capture_output=True).returncode:
            self.skipTest("this container cannot mount")
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
            run = call(["resume", folder])
            self.assertEqual(run.returncode, 2)
            self.assertIn("cannot write into this folder", run.stderr)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
        self.check_resumes(folder)

    # Several processes

    @unittest.skipUnless(HAS_MPI, "needs mpirun and a build with MPI")
    def test_ranks_give_the_same_bits(self):
        for ranks in (1, 2, 3, 4):
            for name in ("line", "plane"):
                folder = self.folder()
                launcher = [MPIRUN, "--oversubscribe", "-n", str(ranks)]
                run = subprocess.run([*launcher, PROGRAM, "run", *EXPERIMENTS[name], "--quiet", "--output", folder],
                                     capture_output=True, text=True, env=environment(), timeout=300)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(json.loads((folder / "result.json").read_text())["execution"]["ranks"], ranks)
                self.check_finished(folder, name)

    @unittest.skipUnless(HAS_MPI, "needs mpirun and a build with MPI")
    def test_a_killed_rank_loses_nothing_that_was_saved(self):
        for _ in range(TRIES):
            folder = self.folder()
            process = start(["run", *EXPERIMENTS["line"], "--threads", 1, "--output", folder, "--checkpoint-interval",
                             "0.05"], ranks=3)
            wait_for_checkpoints(process, folder, 5)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            if children:
                os.kill(int(children[-1]), signal.SIGKILL)
            process.communicate(timeout=60)
            if process.returncode != 0:
                break
        self.assertNotEqual(process.returncode, 0)
        self.assertGreaterEqual(len(checkpoints(folder)), 3)
        self.check_resumes(folder, ranks=2)

    @unittest.skipUnless(HAS_MPI, "needs mpirun and a build with MPI")
    def test_a_terminated_job_saves_every_share(self):
        for _ in range(TRIES):
            folder = self.folder()
            process = start(["run", *LONG, "--output", folder], ranks=2)
            wait_for_checkpoints(process, folder, 2)
            time.sleep(0.3)
            process.send_signal(signal.SIGUSR1)  # mpirun passes it on
            text = process.communicate(timeout=60)[1]
            if process.returncode != 0:
                break
        self.assertEqual(process.returncode, 128 + signal.SIGUSR1, text)
        self.assertEqual({path.name.rsplit("-", 1)[0] for path in checkpoints(folder)}, {"checkpoint-1-0", "checkpoint-1-1"})
        self.assertEqual(len(checkpoints(folder)), 4)
        run = call(["resume", folder, "--quiet", "--chunk", 512])
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(checkpoints(folder), [])

    @unittest.skipUnless(HAS_MPI, "needs mpirun and a build with MPI")
    def test_wrong_input_is_said_once(self):
        run = call(["run", "--loss", "x^^2"], ranks=2)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertEqual(len(re.findall(r"^isotherm: ", run.stderr, re.M)), 1, run.stderr)


if __name__ == "__main__":
    unittest.main()
