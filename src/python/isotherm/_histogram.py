"""Histograms, as the Unified Histogram Interface knows them (https://uhi.readthedocs.io)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import boost_histogram
    import hist

    from ._results import Prediction


@dataclass(frozen=True)
class Traits:
    """Of an axis: whether it is an angle, and whether its bins are separate things rather than intervals."""

    circular: bool
    discrete: bool = False


@dataclass(frozen=True)
class Axis:
    """`bins` equal bins on [lower, upper); an angle where `periodic`. As a sequence: the edges of each bin."""

    expression: str
    bins: int
    lower: float
    upper: float
    periodic: bool

    @property
    def edges(self) -> NDArray[np.float64]:
        """The `bins` + 1 edges, the last one exactly `upper`."""
        edges = self.lower + (self.upper - self.lower) * (np.arange(self.bins + 1) / self.bins)
        edges[-1] = self.upper
        return edges

    @property
    def centers(self) -> NDArray[np.float64]:
        edges = self.edges
        return np.asarray((edges[1:] + edges[:-1]) / 2)

    @property
    def width(self) -> float:
        return (self.upper - self.lower) / self.bins

    @property
    def traits(self) -> Traits:
        return Traits(circular=self.periodic)

    def __len__(self) -> int:
        return self.bins

    def __getitem__(self, index: int) -> tuple[float, float]:
        if not -self.bins <= index < self.bins:
            raise IndexError(f"bin {index} of an axis of {self.bins}")
        edges, index = self.edges, index % self.bins
        return float(edges[index]), float(edges[index + 1])

    def __iter__(self) -> Iterator[tuple[float, float]]:
        edges = self.edges.tolist()
        return iter(zip(edges[:-1], edges[1:], strict=True))


def inner(array: NDArray[Any], axes: tuple[Axis, ...], flow: bool) -> NDArray[Any]:
    """Without the slots beyond the axes, unless `flow`. An angle has an empty overflow slot and no underflow slot."""
    return array if flow else array[tuple(slice(0 if axis.periodic else 1, -1) for axis in axes)]


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts on one or two axes; a `PlottableHistogram` of UHI.

    Its arrays are read-only and belong to the run: none of them is a copy.
    """

    name: str
    """ "x", "x,y"; "x@last" of the last step alone, "x@100" of step 100."""
    axes: tuple[Axis, ...]
    by_group: NDArray[np.int64] = field(repr=False)
    """Counts by group of particles and slot; slot 0 of each axis is underflow, the last one overflow."""
    nonfinite: NDArray[np.int64] = field(repr=False)
    """By group: entries that are not finite, which are in no slot."""
    single_snapshot: bool
    """Each particle is counted once, at one step: only then are counts those of independent samples."""
    step: int | None
    """Of a single snapshot."""
    _values: NDArray[np.int64] = field(repr=False)
    _variances: NDArray[np.float64] | None = field(repr=False)
    _frame: dict[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        return "COUNT"

    def values(self, flow: bool = False) -> NDArray[np.int64]:
        """Counts of all groups together; with `flow`, those beyond the ends of the axes too."""
        return inner(self._values, self.axes, flow)

    def counts(self, flow: bool = False) -> NDArray[np.int64]:
        """The same, under the name that UHI asks for."""
        return self.values(flow)

    def variances(self, flow: bool = False) -> NDArray[np.float64] | None:
        """Of a single snapshot the counts themselves. Over time, by batch means over the groups, since the samples of one
        particle repeat each other; None where counts are not kept by group."""
        if self._variances is not None:
            return inner(self._variances, self.axes, flow)
        return self.values(flow).astype(np.float64) if self.single_snapshot else None

    def entries(self) -> int:
        """Particles times samples, of which none is ever lost."""
        return int(self._values.sum()) + int(self.nonfinite.sum())

    def density(self) -> NDArray[np.float64]:
        """Probability per unit of the axes, in each bin; the entries beyond the axes count in the whole."""
        return np.asarray(self.values() / (self._values.sum() * np.prod([axis.width for axis in self.axes])))

    def density_errors(self) -> NDArray[np.float64] | None:
        """Standard errors of `density`, where there are variances."""
        variances = self.variances()
        if variances is None:
            return None
        return np.asarray(np.sqrt(variances) / (self._values.sum() * np.prod([axis.width for axis in self.axes])))

    def expected(self, prediction: Prediction, flow: bool = False) -> NDArray[np.float64]:
        """The counts that a prediction expects here."""
        return prediction.probability(self, flow) * float(self._values.sum())

    def to_uhi(self) -> dict[str, Any]:
        """The dict of UHI's schema 1, which its writers and the histogram libraries take."""
        frame = copy.deepcopy(self._frame)
        frame["storage"]["values"] = self._values
        if self._variances is not None:
            frame["storage"]["variances"] = self._variances
        return frame

    def to_boost(self) -> boost_histogram.Histogram[Any]:
        """A boost_histogram.Histogram with the same counts and variances."""
        import boost_histogram

        return boost_histogram.Histogram(self.to_uhi())

    def to_hist(self) -> hist.Hist[Any]:
        """A hist.Hist with the same counts and variances."""
        import hist

        return hist.Hist(self.to_uhi())


def make_axes(described: list[tuple[str, int, float, float, bool]]) -> tuple[Axis, ...]:
    return tuple(Axis(*axis) for axis in described)


def make_histogram(described: dict[str, Any]) -> Histogram:
    metadata = described["frame"]["metadata"]
    return Histogram(
        name=metadata["name"],
        axes=make_axes(described["axes"]),
        by_group=np.asarray(described["by_group"]),
        nonfinite=np.asarray(described["nonfinite"]),
        single_snapshot=metadata["single_snapshot"],
        step=metadata.get("step"),
        _values=np.asarray(described["values"]),
        _variances=None if described["variances"] is None else np.asarray(described["variances"]),
        _frame=described["frame"],
    )
