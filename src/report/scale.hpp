#pragma once
// From values to places on paper.

#include <cmath>
#include <string>
#include <vector>

namespace isotherm::report {

/// Values from `lower` to `upper` lie from `from` to `to`, evenly or by their logarithms.
struct Scale {
  double lower = 0, upper = 1, from = 0, to = 1;
  bool logarithmic = false;

  double operator()(double value) const {
    const double share =
        logarithmic ? std::log(value / lower) / std::log(upper / lower) : (value - lower) / (upper - lower);
    return from + share * (to - from);
  }
  bool contains(double value) const { return value >= lower && value <= upper; }
};

/// Logarithmic where positive values span more than this factor.
inline constexpr double wide_span = 30;

/// A scale on which these values lie with some room, from 0 where they come near it.
Scale fitting_scale(const std::vector<double>& values);

struct Tick {
  double value;
  std::string text;  ///< "" for a minor one
};

/// At most `most` ticks at multiples of 1, 2 or 5 times a power of ten; of a logarithmic scale at powers of ten, with 2
/// and 5 where there is room. All texts have as many decimals.
std::vector<Tick> ticks(const Scale& scale, int most);

}  // namespace isotherm::report
