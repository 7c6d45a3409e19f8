// bench_textbook [--particles N] [--steps N] [--every N] [--burn-in N] [--seed N] [--variant state|counter]: the double
// well of bench/peers with cuRAND, Thrust and CUB. Prints the line of JSON that the peers print. Exit status 3: no GPU.

#include "kernels/textbook.hpp"

#include <cuda_runtime_api.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace isotherm::kernels;

/// Variance over particles, and its standard error sqrt((m4 - m2^2) / n) from central moments.
std::pair<double, double> variance_of(const std::vector<float>& positions) {
  const double n = static_cast<double>(positions.size());
  const double mean = std::accumulate(positions.begin(), positions.end(), 0.0) / n;
  double m2 = 0, m4 = 0;
  for (const float position : positions) {
    const double square = (position - mean) * (position - mean);
    m2 += square / n;
    m4 += square * square / n;
  }
  return {m2, std::sqrt((m4 - m2 * m2) / n)};
}

/// Variance of the histogram's density, with Sheppard's correction for the width of a bin.
double variance_of_counts(const std::vector<std::uint64_t>& counts, const TextbookProblem& problem) {
  const double width = (static_cast<double>(problem.upper) - problem.lower) / problem.bins;
  double total = 0, sum = 0, squares = 0;
  for (int b = 0; b < problem.bins; ++b) {
    const double centre = problem.lower + width * (b + 0.5);
    const double count = static_cast<double>(counts[static_cast<std::size_t>(b) + 1]);
    total += count;
    sum += count * centre;
    squares += count * centre * centre;
  }
  return squares / total - sum / total * (sum / total) - width * width / 12;
}

int usage() {
  std::fprintf(stderr,
               "usage: bench_textbook [--particles N] [--steps N] [--every N] [--burn-in N] [--seed N] "
               "[--variant state|counter]; N >= 1, steps and burn-in multiples of every\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::size_t> numbers = {
      {"--particles", 1 << 23}, {"--steps", 2000}, {"--every", 10}, {"--burn-in", 200}, {"--seed", 1}};
  std::string variant = "state";
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return usage();
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--variant") {
      variant = value;
    } else if (numbers.contains(name)) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), numbers[name]);
      if (error != std::errc() || end != value.data() + value.size() || numbers[name] == 0) return usage();
    } else {
      return usage();
    }
  }
  const std::size_t steps = numbers["--steps"], every = numbers["--every"], burn_in = numbers["--burn-in"];
  if (steps % every != 0 || burn_in % every != 0 || (variant != "state" && variant != "counter")) return usage();

  cudaDeviceProp device{};
  int runtime = 0;
  if (cudaGetDeviceProperties(&device, 0) != cudaSuccess || cudaRuntimeGetVersion(&runtime) != cudaSuccess) {
    std::fprintf(stderr, "bench_textbook: no CUDA device\n");
    return 3;
  }
  try {
    TextbookProblem problem;
    problem.particles = numbers["--particles"];
    problem.every = every;
    problem.seed = numbers["--seed"];
    Textbook run(problem, variant == "state" ? TextbookGenerator::state : TextbookGenerator::counter);
    run.advance(burn_in);
    run.clear_counts();
    const std::clock_t cpu = std::clock();
    const double seconds = run.advance(steps);
    const double cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    const auto [variance, error] = variance_of(run.positions());
    const std::vector<std::uint64_t> counts = run.counts();
    const double particle_steps = static_cast<double>(problem.particles) * static_cast<double>(steps);
    const nlohmann::ordered_json line = {
        {"name", "textbook"},
        {"variant", variant},
        {"version", "CUDA " + std::to_string(runtime / 1000) + "." + std::to_string(runtime % 1000 / 10)},
        {"backend", "cuda"},
        {"threads", 1},
        {"device", device.name},
        {"particles", problem.particles},
        {"steps", steps},
        {"seconds", seconds},
        {"cpu_seconds", cpu_seconds},
        {"particle_steps_per_second", particle_steps / seconds},
        {"variance", variance},
        {"standard_error", error},
        {"histogram_variance", variance_of_counts(counts, problem)},
        {"counted", std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})},
        {"expected_count", problem.particles * (steps / every)}};
    std::cout << line.dump() << "\n";
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_textbook: %s\n", error.what());
    return 1;
  }
}
