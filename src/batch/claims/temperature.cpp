// The problem sheets on batch size, momentum and temperature.

#include <cmath>
#include <tuple>

#include "batch/claim.hpp"
#include "batch/claims/quadratic.hpp"

namespace isotherm::batch {
namespace {

const std::string document = "problems on temperature";

double eta_of(const Result& result) { return result.experiment.eta.front(); }
double batch_of(const Result& result) { return static_cast<double>(result.experiment.batch_size.value_or(1)); }

/// eta = B eta_0, eta_0 = .01, h = 1: 2 h Var / (eta_0 sigma^2) = 2 / (2 - B eta_0).
Findings rates_in_proportion_to_batches(const Evidence& evidence) {
  Findings findings;
  constexpr double base = 0.01;
  std::string at_four;
  std::vector<double> batches, data_batches;
  std::vector<Estimate> variances, data_variances;
  for (const char* const file : {"C28", "C28-data"})
    for (const Result& run : evidence.of(file)) {
      const double batch = batch_of(run);
      const Estimate of = scaled(Reading(run).variance("x"), 2 / base);
      const std::string what = std::string("2 h Var / (eta_0 sigma^2) at B = ") + short_number(batch) +
                               (run.experiment.random.empty() ? "" : ", examples");
      findings.corrected.push_back({what, 2 / (2 - batch * base), of});
      findings.printed.push_back({what, 1, of});
      (run.experiment.random.empty() ? batches : data_batches).push_back(batch);
      (run.experiment.random.empty() ? variances : data_variances).push_back(of);
      if (batch <= 64 && run.experiment.random.empty()) findings.deviations.push_back({batch, difference(of, {1, 0})});
      if (batch == 4 && run.experiment.random.empty()) at_four = short_number(of.value, 5);
    }
  findings.figures = {
      {.title = "With eta = B eta_0 the variance stays, as long as B eta_0 h is small",
       .x = "batch size B (eta_0 = .01)",
       .y = "2 h Var / (eta_0 sigma^2)",
       .logarithmic_x = true,
       .logarithmic_y = true,
       .series = {points("noise", Ink::measured, batches, variances),
                  points("batches of examples", Ink::orange, data_batches, data_variances),
                  curve(
                      "2 / (2 - B eta_0 h)", Ink::blue, 1, 199.1, [](double b) { return 2 / (2 - b * base); }, true),
                  dashed(level("no dependence on B", Ink::green, 1, 250, 1))}}};
  findings.instead = "the ratio is " + at_four + " at B = 4, and grows without bound as B eta_0 h -> 2";
  return findings;
}

/// The noise of sum_i w_i ghat_i, w = (.5, .3, .2), and momentum's form of it.
Findings covariances_add_their_squares(const Evidence& evidence) {
  Findings findings;
  const Result& weights = evidence.only("C29-weights");
  const double eta = eta_of(weights);
  const Estimate of = scaled(Reading(weights).variance("x"), 1 / quadratic::variance(eta, 1, 1));
  findings.corrected.push_back({"variance of a weighted step over that of one gradient", 0.38, of});
  findings.printed.push_back({"variance of a weighted step over that of one gradient", 1, of});
  findings.figures.push_back({.title = "Weights .5, .3, .2: variances add with the squares of the weights",
                              .x = "variance of the weighted step over that of one gradient",
                              .rows = {{"squares of weights sum to .38, weights to 1", of, 0.38, 1.0}}});
  constexpr double base = 0.01;
  std::vector<double> momenta;
  std::vector<Estimate> variances;
  for (const Result& run : evidence.of("C29-momentum")) {
    momenta.push_back(run.experiment.mu.value());
    variances.push_back(scaled(Reading(run).variance("x"), 2 / base));
    const double mu = run.experiment.mu.value(), batch = batch_of(run), rate = (1 - mu) * batch * base;
    findings.corrected.push_back({"2 h Var / (eta_0 sigma^2) with eta = (1 - mu) B eta_0, mu = " + short_number(mu),
                                  2 * (1 + mu) / (2 * (1 + mu) - rate), scaled(Reading(run).variance("x"), 2 / base)});
  }
  const Result& uncorrected = evidence.only("C29-uncorrected");
  const double mu = uncorrected.experiment.mu.value(), sigma = 1 / std::sqrt(batch_of(uncorrected));
  const Estimate wrong = scaled(Reading(uncorrected).variance("x"), 2 / base);
  findings.corrected.push_back({"the same with eta = B eta_0, mu = " + short_number(mu),
                                quadratic::momentum_variance(eta_of(uncorrected), mu, 1, sigma) * 2 / base, wrong});
  findings.figures.push_back(
      {.title = "eta = (1 - mu) B eta_0 keeps the variance; without the factor 1 - mu it grows tenfold",
       .x = "momentum mu, at B = 16",
       .y = "2 h Var / (eta_0 sigma^2)",
       .logarithmic_y = true,
       .series = {
           points("eta = (1 - mu) B eta_0", Ink::blue, momenta, variances),
           curve("exact", Ink::blue, 0, 0.99, [](double m) { return 2 * (1 + m) / (2 * (1 + m) - (1 - m) * 0.16); }),
           points("eta = B eta_0", Ink::orange, {mu}, {wrong}), curve("exact", Ink::orange, 0, 0.95, [=](double m) {
             return quadratic::momentum_variance(0.16, m, 1, sigma) * 2 / base;
           })}});
  findings.instead =
      "the sum of squares; the rule eta = (1 - mu) B eta_0 holds to leading order all the same (without 1 - mu the "
      "ratio is " +
      short_number(wrong.value, 3) + " at mu = " + short_number(mu) + ")";
  return findings;
}

/// MALA at T = .1 on the double well: <L> = -d ln Z / d beta, Var L = d^2 ln Z / d beta^2, by quadrature.
Findings gibbs_law_of_a_temperature(const Evidence& evidence) {
  const Reading last(evidence.only("C30"));
  return {.corrected = {{"mean loss at T = .1, double well", 0.0571592729895, last.mean("loss")},
                        {"variance of the loss", 0.00486356306, last.variance("loss"), 5e-12}},
          .figures = {
              {.title = "A sampler that is exact at every step has Gibbs' density exp(-L / T) / Z",
               .x = "x on the double well, T = .1",
               .y = "density",
               .series = {density("measured", Ink::measured, evidence.only("C30"), "x"),
                          curve("exp(-L / T) / Z", Ink::blue, -2, 2,
                                gibbs_density([](double x) { return (x * x - 1) * (x * x - 1) / 4; }, 0.1, -3, 3))}}}};
}

/// Ten coordinates, h = 1: the loss is Gamma(5, T) to leading order. alpha exactly: V = T / (1 - eta / 2).
Findings three_temperatures_three_distributions(const Evidence& evidence) {
  Findings findings;
  constexpr double quantiles[] = {0.09850748, 0.23354544, 0.45767595};  // of Gamma(5, .05)
  const char* const keys[] = {"0.05", "0.5", "0.95"};
  Figure distributions{.title = "Three temperatures, three distributions of the loss: Gamma(5, T)",
                       .x = "loss of a quadratic in ten coordinates",
                       .y = "density"};
  constexpr Ink inks[] = {Ink::orange, Ink::green, Ink::blue};
  for (const Result& run : evidence.of("C32")) {
    const double eta = eta_of(run), temperature = eta / 2, exact = temperature / (1 - eta / 2);
    const Reading last(run);
    const std::string at = " at T = " + short_number(temperature);
    findings.corrected.push_back(
        {"mean loss / T" + at, 5 * exact / temperature, scaled(last.mean("loss"), 1 / temperature)});
    findings.printed.push_back({"mean loss / T" + at, 5, scaled(last.mean("loss"), 1 / temperature)});
    for (int q = 0; q < 3; ++q)
      findings.corrected.push_back(
          {std::string("quantile ") + keys[q] + at, quantiles[q] * exact / 0.05, last.quantile("loss", keys[q]), 5e-9});
    const Ink ink = inks[distributions.series.size() / 2 % 3];
    Series measured = density("T = " + short_number(temperature), ink, run, "loss", 1, std::nullopt, 200);
    distributions.series.push_back(within(measured, 0.8));
    distributions.series.push_back(curve(
        "", ink, 0.001, 0.8, [=](double l) { return std::pow(l / exact, 4) * std::exp(-l / exact) / (24 * exact); }));
    findings.deviations.push_back(
        {eta, scaled(difference(last.mean("loss"), {5 * temperature, 0}), 1 / (5 * temperature))});
  }
  // A rate that is halved twice: at the end of each plateau the loss is that of its rate.
  const Result& halved = evidence.only("C32-steps");
  Figure plateaus{.title = "Each time the rate is halved the loss falls to half its plateau",
                  .x = "step",
                  .y = "mean loss",
                  .logarithmic_y = true};
  std::vector<double> steps;
  std::vector<Estimate> losses;
  for (const Snapshot& snapshot : halved.measurement.snapshots) {
    steps.push_back(static_cast<double>(snapshot.step));
    losses.push_back(Reading(halved, snapshot.step).mean("loss"));
  }
  plateaus.series.push_back(points("measured", Ink::measured, steps, losses));
  for (const auto& [end, eta, ink] :
       {std::tuple{400, 0.1, Ink::orange}, {800, 0.05, Ink::green}, {1200, 0.025, Ink::blue}}) {
    const double plateau = 5 * eta / (2 - eta);
    findings.corrected.push_back(
        {"mean loss " + std::to_string(end) + " steps after the start, eta = " + short_number(eta), plateau,
         Reading(halved, static_cast<std::uint64_t>(end)).mean("loss")});
    plateaus.series.push_back(level("5 eta / (2 - eta), eta = " + short_number(eta), ink, end - 400, end, plateau));
  }
  findings.figures = {distributions, plateaus};
  findings.instead = "the loss is Gamma(D/2, T) distributed; its mean is D T / 2 up to the finite step";
  return findings;
}

Findings larger_batches_are_colder(const Evidence& evidence) {
  std::vector<Estimate> variances;
  Findings findings;
  for (const Result& run : evidence.of("C33")) {
    variances.push_back(Reading(run).variance("x"));
    if (batch_of(run) == 4)
      findings.corrected.push_back(
          {"2 h Var / (eta sigma^2) at B = 4", 0.2512562814, scaled(variances.back(), 2 / eta_of(run)), 5e-11});
  }
  findings.corrected.insert(findings.corrected.begin(),
                            {"Var at B = 4 over Var at B = 1", 0.25, ratio(variances.at(1), variances.at(0))});
  Figure figure{
      .title = "Four times the batch, a quarter of the variance", .x = "x (eta = .01, sigma = 1)", .y = "density"};
  for (const Result& run : evidence.of("C33")) {
    const double batch = batch_of(run), variance = quadratic::variance(eta_of(run), 1, 1) / batch;
    const Ink ink = batch == 1 ? Ink::orange : Ink::blue;
    figure.series.push_back(within(density("B = " + short_number(batch), ink, run, "x", 1, std::nullopt, 200), 0.3));
    figure.series.push_back(
        curve("normal, variance " + short_number(variance, 3), ink, -0.3, 0.3, normal_density(0, variance)));
  }
  findings.figures = {figure};
  return findings;
}

}  // namespace

std::vector<Claim> temperature_claims() {
  return {
      {.id = "C28",
       .document = document,
       .statement = "with eta = B eta_0 the stationary law does not depend on B",
       .corrected = "to leading order: Var = eta_0 sigma^2 / (h (2 - B eta_0 h))",
       .files = {"C28", "C28-data"},
       .evaluate = rates_in_proportion_to_batches},
      {.id = "C29",
       .document = document,
       .statement =
           "a sum of gradients with weights alpha_i has covariance (sum alpha_i) Sigma; so eta = (1 - mu) B eta_0",
       .corrected = "(sum alpha_i^2) Sigma; the rule is right to leading order",
       .files = {"C29-weights", "C29-momentum", "C29-uncorrected"},
       .evaluate = covariances_add_their_squares},
      {.id = "C30",
       .document = document,
       .statement = "P = exp(-E / kT) / Z",
       .corrected = "",
       .files = {"C30"},
       .evaluate = gibbs_law_of_a_temperature},
      {.id = "C31", .document = document, .statement = "pV = NkT"},
      {.id = "C32",
       .document = document,
       .statement = "loss distributions at three temperatures, mean proportional to T",
       .corrected = "to leading order: Gamma(D/2, T) on a quadratic (the figure shown is no equilibrium)",
       .files = {"C32", "C32-steps"},
       .evaluate = three_temperatures_three_distributions},
      {.id = "C33",
       .document = document,
       .statement = "a larger batch at fixed eta is colder",
       .corrected = "T = eta sigma^2 / (2 B), exactly in proportion on a quadratic",
       .files = {"C33"},
       .evaluate = larger_batches_are_colder},
      {.id = "C34", .document = document, .statement = "B steps of eta_0 are one of B eta_0", .see = "C28"},
      {.id = "C35",
       .document = document,
       .statement = "Goyal et al. 2017: rates in proportion to batches",
       .see = "C22"},
  };
}

}  // namespace isotherm::batch
