// Densities of chains of two state rows: against the exact normal law of quadratics, against the transfer operator of
// one row wherever the two rows come apart, and what is refused.

#include "theory/chain_parts.hpp"
#include "theory/hand_made_chain.hpp"

namespace isotherm::theory {
namespace {

Prediction exact(const ChainRequest& request, const std::vector<std::vector<Axis>>& axes = {}) {
  return predict("exact-chain", request, axes);
}

void expect_same_bins(const BinProbabilities& a, const BinProbabilities& b, double tolerance) {
  ASSERT_EQ(a.not_applicable, "");
  ASSERT_EQ(b.not_applicable, "");
  ASSERT_EQ(a.probabilities.size(), b.probabilities.size());
  for (std::size_t i = 0; i < a.probabilities.size(); ++i)
    EXPECT_NEAR(a.probabilities[i], b.probabilities[i], tolerance) << a.axes[0].expression << ", slot " << i;
}

void expect_same_quantiles(const Marginal& a, const Marginal& b, double tolerance) {
  ASSERT_EQ(a.quantiles.size(), quantile_levels().size());
  for (const auto& [key, value] : a.quantiles) EXPECT_NEAR(value, b.quantiles.at(key), tolerance) << key;
}

// Coupled coordinates with correlated noise, and axes whose edges are not aligned with anything.
TEST(PlaneChain, TwoCoordinatesOfAQuadratic) {
  const ChainRequest request{.loss = "(2*x^2+1.2*x*y+y^2)/2 + 0.1*x", .eta = .1, .covariance = {1, -.3, -.3, .5}};
  const Axis x = axis("x", 7, -.5, .4), y = axis("y", 9, -.7, .9), around = axis("y", 4, 0, .3, true);
  const std::vector<std::vector<Axis>> axes = {{x}, {y}, {x, y}, {y, x}, {around}};
  const Prediction plane = exact(request, axes), normal = predict("lyapunov", request, axes);
  ASSERT_EQ(plane.not_applicable, "");
  for (std::size_t i = 0; i < axes.size(); ++i) expect_same_bins(plane.bins[i], normal.bins[i], 1e-12);
  for (std::size_t c = 0; c < 2; ++c) {
    expect_same_quantiles(plane.marginals[c], normal.marginals[c], 1e-11);
    expect_relative(*plane.marginals[c].mean, *normal.marginals[c].mean, 1e-11);
    expect_relative(*plane.marginals[c].fourth_moment, *normal.marginals[c].fourth_moment, 1e-11);
  }
  for (std::size_t i = 0; i < 4; ++i) expect_relative(plane.covariance[i], normal.covariance[i], 1e-11);
  expect_relative(*plane.loss.mean, *normal.loss.mean, 1e-11);
  expect_relative(*plane.loss.variance, *normal.loss.variance, 1e-11);
  expect_relative(*plane.circulation, *normal.circulation, 1e-9);
  expect_relative(*plane.relaxation_rate, *normal.relaxation_rate, 1e-5);
}

// Noise on a line of the plane.
TEST(PlaneChain, PositionAndVelocityOnAQuadratic) {
  const Axis x = axis("x", 7, -.8, .9), v = axis("v.x", 9, -.3, .2);
  for (const char* rule : {"momentum", "nesterov", "underdamped", "leimkuhler-matthews"}) {
    const Axis own = rule == std::string("leimkuhler-matthews") ? axis("R.x", 9, -2, 1) : v;
    const std::vector<std::vector<Axis>> axes = {{x}, {own}, {x, own}, {own, x}};
    const ChainRequest request{.loss = "1.5*x^2/2", .rule = rule, .eta = .1, .sigma = {"0.8"}};
    const Prediction plane = exact(request, axes), normal = predict("lyapunov", request, axes);
    ASSERT_EQ(plane.not_applicable, "") << rule;
    for (std::size_t i = 0; i < axes.size(); ++i) expect_same_bins(plane.bins[i], normal.bins[i], 1e-11);
    expect_same_quantiles(plane.marginals[0], normal.marginals[0], 1e-10);
    expect_same_quantiles(plane.own_rows.begin()->second, normal.own_rows.begin()->second, 1e-10);
    expect_relative(*plane.marginals[0].variance, *normal.marginals[0].variance, 1e-10, rule);
    expect_relative(*plane.relaxation_rate, *normal.relaxation_rate, 1e-5, rule);
  }
}

// A loss that is a sum, solved as if it were not: each coordinate by its transfer operator, and the product of both.
TEST(PlaneChain, SeparableLossAgainstTheTransferOperator) {
  const Axis x = axis("x", 12, -1.8, 1.8), y = axis("y", 8, -.9, .9);
  const std::vector<std::vector<Axis>> axes = {{x}, {y}, {x, y}};
  const HandMadeChain chain({.loss = "(x^2-1)^2/4 + log(cosh(y))", .eta = .1, .sigma = {"1"}});
  const Prediction plane = predict_plane_chain(chain.chain, axes), lines = chain.predict("exact-chain", axes);
  ASSERT_EQ(plane.not_applicable, "");
  for (std::size_t i = 0; i < axes.size(); ++i) expect_same_bins(plane.bins[i], lines.bins[i], 1e-11);
  for (std::size_t c = 0; c < 2; ++c) expect_same_quantiles(plane.marginals[c], lines.marginals[c], 1e-9);
  expect_relative(*plane.loss.mean, *lines.loss.mean, 1e-10);
  expect_relative(*plane.relaxation_rate, *lines.relaxation_rate, 1e-5);
}

// The same at 45 degrees: with u = (x+y)/sqrt 2 and w = (x-y)/sqrt 2 independent,
// E x^4 = (E u^4 + 6 E u^2 E w^2 + E w^4) / 4.
TEST(PlaneChain, TurnedDoubleWell) {
  const ChainRequest turned{.loss = "((x+y)^2/2-1)^2/4 + (x-y)^2/2", .eta = .1, .sigma = {"1"}};
  const Prediction plane = exact(turned);
  const Prediction u = exact({.loss = "double-well", .eta = .1}), w = exact({.loss = "x^2", .eta = .1});
  ASSERT_EQ(plane.not_applicable, "");
  const double u2 = *u.marginals[0].second_moment, w2 = *w.marginals[0].second_moment;
  expect_relative(*plane.marginals[0].second_moment, .5 * (u2 + w2), 1e-10);
  expect_relative(plane.covariance[1], .5 * (u2 - w2), 1e-10);
  expect_relative(*plane.marginals[1].fourth_moment,
                  .25 * (*u.marginals[0].fourth_moment + 6 * u2 * w2 + *w.marginals[0].fourth_moment), 1e-10);
  expect_relative(*plane.loss.mean, *u.loss.mean + *w.loss.mean, 1e-10);
  expect_relative(*plane.relaxation_rate, *u.relaxation_rate, 1e-4);
}

// Without memory, momentum is sgd.
TEST(PlaneChain, MomentumWithoutMemoryIsSgd) {
  const std::vector<std::vector<Axis>> axes = {{axis("x", 20, -1.8, 1.8)}, {axis("loss", 10, 0, 1)}};
  const Prediction plane =
      exact({.loss = "tilted-double-well", .rule = "momentum", .eta = .1, .numbers = {{"mu", {0}}}}, axes);
  const Prediction line = exact({.loss = "tilted-double-well", .eta = .1}, axes);
  ASSERT_EQ(plane.not_applicable, "");
  expect_same_bins(plane.bins[0], line.bins[0], 1e-10);
  expect_same_bins(plane.bins[1], line.bins[1], 1e-10);
  expect_same_quantiles(plane.marginals[0], line.marginals[0], 1e-9);
  expect_same_quantiles(plane.loss, line.loss, 1e-9);
}

TEST(PlaneChain, MomentumInADoubleWell) {
  const Axis x = axis("x", 8, -2, 2), v = axis("v.x", 6, -.06, .06);
  const Prediction p = exact({.loss = "double-well", .rule = "momentum", .eta = .01, .numbers = {{"mu", {.9}}}},
                             {{x}, {v}, {x, v}, {axis("loss", 10, 0, .5), v}, {axis("v.x^2", 3, 0, 1)}});
  ASSERT_EQ(p.not_applicable, "");
  const auto expected = oracle("T19");
  expect_relative(*p.marginals[0].second_moment, expected["<x2>"], 1e-8);
  expect_relative(*p.loss.mean, expected["<L>"], 1e-8);
  expect_relative(*p.own_rows.at("v.x").second_moment, expected["<v2>"], 1e-8);
  EXPECT_EQ(*p.marginals[0].mean, 0);
  EXPECT_EQ(p.marginals[0].quantiles.at("0.5"), 0);
  for (std::size_t i = 0; i < x.extent(); ++i) {
    double row = 0;
    for (std::size_t j = 0; j < v.extent(); ++j) row += p.bins[2].probabilities[i * v.extent() + j];
    EXPECT_NEAR(row, p.bins[0].probabilities[i], 1e-12);
    EXPECT_NEAR(p.bins[0].probabilities[i], p.bins[0].probabilities[x.extent() - 1 - i], 1e-12);
  }
  EXPECT_NE(p.bins[3].not_applicable.find("two rows"), std::string::npos);
  EXPECT_NE(p.bins[4].not_applicable.find("two rows"), std::string::npos);
}

TEST(PlaneChain, RefusesWithAReason) {
  const std::vector<std::vector<Axis>> axes = {{axis("x", 4, -2, 2)}};
  const auto expect_reason = [](const std::string& reason, const std::string& words) {
    EXPECT_NE(reason.find(words), std::string::npos) << reason;
  };
  // Wells of unequal depth 0.25 / T = 25 below the barrier: particles change wells once in 1e12 steps.
  expect_reason(exact({.loss = "(x^2-1)^2/4 + 0.01*x + y^2/2 + 0.3*x*y", .eta = .02}, axes).not_applicable,
                "so slowly");
  expect_reason(exact({.loss = "banana", .eta = .05, .sigma = {"6"}}, axes).not_applicable, "too many");
  // Averages are there, densities are not.
  const Prediction coin = exact({.loss = "double-well", .rule = "momentum", .eta = .01, .noise = "rademacher"}, axes);
  EXPECT_EQ(coin.not_applicable, "");
  expect_reason(coin.bins[0].not_applicable, "not Gaussian");
  // Steps from far out overshoot, farther and farther.
  expect_reason(exact({.loss = "(x^4 + y^4)/4 + x^2*y^2", .eta = .3}, axes).not_applicable, "of about 4.6");
}

}  // namespace
}  // namespace isotherm::theory
