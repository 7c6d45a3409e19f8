// libFuzzer's entry: the target, and a limit on its processor time. libFuzzer's own -timeout is a clock on the wall,
// which runs on while other programs have the processor.

#include <time.h>

#include <cstdio>
#include <cstdlib>

#include "fuzz/target.hpp"

namespace {

/// A reader has one second. Sanitizers and coverage make it 3.3 to 7 times slower.
constexpr double limit = 3;

/// Of this thread. Seconds.
double processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const double begin = processor_time();
  const int answer = isotherm::fuzz::target(bytes, size);
  if (const double taken = processor_time() - begin; taken > limit) {
    std::fprintf(stderr, "the input took %.2f s of processor time; the limit is %.0f s\n", taken, limit);
    std::abort();
  }
  return answer;
}
