// Losses that are means over examples.

#include "loss/examples.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "isotherm/core/error.hpp"
#include "loss/derivative.hpp"
#include "loss/problem.hpp"

namespace isotherm::loss {
namespace {

/// The data of oracle T21: a_i = (cos i, .5 + sin 2i), y_i = sin 3i for i = 1 ... 8.
std::shared_ptr<const Examples> oracle_data() {
  auto examples = std::make_shared<Examples>();
  examples->names = {"a1", "a2", "y1"};
  examples->rows = 8;
  for (int i = 1; i <= 8; ++i) examples->values.push_back(std::cos(i));
  for (int i = 1; i <= 8; ++i) examples->values.push_back(0.5 + std::sin(2 * i));
  for (int i = 1; i <= 8; ++i) examples->values.push_back(std::sin(3 * i));
  return examples;
}

Problem problem_of(const std::string& loss, const std::vector<std::string>& coordinates) {
  return Problem({.loss = loss, .set = {}, .coordinates = coordinates, .examples = oracle_data()});
}

const std::string regression = "(w1*a1 + w2*a2 - y1)^2/2";
const std::string classifier = "log1p(exp(-(w1*a1 + w2*a2)*y1))";

double direct_mean(const std::function<double(double, double, double)>& loss) {
  const auto data = oracle_data();
  double sum = 0;
  for (std::size_t r = 0; r < data->rows; ++r) sum += loss(data->value(r, 0), data->value(r, 1), data->value(r, 2));
  return sum / static_cast<double>(data->rows);
}

TEST(Examples, QuadraticLossesAreClosedAroundTheirMinimum) {
  Problem problem = problem_of(regression, {});
  EXPECT_EQ(problem.coordinates(), (std::vector<std::string>{"w1", "w2"}));
  EXPECT_TRUE(problem.is_quadratic_data());
  // x* of T21 (tests/data/oracles.json).
  EXPECT_NEAR(problem.values().at("minimum.w1"), 0.08674473687409, 1e-13);
  EXPECT_NEAR(problem.values().at("minimum.w2"), 0.08402986479244, 1e-13);
  const Function value(problem, problem.value());
  for (const auto& w : {std::array{0.3, -0.7}, std::array{2.0, 1.5}}) {
    const double expected =
        direct_mean([&](double a, double b, double y) { return std::pow(w[0] * a + w[1] * b - y, 2) / 2; });
    EXPECT_NEAR(value(w), expected, 1e-14 * (1 + expected));
  }
}

TEST(Examples, OtherLossesAreMeansWithMeansAsDerivatives) {
  Problem problem = problem_of(classifier, {});
  EXPECT_FALSE(problem.is_quadratic_data());
  std::vector<NodeId> nodes = {problem.value()};
  for (const NodeId g : problem.gradient()) nodes.push_back(g);
  for (const NodeId h : problem.hessian()) nodes.push_back(h);
  nodes.push_back(problem.laplacian());
  const Function all(problem, nodes);
  const auto at = [&](double w1, double w2) {
    std::vector<double> out(nodes.size());
    all(std::array{w1, w2}, out);
    return out;
  };
  const std::vector<double> here = at(0.4, -0.2);
  EXPECT_NEAR(here[0],
              direct_mean([](double a, double b, double y) { return std::log1p(std::exp(-(0.4 * a - 0.2 * b) * y)); }),
              1e-14);
  const double h = 1e-5;
  const auto right = at(0.4 + h, -0.2), left = at(0.4 - h, -0.2), up = at(0.4, -0.2 + h), down = at(0.4, -0.2 - h);
  EXPECT_NEAR(here[1], (right[0] - left[0]) / (2 * h), 1e-9);
  EXPECT_NEAR(here[2], (up[0] - down[0]) / (2 * h), 1e-9);
  EXPECT_NEAR(here[3], (right[1] - left[1]) / (2 * h), 1e-9);
  EXPECT_NEAR(here[4], (up[1] - down[1]) / (2 * h), 1e-9);
  EXPECT_NEAR(here[6], (up[2] - down[2]) / (2 * h), 1e-9);
  EXPECT_DOUBLE_EQ(here[7], here[3] + here[6]);
}

TEST(Examples, DerivativesPassThroughFunctionsOfMeans) {
  Problem problem = problem_of(classifier, {});
  Graph& graph = problem.graph();
  const NodeId root = graph.unary(Operation::sqrt, problem.value());
  const std::vector<NodeId> nodes = {root, gradient(graph, root, 2)[1]};
  const Function both(problem, nodes);
  std::vector<double> up(2), down(2), here(2);
  both(std::array{0.4, -0.2}, here);
  both(std::array{0.4, -0.2 + 1e-5}, up);
  both(std::array{0.4, -0.2 - 1e-5}, down);
  EXPECT_NEAR(here[1], (up[0] - down[0]) / 2e-5, 1e-9);
}

/// Runs the passes as an engine would, with these rows as the batch.
std::vector<double> run(Problem& problem, const Passes& passes, std::vector<double> state,
                        const std::vector<std::size_t>& batch) {
  const Examples& data = *problem.examples();
  const std::vector<double> settings = problem.setting_values();
  state.resize(passes.first_row + passes.sums());
  const auto pass = [&](const Program& body, std::size_t first, const auto& rows) {
    if (body.results.empty()) return;
    Interpreter<double> interpreter(body);
    const std::vector<double> constants = evaluate_constants(problem.graph(), body, settings, {});
    for (const std::size_t r : rows) {
      std::vector<double> columns, next(body.results.size());
      for (std::size_t c = 0; c < data.columns(); ++c) columns.push_back(data.value(r, c));
      columns.push_back(data.weight(r));
      interpreter(state, {}, constants, next, columns);
      std::ranges::copy(next, state.begin() + static_cast<std::ptrdiff_t>(first));
    }
  };
  pass(passes.batch, passes.first_row, batch);
  pass(passes.data, passes.first_row + passes.batch_sums(), std::array<std::size_t, 8>{0, 1, 2, 3, 4, 5, 6, 7});
  Interpreter<double> main(passes.main);
  std::vector<double> results(passes.main.results.size());
  main(state, {}, evaluate_constants(problem.graph(), passes.main, settings, {}), results);
  return results;
}

TEST(Examples, PassesGiveTheMeanOfTheBatchAndOfTheData) {
  Problem problem = problem_of(classifier, {});
  Graph& graph = problem.graph();
  problem.set_value("1/B", 1.0 / 3);
  const std::vector<NodeId> nodes = {problem.batch_gradient()[0], problem.value(),
                                     graph.sub(problem.batch_gradient()[1], problem.gradient()[1])};
  const Passes passes = lower_passes(graph, nodes, 2, graph.setting("1/B"), problem.examples()->weight_column());
  EXPECT_EQ(passes.batch_sums(), 2u);
  EXPECT_EQ(passes.data_sums(), 2u);
  const std::vector<double> got = run(problem, passes, {0.4, -0.2}, {1, 5, 6});

  const auto data = oracle_data();
  const auto slope = [&](std::size_t r, std::size_t c) {
    const double a = data->value(r, 0), b = data->value(r, 1), y = data->value(r, 2);
    return -data->value(r, c) * y / (1 + std::exp((0.4 * a - 0.2 * b) * y));
  };
  double full = 0;
  for (std::size_t r = 0; r < 8; ++r) full += slope(r, 1) / 8;
  EXPECT_NEAR(got[0], (slope(1, 0) + slope(5, 0) + slope(6, 0)) / 3, 1e-15);
  EXPECT_NEAR(got[1], Function(problem, problem.value())(std::array{0.4, -0.2}), 1e-15);
  EXPECT_NEAR(got[2], (slope(1, 1) + slope(5, 1) + slope(6, 1)) / 3 - full, 1e-15);
}

TEST(Examples, WeightsOfRowsCount) {
  auto data = std::make_shared<Examples>();
  data->names = {"a1"};
  data->rows = 3;
  data->values = {-1, 0, 1};
  data->weights = {0.25, 0.5, 0.25};
  Problem problem({.loss = "(x - a1)^4", .set = {}, .coordinates = {}, .examples = data});
  EXPECT_DOUBLE_EQ(Function(problem, problem.value())(0.0), 0.5);
}

TEST(Examples, PenaltyIsPartOfEveryGradient) {
  Problem problem = problem_of(regression, {});
  problem.set_value("decay", 0.5);
  const std::vector<NodeId> before(problem.gradient().begin(), problem.gradient().end());
  problem.add_penalty(problem.graph().setting("decay"));
  const std::vector<NodeId> nodes = {before[0], problem.gradient()[0]};
  std::vector<double> out(2);
  Function(problem, nodes)(std::array{0.4, -0.2}, out);
  EXPECT_NEAR(out[1] - out[0], 0.5 * 0.4, 1e-15);
  EXPECT_NE(problem.batch_gradient()[0], problem.plain_batch_gradient()[0]);
}

TEST(Examples, RefusalsNameTheColumn) {
  const auto refusal = [](ProblemRequest request) -> std::string {
    request.examples = oracle_data();
    try {
      Problem problem(request);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal({.loss = "x^2", .set = {}, .coordinates = {}, .examples = {}}),
            "--loss: 'x^2' uses no column of the examples, so there is nothing to average; the columns are a1, a2, y1");
  EXPECT_EQ(refusal({.loss = "(x - a1)^2", .set = {{"a1", "2"}}, .coordinates = {}, .examples = {}}),
            "--set a1: 'a1' is also a column of the examples; choose another name");
  EXPECT_EQ(refusal({.loss = "(x - a1)^2", .set = {}, .coordinates = {"a1"}, .examples = {}}),
            "--coordinates a1: 'a1' is also a column of the examples; choose another name");
}

}  // namespace
}  // namespace isotherm::loss
