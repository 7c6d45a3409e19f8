// Bins of a row of values, and the increments of their counters, by the number of bins.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "parts.hpp"

namespace isotherm::bench_parts {
namespace {

template <class real>
void bins(benchmark::State& state, const std::string& target, bool periodic) {
  const engine::cpu::Stages<real>& stages = *engine::cpu::find_stages<real>(target);
  engine::cpu::AlignedBuffer<real> values(part);
  engine::cpu::AlignedBuffer<std::int32_t> slots(part);
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal;
  for (std::size_t i = 0; i < part; ++i) values.data()[i] = static_cast<real>(normal(generator));
  const engine::cpu::AxisConstants<real> axis{-2, 2, 64, 256, periodic};
  for (auto _ : state) {
    stages.bin(values.data(), axis, slots.data(), part);
    benchmark::ClobberMemory();
  }
  set_rate(state, "particles/s", 1);
}

/// Places of a normal density, other ones in each call, over a table of `state.range(0)` counters.
void increments(benchmark::State& state) {
  const std::int64_t slots = state.range(0);
  constexpr std::size_t calls = 64;
  std::vector<std::int32_t> places(calls * part);
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal(0.5, 0.125);
  for (std::int32_t& place : places)
    place = static_cast<std::int32_t>(std::clamp(normal(generator), 0.0, 0.999999) * static_cast<double>(slots));
  std::vector<std::uint64_t> counters(static_cast<std::size_t>(slots));
  std::size_t call = 0;
  for (auto _ : state) {
    std::uint64_t* table = counters.data();
    const std::int32_t* here = places.data() + call++ % calls * part;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < part; ++i) ++table[here[i]];
    benchmark::ClobberMemory();
  }
  set_rate(state, "particles/s", 1);
}

template <class real>
void add(const std::string& precision) {
  for (const std::string& target : engine::simd_targets()) {
    const std::string end = "/" + precision + "/" + target;
    benchmark::RegisterBenchmark(("bins" + end).c_str(), bins<real>, target, false);
    benchmark::RegisterBenchmark(("bins-periodic" + end).c_str(), bins<real>, target, true);
  }
}

}  // namespace

void add_histogram() {
  add<float>("float");
  add<double>("double");
  benchmark::RegisterBenchmark("increments", increments)->Arg(64)->Arg(256)->Arg(2048)->Arg(1 << 16)->Arg(1000000);
}

}  // namespace isotherm::bench_parts
