// The 2018 lecture: noise of examples, convergence, RMSProp, momentum, Adam, batches, learning-rate schedules, and an
// algorithm that sets its own rates.

#include <cmath>

#include "batch/claim.hpp"
#include "batch/claims/quadratic.hpp"

namespace isotherm::batch {
namespace {

const std::string document = "SGD, 2018 lecture";

double eta_of(const Result& result) { return result.experiment.eta.front(); }

/// L = (x - y)^2 / 2, y = +-1 drawn fresh: noise of variance 1 and excess kurtosis -2.
Findings averages_of_quadratics_have_constant_noise(const Evidence& evidence) {
  const Result& run = evidence.only("C13");
  const Reading last(run);
  const double eta = eta_of(run);
  return {.corrected = {{"variance", quadratic::variance(eta, 1, 1), last.variance("x")},
                        {"excess kurtosis", quadratic::excess_kurtosis(eta, 1, -2), last.excess_kurtosis("x")},
                        {"alpha by the corrected virial", 0.5, corrected_virial_alpha(run)}},
          .figures = {{.title = "Examples y = -1 and 1 give noise that is the same everywhere: nearly normal, of "
                                "variance eta / (2 - eta)",
                       .x = "x (eta = .1)",
                       .y = "density",
                       .series = {density("measured", Ink::measured, run, "x"),
                                  curve("normal, variance 1/19", Ink::blue, -1, 1, normal_density(0, 1.0 / 19))}}}};
}

/// On the double well at sigma = 1 the chain leaves by a rare large step: with probability about .003 a step at
/// eta = .5 (known within a factor of 2), never in practice at .1.
Findings a_stationary_law_need_not_exist(const Evidence& evidence) {
  const Result &small = evidence.only("C14-small"), &large = evidence.only("C14-large");
  const auto lost = [](const Result& run) {
    return static_cast<double>(run.measurement.last().nonfinite) / static_cast<double>(run.measurement.particles);
  };
  const auto steps = static_cast<double>(large.measurement.last().step);
  const double rate = -std::log1p(-lost(large)) / steps;
  const Reading held(small);
  Findings findings;
  findings.corrected = {{"log2 of the rate of loss at eta = .5 over .003", 0, {std::log2(rate / 0.003), 0.2}},
                        {"particles lost at eta = .1", 0, {lost(small), 1 / held.particles()}},
                        {"mean loss that a fixed rate of .1 leaves", 0.0311461196, held.mean("loss"), 5e-11}};
  std::vector<double> steps_so_far;
  std::vector<Estimate> losses;
  for (const Snapshot& snapshot : large.measurement.snapshots) {
    const double n = static_cast<double>(large.measurement.particles),
                 share = static_cast<double>(snapshot.nonfinite) / n;
    steps_so_far.push_back(static_cast<double>(snapshot.step));
    losses.push_back({share, std::sqrt(share * (1 - share) / n)});
  }
  findings.figures = {{.title = "At eta = .5 particles keep leaving the double well: there is no stationary law",
                       .x = "step",
                       .y = "share of particles lost to infinity",
                       .series = {points("eta = .5", Ink::orange, steps_so_far, losses),
                                  curve(".003 a step, known within a factor of 2", Ink::orange, 0, 200,
                                        [](double n) { return -std::expm1(-0.003 * n); }),
                                  level("eta = .1: none", Ink::blue, 0, 200, 0)}}};
  findings.printed = {{"particles lost at eta = .5", 0, {lost(large), 1 / held.particles()}}};
  findings.instead =
      "at eta = .1 the law exists and its mean loss stays above 0 until the rate falls; at .5 particles are lost at " +
      short_number(rate, 2) + " a step";
  return findings;
}

struct Decay {
  const char* schedule;
  double mean,
      variance;  ///< after 1e4 updates from x = 1 by mean' = (1 - eta_t) mean, var' = (1 - eta_t)^2 var + eta_t^2
};

Findings falling_rates_converge(const Evidence& evidence) {
  Findings findings;
  Figure figure{
      .title = "Robbins-Monro: the loss goes to 0 if the rates fall with an infinite sum, and stops short if not",
      .x = "updates t",
      .y = "E x^2 (measured, and exactly as lines)",
      .logarithmic_x = true,
      .logarithmic_y = true};
  constexpr Ink inks[] = {Ink::blue, Ink::green, Ink::violet, Ink::orange};
  for (const Result& run : evidence.of("C15")) {
    double c = 0, a = 0, mean = 1, variance = 0;
    if (std::sscanf(run.experiment.schedule.c_str(), "power:%lf,%lf", &c, &a) != 2) continue;
    const auto steps = run.measurement.last().step;
    Series exact;
    double drawn = 0;
    for (std::uint64_t t = 1; t <= steps; ++t) {
      const double eta = c * std::pow(static_cast<double>(t), -a), keep = 1 - eta;
      mean *= keep;
      variance = keep * keep * variance + eta * eta;
      if (static_cast<double>(t) < 1.1 * drawn && t != steps) continue;
      drawn = static_cast<double>(t);
      exact.x.push_back(drawn);
      exact.y.push_back(mean * mean + variance);
    }
    if (((c == 0.5 && a != 0.75 && a != 1.5) || c == 1 || (c == 0.25)) && figure.series.size() < 8) {
      exact.ink = inks[figure.series.size() / 2];
      std::vector<double> times;
      std::vector<Estimate> squares;
      for (const Snapshot& snapshot : run.measurement.snapshots) {
        times.push_back(static_cast<double>(snapshot.step));
        squares.push_back(Reading(run, snapshot.step).second_moment("x"));
      }
      figure.series.push_back(
          points("eta_t = " + short_number(c) + " t^-" + short_number(a), exact.ink, times, squares));
      figure.series.push_back(exact);
    }
    const Reading last(run);
    const std::string of = " with eta_t = " + short_number(c) + " t^-" + short_number(a);
    findings.corrected.push_back({"E x^2" + of, mean * mean + variance, last.second_moment("x")});
    findings.corrected.push_back({"mean of x" + of, mean, last.mean("x")});
    if (a > 1)
      findings.instead = "in mean square, if the sum of the rates is infinite; with " + short_number(c) + " t^-" +
                         short_number(a) + " it stops at E x = " + short_number(last.mean("x").value, 4);
  }
  findings.figures = {figure};
  return findings;
}

/// The sum of n = 4 sigma^2 / g^2 gradients, as the displacement on a linear loss.
Findings samples_for_the_right_sign(const Evidence& evidence) {
  const Reading last(evidence.only("C16"));
  return {
      .corrected = {{"P(right sign)", 0.9772498681, last.fraction("x", 0, 50)}},
      .figures = {
          {.title =
               "The sum of 4 sigma^2 / g^2 gradients is two standard deviations from 0: 98 of 100 point the right way",
           .x = "sum of 100 gradients (g = .2, sigma = 1)",
           .y = "density",
           .series = {
               density("measured", Ink::measured, evidence.only("C16"), "x", -10),
               curve("normal, mean 20, sd 10", Ink::blue, -30, 70, normal_density(20, 100)),
               {.name = "wrong sign to the left", .ink = Ink::orange, .dashed = true, .x = {0, 0}, .y = {0, 0.04}}}}}};
}

/// eta = 1 on x^2 / 2: x' = -xi, a series of independent values.
Findings running_averages(const Evidence& evidence) {
  const Reading last(evidence.only("C17"));
  const Reading start(evidence.only("C17-start"));
  const Estimate exponential = last.variance("ema(x,10)"), boxcar = last.variance("average(x,10)");
  return {.corrected = {{"variance of the running average, N = 10", 1.0 / 19, exponential},
                        {"variance of the mean of 10 values", 0.1, boxcar},
                        {"weight that a start at 0 leaves after N = 10 steps", 1 - std::pow(0.9, 10),
                         rounded(evidence.only("C17-start"), start.mean("g.x").value, 100)}},
          .printed = {{"variance of an average of N = 10 values", 0.1, exponential}},
          .instead = "its variance is that of 2N - 1 = 19 values",
          .figures = {{.title = "A running average over N = 10 scatters like a mean of 19 values",
                       .x = "average of independent values of variance 1",
                       .y = "density",
                       .series = {density("running average, N = 10", Ink::orange, evidence.only("C17"), "ema(x,10)"),
                                  curve("normal, variance 1/19", Ink::orange, -1.3, 1.3, normal_density(0, 1.0 / 19)),
                                  density("mean of 10 values", Ink::blue, evidence.only("C17"), "average(x,10)"),
                                  curve("normal, variance 1/10", Ink::blue, -1.3, 1.3, normal_density(0, 0.1))}}}};
}

/// A linear loss of slope 1 without noise: the displacement is the sum of the step sizes.
Findings rmsprop_takes_large_first_steps(const Evidence& evidence) {
  const Result& run = evidence.only("C18");
  Findings findings;
  const double eta = eta_of(run), beta = run.experiment.beta2.value();
  double sum = 0, s = 0;
  std::uint64_t step = 0;
  std::vector<double> steps, sizes;
  for (const Snapshot& snapshot : run.measurement.snapshots) {
    for (; step < snapshot.step; ++step) {
      s = beta * s + (1 - beta);
      sum += 1 / (std::sqrt(s) + run.experiment.epsilon.value());
    }
    const double moved = Reading(run, snapshot.step).mean("x").value;
    findings.corrected.push_back({"sum of " + std::to_string(step) + " steps / eta", -sum,
                                  rounded(run, moved / eta, 100 * static_cast<double>(step))});
    steps.push_back(static_cast<double>(step));
    sizes.push_back(-moved / eta);
  }
  Series exact;
  exact.name = "eta / (sqrt(s) + eps), summed";
  exact.ink = Ink::blue;
  sum = s = 0;
  for (step = 1; step <= 100; ++step) {
    s = beta * s + (1 - beta);
    sum += 1 / (std::sqrt(s) + run.experiment.epsilon.value());
    exact.x.push_back(static_cast<double>(step));
    exact.y.push_back(sum);
  }
  findings.figures = {{.title = "RMSProp from s = 0: the first steps are ten times eta",
                       .x = "step, with a constant gradient",
                       .y = "way so far / eta",
                       .logarithmic_x = true,
                       .logarithmic_y = true,
                       .series = {{.name = "measured", .kind = Series::Kind::points, .x = steps, .y = sizes},
                                  exact,
                                  dashed(curve(
                                      "steps of eta", Ink::orange, 1, 100, [](double t) { return t; }, true))}}};
  findings.instead = "the first steps for a constant gradient are eta times 10, 7.09, ...";
  return findings;
}

Findings both_momenta_are_one(const Evidence& evidence) {
  const Result &standard = evidence.only("C19-standard"), &averaged = evidence.only("C19-averaged");
  const Reading a(standard), b(averaged);
  const double variance = b.variance("x").value;
  const auto equal = [&](const std::string& what, double left, double right, double size) {
    const double allowed = 1e4 * std::numeric_limits<double>::epsilon() * size;
    return Check{what, right / size, {left / size, allowed / size}};
  };
  return {.corrected = {equal("variance of x, relative to that of the other form", a.variance("x").value, variance,
                              variance),
                        equal("mean of x / sd", a.mean("x").value, b.mean("x").value, std::sqrt(variance)),
                        equal("E x^4, relative", a.second_moment("x^2").value, b.second_moment("x^2").value,
                              b.second_moment("x^2").value)},
          .instead = "the same noise gives the same trajectories up to rounding",
          .figures = {{.title = "Both forms give one histogram: every particle is in the same place",
                       .x = "x on log cosh (mu = .9, eta' = 1), 500 steps",
                       .y = "density",
                       .series = {density("v' = mu v + eta g", Ink::measured, standard, "x"),
                                  middles("v' = mu v + (1 - mu) g, eta' = 10 eta", Ink::orange,
                                          density("", Ink::orange, averaged, "x"))}}}};
}

Findings momentum_changes_nothing(const Evidence& evidence) {
  Findings findings;
  std::vector<double> momenta;
  std::vector<Estimate> variances;
  for (const Result& run : evidence.of("C20")) {
    const double mu = run.experiment.mu.value(), rate = eta_of(run) / (1 - mu), unit = rate / 2;
    const Estimate x = scaled(Reading(run).variance("x"), 1 / unit);
    const std::string at = " at mu = " + short_number(mu) + ", eta' = " + short_number(rate);
    findings.corrected.push_back(
        {"2 h Var x / (eta' sigma^2)" + at, quadratic::momentum_variance(eta_of(run), mu, 1, 1) / unit, x});
    findings.printed.push_back({"2 h Var x / (eta' sigma^2)" + at, 1, x});
    if (std::abs(rate - 0.1) < 1e-9) {
      momenta.push_back(mu);
      variances.push_back(x);
    }
    if (mu == 0.5) findings.deviations.push_back({rate, difference(x, {1, 0})});
  }
  findings.figures = {
      {.title = "At fixed eta / (1 - mu) the variance barely depends on mu: momentum removes the finite step's excess",
       .x = "momentum mu, at eta / (1 - mu) = .1",
       .y = "2 h Var x / (eta' sigma^2)",
       .series = {points("measured", Ink::measured, momenta, variances),
                  curve("exact", Ink::blue, 0, 1, [](double mu) { return 1 / (1 - (1 - mu) * 0.1 / (2 * (1 + mu))); }),
                  dashed(level("no dependence", Ink::orange, 0, 1, 1))}}};
  const Reading well(evidence.only("C20-double-well"));
  findings.corrected.push_back(
      {"mean loss of the heavy ball on the double well, eta' = .1", 0.0284325, well.mean("loss"), 5e-8});
  findings.instead = "momentum removes bias of the finite step: on the double well the mean loss is " +
                     short_number(well.mean("loss").value, 4) + ", SGD's .03115, Gibbs' .02829";
  return findings;
}

/// Constant gradient 1 without noise and without bias correction: |step| / eta.
Findings adam_corrects_its_start(const Evidence& evidence) {
  Findings findings;
  Figure figure{.title = "Without the division by 1 - beta^t Adam's first steps are up to six times eta",
                .x = "step t, with a constant gradient",
                .y = "way so far / (t eta)",
                .logarithmic_x = true};
  for (const Result& run : evidence.of("C21-steps")) {
    std::vector<double> times;
    std::vector<Estimate> ways;
    const double eta = eta_of(run), b1 = run.experiment.beta1.value(), b2 = run.experiment.beta2.value();
    const bool corrected = !run.experiment.no_bias_correction;
    double m = 0, s = 0, sum = 0;
    std::uint64_t t = 0;
    for (const Snapshot& snapshot : run.measurement.snapshots) {
      for (; t < snapshot.step;) {
        ++t;
        m = b1 * m + (1 - b1);
        s = b2 * s + (1 - b2);
        const double c1 = corrected ? 1 - std::pow(b1, static_cast<double>(t)) : 1;
        const double c2 = corrected ? 1 - std::pow(b2, static_cast<double>(t)) : 1;
        sum += m / c1 / (std::sqrt(s / c2) + run.experiment.epsilon.value());
      }
      findings.corrected.push_back(
          {"sum of " + std::to_string(t) + " steps / eta, " + (corrected ? "corrected" : "not corrected"), -sum,
           rounded(run, Reading(run, snapshot.step).mean("x").value / eta, 100 * static_cast<double>(t))});
      times.push_back(static_cast<double>(t));
      ways.push_back({-Reading(run, snapshot.step).mean("x").value / eta / static_cast<double>(t), 0});
    }
    figure.series.push_back(
        points(corrected ? "divided by 1 - beta^t" : "not divided", corrected ? Ink::blue : Ink::orange, times, ways));
    Series exact;
    exact.ink = figure.series.back().ink;
    m = s = sum = 0;
    double drawn = 0;
    for (int step = 1; step <= 1000; ++step) {
      m = b1 * m + (1 - b1);
      s = b2 * s + (1 - b2);
      const double c1 = corrected ? 1 - std::pow(b1, step) : 1, c2 = corrected ? 1 - std::pow(b2, step) : 1;
      sum += m / c1 / (std::sqrt(s / c2) + run.experiment.epsilon.value());
      if (step < 1.05 * drawn) continue;
      drawn = step;
      exact.x.push_back(step);
      exact.y.push_back(sum / step);
    }
    figure.series.push_back(exact);
  }
  findings.figures = {figure};
  const Result &adam = evidence.only("C21-adam"), &rmsprop = evidence.only("C21-rmsprop");
  const Estimate a = Reading(adam).variance("x"), r = Reading(rmsprop).variance("x");
  constexpr double limit_adam = 0.04894529145878;
  const double eta = eta_of(rmsprop);
  const double rate = (-eta * eta + std::sqrt(std::pow(eta, 4) + 16 * eta * eta)) / 4,
               limit_rmsprop = rate / (2 - rate);
  findings.corrected.push_back(
      {"Adam's variance at eta = .1", limit_adam, a, (1 - adam.experiment.beta2.value()) * limit_adam});
  findings.corrected.push_back(
      {"RMSProp's variance at eta = .1", limit_rmsprop, r, (1 - rmsprop.experiment.beta2.value()) * limit_rmsprop});
  const auto add = [&](double step, const Estimate& left, const Estimate& right) {
    const Estimate of = ratio(left, right);
    findings.printed.push_back({"Adam's variance over RMSProp's at eta = " + short_number(step), 1, of});
    findings.deviations.push_back({step, difference(of, {1, 0})});
  };
  add(eta, a, r);
  const Result& small = evidence.only("C21-rmsprop-small");
  add(eta_of(small), Reading(evidence.only("C21-adam-small")).variance("x"), Reading(small).variance("x"));
  findings.instead = "at eta = .1 Adam's variance is " + short_number(ratio(a, r).value, 4) + " of RMSProp's";
  return findings;
}

/// From x = 1, h = sigma = 1: two steps of eta with batches of one against one step of 2 eta with a batch of two.
Findings two_steps_or_a_batch_of_two(const Evidence& evidence) {
  Findings findings;
  std::vector<double> etas;
  std::vector<Estimate> twice, once;
  for (const Result& two : evidence.of("C22-two-steps")) {
    const double eta = eta_of(two);
    for (const Result& one : evidence.of("C22-one-step")) {
      if (std::abs(eta_of(one) / (2 * eta) - 1) > 1e-9) continue;
      const Reading a(two), b(one);
      const std::string at = " at eta = " + short_number(eta);
      const double keep = 1 - eta;
      findings.corrected.push_back({"variance of two steps" + at, eta * eta * (1 + keep * keep), a.variance("x")});
      findings.corrected.push_back({"variance of one step with B = 2" + at, 2 * eta * eta, b.variance("x")});
      findings.corrected.push_back({"mean after two steps" + at, keep * keep, a.mean("x")});
      findings.corrected.push_back({"mean after one step of 2 eta" + at, 1 - 2 * eta, b.mean("x")});
      const Estimate of = ratio(a.variance("x"), b.variance("x"));
      findings.printed.push_back({"variance of two steps over that of one with B = 2" + at, 1, of});
      findings.deviations.push_back({eta, difference(of, {1, 0})});
      etas.push_back(eta);
      twice.push_back(scaled(a.variance("x"), 1 / (2 * eta * eta)));
      once.push_back(scaled(b.variance("x"), 1 / (2 * eta * eta)));
    }
  }
  findings.figures = {{.title = "Two steps scatter less than one step with twice the batch and rate, by a share eta",
                       .x = "learning rate eta of the two steps",
                       .y = "variance / (2 eta^2 sigma^2)",
                       .series = {points("two steps of eta, B = 1", Ink::blue, etas, twice),
                                  curve("(1 + (1 - eta)^2) / 2", Ink::blue, 0, 0.12,
                                        [](double eta) { return (1 + (1 - eta) * (1 - eta)) / 2; }),
                                  points("one step of 2 eta, B = 2", Ink::orange, etas, once),
                                  level("2 eta^2 sigma^2", Ink::orange, 0, 0.12, 1)}}};
  findings.instead = "at eta = .1 means are .81 and .80, variances .0181 and .02";
  return findings;
}

/// Density evolution: P(x > 0) at the end of each cycle from N(-1, .05^2); the mean loss by 2e5 particles.
Findings cycles_anneal(const Evidence& evidence) {
  struct Cycles {
    const char* schedule;
    double right[5], loss, loss_error;
  };
  constexpr Cycles table[] = {{"cosine:0.3,200", {.419830, .487187, .497951, .499671, .499946}, 7.607e-3, 1.9e-5},
                              {"cosine:0.2,200", {.159992, .269239, .343384, .393706, .427859}, 5.93e-3, 2e-5}};
  Findings findings;
  Figure crossing{.title = "In each cycle of the rate more particles have crossed to the other well",
                  .x = "step (five cycles of 200)",
                  .y = "share of particles at x > 0"};
  Figure cooling{.title = "Warm at the start of a cycle, cold at its end: the mean loss follows the cosine of the rate",
                 .x = "step (five cycles of 200)",
                 .y = "mean loss"};
  for (const Result& run : evidence.of("C23")) {
    const bool warm = run.experiment.schedule == table[0].schedule;
    const Ink ink = warm ? Ink::orange : Ink::blue;
    const std::string name = warm ? "rate from .3" : "rate from .2";
    std::vector<double> steps, cycle_ends;
    std::vector<Estimate> shares, losses;
    std::vector<double> predicted;
    for (const Snapshot& snapshot : run.measurement.snapshots) {
      const Reading reading(run, snapshot.step);
      steps.push_back(static_cast<double>(snapshot.step));
      shares.push_back(reading.fraction("x", 2, 3));
      losses.push_back(reading.mean("loss"));
    }
    for (int cycle = 0; cycle < 5; ++cycle) {
      cycle_ends.push_back(200 * (cycle + 1));
      predicted.push_back(table[warm ? 0 : 1].right[cycle]);
    }
    crossing.series.push_back(points(name, ink, steps, shares));
    crossing.series.push_back({.name = warm ? "by theory, at the end of each cycle" : "",
                               .kind = Series::Kind::points,
                               .ink = Ink::green,
                               .x = cycle_ends,
                               .y = predicted});
    cooling.series.push_back(points(name, ink, steps, losses));
    for (const Cycles& cycles : table) {
      if (run.experiment.schedule != cycles.schedule) continue;
      for (int cycle = 0; cycle < 5; ++cycle)
        findings.corrected.push_back(
            {"P(x > 0) after cycle " + std::to_string(cycle + 1) + " of " + run.experiment.schedule,
             cycles.right[cycle], Reading(run, 200 * static_cast<std::uint64_t>(cycle + 1)).fraction("x", 2, 3), 5e-7});
      findings.corrected.push_back({"mean loss after cycle 5 of " + run.experiment.schedule, cycles.loss,
                                    Reading(run).mean("loss"), cycles.loss_error});
    }
  }
  findings.figures = {crossing, cooling};
  findings.instead = "each cycle carries particles over the barrier; the loss at its end is not 0";
  return findings;
}

/// Along the flow of log cosh from x = 1 the loss falls by the integral of g^2; and SGD's stationary <g^2>.
Findings loss_falls_by_the_squared_gradient(const Evidence& evidence) {
  const Result& flow = evidence.only("C25-flow");
  const Reading end(flow);
  // sinh x(1) = sinh(1) / e, and L = log cosh x.
  const double x = std::asinh(std::sinh(1.0) / std::exp(1.0)), loss = std::log(std::cosh(x));
  std::vector<double> times, losses;
  for (const Snapshot& snapshot : flow.measurement.snapshots) {
    times.push_back(snapshot.time);
    losses.push_back(Reading(flow, snapshot.step).mean("loss").value);
  }
  const Result& stationary = evidence.only("C25-sgd");
  const double eta = eta_of(stationary);
  return {.corrected = {{"loss after t = 1 of the flow, log cosh", loss, rounded(flow, end.mean("loss").value, 1e4)},
                        {"SGD's stationary <g^2>, quadratic", eta / (2 - eta), Reading(stationary).second_moment("x")}},
          .instead = "under SGD the loss falls only while <g^2> exceeds eta h sigma^2 / (2 - eta h)",
          .figures = {{.title = "Along the flow the loss falls by the square of the gradient",
                       .x = "time t",
                       .y = "loss log cosh x(t)",
                       .series = {{.name = "measured", .kind = Series::Kind::points, .x = times, .y = losses},
                                  curve("exact", Ink::blue, 0, 1, [](double t) {
                                    return std::log(std::cosh(std::asinh(std::sinh(1.0) * std::exp(-t))));
                                  })}}}};
}

/// The guaranteed decrease per sample, (L - eta (g - 2 sigma / sqrt(B)) g + Lip eta^2 g^2 / 2 at its best eta) / B, is
/// largest at B = 16 sigma^2 / g^2: by search over B, no particles.
Findings batch_sizes_of_most_progress(const Evidence&) {
  Findings findings;
  Figure figure{.title = "Progress per sample is greatest at B = 16 sigma^2 / g^2",
                .x = "batch size B, in units of sigma^2 / g^2",
                .y = "guaranteed progress per sample, relative to its best",
                .logarithmic_x = true,
                .series = {curve(
                    "(1 - 2 / sqrt(B))^2 / B", Ink::blue, 4, 400,
                    [](double b) { return 64 * std::pow(1 - 2 / std::sqrt(b), 2) / b; }, true)}};
  std::vector<double> best, height;
  for (const double g : {0.5, 0.05}) {
    const auto progress = [&](double batch) {
      const double root = 1 - 2 / (g * std::sqrt(batch));
      return root > 0 ? root * root / batch : 0;
    };
    double lower = 4 / (g * g), upper = 100 * lower;
    while (upper / lower > 1 + 1e-9) {
      const double a = lower * std::pow(upper / lower, 0.382), b = lower * std::pow(upper / lower, 0.618);
      (progress(a) < progress(b) ? lower : upper) = progress(a) < progress(b) ? a : b;
    }
    findings.corrected.push_back({"best B at |g| / sigma = " + short_number(g), 16 / (g * g), {lower, 1e-6 * lower}});
    best.push_back(lower * g * g);
    height.push_back(1);
  }
  figure.series.push_back(
      {.name = "found by search", .kind = Series::Kind::points, .ink = Ink::orange, .x = best, .y = height});
  findings.figures = {figure};
  return findings;
}

Findings the_algorithm_anneals_itself(const Evidence& evidence) {
  Findings findings;
  // Medians of 4 Lip t eta_t with g = 0, from 1e5, 1e5 and 1e4 particles; they go to 32 / chi^2_35's, .932.
  constexpr double medians[] = {0.6478, 0.8373};
  const Result& free = evidence.only("C27-free");
  findings.corrected.push_back({"median of 4 Lip t eta_t at t = 1000", medians[0],
                                Reading(free, 1000).quantile("4*1000*min(g.x^2/(32*(s.x-g.x^2)),0.5)", "0.5"), 0.002});
  const Result& later = evidence.only("C27-free-later");
  findings.corrected.push_back({"median of 4 Lip t eta_t at t = 10000", medians[1],
                                Reading(later).quantile("4*10000*min(g.x^2/(32*(s.x-g.x^2)),0.5)", "0.5"), 0.003});
  // From x = 3 with sigma = 1, by simulation with 1000 particles: .0374 at 1e3.
  const Estimate locked = Reading(evidence.only("C27-locking")).fraction("s.x - g.x^2", 0, 2);
  findings.corrected.push_back({"particles locked for ever if the largest weight is 1", 0.71, locked, 0.014});
  // 32 / chi^2_35, the limit: density of u = 32 / q.
  const auto limit = [](double u) {
    const double q = 32 / u;
    return std::exp(16.5 * std::log(q) - q / 2 - 17.5 * std::log(2.0) - std::lgamma(17.5)) * q / u;
  };
  findings.figures = {{.title = "The algorithm is a Robbins-Monro of its own: 4 Lip t eta_t tends slowly to 32 / chi^2",
                       .x = "4 Lip t eta_t without a gradient",
                       .y = "density over particles",
                       .series = {density("t = 1000", Ink::orange, free, "4*1000*min(g.x^2/(32*(s.x-g.x^2)),0.5)"),
                                  density("t = 10000", Ink::blue, later, "4*10000*min(g.x^2/(32*(s.x-g.x^2)),0.5)"),
                                  curve("t -> infinity: 32 / chi^2 of 35 degrees", Ink::green, 0.2, 3, limit)}}};
  findings.instead =
      "with the weight capped at 1/k it is a Robbins-Monro of its own, eta about 1 / (4 Lip t); with weights up to "
      "1, " +
      short_number(100 * locked.value, 3) + " % of the particles lock";
  return findings;
}

}  // namespace

std::vector<Claim> stochastic_gradient_claims() {
  return {
      {.id = "C13",
       .document = document,
       .statement = "L = E (Phi - y)^2 / 2 has the gradient Phi - E y and noise of y alone",
       .corrected = "exactly constant noise: Var Phi = eta Var y / (2 - eta)",
       .files = {"C13"},
       .evaluate = averages_of_quadratics_have_constant_noise},
      {.id = "C14",
       .document = document,
       .statement = "SGD is an MCMC with a stationary law; the rate must fall to converge",
       .corrected = "where a law exists: not for large steps on steep losses",
       .files = {"C14-small", "C14-large"},
       .evaluate = a_stationary_law_need_not_exist},
      {.id = "C15",
       .document = document,
       .statement = "eta_t -> 0 with infinite sum: the training loss converges",
       .corrected = "in mean square; almost surely needs sum eta_t^2 finite",
       .files = {"C15"},
       .evaluate = falling_rates_converge},
      {.id = "C16",
       .document = document,
       .statement = "n >= 4 sigma^2 / g^2 samples for the right sign",
       .corrected = "then the sign is right with probability Phi(2)",
       .files = {"C16"},
       .evaluate = samples_for_the_right_sign},
      {.id = "C17",
       .document = document,
       .statement = "mu' = (1 - 1/N) mu + x/N approximates the average of N values",
       .corrected = "it has the variance of an average of 2N - 1, and from 0 a weight of 1 - (1 - 1/N)^t",
       .files = {"C17", "C17-start"},
       .evaluate = running_averages},
      {.id = "C18",
       .document = document,
       .statement = "RMSProp steps by eta / (sqrt(s) + eps)",
       .corrected = "s updated before use, from 0: the first steps are 10 times eta",
       .files = {"C18"},
       .evaluate = rmsprop_takes_large_first_steps},
      {.id = "C19",
       .document = document,
       .statement = "both forms of momentum are equivalent",
       .corrected = "exactly, with eta' = eta / (1 - mu)",
       .files = {"C19-standard", "C19-averaged"},
       .evaluate = both_momenta_are_one},
      {.id = "C20",
       .document = document,
       .statement = "at fixed eta / (1 - mu) momentum does nothing",
       .corrected = "to leading order; it removes bias of the finite step",
       .files = {"C20", "C20-double-well"},
       .evaluate = momentum_changes_nothing},
      {.id = "C21",
       .document = document,
       .statement = "Adam divides by 1 - beta^t, and is equivalent to RMSProp",
       .corrected = "equivalent to leading order",
       .files = {"C21-steps", "C21-adam", "C21-rmsprop", "C21-adam-small", "C21-rmsprop-small"},
       .evaluate = adam_corrects_its_start},
      {.id = "C22",
       .document = document,
       .statement = "eta_B = B eta_1: two steps are one with twice the batch and rate",
       .corrected = "to leading order in eta h",
       .files = {"C22-two-steps", "C22-one-step"},
       .evaluate = two_steps_or_a_batch_of_two},
      {.id = "C23",
       .document = document,
       .statement = "the learning rate is a temperature: cyclic rates (Huang 2017)",
       .corrected = "each cycle is a pass of a two-state chain over the wells",
       .files = {"C23"},
       .evaluate = cycles_anneal},
      {.id = "C24", .document = document, .statement = "gradient flow from total or batch updates", .see = "C01"},
      {.id = "C25",
       .document = document,
       .statement = "dL/dt = -|g|^2, so the loss converges",
       .corrected = "of the flow; under SGD down to a stationary <g^2>",
       .files = {"C25-flow", "C25-sgd"},
       .evaluate = loss_falls_by_the_squared_gradient},
      {.id = "C26",
       .document = document,
       .statement = "B* = 16 sigma^2 / g^2 makes most progress per sample",
       .corrected = "",
       .evaluate = batch_sizes_of_most_progress},
      {.id = "C27",
       .document = document,
       .statement = "\"a complete algorithm\" that sets its own rates",
       .corrected = "once its weight is capped at 1/k: else it locks",
       .files = {"C27-free", "C27-free-later", "C27-locking"},
       .evaluate = the_algorithm_anneals_itself},
  };
}

}  // namespace isotherm::batch
