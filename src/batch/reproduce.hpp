#pragma once
// The lecture's claims, each measured: runs their experiments side by side and judges each claim.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "batch/claim.hpp"
#include "isotherm/experiment/control.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm::batch {

struct ClaimResult {
  const Claim* claim = nullptr;
  Findings findings;
  ClaimVerdict verdict = ClaimVerdict::background;
  std::string failure;  ///< why an experiment of it could not be run; then the verdict is `failed`
  std::uint64_t particle_steps = 0;

  /// The first corrected check, or null: the number that stands for the claim.
  const Check* headline() const { return findings.corrected.empty() ? nullptr : &findings.corrected.front(); }
};

struct ReproduceRequest {
  std::span<const Claim* const> claims;
  /// The points of a file of examples/lecture, by its name without ".toml".
  std::function<std::vector<Experiment>(const std::string& file)> load;
  std::uint64_t threads = 0;  ///< 0: all
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::size_t finished, std::size_t points)> progress;  ///< one call at a time
};

/// One result for each claim, in their order. A claim that others test has the verdict of the one it names, where that
/// is among the claims; else `background`. Throws Stopped.
std::vector<ClaimResult> reproduce(const ReproduceRequest& request);

/// "Of 35 claims 14 hold, ...": one paragraph.
std::string summary(const std::vector<ClaimResult>& results);

}  // namespace isotherm::batch
