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
  std::vector<double> steps;
  std::vector<Estimate> kurtoses;
  for (const Result& run : evidence.of("C04")) {
    const Reading last(run);
    const auto n = static_cast<double>(run.measurement.last().step);
    const double eta = eta_of(run);
    const std::string of = " of the noise of " + short_number(n) + " steps";
    findings.corrected.push_back({"excess kurtosis" + of, 3 / n, last.excess_kurtosis("x")});
    findings.corrected.push_back({"variance" + of + " / (eta t)", 1, scaled(last.variance("x"), 1 / (eta * eta * n))});
    findings.printed.push_back({"excess kurtosis" + of, 0, last.excess_kurtosis("x")});
    findings.deviations.push_back({1 / n, last.excess_kurtosis("x")});
    steps.push_back(n);
    kurtoses.push_back(last.excess_kurtosis("x"));
  }
  findings.figures = {{.title = "Noise of many steps becomes Gaussian as 1/N",
                       .x = "steps N",
                       .y = "excess kurtosis of their sum",
                       .logarithmic_x = true,
                       .logarithmic_y = true,
                       .series = {points("sums of Laplace's noise", Ink::measured, steps, kurtoses),
                                  curve(
                                      "3 / N", Ink::blue, 4, 100, [](double n) { return 3 / n; }, true)}}};
  findings.instead = "by the central limit theorem: the excess kurtosis of N steps' noise is that of one over N";
  return findings;
}

Findings nothing_but_noise_is_brownian(const Evidence& evidence) {
  const Result& run = evidence.only("C05");
  Findings findings;
  std::vector<double> steps;
  std::vector<Estimate> variances;
  for (const Snapshot& snapshot : run.measurement.snapshots) {
    const double eta = eta_of(run), sigma = 2;
    findings.corrected.push_back({"variance after " + std::to_string(snapshot.step) + " steps",
                                  static_cast<double>(snapshot.step) * eta * eta * sigma * sigma,
                                  Reading(run, snapshot.step).variance("x")});
    steps.push_back(static_cast<double>(snapshot.step));
    variances.push_back(Reading(run, snapshot.step).variance("x"));
  }
  findings.figures = {
      {.title = "Without a gradient the variance grows as the number of steps",
       .x = "steps n",
       .y = "variance of x",
       .logarithmic_x = true,
       .logarithmic_y = true,
       .series = {points("measured", Ink::measured, steps, variances),
                  curve(
                      "n eta^2 sigma^2", Ink::blue, 1, 1200, [](double n) { return 0.0036 * n; }, true)}}};
  return findings;
}

/// L = (x - y)^2 / 2 with y = +-1, one example a step: sums of +-eta (1 - eta)^k, a Bernoulli convolution.
Findings the_law_need_not_be_a_density(const Evidence& evidence) {
  const Reading uniform(evidence.only("C06-one-half")), cantor(evidence.only("C06-two-thirds"));
  Findings findings;
  findings.corrected = {{"P(|x| < 1/3) at eta = 2/3", 0, cantor.fraction("x", 82, 162)},
                        {"variance at eta = 2/3", 0.5, cantor.variance("x")},
                        {"excess kurtosis at eta = 2/3", -1.6, cantor.excess_kurtosis("x")},
                        {"variance at eta = 1/2", 1.0 / 3, uniform.variance("x")},
                        {"excess kurtosis at eta = 1/2", -1.2, uniform.excess_kurtosis("x")}};
  // The continuous density nearest in spirit, Gibbs' at alpha = 1/2: normal, with the variance that was measured.
  const double middle = std::erf(1 / (3 * std::sqrt(2 * 0.5)));
  findings.printed = {
      {"P(|x| < 1/3) at eta = 2/3 of a normal density of that variance", middle, cantor.fraction("x", 82, 162)}};
  findings.figures = {
      {.title = "A third of every interval is empty: Cantor's law, which has no density",
       .x = "x, at eta = 2/3 with examples y = -1 and 1",
       .y = "share per unit of x, in 243 bins",
       .series = {density("measured", Ink::measured, evidence.only("C06-two-thirds"), "x", 1, std::nullopt, 243),
                  dashed(curve("normal, of the same variance", Ink::orange, -1.5, 1.5, normal_density(0, 0.5)))}},
      {.title = "At eta = 1/2 the same chain is uniform",
       .x = "x, at eta = 1/2",
       .y = "density",
       .series = {density("measured", Ink::measured, evidence.only("C06-one-half"), "x"),
                  level("uniform on (-1, 1)", Ink::blue, -1, 1, 0.5)}}};
  findings.instead =
      "uniform on (-1, 1) at eta = 1/2; at 2/3 Cantor's law, which has no density: no particle in the middle third";
  return findings;
}

