// Programs run for all examples: the same bits as the interpreter, for every SIMD target and number of threads.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>

#include "loss/example_moments.hpp"
#include "loss/interpreter.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

/// Columns a, b > 0 and y of numbers without a pattern; every eighth row far out.
std::shared_ptr<Examples> table(std::size_t rows, bool weighted = false) {
  auto examples = std::make_shared<Examples>();
  examples->names = {"a", "b", "y"};
  examples->rows = rows;
  const auto fill = [&](double frequency, double shift) {
    for (std::size_t r = 0; r < rows; ++r) {
      const double t = static_cast<double>(r);
      examples->values.push_back((std::sin(frequency * t * t + t) + shift) * (r % 8 == 5 ? 1e6 : 1));
    }
  };
  fill(0.317, 0), fill(1.713, 1.5), fill(0.911, 0.25);
  if (!weighted) return examples;
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    examples->weights.push_back(1 + std::cos(static_cast<double>(r)) / 2);
    sum += examples->weights.back();
  }
  for (double& weight : examples->weights) weight /= sum;
  return examples;
}

/// All operations, a column, what is the same for all examples, and a value that is two results.
const std::vector<std::string> texts = {"w*a + v*b - y",
                                        "exp(-w*abs(a)/1e6)",
                                        "log(b) * sqrt(b) + sin(a)*cos(y) - tanh(w*y)",
                                        "min(a, y) + max(w*b, v) / b",
                                        "b^w - b^(1/3)",
                                        "a",
                                        "w*v + exp(w)",
                                        "w*a + v*b - y",
                                        "(w*a + v*b - y)^2/2"};

struct Compiled {
  Graph graph;
  std::vector<NodeId> nodes;
  Program program;
  std::vector<double> constants;
};

Compiled compile(const std::vector<std::string>& expressions) {
  Compiled compiled;
  Names names{.coordinates = {"w", "v"}, .discover = false, .known = {}, .used = {}, .functions = {}};
  for (std::size_t c = 0; c < 3; ++c) names.known[std::string(1, "aby"[c])] = compiled.graph.column(c);
  for (const std::string& text : expressions) compiled.nodes.push_back(parse(compiled.graph, text, names, "test"));
  compiled.program = lower(compiled.graph, compiled.nodes);
  compiled.constants = evaluate_constants(compiled.graph, compiled.program, {}, {});
  return compiled;
}

const std::vector<double> point = {0.7, -1.3};

std::vector<std::string> targets() {
  std::vector<std::string> names;
  for (const char* name : {"AVX3", "AVX2", "NEON", "scalar"})
    if (find_row_functions(name) != nullptr) names.emplace_back(name);
  return names;
}

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

TEST(ExamplePass, EveryValueIsThatOfTheInterpreter) {
  const Compiled compiled = compile(texts);
  Interpreter<double> interpreter(compiled.program);
  for (const std::size_t rows : {std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{5003}})
    for (const std::string& target : targets()) {
      const auto examples = table(rows);
      const ExamplePass pass(compiled.program, compiled.constants, examples, *find_row_functions(target));
      const std::vector<double> at = pass.at(point);
      std::vector<std::vector<double>> seen(texts.size());
      for (std::size_t span = 0; span < pass.spans(); ++span) {
        ExamplePass::Scratch scratch;
        pass.run(span, at, scratch, [&](std::size_t result, const ExamplePass::Row& row) {
          EXPECT_EQ(row.first, seen[result].size());
          seen[result].insert(seen[result].end(), row.values, row.values + row.count);
          for (std::size_t r = 0; r < examples_of_a_row; ++r) EXPECT_EQ(row.weights[r], r < row.count ? 1 : 0);
        });
      }
      std::vector<double> expected(texts.size()), columns(3);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < 3; ++c) columns[c] = examples->value(r, c);
        interpreter(point, {}, compiled.constants, expected, columns);
        for (std::size_t i = 0; i < texts.size(); ++i) {
          ASSERT_EQ(seen[i].size(), rows) << texts[i];
          ASSERT_TRUE(same_bits(seen[i][r], expected[i])) << target << ", row " << r << ": " << texts[i];
        }
      }
    }
}

TEST(ExamplePass, MeansAreTheSameBitsForAnyTargetAndThreads) {
  const Compiled compiled = compile(texts);
  for (const bool weighted : {false, true})
    for (const std::size_t rows : {std::size_t{300}, std::size_t{100001}}) {
      const auto examples = table(rows, weighted);
      std::vector<double> first;
      for (const std::string& target : targets())
        for (const int threads : {1, 2, 5}) {
          examples->threads = threads;
          const ExamplePass pass(compiled.program, compiled.constants, examples, *find_row_functions(target));
          std::vector<double> means(texts.size());
          pass.means(point, means);
          if (first.empty()) first = means;
          for (std::size_t i = 0; i < texts.size(); ++i)
            EXPECT_TRUE(same_bits(means[i], first[i])) << target << ", " << threads << " threads: " << texts[i];
        }
    }
}

