// Expansions in eta at fixed T against the exact chain, and Ito's density.

#include <Eigen/Dense>
#include <functional>
#include <numeric>

#include "theory/hand_made_chain.hpp"
#include "theory/transfer_operator.hpp"

namespace isotherm::theory {
namespace {

using Real = std::function<double(double)>;

ChainRequest at_fixed_temperature(const std::string& loss, double temperature, double eta) {
  return {
      .loss = loss, .eta = eta, .sigma = {"sqrt(2*" + std::to_string(temperature) + "/" + std::to_string(eta) + ")"}};
}

/// Half the sum over bins of |p - q|, an axis fine enough to stand for the densities.
double total_variation(const BinProbabilities& a, const BinProbabilities& b) {
  EXPECT_EQ(a.not_applicable, "");
  EXPECT_EQ(b.not_applicable, "");
  double sum = 0;
  for (std::size_t i = 0; i < a.probabilities.size(); ++i) sum += std::abs(a.probabilities[i] - b.probabilities[i]);
  return 0.5 * sum;
}

/// The stationary law of x' = x - eta g(x) + s(x) N(0, 1), on the axis.
BinProbabilities exact(const Real& drift, const Real& deviation, const Interval& interval, double spacing,
                       const Axis& axis) {
  const auto n = static_cast<std::size_t>((interval.upper - interval.lower) / spacing) + 2;
  const TransferOperator chain({drift, deviation}, trapezoid_rule(interval, n));
  EXPECT_TRUE(chain.solved());
  std::vector<double> cuts = {-INFINITY};
  for (std::size_t i = 0; i <= axis.bins; ++i) cuts.push_back(axis.edge(i));
  cuts.push_back(INFINITY);
  return {{axis}, chain.between(cuts), ""};
}

struct Errors {
  double gibbs, modified;
};

// Of a law like the normal one, as far as expansions to first order know.
noise::Law first_order_law() {
  noise::Law law;
  law.name = "normal to fourth order";
  law.has_variance = [](double) { return true; };
  law.skewness = law.excess_kurtosis = [](double) { return std::optional(0.0); };
  return law;
}

// Total variation from the exact chain.
Errors errors(const std::string& loss, const Real& slope, double temperature, double eta, double reach,
              bool first_order = false) {
  const Axis line = axis("x", 4000, -reach, reach);
  HandMadeChain chain(at_fixed_temperature(loss, temperature, eta));
  const noise::Law law = first_order_law();
  if (first_order) chain.chain.law = {&law, 0};
  const double s = std::sqrt(2 * temperature * eta);
  const BinProbabilities reference =
      exact([&](double x) { return x - eta * slope(x); }, [&](double) { return s; }, {-reach, reach}, s / 2, line);
  const Prediction modified = chain.predict("modified", {{line}});
  EXPECT_EQ(modified.not_applicable, "") << loss << ", eta = " << eta;
  const Prediction gibbs = chain.chain.family->predict(temperature, std::vector<std::vector<Axis>>{{line}});
  return {total_variation(reference, gibbs.bins[0]), total_variation(reference, modified.bins[0])};
}

TEST(Modified, FirstOrderOnTheDoubleWellAndLogCosh) {
  const double etas[] = {0.1, 0.05, 0.025, 0.0125};
  const double well[] = {2.75e-3, 6.16e-4, 1.47e-4, 3.59e-5}, cosh[] = {1.04e-4, 2.51e-5, 6.17e-6, 1.53e-6};
  double last_well = 0, last_cosh = 0;
  for (int i = 0; i < 4; ++i) {
    const double a = errors(
                         "double-well", [](double x) { return x * x * x - x; }, 0.1, etas[i], 2.6, true)
                         .modified;
    const double b = errors(
                         "log-cosh", [](double x) { return std::tanh(x); }, 0.2, etas[i], 8, true)
                         .modified;
    expect_relative(a, well[i], 5e-3);
    expect_relative(b, cosh[i], 5e-3);
    if (i > 0) {
      EXPECT_NEAR(std::log2(last_well / a), 2, 0.17);
      EXPECT_NEAR(std::log2(last_cosh / b), 2, 0.06);
    }
    last_well = a;
    last_cosh = b;
  }
}

TEST(Modified, SecondOrderOnTheDoubleWell) {
  const double etas[] = {0.1, 0.05, 0.025, 0.0125};
  const double gibbs[] = {3.14e-2, 1.52e-2, 7.47e-3, 3.71e-3}, second[] = {3.31e-4, 3.49e-5, 4.06e-6, 4.91e-7};
  double last = 0;
  for (int i = 0; i < 4; ++i) {
    const Errors found = errors(
        "double-well", [](double x) { return x * x * x - x; }, 0.1, etas[i], 2.6);
    expect_relative(found.gibbs, gibbs[i], 4e-3);
    expect_relative(found.modified, second[i], 5e-3);
    if (i > 0) {
      EXPECT_NEAR(std::log2(last / found.modified), 3, i == 1 ? 0.3 : 0.15);
    }
    last = found.modified;
  }
}

TEST(Modified, SecondOrderOnLogCosh) {
  const double etas[] = {0.1, 0.05, 0.025, 0.0125}, second[] = {1.51e-5, 1.81e-6, 2.22e-7, 2.75e-8};
  double last = 0;
  for (int i = 0; i < 4; ++i) {
    const double found = errors(
                             "log-cosh", [](double x) { return std::tanh(x); }, 0.2, etas[i], 8)
                             .modified;
    expect_relative(found, second[i], 5e-3);
    if (i > 0) {
      EXPECT_NEAR(std::log2(last / found), 3, 0.08);
    }
    last = found;
  }
}

// The modified law of a quadratic is the chain's own.
TEST(Modified, IsExactForQuadratics) {
  const Axis x = axis("x", 30, -1, 1);
  const HandMadeChain line({.loss = "2*(x-0.1)^2", .eta = 0.1});
  const Prediction a = line.predict("modified", {{x}, {axis("loss", 20, 0, 1)}});
  const Prediction b = line.predict("lyapunov", {{x}, {axis("loss", 20, 0, 1)}});
  EXPECT_LT(total_variation(a.bins[0], b.bins[0]), 1e-13);
  EXPECT_LT(total_variation(a.bins[1], b.bins[1]), 1e-12);
  expect_relative(*a.marginals[0].fourth_moment, *b.marginals[0].fourth_moment, 1e-11);
  expect_relative(*a.loss.mean, *b.loss.mean, 1e-11);
  expect_relative(*a.loss.variance, *b.loss.variance, 1e-11);
  expect_relative(a.loss.quantiles.at("0.95"), b.loss.quantiles.at("0.95"), 1e-10);
  expect_relative(*a.alpha_maximum_likelihood, 1 / (2 - 0.4), 1e-9);

  const HandMadeChain coupled({.loss = "x^2+0.6*x*y+0.7*y^2+z^2/2+x*z/3", .eta = 0.1});
  const Prediction c = coupled.predict("modified", {{axis("y", 9, -1, 1), axis("z", 7, -1, 1)}});
  const Prediction d = coupled.predict("lyapunov", {{axis("y", 9, -1, 1), axis("z", 7, -1, 1)}});
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(c.covariance[i], d.covariance[i], 1e-15);
  EXPECT_LT(total_variation(c.bins[0], d.bins[0]), 1e-12);
  expect_relative(*c.loss.variance, *d.loss.variance, 1e-12);
}

// Independent coordinates have each their own expansion and temperature.
TEST(Modified, SumsOfIndependentParts) {
  const Axis y = axis("y", 50, -2, 2);
  const Prediction both = predict("modified", {.loss = "2*x^2+(y^2-1)^2/4", .eta = 0.1, .sigma = {"1", "sqrt(2)"}},
                                  {{y}, {axis("x", 5, -1, 1), y}});
  const Prediction alone = predict("modified", {.loss = "(y^2-1)^2/4", .eta = 0.1, .sigma = {"sqrt(2)"}}, {{y}});
  EXPECT_LT(total_variation(both.bins[0], alone.bins[0]), 1e-14);
  expect_relative(*both.loss.mean, *alone.loss.mean + 2 * 0.1 / (4 * (2 - 0.4)), 1e-11);
}

// A coupled loss in two dimensions: against <L> of the chain, what is left falls as eta^2.
TEST(Modified, FirstOrderInTwoDimensions) {
  const double t = 0.2;
  // <L> of the chain by the transfer operator in two dimensions, on tensor grids (T = 0.2).
  const auto chain_mean = [&](double eta) {
    const double s = std::sqrt(2 * t * eta), ax = 2.3, ay = 3.6;
    const auto nx = static_cast<Eigen::Index>(2 * ax * 1.25 / s) + 1,
               ny = static_cast<Eigen::Index>(2 * ay * 1.25 / s) + 1;
    const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(nx, -ax, ax), y = Eigen::ArrayXd::LinSpaced(ny, -ay, ay);
    const double dx = x[1] - x[0], dy = y[1] - y[0];
    Eigen::MatrixXd kx(nx, nx * ny), ky(ny, nx * ny), p(nx, ny), loss(nx, ny);
    for (Eigen::Index j = 0; j < ny; ++j)
      for (Eigen::Index i = 0; i < nx; ++i) {
        const double u = x[i], v = y[j];
        const double mx = u - eta * (u * u * u + u + 0.5 * v + 0.3 * std::sin(v));
        const double my = v - eta * (v + 0.5 * u + 0.3 * std::cos(v) * u);
        const double scale = 1 / (std::sqrt(2 * M_PI) * s);
        kx.col(j * nx + i) = dx * scale * (-0.5 * ((x - mx) / s).square()).exp();
        ky.col(j * nx + i) = dy * scale * (-0.5 * ((y - my) / s).square()).exp();
        loss(i, j) = 0.25 * u * u * u * u + 0.5 * u * u + 0.5 * v * v + 0.5 * u * v + 0.3 * std::sin(v) * u;
        p(i, j) = std::exp(-loss(i, j) / t);
      }
    p /= p.sum();
    for (int step = 0; step < 4000; ++step) {
      const Eigen::Map<const Eigen::VectorXd> weights(p.data(), nx * ny);
      Eigen::MatrixXd next = kx * weights.asDiagonal() * ky.transpose();
      next /= next.sum();
      const double change = (next - p).cwiseAbs().sum();
      p = next;
      if (change < 1e-11) break;
    }
    return (p.array() * loss.array()).sum();
  };
  const std::string loss = "x^4/4+x^2/2+y^2/2+0.5*x*y+0.3*sin(y)*x";
  double last = 0, gibbs = 0;
  for (const double eta : {0.14, 0.07}) {
    const HandMadeChain chain(at_fixed_temperature(loss, t, eta));
    const Prediction p =
        chain.predict("modified", {{axis("x", 40, -2, 2), axis("y", 40, -3, 3)}, {axis("x", 40, -2, 2)}});
    ASSERT_EQ(p.not_applicable, "");
    EXPECT_NEAR(std::accumulate(p.bins[0].probabilities.begin(), p.bins[0].probabilities.end(), 0.0), 1, 1e-12);
    const double error = std::abs(*p.loss.mean - chain_mean(eta));
    gibbs = std::abs(chain.chain.family->loss_moments(t).mean - chain_mean(eta));
    EXPECT_LT(error, 0.3 * gibbs);
    if (last > 0) {
      EXPECT_NEAR(std::log2(last / error), 2, 0.25);
    }
    last = error;
  }
}

// Averages over the stationary chain under any noise law: collocation of U f(x) = E f(x') on Chebyshev's nodes.
double collocated(const Real& drift, double s, const std::vector<std::pair<double, double>>& noise, double reach,
                  Eigen::Index n, const Real& f) {
  Eigen::VectorXd nodes(n), weights(n);
  for (Eigen::Index k = 0; k < n; ++k) {
    const double angle = M_PI * (static_cast<double>(k) + 0.5) / static_cast<double>(n);
    nodes[k] = -reach * std::cos(angle);
    weights[k] = (k % 2 == 0 ? 1 : -1) * std::sin(angle);
  }
  Eigen::MatrixXd u = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index k = 0; k < n; ++k)
    for (const auto& [xi, share] : noise) {
      const double place = std::clamp(drift(nodes[k]) + s * xi, -reach, reach);
      const Eigen::ArrayXd terms = weights.array() / (place - nodes.array() + 1e-300);
      u.row(k) += share * (terms / terms.sum()).matrix().transpose();
    }
  Eigen::MatrixXd system(n + 1, n);
  system << (Eigen::MatrixXd::Identity(n, n) - u).transpose(), Eigen::RowVectorXd::Ones(n);
  const Eigen::VectorXd law = system.colPivHouseholderQr().solve(Eigen::VectorXd::Unit(n + 1, n));
  double sum = 0;
  for (Eigen::Index k = 0; k < n; ++k) sum += law[k] * f(nodes[k]);
  return sum;
}

// To first order in eta, whatever the noise: what is left falls as eta^2, and for odd averages under skewed noise as
// eta^1.5. Without the term of k3^2 the even averages would be off by the order of eta.
TEST(Modified, OtherNoiseLaws) {
  const double q = 0.2, t = 0.2;
  const std::vector<std::pair<double, double>> signs = {{-1, 0.5}, {1, 0.5}};
  const std::vector<std::pair<double, double>> skewed = {{std::sqrt((1 - q) / q), q}, {-std::sqrt(q / (1 - q)), 1 - q}};
  for (const bool skew : {false, true}) {
    std::vector<double> mean, square;
    for (const double eta : {0.05, 0.025, 0.0125}) {
      ChainRequest request = at_fixed_temperature("log-cosh", t, eta);
      request.noise = skew ? "two-point:0.2" : "rademacher";
      const Prediction p = predict("modified", request);
      ASSERT_EQ(p.not_applicable, "");
      const auto average = [&](const Real& f) {
        return collocated([eta](double x) { return x - eta * std::tanh(x); }, -std::sqrt(2 * t * eta),
                          skew ? skewed : signs, 7, 160, f);
      };
      mean.push_back(std::abs(*p.marginals[0].mean - average([](double x) { return x; })));
      square.push_back(std::abs(*p.marginals[0].second_moment - average([](double x) { return x * x; })));
    }
    for (const std::size_t i : {0, 1}) EXPECT_NEAR(std::log2(square[i] / square[i + 1]), 2, 0.3) << "skew " << skew;
    for (const std::size_t i : {0, 1})
      if (skew) {
        EXPECT_NEAR(std::log2(mean[i] / mean[i + 1]), 1.5, 0.25);
      }
  }
}

TEST(Modified, RefusesWithTheReason) {
  const auto reason = [](const ChainRequest& request) { return predict("modified", request).not_applicable; };
  EXPECT_NE(reason({.loss = "double-well", .rule = "momentum", .eta = 0.01}).find("is not x' = x - eta L'(x)"),
            std::string::npos);
  EXPECT_NE(reason({.loss = "double-well", .rule = "heun", .dt = 0.05}).find("is not x' = x - eta L'(x)"),
            std::string::npos);
  EXPECT_NE(reason({.loss = "double-well", .eta = 0.05, .sigma = {"1+x^2"}}).find("depends on the state"),
            std::string::npos);
  EXPECT_NE(reason({.loss = "abs(x)", .eta = 0.05}).find("branches"), std::string::npos);
  EXPECT_NE(reason(at_fixed_temperature("double-well", 0.1, 0.6)).find("too large"), std::string::npos);
  EXPECT_NE(reason({.loss = "x^2/2", .noise = "student-t:4"}).find("fourth moment"), std::string::npos);
  EXPECT_EQ(reason({.loss = "double-well", .rule = "langevin", .eta = 1, .sigma = {"sqrt(0.2)"}, .dt = 0.05}), "");
}

// At eta = 0.2, T = 0.1 the exponential of the series is not normalizable on the double well, and puts everything at
// the edge of the domain; the series itself is a density.
TEST(Modified, WhereTheExponentialIsNotNormalizable) {
  const Errors found = errors(
      "double-well", [](double x) { return x * x * x - x; }, 0.1, 0.2, 2.6);
  EXPECT_LT(found.modified, 0.1 * found.gibbs);
  const Prediction p =
      predict("modified", at_fixed_temperature("double-well", 0.1, 0.2), {{axis("x", 200, -2.5, 2.5)}});
  ASSERT_EQ(p.not_applicable, "");
  for (const double probability : p.bins[0].probabilities) EXPECT_GE(probability, 0);
  EXPECT_LT(p.bins[0].probabilities[1] + p.bins[0].probabilities[200], 1e-6);
}

// T13: D(x) = T (1 + x^2).
TEST(Ito, DoubleWell) {
  const auto expected = oracle("T13");
  const double t = 0.1;
  double last = 0;
  const double published[] = {0.0359, 0.0167, 0.00813, 0.00401};
  int i = 0;
  for (const double eta : {0.1, 0.05, 0.025, 0.0125}) {
    ChainRequest request{
        .loss = "double-well", .eta = eta, .sigma = {"sqrt(2*0.1*(1+x^2)/" + std::to_string(eta) + ")"}};
    const Axis line = axis("x", 1500, -2.9, 2.9);
    const Prediction p = predict("ito", request, {{line}});
    ASSERT_EQ(p.not_applicable, "");
    expect_relative(*p.marginals[0].second_moment, expected["(i) <x2>"], 1e-11);
    expect_relative(*p.marginals[0].fourth_moment, expected["(i) <x4>"], 1e-11);
    if (i == 0) {
      const auto mode = std::max_element(p.bins[0].probabilities.begin() + 751, p.bins[0].probabilities.end());
      EXPECT_NEAR(line.edge(static_cast<std::size_t>(mode - p.bins[0].probabilities.begin()) - 1), expected["(i) mode"],
                  2 * line.width());
    }
    const BinProbabilities reference = exact([&](double x) { return x - eta * (x * x * x - x); },
                                             [&](double x) { return std::sqrt(2 * eta * t * (1 + x * x)); },
                                             {-2.9, 2.9}, std::sqrt(2 * eta * t) / 2, line);
    const double found = total_variation(reference, p.bins[0]);
    expect_relative(found, published[i], 5e-3);
    if (i > 0) {
      EXPECT_NEAR(std::log2(last / found), 1, 0.12);
    }
    last = found;
    ++i;
  }
}

// g = x, sigma^2 = 1 + 2 x^2: Student's t with nu = 1 + 1/eta degrees of freedom.
TEST(Ito, StudentsLaw) {
  const auto expected = oracle("T13");
  const Prediction p =
      predict("ito", {.loss = "x^2/2", .eta = 0.05, .sigma = {"sqrt(1+2*x^2)"}}, {{axis("x", 4, -1, 1)}});
  expect_relative(*p.marginals[0].variance, expected["(ii) SDE var"], 1e-11);
  // <x^4> = 3 Var^2 (nu - 2) / (nu - 4).
  const double v = expected["(ii) SDE var"];
  expect_relative(*p.marginals[0].fourth_moment, 3 * v * v * 19 / 17, 1e-11);
  // eta = 0.5: nu = 3, which has a variance and no fourth moment.
  const Prediction heavy = predict("ito", {.loss = "x^2/2", .eta = 0.5, .sigma = {"sqrt(1+2*x^2)"}});
  expect_relative(*heavy.marginals[0].variance, 0.5, 1e-6);
  EXPECT_FALSE(heavy.marginals[0].fourth_moment);
  EXPECT_NE(predict("ito", {.loss = "x^2/2"}).not_applicable, "");
  EXPECT_NE(predict("ito", {.loss = "x^2/2", .sigma = {"abs(x)"}}).not_applicable.find("vanishes"), std::string::npos);
}

}  // namespace
}  // namespace isotherm::theory
