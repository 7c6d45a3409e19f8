// The transfer operator of x' = m(x) + s(x) xi: convergence, masses over huge barriers, gaps.

#include "theory/transfer_operator.hpp"

#include <numbers>

#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

NormalStep sgd(double eta, double h = 1) {
  return {[=](double x) { return x - eta * h * x; }, [=](double) { return eta; }};
}
NormalStep sgd_on_double_well(double eta) {
  return {[=](double x) { return x - eta * (x * x * x - x); }, [=](double) { return eta; }};
}
double second_moment(const TransferOperator& chain) {
  return chain.average([](double x) { return x * x; });
}
/// Of the trapezoid rule, against the one between its nodes.
double residual(const TransferOperator& chain) {
  const auto& nodes = chain.rule().nodes;
  const double half = 0.5 * chain.rule().weights.front();
  return chain.residual(trapezoid_rule({nodes.front() + half, nodes.back() - half}, nodes.size() - 1));
}

// Spacing s / q over eight standard deviations to each side. The error falls as exp(-2 pi^2 q^2) / eta: the table is of
// the plain trapezoid rule, which the elimination, whose rows sum to 1, betters by far; the residual keeps to it.
TEST(TransferOperator, ConvergesAsTheNodeRuleSays) {
  struct Row {
    double eta, q;
    std::size_t nodes;
    double error;
  };
  const Row table[] = {{.2, .8, 23, 1.6e-5},    {.2, 1.0, 28, 1.0e-8},    {.2, 1.2, 33, 1.3e-12},
                       {.2, 1.5, 42, 1e-13},    {.05, .8, 42, 3.2e-4},    {.05, 1.0, 53, 1.3e-7},
                       {.05, 1.2, 63, 2e-11},   {.05, 1.5, 78, 4e-13},    {.01, .8, 92, 1.7e-3},
                       {.01, 1.0, 115, 1.2e-6}, {.01, 1.2, 138, 1.7e-10}, {.01, 1.5, 172, 1.5e-12}};
  for (const Row& row : table) {
    const double variance = row.eta / (2 - row.eta), reach = 8 * std::sqrt(variance);
    const TransferOperator chain(sgd(row.eta), trapezoid_rule({-reach, reach}, row.nodes));
    ASSERT_TRUE(chain.solved());
    expect_relative(second_moment(chain), variance, row.error, "eta " + std::to_string(row.eta));
    const double theory = std::exp(-2 * std::pow(std::numbers::pi * row.q, 2));
    if (row.q < 1.3) {
      EXPECT_LT(residual(chain), 10 * theory);
      EXPECT_GT(residual(chain), 0.1 * theory) << "the residual sees what the nodes miss";
    } else {
      EXPECT_LT(residual(chain), 1e-14);
    }
  }
  const double exact = oracle("T04")["<x2>"], reach = 1 + 8 * std::sqrt(.05 / 4) + .6;
  for (const Row& row :
       {Row{.05, .8, 81, 4.9e-5}, Row{.05, 1.0, 101, 2.6e-8}, Row{.05, 1.2, 121, 2.2e-12}, Row{.05, 1.5, 151, 2e-13}}) {
    const TransferOperator chain(sgd_on_double_well(.05), trapezoid_rule({-reach, reach}, row.nodes));
    expect_relative(second_moment(chain), exact, row.error, "double well");
  }
}

// Too few nodes are seen: the law itself looks well (GTH cannot make it negative), its residual does not.
TEST(TransferOperator, TooCoarseIsSeenByTheResidual) {
  for (const double q : {.5, .6, .7}) {
    const double reach = 8 * std::sqrt(.05 / 1.95);
    const TransferOperator chain(
        sgd(.05), trapezoid_rule({-reach, reach}, static_cast<std::size_t>(std::ceil(2 * reach * q / .05)) + 1));
    EXPECT_GT(residual(chain), 1e-5);
  }
}

TEST(TransferOperator, IsTheNormalLawOnAQuadratic) {
  const double eta = .1, variance = eta / (2 - eta), deviation = std::sqrt(variance);
  const TransferOperator chain(sgd(eta), trapezoid_rule({-11 * deviation, 11 * deviation}, 110));
  for (const double z : {-6., -3., 0., 1., 5.}) {
    const double x = z * deviation;
    expect_relative(chain.density(x), std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi * variance), 1e-11);
    expect_relative(chain.below(x), 0.5 * std::erfc(-z / std::numbers::sqrt2), 1e-9);
    expect_relative(chain.above(x), 0.5 * std::erfc(z / std::numbers::sqrt2), 1e-9);
  }
  const std::vector<double> cuts = {-INFINITY, -.3, 0, .05, 1.2, INFINITY};
  const std::vector<double> masses = chain.between(cuts);
  double total = 0;
  for (std::size_t i = 0; i < masses.size(); ++i) {
    expect_relative(masses[i], chain.below(cuts[i + 1]) - chain.below(cuts[i]), 1e-8);
    total += masses[i];
  }
  EXPECT_NEAR(total, 1, 1e-14);
  // Eigenvalues (1 - eta)^k, alternating in sign where eta > 1.
  expect_relative(*chain.relaxation_rate(), -std::log(1 - eta), 1e-10);
  const TransferOperator overshooting(sgd(1.7), trapezoid_rule({-20, 20}, 60));
  expect_relative(*overshooting.relaxation_rate(), -std::log(.7), 1e-10);
}

// Wells that exchange once in 1e112 steps: masses and gap keep their digits. The gap is Kramers' 2k eta times the
// chain's own corrections, which are of order eta and T.
TEST(TransferOperator, GapsFarBelowTheSpacingOfDoubles) {
  for (const double eta : {.01, .005, .002}) {
    const double reach = 1 + 9 * std::sqrt(eta / 4);
    const TransferOperator chain(sgd_on_double_well(eta),
                                 trapezoid_rule({-reach, reach}, static_cast<std::size_t>(3 * reach / eta) + 1));
    const double t = eta / 2, kramers = std::sqrt(2) / (2 * std::numbers::pi) * std::exp(-.25 / t);
    EXPECT_NEAR(*chain.relaxation_rate() / (2 * kramers * eta), 1, 6 * eta);
    EXPECT_NEAR(chain.below(0), .5, 1e-11);
  }
}

// A slope jumps: panels that end there converge, equidistant nodes do not.
TEST(TransferOperator, PanelsEndAtKinks) {
  const NormalStep step = {[](double x) { return x - .1 * ((x > 0) - (x < 0)); }, [](double) { return .2; }};
  const std::vector<double> cuts = {0};
  const TransferOperator panels(step, panel_rule({-8, 8}, cuts, 20)), plain(step, trapezoid_rule({-8, 8}, 320));
  EXPECT_LT(panels.residual(panel_rule({-8, 8}, cuts, 27)), 1e-13);
  EXPECT_GT(residual(plain), 1e-3);
  // E x^2 = E m^2 + s^2: 2 E|x| = .1 + .2^2 / .1, with |x| = x sign x.
  expect_relative(panels.average([](double x) { return std::abs(x); }), .25, 1e-12);
}

TEST(TransferOperator, ParticlesThatRunAwayLeave) {
  const TransferOperator chain(sgd(2.5), trapezoid_rule({-20, 20}, 100));
  EXPECT_LT(chain.kept(0), 1e-3);
  EXPECT_GT(chain.kept(50), .99);
}

}  // namespace
}  // namespace isotherm::theory
