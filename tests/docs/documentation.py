"""What the pages for users promise, as data: commands, experiment files, links, tables."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(\w*)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PROGRAM = re.compile(r"(\S*/)?isotherm ")
STATUS = re.compile(r"#\s*exit status (\d+)\s*$")
FILE_NAME = re.compile(r"^# ([\w-]+\.toml)$", re.MULTILINE)
OUTPUT = re.compile(r"^<!-- output of: isotherm ([^\n]*) -->\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages(root):
    return [root / "README.md", root / "examples" / "README.md", *sorted((root / "docs").glob("*.md"))]


def without_fences(text):
    return FENCE.sub("", text)


@dataclass
class Block:
    language: str
    text: str
    line: int


def blocks(page):
    text = page.read_text(encoding="utf-8")
    return [Block(match[1], match[2], text.count("\n", 0, match.start()) + 1) for match in FENCE.finditer(text)]


def uses_package(block):
    """Python that needs the package isotherm: tests/python runs it, in a virtual environment."""
    return block.language == "python" and re.search(r"^import isotherm$", block.text, re.MULTILINE) is not None


@dataclass
class Command:
    """A line of a sh block that begins with `isotherm` or a path to it; continued lines are joined."""

    words: list
    status: int
    line: int


def commands(block):
    found, logical, first = [], "", 0
    for number, text in enumerate(block.text.split("\n"), block.line + 1):
        first = first if logical else number
        logical += text
        if logical.endswith("\\"):
            logical = logical[:-1]
            continue
        if PROGRAM.match(logical):
            status = STATUS.search(logical)
            found.append(Command(shlex.split(logical, comments=True)[1:], int(status[1]) if status else 0, first))
        logical = ""
    return found


def with_few_particles(words, particles):
    """The same command on a small ensemble. A command line wins over its experiment file."""
    if words[0] not in ("run", "sweep"):
        return words
    words = list(words)
    if "--particles" in words:
        place = words.index("--particles") + 1
        words[place] = str(min(float(words[place]), particles)).removesuffix(".0")
        return words
    return [*words, "--particles", str(particles)]


def links(page):
    """Relative links of a page; those to other sites are not looked at."""
    text = without_fences(page.read_text(encoding="utf-8"))
    return [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]


def first_column(page, heading):
    """Code in the first column of the table that follows a heading: the names that a page documents."""
    text = page.read_text(encoding="utf-8")
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None:
        return []
    return [name for row in re.findall(r"^\|([^|\n]*)\|", section[1], re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)]


def outputs(page):
    """Shown outputs: the words of the command, and a part of what it prints. Results are the same bits everywhere."""
    return [(shlex.split(words), text) for words, text in OUTPUT.findall(page.read_text(encoding="utf-8"))]


def toml_files(block):
    name = FILE_NAME.match(block.text)
    return {name[1]: block.text} if block.language == "toml" and name else {}


def examples(root):
    return {Path("examples", path.name): path.read_text(encoding="utf-8") for path in sorted((root / "examples").iterdir())
            if path.suffix in (".toml", ".csv")}
