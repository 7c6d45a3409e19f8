#pragma once
// What `isotherm sweep` was asked for: an experiment file with a table [sweep].
//
//     [sweep]
//     mu = [0, 0.5, 0.9]                          every value with every value of the others; in the file's order, the
//     batch-size = [1, 4, 16]                     first varies slowest
//     set.h = {from = 1, to = 100, count = 5, spacing = "log"}
//     replicas = 3                                each setting again with --seed plus 1, 2
//     [[sweep.point]]                             a list: several options that change together, one more factor
//     dynamics = "adam"
//     [sweep.derived]
//     eta = "(1-mu)*batch_size*0.01"
//     [sweep.report]                              what report.html draws: see sweep_page.hpp
//     against = "batch-size"

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batch/formula.hpp"
#include "batch/grid.hpp"
#include "experiment/plan.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm::cli {

/// The words of the user: enough to read the same sweep again, on another day.
struct SweepRequest {
  std::string path, text;                                                 ///< of the experiment file
  std::vector<std::pair<std::string, std::vector<std::string>>> options;  ///< of the command line, with their words
  // Where it is gone on with:
  std::string directory = {};  ///< that it was started in, where data are looked for that are not here; "": this one
  std::vector<std::pair<std::string, std::vector<std::string>>> resumed = {};  ///< options of resume, which win
};

inline constexpr std::uint64_t most_points = 1'000'000;

/// "u = 50*eta", "50*eta" or "batch-size" as a name and an expression: {"u", "50*eta"}, {"", "50*eta"}, {"",
/// "batch-size"}.
std::pair<std::string, std::string> named_expression(const std::string& text);

class Sweep {
 public:
  /// Reads and checks everything that can be known before a plan is made: every value of every point. InputError with
  /// file, line and column.
  explicit Sweep(const SweepRequest& request);

  std::size_t settings() const { return static_cast<std::size_t>(settings_); }
  std::size_t size() const { return static_cast<std::size_t>(settings_ * replicas_); }
  /// Point `index`: the settings one after the other, each with all its replicas. May be called from any thread.
  Experiment point(std::size_t index) const;
  std::uint64_t replica(std::size_t index) const { return index % replicas_; }
  std::uint64_t replicas() const { return replicas_; }

  const Experiment& base() const { return base_; }
  /// Names of what is swept, then of what is derived, and `seed` where replicas or distinct seeds change it.
  const std::vector<std::string>& parameters() const { return parameters_; }
  /// Name -> expression.
  nlohmann::ordered_json derived_json() const;
  /// [sweep.report]; null where there is none.
  const std::shared_ptr<const nlohmann::ordered_json>& report() const { return report_; }
  const std::optional<PredictionSet>& predictions() const { return predictions_; }  ///< empty: what is affordable
  bool keeps_results() const { return results_; }

 private:
  struct Derived {
    std::string name, expression, where;
    batch::Formula formula;
  };
  class Reader;
  double number(const std::string& name, const Derived& reader, const Experiment& experiment) const;
  void derive(Experiment& experiment) const;
  void check_points() const;

  Experiment base_;
  std::string directory_;
  batch::Grid grid_;
  std::vector<Derived> derived_;     ///< each after those it reads
  std::vector<std::string> listed_;  ///< names of the derived in the order of the file
  std::vector<std::string> parameters_;
  std::uint64_t settings_ = 1, replicas_ = 1;
  bool distinct_seeds_ = false, results_ = false;
  std::optional<PredictionSet> predictions_;
  std::shared_ptr<const nlohmann::ordered_json> report_;
};

/// Of an option, or of a constant "set.h"; null where it is not set.
nlohmann::ordered_json parameter_json(const std::string& name, const Experiment& experiment);

/// "auto", "none", "gibbs" or "all".
std::string word(const std::optional<PredictionSet>& predictions);
/// Throws ValueError.
std::optional<PredictionSet> read_predictions(const std::string& word);

}  // namespace isotherm::cli
