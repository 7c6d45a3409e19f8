#!/usr/bin/env python3
"""Writes docs/lecture.md from the numbers of `isotherm reproduce`.

    scripts/lecture.py [docs/lecture.json] > docs/lecture.md

docs/lecture.json is what `isotherm reproduce` wrote, with "machine" and "commit" and without the numbers of the figures; docs/figures
holds the figures. Both are made by

    scripts/lecture.py --record isotherm-reproduce > docs/lecture.json

docs/lecture-full.json is the same of `isotherm reproduce --full`, without figures; several folders are joined, each with some claims:

    scripts/lecture.py --record-table isotherm-full... > docs/lecture-full.json
"""

import json
import math
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEAD = """# The lecture, measured

isotherm began with a question about TTIC 31230, *Fundamentals of Deep Learning* (D. McAllester): its slides derive the stationary law of SGD and say that it is
Gibbs' law with alpha about 1/10. Each claim of the slides and problem sheets is an experiment here. A claim *holds* where its own number agrees with the
measurement; it *holds to leading order* where it differs by what a finite step leaves, and the difference was seen to vanish with the step; it *does not hold*
where it differs otherwise, and then the corrected statement is what agrees. A corrected statement that disagreed by more than five standard errors would be *failed*.

`isotherm reproduce` measures all of it in some minutes and draws it as `reproduce.html`, `isotherm reproduce C09 F1` two claims. The experiments are in [examples/lecture](../examples/lecture). This page is made by `scripts/lecture.py` from [lecture.json](lecture.json); no number in it was typed.
That the checks see a wrong rule is shown by `scripts/mutations.sh`: noise that is 1 % too large, a wrong factor in momentum and a wrong power of the batch size
each fail the claims that depend on them, and no others.
"""


def cell(text):
    return text.replace("|", "\\|")


def number(value, error=None):
    if error is None or not error > 0 or not math.isfinite(error):
        return f"{value:.6g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    if digits > 9:
        return f"{value:.9g}"
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def record(folders, figures):
    parts = [json.loads((Path(folder) / "reproduce.json").read_text(encoding="utf-8")) for folder in folders]
    data = parts[0]
    data["claims"] = sorted((claim for part in parts for claim in part["claims"]), key=lambda claim: claim["id"])
    if len(parts) > 1:
        del data["summary"]  # each was of its own claims
    if figures:
        for old in (ROOT / "docs" / "figures").glob("[CFT][0-9]*-[0-9].svg"):
            old.unlink()
        for new in (Path(folders[0]) / "figures").glob("*.svg"):
            shutil.copy(new, ROOT / "docs" / "figures" / new.name)
    for claim in data["claims"]:
        titles = [figure["title"] for figure in claim.pop("figures", [])]
        if figures and titles:
            claim["figures"] = titles
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                  if line.startswith("model name")), platform.processor())
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
                            check=True).stdout.strip()
    print(json.dumps(data | {"machine": model, "commit": commit}, indent=1, ensure_ascii=False))


def full_size(data):
    claims = [claim for claim in data["claims"] if "checks" in claim]
    checks = [check for claim in claims for check in claim["checks"]]
    worst = max(abs(check.get("z", 0)) for check in checks)
    yield "\n## With sixteen times the particles\n"
    yield (f"`isotherm reproduce --full`, on {data['machine']} at commit {data['commit']}: {len(claims)} claims, {len(checks)} numbers "
           f"([lecture-full.json](lecture-full.json)), the largest \\|z\\| {worst:.1f}.\n")
    yield "| id | quantity | expected | measured | largest \\|z\\| | verdict |"
    yield "|---|---|---:|---:|---:|---|"
    for claim in claims:
        largest = max(abs(check.get("z", 0)) for check in claim["checks"])
        yield (f"| {claim['id']} | {cell(claim['quantity'])} | {claim['expected']:.6g} | "
               f"{number(claim['measured'], claim['standard_error'])} | {largest:.1f} | {claim['verdict']} |")


def page(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    out = [HEAD]
    out.append(f"Measured on {data['machine']} at commit {data['commit']}, `--{data['size']}`. {data['summary']}\n")
    out.append("## All claims\n")
    out.append("| id | claim | quantity | expected | measured | largest \\|z\\| | verdict |")
    out.append("|---|---|---|---:|---:|---:|---|")
    for claim in data["claims"]:
        checks = claim.get("checks", [])
        worst = f"{max(abs(check.get('z', 0)) for check in checks):.1f}" if checks else ""
        verdict = claim["verdict"] + (f" (see {claim['tested_by']})" if "tested_by" in claim else "")
        expected = f"{claim['expected']:.6g}" if "expected" in claim else ""
        measured = number(claim["measured"], claim["standard_error"]) if "measured" in claim else ""
        out.append(f"| {claim['id']} | {cell(claim['claim'])} | {cell(claim.get('quantity', ''))} | {expected} | {measured} | {worst} | "
                   f"{verdict} |")
    full = path.with_name("lecture-full.json")
    if full.exists():
        out.extend(full_size(json.loads(full.read_text(encoding="utf-8"))))
    document = None
    for claim in data["claims"]:
        if "checks" not in claim:
            continue
        if claim["document"] != document:
            document = claim["document"]
            out.append(f"\n## {document[0].upper() + document[1:]}")
        out.append(f"\n### {claim['id']}: {claim['claim']}\n")
        sentence = f"**{claim['verdict'].capitalize()}.**"
        if "corrected" in claim:
            sentence += f" What is right: {claim['corrected']}."
        if "finding" in claim:
            sentence += f" Measured: {claim['finding']}."
        out.append(sentence + "\n")
        for number_of, title in enumerate(claim.get("figures", []), 1):
            out.append(f"![{title}](figures/{claim['id']}-{number_of}.svg)\n")
        out.append("| quantity | expected | measured | z |")
        out.append("|---|---:|---:|---:|")
        for check in claim["checks"]:
            out.append(f"| {cell(check['quantity'])} | {check['expected']:.7g} | {number(check['measured'], check['standard_error'])} | "
                       f"{check.get('z', 0):.2f} |")
        for check in claim.get("printed", []):
            out.append(f"| as printed: {cell(check['quantity'])} | {check['expected']:.7g} | "
                       f"{number(check['measured'], check['standard_error'])} | {check.get('z', 0):.1f} |")
        files = claim.get("experiments", [])
        if files:
            out.append("\n" + ("Experiment: " if len(files) == 1 else "Experiments: ") +
                       ", ".join(f"[{name}](../examples/lecture/{name})" for name in files))
    print("\n".join(out))


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--record":
        record(sys.argv[2:], figures=True)
    elif len(sys.argv) > 2 and sys.argv[1] == "--record-table":
        record(sys.argv[2:], figures=False)
    else:
        page(Path(sys.argv[1]) if len(sys.argv) == 2 else ROOT / "docs" / "lecture.json")
