#include <gtest/gtest.h>

#include <set>

#include "dynamics/dynamics.hpp"
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
    EXPECT_GT(rule.stability_bound, 0) << rule.name;
    EXPECT_TRUE(rule.temperature) << rule.name;
    EXPECT_TRUE(rule.build) << rule.name;
  }
  EXPECT_EQ(names, (std::set<std::string>{"sgd", "langevin", "gradient-flow"}));
}

TEST(Descriptors, GiveTheTemperature) {
  const Parameters parameters{.eta = 0.3, .sigma2 = 1.7, .dt = 0.01};
  EXPECT_DOUBLE_EQ(find("sgd").temperature(parameters), 0.3 * 1.7 / 2);
  EXPECT_DOUBLE_EQ(find("langevin").temperature(parameters), 0.3 * 1.7 / 2);
  EXPECT_EQ(find("gradient-flow").temperature(parameters), 0);
}

TEST(Descriptors, GiveTheStepOfTheCorrectedVirial) {
  const Parameters parameters{.eta = 0.3, .sigma2 = 1.7, .dt = 0.01};
  ASSERT_TRUE(find("sgd").corrected_virial_step.has_value());
  EXPECT_EQ((*find("sgd").corrected_virial_step)(parameters), 0.3);
  ASSERT_TRUE(find("langevin").corrected_virial_step.has_value());
  EXPECT_EQ((*find("langevin").corrected_virial_step)(parameters), 0.01);
  EXPECT_FALSE(find("gradient-flow").corrected_virial_step.has_value());
}

TEST(Descriptors, UnknownNameIsRefusedWithTheNearest) {
  try {
    find("langevine");
    FAIL() << "not refused";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "--dynamics: unknown dynamics 'langevine'; did you mean 'langevin'? There are sgd, langevin, "
                 "gradient-flow");
  }
}

}  // namespace
}  // namespace isotherm::dynamics
