"""isotherm measures the temperature of stochastic gradient descent.

    import isotherm

    result = isotherm.run("x^4/4 - x^2/2", eta=0.05, particles=1e6)
    print(result)                              # the table of the command line
    result.alpha["maximum_likelihood"]         # Estimate(estimate=..., standard_error=...)
    result.histograms["x"].to_hist().plot()
"""

from ._core import InputError, RunError, __version__
from ._histogram import Axis, Histogram, Traits
from ._progress import Progress, SweepProgress
from ._results import (
    Comparison,
    CoordinateTemperature,
    Diagnostics,
    Distances,
    Estimate,
    Execution,
    Marginal,
    Moments,
    Point,
    Prediction,
    Predictions,
    Result,
    Snapshot,
    Sweep,
    Temperature,
    Tracks,
    Verdict,
)
from ._run import ExpectationError, RunWarning, predict, predict_file, resume, run, run_file, sweep

__all__ = [
    "Axis",
    "Comparison",
    "CoordinateTemperature",
    "Diagnostics",
    "Distances",
    "Estimate",
    "Execution",
    "ExpectationError",
    "Histogram",
    "InputError",
    "Marginal",
    "Moments",
    "Point",
    "Prediction",
    "Predictions",
    "Progress",
    "Result",
    "RunError",
    "RunWarning",
    "Snapshot",
    "Sweep",
    "SweepProgress",
    "Temperature",
    "Tracks",
    "Traits",
    "Verdict",
    "__version__",
    "predict",
    "predict_file",
    "resume",
    "run",
    "run_file",
    "sweep",
]
