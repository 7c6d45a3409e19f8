#include "cli/run_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "cli/commands.hpp"
#include "cli/experiment_file.hpp"
#include "cli/position_files.hpp"
#include "experiment/forecast.hpp"
#include "experiment/plan_digest.hpp"
#include "isotherm/core/error.hpp"
#include "output/files.hpp"
#include "output/number.hpp"
#include "output/progress.hpp"
#include "output/result_json.hpp"
#include "verdict/outcome_word.hpp"

namespace isotherm::cli {
namespace {

/// How often somebody who waits for other ranks looks up.
constexpr double short_wait = 0.05;

/// A checkpoint with more work than this is not thrown away by a new run.
constexpr double worth_keeping = 60;

std::string digits_of_time(double seconds) { return output::rounded(seconds, 3) + " s"; }

/// The prediction of --expect, if it is given.
std::optional<std::string> expected_prediction(const Experiment& experiment) {
  if (experiment.expect.empty()) return std::nullopt;
  return experiment.expect.substr(experiment.expect.find(':') + 1);
}

}  // namespace

Plan plan_here(const Experiment& experiment) {
  Plan plan = make_plan(experiment);
  if (const char* target = std::getenv("ISOTHERM_SIMD")) plan.simd = target;
  return plan;
}

std::string impossible_expectation(const Plan& plan) {
  const std::optional<std::string> expected = expected_prediction(plan.experiment);
  if (!expected || !expected->starts_with("gibbs") || plan.gibbs_not_applicable.empty()) return "";
  return "this prediction does not apply: " + plan.gibbs_not_applicable;
}

std::string unmet_expectation(const Result& result) {
  const std::optional<std::string> prediction = expected_prediction(result.experiment);
  if (!prediction) return "";
  const auto found = result.verdict.outcome.find(*prediction);
  const verdict::Outcome outcome =
      found == result.verdict.outcome.end() ? verdict::Outcome::not_applicable : found->second;
  if (outcome == verdict::Outcome::consistent) return "";
  return "the verdict on " + *prediction + " is '" + verdict::word(outcome) + "'";
}

RunSession::RunSession(Plan& plan, Ranks& ranks) : plan_(plan), ranks_(ranks), experiment_(plan.experiment) {
  header_.version = ISOTHERM_VERSION;
  header_.experiment = experiment_toml(experiment_);
  header_.directory = std::filesystem::current_path().string();
  header_.plan = plan_digest(plan);
  header_.ranks = static_cast<std::uint64_t>(ranks.size());
  header_.rank = static_cast<std::uint64_t>(ranks.rank());
}

std::optional<FinishedRun> RunSession::run(std::optional<output::FoundCheckpoints> from, const std::string& option,
                                           const Caller& caller) {
  std::optional<output::OutputFolder> folder;
  std::optional<output::FolderLock> lock;
  if (first()) {
    folder.emplace(experiment_.output, option);
    lock.emplace(experiment_.output, option);
  }
  if (!from && first()) give_way();
  check_plans();
  const bool goes_on = from.has_value();
  const std::unique_ptr<PositionFiles> positions = open_positions(goes_on);
  const std::unique_ptr<engine::Engine> engine = open_engine();
  Control control = caller.begin();
  stop_ = control.stop;
  Measurer measurer(plan_, engine->threads());
  MeasurementState state = take_share(measurer, std::move(from));
  header_.particle_steps_total = state.particle_steps + particle_steps_left(state.pieces, plan_.simulation);
  output::CheckpointWriter writer(experiment_.output, header_, experiment_.checkpoint_interval, caller.warn);
  control.keeper = &writer;
  control.positions = positions->sink();
  try {
    // A generation counts only when all its ranks have written.
    if (ranks_.size() > 1) writer.keep(state);
    track(*positions, control, state);
    measurer.work(*engine, state, control);
    // What comes now is theory, which cannot be interrupted.
    if (ranks_.size() > 1 || !writer.last().empty()) writer.keep(state);
    if (!gather(measurer, state)) return std::nullopt;
  } catch (const Stopped&) {
    if (goes_on || !writer.last().empty()) positions->keep();
    throw what_was_saved(writer);
  } catch (...) {
    if (goes_on || !writer.last().empty()) positions->keep();
    throw;
  }
  if (goes_on || !writer.last().empty()) positions->keep();  // until the result is written, a checkpoint needs them
  Execution execution = describe_execution(plan_, *engine);
  execution.ranks = ranks_.size();
  FinishedRun finished{conclude(plan_, measurer, state, std::move(execution)), {}};
  finished.json = write_result(plan_, finished.result, true, positions.get());
  output::remove_checkpoints(experiment_.output);
  if (ranks_.size() > 1) part();
  return finished;
}

/// Checkpoints of an earlier run in this folder: removed, unless much work is in them.
void RunSession::give_way() const {
  const std::optional<double> work = output::work_in_checkpoints(experiment_.output);
  if (work && *work >= worth_keeping)
    throw InputError("--output " + experiment_.output + ": this folder holds a checkpoint of an unfinished run with " +
                     output::duration(*work) + " of work; go on with isotherm resume " + experiment_.output +
                     ", remove its checkpoint-*.bin, or name another folder");
  output::remove_checkpoints(experiment_.output);
  remove_unfinished_positions(experiment_.output);
}

void RunSession::wait_until(const std::function<bool()>& ready) const {
  while (!ready())
    if (stop_ != nullptr && stop_->load()) throw Stopped("stopped");
}

std::vector<std::byte> RunSession::receive(int from) const {
  std::optional<std::vector<std::byte>> bytes;
  wait_until([&] { return (bytes = ranks_.receive(from, short_wait)).has_value(); });
  return std::move(*bytes);
}

void RunSession::send(int to, std::span<const std::byte> bytes) const {
  wait_until([&] { return ranks_.send(to, bytes, short_wait); });
}

/// All ranks must have planned the same: their parts add up to one measurement.
void RunSession::check_plans() const {
  const auto bytes = std::as_bytes(std::span(header_.plan));
  if (!first()) return send(0, bytes);
  for (int rank = 1; rank < ranks_.size(); ++rank) {
    const std::vector<std::byte> other = receive(rank);
    if (!std::equal(bytes.begin(), bytes.end(), other.begin(), other.end()))
      throw RunError("rank " + std::to_string(rank) +
                     " made another plan: its data, or the mathematics library of its machine, is another one");
  }
}

/// The ranks write into one file: the first makes it, the others open it once it is there.
std::unique_ptr<PositionFiles> RunSession::open_positions(bool goes_on) const {
  const bool shared = experiment_.keep_positions && ranks_.size() > 1;
  if (shared && !first()) receive(0);
  auto positions = std::make_unique<PositionFiles>(plan_, first(), goes_on || !first());
  constexpr std::byte it_is_there[1] = {};
  for (int rank = 1; shared && first() && rank < ranks_.size(); ++rank) send(rank, it_is_there);
  if (!first()) positions->keep();
  return positions;
}

/// Before the measurement, so that what was stopped is still whole.
void RunSession::track(PositionFiles& positions, const Control& control, const MeasurementState& state) const {
  try {
    positions.track(control);
  } catch (const Stopped&) {
    control.keeper->keep(state);
    throw;
  }
}

/// One GPU for each rank of a machine; unless --threads is given, an equal part of its processors.
std::unique_ptr<engine::Engine> RunSession::open_engine() {
  if (ranks_.local_size() > 1) {
    plan_.experiment.device += ranks_.local_rank();
    if (experiment_.threads == 0) {
      const long processors = std::max(1L, sysconf(_SC_NPROCESSORS_ONLN) / ranks_.local_size());
      plan_.experiment.threads = static_cast<std::uint64_t>(processors);
    }
  }
  std::unique_ptr<engine::Engine> engine = make_engine(plan_);
  check_memory(plan_, *engine);
  plan_.experiment = experiment_;
  return engine;
}

MeasurementState RunSession::take_share(const Measurer& measurer, std::optional<output::FoundCheckpoints> from) {
  const auto parts = static_cast<std::size_t>(ranks_.size()), mine = static_cast<std::size_t>(ranks_.rank());
  if (!from) {
    std::vector<MeasurementState> shares = divide(measurer.beginning(), parts, measurer.nothing(), plan_.simulation);
    return std::move(shares[mine]);
  }
  header_.generation = from->next_generation;
  MeasurementState state = measurer.nothing();
  if (!first()) {
    from_bytes(receive(0), state, plan_.simulation);
    return state;
  }
  output::remove_torn_checkpoints(experiment_.output);
  for (output::Checkpoint& share : from->shares) {
    MeasurementState part = measurer.nothing();
    from_bytes(share.state(), part, plan_.simulation);
    state.add(std::move(part));
    share.bytes = {};
  }
  check_blocks(state);
  std::vector<MeasurementState> shares = divide(std::move(state), parts, measurer.nothing(), plan_.simulation);
  for (int rank = 1; rank < ranks_.size(); ++rank) send(rank, to_bytes(shares[static_cast<std::size_t>(rank)]));
  return std::move(shares.front());
}

/// What is done and what is left make up the run.
void RunSession::check_blocks(const MeasurementState& state) const {
  const std::uint64_t all = plan_.simulation.particles * plan_.simulation.last_step();
  if (state.particle_steps + particle_steps_left(state.pieces, plan_.simulation) != all)
    throw RunError("the checkpoints in " + experiment_.output + " do not add up to the run");
}

/// True on rank 0, which then has everything.
bool RunSession::gather(const Measurer& measurer, MeasurementState& state) {
  if (!first()) {
    send(0, to_bytes(state));
    part();
    return false;
  }
  for (int rank = 1; rank < ranks_.size(); ++rank) {
    MeasurementState part = measurer.nothing();
    from_bytes(receive(rank), part, plan_.simulation);
    state.add(std::move(part));
  }
  return true;
}

/// The end, when rank 0 has written the result: until then the others sleep.
void RunSession::part() const {
  constexpr double while_theory_is_computed = 1;
  while (!ranks_.meet(while_theory_is_computed)) continue;
  ranks_.leave();
}

/// Rank 0 speaks for all that were saved.
StoppedInFolder RunSession::what_was_saved(const output::CheckpointWriter& writer) const {
  const std::string& file = writer.last();
  std::string outcome = "saved as " + file;
  if (!writer.failure().empty())
    outcome = "nothing was saved (" + writer.failure() + ")" +
              (file.empty()
                   ? ""
                   : "; the last checkpoint is " + file + ", " + digits_of_time(writer.seconds_since_last()) + " old");
  const bool told = file.empty() || first() || !writer.failure().empty();
  return {told ? outcome : "", !file.empty()};
}

bool is_finished(const std::string& folder) {
  std::error_code ignored;
  return !output::has_checkpoints(folder) &&
         std::filesystem::exists(std::filesystem::path(folder) / "result.json", ignored);
}

UnfinishedRun find_unfinished(const std::string& folder, const std::function<void(Experiment&)>& adjust) {
  const std::string here = "isotherm resume " + folder + ": ";
  output::FoundCheckpoints found = output::find_checkpoints(folder);
  const output::CheckpointHeader& header = found.shares.front().header;
  if (header.version != ISOTHERM_VERSION)
    throw InputError(here + "its checkpoints were written by isotherm " + header.version +
                     ", and the last bits of this isotherm " ISOTHERM_VERSION
                     " may be others; go on with the one that wrote them");
  Experiment experiment;
  read_experiment_text(header.experiment, folder + ": experiment of the checkpoint", experiment);
  adjust(experiment);
  experiment.output = folder;
  std::error_code ignored;
  if (!experiment.data.empty() && !std::filesystem::exists(experiment.data, ignored))
    experiment.data = (std::filesystem::path(header.directory) / experiment.data).string();
  Plan plan = plan_here(experiment);
  if (plan_digest(plan) != header.plan)
    throw InputError(here +
                     "the plan of its experiment is another one here, since its data or the mathematics library of "
                     "this machine is another one; go on where it was started");
  return {std::move(plan), std::move(found)};
}

}  // namespace isotherm::cli
