// Laws as nodes of the graph, against their formulas; what --noise accepts.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "experiment/plan.hpp"
#include "isotherm/core/error.hpp"
#include "loss/interpreter.hpp"
#include "noise/noise.hpp"

namespace isotherm::noise {
namespace {

/// One number of a law from raw ones, as an engine would make it.
template <class real>
real number(const std::string& text, std::vector<real> raw) {
  const Choice choice = parse(text);
  loss::Graph graph;
  std::vector<loss::NodeId> draws;
  for (std::size_t r = 0; r < choice.law->raw_per_number; ++r) draws.push_back(graph.draw(r));
  const loss::NodeId parameter = choice.law->parameter.empty() ? -1 : graph.setting("--noise");
  const loss::NodeId node = choice.law->build(graph, draws, parameter);
  loss::Interpreter<real> interpreter(loss::lower(graph, std::span(&node, 1)));
  const std::vector<double> settings = {choice.parameter};
  std::vector<real> constants;
  for (const double constant : loss::evaluate_constants(graph, interpreter.program(), settings, {}))
    constants.push_back(static_cast<real>(constant));
  real result = 0;
  interpreter({}, raw, constants, std::span(&result, 1));
  return result;
}

const std::vector<double> raw_uniforms = {-1,   -1 + 0x1p-24, -0.7, -0.25, -1e-3, -0x1p-31,    0x1p-31,
                                          1e-3, 0.25,         0.5,  0.7,   0.9,   1 - 0x1p-24, 1};

TEST(Law, RademacherIsTheSign) {
  EXPECT_EQ(number<double>("rademacher", {-1}), -1);
  EXPECT_EQ(number<double>("rademacher", {1}), 1);
  EXPECT_EQ(parse("rademacher").law->raw, random::Law::sign);
}

TEST(Law, Uniform) {
  for (const double u : raw_uniforms) {
    EXPECT_DOUBLE_EQ(number<double>("uniform", {u}), std::sqrt(3.0) * u);
    EXPECT_FLOAT_EQ(number<float>("uniform", {static_cast<float>(u)}), static_cast<float>(std::sqrt(3.0) * u));
  }
}

TEST(Law, Laplace) {
  for (const double u : raw_uniforms) {
    const double expected = std::copysign(std::log(std::abs(u)) / std::numbers::sqrt2, u);
    EXPECT_DOUBLE_EQ(number<double>("laplace", {u}), expected) << u;
    const auto single = static_cast<float>(u);
    EXPECT_FLOAT_EQ(number<float>("laplace", {single}),
                    static_cast<float>(std::copysign(std::log(std::abs(double{single})) / std::numbers::sqrt2, u)))
        << u;
  }
  // The largest that the raw numbers give.
  EXPECT_NEAR(number<float>("laplace", {0x1p-32f}), 15.68, 0.005);
  EXPECT_NEAR(number<double>("laplace", {-0x1p-53}), -25.98, 0.005);
}

template <class real>
void expect_student_t(double nu) {
  const std::string text = "student-t:" + std::to_string(nu);
  for (const double u : raw_uniforms) {
    for (const double v : {-1.0, -0.6, -0.3, -0.001, 0.2, 0.5, 0.77}) {
      const auto size = static_cast<long double>(std::abs(static_cast<real>(u)));
      const auto turn = static_cast<long double>(static_cast<real>(v));
      const auto degrees = static_cast<long double>(parse(text).parameter);
      const long double scale = degrees > 2 ? degrees - 2 : degrees;
      const long double exponent = -2 / degrees * std::log(size);
      const long double radius = std::sqrt(scale * std::expm1(exponent));
      if (!(radius * radius < std::numeric_limits<real>::max())) continue;
      // Rounding of the exponent is multiplied by it; that of the angle is absolute.
      const auto tolerance = static_cast<double>(std::numeric_limits<real>::epsilon() * (4 + exponent) * radius);
      EXPECT_NEAR(static_cast<double>(number<real>(text, {static_cast<real>(u), static_cast<real>(v)})),
                  static_cast<double>(radius * std::cos(std::numbers::pi_v<long double> * turn)), tolerance)
          << "nu " << nu << " u " << u << " v " << v;
    }
  }
}

TEST(Law, StudentTKeepsItsDigitsForAllDegreesOfFreedom) {
  for (const double nu : {0.5, 1.0, 2.0, 2.1, 3.0, 5.0, 30.0, 1e4, 1e9}) {
    expect_student_t<double>(nu);
    expect_student_t<float>(nu);
  }
}

TEST(Law, StudentTBecomesTheNormalLaw) {
  // Box and Muller's transform of the same two numbers, to O(1/nu).
  for (const double u : raw_uniforms)
    EXPECT_NEAR(number<double>("student-t:1e12", {u, 0.3}),
                std::sqrt(-2 * std::log(std::abs(u))) * std::cos(0.3 * std::numbers::pi), 1e-10);
}

TEST(Law, TwoPoint) {
  for (const double q : {0.1, 0.5, 0.8}) {
    const std::string text = "two-point:" + std::to_string(q);
    const double upper = std::sqrt((1 - q) / q), lower = -std::sqrt(q / (1 - q));
    const double rare = q <= 0.5 ? upper : lower, usual = q <= 0.5 ? lower : upper, share = std::min(q, 1 - q);
    for (const double u : raw_uniforms)
      EXPECT_DOUBLE_EQ(number<double>(text, {u}), std::abs(u) <= share ? rare : usual) << text << " " << u;
    EXPECT_NEAR(q * upper + (1 - q) * lower, 0, 1e-15);
    EXPECT_NEAR(q * upper * upper + (1 - q) * lower * lower, 1, 1e-15);
    EXPECT_NEAR(*parse(text).law->skewness(q), q * std::pow(upper, 3) + (1 - q) * std::pow(lower, 3), 1e-13);
    EXPECT_NEAR(*parse(text).excess_kurtosis(), q * std::pow(upper, 4) + (1 - q) * std::pow(lower, 4) - 3, 1e-13);
  }
}

TEST(Law, MomentsThatDoNotExistAreSaidSo) {
  EXPECT_FALSE(parse("student-t:2").has_variance());
  EXPECT_TRUE(parse("student-t:2.1").has_variance());
  EXPECT_FALSE(parse("student-t:3").law->skewness(3).has_value());
  EXPECT_EQ(parse("student-t:3.5").law->skewness(3.5), 0.0);
  EXPECT_FALSE(parse("student-t:4").excess_kurtosis().has_value());
  EXPECT_DOUBLE_EQ(parse("student-t:5").excess_kurtosis().value(), 6);
  for (const Law& law : registry()) EXPECT_TRUE(parse(law.example).has_variance()) << law.name;
}

TEST(Law, EveryExampleIsRightAndTheOrderIsFixed) {
  std::string order;
  for (const Law& law : registry()) {
    EXPECT_EQ(parse(law.example).law, &law);
    EXPECT_FALSE(law.formula.empty());
    order += law.name + " ";
  }
  EXPECT_EQ(order, "gaussian rademacher uniform laplace student-t two-point none ");
}

TEST(Law, AKernelDoesNotDependOnTheParameter) {
  const auto instructions = [](const std::string& noise) {
    Experiment experiment;
    experiment.loss = "x^2/2";
    experiment.noise = noise;
    experiment.particles = 1;
    experiment.burn_in = 0;
    experiment.init = {{"point", {0.0}}};
    const Plan plan = make_plan(experiment, true);
    std::vector<std::pair<loss::OpCode, std::array<loss::Operand, 4>>> list;
    for (const loss::Instruction& instruction : plan.simulation.step.instructions)
      list.emplace_back(instruction.code, instruction.operands);
    return list;
  };
  EXPECT_EQ(instructions("student-t:1"), instructions("student-t:7.5"));
  EXPECT_EQ(instructions("two-point:0.1"), instructions("two-point:0.9"));
}

TEST(Law, ErrorsNameTheProblemAndTheUsage) {
  const std::string t = "; write student-t:NU, for example --noise student-t:5";
  const std::string two = "; write two-point:Q, for example --noise two-point:0.1";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"student-t", "--noise: student-t needs NU" + t},
      {"student-t:", "--noise: '' is not a number" + t},
      {"student-t:five", "--noise: 'five' is not a number" + t},
      {"student-t:5,6", "--noise: '5,6' is not a number" + t},
      {"student-t:1e999", "--noise: '1e999' is not a number" + t},
      {"student-t:0", "--noise: the degrees of freedom must be above 0 and at most 1e18" + t},
      {"student-t:-3", "--noise: the degrees of freedom must be above 0 and at most 1e18" + t},
      {"two-point", "--noise: two-point needs Q" + two},
      {"two-point:2", "--noise: the probability must be between 1e-6 and 1 - 1e-6" + two},
      {"two-point:0", "--noise: the probability must be between 1e-6 and 1 - 1e-6" + two},
      {"two-point:1", "--noise: the probability must be between 1e-6 and 1 - 1e-6" + two},
      {"laplace:3", "--noise: laplace takes no parameter; write --noise laplace"},
      {"rademacher:1", "--noise: rademacher takes no parameter; write --noise rademacher"},
      {"uniform:-1", "--noise: uniform takes no parameter; write --noise uniform"},
      {"none:0", "--noise: none takes no parameter; write --noise none"},
      {"laplas",
       "--noise: unknown law 'laplas'; did you mean 'laplace'? There are gaussian, rademacher, uniform, laplace, "
       "student-t, two-point, none"},
  };
  for (const auto& [text, message] : wrong) {
    try {
      parse(text);
      ADD_FAILURE() << text << " was accepted";
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()), message);
    }
  }
}

}  // namespace
}  // namespace isotherm::noise
