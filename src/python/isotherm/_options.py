"""The options of isotherm, for type checkers and editors. The table itself is in C++ (src/cli/options.cpp)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Union

import numpy as np
from numpy.typing import NDArray

Number = Union[int, float, str, np.integer[Any], np.floating[Any]]
Numbers = Union[Number, Sequence[Number], NDArray[Any]]
Matrix = Union[Numbers, Sequence[Sequence[Number]]]
Text = Union[str, os.PathLike[str]]
Texts = Union[str, Sequence[str]]
Assignments = Mapping[str, Matrix]


class Options(TypedDict, total=False):
    """What `run` and the others take beside the loss; None leaves an option at its default."""

    set: Assignments | None
    coordinates: Texts | None
    dynamics: Text | None
    eta: Numbers | None
    schedule: Text | None
    dt: Number | None
    temperature: Number | None
    weight_decay: Number | None
    mu: Number | None
    parameterization: Text | None
    beta1: Number | None
    beta2: Number | None
    epsilon: Number | None
    no_bias_correction: bool | None
    friction: Number | None
    mass: Numbers | None
    scheme: Text | None
    lipschitz: Numbers | None
    window: Number | None
    largest_weight: Number | None
    literal: bool | None
    decoupled: bool | None
    preconditioner: Matrix | None
    gradient_weights: Numbers | None
    noise: Text | None
    batch_size: Number | None
    sigma: Numbers | None
    covariance: Matrix | None
    data: Text | None
    target: Text | None
    features: Texts | None
    random: Texts | None
    sampling: Text | None
    standardize: bool | None
    particles: Number | None
    steps: Number | None
    burn_in: Number | None
    thinning: Number | None
    snapshots: Numbers | None
    init: Texts | None
    seed: Number | None
    precision: Text | None
    backend: Text | None
    threads: Number | None
    device: Number | None
    chunk: Number | None
    histogram: Texts | None
    alpha: Number | None
    output: Text | None
    format: Texts | None
    keep_positions: bool | None
    track: Number | None
    quiet: bool | None
    checkpoint_interval: Number | None
    expect: Text | None


class HowOptions(TypedDict, total=False):
    """What `resume` takes: how a run is computed, which does not change its result."""

    backend: Text | None
    threads: Number | None
    device: Number | None
    chunk: Number | None
    quiet: bool | None
    checkpoint_interval: Number | None
