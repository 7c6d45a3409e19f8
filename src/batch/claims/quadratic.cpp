#include "batch/claims/quadratic.hpp"

#include <cstdio>

namespace isotherm::batch {

std::string short_number(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

}  // namespace isotherm::batch
