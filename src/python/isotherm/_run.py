"""The functions of the package."""

from __future__ import annotations

import inspect
import itertools
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _core
from ._progress import Progress, SweepProgress, shown
from ._results import Point, Predictions, Result, Sweep, make_prediction, make_result

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import HowOptions, Options


class ExpectationError(_core.RunError):
    """The verdict is not the one that `expect` names. `result` is that of the run."""

    def __init__(self, message: str, result: Result):
        super().__init__(message, result)
        self.result = result

    def __str__(self) -> str:
        return str(self.args[0])


class RunWarning(UserWarning):
    """What a run warns of: a step near the stability bound, a burn-in that could not be verified, ..."""


def _finish(described: dict[str, Any], quiet: bool, stacklevel: int) -> Result:
    """`stacklevel` is that of the user's line, to which warnings point."""
    result = make_result(described)
    if not quiet:
        for text in (*result.warnings, *described["troubles"]):
            warnings.warn(text, RunWarning, stacklevel=stacklevel)
    expected = str(result.experiment.get("expect", ""))
    prediction = expected.partition(":")[2]
    outcome = result.verdict.outcome.get(prediction, "not applicable")
    if expected and outcome != "consistent":
        raise ExpectationError(f"expect={expected}: the verdict on {prediction} is '{outcome}'", result)
    return result


def _run(file: str, options: dict[str, Any], caller: str, progress: Callable[[Progress], object] | bool | None) -> Result:
    quiet = bool(options.get("quiet"))
    with shown(progress, Progress, quiet) as on_progress:
        described = _core.run(file, options, caller, on_progress)
    return _finish(described, quiet, stacklevel=4)


def run(loss: str, *, progress: Callable[[Progress], object] | bool | None = None, **options: Unpack[Options]) -> Result:
    """Moves particles down `loss`, an expression or a name of `isotherm list losses`, and compares where they are with theory.

    `progress` is a function of a `Progress`; True shows a bar by tqdm, False nothing; by default there is a bar in a
    notebook or at a terminal where tqdm is installed. Ctrl-C, or an exception in that function, stops the run.

    Nothing is written unless `output` names a folder. What cannot be done is an InputError.
    """
    return _run("", {"loss": loss, **options}, "isotherm.run()", progress)


def run_file(
    path: str | os.PathLike[str], *, progress: Callable[[Progress], object] | bool | None = None, **options: Unpack[Options]
) -> Result:
    """The same from an experiment file; options win over it."""
    return _run(os.fspath(path), dict(options), "isotherm.run_file()", progress)


def resume(
    folder: str | os.PathLike[str],
    *,
    progress: Callable[[Progress], object] | bool | None = None,
    **options: Unpack[HowOptions],
) -> Result:
    """Goes on with a run that was interrupted, from the last checkpoint in its folder: one of `run(..., output=FOLDER)`, or of
    `isotherm run`. It ends in the result that the run would have had, to the last bit.

    `backend`, `threads`, `device`, `chunk` and `checkpoint_interval` may be others than before, and `quiet`.
    """
    quiet = bool(options.get("quiet"))
    with shown(progress, Progress, quiet) as on_progress:
        described = _core.resume(os.fspath(folder), dict(options), "isotherm.resume()", on_progress)
    return _finish(described, quiet, stacklevel=3)


def _predictions(described: dict[str, Any]) -> Predictions:
    found = [make_prediction(entry) for entry in described["predictions"]]
    return Predictions(found, described["table"], described["gradient_noise"])


def predict(loss: str, **options: Unpack[Options]) -> Predictions:
    """The theory alone, without particles. Options as in `run`."""
    return _predictions(_core.predict("", {"loss": loss, **options}, "isotherm.predict()"))


def predict_file(path: str | os.PathLike[str], **options: Unpack[Options]) -> Predictions:
    """The same from an experiment file; options win over it."""
    return _predictions(_core.predict(os.fspath(path), dict(options), "isotherm.predict_file()"))


