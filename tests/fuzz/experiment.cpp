// Experiment files: read, written again and read back to the same; and planned, all options but the loss and its data.

#include <nlohmann/json.hpp>
#include <string>

#include "cli/experiment_file.hpp"
#include "cli/options.hpp"
#include "experiment/plan.hpp"
#include "fuzz/target.hpp"

namespace isotherm {
namespace {

void check(const std::string& text) {
  Experiment experiment;
  cli::read_experiment_text(text, "experiment.toml", experiment);
  Experiment again;
  cli::read_experiment_text(cli::experiment_toml(experiment), "again.toml", again);
  fuzz::require(cli::experiment_json(again) == cli::experiment_json(experiment));

  // What a plan costs depends on the loss; those have a target of their own.
  experiment.loss = "x^2/2";
  experiment.set.clear();
  experiment.coordinates.clear();
  experiment.data.clear();
  make_plan(experiment, true);
}

}  // namespace
}  // namespace isotherm

int isotherm::fuzz::target(const std::uint8_t* bytes, std::size_t size) {
  return isotherm::fuzz::accept_input_errors([&] { isotherm::check(isotherm::fuzz::text(bytes, size)); });
}
