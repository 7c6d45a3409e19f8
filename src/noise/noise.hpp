#pragma once
// Laws of the gradient noise: mean 0, variance 1 where there is a variance. A law is nodes on top of the random numbers
// that engines make (isotherm/random/law.hpp), so that one text serves every engine. One file each, and one line in
// registry.cpp.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isotherm/random/law.hpp"
#include "loss/graph.hpp"

namespace isotherm::noise {

struct Law {
  std::string name;
  std::string parameter;  ///< its name in the usage, "NU"; "" if there is none
  std::string example;    ///< "student-t:5"
  std::string formula;    ///< of one number, in one line
  random::Law raw = random::Law::normal;
  std::size_t raw_per_number = 1;
  /// One number of the law from `raw_per_number` raw ones. `parameter` is a setting (-1 if there is none).
  std::function<loss::NodeId(loss::Graph&, std::span<const loss::NodeId> raw, loss::NodeId parameter)> build;
  /// Why a value of the parameter is wrong, and what would be right; "" if it is right. Empty: no parameter.
  std::function<std::string(double)> check;
  /// Of the law with this parameter (0 if it has none). Variance 1, or infinity; nothing where infinite or undefined.
  std::function<bool(double)> has_variance;
  std::function<std::optional<double>(double)> skewness, excess_kurtosis;
};

/// All registered laws, gaussian first; "none" is the last.
std::span<const Law> registry();

/// What --noise asked for: "laplace", "student-t:5".
struct Choice {
  const Law* law = nullptr;
  double parameter = 0;
  bool none() const { return law->raw == random::Law::none; }
  bool has_variance() const { return law->has_variance(parameter); }
  std::optional<double> excess_kurtosis() const { return law->excess_kurtosis(parameter); }
};

/// InputError that names --noise, with the nearest name or the usage.
Choice parse(const std::string& text);

}  // namespace isotherm::noise
