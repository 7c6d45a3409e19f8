#include "verdict/statement.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace isotherm::verdict {
namespace {

constexpr double clearly = 5;  ///< standard errors

template <class... Values>
std::string print(const char* format, Values... values) {
  const int length = std::snprintf(nullptr, 0, format, values...);
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  std::snprintf(text.data(), text.size(), format, values...);
  text.pop_back();
  return text;
}

std::string number(double value) { return print("%.4g", value); }
std::string integer(double value) { return print("%.0f", value); }

/// With two digits of the standard error; where that is 0, or numbers are large, with four digits of the value.
std::string number(const Estimate& estimate) {
  const double size = std::max(std::abs(estimate.value), estimate.standard_error);
  if (!(size < 1e6 && estimate.standard_error > 0))
    return number(estimate.value) + " +- " + print("%.2g", estimate.standard_error);
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(estimate.standard_error))), 0, 12);
  return print("%.*f +- %.*f", decimals, estimate.value, decimals, estimate.standard_error);
}

std::string p_value(const Comparison& comparison) {
  const double log10 = comparison.log10_p_value.value_or(0);
  if (*comparison.p_value > 1e-100) return print("p = %.2g", *comparison.p_value);
  return std::isfinite(log10) ? print("p = 1e%.0f", std::floor(log10)) : "p = 0";
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// "Gibbs at alpha = 0.5", "Gibbs at the fitted alpha = 0.5236", or the prediction's own name.
std::string title(const theory::Prediction& prediction, const Scales& scales) {
  if (prediction.name == "gibbs") return "Gibbs at alpha = " + number(scales.reference_alpha);
  if (prediction.name != "gibbs-fitted") return "the prediction '" + prediction.name + "'";
  if (!prediction.temperature || !(scales.alpha_unit > 0)) return "Gibbs at the fitted alpha";
  return "Gibbs at the fitted alpha = " + number(*prediction.temperature / scales.alpha_unit);
}

/// The comparison that says most: the smallest p-value among those that count, or null.
const Comparison* strongest(const Verdict& verdict, const std::string& prediction) {
  const Comparison* found = nullptr;
  for (const Comparison& comparison : verdict.comparisons) {
    if (comparison.prediction != prediction || !counts_for_verdict(comparison)) continue;
    if (!found || *comparison.log10_p_value < *found->log10_p_value) found = &comparison;
  }
  return found;
}

/// What a measured mean and covariance are off by.
std::string evidence_of_moments(const Comparison& comparison) {
  return comparison.observable + ": T^2 " + number(*comparison.chi_squared) + " at " +
         integer(*comparison.degrees_of_freedom) + " degrees of freedom, " + p_value(comparison) + "; the mean is " +
         print("%.2g", comparison.moments->mean) + " standard deviations off, variances by up to " +
         print("%.2g", 100 * comparison.moments->covariance) + " %";
}

std::string evidence(const Comparison& comparison) {
  if (comparison.moments) return evidence_of_moments(comparison);
  const char* statistic = comparison.test == "batch means" ? "batch-means T^2 " : "chi-squared ";
  return comparison.observable + ": " + statistic + number(*comparison.chi_squared) + " at " +
         integer(*comparison.degrees_of_freedom) + " degrees of freedom, " + p_value(comparison) +
         "; total variation " + print("%.2g", comparison.distance.total_variation) + ", noise alone would give " +
         print("%.2g", comparison.floor.total_variation);
}

std::string why_not_applicable(const Verdict& verdict, const theory::Prediction& prediction) {
  if (!prediction.not_applicable.empty()) return prediction.not_applicable;
  if (verdict.diagnostics.mixed == false) return "the run has not mixed";
  for (const Comparison& comparison : verdict.comparisons)
    if (comparison.prediction == prediction.name && !comparison.reason.empty())
      return comparison.observable + ": " + comparison.reason;
  return "there is no histogram to test it with";
}

/// What can be said where nothing can be tested.
std::string mean_loss(const Measurement& measurement) {
  if (measurement.snapshots.empty()) return "";
  const Snapshot& last = measurement.last();
  for (const SnapshotObservable& observable : last.observables) {
    const MomentSum& sum = observable.total;
    if (observable.name != "loss" || !(sum.count > 1) || !std::isfinite(sum.mean)) continue;
    const double error = std::sqrt(sum.variance() / sum.count);
    return "At step " + integer(static_cast<double>(last.step)) + ", time " + number(last.time) +
           ", the mean loss is " + (error > 0 ? number(Estimate{sum.mean, error}) : number(sum.mean)) + ".";
  }
  return "";
}

/// What an approximation says of its own error, beside what was found.
std::string stated_error(const Verdict& verdict, const theory::Prediction& prediction) {
  if (!prediction.mean_error || !prediction.covariance_error || *prediction.covariance_error == 0) return "";
  const std::string of_mean =
      *prediction.mean_error > 0
          ? "its own error is about " + print("%.2g", *prediction.mean_error) + " standard deviations of the mean and "
          : "its mean is exact, and its own error about ";
  const std::string error = *prediction.covariance_error >= 1
                                ? "its law is too wide for it"
                                : of_mean + print("%.2g", 100 * *prediction.covariance_error) + " % of variances";
  for (const Comparison& comparison : verdict.comparisons)
    if (comparison.prediction == prediction.name && comparison.observable == "moments" && comparison.moments)
      return ": " + error + ", and they are off by " + print("%.2g", comparison.moments->mean) + " and " +
             print("%.2g", 100 * comparison.moments->covariance) + " %";
  return ": " + error;
}

std::string finding(const Verdict& verdict, const theory::Prediction& prediction, const Scales& scales) {
  const std::string subject = title(prediction, scales);
  const Comparison* comparison = strongest(verdict, prediction.name);
  switch (verdict.outcome.at(prediction.name)) {
    case Outcome::rejected:
      return subject + " is rejected (" + evidence(*comparison) + ")" + stated_error(verdict, prediction);
    case Outcome::consistent:
      return subject + " is consistent with the run (" + evidence(*comparison) + ")";
    case Outcome::not_applicable:
      break;
  }
  return subject + " was not tested (" + why_not_applicable(verdict, prediction) + ")";
}

std::string measured_alpha(const AlphaEstimates& alpha) {
  std::string text;
  const auto add = [&](const std::optional<Estimate>& estimate, const char* method) {
    if (estimate) text += (text.empty() ? "measured alpha = " : ", ") + number(*estimate) + " by " + method;
  };
  add(alpha.maximum_likelihood, "maximum likelihood");
  if (!alpha.maximum_likelihood) add(alpha.virial, "virial");
  add(alpha.corrected_virial, "corrected virial");
  add(alpha.kinetic, "kinetic energy");
  return text.empty() ? "alpha was not measured" : text;
}

/// T, beta, alpha, eta, the rule's own numbers and sigma: each alone is read with somebody else's convention.
std::string scales_in_words(const Scales& scales) {
  const double t = 2 * scales.reference_alpha * scales.temperature;
  const bool has_temperature = t > 0 && std::isfinite(t), no_noise = scales.sigma == 0.0;
  std::string text =
      has_temperature ? "T = " + number(t) + ", beta = " + number(1 / t) + ", alpha = " + number(scales.reference_alpha)
      : no_noise      ? "T = 0, beta infinite, alpha = " + number(scales.reference_alpha)
                      : "T and beta undefined, alpha = " + number(scales.reference_alpha);
  if (scales.eta > 0) text += ", eta = " + number(scales.eta) + (scales.scheduled ? " (that of the last step)" : "");
  if (scales.step > 0 && scales.step != scales.eta) text += ", dt = " + number(scales.step);
  for (const auto& [name, value] : scales.entering) text += ", " + name + " = " + value;
  if (!has_temperature && !scales.sigma) return text + ", sigma depending on the position";
  // Where either differs between coordinates, their mean product is what T comes from.
  text += scales.sigma                                   ? ", sigma = " + number(*scales.sigma)
          : scales.noise.name == noise_of_examples       ? ", sigma from the examples"
          : scales.noise.name.ends_with(beside_examples) ? ", sigma from the examples and --sigma"
                                                         : ", sigma differing between coordinates";
  return text +
         (scales.one_temperature || !has_temperature
              ? ""
              : ", " + scales.unit_in_words() + " = " + number(scales.alpha_unit) + " in the mean over coordinates");
}

double deviation(const Estimate& estimate, double expected) {
  return (estimate.value - expected) / estimate.standard_error;
}

bool is_off(const std::optional<Estimate>& estimate, double expected) {
  return estimate && std::abs(deviation(*estimate, expected)) > clearly;
}

bool agrees(const std::optional<Estimate>& estimate, double expected) {
  return estimate && !is_off(estimate, expected);
}

/// "T_x = 0.04 +- 0.0001, T_y = 0.0025 +- 0.00001, ratio 16"; of many coordinates the coldest and the hottest.
std::string listed(const std::vector<CoordinateTemperature>& temperatures) {
  constexpr std::size_t few = 4;
  const auto entry = [](const CoordinateTemperature& t) { return "T_" + t.coordinate + " = " + number(t.temperature); };
  const auto [coldest, hottest] =
      std::minmax_element(temperatures.begin(), temperatures.end(),
                          [](const auto& a, const auto& b) { return a.temperature.value < b.temperature.value; });
  std::string text;
  if (temperatures.size() <= few) {
    for (const CoordinateTemperature& t : temperatures) text += (text.empty() ? "" : ", ") + entry(t);
  } else {
    text = "from " + entry(*coldest) + " to " + entry(*hottest);
  }
  return is_off(coldest->temperature, 0)
             ? text + ", ratio " + number(hottest->temperature.value / coldest->temperature.value)
             : text;
}

std::string different_temperatures(const Verdict& verdict) {
  return verdict.temperatures.one.outcome == Outcome::rejected
             ? "the coordinates have different temperatures: " + listed(verdict.temperatures.by_coordinate)
             : "";
}

/// The coordinate whose temperature is farthest from its T_eff, where their test finds one.
std::string unexpected_temperature(const Verdict& verdict) {
  if (verdict.temperatures.expected.outcome != Outcome::rejected || is_off(verdict.alpha.corrected_virial, 0.5))
    return "";
  const CoordinateTemperature* worst = nullptr;
  const auto off = [](const CoordinateTemperature& t) { return std::abs(deviation(t.temperature, *t.expected)); };
  for (const CoordinateTemperature& t : verdict.temperatures.by_coordinate)
    if (t.expected && (!worst || off(t) > off(*worst))) worst = &t;
  if (!worst) return "";
  return "T_" + worst->coordinate + " = " + number(worst->temperature) + " is not the " + number(*worst->expected) +
         " that its noise and learning rate give.";
}

/// The excess kurtosis of an observable, with its error from the groups.
std::optional<Estimate> excess_kurtosis(const SnapshotObservable& observable) {
  constexpr double fewest = 32;
  MomentSum groups;
  for (const MomentSum& group : observable.groups)
    if (group.count > 1) groups = merge(groups, MomentSum{1, group.excess_kurtosis(), 0, 0, 0});
  if (groups.count < fewest || !(groups.variance() > 0)) return std::nullopt;
  return Estimate{observable.total.excess_kurtosis(), std::sqrt(groups.variance() / groups.count)};
}

/// What makes the tails of a Gibbs law too light, where it can be seen.
std::string heavy_tails(const Measurement& measurement, const theory::Prediction& lead, const Scales& scales) {
  if (!scales.noise.excess_kurtosis)
    return "The noise " + scales.noise.name +
           " has an infinite fourth moment: it gives the coordinates heavy tails, which Gibbs has not.";
  if (measurement.snapshots.empty()) return "";
  constexpr double heavier = 0.5, centred = 0.01;
  for (std::size_t c = 0; c < std::min(lead.marginals.size(), scales.dimension); ++c) {
    const theory::Marginal& marginal = lead.marginals[c];
    if (!marginal.mean || !marginal.variance || !marginal.fourth_moment || !(*marginal.variance > 0)) continue;
    // Of a law off its centre the fourth moment says nothing of the tails.
    if (std::abs(*marginal.mean) > centred * std::sqrt(*marginal.variance)) continue;
    constexpr double rounding = 1e-9;  // of a normal law
    const double kurtosis = *marginal.fourth_moment / (*marginal.variance * *marginal.variance) - 3;
    const double expected = std::abs(kurtosis) < rounding ? 0 : kurtosis;
    const SnapshotObservable& observable = measurement.last().observables[c];
    const std::optional<Estimate> measured = excess_kurtosis(observable);
    if (measured && measured->value - clearly * measured->standard_error > std::max(expected, 0.0) + heavier)
      return "The tails of " + observable.name + " are heavier than those of Gibbs: its excess kurtosis is " +
             number(*measured) + ", that of Gibbs " + number(expected) + ".";
  }
  return "";
}

/// How a noise that is not normal changes the law: kappa3 at order sqrt(eta), kappa4 at order eta, as the finite step
/// does, and kappa4 / 3 times as much (theory/modified.hpp).
std::string non_gaussian_noise(const Scales& scales) {
  constexpr double noticed = 0.1;  // of what the finite step does
  const NoiseLaw& noise = scales.noise;
  const std::string step = scales.step != scales.eta ? "dt h" : "eta h";
  if (!noise.excess_kurtosis) return "";  // said by heavy_tails
  if (std::abs(noise.skewness.value_or(0)) > noticed)
    return "The noise " + noise.name + " is skewed (skewness " + number(*noise.skewness) +
           "): its third cumulant changes the law at order sqrt(" + step + "), before the finite step does.";
  if (std::abs(*noise.excess_kurtosis) > 3 * noticed)
    return "The noise " + noise.name + " is not Gaussian (excess kurtosis " + number(*noise.excess_kurtosis) +
           "): its fourth cumulant changes the law at the same order " + step + " as the finite step.";
  return "";
}

/// What the corrected virial, 1/2 for every stationary chain with the stated noise, says about the cause.
std::string cause(const Verdict& verdict, Outcome lead, const Scales& scales) {
  const AlphaEstimates& alpha = verdict.alpha;
  if (scales.reshuffled && is_off(alpha.corrected_virial, 0.5))
    return "The examples are taken in turn, in a new order each epoch, so the noise of the steps of an epoch cancels: "
           "this is "
           "colder than steps that draw their examples anew, and differs by the place in the epoch.";
  if (is_off(alpha.corrected_virial, 0.5)) {
    const double factor = scales.noise.name == noise_of_examples
                              ? 0
                              : alpha.corrected_virial->value / 0.5;  // of sigma^2, if that were the only cause
    return "The corrected virial, which is 1/2 at every learning rate, is off by " +
           print("%.1f", std::abs(deviation(*alpha.corrected_virial, 0.5))) + " standard errors: " +
           (factor > 0 ? "sigma^2 is " + number(factor) + " times what was stated, or the chain is not stationary yet."
                       : "the chain is not stationary yet, and needs a longer burn-in.");
  }
  constexpr double decisive = 0.05;  // of alpha = 1/2: a wider error says nothing of the noise
  if (lead != Outcome::rejected || !agrees(alpha.corrected_virial, 0.5) ||
      alpha.corrected_virial->standard_error > decisive / 2)
    return "";
  const std::string noise_is_right = "The corrected virial is 1/2 within its error of " +
                                     print("%.2g", 200 * alpha.corrected_virial->standard_error) +
                                     (scales.noise.name == noise_of_examples ? " %, so the chain is stationary"
                                                                             : " %, so the noise has its stated scale");
  if (scales.reference_alpha != 0.5 && is_off(alpha.maximum_likelihood, scales.reference_alpha))
    return noise_is_right + ", and " + number(scales.reference_alpha) + " is not this chain's alpha.";
  if (const std::string different = different_temperatures(verdict); !different.empty())
    return noise_is_right + ", but " + different + ".";
  if (!scales.one_temperature)
    return noise_is_right + ", but it differs between coordinates, and with it the temperature.";
  const std::string step = scales.step != scales.eta ? "dt h" : "eta h";
  if (is_off(alpha.maximum_likelihood, 0.5))
    return noise_is_right + ": alpha differs from 1/2 because of the finite step, by a relative order of " + step + ".";
  return noise_is_right + ": what is left would come from the finite step, of relative order " + step +
         ", or from wells that have not exchanged particles for long enough.";
}

/// Nothing of what is rejected is about the stationary law while means still move.
std::string short_burn_in(const Verdict& verdict) {
  const Diagnostics& diagnostics = verdict.diagnostics;
  const bool rejected = std::any_of(verdict.outcome.begin(), verdict.outcome.end(),
                                    [](const auto& entry) { return entry.second == Outcome::rejected; });
  const Drift& drift = *diagnostics.drift;
  std::string text = "The burn-in was too short: the " + drift.observable + " moved by " + number(drift.change) +
                     " between the first sample, at step " + std::to_string(diagnostics.first_sample) +
                     ", and the last, " + print("%.1f", std::abs(drift.t)) + " standard errors";
  if (rejected) text += ", so what was rejected may be the transient";
  return text + (diagnostics.sufficient_burn_in > 0
                     ? "; give --burn-in " + std::to_string(diagnostics.sufficient_burn_in) + "."
                     : "; give a longer --burn-in.");
}

std::string dependence(const Verdict& verdict) {
  const auto worst = std::min_element(verdict.group_tests.begin(), verdict.group_tests.end(),
                                      [](const GroupTest& a, const GroupTest& b) { return a.p_value < b.p_value; });
  return "The particles are not independent (" + worst->observable + " by groups: chi-squared " +
         number(worst->chi_squared) + " at " + integer(worst->degrees_of_freedom) +
         print(" degrees of freedom, p = %.2g", worst->p_value) + "), so the errors and p-values here do not hold.";
}

std::string losses(const Measurement& measurement) {
  const std::uint64_t lost = measurement.last().nonfinite;
  const std::string share = lost >= measurement.particles ? "All " : std::to_string(lost) + " of ";
  std::string text = share + std::to_string(measurement.particles) + " particles are not finite at the last step";
  if (measurement.first_nonfinite_step)
    text += ", from step " + std::to_string(*measurement.first_nonfinite_step) + " on";
  return text + (lost >= measurement.particles ? ": nothing can be said." : "; all else is about the others.");
}

/// Where there is no variance: why, as theory says and as the tails show.
std::string missing_variance(const Verdict& verdict, const Scales& scales) {
  std::string tails;
  for (const CoordinateTail& tail : verdict.tails)
    if (tail.has_no_variance())
      tails += (tails.empty() ? "The tail of " : ", that of ") + tail.coordinate + " falls like a power of index " +
               number(Estimate{tail.index.value, tail.index.standard_error});
  if (!tails.empty()) tails += " by Hill's estimator, and a variance needs more than 2. ";
  const std::string why = scales.no_variance.empty() ? "" : capitalized(scales.no_variance) + ". ";
  return why.empty() && tails.empty() ? "" : why + tails + "So neither variances nor a temperature are stated.";
}

/// The share of proposals that a rule with a test took at the last step.
std::string acceptance(const Measurement& measurement) {
  if (measurement.snapshots.empty()) return "";
  const std::optional<Estimate> rate = acceptance_rate(measurement.last());
  return rate ? "At the last step " + number(*rate) + " of the proposals were accepted." : "";
}

}  // namespace

