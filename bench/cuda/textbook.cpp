// bench_textbook [PARTICLES STEPS]: double well, sgd, float, 256 bins every 10th step, with cuRAND, Thrust and CUB.
// Prints one line of JSON.

#include "kernels/textbook.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

int main(int argc, char** argv) {
  isotherm::kernels::TextbookRequest request;
  request.particles = argc > 2 ? std::strtoull(argv[1], nullptr, 10) : 1 << 23;
  request.steps = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2000;
  if (request.particles == 0 || request.steps == 0) {
    std::fprintf(stderr, "usage: bench_textbook [PARTICLES STEPS]\n");
    return 2;
  }
  try {
    isotherm::kernels::TextbookRequest warm_up = request;
    warm_up.steps = std::min<std::size_t>(request.steps, 100);
    isotherm::kernels::run_textbook(warm_up);
    const isotherm::kernels::TextbookResult result = isotherm::kernels::run_textbook(request);
    const double particle_steps = static_cast<double>(request.particles) * static_cast<double>(request.steps);
    const nlohmann::ordered_json line = {
        {"program", "textbook"},
        {"particles", request.particles},
        {"steps", request.steps},
        {"seconds", result.seconds},
        {"particle_steps_per_second", particle_steps / result.seconds},
        {"counted", std::accumulate(result.counts.begin(), result.counts.end(), std::uint64_t{0})}};
    std::cout << line.dump() << "\n";
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_textbook: %s\n", error.what());
    return 1;
  }
}
