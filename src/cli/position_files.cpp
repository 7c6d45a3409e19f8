#include "cli/position_files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "experiment/tracks.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::cli {

namespace {

constexpr const char *positions_name = "positions.npy", *tracks_name = "tracks.npy";

}  // namespace

void refuse_positions(const Experiment& experiment, const std::string& command) {
  if (experiment.keep_positions || experiment.track)
    throw InputError((experiment.keep_positions ? "--keep-positions" : "--track") + std::string(": isotherm ") +
                     command + " is many runs, and keeps no positions; give it to isotherm run, for one of them");
}

void remove_unfinished_positions(const std::filesystem::path& folder) {
  for (const char* name : {positions_name, tracks_name}) output::ArrayFile::remove_part(folder, name);
}

PositionFiles::PositionFiles(const Plan& plan, bool writes_tracks, bool take_up) : plan_(plan) {
  const engine::Simulation& simulation = plan.simulation;
  const std::string& folder = plan.experiment.output;
  if (plan.experiment.track && *plan.experiment.track > simulation.particles)
    throw InputError("--track " + std::to_string(*plan.experiment.track) + ": there are " +
                     std::to_string(simulation.particles) + " particles; track at most as many");
  if (plan.experiment.keep_positions)
    positions_ = std::make_unique<output::ArrayFile>(
        folder, positions_name, simulation.precision,
        std::vector<std::uint64_t>{simulation.particles, simulation.dimension}, take_up);
  if (plan.experiment.track && writes_tracks)
    tracks_ = std::make_unique<output::ArrayFile>(
        folder, tracks_name, simulation.precision,
        std::vector<std::uint64_t>{simulation.samples(), *plan.experiment.track, simulation.dimension});
}

void PositionFiles::track(const Control& control) {
  if (!tracks_) return;
  std::uint64_t place = 0;
  isotherm::track(plan_, *plan_.experiment.track, control, [&](std::uint64_t, std::span<const double> positions) {
    tracks_->write(place, positions);
    place += positions.size();
  });
}

void PositionFiles::take(std::uint64_t first, std::span<const double> positions) {
  positions_->write(first * plan_.simulation.dimension, positions);
}

void PositionFiles::add(output::FileSet& files, nlohmann::ordered_json& names, output::ArrayFile& array,
                        const char* kind, const std::vector<output::ArrayAxis>& axes) {
  const std::vector<std::string>& formats = plan_.experiment.format;
  if (std::find(formats.begin(), formats.end(), "hdf5") != formats.end()) {
    const std::filesystem::path part = array.part().parent_path() / ("." + std::string(kind) + ".h5.part");
    files.adopt(std::string(kind) + ".h5", part, true);
    output::copy_to_hdf5(array.part(), part, kind, plan_.simulation.precision, axes);
    names[kind] = {array.name(), std::string(kind) + ".h5"};
  } else {
    names[kind] = nlohmann::ordered_json::array({array.name()});
  }
  files.adopt(array.name(), array.part(), false);
}

void PositionFiles::add_to(output::FileSet& files, nlohmann::ordered_json& names) {
  const engine::Simulation& simulation = plan_.simulation;
  const output::ArrayAxis coordinates{"coordinate", simulation.dimension, {}, plan_.problem->coordinates()};
  if (positions_)
    add(files, names, *positions_, "positions", {{"particle", simulation.particles, {}, {}}, coordinates});
  if (!tracks_) return;
  std::vector<std::uint64_t> steps;
  for (std::uint64_t k = simulation.samples(); k-- > 0;)
    steps.push_back(simulation.last_step() - k * simulation.thinning);
  add(files, names, *tracks_, "tracks",
      {{"step", steps.size(), steps, {}}, {"particle", *plan_.experiment.track, {}, {}}, coordinates});
}

void PositionFiles::keep() {
  if (positions_) positions_->keep();
}

}  // namespace isotherm::cli
