// The gradient noise of examples against closed forms, and against numbers of a script.

#include "gradient_noise/gradient_noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace isotherm::gradient_noise {
namespace {

std::shared_ptr<loss::Examples> table(const std::vector<std::string>& names, std::size_t rows,
                                      const std::function<double(std::size_t column, std::size_t row)>& value) {
  auto examples = std::make_shared<loss::Examples>();
  examples->names = names;
  examples->rows = rows;
  for (std::size_t c = 0; c < names.size(); ++c)
    for (std::size_t r = 0; r < rows; ++r) examples->values.push_back(value(c, r));
  return examples;
}

/// Fractional parts of multiples of an irrational number: uniform on (0, 1), but for an error of order 1 / rows.
double fraction(double irrational, std::size_t r) { return std::fmod(irrational * static_cast<double>(r + 1), 1); }

TEST(GradientNoise, OfLinearRegressionWhereTheExamplesAreAFactorial) {
  // a, b = -1, 1 and r = -2, -1, 1, 2, all combinations: y = 0.5 a - b + r. At w = (0.5, -1) the residual is -r, so the
  // gradients are -r (a, b): mean 0, covariance E r^2 I = 2.5 I, and each component has the law of r: fourth moment
  // 8.5, excess kurtosis 8.5 / 6.25 - 3. H = I.
  const double residuals[] = {-2, -1, 1, 2};
  const auto examples = table({"a", "b", "y"}, 16, [&](std::size_t c, std::size_t r) {
    const double a = r % 2 == 0 ? -1 : 1, b = r / 2 % 2 == 0 ? -1 : 1;
    return c == 0 ? a : c == 1 ? b : 0.5 * a - b + residuals[r / 4];
  });
  loss::Problem problem({.loss = "(w1*a + w2*b - y)^2/2", .set = {}, .coordinates = {}, .examples = examples});
  const double factor = 0.25;  // batches of four, with replacement
  const Meter measure(problem, factor);
  const Place place = measure("minimum", std::vector{0.5, -1.0}, true);
  EXPECT_NEAR(place.loss, 1.25, 1e-14);
  for (const double g : place.gradient) EXPECT_NEAR(g, 0, 1e-15);
  const double expected[] = {0.625, 0, 0, 0.625};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(place.covariance[i], expected[i], 1e-15);
  EXPECT_NEAR(place.trace, 1.25, 1e-14);
  EXPECT_NEAR(*place.anisotropy, 1, 1e-14);
  EXPECT_NEAR(*place.participation, 1, 1e-14);
  EXPECT_NEAR(*place.alignment, 1, 1e-10);
  EXPECT_NEAR(*place.isotropic_alignment, 1, 1e-10);
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_NEAR(place.skewness[c], 0, 1e-14);
    EXPECT_NEAR(place.excess_kurtosis[c], 8.5 / 6.25 - 3, 1e-13);
  }
  EXPECT_FALSE(place.tail) << "16 examples have no tail";

  // Away from it, at w + (d, 0), the gradients are (d a - r) (a, b), of mean (d, 0) and covariance
  // [Var(d - r a) , 0; 0, E (d a - r)^2 b^2] = diag(2.5, d^2 + 2.5).
  const Place away = measure("particle 0", std::vector{1.5, -1.0}, false);
  EXPECT_NEAR(away.gradient[0], 1, 1e-14);
  EXPECT_NEAR(away.covariance[0], factor * 2.5, 1e-14);
  EXPECT_NEAR(away.covariance[3], factor * 3.5, 1e-14);
  EXPECT_NEAR(away.eigenvalues[0], factor * 3.5, 1e-14);
  EXPECT_FALSE(away.alignment);
  // Their mean is diag(2.5, 3), and each is 0.5 from it.
  const std::vector<Place> both = {place, away};
  EXPECT_NEAR(*change_between(both), 0.5 / std::hypot(2.5, 3.0), 1e-13);
}

