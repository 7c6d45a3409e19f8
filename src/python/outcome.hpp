#pragma once
// What a finished run, a prediction or a sweep is for Python.

#include <pybind11/pybind11.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/plan.hpp"
#include "experiment/result.hpp"

namespace isotherm::python {

/// A result with its texts; everything that Python sees of it lives here.
struct Outcome {
  Result result;
  nlohmann::ordered_json tree;  ///< result.json
  std::string table, toml;      ///< what the terminal would show; experiment.toml
};

/// `writes`: the folder of the run is written as `isotherm run` does.
std::shared_ptr<const Outcome> make_outcome(const Plan& plan, Result result, bool writes);

/// {"tree", "table", "toml", "histograms": [...], "predictions": [...]}.
pybind11::dict describe(const std::shared_ptr<const Outcome>& outcome);

/// isotherm.run and run_file: the description of the outcome. Throws InputError, RunError, or what stopped it.
pybind11::dict run(const std::string& file, const pybind11::dict& options, const std::string& caller,
                   const pybind11::object& on_progress);

/// {"predictions": [...], "gradient_noise": dict or None, "table"}.
pybind11::dict predict(const std::string& file, const pybind11::dict& options, const std::string& caller);

/// Runs the points of a sweep side by side, each (file, options); `predictions` is "auto", "none", "gibbs" or "all".
/// `on_progress` takes (points ended, points, particle-steps). Gives for each the description of its outcome, or the
/// reason of its failure.
pybind11::list sweep(const pybind11::list& points, const std::string& predictions, const std::string& caller,
                     const pybind11::object& on_progress);

}  // namespace isotherm::python
