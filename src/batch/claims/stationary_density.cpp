// "Continuous time noise, stationary parameter densities".

#include <cmath>

#include "batch/claim.hpp"
#include "batch/claims/quadratic.hpp"
#include "batch/extrapolate.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::batch {
namespace {

const std::string document = "stationary densities";

double eta_of(const Result& result) { return result.experiment.eta.front(); }
std::string at_eta(const Result& result) { return " at eta = " + short_number(eta_of(result)); }

/// N steps of a linear loss from 0 with Laplace's noise, of excess kurtosis 3: their sum has 3 / N.
Findings sums_become_gaussian(const Evidence& evidence) {
  Findings findings;
  for (const Result& run : evidence.of("C04")) {
    const Reading last(run);
    const auto n = static_cast<double>(run.measurement.last().step);
    const double eta = eta_of(run);
    const std::string of = " of the noise of " + short_number(n) + " steps";
    findings.corrected.push_back({"excess kurtosis" + of, 3 / n, last.excess_kurtosis("x")});
    findings.corrected.push_back({"variance" + of + " / (eta t)", 1, scaled(last.variance("x"), 1 / (eta * eta * n))});
    findings.printed.push_back({"excess kurtosis" + of, 0, last.excess_kurtosis("x")});
    findings.deviations.push_back({1 / n, last.excess_kurtosis("x")});
  }
  findings.instead = "by the central limit theorem: the excess kurtosis of N steps' noise is that of one over N";
  return findings;
}

Findings nothing_but_noise_is_brownian(const Evidence& evidence) {
  const Result& run = evidence.only("C05");
  Findings findings;
  for (const Snapshot& snapshot : run.measurement.snapshots) {
    const double eta = eta_of(run), sigma = 2;
    findings.corrected.push_back({"variance after " + std::to_string(snapshot.step) + " steps",
                                  static_cast<double>(snapshot.step) * eta * eta * sigma * sigma,
                                  Reading(run, snapshot.step).variance("x")});
  }
  return findings;
}

/// L = (x - y)^2 / 2 with y = +-1, one example a step: sums of +-eta (1 - eta)^k, a Bernoulli convolution.
Findings the_law_need_not_be_a_density(const Evidence& evidence) {
  const Reading uniform(evidence.only("C06-one-half")), cantor(evidence.only("C06-two-thirds"));
  Findings findings;
  findings.corrected = {{"P(|x| < 1/3) at eta = 2/3", 0, cantor.fraction("x", 2, 2)},
                        {"variance at eta = 2/3", 0.5, cantor.variance("x")},
                        {"excess kurtosis at eta = 2/3", -1.6, cantor.excess_kurtosis("x")},
                        {"variance at eta = 1/2", 1.0 / 3, uniform.variance("x")},
                        {"excess kurtosis at eta = 1/2", -1.2, uniform.excess_kurtosis("x")}};
  // The continuous density nearest in spirit, Gibbs' at alpha = 1/2: normal, with the variance that was measured.
  const double middle = std::erf(1 / (3 * std::sqrt(2 * 0.5)));
  findings.printed = {
      {"P(|x| < 1/3) at eta = 2/3 of a normal density of that variance", middle, cantor.fraction("x", 2, 2)}};
  findings.instead =
      "uniform on (-1, 1) at eta = 1/2; at 2/3 Cantor's law, which has no density: no particle in the middle third";
  return findings;
}

/// Isotropic noise on x^4/4 + x^2/2 + y^2/2 + xy/2 + .3 x sin y at T = .2.
Findings isotropic_noise_gives_gibbs(const Evidence& evidence) {
  Findings findings;
  std::string measured;
  for (const Result& run : evidence.of("C07")) {
    findings.corrected.push_back({"alpha by the corrected virial" + at_eta(run), 0.5, corrected_virial_alpha(run)});
    findings.printed.push_back({"alpha by maximum likelihood" + at_eta(run), 0.5, maximum_likelihood_alpha(run)});
    findings.deviations.push_back({eta_of(run), scaled(difference(maximum_likelihood_alpha(run), {0.5, 0}), 2)});
    measured += (measured.empty() ? "" : ", ") + short_number(maximum_likelihood_alpha(run).value, 4) + at_eta(run);
  }
  findings.instead = "alpha by maximum likelihood is " + measured;
  return findings;
}

/// One step from a point: drift -eta g, variance eta^2 sigma^2, so the diffusion of a step is eta^2 sigma^2 / 2.
Findings the_diffusion_constant_is_one_half(const Evidence& evidence) {
  const Result& run = evidence.only("C08");
  const Reading last(run);
  const double eta = eta_of(run), sigma = 2, from = 1.5;
  return {
      .corrected = {{"diffusion of a step / (eta^2 sigma^2), which is alpha", 0.5,
                     scaled(last.variance("x"), 1 / (2 * eta * eta * sigma * sigma))},
                    {"drift of a step / (eta g)", -1, scaled(difference(last.mean("x"), {from, 0}), 1 / (eta * from))}},
      .printed = {{"variance of a gradient, if sigma were it", sigma, scaled(last.variance("x"), 1 / (eta * eta))}},
      .instead = "sigma is the standard deviation of a gradient, and the constant is 1/2"};
}

struct AlphaRow {
  const char* loss;
  double eta, alpha;
};

/// alpha by maximum likelihood at sigma = 1: quadratic 1 / (2 - eta), else by the transfer operator of the chain.
constexpr AlphaRow alphas[] = {
    {"quadratic", 0.1, 0.5263157895},    {"quadratic", 0.02, 0.5050505051}, {"double-well", 0.1, 0.5447930092},
    {"double-well", 0.02, 0.5098679523}, {"log-cosh", 0.1, 0.5248847214},   {"log-cosh", 0.02, 0.5049990139},
    {"quartic", 0.1, 0.5119844402},      {"quartic", 0.02, 0.5010187787},   {"rugged", 0.1, 0.5433572862},
    {"rugged", 0.02, 0.5089742243},
};

Findings alpha_is_one_half(const Evidence& evidence) {
  Findings findings;
  for (const Result& run : evidence.of("C09-alpha"))
    for (const AlphaRow& row : alphas)
      if (run.experiment.loss == row.loss && std::abs(eta_of(run) / row.eta - 1) < 1e-9)
        findings.corrected.push_back({"alpha by maximum likelihood, " + run.experiment.loss + at_eta(run), row.alpha,
                                      maximum_likelihood_alpha(run), 5e-11});
  // T fixed, eta -> 0, on the double well.
  std::vector<ExtrapolationPoint> points;
  for (const Result& run : evidence.of("C09-limit")) points.push_back({eta_of(run), maximum_likelihood_alpha(run)});
  const PolynomialFit fit = fit_polynomial(points, 3);
  findings.corrected.insert(findings.corrected.begin(), {"alpha as eta -> 0 at fixed T, double well", 0.5, fit.limit});
  findings.printed = {{"alpha as eta -> 0 at fixed T, double well", 0.1, fit.limit}};
  const Result& tenth = evidence.only("C09-one-tenth");
  findings.instead = "exp(-L / (eta sigma^2 / 10)) is at total variation distance " +
                     short_number(comparison(tenth, "x", "gibbs").distance.total_variation, 3) +
                     " from the double well's histogram" + at_eta(tenth) + "; alpha is 1/2 as eta -> 0";
  return findings;
}

Findings coordinates_have_their_own_temperatures(const Evidence& evidence) {
  const Result& run = evidence.only("C10");
  const Estimate x = temperature(run, 0), y = temperature(run, 1);
  return {.corrected = {{"T_x / T_y", 16, ratio(x, y)}, {"T_x", 0.04, x}, {"T_y", 0.0025, y}}};
}

/// eta_c = .02 / sigma_c^2: one temperature by the corrected virial; the plain one is off by the finite step.
Findings rates_by_coordinate_restore_one_temperature(const Evidence& evidence) {
  Findings findings;
  for (const Result& run : evidence.of("C11")) {
    const Reading last(run);
    const double rate = eta_of(run) * 4, unit = rate / 2;
    const std::string at = " at eta' = " + short_number(rate);
    findings.corrected.push_back({"T_x" + at + " / (eta' / 2)", 1, scaled(temperature(run, 0), 1 / unit)});
    findings.corrected.push_back({"T_y" + at + " / (eta' / 2)", 1, scaled(temperature(run, 1), 1 / unit)});
    // Plain virials <x_c g_c>: what one reads off the stationary law itself.
    const Estimate plain_x = last.mean("x^2"), plain_y = last.mean("y*tanh(y)");
    const Estimate of = ratio(plain_y, plain_x);
    findings.printed.push_back({"plain virial of y over that of x" + at, 1, of});
    findings.deviations.push_back({rate, difference(of, {1, 0})});
    if (std::abs(rate - 0.02) < 1e-9) {
      findings.corrected.push_back({"plain virial of x" + at, 0.01002506, plain_x, 5e-9});
      findings.corrected.push_back({"plain virial of y" + at, 0.01041220, plain_y, 5e-9});
      findings.instead = "at eta' = .02 the plain virials still differ by " + short_number(100 * (of.value - 1), 2) +
                         " %, the finite step of eta_y = .08";
    }
  }
  return findings;
}

/// The limit of a frozen preconditioner is off by a share of order 1 - beta2, which is taken as an error of it.
Findings rmsprop_keeps_two_temperatures(const Evidence& evidence) {
  const Result& run = evidence.only("C12");
  const Reading last(run);
  constexpr double x = 0.010012507812,
                   y = 0.002512531250;  // at h = 1 the variances are the temperatures to leading order
  const double share = 1 - run.experiment.beta2.value();
  const Estimate measured = ratio(last.variance("x"), last.variance("y"));
  return {
      .corrected = {{"Var x / Var y", x / y, measured, share * x / y},
                    {"Var x", x, last.variance("x"), share * x},
                    {"Var y", y, last.variance("y"), share * y}},
      .instead = "the ratio of temperatures is sigma_x / sigma_y = 4 to leading order: the square root of SGD's 16"};
}

}  // namespace

