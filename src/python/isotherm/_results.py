"""What a run, a prediction and a sweep give: the numbers of result.json, as dataclasses."""

from __future__ import annotations

import copy
import html
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._core import __version__
from ._histogram import Axis, Histogram, inner, make_axes, make_histogram

if TYPE_CHECKING:
    import xarray

Kind = TypeVar("Kind")


def _taken(kind: type[Kind], tree: Mapping[str, Any], **more: Any) -> Kind:
    """A dataclass from the keys of a tree that it knows; what a run did not measure is None."""
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in tree.items() if key in known and key not in more}, **more)


def _array(rows: Any) -> NDArray[np.float64] | None:
    return None if rows is None else np.array(rows, dtype=np.float64)


@dataclass(frozen=True)
class Estimate:
    """A measured number."""

    estimate: float
    standard_error: float

    def __str__(self) -> str:
        return f"{self.estimate:.6g} +- {self.standard_error:.2g}"


@dataclass(frozen=True)
class Moments:
    """Of one observable at one step. Of what has no variance only the quantiles are there."""

    quantiles: Mapping[str, float]
    quantiles_standard_errors: Mapping[str, float]
    mean: float | None = None
    mean_standard_error: float | None = None
    second_moment: float | None = None
    second_moment_standard_error: float | None = None
    variance: float | None = None
    variance_standard_error: float | None = None
    fourth_moment: float | None = None
    fourth_moment_standard_error: float | None = None
    skewness: float | None = None
    excess_kurtosis: float | None = None


@dataclass(frozen=True)
class CoordinateTemperature:
    coordinate: str
    temperature: float
    standard_error: float
    expected: float | None = None


@dataclass(frozen=True)
class Temperature:
    """alpha = T / (2 T_eff), which is T / (eta sigma^2) for sgd, by each estimator that applies."""

    reference_alpha: float
    alpha: Mapping[str, Estimate]
    """By `maximum_likelihood`, `virial`, `corrected_virial`, `configurational`, `kinetic`."""
    by_coordinate: tuple[CoordinateTemperature, ...]
    effective_temperature: float | None = None
    effective_temperature_formula: str | None = None


@dataclass(frozen=True)
class Distances:
    kl_divergence: float
    total_variation: float | None = None
    kolmogorov_smirnov: float | None = None
    wasserstein_1: float | None = None


@dataclass(frozen=True)
class Comparison:
    """One histogram, or the moments of the coordinates, against one prediction."""

    observable: str
    prediction: str
    verdict: str
    """ "consistent", "rejected" or "not applicable"."""
    distance: Distances | None
    floor: Distances | None
    """The same distances as sampling noise alone would give them."""
    chi_squared: float | None = None
    degrees_of_freedom: float | None = None
    p_value: float | None = None
    log10_p_value: float | None = None
    test: str | None = None
    reason: str | None = None
    mean_deviation: float | None = None
    covariance_deviation: float | None = None


@dataclass(frozen=True)
class Diagnostics:
    r_hat: float | None = None
    nested_r_hat: float | None = None
    autocorrelation_time: float | None = None
    effective_sample_size: float | None = None
    burn_in_sufficient: bool | None = None
    mixed: bool | None = None


@dataclass(frozen=True)
class Verdict:
    """The answer of a run."""

    statement: str
    outcome: Mapping[str, str]
    """By prediction: "consistent", "rejected" or "not applicable"."""
    false_alarm_rate: float
    p_value_threshold: float
    independent_particles: bool

    def __str__(self) -> str:
        return self.statement


@dataclass(frozen=True)
class Execution:
    version: str
    backend: str
    device: str
    simd: str
    threads: int
    ranks: int
    precision: str
    wall_seconds: float
    particle_steps: int
    particle_steps_per_second: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """All particles at one of the steps that `snapshots` asked for."""

    step: int
    time: float
    moments: Mapping[str, Moments]
    temperature: Temperature
    nonfinite: int
    covariance: NDArray[np.float64] | None