TEST(ExamplePass, MeansAreRightToAFewRoundings) {
  const Compiled compiled = compile(texts);
  Interpreter<double> interpreter(compiled.program);
  for (const bool weighted : {false, true})
    for (const std::size_t rows : {std::size_t{7}, std::size_t{70001}}) {
      const auto examples = table(rows, weighted);
      std::vector<double> means(texts.size()), values(texts.size()), columns(3);
      ExamplePass(compiled.program, compiled.constants, examples).means(point, means);
      std::vector<long double> sum(texts.size(), 0), size(texts.size(), 0);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < 3; ++c) columns[c] = examples->value(r, c);
        interpreter(point, {}, compiled.constants, values, columns);
        for (std::size_t i = 0; i < texts.size(); ++i) {
          sum[i] += static_cast<long double>(examples->weight(r)) * values[i];
          size[i] += static_cast<long double>(examples->weight(r)) * std::abs(values[i]);
        }
      }
      for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_NEAR(means[i], static_cast<double>(sum[i]), 1e-14 * static_cast<double>(size[i])) << texts[i];
    }
}

TEST(ExampleMoments, AreSumsOverExamplesWithAnyNumberOfThreads) {
  const Compiled compiled = compile({"w*a/1e6 + b/1e6 + 1", "a*y/1e12", "v*b/1e6", "b/1e6 - 3", "w*v"});
  Interpreter<double> interpreter(compiled.program);
  const std::size_t d = compiled.nodes.size();
  const std::vector<double> center = {0.5, 0.1, -0.2, -3, 0};
  for (const bool weighted : {false, true})
    for (const std::size_t rows : {std::size_t{7}, std::size_t{20001}})
      for (const std::size_t most_numbers : {std::size_t{1}, std::size_t{80}, std::size_t{1} << 20}) {
        const auto examples = table(rows, weighted);
        std::vector<double> squares(rows);
        examples->threads = 1;
        const auto of = [&](std::vector<double>* sizes) {
          return example_moments({compiled.program, compiled.constants, examples}, point, center, sizes, most_numbers);
        };
        const ExampleMoments moments = of(&squares);
        examples->threads = 3;
        EXPECT_EQ(of(nullptr).products, moments.products);
        EXPECT_EQ(of(nullptr).fourth, moments.fourth);
        std::vector<double> u(d), columns(3);
        ExampleMoments sums{std::vector<double>(d), std::vector<double>(d * d), std::vector<double>(d),
                            std::vector<double>(d)};
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < 3; ++c) columns[c] = examples->value(r, c);
          interpreter(point, {}, compiled.constants, u, columns);
          double size = 0;
          for (std::size_t i = 0; i < d; ++i) {
            u[i] -= center[i];
            size += u[i] * u[i];
          }
          EXPECT_NEAR(squares[r], size, 1e-14 * size);
          for (std::size_t i = 0; i < d; ++i) {
            sums.first[i] += examples->weight(r) * u[i];
            sums.third[i] += examples->weight(r) * u[i] * u[i] * u[i];
            sums.fourth[i] += examples->weight(r) * u[i] * u[i] * u[i] * u[i];
            for (std::size_t j = 0; j < d; ++j) sums.products[i * d + j] += examples->weight(r) * u[i] * u[j];
          }
        }
        // Deviations are of order 1, so are their means.
        for (std::size_t i = 0; i < d; ++i) {
          EXPECT_NEAR(moments.first[i], sums.first[i], 1e-12);
          EXPECT_NEAR(moments.third[i], sums.third[i], 1e-11);
          EXPECT_NEAR(moments.fourth[i], sums.fourth[i], 1e-10);
          for (std::size_t j = 0; j < d; ++j) EXPECT_NEAR(moments.products[i * d + j], sums.products[i * d + j], 1e-12);
        }
      }
}

TEST(RowFunctions, ProductsAreDotsForEveryTarget) {
  constexpr std::size_t most = 11;
  const auto examples = table(examples_of_a_row * (most + 1) / 3 + 1);
  std::vector<const double*> rows;
  for (std::size_t i = 0; i < most; ++i) rows.push_back(examples->values.data() + i * examples_of_a_row);
  const RowFunctions& scalar = *find_row_functions("scalar");
  for (const std::string& target : targets())
    for (std::size_t count = 1; count <= most; ++count) {
      std::vector<double> sums(count * count, 0.5);
      find_row_functions(target)->products(rows.data(), rows.data(), count, sums.data());
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j <= i; ++j)
          EXPECT_TRUE(same_bits(sums[i * count + j], 0.5 + scalar.dot(rows[i], rows[j]))) << target << " " << count;
    }
}

}  // namespace
}  // namespace isotherm::loss
