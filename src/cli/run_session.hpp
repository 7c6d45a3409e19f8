#pragma once
// A run in a folder of its own: its checkpoints, positions and tracks on the way, its files at the end. By one process,
// or by one rank of several.

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiment/measurer.hpp"
#include "experiment/plan.hpp"
#include "experiment/result.hpp"
#include "experiment/run.hpp"
#include "isotherm/experiment/control.hpp"
#include "output/checkpoint.hpp"
#include "ranks/ranks.hpp"

namespace isotherm::cli {

class PositionFiles;

/// The plan of an experiment in this process: ISOTHERM_SIMD in the environment forces a vector extension.
Plan plan_here(const Experiment& experiment);

/// Why what --expect asks for cannot become true, which is wrong input and known before hours of simulation; "" if it
/// can, or if nothing was asked.
std::string impossible_expectation(const Plan& plan);

/// What --expect asked for and the verdict is not, in words: "the verdict on gibbs is 'rejected'"; "" if it is, or if
/// nothing was asked.
std::string unmet_expectation(const Result& result);

/// Who started a run.
struct Caller {
  /// Called once, when nothing can refuse the input any more: how the run is stopped, and on rank 0 watched.
  std::function<Control()> begin;
  /// Of trouble that does not end the run.
  std::function<void(const std::string&)> warn;
};

/// The run was stopped, and what() says what was saved; "" where another rank says it.
class StoppedInFolder : public Stopped {
 public:
  StoppedInFolder(const std::string& saved, bool can_go_on) : Stopped(saved), can_go_on(can_go_on) {}
  bool can_go_on;  ///< there is a checkpoint
};

struct FinishedRun {
  Result result;
  nlohmann::ordered_json json;  ///< result.json as it was written
};

class RunSession {
 public:
  /// The folder is plan.experiment.output. Both must outlive it.
  RunSession(Plan& plan, Ranks& ranks);

  /// From the beginning, or from what is left of an earlier run. `option` named the folder, for messages. Nothing on
  /// ranks other than the first. Throws InputError, RunError and StoppedInFolder.
  std::optional<FinishedRun> run(std::optional<output::FoundCheckpoints> from, const std::string& option,
                                 const Caller& caller);

 private:
  bool first() const { return ranks_.rank() == 0; }
  void give_way() const;
  void wait_until(const std::function<bool()>& ready) const;
  std::vector<std::byte> receive(int from) const;
  void send(int to, std::span<const std::byte> bytes) const;
  void check_plans() const;
  std::unique_ptr<PositionFiles> open_positions(bool goes_on) const;
  void track(PositionFiles& positions, const Control& control, const MeasurementState& state) const;
  std::unique_ptr<engine::Engine> open_engine();
  MeasurementState take_share(const Measurer& measurer, std::optional<output::FoundCheckpoints> from);
  void check_blocks(const MeasurementState& state) const;
  bool gather(const Measurer& measurer, MeasurementState& state);
  void part() const;
  StoppedInFolder what_was_saved(const output::CheckpointWriter& writer) const;

  Plan& plan_;
  Ranks& ranks_;
  const Experiment experiment_;
  output::CheckpointHeader header_;
  const std::atomic<bool>* stop_ = nullptr;
};

/// A run that has not finished, as its folder has it.
struct UnfinishedRun {
  Plan plan;
  output::FoundCheckpoints checkpoints;
};

/// The folder holds a result, and no checkpoint.
bool is_finished(const std::string& folder);

/// `adjust` changes how the run is computed (the options of resume_options()). InputError where there is nothing to go
/// on from, or where this isotherm or this machine would come to other bits.
UnfinishedRun find_unfinished(const std::string& folder, const std::function<void(Experiment&)>& adjust);

}  // namespace isotherm::cli