@dataclass(frozen=True, eq=False)
class Tracks:
    """Trajectories of the first particles, which a run with `track` keeps; the bits of the run itself."""

    steps: NDArray[np.int64]
    """At which the particles were looked at: one for each sample."""
    coordinates: tuple[str, ...]
    positions: NDArray[np.floating[Any]] = field(repr=False)
    """(steps, particles, coordinates), in the run's precision, as in tracks.npy; read-only, no copy."""

    def __getitem__(self, coordinate: str) -> NDArray[np.floating[Any]]:
        """(particles, steps) of one coordinate; a view."""
        return self.positions[:, :, self.coordinates.index(coordinate)].T

    def to_xarray(self) -> xarray.Dataset:
        """In the shape of ArviZ: a variable for each coordinate with the dimensions `chain`, the particle, and `draw`, the
        step. The variables are views."""
        import xarray

        return xarray.Dataset(
            {name: (("chain", "draw"), self[name]) for name in self.coordinates},
            coords={"chain": np.arange(self.positions.shape[1]), "draw": self.steps},
            attrs={"inference_library": "isotherm", "inference_library_version": __version__},
        )


@dataclass(frozen=True)
class Marginal:
    """One observable under a predicted law."""

    mean: float | None = None
    second_moment: float | None = None
    variance: float | None = None
    fourth_moment: float | None = None
    quantiles: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Prediction:
    """What one theory says, on the axes of the histograms. `not_applicable` is the reason where it says nothing."""

    name: str
    not_applicable: str | None = None
    temperature: float | None = None
    coordinates: Mapping[str, Marginal] = field(default_factory=dict)
    loss: Marginal | None = None
    own_rows: Mapping[str, Marginal] = field(default_factory=dict)
    log_partition_function: float | None = None
    alpha: Mapping[str, float] = field(default_factory=dict)
    covariance: NDArray[np.float64] | None = None
    relaxation_rate: float | None = None
    largest_rate: float | None = None
    mean_first_passage_time: float | None = None
    kramers_rate: float | None = None
    circulation: float | None = None
    entropy_production: float | None = None
    axes: Mapping[str, tuple[Axis, ...]] = field(default_factory=dict, repr=False)
    probabilities: Mapping[str, NDArray[np.float64]] = field(default_factory=dict, repr=False)
    """By axes ("x", "x,y"): of all slots, those beyond the ends of the axes included; read-only, no copies."""
    transients: Mapping[int, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict, repr=False)
    """By step before the last, where the theory is one in time."""
    _tree: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def probability(self, of: Histogram | str, flow: bool = False) -> NDArray[np.float64]:
        """Of each bin of a histogram, or of the axes of this name; with `flow`, beyond the ends too, as UHI has them."""
        name = of if isinstance(of, str) else ",".join(axis.expression for axis in of.axes)
        found = self.probabilities
        if isinstance(of, Histogram) and of.step is not None and of.step in self.transients:
            found = self.transients[of.step]
        if name not in found:
            reason = f": {self.not_applicable}" if self.not_applicable else ""
            raise KeyError(f"{self.name} says nothing about '{name}'{reason}")
        axes = self.axes[name]
        # An angle has no underflow slot in UHI.
        slots = found[name][tuple(slice(1 if axis.periodic else 0, None) for axis in axes)]
        return inner(slots, axes, flow)

    def density(self, of: Histogram | str) -> NDArray[np.float64]:
        """Probability per unit of the axes, on average over each bin."""
        name = of if isinstance(of, str) else ",".join(axis.expression for axis in of.axes)
        probability = self.probability(of)
        return np.asarray(probability / np.prod([axis.width for axis in self.axes[name]]))

    def as_dict(self) -> dict[str, Any]:
        """As in predictions.json, without the probabilities."""
        return copy.deepcopy(dict(self._tree))


