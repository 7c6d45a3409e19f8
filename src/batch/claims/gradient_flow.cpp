// "Gradient flow": SGD with small steps follows dPhi/dt = -g, and time is the sum of the learning rates.

#include <cmath>
#include <tuple>

#include "batch/claim.hpp"
#include "batch/claims/quadratic.hpp"

namespace isotherm::batch {
namespace {

const std::string document = "gradient flow";

double eta_of(const Result& result) { return result.experiment.eta.front(); }

/// Mean and scatter of the particles on their way, at the largest and the smallest step.
Figure trajectories(const std::vector<Result>& runs) {
  Figure figure{.title = "SGD follows the flow exp(-t), with less scatter the smaller the step",
                .x = "time t = sum of the learning rates",
                .y = "x: mean, and bars of one standard deviation of the particles"};
  figure.series.push_back(curve("flow, dx/dt = -x", Ink::blue, 0, 1, [](double t) { return std::exp(-t); }));
  for (const auto& [run, ink, shift] :
       {std::tuple{&runs.front(), Ink::orange, -0.006}, {&runs.back(), Ink::green, 0.006}}) {
    Series series{.name = "SGD, eta = " + short_number(eta_of(*run)), .kind = Series::Kind::points, .ink = ink};
    for (const Snapshot& snapshot : run->measurement.snapshots) {
      const Reading reading(*run, snapshot.step);
      series.x.push_back(snapshot.time + shift);
      series.y.push_back(reading.mean("x").value);
      series.bar.push_back(reading.standard_deviation("x").value);
    }
    figure.series.push_back(series);
  }
  return figure;
}

Figure approach(const std::vector<double>& etas, const std::vector<Estimate>& errors,
                const std::vector<Estimate>& spreads) {
  std::vector<Estimate> distances;
  for (const Estimate& error : errors) distances.push_back({std::abs(error.value), error.standard_error});
  const double lower = etas.back() / 1.2, upper = etas.front() * 1.2;
  const double rounding = std::sqrt((1 - std::exp(-2.0)) / 2);
  return {.title = "The error of the mean falls as eta, the scatter as its root",
          .x = "learning rate eta",
          .y = "distance from the flow at t = 1",
          .logarithmic_x = true,
          .logarithmic_y = true,
          .series = {
              points("error of the mean", Ink::orange, etas, distances),
              curve(
                  "eta / (2 e)", Ink::orange, lower, upper, [](double eta) { return eta * std::exp(-1.0) / 2; }, true),
              points("scatter of the particles", Ink::blue, etas, spreads),
              curve(
                  ".6575 sqrt(eta)", Ink::blue, lower, upper, [=](double eta) { return rounding * std::sqrt(eta); },
                  true)}};
}

/// After one unit of time from x = 1 on x^2/2: mean (1 - eta)^n, variance eta (1 - a^(2n)) / (2 - eta). A statement
/// about a limit: what is tested is how it is approached.
Findings small_steps_follow_the_flow(const Evidence& evidence) {
  Findings findings;
  std::vector<double> etas;
  std::vector<Estimate> errors, spreads, exact_errors, exact_spreads;
  const double flow = std::exp(-1.0);
  for (const Result& run : evidence.of("C01-quadratic")) {
    const double eta = eta_of(run);
    const Reading last(run);
    const quadratic::Normal exact = quadratic::from_point(eta, 1, 1, 1, std::round(1 / eta));
    const std::string at = " at eta = " + short_number(eta);
    findings.corrected.push_back({"mean of x(1), quadratic" + at, exact.mean, last.mean("x")});
    findings.corrected.push_back({"variance of x(1), quadratic" + at, exact.variance, last.variance("x")});
    etas.push_back(eta);
    errors.push_back(difference(last.mean("x"), {flow, 0}));
    spreads.push_back(last.standard_deviation("x"));
    exact_errors.push_back({exact.mean - flow, errors.back().standard_error});
    exact_spreads.push_back({std::sqrt(exact.variance), spreads.back().standard_error});
  }
  const Estimate order = logarithmic_slope(etas, errors), spread_order = logarithmic_slope(etas, spreads);
  findings.corrected.insert(findings.corrected.begin(),
                            {{"order of the error of the mean", logarithmic_slope(etas, exact_errors).value, order},
                             {"order of the scatter", logarithmic_slope(etas, exact_spreads).value, spread_order}});
  findings.figures = {trajectories(evidence.of("C01-quadratic")), approach(etas, errors, spreads)};
  // Of log cosh the flow is sinh x(t) = e^-t sinh x(0); mean and variance at eta = .0125 by density evolution.
  constexpr double log_cosh_flow = 0.419885257562, mean_error = -0.035072, variance = 0.526560;
  const Result& run = evidence.only("C01-log-cosh");
  const double eta = eta_of(run);
  const Reading last(run);
  findings.corrected.push_back({"(mean of x(1) - flow) / eta, log cosh", mean_error,
                                scaled(difference(last.mean("x"), {log_cosh_flow, 0}), 1 / eta), 5e-7});
  findings.corrected.push_back(
      {"variance of x(1) / eta, log cosh", variance, scaled(last.variance("x"), 1 / eta), 5e-7});
  findings.instead = "the error of the mean falls as eta^" + short_number(order.value, 3) + ", the scatter as eta^" +
                     short_number(spread_order.value, 3);
  return findings;
}

/// sqrt(N) gradients of mean .2 and sigma = 1 in a block: their mean has standard deviation sigma / N^(1/4).
Findings blocks_average_their_gradients(const Evidence& evidence) {
  const Result& run = evidence.only("C02");
  const Reading last(run);
  const double unit = eta_of(run) * 100;
  return {.corrected = {{"standard deviation of a block's mean gradient", 0.1,
                         scaled(last.standard_deviation("x"), 1 / unit)},
                        {"mean gradient of a block", 0.2, scaled(last.mean("x"), -1 / unit)}},
          .figures = {{.title = "The mean gradient of a block of 100 scatters by a tenth of one gradient's noise",
                       .x = "mean gradient of a block (g = .2, sigma = 1)",
                       .y = "density",
                       .series = {density("blocks of 100 steps", Ink::measured, run, "x", -1 / unit),
                                  curve("normal, sd = sigma / 10", Ink::blue, -0.3, 0.7, normal_density(0.2, 0.01))}}}};
}

Findings time_is_the_sum_of_the_rates(const Evidence& evidence) {
  Findings findings;
  const double flow = std::exp(-1.0);
  Figure figure{.title = "After one unit of time SGD is below the flow, by half the sum of the squared rates",
                .x = "mean of x at t = 1"};
  const auto add = [&](const std::string& file, const std::string& what, double expected, double largest_rate) {
    const Estimate x = Reading(evidence.only(file)).mean("x");
    findings.corrected.push_back({"x after one unit of time, " + what, expected, x, 5e-10});
    findings.printed.push_back({"the flow's x(1)", flow, x});
    figure.rows.push_back({what, x, expected, flow});
    findings.deviations.push_back({largest_rate, scaled(difference(x, {flow, 0}), 1 / flow)});
  };
  add("C03-constant", "100 steps of .01", 0.366032341, 0.01);
  add("C03-linear", "100 steps falling from .0198", 0.365422716, 0.0198);
  findings.figures = {figure};
  findings.instead = "exp(-t) (1 - sum eta_k^2 / 2) to the next order";
  return findings;
}

}  // namespace

std::vector<Claim> gradient_flow_claims() {
  return {
      {.id = "C01",
       .document = document,
       .statement = "as eta -> 0 with N eta = t, SGD is at Phi(t) of dPhi/dt = -g",
       .corrected = "the mean is off by O(eta), particles scatter by O(sqrt(eta))",
       .files = {"C01-quadratic", "C01-log-cosh"},
       .evaluate = small_steps_follow_the_flow},
      {.id = "C02",
       .document = document,
       .statement = "sqrt(N) steps in a block move by eta sqrt(N) g",
       .corrected = "and the block's mean gradient scatters by sigma / N^(1/4)",
       .files = {"C02"},
       .evaluate = blocks_average_their_gradients},
      {.id = "C03",
       .document = document,
       .statement = "time is the sum of the learning rates",
       .corrected = "up to a relative sum of eta_k^2 / 2",
       .files = {"C03-constant", "C03-linear"},
       .evaluate = time_is_the_sum_of_the_rates},
  };
}

}  // namespace isotherm::batch
