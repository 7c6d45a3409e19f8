"""isotherm reproduce: the quickest claims of each kind."""

import json
import unittest
import xml.etree.ElementTree as xml

from isotherm import ROOT, Case, isotherm, schema, strict_json


class Reproduce(Case):
    def reproduce(self, *words):
        return self.succeed("reproduce", *words, "--output", self.output)

    def test_verdicts_of_every_kind(self):
        found = strict_json(self.reproduce("C08", "C16", "C18", "C22", "C31", "C35", "--json").stdout)
        schema("reproduction").validate(found)
        self.assertEqual(found, json.loads((self.output / "reproduce.json").read_text(encoding="utf-8")))
        self.assertEqual({claim["id"]: claim["verdict"] for claim in found["claims"]},
                         {"C08": "does not hold", "C16": "holds", "C18": "holds", "C22": "holds to leading order",
                          "C31": "background", "C35": "holds to leading order"})
        for claim in found["claims"]:
            for check in claim.get("checks", []):
                self.assertLessEqual(abs(check["z"]), 5, check["quantity"])

    def test_experiments_are_ordinary_ones(self):
        self.reproduce("C16", "--quiet")
        self.assertTrue((self.output / "experiments" / "F1.csv").exists())
        self.succeed("run", self.output / "experiments" / "C16.toml", "--particles", 256, "--quiet", "--output",
                     self.folder / "run")

    def test_table(self):
        text = self.reproduce("C16", "C26").stdout
        self.assertRegex(text, r"C26 .*holds")
        self.assertIn("Of 2 claims 2 hold (C16, C26).", text)
        self.assertIn("Of 1 claim 1 holds (C16).", self.reproduce("C16").stdout)

    def test_page(self):
        self.reproduce("C26", "C29", "C31", "--quiet")
        html = (self.output / "reproduce.html").read_text(encoding="utf-8")
        document = xml.fromstring(html.removeprefix("<!DOCTYPE html>"))
        self.assertEqual(document.get("lang"), "en")
        self.assertNotRegex(html, r"<script|<link|<iframe|url\(|@import| on[a-z]+=")
        self.assertNotRegex(html, r'(?:d|x|y|cx|cy|width|height)="[^"]*(?:nan|inf)')
        self.assertRegex(html, r"prefers-color-scheme:\s*dark")
        found = json.loads((self.output / "reproduce.json").read_text(encoding="utf-8"))
        drawn = sum(len(claim.get("figures", [])) for claim in found["claims"])
        self.assertEqual(drawn, 3)
        self.assertEqual(len(list((self.output / "figures").iterdir())), drawn)
        # Each for wide and for narrow screens, with a text that stands for it.
        drawings = [svg for svg in document.iter("svg") if svg.get("class") == "plot"]
        self.assertEqual(len(drawings), 2 * drawn)
        for svg in drawings:
            self.assertEqual(svg.get("role"), "img")
            self.assertGreater(len(svg.get("aria-label")), 60)
        for claim in found["claims"]:
            self.assertIn(f'<th scope="row">{claim["id"]}</th>', html)
        self.assertIn("as printed: ", html)
        for svg in (self.output / "figures").iterdir():
            self.assertEqual(xml.parse(svg).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_unknown_claim(self):
        refused = isotherm("reproduce", "C36", "--output", self.output)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("reproduce: there is no claim C36", refused.stderr)


class Record(unittest.TestCase):
    """The committed tables say what the theory says."""

    def test_records(self):
        for name in ("lecture.json", "lecture-full.json"):
            path = ROOT / "docs" / name
            if path.exists():
                with self.subTest(record=name):
                    self.check(json.loads(path.read_text(encoding="utf-8")))

    def check(self, record):
        claims = {claim["id"]: claim for claim in record["claims"]}
        partial = "summary" not in record  # joined from runs of some claims each
        for claim in record["claims"]:
            self.assertNotEqual(claim["verdict"], "failed", claim["id"])
            if "checks" not in claim:
                self.assertTrue("tested_by" in claim or claim["verdict"] == "background", claim["id"])
            for check in claim.get("checks", []):
                self.assertLessEqual(abs(check["z"]), 5, f'{claim["id"]}: {check["quantity"]}')
        for word, ids in {
                "holds": "C01 C10 C26 C33 F2",
                "holds to leading order": "C11 C28 C34 C35",
                "does not hold": "C06 C09 C29 F1 F4 F5 T1 T5",
        }.items():
            for each in ids.split():
                if not partial or each in claims:
                    self.assertEqual(claims[each]["verdict"], word, each)
        if partial:
            return

        def only(each, kind, words):
            found = [check for check in claims[each][kind] if words in check["quantity"]]
            self.assertEqual(len(found), 1, f"{each}: {words}")
            return found[0]

        # alpha is 1/2, and 1/10 is rejected: the densities are .39 apart.
        self.assertEqual(only("C09", "checks", "eta -> 0")["expected"], 0.5)
        self.assertGreater(abs(only("C09", "printed", "eta -> 0")["z"]), 5)
        self.assertRegex(claims["C09"]["finding"], r"total variation distance 0\.3[89]")
        # Squares of weights, not weights; the rule for momentum to leading order.
        self.assertEqual(only("C29", "checks", "weighted step")["expected"], 0.38)
        self.assertGreater(abs(only("C29", "printed", "weighted step")["z"]), 5)
        for check in claims["C29"]["checks"]:
            if "(1 - mu) B eta_0" in check["quantity"]:
                self.assertLess(abs(check["measured"] - 1), 0.1, check["quantity"])
        # Two temperatures; a quarter of the variance; 4 % left; 1.0204 at B = 4.
        self.assertAlmostEqual(only("C10", "checks", "T_x / T_y")["expected"], 16)
        self.assertAlmostEqual(only("C33", "checks", "over Var at B = 1")["expected"], 0.25)
        left = only("C11", "printed", "at eta' = 0.02")
        self.assertLessEqual(abs(left["measured"] - 1.0386), 5 * left["standard_error"])
        for kind, expected, rejected in (("checks", 1.0204081633, False), ("printed", 1, True)):
            found = [check for check in claims["C28"][kind] if check["quantity"].endswith("at B = 4")]
            self.assertEqual(len(found), 1)
            self.assertAlmostEqual(found[0]["expected"], expected)
            self.assertEqual(abs(found[0]["z"]) > 5, rejected)


if __name__ == "__main__":
    unittest.main()
