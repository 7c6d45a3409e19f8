#pragma once
// --keep-positions and --track: what a run writes while it runs.

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "experiment/plan.hpp"
#include "isotherm/experiment/control.hpp"
#include "output/array_file.hpp"
#include "output/files.hpp"

namespace isotherm::cli {

/// InputError for commands that make many runs and would lose what each of them kept.
void refuse_positions(const Experiment& experiment, const std::string& command);

/// What a killed run left, of which there is no checkpoint any more.
void remove_unfinished_positions(const std::filesystem::path& folder);

class PositionFiles final : public PositionSink {
 public:
  /// Opens what the experiment asks for in its output folder. `writes_tracks`: of several processes one does.
  /// `take_up`: the file of positions is there already, with those so far, since the run goes on or another process
  /// has made it. InputError where more particles are to be tracked than there are, or where there is no such file.
  PositionFiles(const Plan& plan, bool writes_tracks, bool take_up);

  /// The sink of Control::positions; null where positions are not kept.
  PositionSink* sink() { return positions_ ? this : nullptr; }
  /// Simulates and writes the tracks, before the run so that being stopped loses nothing. Throws Stopped.
  void track(const Control& control);
  void take(std::uint64_t first, std::span<const double> positions) override;

  /// Adds the files, and their names under "positions" and "tracks".
  void add_to(output::FileSet& files, nlohmann::ordered_json& names);
  /// Leaves the positions so far where they are: a run that was stopped can go on, or another process writes them too.
  void keep();

 private:
  void add(output::FileSet& files, nlohmann::ordered_json& names, output::ArrayFile& array, const char* kind,
           const std::vector<output::ArrayAxis>& axes);

  const Plan& plan_;
  std::unique_ptr<output::ArrayFile> positions_, tracks_;
};

}  // namespace isotherm::cli
