"""report.html of real runs: well-formed, complete, readable, and made from the folder alone."""

import re
import shutil
import tempfile
import unittest
import xml.etree.ElementTree as xml
from html.parser import HTMLParser
from pathlib import Path

from isotherm import ROOT, Case, isotherm, strict_json

SMALLEST_TEXT = 12  # px
TABLES = ROOT / "tests" / "data" / "tables"
RUNS = {
    "double well": ["--loss", "double-well", "--eta", "0.05", "--snapshots", "5,20,40"],
    "two temperatures": ["--loss", "x^2/2 + y^4/4 + x*y/3 + y^2/4", "--sigma", "2,0.5", "--eta", "0.05",
                         "--histogram", "x:40:-1.4:1.4,y:30:-1:1", "--histogram", "x", "--histogram", "loss"],
    "data": ["--loss", "(a*dose + b - response)^2/2", "--coordinates", "a,b", "--data", str(TABLES / "linear.csv"),
             "--eta", "0.05", "--batch-size", "4"],
    "reshuffled data": ["--loss", "(x - y)^2/2", "--data", str(ROOT / "examples" / "signs.csv"), "--sampling", "reshuffle",
                        "--batch-size", "1", "--init", "point:0", "--eta", "0.02"],
    "fresh data": ["--loss", "(x1*a + x2*b - e)^2/2", "--random", "a,b=gaussian:0,0;2,0.6;0.6,1", "--random",
                   "e=normal:0,0.7", "--eta", "0.1"],
    "decaying rate": ["--loss", "x^2/2", "--schedule", "power:0.5,0.75", "--init", "point:1", "--thinning", "50",
                      "--snapshots", "10,30"],
    "angle": ["--loss", "1 - cos(x)", "--histogram", "x:24:0:6.25:periodic", "--histogram", "sin(x)/2:1:-1:1"],
    "odd names": ["--loss", "x^2/2", "--histogram", "max(x,0)/(1 + x^2):4:0:1", "--histogram", "loss:9:5:6"],
    "no noise": ["--loss", "x^2/2 + y^2", "--noise", "none", "--init", "point:1"],
}


