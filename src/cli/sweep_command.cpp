#include "cli/sweep_command.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "batch/run_points.hpp"
#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/position_files.hpp"
#include "cli/report_command.hpp"
#include "cli/sweep_journal.hpp"
#include "cli/sweep_page.hpp"
#include "cli/sweep_ranks.hpp"
#include "cli/sweep_report.hpp"
#include "cli/with_ranks.hpp"
#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"
#include "output/files.hpp"
#include "output/number.hpp"
#include "output/progress.hpp"
#include "output/terminal.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr int standard_output = 1, standard_error = 2;
constexpr double seconds_between_tables = 60, largest_table_share = 0.01;
constexpr std::size_t most_reasons = 3;
constexpr double patience = 5;             ///< with ranks that were told to end
constexpr std::size_t folder_digits = 16;  ///< of a digest

std::string folder_of(const std::string& digest) { return "points/" + digest.substr(0, folder_digits); }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What a point gives back the next one needs again: to ask the system for it each time takes 3 % of the time.
void keep_memory() {
#ifdef __GLIBC__
  constexpr int most = 1 << 30, largest_threshold = 32 << 20;
  mallopt(M_TRIM_THRESHOLD, most);
  mallopt(M_MMAP_THRESHOLD, largest_threshold);
#endif
}

/// The points of a sweep and what is known of them.
class Run {
 public:
  Run(const SweepRequest& request, Ranks& ranks)
      : request_(request), ranks_(ranks), sweep_(request), output_(sweep_.base().output), experiment_(sweep_.base()) {}

  int execute() {
    if (sweep_.point(0).loss.empty())
      throw InputError(request_.path + ": no loss to sweep; add one, for example loss = \"double-well\"");
    refuse_positions(experiment_, "sweep");
    if (!experiment_.expect.empty() && sweep_.predictions() != PredictionSet::all)
      throw InputError("--expect " + experiment_.expect +
                       ": a sweep judges every point with --predictions all only; add it");
    if (experiment_.dry_run) {
      if (ranks_.rank() == 0)
        print(experiment_.json ? sweep_dry_run_json(sweep_).dump(1) + '\n'
                               : sweep_dry_run_text(sweep_, output::terminal_of(standard_output).width));
      if (ranks_.size() > 1) ranks_.leave();
      return done;
    }
    if (ranks_.rank() > 0) {
      help();
      return done;
    }
    const output::OutputFolder folder(output_, "--output");
    journal_ = std::make_unique<SweepJournal>(output_);
    journal_->begin(request_);
    find_work();
    const int status = run();
    write_tables();
    journal_->flush();
    if (ranks_.size() > 1) {
      if (!ranks_.meet(patience)) ranks_.abort(status != done ? status : failed);
      ranks_.leave();
    }
    write_page();
    if (status != done) {
      complain("stopped by signal " + std::to_string(status - signal_base) + "; " +
               output::grouped(sweep_.size() - missing()) + " of " + output::grouped(sweep_.size()) +
               " points are kept in " + output_ + ", and the same command goes on from there");
      return status;
    }
    return report();
  }

 private:
  void find_work() {
    std::set<std::string> to_do;
    for (std::size_t i = 0; i < sweep_.size(); ++i) {
      digests_.push_back(digest(sweep_.point(i), sweep_.predictions()));
      if (is_finished(digests_.back()) || !to_do.insert(digests_.back()).second) continue;
      work_.push_back(i);
    }
    if (const std::size_t damaged = journal_->damaged_lines(); damaged > 0 && !experiment_.quiet)
      complain("warning: " + std::to_string(damaged) + " damaged line" + (damaged > 1 ? "s" : "") + " in " +
               SweepJournal::path(output_).string() + ": those points are run again");
    if (work_.size() < sweep_.size() && !experiment_.quiet)
      std::cerr << output::grouped(sweep_.size() - work_.size()) << " of " << output::grouped(sweep_.size())
                << " points are finished already\n";
  }

  bool is_finished(const std::string& digest) const {
    const std::optional<Json> row = journal_->find(digest);
    if (!row || row->contains("incidental")) return false;
    std::error_code ignored;
    return !sweep_.keeps_results() || (*row)["status"] != "done" ||
           std::filesystem::exists(std::filesystem::path(output_) / folder_of(digest) / "result.json", ignored);
  }

