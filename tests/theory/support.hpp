#pragma once
// What the tests of the theory share.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "loss/problem.hpp"
#include "theory/gibbs.hpp"

namespace isotherm::theory {

inline loss::Problem problem(const std::string& loss, const std::map<std::string, std::string>& set = {}) {
  loss::ProblemRequest request;
  request.loss = loss;
  request.set = set;
  return loss::Problem(request);
}

/// The expected values of one record of oracles.json.
inline nlohmann::json oracle(const std::string& id) {
  std::ifstream file(std::string(ISOTHERM_TEST_DATA) + "/oracles.json");
  for (const auto& record : nlohmann::json::parse(file))
    if (record["id"] == id) return record["expected"];
  throw std::runtime_error("no oracle " + id);
}

inline Prediction predict(loss::Problem& problem, double temperature, const std::vector<std::vector<Axis>>& axes = {}) {
  return GibbsFamily(problem).predict(temperature, axes);
}

inline Axis axis(const std::string& expression, std::size_t bins, double lower, double upper, bool periodic = false) {
  return {expression, bins, lower, upper, periodic};
}

/// |value - expected| <= tolerance |expected|.
inline void expect_relative(double value, double expected, double tolerance, const std::string& what = "") {
  EXPECT_LE(std::abs(value - expected), tolerance * std::abs(expected))
      << what << ": " << value << " against " << expected << ", off by " << value / expected - 1;
}

}  // namespace isotherm::theory
