"""How far a run is: a bar by tqdm, or a function of the caller."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """What a progress function is given, at most 20 times a second and at the end."""

    particle_steps_done: int
    particle_steps_total: int
    seconds: float
    particle_steps_before: int
    """Of those done, how many an earlier run did."""
    alpha: float | None
    """A glance at some of the particles under way, by maximum likelihood; not a result."""
    alpha_standard_error: float | None
    r_hat: float | None


@dataclass(frozen=True)
class SweepProgress:
    """What the progress function of a sweep is given."""

    points_done: int
    points_total: int
    particle_steps: int


def _somebody_looks() -> bool:
    """In a notebook, or at a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    shell = sys.modules.get("IPython")
    return shell is not None and getattr(shell.get_ipython(), "kernel", None) is not None


@contextmanager
def shown(progress: Callable[[Any], object] | bool | None, kind: type[Any], quiet: bool) -> Iterator[Callable[..., None] | None]:
    """A function of the fields of `kind`, for the extension module; None where nothing is shown."""
    if callable(progress):
        function = progress

        def tell(*told: Any) -> None:
            function(kind(*told))

        yield tell
        return
    if progress not in (None, True, False):
        raise TypeError(f"progress must be a function, True, False or None, not {type(progress).__name__}")
    if progress is False or (progress is None and (quiet or not _somebody_looks())):
        yield None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        if progress:
            raise
        yield None
        return
    unit = "point" if kind is SweepProgress else "particle-step"
    with tqdm(unit=unit, unit_scale=kind is Progress, leave=False) as bar:

        def show(*told: Any) -> None:
            seen = kind(*told)
            done, bar.total = told[0], told[1]
            if isinstance(seen, Progress) and seen.alpha is not None:
                bar.set_postfix_str(f"alpha {seen.alpha:.4f} +- {seen.alpha_standard_error or 0:.2g}", refresh=False)
            bar.update(done - bar.n)

        yield show