def _values(name: str, values: Any) -> list[Any]:
    """Of one parameter of a grid."""
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        raise _core.InputError(f"isotherm.sweep(): {name}: must be a list of the values that it takes, for example {{{name!r}: [{values!r}]}}")
    found = list(values)
    if not found:
        raise _core.InputError(f"isotherm.sweep(): {name}: has no values; give at least one")
    return found


def sweep(
    grid: Mapping[str, Iterable[Any]] | Sequence[Mapping[str, Any]],
    loss: str | None = None,
    *,
    file: str | os.PathLike[str] = "",
    replicas: int = 1,
    predictions: str = "auto",
    progress: Callable[[SweepProgress], object] | bool | None = None,
    **options: Unpack[Options],
) -> Sweep:
    """Many runs, side by side on all cores; each gives what `run` does, to the last bit.

    `grid` has options with the values that each takes, in every combination, the first varying slowest; or it is a list
    of settings, each a dict of options. Constants of the loss change as {"set": [{"h": 1}, {"h": 2}]}. `replicas` runs
    each setting again with the seeds `seed`, `seed` + 1, ... `predictions` is the theory that points are compared with:
    "all", "gibbs", "none", or "auto", which is what takes less time than the particles.
    """
    if isinstance(grid, Mapping):
        names = list(grid)
        values = [_values(name, entry) for name, entry in grid.items()]
        settings = [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]
    elif isinstance(grid, str) or not all(isinstance(setting, Mapping) for setting in grid):
        raise _core.InputError('isotherm.sweep(): the grid must be a dict, for example {"eta": [0.05, 0.1]}, or a list of dicts')
    else:
        settings = [dict(setting) for setting in grid]
        names = list(dict.fromkeys(name for setting in settings for name in setting))
    fixed: dict[str, Any] = dict(options) if loss is None else {"loss": loss, **options}
    twice = sorted(set(names) & set(fixed))
    if twice:
        raise _core.InputError(f"isotherm.sweep(): {', '.join(twice)} cannot be both swept and fixed; give it once")
    if replicas < 1:
        raise _core.InputError(f"isotherm.sweep(): replicas = {replicas}: must be 1 or greater, for example replicas = 3")
    parameters = []
    for setting in settings:
        for replica in range(replicas):
            seed = int(setting.get("seed", fixed.get("seed", 1))) + replica
            parameters.append({**setting, "seed": seed} if replicas > 1 else setting)
    points = [(os.fspath(file), {**fixed, **parameter}) for parameter in parameters]
    with shown(progress, SweepProgress, bool(options.get("quiet"))) as on_progress:
        found = _core.sweep(points, predictions, "isotherm.sweep()", on_progress)
    if replicas > 1 and "seed" not in names:
        names.append("seed")
    return Sweep(
        points=tuple(
            Point(parameter, None, entry) if isinstance(entry, str) else Point(parameter, make_result(entry))
            for parameter, entry in zip(parameters, found, strict=True)
        ),
        parameters=tuple(names),
    )


def _document() -> None:
    """Options in the signatures, so that editors complete them, and in the help."""
    table = [option for option in _core.options() if option["name"] != "loss"]
    lines, group = [], ""
    for option in table:
        if option["group"] != group:
            group = option["group"]
            lines += ["", f"    {group}"]
        lines.append(f"        {option['name']}: {option['help']}")
    keywords = [inspect.Parameter(option["name"], inspect.Parameter.KEYWORD_ONLY, default=None) for option in table]
    for function in (run, run_file, predict, predict_file, sweep):
        signature = inspect.signature(function)
        own = [entry for entry in signature.parameters.values() if entry.kind is not inspect.Parameter.VAR_KEYWORD]
        vars(function)["__signature__"] = signature.replace(parameters=[*own, *keywords])
    run.__doc__ = f"{run.__doc__}\n    Options, each as in `isotherm run` and as in an experiment file:\n" + "\n".join(lines)


_document()