  /// The same for all ranks but for what `finished` and `on_particle_steps` do.
  batch::PointsRequest points_request() const {
    batch::PointsRequest request;
    request.threads = experiment_.threads;
    if (request.threads == 0 && ranks_.local_size() > 1)
      request.threads = std::max(1u, std::thread::hardware_concurrency() / static_cast<unsigned>(ranks_.local_size()));
    request.predictions = sweep_.predictions();
    if (const char* target = std::getenv("ISOTHERM_SIMD")) request.simd = target;
    request.experiment = [this](std::size_t point) {
      Experiment experiment = sweep_.point(point);
      experiment.device += ranks_.local_rank();
      if (sweep_.keeps_results()) experiment.output = output_ + '/' + folder_of(digest_of(point));
      return experiment;
    };
    return request;
  }

  std::string digest_of(std::size_t point) const { return digest(sweep_.point(point), sweep_.predictions()); }

  /// What the journal keeps; the folder of the run, where that is kept, is written before.
  FinishedPoint finish(const batch::PointOutcome& outcome) const {
    FinishedPoint finished{outcome.point, point_json(outcome), outcome.seconds};
    if (outcome.result != nullptr && sweep_.keeps_results()) {
      std::filesystem::create_directories(outcome.result->experiment.output);
      write_result(*outcome.plan, *outcome.result, false);  // `isotherm report` makes one where it is wanted
    }
    finished.row["seconds"] = outcome.seconds.total();
    return finished;
  }

  /// Of the ranks after the first.
  void help() {
    keep_memory();
    InterruptGuard interrupt;
    HelpRequest request;
    request.points = points_request();
    request.finish = [this](const batch::PointOutcome& outcome) { return finish(outcome); };
    request.digest = [this](std::size_t point) { return digest_of(point); };
    request.most = sweep_.size();
    help_with_points(ranks_, std::move(request), interrupt);
    // Until the first rank has written its tables the others sleep.
    constexpr double while_tables_are_written = 1;
    while (!ranks_.meet(while_tables_are_written)) continue;
    ranks_.leave();
  }

  int run() {
    keep_memory();
    InterruptGuard interrupt;
    begin_ = last_table_ = Clock::now();
    if (experiment_.log) {
      log_ = true;
    } else if (const output::Terminal terminal = output::terminal_of(standard_error);
               terminal.interactive && !experiment_.quiet) {
      width_ = terminal.width;
    }
    batch::PointsRequest request = points_request();
    request.points = work_;
    request.stop = &interrupt.flag();
    request.finished = [this](const batch::PointOutcome& outcome) { record(finish(outcome)); };
    request.on_particle_steps = [this](std::uint64_t steps) { count(steps); };
    int status = done;
    try {
      if (ranks_.size() == 1) {
        batch::run_points(request);
      } else {
        DealRequest deal;
        deal.points = std::move(request);
        deal.record = [this](const FinishedPoint& finished) { record(finished); };
        deal.count = [this](std::uint64_t steps) { count(steps); };
        deal.digest = [this](std::size_t point) { return digests_[point]; };
        if (const int signal = deal_points(ranks_, std::move(deal), interrupt); signal != 0)
          status = signal_base + signal;
      }
    } catch (const Stopped&) {
      status = signal_base + interrupt.signal();
    }
    if (log_) std::cerr << progress_json() << '\n';
    if (shown_) std::cerr << "\r\033[K" << std::flush;
    return status;
  }

  void count(std::uint64_t particle_steps) {
    const std::lock_guard lock(mutex_);
    particle_steps_ += particle_steps;
    show();
  }

  void record(const FinishedPoint& finished) {
    journal_->add(digests_[finished.point], finished.row);
    const std::lock_guard lock(mutex_);
    ++ended_;
    if (finished.row["status"] == "failed") ++failed_;
    seconds_.plan += finished.seconds.plan;
    seconds_.particles += finished.seconds.particles;
    seconds_.theory += finished.seconds.theory;
    show();
    // The tables so far, where writing them takes next to no time.
    const Clock::time_point now = Clock::now();
    if (seconds(last_table_, now) > std::max(seconds_between_tables, table_seconds_ / largest_table_share)) {
      write_tables();
      last_table_ = Clock::now();
      table_seconds_ = seconds(now, last_table_);
    }
  }

