#!/usr/bin/env python3
"""Prints docs/experiment-file.md with the tables of options as the program has them (`isotherm man --markdown`).

    scripts/option_tables.py ISOTHERM > page.md && mv page.md docs/experiment-file.md

A table stands between `<!-- options: GROUP -->` and `<!-- end of options -->`; what stands outside of them is kept.
"""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "experiment-file.md"
MARKED = re.compile(r"(<!-- options: ([^\n]*) -->\n).*?(<!-- end of options -->)", re.DOTALL)


def main():
    printed = subprocess.run([sys.argv[1], "man", "--markdown"], check=True, capture_output=True, text=True).stdout
    tables = dict(re.findall(r"^## (.*)\n\n((?:\|.*\n)+)", printed, re.MULTILINE))
    page = PAGE.read_text(encoding="utf-8")
    missing = set(tables) ^ {group for _, group, _ in MARKED.findall(page)}
    if missing:
        sys.exit(f"option_tables.py: {PAGE} and the program do not have the same groups: {', '.join(sorted(missing))}")
    sys.stdout.write(MARKED.sub(lambda match: match[1] + tables[match[2]] + match[3], page))


main()
