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
    EXPECT_TRUE(rule.temperature || rule.stationary == Stationary::none) << rule.name;
    EXPECT_TRUE(rule.build) << rule.name;
  }
}

TEST(Descriptors, GiveTheTemperature) {
  const Parameters parameters{.eta = 0.3, .sigma2 = 1.7, .dt = 0.01};
  EXPECT_DOUBLE_EQ(find("sgd").temperature(parameters), 0.3 * 1.7 / 2);
  EXPECT_DOUBLE_EQ(find("langevin").temperature(parameters), 0.3 * 1.7 / 2);
  EXPECT_EQ(find("gradient-flow").temperature(parameters), 0);
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
