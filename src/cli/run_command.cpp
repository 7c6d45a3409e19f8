#include "cli/run_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.hpp"
#include "cli/dry_run.hpp"
#include "cli/experiment_file.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "cli/position_files.hpp"
#include "cli/with_ranks.hpp"
#include "experiment/forecast.hpp"
#include "experiment/plan_digest.hpp"
#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"
#include "output/checkpoint.hpp"
#include "output/density_drawing.hpp"
#include "output/files.hpp"
#include "output/number.hpp"
#include "output/progress.hpp"
#include "output/result_json.hpp"
#include "output/result_table.hpp"
#include "output/terminal.hpp"
#include "ranks/ranks.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int standard_output = 1, standard_error = 2;

void warn(const std::vector<std::string>& warnings, const std::vector<std::string>& said,
          const Experiment& experiment) {
  if (experiment.quiet) return;
  for (const std::string& warning : warnings) {
    if (std::find(said.begin(), said.end(), warning) == said.end()) complain("warning: " + warning);
  }
}

/// The prediction of --expect, if it is given.
std::optional<std::string> expected_prediction(const Experiment& experiment) {
  if (experiment.expect.empty()) return std::nullopt;
  return experiment.expect.substr(experiment.expect.find(':') + 1);
}

/// What cannot become true is wrong input, and is said before hours of simulation.
void check_expectation(const Plan& plan) {
  const std::optional<std::string> expected = expected_prediction(plan.experiment);
  if (!expected || !expected->starts_with("gibbs") || plan.gibbs_not_applicable.empty()) return;
  throw InputError("--expect " + plan.experiment.expect +
                   ": this prediction does not apply: " + plan.gibbs_not_applicable);
}

int check_verdict(const Result& result) {
  const std::optional<std::string> prediction = expected_prediction(result.experiment);
  if (!prediction) return done;
  const auto found = result.verdict.outcome.find(*prediction);
  const verdict::Outcome outcome =
      found == result.verdict.outcome.end() ? verdict::Outcome::not_applicable : found->second;
  if (outcome == verdict::Outcome::consistent) return done;
  complain("--expect " + result.experiment.expect + ": the verdict on " + *prediction + " is '" +
           output::word(outcome) + "'");
  return failed;
}

/// How often somebody who waits for other ranks looks up.
constexpr double short_wait = 0.05;

/// A checkpoint with more work than this is not thrown away by a new run.
constexpr double worth_keeping = 60;

std::string digits_of_time(double seconds) { return output::rounded(seconds, 3) + " s"; }

/// A run from its plan to its result, by one rank of several.
class Session {
 public:
  Session(Plan& plan, Ranks& ranks) : plan_(plan), ranks_(ranks), experiment_(plan.experiment) {
    header_.version = ISOTHERM_VERSION;
    header_.experiment = experiment_toml(experiment_);
    header_.directory = std::filesystem::current_path().string();
    header_.plan = plan_digest(plan);
    header_.ranks = static_cast<std::uint64_t>(ranks.size());
    header_.rank = static_cast<std::uint64_t>(ranks.rank());
  }

  /// From the beginning, or from what is left of an earlier run.
  int run(std::optional<output::FoundCheckpoints> from, const std::string& option) {
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
    if (first()) warn(plan_.warnings, {}, experiment_);  // now that nothing can refuse the input any more

    InterruptGuard interrupt;
    stop_ = &interrupt.flag();
    Measurer measurer(plan_, engine->threads());
    MeasurementState state = take_share(measurer, std::move(from));
    header_.particle_steps_total = state.particle_steps + particle_steps_left(state.pieces, plan_.simulation);
    output::CheckpointWriter writer(experiment_.output, header_, experiment_.checkpoint_interval,
                                    [&](const std::string& text) { complain(who() + "warning: " + text); });
    Control control{stop_, first() ? progress_display(experiment_) : nullptr, &writer, positions->sink()};
    try {
      // A generation counts only when all its ranks have written.
      if (ranks_.size() > 1) writer.keep(state);
      track(*positions, control, state);
      measurer.work(*engine, state, control);
      // What comes now is theory, which cannot be interrupted.
      if (ranks_.size() > 1 || !writer.last().empty()) writer.keep(state);
      if (!gather(measurer, state)) return done;
    } catch (const Stopped&) {
      control.on_progress = nullptr;  // wipes the progress bar
      if (goes_on || !writer.last().empty()) positions->keep();
      return stopped(interrupt.signal(), writer);
    } catch (...) {
      if (goes_on || !writer.last().empty()) positions->keep();
      throw;
    }
    if (goes_on || !writer.last().empty()) positions->keep();  // until the result is written, a checkpoint needs them
    Execution execution = describe_execution(plan_, *engine);
    execution.ranks = ranks_.size();
    return finish(conclude(plan_, measurer, state, std::move(execution)), *positions);
  }