/// Isotropic noise on x^4/4 + x^2/2 + y^2/2 + xy/2 + .3 x sin y at T = .2.
Findings isotropic_noise_gives_gibbs(const Evidence& evidence) {
  Findings findings;
  std::string measured;
  std::vector<double> etas;
  std::vector<Estimate> likely, virial;
  for (const Result& run : evidence.of("C07")) {
    etas.push_back(eta_of(run));
    likely.push_back(maximum_likelihood_alpha(run));
    virial.push_back(corrected_virial_alpha(run));
    findings.corrected.push_back({"alpha by the corrected virial" + at_eta(run), 0.5, corrected_virial_alpha(run)});
    findings.printed.push_back({"alpha by maximum likelihood" + at_eta(run), 0.5, maximum_likelihood_alpha(run)});
    findings.deviations.push_back({eta_of(run), scaled(difference(maximum_likelihood_alpha(run), {0.5, 0}), 2)});
    measured += (measured.empty() ? "" : ", ") + short_number(maximum_likelihood_alpha(run).value, 4) + at_eta(run);
  }
  findings.figures = {
      {.title = "Fitted to Gibbs' law, alpha tends to 1/2 with the step; the exact identity has it at once",
       .x = "learning rate eta, at T = .2",
       .y = "alpha",
       .series = {points("by maximum likelihood", Ink::orange, etas, likely),
                  points("by the corrected virial", Ink::blue, etas, virial), level("1/2", Ink::blue, 0, 0.11, 0.5)}}};
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
      .instead = "sigma is the standard deviation of a gradient, and the constant is 1/2",
      .figures = {{.title = "One step scatters with alpha = 1/2, not 1/10",
                   .x = "x after one step from 1.5 (eta = .1, sigma = 2)",
                   .y = "density",
                   .series = {density("measured", Ink::measured, run, "x"),
                              curve("variance 2 alpha eta^2 sigma^2, alpha = 1/2", Ink::blue, 0.3, 2.4,
                                    normal_density(1.35, eta * eta * sigma * sigma)),
                              dashed(curve("alpha = 1/10", Ink::orange, 0.3, 2.4,
                                           normal_density(1.35, eta * eta * sigma * sigma / 5)))}}}};
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

/// T fixed, eta -> 0, on the double well.
std::vector<ExtrapolationPoint> points_of(const Evidence& evidence) {
  std::vector<ExtrapolationPoint> all;
  for (const Result& run : evidence.of("C09-limit")) all.push_back({eta_of(run), maximum_likelihood_alpha(run)});
  return all;
}

Findings alpha_is_one_half(const Evidence& evidence) {
  Findings findings;
  for (const Result& run : evidence.of("C09-alpha"))
    for (const AlphaRow& row : alphas)
      if (run.experiment.loss == row.loss && std::abs(eta_of(run) / row.eta - 1) < 1e-9)
        findings.corrected.push_back({"alpha by maximum likelihood, " + run.experiment.loss + at_eta(run), row.alpha,
                                      maximum_likelihood_alpha(run), 5e-11});
  const PolynomialFit fit = fit_polynomial(points_of(evidence), 3);
  findings.corrected.insert(findings.corrected.begin(), {"alpha as eta -> 0 at fixed T, double well", 0.5, fit.limit});
  findings.printed = {{"alpha as eta -> 0 at fixed T, double well", 0.1, fit.limit}};
  const Result& tenth = evidence.only("C09-one-tenth");
  const auto well = [](double x) { return (x * x - 1) * (x * x - 1) / 4; };
  std::vector<double> etas;
  std::vector<Estimate> at_fixed_temperature;
  for (const ExtrapolationPoint& point : points_of(evidence)) {
    etas.push_back(point.step);
    at_fixed_temperature.push_back(point.alpha);
  }
  const double unit = eta_of(tenth);
  findings.figures = {{.title = "Gibbs' density with alpha = 1/2 lies over the measured one; with 1/10 it does not",
                       .x = "x on the double well (eta = .05, sigma = 1)",
                       .y = "density",
                       .series = {density("measured", Ink::measured, tenth, "x", 1, std::nullopt, 200),
                                  curve("alpha = 1/2", Ink::blue, -2, 2, gibbs_density(well, unit / 2, -2, 2)),
                                  dashed(curve("alpha = 1/10, as printed", Ink::orange, -2, 2,
                                               gibbs_density(well, unit / 10, -2, 2)))}},
                      {.title = "alpha tends to 1/2 as the step shrinks at one temperature",
                       .x = "learning rate eta, at T = .05",
                       .y = "alpha by maximum likelihood",
                       .series = {points("double well", Ink::measured, etas, at_fixed_temperature),
                                  level("1/2", Ink::blue, 0, 0.085, 0.5),
                                  dashed(level("1/10, as printed", Ink::orange, 0, 0.085, 0.1))}}};
  findings.instead = "exp(-L / (eta sigma^2 / 10)) is at total variation distance " +
                     short_number(comparison(tenth, "x", "gibbs").distance.total_variation, 3) +
                     " from the double well's histogram" + at_eta(tenth) + "; alpha is 1/2 as eta -> 0";
  return findings;
}

