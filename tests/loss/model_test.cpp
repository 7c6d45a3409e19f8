#include "loss/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "isotherm/core/error.hpp"
#include "loss/problem.hpp"

namespace isotherm::loss {
namespace {

/// Rows with two features a1, a2 and a target y: a number, -1 or 1 by its sign, or one of the classes 2, 3, 7.
std::shared_ptr<const Examples> examples_for(Target target, std::size_t rows = 12, std::size_t features = 2) {
  auto examples = std::make_shared<Examples>();
  for (std::size_t j = 1; j <= features; ++j) examples->names.push_back("a" + std::to_string(j));
  examples->names.push_back("y");
  examples->rows = rows;
  const auto at = [](std::size_t r, std::size_t j) { return std::sin(1.3 * static_cast<double>((r + 1) * (j + 2))); };
  for (std::size_t j = 0; j < features; ++j)
    for (std::size_t r = 0; r < rows; ++r) examples->values.push_back(at(r, j));
  for (std::size_t r = 0; r < rows; ++r) {
    const double y = at(r, 0) + 0.5 * at(r, 7);
    constexpr double classes[] = {3, 7, 2};
    examples->values.push_back(target == Target::number ? y
                               : target == Target::sign ? (y < 0 ? -1 : 1)
                                                        : classes[r % 3]);
  }
  return examples;
}

ProblemRequest request_of(const std::string& model, std::map<std::string, std::string> set = {},
                          std::size_t features = 2, std::size_t rows = 12) {
  ProblemRequest request{.loss = model,
                         .set = std::move(set),
                         .coordinates = {},
                         .examples = examples_for(find_model(model)->target, rows, features),
                         .target = "y",
                         .features = {}};
  for (std::size_t j = 1; j <= features; ++j) request.features.push_back("a" + std::to_string(j));
  return request;
}

double value_at(const ProblemRequest& request, const std::vector<double>& at) {
  Problem problem(request);
  return Function(problem, problem.value())(at);
}

class EveryModel : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryModel, GradientAndHessianAreFiniteDifferences) {
  for (const char* l2 : {"0", "0.3"}) {
    Problem problem(request_of(GetParam(), {{"l2", l2}}));
    const std::size_t dimension = problem.dimension();
    const Function value(problem, problem.value()), gradient(problem, problem.gradient());
    const std::vector<NodeId> nodes = problem.hessian();
    const Function hessian(problem, nodes);
    for (const double start : {0.0, 0.4, -1.3}) {
      std::vector<double> at(dimension), g(dimension), h(dimension * dimension), above(dimension), below(dimension);
      for (std::size_t c = 0; c < dimension; ++c) at[c] = start * std::cos(3.0 * static_cast<double>(c));
      gradient(at, g);
      hessian(at, h);
      // Central differences: 1e-10 f''' of truncation, 1e-11 of rounding.
      constexpr double step = 1e-5;
      for (std::size_t c = 0; c < dimension; ++c) {
        std::vector<double> moved = at;
        moved[c] = at[c] + step;
        const double up = value(moved);
        gradient(moved, above);
        moved[c] = at[c] - step;
        const double down = value(moved);
        gradient(moved, below);
        EXPECT_NEAR(g[c], (up - down) / (2 * step), 1e-8) << problem.coordinates()[c];
        for (std::size_t r = 0; r < dimension; ++r)
          EXPECT_NEAR(h[r * dimension + c], (above[r] - below[r]) / (2 * step), 1e-8) << r << "," << c;
      }
    }
  }
}

TEST_P(EveryModel, CoordinatesAreLettersWithDigitsInNaturalOrder) {
  Problem problem(request_of(GetParam(), {}, 12));
  EXPECT_TRUE(std::ranges::all_of(problem.coordinates(), is_coordinate_name));
  EXPECT_TRUE(std::ranges::is_sorted(problem.coordinates(), natural_less));
  EXPECT_EQ(std::ranges::adjacent_find(problem.coordinates()), problem.coordinates().end());
}

TEST_P(EveryModel, CoordinatesMayHaveOtherNames) {
  ProblemRequest request = request_of(GetParam());
  const std::size_t dimension = Problem(request).dimension();
  for (std::size_t c = 0; c < dimension; ++c) request.coordinates.push_back("theta" + std::to_string(c));
  EXPECT_EQ(Problem(request).coordinates(), request.coordinates);
  request.coordinates.pop_back();
  EXPECT_THROW(Problem{request}, InputError);
}

TEST_P(EveryModel, ThePenaltyLeavesOutWhatIsNoWeight) {
  const ProblemRequest plain = request_of(GetParam()), penalized = request_of(GetParam(), {{"l2", "0.5"}});
  const Problem problem(plain);
  std::vector<double> at(problem.dimension());
  double squares = 0;
  for (std::size_t c = 0; c < at.size(); ++c) {
    at[c] = 0.1 + 0.3 * static_cast<double>(c);
    if (const char letter = problem.coordinates()[c][0]; letter == 'w' || letter == 'v') squares += at[c] * at[c];
  }
  EXPECT_NEAR(value_at(penalized, at) - value_at(plain, at), 0.25 * squares, 1e-12);
}

TEST_P(EveryModel, IsFound) {
  ASSERT_NE(find_model(GetParam()), nullptr);
  EXPECT_EQ(find_model(GetParam())->description.find('\n'), std::string::npos);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Model& model : models()) all.push_back(model.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Models, EveryModel, ::testing::ValuesIn(names()), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

double sum_over_rows(Target target, const std::function<double(double, double, double)>& loss) {
  const auto examples = examples_for(target);
  double sum = 0;
  for (std::size_t r = 0; r < examples->rows; ++r)
    sum += loss(examples->value(r, 0), examples->value(r, 1), examples->value(r, 2));
  return sum / static_cast<double>(examples->rows);
}

TEST(Models, ValuesAreThoseOfTheirFormulas) {
  EXPECT_NEAR(
      value_at(request_of("linear-regression"), {0.3, -1, 2}),
      sum_over_rows(Target::number, [](double a, double b, double y) { return std::pow(0.3 - a + 2 * b - y, 2) / 2; }),
      1e-13);
  EXPECT_NEAR(
      value_at(request_of("linear-regression", {{"intercept", "0"}}), {-1, 2}),
      sum_over_rows(Target::number, [](double a, double b, double y) { return std::pow(2 * b - a - y, 2) / 2; }),
      1e-13);
  EXPECT_NEAR(value_at(request_of("logistic-regression"), {0.3, -1, 2}),
              sum_over_rows(Target::sign,
                            [](double a, double b, double y) { return std::log1p(std::exp(-y * (0.3 - a + 2 * b))); }),
              1e-13);
  EXPECT_NEAR(value_at(request_of("two-layer-network", {{"hidden", "2"}}), {.1, .2, -.3, .4, .5, .6, -.7, .8, .9}),
              sum_over_rows(Target::number,
                            [](double a, double b, double y) {
                              const double f =
                                  .1 + .4 * std::tanh(.2 + .6 * a - .7 * b) + .5 * std::tanh(-.3 + .8 * a + .9 * b);
                              return std::pow(f - y, 2) / 2;
                            }),
              1e-13);
  // Classes 2, 3 and 7 are scores 0, f1 and f2.
  EXPECT_NEAR(value_at(request_of("softmax-regression"), {.1, .2, .3, -.4, .5, .6}),
              sum_over_rows(Target::category,
                            [](double a, double b, double y) {
                              const double f1 = .1 + .3 * a - .4 * b, f2 = .2 + .5 * a + .6 * b;
                              return std::log(1 + std::exp(f1) + std::exp(f2)) - (y == 2 ? 0 : y == 3 ? f1 : f2);
                            }),
              1e-13);
}

TEST(Models, LargeScoresNeitherOverflowNorLoseTheirTails) {
  auto one = std::make_shared<Examples>();
  one->names = {"a", "y"};
  one->rows = 2;
  one->values = {1, 1, 1, -1};
  ProblemRequest request{.loss = "logistic-regression",
                         .set = {{"intercept", "0"}},
                         .coordinates = {},
                         .examples = one,
                         .target = "y",
                         .features = {"a"}};
  Problem problem(request);
  std::vector<NodeId> nodes = {problem.value()};
  for (const NodeId node : problem.gradient()) nodes.push_back(node);
  for (const NodeId node : problem.hessian()) nodes.push_back(node);
  const Function all(problem, nodes);
  std::vector<double> out(3);
  for (const double w : {-1e4, -800.0, 800.0, 1e4}) {
    all(std::vector{w}, out);
    EXPECT_DOUBLE_EQ(out[0], std::abs(w) / 2);
    EXPECT_DOUBLE_EQ(out[1], w > 0 ? 0.5 : -0.5);
    EXPECT_EQ(out[2], 0);
  }
  // One example alone, far on the right side: its loss and gradient are exp(-30), not what rounding leaves of them.
  const NodeId loss = problem.example_loss(), slope = problem.example_gradient()[0];
  DataMeans example(problem.graph(), std::vector{loss, slope}, problem.setting_values(), [] {
    auto right = std::make_shared<Examples>();
    right->names = {"a", "y"};
    right->rows = 1;
    right->values = {1, 1};
    return right;
  }());
  std::vector<double> tail(2);
  example(std::vector{30.0}, tail);
  EXPECT_NEAR(tail[0] / std::exp(-30.0), 1, 1e-12);
  EXPECT_NEAR(tail[1] / -std::exp(-30.0), 1, 1e-12);
}

std::string error_of(const ProblemRequest& request) {
  try {
    Problem problem(request);
  } catch (const InputError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "";
}

TEST(Models, LabelsThatAreNoneSayWhereTheyStand) {
  ProblemRequest request = request_of("logistic-regression");
  auto wrong = std::make_shared<Examples>(*request.examples);
  wrong->values[2 * 12 + 4] = 2;
  wrong->place = [](std::size_t row) { return "file.csv, line " + std::to_string(row + 2); };
  request.examples = wrong;
  EXPECT_EQ(error_of(request),
            "file.csv, line 6, column 'y': 2 is no label of logistic-regression; labels are 0 and 1, or -1 and 1");
  request = request_of("softmax-regression");
  wrong = std::make_shared<Examples>(*request.examples);
  wrong->values[2 * 12 + 3] = 2.5;
  wrong->place = [](std::size_t row) { return "file.csv, line " + std::to_string(row + 2); };
  request.examples = wrong;
  EXPECT_EQ(
      error_of(request),
      "file.csv, line 5, column 'y': 2.5 is no label of softmax-regression; labels are whole numbers, one for each "
      "class");
}

TEST(Models, LabelsZeroAndOneAreMinusOneAndOne) {
  ProblemRequest request = request_of("logistic-regression");
  const double expected = value_at(request, {0.2, 0.7, -0.4});
  auto zeros = std::make_shared<Examples>(*request.examples);
  for (std::size_t r = 0; r < 12; ++r)
    if (zeros->values[2 * 12 + r] < 0) zeros->values[2 * 12 + r] = 0;
  request.examples = zeros;
  EXPECT_NEAR(value_at(request, {0.2, 0.7, -0.4}), expected, 1e-15);
}

TEST(Models, MistakesSayWhatWouldBeRight) {
  EXPECT_EQ(error_of({.loss = "linear-regression", .set = {}, .coordinates = {}}),
            "--loss linear-regression: is a model of data; give --data FILE.csv");
  EXPECT_EQ(error_of(request_of("two-layer-network", {{"hidden", "0"}})),
            "--set hidden=0: must be a whole number from 1 to 1024");
  EXPECT_EQ(error_of(request_of("two-layer-network", {{"l2", "-1"}})),
            "--set l2: the factor of a penalty is 0 or greater, for example --set l2=0.01");
  EXPECT_EQ(error_of(request_of("linear-regression", {{"w1", "2"}})),
            "--set w1: 'w1' is a coordinate of linear-regression; choose another name, or name the coordinates by "
            "--coordinates: b, w1 ... wF");
  ProblemRequest request = request_of("linear-regression");
  request.target = "yy";
  EXPECT_EQ(error_of(request), "--target: column 1: unknown name 'yy'; did you mean 'y'?");
  request = request_of("linear-regression");
  request.loss = "(w*a1 - y)^2/2";
  EXPECT_EQ(error_of(request), "--target: '(w*a1 - y)^2/2' is no model; an expression names its columns itself");
  EXPECT_EQ(error_of({.loss = "linear-regresion", .set = {}, .coordinates = {}}),
            "--loss: unknown loss 'linear-regresion'; did you mean 'linear-regression'?");
}

TEST(Models, FeaturesAndTargetMayBeExpressions) {
  ProblemRequest request = request_of("linear-regression", {{"scale", "2"}});
  request.features = {"a1^2", "max(a1, a2)/scale"};
  request.target = "log(2 + y)";
  EXPECT_NEAR(value_at(request, {0.3, -1, 2}),
              sum_over_rows(Target::number,
                            [](double a, double b, double y) {
                              return std::pow(0.3 - a * a + std::max(a, b) - std::log(2 + y), 2) / 2;
                            }),
              1e-13);
}

}  // namespace
}  // namespace isotherm::loss
