#pragma once
// The double well as a competent user of cuRAND, Thrust and CUB would write it: what benchmarks compare the engine
// with.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace isotherm::kernels {

/// SGD on L = (x^2 - 1)^2 / 4: x' = x - eta (x^3 - x + sigma xi), from x = 0, in float.
struct TextbookRequest {
  std::size_t particles = 0, steps = 0;
  std::size_t thinning = 10;  ///< a histogram after every so many steps
  float eta = 0.1f, sigma = 1;
  int bins = 256;
  float lower = -2, upper = 2;
  unsigned long long seed = 1;
};

struct TextbookResult {
  std::vector<std::uint64_t> counts;  ///< of the bins; values outside are not counted
  double seconds = 0;                 ///< of stepping and counting, by CUDA events
};

/// On the current device. Throws std::exception if CUDA fails.
TextbookResult run_textbook(const TextbookRequest& request);

}  // namespace isotherm::kernels