double log_cosh(double y) { return std::log(std::cosh(y)); }

/// Both coordinates of x^2 / 2 + log cosh y, each with Gibbs' density at its own temperature.
Figure two_coordinates(const std::string& title, const Result& run, double t_x, double t_y) {
  const double range = 3.5 * std::sqrt(std::max(t_x, t_y));
  const auto half_square = [](double x) { return x * x / 2; };
  Figure figure{.title = title, .x = "x, and y", .y = "density", .series = {}};
  figure.series = {within(density("x, sigma_x = 2", Ink::orange, run, "x", 1, std::nullopt, 200), range),
                   curve("Gibbs, T_x = " + short_number(t_x, 3), Ink::orange, -range, range,
                         gibbs_density(half_square, t_x, -8 * std::sqrt(t_x), 8 * std::sqrt(t_x))),
                   within(density("y, sigma_y = .5", Ink::blue, run, "y", 1, std::nullopt, 200), range),
                   curve("Gibbs, T_y = " + short_number(t_y, 3), Ink::blue, -range, range,
                         gibbs_density(log_cosh, t_y, -9 * std::sqrt(t_y), 9 * std::sqrt(t_y)))};
  return figure;
}

Findings coordinates_have_their_own_temperatures(const Evidence& evidence) {
  const Result& run = evidence.only("C10");
  const Estimate x = temperature(run, 0), y = temperature(run, 1);
  return {.corrected = {{"T_x / T_y", 16, ratio(x, y)}, {"T_x", 0.04, x}, {"T_y", 0.0025, y}},
          .figures = {two_coordinates("Noise of two sizes makes two temperatures: T_x = 16 T_y", run, 0.04, 0.0025)}};
}

/// eta_c = .02 / sigma_c^2: one temperature by the corrected virial; the plain one is off by the finite step.
Findings rates_by_coordinate_restore_one_temperature(const Evidence& evidence) {
  Findings findings;
  std::vector<double> rates;
  std::vector<Estimate> ratios;
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
    rates.push_back(rate);
    ratios.push_back(of);
    if (std::abs(rate - 0.02) < 1e-9) {
      findings.corrected.push_back({"plain virial of x" + at, 0.01002506, plain_x, 5e-9});
      findings.corrected.push_back({"plain virial of y" + at, 0.01041220, plain_y, 5e-9});
      findings.instead = "at eta' = .02 the plain virials still differ by " + short_number(100 * (of.value - 1), 2) +
                         " %, the finite step of eta_y = .08";
      findings.figures = {two_coordinates("Rates eta' / sigma_c^2 make it one temperature", run, 0.01, 0.01)};
    }
  }
  findings.figures.push_back({.title = "What is left of two temperatures vanishes with the step",
                              .x = "eta', where eta_y = 4 eta'",
                              .y = "<y g_y> / <x g_x>",
                              .series = {points("measured", Ink::measured, rates, ratios),
                                         curve("1 + (eta_y - eta_x) / 2", Ink::blue, 0, 0.022,
                                               [](double rate) { return 1 + (4 * rate - rate / 4) / 2; }),
                                         level("one temperature", Ink::green, 0, 0.022, 1)}});
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
      .instead = "the ratio of temperatures is sigma_x / sigma_y = 4 to leading order: the square root of SGD's 16",
      .figures = {
          {.title = "RMSProp brings the variances from 16 to 1 down to 4 to 1, not to 1",
           .x = "x, and y",
           .y = "density",
           .series = {within(density("x, sigma_x = 2", Ink::orange, run, "x", 1, std::nullopt, 200), 0.45),
                      curve("normal, variance eta' sigma_x / 2", Ink::orange, -0.45, 0.45, normal_density(0, 0.01)),
                      within(density("y, sigma_y = .5", Ink::blue, run, "y", 1, std::nullopt, 200), 0.45),
                      curve("normal, variance eta' sigma_y / 2", Ink::blue, -0.45, 0.45, normal_density(0, 0.0025))}}}};
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
