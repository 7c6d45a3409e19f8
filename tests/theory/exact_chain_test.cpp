// The prediction exact-chain against tests/data/oracles.json (each number there by two independent methods) and closed
// forms.

#include "theory/hand_made_chain.hpp"

namespace isotherm::theory {
namespace {

Prediction exact(const ChainRequest& request, const std::vector<std::vector<Axis>>& axes = {}) {
  return predict("exact-chain", request, axes);
}

struct Case {
  ChainRequest request;
  std::string id, x2, mean_loss;
};

TEST(ExactChain, OneDimensionWithGaussianNoise) {
  const Case cases[] = {
      {{.loss = "double-well", .eta = .05}, "T04", "<x2>", "<L>"},
      {{.loss = "quartic", .eta = .1, .sigma = {"sqrt(2)"}}, "T05", "chain<x2>", "chain<L>"},
      {{.loss = "log-cosh", .eta = .1, .sigma = {"2"}}, "T06", "chain<x2>", "chain<L>"},
      {{.loss = "pseudo-huber", .eta = .2, .sigma = {"sqrt(2)"}}, "T07", "chain<x2>", "chain<L>"},
      {{.loss = "rugged", .eta = .05, .sigma = {"sqrt(8)"}}, "T08", "chain<x2>", "chain<L>"},
      {{.loss = "tilted-double-well", .eta = .05, .sigma = {"2"}}, "T09", "", "chain<L>"},
      {{.loss = "double-well", .rule = "langevin", .eta = .1, .sigma = {"sqrt(2)"}}, "T20", "EM <x2>", "EM <L>"},
  };
  for (const Case& c : cases) {
    const Prediction p = exact(c.request);
    ASSERT_EQ(p.not_applicable, "") << c.id;
    const auto expected = oracle(c.id);
    if (!c.x2.empty()) expect_relative(*p.marginals[0].second_moment, expected[c.x2], 1e-9, c.id);
    expect_relative(*p.loss.mean, expected[c.mean_loss], 1e-9, c.id);
    EXPECT_NEAR(*p.alpha_corrected_virial, .5, 1e-12) << c.id;
  }
}

TEST(ExactChain, DoubleWell) {
  const auto expected = oracle("T04");
  const Axis x = axis("x", 8, -2, 2), loss = axis("loss", 40, 0, .2);
  const Prediction p = exact({.loss = "double-well", .eta = .05}, {{x}, {loss}, {axis("x^2", 8, 0, 4)}, {x, loss}});
  expect_relative(*p.marginals[0].fourth_moment, expected["<x4>"], 1e-9);
  EXPECT_EQ(*p.marginals[0].mean, 0);
  EXPECT_EQ(p.marginals[0].quantiles.at("0.5"), 0);
  expect_relative(p.marginals[0].quantiles.at("0.75"), expected["q75"], 1e-9);
  expect_relative(p.marginals[0].quantiles.at("0.95"), expected["q95"], 1e-9);
  expect_relative(p.marginals[0].quantiles.at("0.99"), expected["q99"], 1e-9);
  EXPECT_NEAR(p.marginals[0].quantiles.at("0.01"), -p.marginals[0].quantiles.at("0.99"), 1e-12);
  expect_relative(*p.alpha_maximum_likelihood, expected["alpha_MLE"], 1e-9);
  EXPECT_NEAR(*p.relaxation_rate, 1e-6, 1e-8);
  // Edges of the axis at -1/2, 0, 1/2.
  expect_relative(p.bins[0].probabilities[4] + p.bins[0].probabilities[5], expected["P(|x|<0.5)"], 1e-8);
  double total = 0, bound = 0;
  for (std::size_t i = 0; i < 42; ++i) {
    total += p.bins[1].probabilities[i];
    if (i < 41) bound += p.bins[1].probabilities[i] * (i == 0 ? 0 : loss.edge(i));
  }
  EXPECT_NEAR(total, 1, 1e-12);
  EXPECT_GT(bound, *p.loss.mean);
  // x^2 < 1/2 where |x| < 1/sqrt 2; the joint law has the margins.
  const Prediction q = exact({.loss = "double-well", .eta = .05}, {{axis("x", 1, -std::sqrt(.5), std::sqrt(.5))}});
  expect_relative(p.bins[2].probabilities[1], q.bins[0].probabilities[1], 1e-11);
  for (std::size_t i = 0; i < x.extent(); ++i) {
    double row = 0;
    for (std::size_t j = 0; j < loss.extent(); ++j) row += p.bins[3].probabilities[i * loss.extent() + j];
    EXPECT_NEAR(row, p.bins[0].probabilities[i], 1e-12);
  }
}

TEST(ExactChain, QuantilesAndWells) {
  const Prediction smooth = exact({.loss = "log-cosh", .eta = .1, .sigma = {"2"}});
  expect_relative(smooth.marginals[0].quantiles.at("0.95"), oracle("T06")["chain q95"], 1e-9);
  const Prediction tilted = exact({.loss = "tilted-double-well", .eta = .05, .sigma = {"2"}}, {{axis("x", 2, -4, 4)}});
  expect_relative(*tilted.marginals[0].mean, oracle("T09")["chain<x>"], 1e-9);
  expect_relative(tilted.bins[0].probabilities[1], oracle("T09")["chain P(x<0)"], 2e-9);
  EXPECT_NEAR(*tilted.relaxation_rate, .00185, 5e-6);
  // The slow mode of the double well at T = 0.1, per unit of time.
  const Prediction well = exact({.loss = "double-well", .eta = .05, .sigma = {"2"}});
  expect_relative(*well.relaxation_rate / .05, .0341046, 2e-6);
  expect_relative(*exact({.loss = "quartic", .eta = .1, .sigma = {"sqrt(2)"}}).alpha_maximum_likelihood,
                  oracle("T05")["chain alpha_MLE"], 1e-9);
}

// Var = eta sigma^2 / (h (2 - eta h)), also where a step overshoots, where it is tiny, and for a batch.
TEST(ExactChain, Quadratic) {
  for (const double eta : {1e-4, .01, .1, 1., 1.7, 1.99}) {
    const Prediction p = exact({.loss = "x^2/2", .eta = eta}, {{axis("x", 10, -1, 1, true)}});
    expect_relative(*p.marginals[0].variance, eta / (2 - eta), 1e-11, "eta " + std::to_string(eta));
    expect_relative(*p.marginals[0].fourth_moment, 3 * std::pow(eta / (2 - eta), 2), 1e-11);
    expect_relative(*p.alpha_maximum_likelihood, 1 / (2 - eta), 1e-10);
    if (eta != 1) expect_relative(*p.relaxation_rate, -std::log(std::abs(1 - eta)), 1e-9);
    EXPECT_EQ(p.bins[0].probabilities.front() + p.bins[0].probabilities.back(), 0);
  }
  const Prediction batch = exact({.loss = "x^2/2", .eta = .1, .batch_size = 4});
  expect_relative(*batch.marginals[0].variance, .25 * .1 / 1.9, 1e-11);
  expect_relative(batch.loss.quantiles.at("0.95"), 3.841458820694124 / 2 * .25 * .1 / 1.9, 1e-9);  // chi^2, 1 df
}

// A kink in the loss, a jump in the step: E|x| = (sigma^2 + 1) eta / 2.
TEST(ExactChain, Kinks) {
  const Prediction p = exact({.loss = "abs(x)", .eta = .1, .sigma = {"2"}});
  ASSERT_EQ(p.not_applicable, "");
  expect_relative(*p.loss.mean, .25, 1e-11);
}

// sigma^2 = 1 + 2 x^2 on x^2/2: exact moments, with tails of a power law.
TEST(ExactChain, NoiseThatDependsOnThePlace) {
  const Prediction p = exact({.loss = "x^2/2", .eta = .05, .sigma = {"sqrt(1+2*x^2)"}});
  ASSERT_EQ(p.not_applicable, "");
  expect_relative(*p.marginals[0].variance, oracle("T13")["(ii) var"], 1e-10);
  expect_relative(*p.marginals[0].fourth_moment, oracle("T13")["(ii) m4"], 1e-9);
  EXPECT_FALSE(p.alpha_maximum_likelihood);
  // Tails so heavy that there is no fourth moment.
  const Prediction heavy = exact({.loss = "x^2/2", .eta = .4, .sigma = {"sqrt(1+2*x^2)"}});
  EXPECT_TRUE(!heavy.not_applicable.empty() || !heavy.marginals[0].fourth_moment);
  // D = T (1 + x^2) on the double well, T = 0.1: the total variation to Ito's density (1 + x^2)^9 exp(-5 x^2) falls as
  // eta, from .0359 at 0.1.
  const double tv[] = {.0359, .0167};
  for (int i : {0, 1}) {
    const double eta = i == 0 ? .1 : .05;
    const Axis fine = axis("x", 400, -3, 3);
    const Prediction chain = exact(
        {.loss = "double-well", .eta = eta, .sigma = {"sqrt(" + std::to_string(.2 / eta) + "*(1+x^2))"}}, {{fine}});
    ASSERT_EQ(chain.not_applicable, "");
    double distance = 0, z = 0;
    const auto ito = [](double x) { return std::pow(1 + x * x, 9) * std::exp(-5 * x * x); };
    std::vector<double> masses;
    for (std::size_t b = 0; b < 400; ++b) {  // Simpson's rule in each bin
      const double a = fine.edge(b), c = fine.edge(b + 1);
      masses.push_back((ito(a) + 4 * ito(.5 * (a + c)) + ito(c)) * (c - a) / 6);
      z += masses.back();
    }
    for (std::size_t b = 0; b < 400; ++b) distance += .5 * std::abs(masses[b] / z - chain.bins[0].probabilities[b + 1]);
    EXPECT_NEAR(distance, tv[i], 1e-4);
  }
}

TEST(ExactChain, OtherNoiseLaws) {
  const auto expected = oracle("T12");
  for (const char* law : {"rademacher", "uniform", "laplace"}) {
    const std::string name = law;
    const Prediction quadratic = exact({.loss = "x^2/2", .eta = .1, .sigma = {"3"}, .noise = law});
    ASSERT_EQ(quadratic.not_applicable, "");
    const double variance = *quadratic.marginals[0].variance;
    expect_relative(variance, expected["quad eta=.1 rademacher var"], 1e-9, name);
    expect_relative(*quadratic.marginals[0].fourth_moment / (variance * variance) - 3,
                    expected["quad " + name + " exkurt"], 1e-8, name);
    const Prediction well = exact({.loss = "double-well", .eta = .05, .noise = law}, {{axis("x", 4, -2, 2)}});
    ASSERT_EQ(well.not_applicable, "");
    expect_relative(*well.marginals[0].second_moment, expected["dwell eta=.05 sigma=1 " + name + " <x2>"], 1e-9, name);
    expect_relative(*well.loss.mean, expected["dwell eta=.05 sigma=1 " + name + " <L>"], 5e-9, name);
    EXPECT_NEAR(*well.alpha_corrected_virial, .5, 1e-10);
    EXPECT_NE(well.bins[0].not_applicable, "");
    EXPECT_TRUE(well.bins[0].probabilities.empty());
  }
  // Skewed: <x> on log cosh at T = 0.2, eta = 0.05.
  const Prediction skewed = exact({.loss = "log-cosh", .eta = .05, .sigma = {"sqrt(8)"}, .noise = "two-point:0.2"});
  expect_relative(*skewed.marginals[0].mean, -.009486229486, 1e-9);
  // A mean of B draws on a quadratic: excess kurtosis kappa4 / B (1 - a^2) / (1 + a^2).
  const Prediction batch = exact({.loss = "x^2/2", .eta = .1, .sigma = {"6"}, .noise = "laplace", .batch_size = 4});
  const double variance = *batch.marginals[0].variance;
  expect_relative(variance, expected["quad eta=.1 rademacher var"], 1e-9);
  expect_relative(*batch.marginals[0].fourth_moment / (variance * variance) - 3,
                  expected["quad laplace exkurt"].get<double>() / 4, 1e-7);
}

TEST(ExactChain, StepsThatAreNotAffineInTheNoise) {
  const auto expected = oracle("T20");
  const Prediction heun =
      exact({.loss = "double-well", .rule = "heun", .eta = .1, .sigma = {"sqrt(2)"}}, {{axis("x", 4, -2, 2)}});
  expect_relative(*heun.marginals[0].second_moment, expected["Heun <x2>"], 1e-9);
  expect_relative(*heun.loss.mean, expected["Heun <L>"], 1e-9);
  EXPECT_NE(heun.bins[0].not_applicable, "");
}

TEST(ExactChain, PositionAndARowOfTheRule) {
  const ChainRequest well{.loss = "double-well", .eta = .1, .sigma = {"sqrt(2)"}};
  ChainRequest request = well;
  request.rule = "leimkuhler-matthews";
  const Prediction lm = exact(request);
  expect_relative(*lm.marginals[0].second_moment, oracle("T20")["LM <x2>"], 1e-8);
  expect_relative(*lm.loss.mean, oracle("T20")["LM <L>"], 1e-8);
  expect_relative(*lm.own_rows.at("R.x").second_moment, 1, 1e-9);

  const Prediction momentum = exact({.loss = "double-well", .rule = "momentum", .eta = .01, .numbers = {{"mu", {.9}}}});
  ASSERT_EQ(momentum.not_applicable, "");
  const auto expected = oracle("T19");
  expect_relative(*momentum.marginals[0].second_moment, expected["<x2>"], 1e-7);
  expect_relative(*momentum.loss.mean, expected["<L>"], 1e-7);
  expect_relative(*momentum.own_rows.at("v.x").second_moment, expected["<v2>"], 1e-7);
  EXPECT_EQ(*momentum.own_rows.at("v.x").mean, 0);

  // BAOAB on the double well, T = 0.1, friction 1: errors of <L> against Gibbs.
  for (const auto& [dt, error] : {std::pair(.4, 6.0e-6), std::pair(.2, 1.4e-6)}) {
    request.rule = "underdamped";
    request.dt = dt;
    const Prediction p = exact(request);
    EXPECT_NEAR(*p.loss.mean - .0571592729895, error, .05e-6);
  }
  // Heavy ball on a quadratic, T02.
  const Prediction ball = exact({.loss = "1.5*x^2/2", .rule = "momentum", .eta = .1, .sigma = {"0.8"}});
  expect_relative(*ball.marginals[0].variance, oracle("T02")["HB_std_var_x"], 1e-6);
  expect_relative(*ball.own_rows.at("v.x").variance, oracle("T02")["HB_std_var_v"], 1e-6);
}

TEST(ExactChain, TwoCoordinates) {
  const auto expected = oracle("T10");
  const Prediction p = exact({.loss = "(2*x^2+1.2*x*y+y^2)/2", .eta = .1, .covariance = {1, -.3, -.3, .5}});
  ASSERT_EQ(p.not_applicable, "");
  expect_relative(p.covariance[0], expected["C11"], 1e-7);
  expect_relative(p.covariance[1], expected["C12"], 1e-7);
  expect_relative(p.covariance[3], expected["C22"], 1e-7);
  expect_relative(*p.loss.mean, expected["<L>"], 1e-7);
  expect_relative(*p.circulation, expected["circulation E[x1(t+1)x2(t)-x2(t+1)x1(t)]"], 1e-6);
}

// Independent coordinates are chains of their own: T_x = .0404, T_y by its virial (C10).
TEST(ExactChain, IndependentCoordinates) {
  const Axis x = axis("x", 6, -.6, .6), y = axis("y", 5, -.2, .2);
  const Prediction p = exact({.loss = "two-temperatures", .eta = .02, .sigma = {"2", "0.5"}},
                             {{x}, {y}, {x, y}, {axis("loss", 5, 0, 1)}});
  ASSERT_EQ(p.not_applicable, "");
  expect_relative(*p.marginals[0].variance, .02 * 4 / 1.98, 1e-11);
  const Prediction line = exact({.loss = "log-cosh", .eta = .02, .sigma = {"0.5"}});
  expect_relative(*p.marginals[1].second_moment, *line.marginals[0].second_moment, 1e-12);
  expect_relative(*p.loss.mean, .5 * *p.marginals[0].variance + *line.loss.mean, 1e-12);
  expect_relative(*p.loss.variance, .5 * std::pow(*p.marginals[0].variance, 2) + *line.loss.variance, 1e-11);
  for (std::size_t i = 0; i < x.extent(); ++i)
    for (std::size_t j = 0; j < y.extent(); ++j)
      EXPECT_NEAR(p.bins[2].probabilities[i * y.extent() + j], p.bins[0].probabilities[i] * p.bins[1].probabilities[j],
                  1e-14);
  EXPECT_NE(p.bins[3].not_applicable, "");
}

TEST(ExactChain, RefusesWithAReason) {
  const auto reason = [](const ChainRequest& request) { return exact(request).not_applicable; };
  const auto expect_reason = [&](const ChainRequest& request, const std::string& words) {
    EXPECT_NE(reason(request).find(words), std::string::npos) << request.loss << ": " << reason(request);
  };
  // Particles of the double well run away: 3e-3 per step at eta = 0.5.
  expect_reason({.loss = "double-well", .eta = .5}, "there is no stationary law: with a probability of about 0.004");
  expect_reason({.loss = "x^2/2", .eta = 2.1}, "no stationary law");
  expect_reason({.loss = "cos(x)"}, "nodes");
  expect_reason({.loss = "0*x"}, "no minimum");
  expect_reason({.loss = "x^2/2", .eta = 1e-6}, "more than 6000");
  expect_reason({.loss = "x^2/2", .sigma = {"x"}}, "noise vanishes");
  expect_reason({.loss = "x^2/2", .sigma = {"1+abs(x)"}}, "not smooth");
  expect_reason({.loss = "abs(x)", .noise = "rademacher"}, "does not converge");
  expect_reason({.loss = "x^2/2", .noise = "student-t:1.5"}, "no variance");
  expect_reason({.loss = "x^2/2", .noise = "student-t:12", .batch_size = 2}, "Student-t");
  expect_reason({.loss = "x*y + x^2 + y^2 + y*z + z^2"}, "3 state rows");
  expect_reason({.loss = "x^2/2", .rule = "adam", .eta = .01}, "changes with its number");
  // At eta = 0.2 nobody runs away in 1e20 steps.
  EXPECT_EQ(reason({.loss = "double-well", .eta = .2}), "");
}

}  // namespace
}  // namespace isotherm::theory
