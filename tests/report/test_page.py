"""report.html of real runs: well-formed, complete, readable, and made from the folder alone."""

import re
import shutil
import unittest
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

from isotherm import ROOT, Case, isotherm, strict_json

SMALLEST_TEXT = 12  # px
TABLES = ROOT / "tests" / "data" / "tables"
RUNS = {
    "double well": ["--loss", "double-well", "--eta", "0.05", "--snapshots", "5,20,40"],
    "two temperatures": ["--loss", "x^2/2 + y^4/4 + x*y/3 + y^2/4", "--sigma", "2,0.5", "--eta", "0.05",
                         "--histogram", "x:40:-1.4:1.4,y:30:-1:1", "--histogram", "x", "--histogram", "loss"],
    "data": ["--loss", "(a*dose + b - response)^2/2", "--coordinates", "a,b", "--data", str(TABLES / "linear.csv"),
             "--eta", "0.05", "--batch-size", "4"],
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


class Pages(Case):
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
        self.assertNotRegex(html, r'(?:d|x|y|cx|cy|width|height)="[^"]*(?:nan|inf)')

    def check_content(self, html, result):
        text = " ".join(" ".join(read(html).text).split())
        for word in ["Experiment", "Provenance", "Diagnostics", result["execution"]["version"]]:
            self.assertIn(word, text)
        self.assertIn(" ".join((self.output / "experiment.toml").read_text().split()), text)
        # The statement, but for how numbers are set.
        for word in re.findall(r"[A-Za-z][A-Za-z-]{4,}", result["statement"]):
            self.assertIn(word, text)
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
            for ink in inks:
                self.assertGreaterEqual(contrast(ink, paper["card"]), 3, ink)


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

    def test_png_without_a_converter(self):
        self.run_small("--loss", "x^2/2")
        self.assertIn("librsvg2-bin", self.refused(self.output, "--png", env={"PATH": str(self.folder)}))


if __name__ == "__main__":
    unittest.main()
