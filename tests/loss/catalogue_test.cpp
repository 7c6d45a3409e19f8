#include "loss/catalogue.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <set>

#include "isotherm/core/error.hpp"
#include "loss/evaluate.hpp"

namespace isotherm::loss {
namespace {

/// Fourth-order central difference of f along coordinate c.
template <class Call>
double difference(Call f, std::vector<double> at, std::size_t c, double step) {
  const auto shifted = [&](double by) {
    std::vector<double> point = at;
    point[c] += by;
    return f(point);
  };
  return (8 * (shifted(step) - shifted(-step)) - (shifted(2 * step) - shifted(-2 * step))) / (12 * step);
}

class EveryLoss : public ::testing::TestWithParam<CatalogueEntry> {};

TEST_P(EveryLoss, GradientAndHessianAreFiniteDifferences) {
  Problem problem = make_problem(GetParam().name);
  const std::size_t dimension = problem.dimension();
  const Function value(problem, problem.value()), gradient(problem, problem.gradient());
  const std::vector<NodeId> nodes = problem.hessian();
  const Function hessian(problem, nodes);
  // Steps of 1e-3 leave 1e-12 f^(5) of truncation and 1e-13 |f| of rounding.
  constexpr double step = 1e-3;
  for (const auto& [x, y] : {std::pair(0.3, 0.4), {-0.8, 1.2}, {1.7, -0.6}, {0.0, 0.0}}) {
    std::vector<double> at = {x, y}, g(dimension), h(dimension * dimension);
    at.resize(dimension);
    gradient(at, g);
    hessian(at, h);
    for (std::size_t c = 0; c < dimension; ++c) {
      const double scale = 1 + std::abs(value(at)) + std::abs(g[c]);
      EXPECT_NEAR(g[c], difference([&](const auto& p) { return value(p); }, at, c, step), 1e-7 * scale) << c;
      for (std::size_t r = 0; r < dimension; ++r) {
        const auto component = [&](const std::vector<double>& p) {
          std::vector<double> out(dimension);
          gradient(p, out);
          return out[r];
        };
        EXPECT_NEAR(h[r * dimension + c], difference(component, at, c, step),
                    1e-7 * (scale + std::abs(h[r * dimension + c])))
            << r << "," << c;
      }
    }
  }
}

TEST_P(EveryLoss, FloatFollowsDouble) {
  Problem problem = make_problem(GetParam().name);
  std::vector<NodeId> nodes(problem.gradient().begin(), problem.gradient().end());
  nodes.push_back(problem.value());
  std::vector<float> at = {0.375f, -0.625f};
  const std::vector<double> exact_at(at.begin(), at.end());
  const std::vector<float> value = evaluate_lowered<float>(problem, nodes, std::span<const float>(at));
  const std::vector<double> exact = evaluate_lowered<double>(problem, nodes, std::span<const double>(exact_at));
  for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_NEAR(value[i], exact[i], 2e-6 * (1 + std::abs(exact[i])));
}

TEST_P(EveryLoss, IsFound) {
  ASSERT_NE(find(GetParam().name), nullptr);
  EXPECT_EQ(find(GetParam().name)->description, GetParam().description);
  EXPECT_EQ(GetParam().description.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryLoss, ::testing::ValuesIn(catalogue().begin(), catalogue().end()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::erase(name, '-');
                           return name;
                         });

double value_at(const std::string& loss, std::vector<double> at, std::map<std::string, std::string> set = {}) {
  Problem problem = make_problem(loss, std::move(set));
  return Function(problem, problem.value())(at);
}

double gradient_norm(const std::string& loss, std::vector<double> at) {
  Problem problem = make_problem(loss);
  std::vector<double> g(problem.dimension());
  Function(problem, problem.gradient())(at, g);
  return std::hypot(g[0], g.size() > 1 ? g[1] : 0);
}

TEST(Catalogue, KnownValuesAndMinima) {
  EXPECT_DOUBLE_EQ(value_at("double-well", {0}), 0.25);
  EXPECT_DOUBLE_EQ(value_at("tilted-double-well", {-1}), -0.05);
  EXPECT_DOUBLE_EQ(value_at("tilted-double-well", {-1}, {{"c", "0.2"}}), -0.2);
  EXPECT_DOUBLE_EQ(value_at("quartic", {2}), 4);
  EXPECT_DOUBLE_EQ(value_at("pseudo-huber", {std::sqrt(3)}), 1);
  EXPECT_DOUBLE_EQ(value_at("rugged", {std::numbers::pi / 4}), std::pow(std::numbers::pi / 4, 2) / 2 + 0.1);
  EXPECT_DOUBLE_EQ(value_at("sextic-cosine", {-1}), 3);
  EXPECT_DOUBLE_EQ(value_at("two-temperatures", {2, 1}), 2 + std::log(std::cosh(1)));
  EXPECT_DOUBLE_EQ(value_at("banana", {10, 0}), 0.5);
  EXPECT_NEAR(value_at("banana", {0, -3}), 0, 1e-30);
  EXPECT_DOUBLE_EQ(value_at("rosenbrock", {1, 1}), 0);
  EXPECT_DOUBLE_EQ(value_at("rosenbrock", {-1, 2}), 104);
  EXPECT_NEAR(value_at("himmelblau", {3.584428340330, -1.848126526964}), 0, 1e-20);
  EXPECT_NEAR(gradient_norm("himmelblau", {3, 2}), 0, 1e-12);
  // Minima of the Mueller-Brown surface.
  EXPECT_NEAR(value_at("muller-brown", {-0.558223634633, 1.441725841805}), -146.699517209954, 1e-10);
  EXPECT_NEAR(value_at("muller-brown", {0.623499404931, 0.028037758529}), -108.166724116852, 1e-10);
  EXPECT_NEAR(gradient_norm("muller-brown", {-0.558223634633, 1.441725841805}), 0, 1e-8);
}

TEST(Catalogue, GaussianMixtureIsTheLogDensity) {
  const auto density = [](double x) {
    const auto normal = [](double u, double s) {
      return std::exp(-u * u / (2 * s * s)) / (s * std::sqrt(2 * std::numbers::pi));
    };
    return 0.4 * normal(x + 1.5, 0.5) + 0.6 * normal(x - 1.5, 0.8);
  };
  for (const double x : {-3.0, -1.5, 0.0, 0.2, 1.5, 4.0})
    EXPECT_NEAR(value_at("gaussian-mixture", {x}), -std::log(density(x)), 1e-13) << x;
  EXPECT_TRUE(std::isfinite(value_at("gaussian-mixture", {1e3}))) << "where both densities underflow";
}

TEST(Catalogue, NamesAreDifferentAndAllThere) {
  std::set<std::string> names;
  for (const CatalogueEntry& entry : catalogue()) names.insert(entry.name);
  EXPECT_EQ(names.size(), catalogue().size());
  EXPECT_GE(names.size(), 14u);
  EXPECT_EQ(find("no-such-loss"), nullptr);
}

std::string expanded(std::map<std::string, std::string> set) { return expand(*find("quadratic"), set); }

TEST(Quadratic, TextForEveryForm) {
  EXPECT_EQ(expanded({}), "h*x^2/2");
  EXPECT_EQ(expanded({{"h", "3"}}), "h*x^2/2");
  EXPECT_EQ(expanded({{"dimension", "10"}}), "sum(i, 1, 10, h*x[i]^2/2)");
  EXPECT_EQ(expanded({{"h", "1,-0.1"}}), "(1)*x1^2/2 + (-0.1)*x2^2/2");
  EXPECT_EQ(expanded({{"h", "2,0.6;0.6,1"}}), "(2)*x1^2/2 + (0.6)*x1*x2 + (1)*x2^2/2");
  EXPECT_EQ(expanded({{"h", "1/2,pi"}, {"dimension", "2"}}), "(0.5)*x1^2/2 + (3.1415926535897931)*x2^2/2");
}

TEST(Quadratic, Values) {
  EXPECT_DOUBLE_EQ(value_at("quadratic", {3}), 4.5);
  EXPECT_DOUBLE_EQ(value_at("quadratic", {3}, {{"h", "2"}}), 9);
  EXPECT_DOUBLE_EQ(value_at("quadratic", std::vector<double>(5, 2), {{"h", "3"}, {"dimension", "5"}}), 30);
  EXPECT_DOUBLE_EQ(value_at("quadratic", {1, 2}, {{"h", "2,0.5;0.5,1"}}), 1 + 1 + 2);
}

TEST(Quadratic, MistakesSayWhatWouldBeRight) {
  const auto error_of = [](std::map<std::string, std::string> set) -> std::string {
    try {
      make_problem("quadratic", std::move(set));
    } catch (const InputError& error) {
      const std::string text = error.what();
      return text.substr(0, text.find('\n'));
    }
    return "";
  };
  EXPECT_EQ(error_of({{"h", "1,2;3"}}),
            "--set h: row 2 of the matrix has 1 entries; a symmetric matrix with 2 rows needs 2");
  EXPECT_EQ(error_of({{"h", "1,2;3,4"}}),
            "--set h: entry (1,2) is 2 and entry (2,1) is 3; the matrix must be symmetric");
  EXPECT_EQ(error_of({{"h", "1,2"}, {"dimension", "3"}}),
            "--set dimension=3: h has 2 rows; leave the dimension out or make them equal");
  EXPECT_EQ(error_of({{"dimension", "0"}}), "--set dimension=0: the dimension is a whole number from 1 to 10000");
  EXPECT_EQ(error_of({{"dimension", "2.5"}}), "--set dimension=2.5: the dimension is a whole number from 1 to 10000");
  EXPECT_EQ(error_of({{"h", "a"}}), "--set h: column 1: unknown name 'a'; only numbers are allowed here");
  EXPECT_EQ(error_of({{"h", "1,,2"}}), "--set h: column 1: the expression is empty; write one, such as x^2/2");
}

}  // namespace
}  // namespace isotherm::loss