  static double seconds(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  }

  double rate() const {
    const double elapsed = seconds(begin_, Clock::now());
    return elapsed > 0 ? static_cast<double>(particle_steps_) / elapsed : 0;
  }

  std::string progress_json() const {
    return Json{{"event", "progress"},
                {"points", sweep_.size() - work_.size() + ended_},
                {"points_total", sweep_.size()},
                {"failed", failed_},
                {"particle_steps", particle_steps_},
                {"seconds", seconds(begin_, Clock::now())},
                {"particle_steps_per_second", rate()}}
        .dump();
  }

  std::string progress_text() const {
    const double share = static_cast<double>(ended_) / static_cast<double>(work_.size());
    std::string text =
        output::grouped(sweep_.size() - work_.size() + ended_) + " of " + output::grouped(sweep_.size()) + " points";
    if (failed_ > 0) text += ", " + output::grouped(failed_) + " failed";
    text += "  " + output::rounded(rate(), 3) + " particle-steps/s";
    if (share > 0) text += "  " + output::duration(seconds(begin_, Clock::now()) * (1 - share) / share) + " left";
    return text.substr(0, width_ - 1);
  }

  /// With the lock.
  void show() {
    if (!log_ && width_ == 0) return;
    const double elapsed = seconds(begin_, Clock::now());
    if (elapsed < next_show_) return;
    next_show_ = elapsed + (log_ ? 1 : 0.1);
    if (log_) {
      std::cerr << progress_json() << '\n' << std::flush;
    } else {
      std::cerr << '\r' << progress_text() << "\033[K" << std::flush;
      shown_ = true;
    }
  }

  std::optional<Json> row(std::size_t point) const {
    std::optional<Json> kept = journal_->find(digests_[point]);
    if (!kept) return std::nullopt;
    const Experiment experiment = sweep_.point(point);
    Json row = {{"point", point}, {"replica", sweep_.replica(point)}, {"parameters", Json::object()}};
    for (const std::string& name : sweep_.parameters()) row["parameters"][name] = parameter_json(name, experiment);
    if (sweep_.keeps_results() && (*kept)["status"] == "done") row["folder"] = folder_of(digests_[point]);
    for (const auto& [key, value] : kept->items())
      if (key != "digest" && key != "seconds" && key != "incidental") row[key] = value;
    return row;
  }

  SweepRows rows() const {
    return [this](std::size_t point) { return row(point); };
  }

  std::size_t missing() const {
    std::size_t count = 0;
    for (const std::string& digest : digests_) count += !journal_->find(digest);
    return count;
  }

  void write_tables() const {
    output::FileSet files(output_);
    files.add("sweep.csv", sweep_csv(sweep_, rows()));
    files.add("sweep.json", sweep_json(sweep_, rows()));
    if (sweep_.replicas() > 1) files.add("settings.csv", settings_csv(sweep_, rows()));
    files.commit();
  }

  /// What is there so far; a page must not cost a result.
  void write_page() const {
    try {
      std::size_t done = 0, failed = 0, end = 0;  // of the points that the page shows
      for (std::size_t point = 0; point < digests_.size(); ++point) {
        const std::optional<Json> kept = journal_->find(digests_[point]);
        if (!kept) continue;
        ++((*kept)["status"] == "done" ? done : failed);
        if (done + failed <= most_rows_of_a_page) end = point + 1;
      }
      Json json =
          Json::parse(sweep_json(sweep_, [&](std::size_t point) { return point < end ? row(point) : std::nullopt; }));
      json["sweep"]["done"] = done;
      json["sweep"]["failed"] = failed;
      output::FileSet files(output_);
      add_report(sweep_page(json, request_), files);
      files.commit();
    } catch (const std::exception& error) {
      complain("warning: report.html could not be made (" + std::string(error.what()) + ")");
    }
  }

  int report() const {
    if (experiment_.json)
      print(sweep_json(sweep_, rows()));
    else if (!experiment_.quiet)
      print(sweep_table(sweep_, rows(), output::terminal_of(standard_output)));
    if (!experiment_.quiet && !experiment_.json) {
      if (particle_steps_ > 0) std::cerr << timing_text() << '\n';
      std::cerr << "written: " << output_ << "/sweep.csv, sweep.json" << (sweep_.replicas() > 1 ? ", settings.csv" : "")
                << ", and to look at: " << output_ << "/report.html\n";
    }
    const std::size_t failures = report_failures(), missed = report_missed();
    return failures + missed > 0 ? failed : done;
  }

