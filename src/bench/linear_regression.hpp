#pragma once
// Linear regression on examples that are made for the purpose: what SGD on data is timed with.

#include <cstdint>
#include <filesystem>

#include "isotherm/experiment/experiment.hpp"

namespace isotherm::bench {

/// y = sum_c x_c c / 10 + e over columns x_1 ... x_10, all x and e independent and uniform on (-1, 1): loss (w x - y)^2
/// / 2 of ten weights. The table is a file of the temporary folder for as long as the object lives.
class LinearRegression {
 public:
  /// `rows` 0: no table, examples are drawn fresh; then normal numbers for 8 columns and y, since a loss takes means
  /// over at most 9 of them. InputError if the file cannot be written.
  explicit LinearRegression(std::uint64_t rows);
  ~LinearRegression();
  LinearRegression(const LinearRegression&) = delete;
  LinearRegression& operator=(const LinearRegression&) = delete;

  /// Sets loss, data and laws of examples.
  void put_into(Experiment& experiment) const;

 private:
  std::filesystem::path file_;  ///< empty: none
};

}  // namespace isotherm::bench
