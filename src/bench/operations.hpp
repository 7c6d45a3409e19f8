#pragma once
// Arithmetic by kind: what a particle-step needs, and what a processor can issue.

#include <array>
#include <cstddef>

namespace isotherm::bench {

/// Vector operations that a processor may serve at different rates. Loads, stores and copies of registers are left out.
enum class Kind : unsigned char {
  fused,             ///< multiply-add, multiply
  add,               ///< of real numbers; subtract
  integer_multiply,  ///< 32 x 32 -> 64 bits
  integer_add,
  logic,    ///< and, or, exclusive or; of three operands where there is an instruction for it
  select,   ///< compare, blend
  shift,    ///< within lanes
  shuffle,  ///< between lanes
  convert,  ///< integer from or to real, rounding to an integer
  divide,
  root,
};
inline constexpr std::size_t kind_count = 11;
inline constexpr const char* kind_name[kind_count] = {"fma",    "add",   "integer_multiply", "integer_add", "logic",
                                                      "select", "shift", "shuffle",          "convert",     "divide",
                                                      "sqrt"};

/// How many of each. A vector operation counts 1 where it serves as many particles as a vector has lanes.
struct Operations {
  std::array<double, kind_count> vector{};
  double increments = 0;  ///< of counters in memory, which no vector operation does: one for each particle

  double& operator[](Kind kind) { return vector[static_cast<std::size_t>(kind)]; }
  double operator[](Kind kind) const { return vector[static_cast<std::size_t>(kind)]; }
  double total() const {
    double sum = 0;
    for (const double n : vector) sum += n;
    return sum;
  }
  Operations& operator+=(const Operations& other) {
    for (std::size_t k = 0; k < kind_count; ++k) vector[k] += other.vector[k];
    increments += other.increments;
    return *this;
  }
  friend Operations operator*(double factor, Operations operations) {
    for (double& n : operations.vector) n *= factor;
    operations.increments *= factor;
    return operations;
  }
};

}  // namespace isotherm::bench