  std::string timing_text() const {
    const double wall = seconds(begin_, Clock::now()), all = std::max(seconds_.total(), 1e-9);
    const auto percent = [&](double part) { return output::rounded(100 * part / all, 2) + " %"; };
    return output::rounded(static_cast<double>(particle_steps_), 4) + " particle-steps in " + output::duration(wall) +
           ", " + output::rounded(rate(), 3) + " each second; of the time of the threads " +
           percent(seconds_.particles) + " went to particles, " + percent(seconds_.plan) + " to plans, " +
           percent(seconds_.theory) + " to theory and verdicts";
  }

  std::size_t report_failures() const {
    std::map<std::string, std::vector<std::size_t>> reasons;
    std::size_t count = 0, warned = 0;
    std::string warning;
    for (std::size_t i = 0; i < sweep_.size(); ++i) {
      const std::optional<Json> kept = row(i);
      if (kept && (*kept)["status"] == "failed") {
        ++count;
        reasons[first_line((*kept)["reason"].get<std::string>())].push_back(i);
      } else if (kept && !(*kept)["warnings"].empty()) {
        if (warned++ == 0) warning = "point " + std::to_string(i) + ": " + (*kept)["warnings"][0].get<std::string>();
      }
    }
    if (warned > 0 && !experiment_.quiet)
      complain("warning: " + warning +
               (warned > 1 ? " (" + output::grouped(warned) + " points have warnings, see sweep.json)" : ""));
    if (count == 0) return 0;
    complain(output::grouped(count) + " of " + output::grouped(sweep_.size()) + " points failed:");
    std::size_t listed = 0;
    for (const auto& [reason, points] : reasons) {
      if (listed++ == most_reasons) {
        std::cerr << "  ... and for other reasons, see sweep.csv\n";
        break;
      }
      std::cerr << "  point " << points.front()
                << (points.size() > 1 ? " and " + output::grouped(points.size() - 1) + " more" : "") << ": " << reason
                << '\n';
    }
    return count;
  }

  /// Points whose verdict is not the one of --expect.
  std::size_t report_missed() const {
    if (experiment_.expect.empty()) return 0;
    const std::string prediction = experiment_.expect.substr(experiment_.expect.find(':') + 1);
    std::size_t count = 0, first = 0;
    for (std::size_t i = sweep_.size(); i-- > 0;) {
      const std::optional<Json> kept = row(i);
      if (!kept || (*kept)["status"] != "done" || (*kept)["outcome"].value(prediction, "") == "consistent") continue;
      ++count;
      first = i;
    }
    if (count > 0)
      complain("--expect " + experiment_.expect + ": not so at " + output::grouped(count) + " of " +
               output::grouped(sweep_.size()) + " points, the first of them point " + std::to_string(first));
    return count;
  }

  const SweepRequest& request_;
  Ranks& ranks_;
  const Sweep sweep_;
  const std::string output_;
  const Experiment& experiment_;
  std::unique_ptr<SweepJournal> journal_;
  std::vector<std::string> digests_;
  std::vector<std::size_t> work_;

  std::mutex mutex_;  ///< of all that follows
  Clock::time_point begin_, last_table_;
  std::size_t ended_ = 0, failed_ = 0;
  std::uint64_t particle_steps_ = 0;
  batch::PhaseSeconds seconds_;
  double next_show_ = 0, table_seconds_ = 0;
  std::size_t width_ = 0;  ///< of the terminal; 0: nothing is shown
  bool log_ = false, shown_ = false;
};

}  // namespace

int sweep_command(const SweepRequest& request) {
  return with_ranks([&](Ranks& ranks) { return Run(request, ranks).execute(); });
}

std::optional<int> resume_sweep(const ResumeRequest& request) {
  std::optional<SweepRequest> sweep = SweepJournal::last_request(request.folder);
  if (!sweep) return std::nullopt;
  sweep->resumed = request.options;
  sweep->resumed.emplace_back("output", std::vector{request.folder});
  return sweep_command(*sweep);
}

}  // namespace isotherm::cli