std::vector<Claim> stationary_density_claims() {
  return {
      {.id = "C04",
       .document = document,
       .statement = "a step of time dt is -g dt + N(0, eta Sigma dt), by the law of large numbers",
       .corrected = "by the central limit theorem, Sigma the covariance; kurtosis goes as 1/N",
       .files = {"C04"},
       .evaluate = sums_become_gaussian},
      {.id = "C05",
       .document = document,
       .statement = "for g = 0 this is Brownian motion",
       .corrected = "scaled by sqrt(eta): variance n eta^2 sigma^2",
       .files = {"C05"},
       .evaluate = nothing_but_noise_is_brownian},
      {.id = "C06",
       .document = document,
       .statement = "the stationary law is a continuous density",
       .corrected = "not always: it can be a Cantor law",
       .files = {"C06-one-half", "C06-two-thirds"},
       .evaluate = the_law_need_not_be_a_density},
      {.id = "C07",
       .document = document,
       .statement = "isotropic noise gives a Gibbs law",
       .corrected = "if it is also constant in x, and as eta -> 0 at fixed T",
       .files = {"C07"},
       .evaluate = isotropic_noise_gives_gibbs},
      {.id = "C08",
       .document = document,
       .statement = "diffusion flow alpha eta^2 sigma^2 dp/dx, where ghat has variance sigma",
       .corrected = "alpha = 1/2, and the variance is sigma^2",
       .files = {"C08"},
       .evaluate = the_diffusion_constant_is_one_half},
      {.id = "C09",
       .document = document,
       .statement = "p = exp(-L / (alpha eta sigma^2)) / Z with alpha about 1/10",
       .corrected = "alpha = 1/2 as eta -> 0; 1 / (2 - eta h) on a quadratic",
       .files = {"C09-alpha", "C09-limit", "C09-one-tenth"},
       .evaluate = alpha_is_one_half},
      {.id = "C10",
       .document = document,
       .statement = "independent coordinates have two temperatures",
       .corrected = "T_c = eta sigma_c^2 / 2 where the loss separates",
       .files = {"C10"},
       .evaluate = coordinates_have_their_own_temperatures},
      {.id = "C11",
       .document = document,
       .statement = "rates eta' / sigma_c^2 restore Gibbs",
       .corrected = "to leading order: plain virials differ by O(eta_c h_c)",
       .files = {"C11"},
       .evaluate = rates_by_coordinate_restore_one_temperature},
      {.id = "C12",
       .document = document,
       .statement = "RMSProp takes eta' / sigma_c, so temperatures still differ",
       .corrected = "by sigma_x / sigma_y; it divides by sqrt(sigma^2 + g^2), so noise depends on x too",
       .files = {"C12"},
       .evaluate = rmsprop_keeps_two_temperatures},
  };
}

}  // namespace isotherm::batch
