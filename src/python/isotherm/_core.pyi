"""What the extension module has. It speaks of runs as dicts; isotherm's dataclasses are made of them."""

from collections.abc import Callable
from typing import Any

__version__: str

class InputError(ValueError): ...
class RunError(RuntimeError): ...

class Array:
    """An array that C++ owns: numpy.asarray makes no copy, and no one can write to it."""

    def __buffer__(self, flags: int, /) -> memoryview: ...

Progress = Callable[[int, int, float, int, float | None, float | None, float | None], object]
SweepProgress = Callable[[int, int, int], object]

def options() -> list[dict[str, str]]: ...
def run(file: str, options: dict[str, Any], caller: str, on_progress: Progress | None) -> dict[str, Any]: ...
def predict(file: str, options: dict[str, Any], caller: str) -> dict[str, Any]: ...
def sweep(
    points: list[tuple[str, dict[str, Any]]], predictions: str, caller: str, on_progress: SweepProgress | None
) -> list[dict[str, Any] | str]: ...
