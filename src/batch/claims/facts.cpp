// What everybody should know beside the claims: five facts.

#include <cmath>

#include "batch/claim.hpp"
#include "batch/claims/quadratic.hpp"
#include "verdict/irreversibility.hpp"

namespace isotherm::batch {
namespace {

const std::string document = "beyond the lecture";

double eta_of(const Result& result) { return result.experiment.eta.front(); }

/// N rows in turn, each epoch in a new order, B = 1, curvature h = 1: after j updates of an epoch, with a = 1 - eta,
///   Q_j = (N sum_{i<j} a^(2i) - (sum_{i<j} a^i)^2) / (N - 1),  V_j = a^(2j) V_N + eta^2 s2 Q_j,
///   V_N = eta^2 s2 Q_N / (1 - a^(2N)).
double reshuffled_variance(double eta, int rows, int updates, double s2) {
  const double a = 1 - eta, n = rows;
  const auto q = [&](int j) {
    double squares = 0, sum = 0;
    for (int i = 0; i < j; ++i) {
      squares += std::pow(a, 2 * i);
      sum += std::pow(a, i);
    }
    return (n * squares - sum * sum) / (n - 1);
  };
  const double end = eta * eta * s2 * q(rows) / (1 - std::pow(a, 2 * rows));
  return std::pow(a, 2 * updates) * end + eta * eta * s2 * q(updates);
}

/// The mean of V_j over the epoch's states j = 0 ... N - 1 is the mean of N snapshots; here, at its last N steps.
Findings shuffled_epochs_are_colder(const Evidence& evidence) {
  Findings findings;
  std::vector<double> lengths;
  std::vector<Estimate> alphas;
  for (const Result& run : evidence.of("F1")) {
    const double eta = eta_of(run);
    const int rows = 50;
    double sum = 0, squares = 0, expected = 0, s2 = 0;
    for (int i = 1; i <= rows; ++i) {
      const double y = i <= rows / 2 ? -1 : 1;
      s2 += y * y / rows;
    }
    double count = 0;
    for (const Snapshot& snapshot : run.measurement.snapshots) {
      const Estimate variance = Reading(run, snapshot.step).variance("x");
      sum += variance.value;
      squares +=
          variance.standard_error;  // of snapshots that are not independent: the largest error that they can have
      expected += reshuffled_variance(eta, rows, static_cast<int>(snapshot.step % rows), s2);
      ++count;
    }
    const double unit = eta * s2 * count;
    lengths.push_back(eta * rows);
    alphas.push_back({sum / unit, squares / unit});
    findings.corrected.push_back({"alpha averaged over the epoch at u = eta h N = " + short_number(eta * rows),
                                  expected / unit,
                                  {sum / unit, squares / unit}});
    findings.printed.push_back({"alpha at u = " + short_number(eta * rows), 0.5, {sum / unit, squares / unit}});
  }
  const auto limit = [](double u) { return 0.5 - 1 / u + (1 - std::exp(-u)) / (u * u); };
  const auto fifty = [](double u) {
    double sum = 0;
    for (int j = 0; j < 50; ++j) sum += reshuffled_variance(u / 50, 50, j, 1) / u;
    return sum;
  };
  findings.figures = {
      {.title = "Shuffled epochs are colder than independent draws: here alpha is 1/10, at eta h N = .71",
       .x = "u = eta h N, the time of an epoch",
       .y = "alpha, averaged over the epoch",
       .logarithmic_x = true,
       .series = {points("measured, N = 50", Ink::measured, lengths, alphas),
                  curve("exact, N = 50", Ink::blue, 0.1, 10, fifty, true),
                  dashed(curve("long epochs, 1/2 - 1/u + (1 - exp(-u)) / u^2", Ink::violet, 0.1, 10, limit, true)),
                  level("independent draws, 1/2", Ink::green, 0.1, 10, 0.5),
                  dashed(level("1/10, as printed", Ink::orange, 0.1, 10, 0.1))}}};
  findings.instead = "alpha_eff(u) = 1/2 - 1/u + (1 - exp(-u)) / u^2 for long epochs, 1/10 at u = .71";
  return findings;
}

Findings the_corrected_virial_is_exact(const Evidence& evidence) {
  Findings findings;
  Figure figure{.title = "The exact identity gives alpha = 1/2 for every loss and every law of noise, at eta = .1",
                .x = "alpha by the corrected virial"};
  for (const Result& run : evidence.of("F2")) {
    if (eta_of(run) > 0.05)
      figure.rows.push_back({run.experiment.loss + ", " + run.experiment.noise, corrected_virial_alpha(run), 0.5});
    findings.corrected.push_back({"alpha by the corrected virial, " + run.experiment.loss + ", " +
                                      run.experiment.noise + ", eta = " + short_number(eta_of(run)),
                                  0.5, corrected_virial_alpha(run)});
  }
  findings.figures = {figure};
  return findings;
}

/// At fixed T the total variation distance from Gibbs falls as eta: by maximum likelihood, whose error is that of L.
Findings gibbs_is_off_by_the_step(const Evidence& evidence) {
  Findings findings;
  std::vector<double> etas;
  std::vector<Estimate> deviations;
  for (const Result& run : evidence.of("F3")) {
    const double eta = eta_of(run);
    const Estimate alpha = maximum_likelihood_alpha(run);
    findings.corrected.push_back(
        {"alpha by maximum likelihood, quadratic, eta = " + short_number(eta), 1 / (2 - eta), alpha});
    findings.printed.push_back({"alpha by maximum likelihood, quadratic, eta = " + short_number(eta), 0.5, alpha});
    findings.deviations.push_back({eta, scaled(difference(alpha, {0.5, 0}), 2)});
    etas.push_back(eta);
    deviations.push_back(difference(alpha, {0.5, 0}));
  }
  findings.figures = {{.title = "Gibbs' law is off by a share eta h / 2: alpha - 1/2 falls in proportion to the step",
                       .x = "learning rate eta",
                       .y = "alpha by maximum likelihood - 1/2",
                       .logarithmic_x = true,
                       .logarithmic_y = true,
                       .series = {points("measured", Ink::measured, etas, deviations),
                                  curve(
                                      "1 / (2 - eta h) - 1/2", Ink::blue, 0.02, 0.25,
                                      [](double eta) { return 1 / (2 - eta) - 0.5; }, true)}}};
  findings.instead = "alpha - 1/2 falls as eta^" + short_number(logarithmic_slope(etas, deviations).value, 3);
  return findings;
}

/// Tilted double well, sigma = 1, eta = .1: means by the transfer operator of each noise law.
Findings tails_know_the_noise(const Evidence& evidence) {
  struct Row {
    const char* noise;
    double mean;
  };
  constexpr Row rows[] = {{"gaussian", -0.72896}, {"rademacher", -0.80032}, {"laplace", -0.64406}};
  Findings findings;
  Estimate gaussian;
  Figure figure{.title = "Noise of one variance but another law moves particles between the wells",
                .x = "mean of x on the tilted double well (sigma = 1, eta = .1)"};
  for (const Result& run : evidence.of("F4"))
    for (const Row& row : rows)
      if (run.experiment.noise == row.noise) {
        const Estimate mean = Reading(run).mean("x");
        findings.corrected.push_back({std::string("mean of x, ") + row.noise + " noise", row.mean, mean, 5e-6});
        figure.rows.push_back({std::string(row.noise) + " noise", mean, row.mean});
        if (row.noise == std::string("gaussian"))
          gaussian = mean;
        else
          findings.printed.push_back(
              {std::string("mean of x as with Gaussian noise, ") + row.noise, gaussian.value, mean});
      }
  findings.figures = {figure};
  findings.instead = "at fixed sigma barriers and weights of wells depend on the whole noise law, however small eta is";
  return findings;
}

/// H = [2 .6; .6 1], Sigma = [1 -.3; -.3 .5], eta = .1.
Findings anisotropic_noise_drives_a_current(const Evidence& evidence) {
  const Result& run = evidence.only("F5");
  const std::optional<verdict::Irreversibility> found = verdict::measure_irreversibility(run.measurement.pairs.value());
  Findings findings;
  findings.corrected = {
      {"circulation", 0.002115655853315, {found->circulation.value, found->circulation.standard_error}},
      {"entropy production a step",
       0.03096081736558,
       {found->entropy_production.value, found->entropy_production.standard_error}}};
  findings.printed = {{"entropy production of a Gibbs law",
                       0,
                       {found->entropy_production.value, found->entropy_production.standard_error}}};
  findings.figures = {
      {.title = "Entropy is produced at every step: the law is stationary and yet no equilibrium",
       .x = "entropy production per step",
       .rows = {{"anisotropic noise", findings.corrected[1].measured, findings.corrected[1].expected, 0.0}}}};
  findings.instead = "a stationary current: " + short_number(found->entropy_production.value, 3) + " of entropy a step";
  return findings;
}

}  // namespace

std::vector<Claim> facts() {
  return {
      {.id = "F1",
       .document = document,
       .statement = "training by epochs has alpha = 1/2 as independent draws have",
       .corrected = "shuffled epochs are colder: alpha = 1/10 at eta h N = .71",
       .files = {"F1"},
       .evaluate = shuffled_epochs_are_colder},
      {.id = "F2",
       .document = document,
       .statement = "2 E[x.g] = eta E|ghat|^2 for any loss, any noise, any step",
       .corrected = "",
       .files = {"F2"},
       .evaluate = the_corrected_virial_is_exact},
      {.id = "F3",
       .document = document,
       .statement = "the stationary law is Gibbs' at a finite step",
       .corrected = "it is off by O(eta h)",
       .files = {"F3"},
       .evaluate = gibbs_is_off_by_the_step},
      {.id = "F4",
       .document = document,
       .statement = "at fixed sigma only the variance of the noise matters",
       .corrected = "tails, barriers and weights of wells depend on its whole law",
       .files = {"F4"},
       .evaluate = tails_know_the_noise},
      {.id = "F5",
       .document = document,
       .statement = "the stationary law is an equilibrium",
       .corrected = "not with anisotropic noise: probability circulates",
       .files = {"F5"},
       .evaluate = anisotropic_noise_drives_a_current},
  };
}

}  // namespace isotherm::batch