class Reader(HTMLParser):
    """What a browser would see, without one."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.styles, self.inside = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag

    def handle_data(self, data):
        (self.styles if "style" in self.inside else self.text).append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    return reader


def luminance(colour):
    """WCAG 2.1, of #rrggbb."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a, b):
    lighter, darker = sorted([luminance(a), luminance(b)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


class PageCase(Case):
    def check_page(self, html):
        self.assertLess(len(html.encode()), 1_000_000)
        document = xml.fromstring(html.removeprefix("<!DOCTYPE html>"))
        self.assertEqual(document.get("lang"), "en")
        page = read(html)
        self.assertEqual(page.inside, [])
        tags = {tag for tag, _ in page.tags}
        self.assertFalse(tags & {"script", "link", "iframe", "object"}, "one file, without scripts")
        for tag, attributes in page.tags:
            for key, value in attributes.items():
                self.assertFalse(key.startswith("on"), f"{tag} {key}")
                if key in ("href", "src"):
                    self.assertTrue(value.startswith("data:"), f"{tag} {key}={value[:60]}")
            if tag == "svg":
                self.assertEqual(attributes["role"], "img")
                self.assertGreater(len(attributes["aria-label"]), 15)
            self.assertNotIn("id", attributes)  # figures stand there twice
        self.assertNotIn("url(", "".join(page.styles))
        self.assertNotIn("@import", "".join(page.styles))
        self.assertNotRegex(" ".join(page.text), r"\b(nan|inf|null|NaN)\b")
        self.assertEqual(html.count("<table>"), html.count("<thead><tr><th"), "tables have header cells")
        shown = re.sub(r"<pre.*?</pre>|<a class=\"download\".*?</a>|<image[^>]*>", "", html, flags=re.S)
        for number in re.findall(r"\d[\d.]*", " ".join(read(shown).text)):
            digits = number.replace(".", "").strip("0")
            self.assertLessEqual(len(digits), 12, f"{number}: more digits than anybody reads")
        self.assertNotRegex(html, r'(?:d|x|y|cx|cy|width|height)="[^"]*(?:nan|inf)')


class Pages(PageCase):
    def page(self, arguments):
        self.run_small(*arguments)
        return (self.output / "report.html").read_text(encoding="utf-8")

    def test_every_kind_of_run_has_a_page(self):
        for name, arguments in RUNS.items():
            with self.subTest(run=name):
                shutil.rmtree(self.output, ignore_errors=True)
                html = self.page(arguments)
                self.check_page(html)
                result = strict_json((self.output / "result.json").read_text())
                self.check_content(html, result)
                self.check_figures(html, result)

    def check_content(self, html, result):
        text = " ".join(" ".join(read(html).text).split())
        for word in ["Experiment", "Provenance", "Diagnostics", result["execution"]["version"]]:
            self.assertIn(word, text)
        self.assertIn(" ".join((self.output / "experiment.toml").read_text().split()), text)
        # The statement, but for how numbers and Greek letters are set.
        letters = {"alpha": "α", "sigma": "σ", "Sigma": "Σ", "chi-squared": "χ²"}
        for word in re.findall(r"[A-Za-z][A-Za-z-]{4,}", result["statement"]):
            self.assertIn(letters.get(word, word), text)
        shown = re.findall(r"(✓|✗) (consistent|rejected)</span></b>", html)
        judged = [outcome for outcome in result["outcome"].values() if outcome != "not applicable"]
        self.assertEqual(sorted(word for _, word in shown), sorted(judged))
        for warning in result["warnings"]:
            self.assertEqual(html.count('<p class="warning">'), len(result["warnings"]), warning)

    def check_figures(self, html, result):
        names = result["files"]["figures"]
        self.assertEqual(sorted(names), sorted(f"figures/{path.name}" for path in (self.output / "figures").iterdir()))
        self.assertEqual(html.count("<figure>"), len(names))
        self.assertEqual(html.count("<svg "), 2 * len(names))
        for name in names:
            drawing = xml.fromstring((self.output / name).read_text(encoding="utf-8"))
            self.assertEqual(drawing.tag, "{http://www.w3.org/2000/svg}svg")
            width, height = float(drawing.get("width")), float(drawing.get("height"))
            for element in drawing.iter("{http://www.w3.org/2000/svg}text"):
                if element.get("x"):
                    self.assertTrue(-1 <= float(element.get("x")) <= width + 1, f"{name}: {element.text}")
                    self.assertTrue(0 <= float(element.get("y")) <= height, f"{name}: {element.text}")

    def test_verdicts_without_colour(self):
        """Consistent and rejected differ by word and by mark, not by colour alone."""
        html = self.page(RUNS["two temperatures"])
        result = strict_json((self.output / "result.json").read_text())
        rows = [row for row in result["comparisons"]
                if "@" not in row["observable"] and (row.get("total_variation") or 0) > 0]
        drawing = (self.output / "figures" / "distances.svg").read_text(encoding="utf-8")
        for verdict, mark in [("consistent", '<circle class="good"'), ("rejected", '<path class="cross"')]:
            count = sum(row["verdict"] == verdict for row in rows)
            self.assertGreater(count, 0, verdict)
            self.assertEqual(drawing.count(mark), count, drawing)
        self.assertIn("✕</span> where it is rejected", html)

    def test_ensembles_too_small_for_errors(self):
        for particles in ("1", "2", "100"):
            shutil.rmtree(self.output, ignore_errors=True)
            run = self.succeed("run", "--loss", "x^2/2 + y^2", "--eta", "0.1", "--particles", particles, "--steps", "20",
                               "--output", self.output)
            self.assertNotIn("could not be made", run.stderr)
            self.check_page((self.output / "report.html").read_text(encoding="utf-8"))

    def test_what_figures_there_are(self):
        names = lambda: {path.name for path in (self.output / "figures").iterdir()}
        self.page(RUNS["double well"])
        self.assertEqual(names(), {"distances.svg", "alpha.svg", "density-x.svg", "log-density-x.svg", "density-loss.svg",
                                   "log-density-loss.svg", "evolution-loss.svg", "snapshots-x.svg", "snapshots-loss.svg"})
        shutil.rmtree(self.output)
        self.page(RUNS["two temperatures"])
        self.assertLessEqual({"joint-x_y.svg", "pulls-x_y.svg", "temperatures.svg"}, names())
        joint = (self.output / "figures" / "joint-x_y.svg").read_text()
        self.assertIn("data:image/png;base64,", joint)
        self.assertIn('class="theory p-gibbs"', joint)

    def test_sizes_and_contrast(self):
        style = "".join(read(self.page(RUNS["double well"])).styles)
        screen = style[:style.index("@media print")] + style[style.index("@media screen"):]
        sizes = [float(size) for size in re.findall(r"(?:font:|font-size:)(?:[a-z]+ )?([\d.]+)px", screen)]
        self.assertGreater(len(sizes), 10)
        self.assertGreaterEqual(min(sizes), SMALLEST_TEXT)
        papers = [dict(re.findall(r"--(\w+):(#\w{6})", block)) for block in re.findall(r":root\{([^}]*)\}", style)]
        self.assertEqual(len(papers), 2)
        for paper in papers:
            for text in ["ink", "soft", "link", "good", "bad"]:
                for ground in ["ground", "card"]:
                    self.assertGreaterEqual(contrast(paper[text], paper[ground]), 4.5, (text, ground))
        # Lines of predictions against the cards, as WCAG asks of graphics.
        halves = style.split("@media screen")
        for half, paper in zip(halves, papers):
            inks = re.findall(r"\.plot \.p-[\w-]+\{stroke:(#\w{6})", half)
            self.assertGreater(len(inks), 6)
            shades = re.findall(r"\.plot \.t\d\{stroke:(#\w{6})", half)
            self.assertEqual(len(shades), 6)
            marks = re.findall(r"\.plot \.(?:bar|cross|axis|open|floor)\{(?:[^}]*;)?stroke:(#\w{6})", half)
            self.assertEqual(len(marks), 5)
            for ink in inks + shades + marks:
                self.assertGreaterEqual(contrast(ink, paper["card"]), 3, ink)
            for text in re.findall(r"\.plot text[.\w]*\{fill:(#\w{6})", half):
                self.assertGreaterEqual(contrast(text, paper["card"]), 4.5, text)


    def test_what_a_data_run_found_is_there(self):
        """Every number of gradient_noise, tail_index and epoch, as the page writes it."""
        text = " ".join(" ".join(read(self.page(RUNS["fresh data"])).text).split())
        result = strict_json((self.output / "result.json").read_text())
        noise, tails = result["gradient_noise"], result["tail_index"]
        for sentence in re.split(r"[^A-Za-z ]+", noise["sentence"]):
            self.assertIn(sentence.strip(), text)
        for title in ["isotropic", "Gaussian", "constant", "cosine with the Hessian", "tail index of one example",
                      "eigenvalues", "anisotropy", "participation", "Hill’s estimate", "Covariance", "fourth moment"]:
            self.assertIn(title, text)
        for place in noise["places"]:
            self.assertIn(place["place"], text)
            self.assertIn(f"{place['trace']:.4g}", text)
        self.assertIn(f"{noise['places'][0]['alignment']:.3g}", text)
        for tail in tails.values():
            self.assertIn(f"{tail['used']} of 20 000", text)

    def test_the_place_in_the_epoch(self):
        html = self.page(RUNS["reshuffled data"])
        text = " ".join(" ".join(read(html).text).split())
        epoch = next(p["epoch"] for p in strict_json((self.output / "predictions.json").read_text())["predictions"]
                     if "epoch" in p)
        self.assertIn("Within the epoch", text)
        self.assertIn(f"{epoch['position']} of them", text)
        self.assertIn(f"{epoch['alpha']:.5g}", text)
        self.assertTrue((self.output / "figures" / "epoch.svg").exists())


SWEEP = """loss = "x^2/2"
particles = 2e4
steps = 1
burn-in = 500
[sweep]
seeds = "distinct"
eta = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 2.5]
set.h = [1, 2]
replicas = 2
""".replace("x^2/2", "h*x^2/2")


class Sweeps(PageCase):
    def sweep(self, text, status):
        path = self.folder / "sweep.toml"
        path.write_text(text)
        found = isotherm("sweep", path, "--output", self.output, "--quiet")
        self.assertEqual(found.returncode, status, found.stderr)
        return (self.output / "report.html").read_text(encoding="utf-8")

    def test_a_page_of_a_sweep(self):
        html = self.sweep(SWEEP, 1)  # eta h is above 2 at some points: they diverge
        self.check_page(html)
        table = strict_json((self.output / "sweep.json").read_text())
        text = " ".join(" ".join(read(html).text).split())
        failed = [point for point in table["points"] if point["status"] == "failed"]
        self.assertGreater(len(failed), 0)
        self.assertIn(f"{len(failed)} failed", text)
        for point in failed:
            self.assertIn(" ".join(point["reason"].split()), text)
        self.assertEqual(html.count("<tr><th scope=\"row\">"), len(table["points"]))
        # alpha = 1 / (2 - eta h): a limit at 0 that both curves share, while the curves differ.
        limits = [float(value) for value in re.findall(r"goes to 0, α goes to ([\d.]+)", text)]
        self.assertEqual(len(limits), 2)
        for limit in limits:
            self.assertAlmostEqual(limit, 0.5, delta=0.05)
        self.assertIn("the 2 curves differ", text)
        figures = {path.name for path in (self.output / "figures").iterdir()}
        self.assertEqual(figures, {"sweep-alpha.svg", "sweep-variance-x.svg", "sweep-loss.svg", "sweep-mean-x.svg"})
        self.assertIn(SWEEP.split()[0], text)
        self.assertIn("h = 2", (self.output / "figures" / "sweep-alpha.svg").read_text(encoding="utf-8"))

    def test_points_of_one_seed_are_said_to_depend(self):
        text = SWEEP.replace("0.5, 2.5", "0.5").replace("2e4", "5e3")
        self.assertNotIn("not independent", self.sweep(text, 0))
        shutil.rmtree(self.output)
        self.assertIn("their errors are not independent", self.sweep(text.replace('seeds = "distinct"\n', ""), 0))

    def test_curves_that_collapse_and_a_line(self):
        """Against u = eta h the curves of several h are one, and alpha is 1 / (2 - u)."""
        text = SWEEP.replace("0.5, 2.5", "0.5") + """[sweep.report]
against = "u = eta*h"
alpha = "1/(2 - u)"
"""
        html = self.sweep(text, 0)
        self.check_page(html)
        words = " ".join(" ".join(read(html).text).split())
        self.assertIn("the 2 curves are one within their errors", words)
        apart = float(re.search(r"are apart by up to ([\d.]+) standard errors", words)[1])
        self.assertLess(apart, 5)
        wrong = self.sweep(text.replace("1/(2 - u)", "1/(2 - u)^2"), 0)
        self.assertGreater(float(re.search(r"are apart by up to ([\d.]+) standard errors", wrong)[1]), 20)

    def test_the_same_page_from_the_folder_alone(self):
        before = self.sweep(SWEEP, 1).encode()
        (self.output / "report.html").unlink()
        self.succeed("report", self.output)
        self.assertEqual((self.output / "report.html").read_bytes(), before)
        (self.output / "sweep.json").write_text("{}")
        self.assertIn("not what isotherm writes", isotherm("report", self.output).stderr)

    def test_wrong_words(self):
        for report, said in [("against = 3", "must be text"), ('against = "etta"', "etta"), ('agianst = "eta"', "agianst"),
                             ('average = ["steps"]', "parameters of this sweep"), ('alpha = "1/2"', "needs a name"),
                             ('against = "u = eta"\nalpha = "1/v"', "v")]:
            path = self.folder / "sweep.toml"
            path.write_text(SWEEP + "[sweep.report]\n" + report + "\n")
            found = isotherm("sweep", path, "--output", self.output)
            self.assertEqual(found.returncode, 2, report)
            self.assertIn(said, found.stderr)
            self.assertEqual(found.stderr.count(f"{path}:"), 1, found.stderr)


class Extrapolations(PageCase):
    def test_a_page_of_an_extrapolation(self):
        self.succeed("extrapolate", "--loss", "x^2/2", "--eta", "0.4", "--particles", "2e4", "--steps", "1", "--quiet",
                     "--output", self.output)
        html = (self.output / "report.html").read_text(encoding="utf-8")
        self.check_page(html)
        found = strict_json((self.output / "extrapolation.json").read_text())
        text = " ".join(" ".join(read(html).text).split())
        self.assertIn(f"polynomial of degree {found['degree']}", text)
        limit = float(re.search(r"In the limit of small steps α is ([\d.]+)", text)[1])
        self.assertAlmostEqual(limit, found["alpha"]["estimate"], delta=found["alpha"]["standard_error"] / 10)
        # The figure: six points and the limit, each with a bar, the line, and 1/2.
        drawing = (self.output / "figures" / "extrapolation.svg").read_text(encoding="utf-8")
        xml.fromstring(drawing)
        self.assertEqual(drawing.count('class="bar"'), len(found["points"]) + 1)
        self.assertEqual(drawing.count('class="theory p-modified"'), 2)  # with its legend
        self.assertEqual(drawing.count('class="theory p-gibbs"'), 2)
        # Again from the folder alone; and of several commands in one folder the last counts.
        (self.output / "report.html").unlink()
        self.succeed("report", self.output)
        self.assertEqual((self.output / "report.html").read_text(encoding="utf-8"), html)
        self.run_small("--loss", "x^2/2")
        self.succeed("report", self.output)
        self.assertIn("report of a run", (self.output / "report.html").read_text(encoding="utf-8"))


class Later(Case):
    def test_the_same_page_from_the_folder_alone(self):
        self.run_small(*RUNS["two temperatures"])
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        for name in ["result.json", "histograms.json", "predictions.json", "experiment.toml"]:
            shutil.copy(self.output / name, elsewhere / name)
        printed = self.succeed("report", elsewhere).stdout
        self.assertIn(str(elsewhere / "report.html"), printed)
        self.assertEqual((elsewhere / "report.html").read_bytes(), (self.output / "report.html").read_bytes())
        for figure in (self.output / "figures").iterdir():
            self.assertEqual((elsewhere / "figures" / figure.name).read_bytes(), figure.read_bytes())

    @unittest.skipUnless(shutil.which("rsvg-convert"), "rsvg-convert is not installed")
    def test_png(self):
        self.run_small(*RUNS["decaying rate"])
        self.succeed("report", self.output, "--png")
        for figure in list((self.output / "figures").glob("*.svg")):
            self.assertEqual(figure.with_suffix(".png").read_bytes()[:4], b"\x89PNG")

    def refused(self, *arguments, **options):
        result = isotherm("report", *arguments, **options)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)
        return result.stderr

    def test_refusals(self):
        self.assertIn("isotherm report isotherm-output", self.refused())
        self.assertIn("takes one folder", self.refused("a", "b"))
        self.assertIn("--pgn", self.refused("--pgn", "a"))
        self.assertIn("is no folder", self.refused(self.folder / "nowhere"))
        self.assertIn("result.json: cannot be read", self.refused(self.folder))
        self.run_small("--loss", "x^2/2")
        before = (self.output / "report.html").read_bytes()
        histograms = (self.output / "histograms.json").read_text()
        for damaged, words in [("{", "is not JSON"), ("[]", "not what isotherm writes"), ('{"x": 3}', "not what isotherm writes"),
                               (histograms.replace('"bins":', '"bin":'), "not what isotherm writes"),
                               (histograms.replace('"values":[', '"values":[0,'), "is not one that isotherm writes")]:
            (self.output / "histograms.json").write_text(damaged)
            self.assertIn(words, self.refused(self.output))
        (self.output / "histograms.json").unlink()
        self.assertIn("--format json", self.refused(self.output))
        (self.output / "result.json").write_text('{"schema": "another"}')
        self.assertIn("is not a result of isotherm run", self.refused(self.output))
        self.assertEqual((self.output / "report.html").read_bytes(), before)

    def converters(self, **scripts):
        """A folder to be the whole PATH, with these programs: names with _ for -, and what /bin/sh runs."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for name, script in scripts.items():
            program = folder / name.replace("_", "-")
            program.write_text("#!/bin/sh\n" + script)
            program.chmod(0o755)
        return {"PATH": str(folder)}

    def test_png_without_a_converter(self):
        self.run_small("--loss", "x^2/2")
        words = self.refused(self.output, "--png", env=self.converters())
        for word in ["librsvg2-bin", "rsvg-convert", "inkscape", "magick"]:
            self.assertIn(word, words)

    def test_png_by_each_converter(self):
        """Stand-ins that know the words of the real ones and write what they were asked for."""
        self.run_small("--loss", "x^2/2")
        figures = sorted((self.output / "figures").glob("*.svg"))
        takes = {"rsvg_convert": 'while [ "$1" != --output ]; do shift; done; printf rsvg > "$2"; test -f "$3"',
                 "inkscape": 'for w; do case "$w" in --export-filename=*) f=${w#*=};; esac; done; printf inkscape > "$f"; test -f "$w"',
                 "magick": 'for w; do f=$w; done; printf magick > "$f"'}
        for first in range(3):
            left = dict(list(takes.items())[first:])
            self.succeed("report", self.output, "--png", env=self.converters(**left))
            for figure in figures:
                self.assertEqual(figure.with_suffix(".png").read_text(), next(iter(left)).split("_")[0])

    def test_png_by_a_converter_that_fails(self):
        self.run_small("--loss", "x^2/2")
        for script, words in [("exit 3", r"--png: rsvg-convert could not convert .*\.svg \(exit status 3\)"),
                              ("kill -9 $$", r"--png: rsvg-convert could not convert .*\.svg \(ended by signal 9\)"),
                              ("exit 0", r"--png: rsvg-convert left no .*\.png")]:
            failed = isotherm("report", self.output, "--png", env=self.converters(rsvg_convert=script, magick="exit 0"))
            self.assertEqual(failed.returncode, 1, failed.stderr)
            self.assertRegex(failed.stderr, words)
            self.assertEqual(failed.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
