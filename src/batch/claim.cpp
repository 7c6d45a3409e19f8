#include "batch/claim.hpp"

#include <algorithm>
#include <iterator>

namespace isotherm::batch {

std::string in_words(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::holds:
      return "holds";
    case ClaimVerdict::leading_order:
      return "holds to leading order";
    case ClaimVerdict::does_not_hold:
      return "does not hold";
    case ClaimVerdict::background:
      return "background";
    case ClaimVerdict::failed:
      return "failed";
  }
  return "";
}

ClaimVerdict judge(const Findings& findings) {
  const auto agrees = [](const Check& check) { return check.agrees(); };
  if (!std::all_of(findings.corrected.begin(), findings.corrected.end(), agrees)) return ClaimVerdict::failed;
  if (std::all_of(findings.printed.begin(), findings.printed.end(), agrees)) return ClaimVerdict::holds;
  if (findings.deviations.size() < 2) return ClaimVerdict::does_not_hold;
  const auto [smallest, largest] =
      std::minmax_element(findings.deviations.begin(), findings.deviations.end(),
                          [](const Deviation& a, const Deviation& b) { return a.step < b.step; });
  const double most =
      1.5 * std::abs(largest->relative.value) * std::pow(smallest->step / largest->step, findings.order) +
      5 * smallest->relative.standard_error;
  return std::abs(smallest->relative.value) <= most ? ClaimVerdict::leading_order : ClaimVerdict::does_not_hold;
}

const std::vector<Claim>& claims() {
  static const std::vector<Claim> all = [] {
    std::vector<Claim> list;
    for (std::vector<Claim> part : {gradient_flow_claims(), stationary_density_claims(), stochastic_gradient_claims(),
                                    temperature_claims(), facts(), traps()})
      std::move(part.begin(), part.end(), std::back_inserter(list));
    std::stable_sort(list.begin(), list.end(), [](const Claim& a, const Claim& b) { return a.id < b.id; });
    return list;
  }();
  return all;
}

}  // namespace isotherm::batch
