"""isotherm reproduce: the quickest claims of each kind."""

import json

from isotherm import Case, isotherm, schema, strict_json
import unittest


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

    def test_unknown_claim(self):
        refused = isotherm("reproduce", "C36", "--output", self.output)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("reproduce: there is no claim C36", refused.stderr)


if __name__ == "__main__":
    unittest.main()
