#pragma once
// A claim of the lecture (TTIC 31230, Fundamentals of Deep Learning, D. McAllester: gradient flow, continuous-time
// noise, SGD, two problem sheets), as experiments and what is to be read from them. Verdicts are computed from the
// measurements; none is written down.

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "batch/figure.hpp"
#include "batch/reading.hpp"
#include "experiment/result.hpp"

namespace isotherm::batch {

/// One number against the value that it should have.
struct Check {
  std::string what;
  double expected = 0;
  Estimate measured;
  double expected_error = 0;  ///< of an expected value that was itself sampled or rounded by who published it
  double standard_error() const { return std::hypot(measured.standard_error, expected_error); }
  double z() const { return (measured.value - expected) / standard_error(); }
  /// |z| <= 5: a false alarm in 1.7 million.
  bool agrees() const { return std::abs(z()) <= 5; }
};

/// How far the measurement is from what is printed, at one size of the step (or of what else should be small).
struct Deviation {
  double step = 0;
  Estimate relative;
};

struct Findings {
  std::vector<Check> corrected = {};  ///< against the corrected statement; the first is the headline
  std::vector<Check> printed = {};    ///< against the lecture's own number, where it differs
  std::vector<Deviation> deviations = {};
  double order = 1;          ///< a leading-order statement's deviation falls as step^order
  std::string instead = {};  ///< what was measured instead, or the measured correction; one sentence without full stop
  std::vector<Figure> figures = {};
};

enum class ClaimVerdict { holds, leading_order, does_not_hold, background, failed };
std::string in_words(ClaimVerdict verdict);

/// `failed` if a corrected check disagrees; `holds` if all printed ones agree; `leading_order` if the deviations vanish
/// with the step at their order: |d(smallest)| <= 1.5 |d(largest)| (smallest / largest)^order + 5 standard errors; else
/// `does_not_hold`.
ClaimVerdict judge(const Findings& findings);

/// The finished runs of a claim, by file; those of a sweep in its order.
class Evidence {
 public:
  void add(const std::string& file, Result result) { runs_[file].push_back(std::move(result)); }
  const std::vector<Result>& of(const std::string& file) const { return runs_.at(file); }
  const Result& only(const std::string& file) const { return runs_.at(file).front(); }

 private:
  std::map<std::string, std::vector<Result>> runs_;
};

struct Claim {
  std::string id;              ///< C01 ... C35, F1 ... F5 (facts that hold beyond the lecture's claims), T1 ... (traps)
  std::string document;        ///< of the lecture, by its subject
  std::string statement;       ///< the lecture's, in a few words
  std::string corrected = {};  ///< what is right, in a few words; "" where the statement is
  std::vector<std::string> files = {};                     ///< experiments, examples/lecture/FILE.toml
  std::function<Findings(const Evidence&)> evaluate = {};  ///< empty: not an experiment
  std::string see = {};                                    ///< of a claim that others test: which; "" otherwise
};

/// All claims in order of their ids.
const std::vector<Claim>& claims();

// One for each document, in claims/.
std::vector<Claim> gradient_flow_claims();
std::vector<Claim> stationary_density_claims();
std::vector<Claim> stochastic_gradient_claims();
std::vector<Claim> temperature_claims();
std::vector<Claim> facts();
std::vector<Claim> traps();

}  // namespace isotherm::batch
