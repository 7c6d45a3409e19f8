#pragma once
// What a finished run, a prediction or a sweep is for Python.

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiment/plan.hpp"
#include "experiment/result.hpp"
#include "python/positions.hpp"

namespace isotherm::python {

/// Trajectories of the first particles.
struct Tracks {
  std::vector<std::uint64_t> steps;      ///< at which the particles were looked at: the samples
  std::unique_ptr<Positions> positions;  ///< (steps, particles, D); null where they are in the folder's tracks.npy
};

/// A result with its texts; everything that Python sees of it lives here.
struct Outcome {
  Result result;
  nlohmann::ordered_json tree;  ///< result.json
  std::string table, toml;      ///< what the terminal would show; experiment.toml
  std::vector<std::string> coordinates;
  std::optional<Tracks> tracks;
  std::unique_ptr<Positions>
      positions;                      ///< (particles, D) at the last step; null where nobody asked, or in positions.npy
  std::vector<std::string> troubles;  ///< that did not end the run: checkpoints that could not be written
};

/// Of a run that wrote nothing.
std::shared_ptr<const Outcome> make_outcome(const Plan& plan, Result result);

/// {"tree", "table", "toml", "histograms": [...], "predictions": [...], "troubles": [...], "positions": array or None,
/// "tracks": {"steps", "coordinates", "positions": array or None} or None}.
pybind11::dict describe(const std::shared_ptr<const Outcome>& outcome);

/// isotherm.run and run_file: the description of the outcome. Throws InputError, RunError, or what stopped it.
/// `on_progress`: None, or a function of (particle_steps_done, particle_steps_total, seconds, particle_steps_before,
/// alpha, alpha_standard_error, r_hat).
pybind11::dict run(const std::string& file, const pybind11::dict& options, const std::string& caller,
                   const pybind11::object& on_progress);

/// isotherm.resume: the same of an unfinished run, whose folder this is. `options` change how it is computed.
pybind11::dict resume(const std::string& folder, const pybind11::dict& options, const std::string& caller,
                      const pybind11::object& on_progress);

/// {"predictions": [...], "gradient_noise": dict or None, "table"}.
pybind11::dict predict(const std::string& file, const pybind11::dict& options, const std::string& caller);

/// Runs the points of a sweep side by side, each (file, options); `predictions` is "auto", "none", "gibbs" or "all".
/// `on_progress` takes (points ended, points, particle-steps). Gives for each the description of its outcome, or the
/// reason of its failure.
pybind11::list sweep(const pybind11::list& points, const std::string& predictions, const std::string& caller,
                     const pybind11::object& on_progress);

}  // namespace isotherm::python