std::string not_mixed(const Diagnostics& diagnostics) {
  if (diagnostics.within_wells)
    return "particles settle in their wells at rate " + number(diagnostics.exchange_rate) + " per step, and only " +
           std::to_string(diagnostics.steps_run) + " steps were run, so their law is still near that of the start";
  return std::string("wells exchange their particles at ") +
         (diagnostics.exchange_is_at_most ? "most at rate " : "rate ") + number(diagnostics.exchange_rate) +
         " per step, and only " + std::to_string(diagnostics.steps_run) +
         " steps were run, so the weights of the wells are those of the start";
}

std::string statement(const Verdict& verdict, const Measurement& measurement,
                      const std::vector<theory::Prediction>& predictions, const Scales& scales) {
  const bool has_lead = !predictions.empty();
  const bool mixed = verdict.diagnostics.mixed != false;
  std::string text = mixed ? "" : "The run has not mixed: " + not_mixed(verdict.diagnostics) + ". ";
  text += has_lead ? capitalized(finding(verdict, predictions.front(), scales)) : "Nothing was predicted";
  text += ": " + measured_alpha(verdict.alpha) + "; " + scales_in_words(scales) + ".";
  const auto add = [&](const std::string& sentence) {
    if (!sentence.empty()) text += " " + sentence;
  };
  const Outcome lead = has_lead ? verdict.outcome.at(predictions.front().name) : Outcome::not_applicable;
  if (mixed && verdict.diagnostics.drift) {
    add(short_burn_in(verdict));
  } else {
    const std::string found = cause(verdict, lead, scales), different = different_temperatures(verdict);
    add(found);
    if (!different.empty() && found.find(different) == std::string::npos) add(capitalized(different) + ".");
    add(unexpected_temperature(verdict));
    if (lead == Outcome::rejected) {
      add(heavy_tails(measurement, predictions.front(), scales));
      add(non_gaussian_noise(scales));
    }
  }
  for (std::size_t i = 1; i < predictions.size(); ++i)
    if (verdict.outcome.at(predictions[i].name) != Outcome::not_applicable)
      add(capitalized(finding(verdict, predictions[i], scales)) + ".");
  add(missing_variance(verdict, scales));
  if (has_lead && !predictions.front().not_applicable.empty() && scales.no_variance.empty() &&
      !verdict.has_no_variance())
    add(mean_loss(measurement));
  add(acceptance(measurement));
  if (!verdict.independent) add(dependence(verdict));
  if (!measurement.snapshots.empty() && measurement.last().nonfinite > 0) add(losses(measurement));
  return text;
}

}  // namespace isotherm::verdict
