// Random words, normal numbers, uniform numbers and signs as the engine makes them: a part of 1024 particles in a
// first-level cache.

#include <benchmark/benchmark.h>

#include "parts.hpp"

namespace isotherm::bench_parts {
namespace {

using Law = engine::DrawLayout::Law;

constexpr std::uint64_t seed = 1;
constexpr std::size_t rows_of_block = 4;

/// One Philox block of each particle: the words alone (Law::sign), or the numbers made of them.
template <class real>
void block(benchmark::State& state, const std::string& target, Law law) {
  const engine::cpu::Stages<real>& stages = *engine::cpu::find_stages<real>(target);
  engine::cpu::AlignedBuffer<std::byte> hoists(part * stages.hoist_bytes);
  engine::cpu::AlignedBuffer<real> rows(rows_of_block * part);
  stages.hoist(hoists.data(), 0, 0, seed, part);
  std::uint64_t next = 0;
  for (auto _ : state) {
    stages.numbers(law, hoists.data(), seed, 0, next++, 1, rows.data(), part);
    benchmark::ClobberMemory();
  }
  constexpr double bits = 128, bits_of_number = 8 * sizeof(real);
  set_rate(state, "numbers/s", law == Law::sign ? bits / 32 : bits / bits_of_number);
}

/// Signs from a row of words.
template <class real>
void signs(benchmark::State& state, const std::string& target) {
  const engine::cpu::Stages<real>& stages = *engine::cpu::find_stages<real>(target);
  engine::cpu::AlignedBuffer<real> words(part), row(part);
  std::fill_n(words.data(), part, real(0.3));
  int bit = 0;
  for (auto _ : state) {
    stages.signs(words.data(), bit, row.data(), part);
    bit = (bit + 1) % 32;
    benchmark::ClobberMemory();
  }
  set_rate(state, "numbers/s", 1);
}

template <class real>
void add(const std::string& precision) {
  for (const std::string& target : engine::simd_targets()) {
    const std::string end = "/" + precision + "/" + target;
    benchmark::RegisterBenchmark(("words" + end).c_str(), block<real>, target, Law::sign);
    benchmark::RegisterBenchmark(("normals" + end).c_str(), block<real>, target, Law::normal);
    benchmark::RegisterBenchmark(("uniforms" + end).c_str(), block<real>, target, Law::uniform);
    benchmark::RegisterBenchmark(("signs" + end).c_str(), signs<real>, target);
  }
}

}  // namespace

void add_random() {
  add<float>("float");
  add<double>("double");
}

}  // namespace isotherm::bench_parts