TEST(GradientNoise, IsThatOfTheScriptForALogisticRegression) {
  // tests/data/gradient_noise.py
  std::ifstream file(ISOTHERM_TEST_DATA "/gradient_noise.json");
  const nlohmann::json expected = nlohmann::json::parse(file);
  const auto examples = table({"a", "b", "y"}, 40, [](std::size_t c, std::size_t r) {
    const double i = static_cast<double>(r);
    return c == 0                ? std::sin(i + 1)
           : c == 1              ? std::cos(2 * i) + static_cast<double>(r % 3) / 4
           : std::sin(5 * i) > 0 ? 1.0
                                 : -1.0;
  });
  loss::Problem problem(
      {.loss = "log1p(exp(-(u*a + v*b)*y))", .set = {}, .coordinates = {"u", "v"}, .examples = examples});
  const Place place = Meter(problem, 1)("there", std::vector{0.3, -0.7}, true);
  EXPECT_NEAR(place.loss, expected["loss"], 1e-14);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(place.gradient[i], expected["gradient"][i], 1e-14);
    EXPECT_NEAR(place.eigenvalues[i], expected["eigenvalues"][i], 1e-14);
    EXPECT_NEAR(place.skewness[i], expected["skewness"][i], 1e-12);
    EXPECT_NEAR(place.excess_kurtosis[i], expected["excess_kurtosis"][i], 1e-12);
    for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(place.covariance[2 * i + j], expected["covariance"][i][j], 1e-14);
  }
  EXPECT_NEAR(*place.alignment, expected["alignment"], 1e-9);
  EXPECT_NEAR(*place.isotropic_alignment, expected["isotropic_alignment"], 1e-9);
  EXPECT_NEAR(*place.overlap, expected["overlap"], 1e-8);
}

TEST(GradientNoise, HillFindsThePowerOfTheExamples) {
  // The gradient of w*y - w*3 is y - 3; y falls like |y - 3|^-3 on both sides.
  constexpr std::size_t rows = 200000;
  const auto examples = table({"y"}, rows, [](std::size_t, std::size_t r) {
    const double size = std::pow(1 - fraction(std::sqrt(2.0), r), -1 / 3.0);
    return 3 + (r % 2 == 0 ? size : -size);
  });
  loss::Problem problem({.loss = "(w - y)^2/2", .set = {}, .coordinates = {"w"}, .examples = examples});
  const Place place = Meter(problem, 1)("minimum", std::vector{3.0}, true);
  ASSERT_TRUE(place.tail);
  EXPECT_EQ(place.tail->of, rows);
  EXPECT_EQ(place.tail->used, 894u);  // floor(2 sqrt(200000))
  EXPECT_NEAR(place.tail->value, 3, 4 * place.tail->standard_error);
  EXPECT_NEAR(place.tail->standard_error, place.tail->value / std::sqrt(894.0), 1e-12);
}

TEST(GradientNoise, SameBitsForAnyNumberOfThreads) {
  constexpr std::size_t rows = 30001;
  const auto examples = table({"a", "b", "c", "y"}, rows, [](std::size_t c, std::size_t r) {
    return std::sin(static_cast<double>((c + 2) * r)) + (c == 3 ? 0.1 * static_cast<double>(r % 7) : 0);
  });
  std::vector<double> first;
  for (const int threads : {1, 2, 3}) {
    examples->threads = threads;
    loss::Problem problem(
        {.loss = "(tanh(w1*a + w2*b) + w3*c - y)^2/2", .set = {}, .coordinates = {}, .examples = examples});
    const Place place = Meter(problem, 1)("there", std::vector{0.4, -0.2, 1.1}, true);
    std::vector<double> all = place.covariance;
    for (const auto* more : {&place.gradient, &place.skewness, &place.excess_kurtosis, &place.eigenvalues})
      all.insert(all.end(), more->begin(), more->end());
    all.push_back(place.tail->value);
    all.push_back(*place.alignment);
    if (first.empty()) first = all;
    EXPECT_EQ(all, first) << threads << " threads";
  }
}

