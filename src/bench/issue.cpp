#include "bench/issue.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <vector>

// clang-format off: before Highway
#include "isotherm/lane/highway_targets.hpp"
// clang-format on
#include "bench/issue_streams.hpp"
#include "hwy/targets.h"

namespace isotherm::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Seconds of the fastest of several calls of work(rounds), divided by the rounds. Short calls: what else the machine
/// does falls between them.
template <class Work>
double seconds_per_round(const Work& work) {
  constexpr double wanted = 40e-6;
  constexpr int repetitions = 30;
  const auto timed = [&](std::size_t rounds) {
    const Clock::time_point begin = Clock::now();
    work(rounds);
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  std::size_t rounds = 16;
  while (rounds < (std::size_t{1} << 20) && timed(rounds) < wanted) rounds *= 2;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < repetitions; ++i) best = std::min(best, timed(rounds));
  return best / static_cast<double>(rounds);
}

constexpr std::size_t select_kind = static_cast<std::size_t>(Kind::select);

/// A selection is two instructions.
double instructions_per_call(std::size_t kind) { return kind == select_kind ? 2 : 1; }

/// Increments at pseudo-random places of as many counters as a usual histogram has, as the engine does them.
double measure_increments() {
  constexpr std::size_t bins = 256, slots = 1024;
  std::vector<std::int32_t> places(slots);
  std::uint32_t state = 1;
  for (std::int32_t& place : places) place = static_cast<std::int32_t>((state = state * 1664525u + 1013904223u) >> 24);
  std::vector<std::uint64_t> counters(bins);
  const double seconds = seconds_per_round([&](std::size_t rounds) {
    std::uint64_t* table = counters.data();
    const std::int32_t* slot = places.data();
    for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < slots; ++i) ++table[slot[i]];
      __asm__ volatile("" : : "r"(table) : "memory");
    }
  });
  return static_cast<double>(slots) / seconds;
}

std::int64_t target_number(const std::string& simd) {
  for (const std::int64_t target : {std::int64_t{HWY_AVX3}, std::int64_t{HWY_AVX2}, std::int64_t{HWY_NEON}})
    if (simd == hwy::TargetName(target) && (hwy::SupportedTargets() & target) != 0) return target;
  return 0;
}

/// What is measured twice agrees to this; two rates that differ by less are one.
constexpr double tolerance = 0.07;

}  // namespace

double measured_frequency() {
  constexpr std::size_t additions = 64;
  const double seconds = seconds_per_round([](std::size_t rounds) {
    std::uint64_t sum = 0, one = 1;
    for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 64
      for (std::size_t i = 0; i < additions; ++i) {
        __asm__ volatile("" : "+r"(one));
        sum += one;
        __asm__ volatile("" : "+r"(sum));
      }
    }
  });
  return static_cast<double>(additions) / seconds;
}

std::optional<IssueRates> measure_issue(const std::string& simd, Precision precision) {
  const std::int64_t target = target_number(simd);
  const IssueStreams* streams = target == 0 ? nullptr : issue_streams(target, precision == Precision::twofold);
  if (streams == nullptr) return std::nullopt;
  IssueRates rates;
  rates.simd = simd;
  rates.lanes = streams->lanes;
  const auto calls_per_second = [&](IssueStreams::Stream stream) {
    return static_cast<double>(streams->calls) / seconds_per_round(stream);
  };
  rates.frequency = measured_frequency();
  for (std::size_t a = 0; a < kind_count; ++a)
    for (std::size_t b = a; b < kind_count; ++b) {
      const double instructions = (instructions_per_call(a) + instructions_per_call(b)) / 2;
      const double rate = instructions * calls_per_second(streams->streams[a][b]);
      rates.together[a][b] = rates.together[b][a] = rate;
      rates.all = std::max(rates.all, rate);
    }
  for (std::size_t k = 0; k < kind_count; ++k) rates.alone[k] = rates.together[k][k];
  rates.all = std::max(rates.all, calls_per_second(streams->mixed));
  rates.increments = measure_increments();
  rates.frequency = std::max(rates.frequency, measured_frequency());
  return rates;
}

Limit limit_of(const Operations& operations, const IssueRates& rates) {
  Limit limit;
  const auto consider = [&](double seconds, const std::string& bound) {
    if (seconds > limit.seconds) limit = {seconds, bound};
  };
  const double lanes = rates.lanes;
  consider(operations.total() / (lanes * rates.all), "all vector operations");
  consider(operations.increments / rates.increments, "increments");
  for (std::size_t a = 0; a < kind_count; ++a) {
    if (operations.vector[a] == 0) continue;
    // Kinds that find no port beside those of kind a: together they are no faster than a alone.
    double work = operations.vector[a], rate = rates.alone[a];
    std::string bound = kind_name[a];
    for (std::size_t b = 0; b < kind_count; ++b) {
      if (a == b || operations.vector[b] == 0) continue;
      const double of_a = instructions_per_call(a), of_b = instructions_per_call(b);
      const double together = rates.together[a][b];
      const double balanced = (of_a + of_b) / std::max(of_a / rates.alone[a], of_b / rates.alone[b]);
      if (together < (1 + tolerance) * rates.alone[a] && together < (1 - tolerance) * balanced) {
        work += operations.vector[b];
        rate = std::max(rate, together);
        bound += std::string(", ") + kind_name[b];
      }
      // Equal numbers of both reach their common rate unless one of them holds the other up.
      if (together < (1 - tolerance) * balanced)
        consider((operations.vector[a] + operations.vector[b]) / (lanes * together),
                 std::string(kind_name[a]) + ", " + kind_name[b]);
    }
    consider(work / (lanes * rate), bound);
  }
  return limit;
}

}  // namespace isotherm::bench
