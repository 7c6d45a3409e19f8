// Random numbers, tape and histogram of the CPU engine, each by itself.
//   build/release/bin/bench_parts --benchmark_filter=normals/float

#include "parts.hpp"

int main(int argc, char** argv) {
  isotherm::bench_parts::add_random();
  isotherm::bench_parts::add_tape();
  isotherm::bench_parts::add_histogram();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
