"""The arrows between rooms, read off the #include lines.

A room is a folder of src/, the public headers (include/isotherm) or the device code (kernels). Only direct includes
count: verdict may name a theory header that in turn names a loss header.
"""

import re
from pathlib import Path

# What each room may include beside itself and the public headers. "public" and "kernels" are rooms like the others.
MAY_INCLUDE = {
    "public": set(),
    "kernels": set(),
    "core": set(),
    "data": set(),
    "ranks": set(),
    "loss": set(),
    "noise": {"loss"},
    "schedule": {"loss"},
    "dynamics": {"loss", "noise"},
    "engine": {"loss", "kernels"},
    "theory": {"loss", "noise", "dynamics"},
    "verdict": {"theory"},
    "gradient_noise": {"loss"},
    "experiment": {"data", "loss", "noise", "schedule", "dynamics", "engine", "theory", "verdict", "gradient_noise"},
    "bench": {"loss", "noise", "dynamics", "engine", "experiment"},
    "batch": {"loss", "dynamics", "engine", "verdict", "experiment", "output"},
    "output": {"experiment", "theory", "verdict", "gradient_noise"},
    "report": {"output"},
    "cli": {"gradient_noise", "loss", "noise", "schedule", "dynamics", "engine", "theory", "verdict", "experiment", "bench", "batch", "output",
            "report", "ranks"},
    "library": {"experiment", "verdict"},
    "python": {"theory", "experiment", "ranks", "batch", "output", "cli"},
}

SUFFIXES = {".hpp", ".cpp", ".h", ".cu", ".cuh"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def source_files(root):
    """(room, path) of every source file of the library."""
    for room, folder in [("public", root / "include"), ("kernels", root / "kernels")]:
        yield from ((room, path) for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES)
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in SUFFIXES:
            yield path.relative_to(root / "src").parts[0], path


def room_of(include):
    """The room that owns an included name, or None for a library's header and for a sibling without a folder."""
    first = include.split("/")[0]
    if first == "isotherm":
        return "public"
    return first if first in MAY_INCLUDE else None


def wrong_arrows(root):
    """One line for each include that points against the arrows, and for each room without a rule."""
    found = []
    for room, path in source_files(root):
        name = path.relative_to(root)
        if room not in MAY_INCLUDE:
            found.append(f"{name}: there is no rule for the room '{room}'; add it to MAY_INCLUDE in tests/layering/layering.py")
            continue
        for include in INCLUDE.findall(path.read_text(encoding="utf-8")):
            target = room_of(include)
            if ".." in Path(include).parts:
                found.append(f'{name}: "{include}" leaves its folder; name the header from include/ or src/')
            elif target not in {None, room, "public"} | MAY_INCLUDE[room]:
                found.append(f'{name}: {room} must not include {target} ("{include}")')
    return found


def public_headers(root):
    """Headers that others include; the lane texts (-inl) are included inside a lane's namespace and cannot stand alone."""
    return [path for path in sorted((root / "include").rglob("*.hpp")) if not path.stem.endswith("-inl")]
