#include "batch/reproduce.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <numeric>

#include "batch/run_points.hpp"

namespace isotherm::batch {
namespace {

struct Point {
  std::size_t claim;
  std::string file;
  Experiment experiment;
};

ClaimVerdict verdict_of_another(const Claim& claim, const std::vector<ClaimResult>& results) {
  for (const ClaimResult& result : results)
    if (result.claim->id == claim.see) return result.verdict;
  return ClaimVerdict::background;
}

}  // namespace

std::vector<ClaimResult> reproduce(const ReproduceRequest& request) {
  std::vector<Point> points;
  for (std::size_t c = 0; c < request.claims.size(); ++c)
    for (const std::string& file : request.claims[c]->files)
      for (Experiment& experiment : request.load(file)) points.push_back({c, file, std::move(experiment)});

  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Result> runs(points.size());
  std::vector<std::string> failures(points.size());
  std::mutex mutex;
  std::size_t finished = 0;
  run_points({.points = order,
              .experiment = [&](std::size_t point) { return points[point].experiment; },
              .threads = request.threads,
              .predictions = PredictionSet::gibbs,
              .simd = {},
              .stop = request.stop,
              .finished =
                  [&](const PointOutcome& outcome) {
                    if (outcome.result != nullptr)
                      runs[outcome.point] = *outcome.result;
                    else
                      failures[outcome.point] = outcome.failure;
                    const std::lock_guard lock(mutex);
                    ++finished;
                    if (request.progress) request.progress(finished, points.size());
                  },
              .on_particle_steps = {}});

  std::vector<ClaimResult> results;
  for (std::size_t c = 0; c < request.claims.size(); ++c) {
    ClaimResult result;
    result.claim = request.claims[c];
    Evidence evidence;
    for (std::size_t p = 0; p < points.size(); ++p) {
      if (points[p].claim != c) continue;
      if (!failures[p].empty() && result.failure.empty()) result.failure = points[p].file + ": " + failures[p];
      result.particle_steps += runs[p].execution.particle_steps;
      evidence.add(points[p].file, std::move(runs[p]));
    }
    if (!result.failure.empty()) {
      result.verdict = ClaimVerdict::failed;
    } else if (result.claim->evaluate) {
      result.findings = result.claim->evaluate(evidence);
      result.verdict = judge(result.findings);
    }
    results.push_back(std::move(result));
  }
  for (ClaimResult& result : results)
    if (!result.claim->see.empty()) result.verdict = verdict_of_another(*result.claim, results);
  return results;
}

std::string summary(const std::vector<ClaimResult>& results) {
  std::map<ClaimVerdict, std::vector<std::string>> ids;
  for (const ClaimResult& result : results) ids[result.verdict].push_back(result.claim->id);
  const auto listed = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  double worst = 0;
  std::size_t checks = 0;
  for (const ClaimResult& result : results)
    for (const Check& check : result.findings.corrected) {
      worst = std::max(worst, std::abs(check.z()));
      ++checks;
    }
  std::string text = results.size() == 1 ? "Of 1 claim " : "Of " + std::to_string(results.size()) + " claims ";
  bool first = true;
  for (const auto& [verdict, names] : ids) {
    text += (first ? "" : "; ") + std::to_string(names.size()) + " " +
            (verdict == ClaimVerdict::holds && names.size() > 1           ? "hold"
             : verdict == ClaimVerdict::leading_order && names.size() > 1 ? "hold to leading order"
             : verdict == ClaimVerdict::does_not_hold && names.size() > 1 ? "do not hold"
             : verdict == ClaimVerdict::failed                            ? "failed"
             : verdict == ClaimVerdict::background && names.size() > 1    ? "are background"
             : verdict == ClaimVerdict::background                        ? "is background"
                                                                          : in_words(verdict)) +
            " (" + listed(names) + ")";
    first = false;
  }
  text += ". ";
  if (checks == 0) return text + "No number was tested against the corrected statements.";
  std::array<char, 32> largest{};
  std::snprintf(largest.data(), largest.size(), "%.1f", worst);
  return text +
         (checks == 1
              ? "1 number was tested against the corrected statements; its |z| is "
              : std::to_string(checks) + " numbers were tested against the corrected statements; the largest |z| is ") +
         largest.data() + ".";
}

}  // namespace isotherm::batch