 private:
  bool first() const { return ranks_.rank() == 0; }
  std::string who() const { return ranks_.size() > 1 ? "rank " + std::to_string(ranks_.rank()) + ": " : ""; }

  /// Checkpoints of an earlier run in this folder: removed, unless much work is in them.
  void give_way() const {
    const std::optional<double> work = output::work_in_checkpoints(experiment_.output);
    if (work && *work >= worth_keeping)
      throw InputError("--output " + experiment_.output +
                       ": this folder holds a checkpoint of an unfinished run with " + output::duration(*work) +
                       " of work; go on with isotherm resume " + experiment_.output +
                       ", remove its checkpoint-*.bin, or name another folder");
    output::remove_checkpoints(experiment_.output);
    remove_unfinished_positions(experiment_.output);
  }

  void wait_until(const std::function<bool()>& ready) const {
    while (!ready())
      if (stop_ != nullptr && stop_->load()) throw Stopped("stopped");
  }

  std::vector<std::byte> receive(int from) const {
    std::optional<std::vector<std::byte>> bytes;
    wait_until([&] { return (bytes = ranks_.receive(from, short_wait)).has_value(); });
    return std::move(*bytes);
  }

  void send(int to, std::span<const std::byte> bytes) const {
    wait_until([&] { return ranks_.send(to, bytes, short_wait); });
  }

