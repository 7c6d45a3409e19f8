#include "report/scale.hpp"

#include <algorithm>
#include <cstdio>

#include "report/text.hpp"

namespace isotherm::report {
namespace {

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return typeset(text);
}

std::vector<Tick> even_ticks(const Scale& scale, int most) {
  const double span = scale.upper - scale.lower;
  const double least = span / std::max(most, 1);
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  double step = power * 10;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-12)) {
      step = factor * power;
      break;
    }
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  const double largest = std::max(std::abs(scale.lower), std::abs(scale.upper));
  // A common power of ten for numbers that are long otherwise.
  constexpr double below = 1 - 1e-9;  // up to 1e-4 tenths of it would be counted: 0.2, 0.4
  const int exponent = largest >= 1e5 || largest < 1e-3 ? static_cast<int>(std::floor(std::log10(largest * below))) : 0;
  std::vector<Tick> all;
  for (double k = std::ceil(scale.lower / step - 1e-9); k * step <= scale.upper + 1e-9 * span; ++k) {
    const double value = k * step;
    if (exponent == 0) {
      all.push_back({value, k == 0 ? "0" : fixed(value, decimals)});
    } else {
      const int digits = std::max(0, exponent + decimals);
      const int shown =
          exponent > 0 ? std::max(0, exponent - static_cast<int>(std::floor(std::log10(step) + 1e-9))) : digits;
      all.push_back(
          {value,
           k == 0 ? "0" : fixed(value / std::pow(10.0, exponent), shown) + "\u202F×\u202F" + power_of_ten(exponent)});
    }
  }
  return all;
}

std::vector<Tick> power_ticks(const Scale& scale, int most) {
  constexpr double rounding = 1e-9;
  const int first = static_cast<int>(std::floor(std::log10(scale.lower) + rounding)),
            last = static_cast<int>(std::ceil(std::log10(scale.upper) - rounding));
  const int inside = static_cast<int>(std::floor(std::log10(scale.upper) + rounding)) -
                     static_cast<int>(std::ceil(std::log10(scale.lower) - rounding)) + 1;
  const int powers = last - first;
  const int stride = std::max(1, (inside + most - 1) / std::max(most, 1));
  std::vector<Tick> all;
  const bool short_numbers = first >= -3 && last <= 4;  // one way of writing for all
  const auto text = [&](double value, int exponent) {
    return short_numbers || exponent == 0 || exponent == 1 ? number(value, 5) : power_of_ten(exponent);
  };
  for (int exponent = first; exponent <= last; ++exponent) {
    const double value = std::pow(10.0, exponent);
    if (scale.contains(value)) all.push_back({value, exponent % stride == 0 ? text(value, exponent) : ""});
    if (powers > 3) continue;
    for (const double factor : {2.0, 5.0})
      if (scale.contains(factor * value))
        all.push_back(
            {factor * value, powers <= 2 && exponent >= -3 && exponent <= 3 ? number(factor * value, 2) : ""});
  }
  return all;
}

}  // namespace

Scale fitting_scale(const std::vector<double>& values) {
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  const double lower = *smallest, upper = *largest;
  if (lower > 0 && upper > wide_span * lower) return {lower / 1.3, upper * 1.3, 0, 1, true};
  const double margin = upper > lower ? 0.08 * (upper - lower) : std::max(std::abs(upper), 1e-12) * 0.1;
  if (lower >= 0 && lower < 0.35 * upper) return {0, upper + margin};
  return {lower - margin, upper + margin};
}

std::vector<Tick> ticks(const Scale& scale, int most) {
  return scale.logarithmic ? power_ticks(scale, most) : even_ticks(scale, most);
}

}  // namespace isotherm::report
