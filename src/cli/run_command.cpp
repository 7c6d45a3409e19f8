#include "cli/run_command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.hpp"
#include "cli/dry_run.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "cli/run_session.hpp"
#include "cli/with_ranks.hpp"
#include "isotherm/core/error.hpp"
#include "output/density_drawing.hpp"
#include "output/progress.hpp"
#include "output/result_table.hpp"
#include "output/terminal.hpp"
#include "ranks/ranks.hpp"

namespace isotherm::cli {
namespace {

constexpr int standard_output = 1, standard_error = 2;

void warn(const std::vector<std::string>& warnings, const std::vector<std::string>& said,
          const Experiment& experiment) {
  if (experiment.quiet) return;
  for (const std::string& warning : warnings) {
    if (std::find(said.begin(), said.end(), warning) == said.end()) complain("warning: " + warning);
  }
}

int check_verdict(const Result& result) {
  const std::string unmet = unmet_expectation(result);
  if (unmet.empty()) return done;
  complain("--expect " + result.experiment.expect + ": " + unmet);
  return failed;
}

int finish(const FinishedRun& run, const Plan& plan) {
  const Experiment& experiment = run.result.experiment;
  warn(run.result.warnings, plan.warnings, experiment);
  if (experiment.json) {
    print(run.json.dump(1) + '\n');
  } else if (!experiment.quiet) {
    const output::Terminal terminal = output::terminal_of(standard_output);
    const std::string drawing =
        experiment.draw || terminal.interactive ? output::density_drawing(run.result, terminal) : "";
    print(output::result_table(run.result, terminal, drawing));
    std::cerr << "written: " << experiment.output << "/result.json, and to look at: " << experiment.output
              << "/report.html\n";
  }
  return check_verdict(run.result);
}

/// The end of a run that was stopped, which of several ranks all were.
int stopped(int signal, const std::string& who, const std::string& saved, Ranks& ranks) {
  if (!saved.empty()) complain(who + "stopped by signal " + std::to_string(signal) + "; " + saved);
  if (ranks.size() > 1) {
    // Others may still be writing theirs: a launcher ends them soon after the first has gone.
    constexpr double patience = 5;
    if (!ranks.meet(patience)) ranks.abort(signal_base + signal);
    ranks.leave();
  }
  return signal_base + signal;
}

/// A run of one rank, watched at a terminal and stopped by signals.
int run_here(Plan& plan, Ranks& ranks, std::optional<output::FoundCheckpoints> from, const std::string& option) {
  const bool first = ranks.rank() == 0;
  const std::string who = ranks.size() > 1 ? "rank " + std::to_string(ranks.rank()) + ": " : "";
  std::optional<InterruptGuard> interrupt;
  Caller caller;
  caller.begin = [&] {
    if (first) warn(plan.warnings, {}, plan.experiment);
    interrupt.emplace();
    return Control{&interrupt->flag(), first ? progress_display(plan.experiment) : nullptr};
  };
  caller.warn = [&](const std::string& text) { complain(who + "warning: " + text); };
  try {
    const std::optional<FinishedRun> run = RunSession(plan, ranks).run(std::move(from), option, caller);
    return run ? finish(*run, plan) : static_cast<int>(done);
  } catch (const StoppedInFolder& end) {
    const std::string saved = end.what();
    const std::string advice = "; isotherm resume " + plan.experiment.output + " goes on";
    return stopped(interrupt->signal(), who, end.can_go_on && !saved.empty() ? saved + advice : saved, ranks);
  }
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
    Plan plan = plan_here(experiment);
    if (const std::string reason = impossible_expectation(plan); !reason.empty())
      throw InputError("--expect " + experiment.expect + ": " + reason);
    if (!experiment.dry_run) return run_here(plan, ranks, std::nullopt, "--output");
    if (ranks.rank() == 0) {
      warn(plan.warnings, {}, experiment);
      print(experiment.json ? dry_run_json(plan).dump(1) + '\n'
                            : dry_run_text(plan, output::terminal_of(standard_output).width));
    }
    if (ranks.size() > 1) ranks.leave();
    return static_cast<int>(done);
  });
}

int resume_command(const ResumeRequest& request) {
  return with_ranks([&](Ranks& ranks) {
    if (is_finished(request.folder)) {
      if (ranks.rank() == 0)
        complain("isotherm resume " + request.folder + ": this run has finished; its result is " + request.folder +
                 "/result.json");
      if (ranks.size() > 1) ranks.leave();
      return static_cast<int>(done);
    }
    UnfinishedRun left = find_unfinished(request.folder, [&](Experiment& experiment) {
      for (const auto& [name, words] : request.options) apply_words(*find_option(name), words, experiment);
    });
    if (ranks.rank() == 0)
      for (const std::string& warning : left.checkpoints.warnings) complain("warning: " + warning);
    return run_here(left.plan, ranks, std::move(left.checkpoints), "isotherm resume");
  });
}

}  // namespace isotherm::cli
