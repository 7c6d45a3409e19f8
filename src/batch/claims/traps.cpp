// Known traps that the lecture does not mention, and values that others published.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "batch/claim.hpp"
#include "batch/claims/quadratic.hpp"

namespace isotherm::batch {
namespace {

const std::string document = "traps and published values";

double eta_of(const Result& result) { return result.experiment.eta.front(); }

double sigma_of(const Result& result) {
  return result.experiment.sigma.empty() ? 1 : std::stod(result.experiment.sigma);
}

/// Adam on x^2 / 2 in the limit of a frozen preconditioner, off by a share of order 1 - beta2:
/// Var = r sigma^2 / (2 - r (1 - beta1) / (1 + beta1)) with r = eta / sqrt(sigma^2 + Var).
double adam_variance(double eta, double sigma, double beta1) {
  double variance = 0;
  for (int i = 0; i < 200; ++i) {
    const double rate = eta / std::sqrt(sigma * sigma + variance);
    variance = rate * sigma * sigma / (2 - rate * (1 - beta1) / (1 + beta1));
  }
  return variance;
}

Findings adam_scales_by_the_root(const Evidence& evidence) {
  Findings findings;
  Figure figure{.title = "For Adam a batch of 16 wants 4 times the rate, not 16 times",
                .x = "Var at B = 16 over that at B = 1"};
  for (const auto& [file, power] : {std::pair{"T1-root", 0.5}, {"T1-linear", 1.0}}) {
    const std::vector<Result>& runs = evidence.of(file);
    std::vector<Estimate> measured;
    std::vector<double> limits;
    for (const Result& run : runs) {
      const double sigma = 1 / std::sqrt(static_cast<double>(run.experiment.batch_size.value_or(1)));
      measured.push_back(Reading(run).variance("x"));
      limits.push_back(adam_variance(eta_of(run), sigma, run.experiment.beta1.value()));
    }
    const Estimate of = ratio(measured.at(1), measured.at(0));
    const double expected = limits[1] / limits[0], share = 1 - runs[0].experiment.beta2.value();
    const std::string what = std::string("Var at B = 16 over that at B = 1, eta as B^") + short_number(power);
    findings.corrected.push_back({what, expected, of, share * expected});
    if (power == 1) findings.printed.push_back({what, 1, of});
    figure.rows.push_back({power == 1 ? "eta in proportion to B" : "eta as sqrt(B)", of, expected});
    if (power == 1) figure.rows.back().printed = 1;
  }
  findings.figures = {figure};
  findings.instead =
      "T = eta sigma / (2 sqrt(B)), since Adam divides by the size of the noise: eta as the square root of B keeps it";
  return findings;
}

double sextic_cosine(double x) { return std::pow(x, 6) + 2 * std::cos(5 * (x + 1)); }

/// Fass et al. 2018: V = x^6 + 2 cos(5 (x + 1)), <V> = -1.2576646379 by quadrature, here by MALA.
Findings published_values(const Evidence& evidence) {
  return {.corrected = {{"mean of x^6 + 2 cos(5 (x + 1)) at T = 1 (Fass et al. 2018)", -1.2576646379,
                         Reading(evidence.only("T2-sextic")).mean("loss")},
                        {"variance of x of the banana (inference_gym)", 100,
                         Reading(evidence.only("T2-banana")).variance("x")},
                        {"variance of y of the banana", 19, Reading(evidence.only("T2-banana")).variance("y")}},
          .figures = {{.title = "MALA finds Gibbs' density of x^6 + 2 cos(5 (x + 1))",
                       .x = "x, at T = 1",
                       .y = "density",
                       .series = {density("measured", Ink::measured, evidence.only("T2-sextic"), "x"),
                                  curve("exp(-L / T) / Z", Ink::blue, -1.5, 1.5,
                                        gibbs_density(sextic_cosine, 1, -2.25, 2.25))}}}};
}

/// P(|x| > c) in the stationary law of x' = (1 - eta) x - eta xi: x is a sum of eta a^k xi_k, a = 1 - eta, of
/// characteristic function f(t) = prod_k phi(eta a^k t), and
///   P(|x| > c) = 1 - (2/pi) int_0^inf sin(c t) / t f(t) dt.
/// The trapezoidal rule with step pi/4 is exact up to what the law holds beyond 8 - c.
double tail_of_a_sum(double eta, double c, const std::function<double(double)>& phi) {
  constexpr double step = std::numbers::pi / 4;
  double integral = c / 2;
  for (int n = 1; n < 2000; ++n) {
    const double t = n * step;
    double f = 1;
    for (double share = eta; share * t > 1e-9 && f != 0; share *= 1 - eta) f *= phi(share * t);
    integral += std::sin(c * t) / t * f;
  }
  return 1 - 2 / std::numbers::pi * step * integral;
}

/// At fixed sigma the bulk becomes Gaussian as eta -> 0 and the tails do not: -eta ln p tends to S, of which only
/// Gaussian noise has S = 2 L / sigma^2.
Findings the_law_of_the_noise_stays_in_the_tails(const Evidence& evidence) {
  constexpr double beyond = 0.6;
  struct Law {
    const char* noise;
    double (*phi)(double);
    double kurtosis;
  };
  constexpr Law laws[] = {{"gaussian", [](double t) { return std::exp(-t * t / 2); }, 0},
                          {"rademacher", [](double t) { return std::cos(t); }, -2},
                          {"laplace", [](double t) { return 1 / (1 + t * t / 2); }, 3}};
  Findings findings;
  std::string shares;
  constexpr Ink inks[] = {Ink::measured, Ink::blue, Ink::orange};
  std::vector<double> etas[3];
  std::vector<Estimate> ratios[3];
  for (const Result& run : evidence.of("T3"))
    for (const Law& law : laws) {
      if (run.experiment.noise != law.noise) continue;
      const double eta = eta_of(run);
      const std::string at = std::string(", ") + law.noise + " noise, eta = " + short_number(eta);
      const Reading last(run);
      const double gaussian = tail_of_a_sum(eta, beyond, laws[0].phi);
      const Estimate measured = scaled(last.fraction("abs(x)", 2, 3), 1 / gaussian);
      findings.corrected.push_back({"P(|x| > .6) over that of Gibbs' law of this variance" + at,
                                    tail_of_a_sum(eta, beyond, law.phi) / gaussian, measured});
      findings.corrected.push_back(
          {"excess kurtosis" + at, quadratic::excess_kurtosis(eta, 1, law.kurtosis), last.excess_kurtosis("x")});
      etas[&law - laws].push_back(eta);
      ratios[&law - laws].push_back(measured);
      if (law.kurtosis == 0) continue;
      findings.printed.push_back({"P(|x| > .6) over that of Gibbs' law of this variance" + at, 1, measured});
      if (law.kurtosis > 0) continue;
      findings.deviations.push_back({eta, difference(measured, {1, 0})});
      shares += (shares.empty() ? "" : ", ") + short_number(measured.value, 2) + " at eta = " + short_number(eta);
    }
  Figure figure{.title = "The smaller the step, the more the tails depend on the law of the noise",
                .x = "learning rate eta (sigma = 1)",
                .y = "P(|x| > .6) over that with Gaussian noise",
                .logarithmic_x = true,
                .logarithmic_y = true};
  for (int i = 0; i < 3; ++i) {
    figure.series.push_back(points(std::string(laws[i].noise) + " noise", inks[i], etas[i], ratios[i]));
    figure.series.push_back(curve(
        i == 1 ? "exact" : "", inks[i], 0.045, 0.22,
        [&](double eta) { return tail_of_a_sum(eta, beyond, laws[i].phi) / tail_of_a_sum(eta, beyond, laws[0].phi); },
        true));
  }
  findings.figures = {figure};
  findings.instead =
      "the kurtosis vanishes with eta, the tails go the other way: with Rademacher's noise P(|x| > .6) is " + shares +
      " of what Gaussian noise of the same size gives";
  return findings;
}

/// Double well, sigma = 1, eta' = eta / (1 - mu) = .1. Means of the loss by the chain with two rows; Gibbs'
/// .0282915149.
Findings momentum_removes_the_bias(const Evidence& evidence) {
  constexpr std::pair<double, double> means[] = {{0, 0.0311461196}, {0.5, 0.0291819830}, {0.9, 0.0284325056}};
  constexpr double gibbs = 0.0282915149, sgd = means[0].second;
  Findings findings;
  std::string measured;
  Figure figure{.title = "Momentum removes the bias of the finite step at one temperature",
                .x = "mean loss - Gibbs', over that of SGD (double well, eta' = .1)"};
  for (const Result& run : evidence.of("T4"))
    for (const auto& [mu, mean] : means) {
      if (run.experiment.mu.value() != mu) continue;
      const Estimate bias = scaled(difference(Reading(run).mean("loss"), {gibbs, 0}), 1 / (sgd - gibbs));
      findings.corrected.push_back({"bias of the mean loss over SGD's at mu = " + short_number(mu),
                                    (mean - gibbs) / (sgd - gibbs), bias, 5e-11 / (sgd - gibbs)});
      figure.rows.push_back({"mu = " + short_number(mu), bias, (mean - gibbs) / (sgd - gibbs)});
      if (mu == 0) continue;
      findings.printed.push_back({"bias of the mean loss over SGD's at mu = " + short_number(mu), 1, bias});
      measured +=
          (measured.empty() ? "" : ", ") + short_number(bias.value, 2) + " of it is left at mu = " + short_number(mu);
    }
  findings.figures = {figure};
  findings.instead = "at one temperature, eta / (1 - mu) = .1, " + measured;
  return findings;
}

/// Adam divides by the size of the gradient: T = eta sigma / 2 to leading order, not eta sigma^2 / 2.
Findings adam_has_a_temperature_of_its_own(const Evidence& evidence) {
  Findings findings;
  std::vector<double> sigmas;
  std::vector<Estimate> temperatures;
  for (const Result& run : evidence.of("T5")) {
    const double eta = eta_of(run), sigma = sigma_of(run), beta1 = run.experiment.beta1.value();
    const double unit = eta * sigma / 2, share = 1 - run.experiment.beta2.value();
    const std::string at = " at sigma = " + short_number(sigma) + ", beta1 = " + short_number(beta1);
    const double expected = adam_variance(eta, sigma, beta1) / unit;
    const Estimate measured = scaled(Reading(run).variance("x"), 1 / unit);
    findings.corrected.push_back({"Var / (eta sigma / 2)" + at, expected, measured, share * expected});
    findings.printed.push_back({"Var / (eta sigma^2 / 2)" + at, 1, scaled(measured, 1 / sigma)});
    sigmas.push_back(sigma);
    temperatures.push_back(scaled(measured, unit));
  }
  findings.figures = {
      {.title = "Adam's temperature grows as sigma, SGD's as its square",
       .x = "noise sigma (eta = .05, h = 1)",
       .y = "variance of x",
       .logarithmic_x = true,
       .logarithmic_y = true,
       .series = {points("Adam", Ink::measured, sigmas, temperatures),
                  curve(
                      "eta sigma / 2", Ink::blue, 0.2, 5, [](double s) { return 0.025 * s; }, true),
                  dashed(curve(
                      "eta sigma^2 / 2, as SGD", Ink::orange, 0.2, 5, [](double s) { return 0.025 * s * s; }, true))}}};
  findings.instead = "eta sigma / 2, up to the finite step and a share 1 - beta2; beta1 matters as momentum does";
  return findings;
}

/// Fass et al. 2018 at their step (m = 10, gamma = 10, dt = .6; here in units of unit mass): divergence of the
/// configurations from Gibbs' law. Each was published as found by one simulation, and another one gave the second
/// number; their difference is taken as the error of their mean. The bias of a histogram of K bins, (K - 1) / (2 N), is
/// subtracted; the standard error is sqrt(2 KL / N) to leading order.
Findings splittings_differ(const Evidence& evidence) {
  struct Scheme {
    const char *name, *letters;
    double first, second;
  };
  constexpr Scheme schemes[] = {{"baoab", "VRORV", 0.00039, 0.00035},
                                {"aboba", "RVOVR", 0.0207, 0.0210},
                                {"oabao", "ORVRO", 0.0559, 0.0552},
                                {"obabo", "OVRVO", 0.1045, 0.1030}};
  Findings findings;
  Figure figure{.title = "Where the noise stands among the splittings decides: VRORV is far nearest to Gibbs",
                .x = "Kullback-Leibler divergence from Gibbs' law",
                .logarithmic_x = true,
                .expected = "published"};
  for (const Result& run : evidence.of("T6"))
    for (const Scheme& scheme : schemes) {
      if (run.experiment.scheme != scheme.name) continue;
      const verdict::Comparison& found = comparison(run, "x", "gibbs");
      const double divergence = found.distance.kl_divergence, floor = found.floor.kl_divergence;
      const auto n = static_cast<double>(run.measurement.particles);
      const double error = std::sqrt(2 * divergence / n);
      findings.corrected.push_back({std::string("divergence of ") + scheme.letters + " from Gibbs' law",
                                    (scheme.first + scheme.second) / 2,
                                    {divergence - floor, error},
                                    std::abs(scheme.first - scheme.second)});
      figure.rows.push_back({std::string(scheme.letters) + " (" + scheme.name + ")", findings.corrected.back().measured,
                             findings.corrected.back().expected});
    }
  findings.figures = {figure};
  return findings;
}

/// Mandt, Hoffman and Blei 2017: of all constant rates eta* = 2 B d / (N tr C) brings SGD's law nearest to a posterior
/// of N examples, of covariance H^-1 / N. On x^2/2 + y^2/8 with C = diag(1, 4), B = 4; exactly V_c = eta C_c / (B h_c
/// (2 - eta h_c)).
Findings one_constant_rate_is_best(const Evidence& evidence) {
  constexpr double h[] = {1, 0.25}, noise[] = {1, 4}, batch = 4;
  struct Posterior {
    double examples, rate;
  };
  constexpr Posterior posteriors[] = {{160, 0.02}, {40, 0.08}};
  Findings findings;
  std::vector<std::pair<double, double>> divergences;
  std::vector<double> rates;
  std::vector<Estimate> measured;
  const auto exact_divergence = [&](double eta) {
    double sum = 0;
    for (int c = 0; c < 2; ++c) {
      const double w = 160 * eta * noise[c] / (batch * (2 - eta * h[c]));
      sum += (w - 1 - std::log(w)) / 2;
    }
    return sum;
  };
  for (const Result& run : evidence.of("T7")) {
    const double eta = eta_of(run);
    const Reading last(run);
    const Estimate variances[] = {last.variance("x"), last.variance("y")};
    // Of N V_c h_c = w_c: sum w - 1 - ln w, halved; the error of each term is |1 - 1/w| that of w, halved.
    double divergence = 0, squares = 0;
    for (int c = 0; c < 2; ++c) {
      const Estimate w = scaled(variances[c], 160 * h[c]);
      divergence += (w.value - 1 - std::log(w.value)) / 2;
      squares += std::pow((1 - 1 / w.value) * w.standard_error / 2, 2);
    }
    divergences.emplace_back(divergence, eta);
    findings.corrected.push_back({"divergence from the posterior of N = 160 examples at eta = " + short_number(eta),
                                  exact_divergence(eta),
                                  {divergence, std::sqrt(squares)}});
    rates.push_back(eta);
    measured.push_back({divergence, std::sqrt(squares)});
    for (const Posterior& posterior : posteriors) {
      if (std::abs(eta / posterior.rate - 1) > 1e-9) continue;
      Estimate sum;
      double expected = 0;
      for (int c = 0; c < 2; ++c) {
        const double unit = posterior.examples * h[c] / 2;
        sum.value += unit * variances[c].value;
        sum.standard_error = std::hypot(sum.standard_error, unit * variances[c].standard_error);
        expected += unit * eta * noise[c] / (batch * h[c] * (2 - eta * h[c]));
      }
      const std::string what = "N <H, Cov> / d at eta* = " + short_number(eta);
      findings.corrected.push_back({what, expected, sum});
      findings.printed.push_back({what, 1, sum});
      findings.deviations.push_back({eta, difference(sum, {1, 0})});
    }
  }
  findings.figures = {{.title = "SGD is nearest to the posterior at the rate 2 B d / (N tr C) = .02",
                       .x = "learning rate eta (N = 160, B = 4)",
                       .y = "divergence from the posterior",
                       .logarithmic_x = true,
                       .logarithmic_y = true,
                       .series = {points("measured", Ink::measured, rates, measured),
                                  curve("exact", Ink::blue, 0.004, 0.1, exact_divergence, true)}}};
  findings.instead = "of the rates tried the divergence is least at eta = " +
                     short_number(std::min_element(divergences.begin(), divergences.end())->second) +
                     "; the condition for the best rate is met up to the finite step";
  return findings;
}

}  // namespace

std::vector<Claim> traps() {
  return {
      {.id = "T1",
       .document = document,
       .statement = "Adam's rate scales in proportion to the batch",
       .corrected = "to its square root",
       .files = {"T1-root", "T1-linear"},
       .evaluate = adam_scales_by_the_root},
      {.id = "T2",
       .document = document,
       .statement = "published test densities",
       .corrected = "",
       .files = {"T2-sextic", "T2-banana"},
       .evaluate = published_values},
      {.id = "T3",
       .document = document,
       .statement = "as eta -> 0 at fixed sigma the law of the noise does not matter",
       .corrected = "in the bulk; tails keep it, and more the smaller eta is",
       .files = {"T3"},
       .evaluate = the_law_of_the_noise_stays_in_the_tails},
      {.id = "T4",
       .document = document,
       .statement = "at one temperature the bias of a finite step is the same with momentum",
       .corrected = "momentum removes most of it",
       .files = {"T4"},
       .evaluate = momentum_removes_the_bias},
      {.id = "T5",
       .document = document,
       .statement = "Adam has SGD's temperature, eta sigma^2 / 2",
       .corrected = "eta sigma / 2 to leading order, since it divides by the size of the noise",
       .files = {"T5"},
       .evaluate = adam_has_a_temperature_of_its_own},
      {.id = "T6",
       .document = document,
       .statement =
           "splittings of Langevin dynamics: VRORV is nearest to Gibbs, then RVOVR, ORVRO, OVRVO (Fass et al. 2018)",
       .corrected = "",
       .files = {"T6"},
       .evaluate = splittings_differ},
      {.id = "T7",
       .document = document,
       .statement = "the best constant rate is 2 B d / (N tr C) (Mandt, Hoffman and Blei 2017)",
       .corrected = "to leading order in eta h",
       .files = {"T7"},
       .evaluate = one_constant_rate_is_best},
  };
}

}  // namespace isotherm::batch
