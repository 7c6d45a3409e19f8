#pragma once
// The outcome of one significance test.

#include <string>

#include "verdict/tail.hpp"

namespace isotherm::verdict {

/// What a test found, or why it could not be made.
struct TestResult {
  double statistic = 0;
  double degrees_of_freedom = 0;
  Tail p;
  std::string not_applicable;  ///< a reason; then nothing else is filled
};

}  // namespace isotherm::verdict