  /// All ranks must have planned the same: their parts add up to one measurement.
  void check_plans() const {
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
  std::unique_ptr<PositionFiles> open_positions(bool goes_on) const {
    const bool shared = experiment_.keep_positions && ranks_.size() > 1;
    if (shared && !first()) receive(0);
    auto positions = std::make_unique<PositionFiles>(plan_, first(), goes_on || !first());
    constexpr std::byte it_is_there[1] = {};
    for (int rank = 1; shared && first() && rank < ranks_.size(); ++rank) send(rank, it_is_there);
    if (!first()) positions->keep();
    return positions;
  }

  /// Before the measurement, so that what was stopped is still whole.
  void track(PositionFiles& positions, const Control& control, const MeasurementState& state) const {
    try {
      positions.track(control);
    } catch (const Stopped&) {
      control.keeper->keep(state);
      throw;
    }
  }

  /// One GPU for each rank of a machine; unless --threads is given, an equal part of its processors.
  std::unique_ptr<engine::Engine> open_engine() {
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

  MeasurementState take_share(const Measurer& measurer, std::optional<output::FoundCheckpoints> from) {
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
  void check_blocks(const MeasurementState& state) const {
    const std::uint64_t all = plan_.simulation.particles * plan_.simulation.last_step();
    if (state.particle_steps + particle_steps_left(state.pieces, plan_.simulation) != all)
      throw RunError("the checkpoints in " + experiment_.output + " do not add up to the run");
  }

  /// True on rank 0, which then has everything.
  bool gather(const Measurer& measurer, MeasurementState& state) {
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
  void part() const {
    constexpr double while_theory_is_computed = 1;
    while (!ranks_.meet(while_theory_is_computed)) continue;
    ranks_.leave();
  }

  int stopped(int signal, const output::CheckpointWriter& writer) {
    const std::string file = writer.last().empty() ? "" : writer.last();
    std::string outcome = "saved as " + file;
    if (!writer.failure().empty())
      outcome = "nothing was saved (" + writer.failure() + ")" +
                (file.empty() ? ""
                              : "; the last checkpoint is " + file + ", " +
                                    digits_of_time(writer.seconds_since_last()) + " old");
    if (!file.empty() && (first() || !writer.failure().empty()))
      complain(who() + "stopped by signal " + std::to_string(signal) + "; " + outcome + "; isotherm resume " +
               experiment_.output + " goes on");
    else if (file.empty())
      complain(who() + "stopped by signal " + std::to_string(signal) + "; " + outcome);
    if (ranks_.size() > 1) {
      // Others may still be writing theirs: a launcher ends them soon after the first has gone.
      constexpr double patience = 5;
      if (!ranks_.meet(patience)) ranks_.abort(signal_base + signal);
      ranks_.leave();
    }
    return signal_base + signal;
  }

  int finish(const Result& result, PositionFiles& positions) {
    const Json json = write_result(plan_, result, true, &positions);
    output::remove_checkpoints(experiment_.output);
    if (ranks_.size() > 1) part();
    warn(result.warnings, plan_.warnings, experiment_);
    if (experiment_.json) {
      print(json.dump(1) + '\n');
    } else if (!experiment_.quiet) {
      const output::Terminal terminal = output::terminal_of(standard_output);
      const std::string drawing =
          experiment_.draw || terminal.interactive ? output::density_drawing(result, terminal) : "";
      print(output::result_table(result, terminal, drawing));
      std::cerr << "written: " << experiment_.output << "/result.json, and to look at: " << experiment_.output
                << "/report.html\n";
    }
    return check_verdict(result);
  }

  Plan& plan_;
  Ranks& ranks_;
  const Experiment experiment_;
  output::CheckpointHeader header_;
  const std::atomic<bool>* stop_ = nullptr;
};

Plan make_plan_here(const Experiment& experiment) {
  Plan plan = make_plan(experiment);
  if (const char* target = std::getenv("ISOTHERM_SIMD")) plan.simd = target;
  return plan;
}

/// The experiment of these checkpoints, to be computed as the request says.
Experiment experiment_of(const output::CheckpointHeader& header, const ResumeRequest& request) {
  const std::string here = "isotherm resume " + request.folder + ": ";
  if (header.version != ISOTHERM_VERSION)
    throw InputError(here + "its checkpoints were written by isotherm " + header.version +
                     ", and the last bits of this isotherm " ISOTHERM_VERSION
                     " may be others; go on with the one that wrote them");
  Experiment experiment;
  read_experiment_text(header.experiment, request.folder + ": experiment of the checkpoint", experiment);
  for (const auto& [name, words] : request.options) apply_words(*find_option(name), words, experiment);
  experiment.output = request.folder;
  std::error_code ignored;
  if (!experiment.data.empty() && !std::filesystem::exists(experiment.data, ignored))
    experiment.data = (std::filesystem::path(header.directory) / experiment.data).string();
  return experiment;
}

}  // namespace

void require_loss(const Experiment& experiment, const std::string& command) {
  if (!experiment.loss.empty()) return;
  throw InputError("no loss to " + command + "; try isotherm " + command +
                   " --loss double-well, or --loss \"x^4/4 - x^2/2\", or isotherm " + command +
                   " EXPERIMENT.toml (isotherm list losses shows the named ones)");
}

std::function<void(const Progress&)> progress_display(const Experiment& experiment) {
  if (experiment.log) return output::ProgressLog(std::cerr);
  const output::Terminal terminal = output::terminal_of(standard_error);
  if (experiment.quiet || !terminal.interactive) return {};
  const auto bar = std::make_shared<output::ProgressBar>(std::cerr, terminal);
  return [bar](const Progress& progress) { (*bar)(progress); };
}

int run_command(const Experiment& experiment) {
  require_loss(experiment, "run");
  return with_ranks([&](Ranks& ranks) {
    Plan plan = make_plan_here(experiment);
    check_expectation(plan);
    if (!experiment.dry_run) return Session(plan, ranks).run(std::nullopt, "--output");
    if (ranks.rank() == 0) {
      warn(plan.warnings, {}, experiment);
      print(dry_run_text(plan, output::terminal_of(standard_output).width));
    }
    if (ranks.size() > 1) ranks.leave();
    return static_cast<int>(done);
  });
}

int resume_command(const ResumeRequest& request) {
  return with_ranks([&](Ranks& ranks) {
    std::error_code ignored;
    const std::filesystem::path result = std::filesystem::path(request.folder) / "result.json";
    if (!output::has_checkpoints(request.folder) && std::filesystem::exists(result, ignored)) {
      if (ranks.rank() == 0)
        complain("isotherm resume " + request.folder + ": this run has finished; its result is " + result.string());
      if (ranks.size() > 1) ranks.leave();
      return static_cast<int>(done);
    }
    output::FoundCheckpoints found = output::find_checkpoints(request.folder);
    if (ranks.rank() == 0)
      for (const std::string& warning : found.warnings) complain("warning: " + warning);
    Plan plan = make_plan_here(experiment_of(found.shares.front().header, request));
    if (plan_digest(plan) != found.shares.front().header.plan)
      throw InputError("isotherm resume " + request.folder +
                       ": the plan of its experiment is another one here, since its data or the mathematics library "
                       "of this machine is another one; go on where it was started");
    return Session(plan, ranks).run(std::move(found), "isotherm resume");
  });
}

}  // namespace isotherm::cli
