// What is kept of single particles, against sorting all of them; for any chunk and number of threads.

#include "engine/final_positions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace isotherm::engine {
namespace {

double position(std::size_t coordinate, std::uint64_t particle) {
  if (particle % 1000 == 17) return coordinate == 0 ? INFINITY : -INFINITY;
  const double x = std::sin(static_cast<double>((coordinate + 1) * particle * particle));
  return x * x * x / (1.0001 - std::abs(x));
}

/// Particles whose positions are known.
class KnownParticles : public Engine {
 public:
  std::string backend() const override { return "cpu"; }
  std::string device() const override { return ""; }
  std::string simd() const override { return ""; }
  int threads() const override { return 1; }
  std::uint64_t preferred_chunk() const override { return block_size; }
  void start(BlockRange blocks) override { first_ = blocks.first * block_size; }
  void hold(BlockRange blocks) override { start(blocks); }
  void advance(std::uint64_t, std::uint64_t) override {}
  void write_row(std::size_t, std::span<const double>) override {}
  void read_row(std::size_t row, std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = position(row, first_ + i);
  }
  void collect(std::vector<Histogram>&) override {}

 private:
  std::uint64_t first_ = 0;
};

TEST(FinalPositions, AreTheFarthestForAnyChunkAndThreads) {
  constexpr std::size_t dimension = 3, kept = 40;
  constexpr std::uint64_t particles = 20'100;  // the last block is not whole
  std::vector<std::vector<double>> sorted(dimension);
  for (std::size_t c = 0; c < dimension; ++c) {
    for (std::uint64_t p = 0; p < particles; ++p)
      if (std::isfinite(position(c, p))) sorted[c].push_back(position(c, p));
    std::ranges::sort(sorted[c]);
  }
  for (const std::uint64_t blocks_of_a_chunk : {std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{100}})
    for (const int threads : {1, 2, 4}) {
      const FinalPositionCollector collector(dimension, particles, kept, threads);
      KnownParticles engine;
      FinalPositionSums even = collector.empty(), odd = collector.empty();
      const std::uint64_t blocks = (particles + block_size - 1) / block_size;
      for (std::uint64_t first = 0; first < blocks; first += blocks_of_a_chunk) {
        const BlockRange range{first, std::min(first + blocks_of_a_chunk, blocks)};
        engine.start(range);
        collector.add(engine, range, first / blocks_of_a_chunk % 2 == 0 ? even : odd);
      }
      // Written down, read again, and put together.
      ArchiveWriter written;
      write(written, odd);
      FinalPositionSums sums = collector.empty();
      ArchiveReader archive(written.bytes());
      read(archive, sums);
      EXPECT_EQ(archive.left(), 0u);
      sums.add(even);
      const FinalPositions found = FinalPositionCollector::finish(sums);
      ASSERT_EQ(found.extremes.size(), dimension);
      for (std::size_t c = 0; c < dimension; ++c) {
        EXPECT_EQ(found.extremes[c].largest, std::vector<double>(sorted[c].rbegin(), sorted[c].rbegin() + kept));
        EXPECT_EQ(found.extremes[c].smallest, std::vector<double>(sorted[c].begin(), sorted[c].begin() + kept));
      }
      ASSERT_EQ(found.few.size(), 8u);
      for (std::size_t p = 0; p < 8; ++p)
        for (std::size_t c = 0; c < dimension; ++c) EXPECT_EQ(found.few[p][c], position(c, p));
    }
}

TEST(FinalPositions, KeepNothingThatNobodyAskedFor) {
  const FinalPositionCollector collector(2, 5, 0, 2);
  KnownParticles engine;
  engine.start({0, 1});
  FinalPositionSums sums = collector.empty();
  collector.add(engine, {0, 1}, sums);
  const FinalPositions found = FinalPositionCollector::finish(sums);
  EXPECT_TRUE(found.extremes.empty());
  EXPECT_EQ(found.few.size(), 5u);
}

}  // namespace
}  // namespace isotherm::engine