TEST(GradientNoise, HasAPartWithinRows) {
  // Rows y = 0, 2, each with e and e' = -1, 1: the gradient w - y - e has the variance 1 between rows and 1 within.
  const auto examples = table({"y", "e", "e'"}, 8, [](std::size_t c, std::size_t r) {
    return c == 0 ? (r < 4 ? 0.0 : 2.0) : r >> (c - 1) & 1 ? 1.0 : -1.0;
  });
  loss::Problem problem({.loss = "(w - y - e)^2/2", .set = {}, .coordinates = {"w"}, .examples = examples});
  loss::Graph& graph = problem.graph();
  const loss::NodeId g = problem.example_gradient()[0];
  const WithinRows within{{graph.sub(g, graph.replace(g, {{graph.column(1), graph.column(2)}}))}, 0.5};
  EXPECT_NEAR(Meter(problem, 0.25)("", std::vector{3.0}, false).covariance[0], 0.25 * 2, 1e-15);
  EXPECT_NEAR(Meter(problem, 0.25, within)("", std::vector{3.0}, false).covariance[0], 0.25 * 2 + 0.5, 1e-15);
}

TEST(GradientNoise, MatricesOfManyParametersAreWhole) {
  // One column a_c for each of 150 parameters, that of example r at phase r c: compared with sums in long double.
  constexpr std::size_t d = 150, rows = 700;
  std::vector<std::string> names;
  std::string loss = "(", separator;
  for (std::size_t c = 0; c < d; ++c) {
    names.push_back("a" + std::to_string(c) + "_");
    loss += separator + "w" + std::to_string(c) + "*" + names.back();
    separator = " + ";
  }
  names.push_back("y");
  const auto value = [](std::size_t c, std::size_t r) { return std::sin(0.1 + static_cast<double>(r * (c + 1))); };
  const auto examples = table(names, rows, value);
  loss::Problem problem({.loss = loss + " - y)^2/2", .set = {}, .coordinates = {}, .examples = examples});
  ASSERT_EQ(problem.dimension(), d);
  std::vector<double> at(d);
  for (std::size_t c = 0; c < d; ++c) at[c] = std::cos(static_cast<double>(c));
  const Place place = Meter(problem, 1)("there", at, false);
  std::vector<std::vector<long double>> g(rows, std::vector<long double>(d));
  std::vector<long double> mean(d, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    long double residual = -static_cast<long double>(value(d, r));
    for (std::size_t c = 0; c < d; ++c) residual += static_cast<long double>(at[c]) * value(c, r);
    for (std::size_t c = 0; c < d; ++c) mean[c] += (g[r][c] = residual * value(c, r)) / rows;
  }
  for (const auto& [i, j] : {std::pair{0, 0}, {0, 149}, {149, 0}, {73, 74}, {148, 147}, {149, 149}}) {
    long double sum = 0;
    for (std::size_t r = 0; r < rows; ++r)
      sum += (g[r][static_cast<std::size_t>(i)] - mean[static_cast<std::size_t>(i)]) *
             (g[r][static_cast<std::size_t>(j)] - mean[static_cast<std::size_t>(j)]) / rows;
    EXPECT_NEAR(place.covariance[static_cast<std::size_t>(i) * d + static_cast<std::size_t>(j)],
                static_cast<double>(sum), 1e-11)
        << i << ", " << j;
  }
}

TEST(GradientNoise, SentenceSaysWhatGibbsNeeds) {
  Place place;
  place.name = "minimum";
  place.position = {0, 0};
  place.covariance = {1, 0, 0, 1};
  place.eigenvalues = {1, 1};
  place.trace = 2;
  place.anisotropy = 1;
  place.skewness = place.excess_kurtosis = {0, 0};
  GradientNoise noise;
  noise.places = {place};
  noise.change = 0.01;
  noise.particles = 8;
  EXPECT_TRUE(noise.isotropic() && noise.gaussian() && *noise.constant());
  EXPECT_NE(noise.sentence().find("Gibbs can be expected."), std::string::npos) << noise.sentence();
  noise.change = 0.5;
  EXPECT_NE(noise.sentence().find("Gibbs cannot be expected."), std::string::npos) << noise.sentence();
  noise.change = 0.01;
  noise.places[0].excess_kurtosis = {0, 9};
  EXPECT_FALSE(noise.gaussian());
  noise.batch_size = 100;
  EXPECT_TRUE(noise.gaussian()) << "a mean of 100 has a hundredth of the excess kurtosis";
  noise.places[0].anisotropy = 1.2;
  EXPECT_NE(noise.sentence().find("not isotropic"), std::string::npos) << noise.sentence();
  EXPECT_NE(noise.sentence().find("Gibbs cannot be expected."), std::string::npos) << noise.sentence();
}

}  // namespace
}  // namespace isotherm::gradient_noise