class Predictions(Mapping[str, Prediction]):
    """Predictions by name. Printed, they are the table of `isotherm predict`."""

    def __init__(self, predictions: list[Prediction], table: str, gradient_noise: Mapping[str, Any] | None = None):
        self._by_name = {prediction.name: prediction for prediction in predictions}
        self._table = table
        self.gradient_noise = gradient_noise

    def __getitem__(self, name: str) -> Prediction:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __str__(self) -> str:
        return self._table

    def __repr__(self) -> str:
        return f"Predictions({', '.join(self._by_name)})"


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A finished run. Printed, it is the table of `isotherm run`."""

    verdict: Verdict
    temperature: Temperature
    comparisons: tuple[Comparison, ...] = field(repr=False)
    moments: Mapping[str, Moments] = field(repr=False)
    covariance: NDArray[np.float64] | None = field(repr=False)
    histograms: Mapping[str, Histogram] = field(repr=False)
    predictions: Mapping[str, Prediction] = field(repr=False)
    snapshots: tuple[Snapshot, ...] = field(repr=False)
    diagnostics: Diagnostics = field(repr=False)
    execution: Execution = field(repr=False)
    experiment: Mapping[str, Any] = field(repr=False)
    """Every option with its default resolved: run(**result.experiment) gives the same bits."""
    particles: int
    burn_in: int
    steps: int
    samples: int
    """Of each particle."""
    nonfinite: int
    """Particles that are not finite at the last step."""
    warnings: tuple[str, ...] = field(repr=False)
    tracks: Tracks | None = field(repr=False)
    """Of a run with `track`."""
    positions: NDArray[np.floating[Any]] | None = field(repr=False)
    """(particles, coordinates) at the last step, of a run with `keep_positions`; read-only, no copy."""
    _tree: Mapping[str, Any] = field(repr=False)
    _table: str = field(repr=False)
    _toml: str = field(repr=False)

    @property
    def statement(self) -> str:
        return self.verdict.statement

    @property
    def alpha(self) -> Mapping[str, Estimate]:
        """Estimates of alpha, as in `temperature`."""
        return self.temperature.alpha

    def as_dict(self) -> dict[str, Any]:
        """result.json; what is null there because it is not finite is inf or nan here."""
        return copy.deepcopy(dict(self._tree))

    def toml(self) -> str:
        """The experiment as a file that `isotherm run` and `run_file` take."""
        return self._toml

    def __str__(self) -> str:
        return self._table

    def __repr__(self) -> str:
        return f"<isotherm.Result: {self.statement}>"

    def _repr_html_(self) -> str:
        """What a notebook shows of a result."""
        return f"<pre>{html.escape(self._table)}</pre>"


def _moments(tree: Mapping[str, Any]) -> Mapping[str, Moments]:
    return {name: _taken(Moments, entry) for name, entry in tree.items()}


def _temperature(tree: Mapping[str, Any]) -> Temperature:
    return _taken(
        Temperature,
        tree,
        alpha={name: Estimate(**entry) for name, entry in tree["alpha"].items()},
        by_coordinate=tuple(_taken(CoordinateTemperature, entry) for entry in tree.get("by_coordinate", [])),
    )


def _comparison(tree: Mapping[str, Any]) -> Comparison:
    floor = tree.get("floor")
    return _taken(
        Comparison,
        tree,
        distance=None if floor is None else _taken(Distances, tree),
        floor=None if floor is None else _taken(Distances, floor),
    )


def _snapshot(tree: Mapping[str, Any]) -> Snapshot:
    return _taken(
        Snapshot,
        tree,
        moments=_moments(tree["moments"]),
        temperature=_temperature(tree["temperature"]),
        covariance=_array(tree.get("covariance")),
    )


def make_prediction(described: dict[str, Any]) -> Prediction:
    tree, bins = described["tree"], described["probabilities"]
    return _taken(
        Prediction,
        tree,
        name=tree["prediction"],
        coordinates={name: _taken(Marginal, entry) for name, entry in tree.get("coordinates", {}).items()},
        own_rows={name: _taken(Marginal, entry) for name, entry in tree.get("own_rows", {}).items()},
        loss=_taken(Marginal, tree["loss"]) if "loss" in tree else None,
        covariance=_array(tree.get("covariance")),
        axes={name: make_axes(axes) for name, (axes, _) in bins.items()},
        probabilities={name: np.asarray(array) for name, (_, array) in bins.items()},
        transients=dict(
            {
                step: {name: np.asarray(array) for name, (_, array) in at_step.items()}
                for step, at_step in described["transients"].items()
            }
        ),
        _tree=tree,
    )


def _file(tree: Mapping[str, Any], kind: str) -> NDArray[Any]:
    """An array that a run wrote into its folder; on the disk until it is read."""
    folder = os.fspath(tree["experiment"]["output"])
    return np.asarray(np.load(os.path.join(folder, tree["files"][kind][0]), mmap_mode="r"))


def _tracks(described: dict[str, Any]) -> Tracks | None:
    tracks = described["tracks"]
    if tracks is None:
        return None
    positions = tracks["positions"]
    return Tracks(
        steps=np.asarray(tracks["steps"]),
        coordinates=tuple(tracks["coordinates"]),
        positions=_file(described["tree"], "tracks") if positions is None else np.asarray(positions),
    )


def _positions(described: dict[str, Any]) -> NDArray[np.floating[Any]] | None:
    positions, tree = described["positions"], described["tree"]
    if positions is None:
        return _file(tree, "positions") if "positions" in tree["files"] else None
    return np.asarray(positions)


def make_result(described: dict[str, Any]) -> Result:
    tree = described["tree"]
    histograms = [make_histogram(entry) for entry in described["histograms"]]
    predictions = [make_prediction(entry) for entry in described["predictions"]]
    ensemble = {name: tree["ensemble"][name] for name in ("particles", "burn_in", "steps", "samples", "nonfinite")}
    return Result(
        verdict=_taken(Verdict, tree["significance"], statement=tree["statement"], outcome=tree["outcome"]),
        temperature=_temperature(tree["temperature"]),
        comparisons=tuple(_comparison(entry) for entry in tree["comparisons"]),
        moments=_moments(tree["moments"]),
        covariance=_array(tree.get("covariance")),
        histograms={histogram.name: histogram for histogram in histograms},
        predictions={prediction.name: prediction for prediction in predictions},
        snapshots=tuple(_snapshot(entry) for entry in tree["snapshots"]),
        diagnostics=_taken(Diagnostics, tree["diagnostics"]),
        execution=_taken(Execution, tree["execution"]),
        experiment=tree["experiment"],
        warnings=tuple(tree["warnings"]),
        tracks=_tracks(described),
        positions=_positions(described),
        _tree=tree,
        _table=described["table"],
        _toml=described["toml"],
        **ensemble,
    )


@dataclass(frozen=True, eq=False)
class Point:
    """One run of a sweep: its settings, and either its result or the reason why there is none."""

    parameters: Mapping[str, Any]
    result: Result | None
    failure: str | None = None


@dataclass(frozen=True, eq=False)
class Sweep:
    """The runs of a sweep, in the order of the grid: the first parameter varies slowest, the seeds fastest."""

    points: tuple[Point, ...] = field(repr=False)
    parameters: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    def __getitem__(self, index: int) -> Point:
        return self.points[index]

    def alpha(self, estimator: str = "maximum_likelihood") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Estimates of alpha and their standard errors, point by point; nan where there is none."""
        found = [point.result.alpha.get(estimator) if point.result else None for point in self.points]
        return (
            np.array([np.nan if entry is None else entry.estimate for entry in found]),
            np.array([np.nan if entry is None else entry.standard_error for entry in found]),
        )

    def to_xarray(self) -> xarray.Dataset:
        """The parameters and every estimate of alpha with its standard error, along the dimension `point`."""
        import xarray

        names = sorted({name for point in self.points if point.result for name in point.result.alpha})
        columns: dict[str, Any] = {}
        for name in names:
            estimate, standard_error = self.alpha(name)
            columns[f"alpha_{name}"] = ("point", estimate)
            columns[f"alpha_{name}_standard_error"] = ("point", standard_error)
        parameters = {name: ("point", [point.parameters.get(name) for point in self.points]) for name in self.parameters}
        return xarray.Dataset(columns, coords={"point": np.arange(len(self.points)), **parameters})
