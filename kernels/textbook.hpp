#pragma once
// The double well as a competent user of cuRAND, Thrust and CUB would write it, a kernel for each step and state in
// memory in between: what benchmarks compare the engine with.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace isotherm::kernels {

/// SGD on L = (x^2 - 1)^2 / 4: x' = x - eta (x^3 - x + sigma xi), in float, from both minima in turn.
struct TextbookProblem {
  std::size_t particles = 0;
  std::size_t every = 10;  ///< steps between histograms
  float eta = 0.05f, sigma = 1;
  int bins = 256;
  float lower = -2, upper = 2;
  unsigned long long seed = 1;
};

/// Where random numbers come from.
enum class TextbookGenerator {
  state,    ///< a generator of each particle, read and written at each step, as cuRAND's manual shows
  counter,  ///< made anew at each step from seed, particle and step, which Philox makes cheap; nothing in memory
};

/// On the current device. Throws std::exception if CUDA fails.
class Textbook {
 public:
  Textbook(const TextbookProblem& problem, TextbookGenerator generator);
  ~Textbook();

  /// `steps` more, a multiple of `every`; the seconds that they took, by CUDA events.
  double advance(std::size_t steps);
  void clear_counts();
  /// Underflow, the bins, overflow, of all histograms since the last clear.
  std::vector<std::uint64_t> counts() const;
  std::vector<float> positions() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isotherm::kernels
