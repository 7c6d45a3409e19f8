// Chooses the last bits of the float lane's sine_tail: random changes to the coefficients of fit.py, judged by every
// float r in [0.2, 1.595]. Wanted is the smallest error of r + r q S(q), q = r r, as the lane evaluates it, among the
// choices that give sin(pi/2) = 1 (so that cosine(0) = 1) and never exceed 1. An angle reduced from a large one carries
// half a unit in its own last place, which counts with the slope of the sine.
//
//   g++ -O2 -mfma -ffp-contract=off refine_sine.cpp -o refine_sine && ./refine_sine c0 c1 c2 c3 [trials]
//
// It prints each improvement; fit.py holds the result.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace {

using Coefficients = float[4];

float evaluate(const Coefficients& c, float r) {
  const float q = r * r;
  float s = c[3];
  for (int k = 2; k >= 0; --k) s = std::fma(q, s, c[k]);
  return std::fma(r * q, s, r);
}

/// Largest error in units in the last place over every `stride`-th float; infinite if a value exceeds 1, and cut short
/// once it is above `limit`.
double largest_error(const Coefficients& c, std::int32_t stride, double limit) {
  double largest = 0;
  const auto last = std::bit_cast<std::int32_t>(1.595f);
  for (auto i = std::bit_cast<std::int32_t>(0.2f); i < last && largest < limit; i += stride) {
    const float r = std::bit_cast<float>(i);
    const double value = evaluate(c, r), exact = std::sin(static_cast<double>(r));
    if (value > 1) return INFINITY;
    const double unit = std::ldexp(1.0, std::ilogb(exact) - 23), unit_of_r = std::ldexp(1.0, std::ilogb(r) - 23);
    const double inherited = 0.5 * unit_of_r * std::cos(static_cast<double>(r));
    largest = std::fmax(largest, (std::fabs(value - exact) + std::fabs(inherited)) / unit);
  }
  return largest;
}

}  // namespace

int main(int count, char** words) {
  if (count < 5) return 2;
  Coefficients start;
  for (int k = 0; k < 4; ++k) start[k] = std::strtof(words[k + 1], nullptr);
  const int trials = count > 5 ? std::atoi(words[5]) : 20000;
  const std::int32_t range[4] = {2, 3, 40, 2000};

  std::mt19937 generator(1);
  double best = 2;  // what the lane promises
  for (int trial = 0; trial < trials; ++trial) {
    Coefficients c;
    for (int k = 0; k < 4; ++k) {
      const auto change = static_cast<std::int32_t>(generator() % (2 * range[k] + 1)) - range[k];
      c[k] = std::bit_cast<float>(std::bit_cast<std::int32_t>(start[k]) + change);
    }
    if (evaluate(c, static_cast<float>(M_PI / 2)) != 1) continue;
    if (largest_error(c, 4099, best) >= best || largest_error(c, 127, best) >= best) continue;
    const double error = largest_error(c, 1, best);
    if (error >= best) continue;
    best = error;
    std::printf("%.4f  %a, %a, %a, %a\n", best, c[0], c[1], c[2], c[3]);
    std::fflush(stdout);
  }
}
