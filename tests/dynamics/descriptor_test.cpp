#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "dynamics/dynamics.hpp"
#include "dynamics/linear_map.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::dynamics {
namespace {

TEST(Descriptors, AreComplete) {
  std::set<std::string> names;
  for (const Descriptor& rule : registry()) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name << " is registered twice";
    EXPECT_EQ(&find(rule.name), &rule);
    EXPECT_FALSE(rule.formula.empty()) << rule.name;
    EXPECT_FALSE(rule.source.empty()) << rule.name;
    EXPECT_FALSE(rule.temperature_formula.empty()) << rule.name;
    EXPECT_FALSE(rule.stability_formula.empty()) << rule.name;
    EXPECT_TRUE(rule.temperature || rule.stationary != Stationary::gibbs) << rule.name;
    EXPECT_TRUE(rule.build) << rule.name;
  }
}

TEST(Descriptors, GiveTheTemperature) {
  const auto temperature = [](const std::string& name, const std::string& parameterization = "") {
    Parameters p{.eta = 0.3, .sigma2 = 1.7, .dt = 0.01, .options = default_options(find(name))};
    if (p.options.numbers.contains("mu")) p.options.numbers["mu"] = {0.75};
    if (p.options.numbers.contains("epsilon")) p.options.numbers["epsilon"] = {0.2};
    if (!parameterization.empty()) p.options.choices["parameterization"] = parameterization;
    return find(name).temperature(p);
  };
  for (const char* name : {"sgd", "langevin", "leimkuhler-matthews", "heun", "underdamped", "mala"})
    EXPECT_DOUBLE_EQ(temperature(name), 0.3 * 1.7 / 2) << name;
  EXPECT_DOUBLE_EQ(temperature("momentum"), 4 * 0.3 * 1.7 / 2);
  EXPECT_DOUBLE_EQ(temperature("momentum", "averaged"), 0.3 * 1.7 / 2);
  EXPECT_DOUBLE_EQ(temperature("nesterov"), 4 * 0.3 * 1.7 / 2);
  for (const char* name : {"rmsprop", "adam"})
    EXPECT_DOUBLE_EQ(temperature(name), 0.3 / (std::sqrt(1.7) + 0.2) * 1.7 / 2) << name;
  EXPECT_EQ(temperature("gradient-flow"), 0);
  EXPECT_FALSE(find("statistical-rate").temperature);
  EXPECT_FALSE(find("mcallester").temperature);
}

TEST(Descriptors, UnknownNameIsRefusedWithTheNearest) {
  std::string all;
  for (const Descriptor& rule : registry()) all += (all.empty() ? "" : ", ") + rule.name;
  try {
    find("langevine");
    FAIL() << "not refused";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 ("--dynamics: unknown dynamics 'langevine'; did you mean 'langevin'? There are " + all).c_str());
  }
}

}  // namespace
}  // namespace isotherm::dynamics
