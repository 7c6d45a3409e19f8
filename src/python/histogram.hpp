#pragma once
// Histograms and predictions for Python: what they say as dicts, their numbers as arrays that stay where they are.

#include <pybind11/pybind11.h>

#include <memory>
#include <vector>

#include "isotherm/histogram/histogram.hpp"
#include "theory/prediction.hpp"

namespace isotherm::python {

/// {"frame": what UHI says beside the arrays, "axes": [...], "by_group": counts (groups, slots of each axis),
/// "nonfinite": (groups), "values": counts as UHI has them, "variances": likewise or None}. The first two arrays are
/// the histogram's own, which `owner` keeps.
pybind11::dict describe(const Histogram& histogram, const std::shared_ptr<const void>& owner);

/// {"tree": as in predictions.json, "probabilities": {axes: (axes, array of all slots)}, "transients": {step:
/// likewise}}.
pybind11::dict describe(const theory::Prediction& prediction, const std::shared_ptr<const void>& owner);

}  // namespace isotherm::python
