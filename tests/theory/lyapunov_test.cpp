// Exact laws of linear rules on quadratic losses, against closed forms.

#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <numeric>

#include "theory/affine_chain.hpp"
#include "theory/hand_made_chain.hpp"
#include "theory/weighted_chi_squared.hpp"

namespace isotherm::theory {
namespace {

Prediction lyapunov(const ChainRequest& request, const std::vector<std::vector<Axis>>& axes = {}) {
  Prediction result = predict("lyapunov", request, axes);
  EXPECT_EQ(result.not_applicable, "");
  return result;
}

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(Lyapunov, StochasticGradientDescent) {
  const auto expected = oracle("T01");
  const Prediction p = lyapunov({.loss = "x^2/2", .eta = 0.1});
  expect_relative(*p.marginals[0].variance, expected["var"], 1e-13);
  expect_relative(*p.loss.mean, expected["mean_loss"], 1e-13);
  expect_relative(p.marginals[0].quantiles.at("0.9"), expected["q90"], 1e-12);
  expect_relative(p.marginals[0].quantiles.at("0.99"), expected["q99"], 1e-12);
  expect_relative(*p.alpha_maximum_likelihood, expected["alpha_hat"], 1e-10);
  expect_relative(*p.relaxation_rate, -std::log(expected["lag1_autocorr"].get<double>()), 1e-13);
  EXPECT_FALSE(p.circulation);
}

TEST(Lyapunov, Momentum) {
  const auto expected = oracle("T02");
  ChainRequest request{.loss = "h*x^2/2", .set = {{"h", "1.5"}}, .rule = "momentum", .eta = 0.1, .sigma = {"0.8"}};
  const Prediction standard = lyapunov(request);
  expect_relative(*standard.marginals[0].variance, expected["HB_std_var_x"], 1e-12);
  expect_relative(*standard.own_rows.at("v.x").variance, expected["HB_std_var_v"], 1e-12);
  request.choices = {{"parameterization", "averaged"}};
  expect_relative(*lyapunov(request).marginals[0].variance, expected["HB_nonstd_var_x"], 1e-12);
  request.choices = {};
  request.rule = "nesterov";
  expect_relative(*lyapunov(request).marginals[0].variance, expected["NAG_var_x"], 1e-12);
}

// Closed forms for decoupled and coupled decay, lambda = 0.2.
TEST(Lyapunov, WeightDecay) {
  ChainRequest request{.loss = "h*x^2/2",
                       .set = {{"h", "1.5"}},
                       .rule = "momentum",
                       .eta = 0.1,
                       .sigma = {"0.8"},
                       .numbers = {{"weight-decay", {0.2}}}};
  expect_relative(*lyapunov(request).marginals[0].variance, 0.19705072111489, 1e-12);
  request.flags = {"decoupled"};
  expect_relative(*lyapunov(request).marginals[0].variance, 0.18592006227631, 1e-12);
  request.rule = "sgd";
  expect_relative(*lyapunov(request).marginals[0].variance, 0.02057216329155, 1e-12);
  // The mean is h x* / (h + lambda).
  request.loss = "h*(x-2)^2/2";
  const Prediction p = lyapunov(request);
  expect_relative(*p.marginals[0].mean, 2 * 1.5 / 1.7, 1e-13);
}

TEST(Lyapunov, Integrators) {
  const auto expected = oracle("T17");
  const double dt = 0.2;
  // eta sigma^2 / 2 = T = 0.35.
  ChainRequest request{
      .loss = "h*x^2/2", .set = {{"h", "1.5"}}, .rule = "langevin", .eta = 0.1, .sigma = {"sqrt(7)"}, .dt = dt};
  expect_relative(*lyapunov(request).marginals[0].variance, expected["EM var x"], 1e-13);
  request.rule = "heun";
  expect_relative(*lyapunov(request).marginals[0].variance, expected["Heun var x"], 1e-13);
  request.rule = "leimkuhler-matthews";
  expect_relative(*lyapunov(request).marginals[0].variance, expected["LM var x"], 1e-13);
  request.rule = "underdamped";
  request.numbers = {{"friction", {1.3}}};
  const auto scheme = [&](const std::string& name) {
    request.choices = {{"scheme", name}};
    return lyapunov(request);
  };
  const Prediction baoab = scheme("baoab"), obabo = scheme("obabo");
  expect_relative(*baoab.marginals[0].variance, expected["BAOAB var x"], 1e-12);
  expect_relative(*baoab.own_rows.at("v.x").variance, expected["BAOAB var v"], 1e-12);
  expect_relative(*obabo.marginals[0].variance, expected["OBABO var x"], 1e-12);
  expect_relative(*obabo.own_rows.at("v.x").variance, expected["OBABO var v"], 1e-12);
  expect_relative(*scheme("aboba").own_rows.at("v.x").variance, 0.35532994923858, 1e-12);
  expect_relative(*scheme("euler").marginals[0].variance, 0.30847457627119, 1e-12);
  expect_relative(*scheme("euler").own_rows.at("v.x").variance, 0.51412429378531, 1e-12);
  expect_relative(*scheme("semi-implicit").marginals[0].variance, 0.23742690058480, 1e-12);
  expect_relative(*scheme("semi-implicit").own_rows.at("v.x").variance, 0.40935672514620, 1e-12);
}

const ChainRequest coupled{.loss = "x^2+0.6*x*y+y^2/2", .eta = 0.1, .covariance = {1, -0.3, -0.3, 0.5}};

TEST(Lyapunov, CoupledCoordinatesHaveACurrent) {
  const auto expected = oracle("T10");
  const Prediction p = lyapunov(coupled);
  expect_relative(p.covariance[0], expected["C11"], 1e-13);
  expect_relative(p.covariance[1], expected["C12"], 1e-13);
  expect_relative(p.covariance[3], expected["C22"], 1e-13);
  expect_relative(*p.loss.mean, expected["<L>"], 1e-13);
  expect_relative(*p.circulation, expected["circulation E[x1(t+1)x2(t)-x2(t+1)x1(t)]"], 1e-12);
  expect_relative(*p.entropy_production, expected["EP per step"], 1e-12);

  ChainRequest isotropic = coupled;
  isotropic.covariance = {};
  EXPECT_NEAR(*lyapunov(isotropic).circulation, 0, 1e-16);
  EXPECT_NEAR(*lyapunov(isotropic).entropy_production, 0, 1e-13);

  // P = diag(.5, 2), and heavy ball with mu = 0.9, by an independent solver of Lyapunov's equation.
  ChainRequest preconditioned = coupled;
  preconditioned.preconditioner = {0.5, 0, 0, 2};
  const Prediction q = lyapunov(preconditioned);
  expect_relative(q.covariance[0], 0.02057756116121, 1e-12);
  expect_relative(q.covariance[1], -0.02494485734999, 1e-12);
  expect_relative(q.covariance[3], 0.069682581922, 1e-11);
  ChainRequest ball = coupled;
  ball.rule = "momentum";
  const Prediction b = lyapunov(ball);
  expect_relative(b.covariance[0], 0.25498151065174, 1e-12);
  expect_relative(b.covariance[1], -0.17949971360908, 1e-12);
  expect_relative(b.covariance[3], 0.48504673986056, 1e-12);
  EXPECT_FALSE(b.entropy_production) << "positions of momentum are not a Markov chain";
}

// H = diag(linspace(.5, 2, 10)): the law of the loss.
TEST(Lyapunov, LawOfTheLossInTenDimensions) {
  const auto expected = oracle("T18");
  std::string loss = "0";
  for (int i = 0; i < 10; ++i) loss += "+(0.5+" + std::to_string(i) + "/6)*x" + std::to_string(i) + "^2/2";
  const Prediction p = lyapunov({.loss = loss, .eta = 0.1}, {{axis("loss", 50, 0, 1)}, {axis("loss", 7, 0.1, 0.3)}});
  expect_relative(*p.loss.mean, expected["mean L"], 1e-13);
  expect_relative(*p.loss.variance, expected["var L"], 1e-13);
  expect_relative(p.loss.quantiles.at("0.5"), expected["q50"], 1e-11);
  // The oracle's second method confirms it to 1.9e-8.
  expect_relative(p.loss.quantiles.at("0.95"), expected["q95"], 1e-8);
  for (const BinProbabilities& bins : p.bins) EXPECT_NEAR(sum(bins.probabilities), 1, 1e-13);
  double below = 0;  // up to 0.3
  for (std::size_t i = 0; i <= 15; ++i) below += p.bins[0].probabilities[i];
  EXPECT_NEAR(below, 1 - p.bins[1].probabilities.back(), 1e-13);
}

TEST(Lyapunov, OtherNoiseLaws) {
  const auto expected = oracle("T12");
  for (const char* noise : {"rademacher", "uniform", "laplace"}) {
    const Prediction p =
        lyapunov({.loss = "x^2/2", .eta = 0.1, .sigma = {"3"}, .noise = noise}, {{axis("x", 4, -1, 1)}});
    const double v = *p.marginals[0].variance;
    expect_relative(*p.marginals[0].fourth_moment / (v * v) - 3, expected[std::string("quad ") + noise + " exkurt"],
                    1e-12);
    EXPECT_TRUE(p.marginals[0].quantiles.empty());
    EXPECT_NE(p.bins[0].not_applicable, "");
    // Var x^2 / 4.
    expect_relative(*p.loss.variance, (*p.marginals[0].fourth_moment - v * v) / 4, 1e-12);
  }
  // Skewness -kappa3 (1 - a^2)^1.5 / (1 - a^3), seen in the fourth moment about 0 of a shifted quadratic.
  const double a = 0.9, q = 0.2, k3 = (1 - 2 * q) / std::sqrt(q * (1 - q)), k4 = (1 - 6 * q * (1 - q)) / (q * (1 - q));
  const Prediction p = lyapunov({.loss = "(x-1)^2/2", .eta = 0.1, .noise = "two-point:0.2", .batch_size = 4});
  const double v = 0.0025 / (1 - a * a);
  const double third = -k3 / 2 * std::pow(0.05, 3) / (1 - a * a * a);
  const double fourth = k4 / 4 * std::pow(0.05, 4) / (1 - a * a * a * a);
  expect_relative(*p.marginals[0].fourth_moment, 1 + 6 * v + 4 * third + fourth + 3 * v * v, 1e-13);

  const Prediction heavy = lyapunov({.loss = "x^2/2", .noise = "student-t:3"});
  expect_relative(*heavy.marginals[0].variance, 1 / 19.0, 1e-13);
  EXPECT_FALSE(heavy.marginals[0].fourth_moment);
  EXPECT_NE(predict("lyapunov", {.loss = "x^2/2", .noise = "student-t:2"}).not_applicable, "");
}

TEST(Lyapunov, NoiseThatGrowsWithTheState) {
  const auto expected = oracle("T13");
  const Prediction p = lyapunov({.loss = "x^2/2", .eta = 0.05, .sigma = {"sqrt(1+2*x^2)"}});
  expect_relative(*p.marginals[0].variance, expected["(ii) var"], 1e-12);
  expect_relative(*p.marginals[0].fourth_moment, expected["(ii) m4"], 1e-12);
  expect_relative(*p.loss.mean, expected["(ii) var"].get<double>() / 2, 1e-12);
  EXPECT_NE(predict("lyapunov", {.loss = "x^2/2", .eta = 1, .sigma = {"sqrt(1+2*x^2)"}}).not_applicable, "");
  EXPECT_NE(predict("lyapunov", {.loss = "x^2/2", .eta = 0.05, .sigma = {"1+abs(x)"}}).not_applicable, "");
}

TEST(Lyapunov, BinsOfLinearObservables) {
  const Axis x = axis("x", 12, -0.4, 0.5), y = axis("y", 9, -0.3, 0.6), wrapped = axis("x", 5, 0, 0.2, true);
  const Prediction p = lyapunov(coupled, {{x},
                                          {y},
                                          {x, y},
                                          {axis("x+2*y-1", 10, -2, 0)},
                                          {wrapped},
                                          {x, x},
                                          {axis("x*y", 4, -1, 1)},
                                          {axis("tanh(x)", 4, -1, 1)},
                                          {axis("q", 4, -1, 1)},
                                          {axis("x^2", 4, 0, 0.1)}});
  const auto normal = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const double sx = std::sqrt(p.covariance[0]);
  for (std::size_t i = 0; i < 12; ++i)
    EXPECT_NEAR(p.bins[0].probabilities[i + 1], normal(x.edge(i + 1) / sx) - normal(x.edge(i) / sx), 1e-15);
  // Margins of the joint bins.
  for (std::size_t i = 0; i < x.extent(); ++i) {
    double row = 0;
    for (std::size_t j = 0; j < y.extent(); ++j) row += p.bins[2].probabilities[i * y.extent() + j];
    EXPECT_NEAR(row, p.bins[0].probabilities[i], 1e-14);
  }
  for (std::size_t j = 0; j < y.extent(); ++j) {
    double column = 0;
    for (std::size_t i = 0; i < x.extent(); ++i) column += p.bins[2].probabilities[i * y.extent() + j];
    EXPECT_NEAR(column, p.bins[1].probabilities[j], 1e-14);
  }
  // P(x < 0, y < 0.1 ...): the quadrant of correlation rho has 1/4 + asin(rho) / 2 pi.
  const Prediction quadrants = lyapunov(coupled, {{axis("x", 2, -9, 9), axis("y", 2, -9, 9)}});
  const double rho = p.covariance[1] / std::sqrt(p.covariance[0] * p.covariance[3]);
  EXPECT_NEAR(quadrants.bins[0].probabilities[1 * 4 + 1], 0.25 + std::asin(rho) / (2 * M_PI), 1e-14);

  const double s = std::sqrt(p.covariance[0] + 4 * p.covariance[1] + 4 * p.covariance[3]);
  EXPECT_NEAR(p.bins[3].probabilities[5], normal(0) - normal(-0.2 / s), 1e-14);
  double folded = 0;
  for (int turn = -40; turn <= 40; ++turn) folded += normal((0.2 * turn + 0.04) / sx) - normal(0.2 * turn / sx);
  EXPECT_NEAR(p.bins[4].probabilities[1], folded, 1e-14);
  for (std::size_t i = 0; i < x.extent(); ++i)
    EXPECT_NEAR(p.bins[5].probabilities[i * x.extent() + i], p.bins[0].probabilities[i], 1e-7);
  for (const std::size_t refused : {6, 7, 8}) EXPECT_NE(p.bins[refused].not_applicable, "") << refused;
  EXPECT_NEAR(p.bins[9].probabilities[1], normal(std::sqrt(0.025) / sx) - normal(-std::sqrt(0.025) / sx), 1e-14);
}

TEST(Lyapunov, BinsOfVelocities) {
  const Prediction p = lyapunov({.loss = "x^2/2", .rule = "momentum", .eta = 0.1},
                                {{axis("v.x", 6, -0.3, 0.3)}, {axis("x", 6, -1, 1), axis("v.x", 6, -0.3, 0.3)}});
  const double s = std::sqrt(*p.own_rows.at("v.x").variance);
  EXPECT_NEAR(p.bins[0].probabilities[4], 0.5 * std::erf(0.1 / s / std::sqrt(2.0)), 1e-15);
  double column = 0;
  for (std::size_t i = 0; i < 8; ++i) column += p.bins[1].probabilities[i * 8 + 4];
  EXPECT_NEAR(column, p.bins[0].probabilities[4], 1e-14);
}

TEST(Lyapunov, RefusesWithTheReason) {
  const auto reason = [](const ChainRequest& request) { return predict("lyapunov", request).not_applicable; };
  EXPECT_NE(reason({.loss = "double-well"}).find("not affine"), std::string::npos);
  EXPECT_NE(reason({.loss = "log-cosh"}).find("not affine"), std::string::npos);
  EXPECT_NE(reason({.loss = "x^2/2", .rule = "rmsprop"}).find("not affine"), std::string::npos);
  EXPECT_NE(reason({.loss = "x^2/2", .rule = "adam"}), "");
  EXPECT_NE(reason({.loss = "x^2/2", .eta = 2.5}).find("unstable: the spectral radius of its matrix is 1.5"),
            std::string::npos);
  EXPECT_NE(reason({.loss = "0*x"}), "");
  EXPECT_NE(reason({.loss = "x^2/2+y^2/2", .sigma = {"1+x^2", "1"}}), "");
}

TEST(Lyapunov, TwoHundredCoordinates) {
  std::string loss = "0";
  for (int i = 0; i < 200; ++i) {
    loss += "+(1+" + std::to_string(i) + "/100)*x" + std::to_string(i) + "^2/2";
    if (i > 0) loss += "+0.1*x" + std::to_string(i) + "*x" + std::to_string(i - 1);
  }
  const HandMadeChain chain({.loss = loss, .eta = 0.05});
  AffineChain affine;
  ASSERT_EQ(read_affine_chain(*chain.chain.map, {}, affine), "");
  const Eigen::MatrixXd q = affine.noise * affine.noise.transpose();
  const Eigen::MatrixXd c = solve_discrete_lyapunov(affine.a, q);
  EXPECT_LE((affine.a * c * affine.a.transpose() + q - c).cwiseAbs().maxCoeff(), 1e-15 * c.cwiseAbs().maxCoeff());
  // Isotropic noise: C = eta H^-1 (2 - eta H)^-1, and I - eta H = A.
  const Eigen::MatrixXd h = (Eigen::MatrixXd::Identity(200, 200) - affine.a) / 0.05;
  const Eigen::MatrixXd product = h * (2 * Eigen::MatrixXd::Identity(200, 200) - 0.05 * h) * c / 0.05;
  EXPECT_LE((product - Eigen::MatrixXd::Identity(200, 200)).cwiseAbs().maxCoeff(), 1e-12);
  const Prediction p =
      chain.predict("lyapunov", {{axis("loss", 20, 0, 10)}, {axis("x3", 5, -1, 1), axis("x4", 5, -1, 1)}});
  EXPECT_NEAR(sum(p.bins[0].probabilities), 1, 1e-12);
  expect_relative(*p.loss.mean, 0.5 * (h * c).trace(), 1e-11);
}

// Against Boost's noncentral chi-squared distribution, far into both tails.
TEST(WeightedChiSquared, EqualWeights) {
  for (const int terms : {1, 2, 3, 10, 200})
    for (const double noncentrality : {0.5, 30.0}) {
      std::vector<WeightedChiSquared::Term> list(static_cast<std::size_t>(terms), {0.25, 0.0});
      list[0].offset = std::sqrt(noncentrality);
      const WeightedChiSquared law(0, list);
      const boost::math::non_central_chi_squared reference(terms, noncentrality);
      for (const double level : {1e-12, 1e-4, 0.3, 0.5, 0.7}) {
        const std::string what = std::to_string(terms);
        // Of one term the interval of the normal number is then 1e-12 long, a difference of numbers near 1.
        if (terms > 1 || level > 1e-12)
          expect_relative(law.below(0.25 * quantile(reference, level)), level, 1e-10, what);
        expect_relative(law.above(0.25 * quantile(complement(reference, level))), level, 1e-10, what);
      }
      expect_relative(law.quantile(0.4), 0.25 * quantile(reference, 0.4), 1e-10);
      const WeightedChiSquared shifted(-2, list);
      EXPECT_NEAR(shifted.between(-1.9, 3), law.between(0.1, 5), 1e-14);
    }
}

// Pairs of equal weights are exponential numbers: a w1-weighted and a w2-weighted one.
TEST(WeightedChiSquared, DifferentWeights) {
  const double a = 3, b = 0.02;
  const std::vector<WeightedChiSquared::Term> terms = {{a, 0}, {b, 0}, {a, 0}, {b, 0}, {0, 5}};
  const WeightedChiSquared law(0, terms);
  for (const double x : {0.01, 0.3, 5.0, 40.0, 150.0})
    expect_relative(law.above(x), (a * std::exp(-x / (2 * a)) - b * std::exp(-x / (2 * b))) / (a - b), 1e-11);
  EXPECT_NEAR(law.mean(), 6.04, 1e-14);
  EXPECT_NEAR(law.variance(), 4 * (9 + 0.0004), 1e-12);
}

}  // namespace
}  // namespace isotherm::theory
