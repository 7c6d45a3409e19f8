#include "engine/final_positions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace isotherm::engine {
namespace {

/// Particles 0, 1, ... whose positions are kept.
constexpr std::size_t kept_particles = 8;

}  // namespace

void Largest::see(double value) {
  if ((full_ && !(value > bar_)) || !std::isfinite(value)) return;
  values_.push_back(value);
  if (values_.size() < 2 * count_) return;
  const auto end = values_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::nth_element(values_.begin(), end - 1, values_.end(), std::greater<>());
  values_.erase(end, values_.end());
  bar_ = values_.back();
  full_ = true;
}

void Largest::add(const Largest& other) {
  for (const double value : other.values_) see(value);
}

std::vector<double> Largest::descending() const {
  std::vector<double> sorted = values_;
  std::ranges::sort(sorted, std::greater<>());
  sorted.resize(std::min(sorted.size(), count_));
  return sorted;
}

void Largest::write(ArchiveWriter& archive) const {
  archive.put(static_cast<std::uint64_t>(values_.size()));
  archive.put(values_);
}

void Largest::read(ArchiveReader& archive) {
  const auto size = archive.get<std::uint64_t>();
  if (size > 2 * count_) throw RunError("there are more of the farthest particles than this run keeps");
  std::vector<double> values(size);
  archive.get(values);
  *this = Largest(count_);
  for (const double value : values) see(value);
}

void FinalPositionSums::add(FinalPositionSums other) {
  for (std::size_t c = 0; c < largest.size(); ++c) {
    largest[c].add(other.largest[c]);
    smallest[c].add(other.smallest[c]);
  }
  for (std::size_t p = 0; p < few.size(); ++p)
    for (std::size_t c = 0; c < few[p].size(); ++c)
      if (!std::isnan(other.few[p][c])) few[p][c] = other.few[p][c];
}

void write(ArchiveWriter& archive, const FinalPositionSums& sums) {
  for (const auto* side : {&sums.largest, &sums.smallest})
    for (const Largest& largest : *side) largest.write(archive);
  for (const std::vector<double>& position : sums.few) archive.put(position);
}

void read(ArchiveReader& archive, FinalPositionSums& sums) {
  for (auto* side : {&sums.largest, &sums.smallest})
    for (Largest& largest : *side) largest.read(archive);
  for (std::vector<double>& position : sums.few) archive.get(position);
}

FinalPositionCollector::FinalPositionCollector(std::size_t dimension, std::uint64_t particles, std::size_t kept,
                                               int threads)
    : dimension_(dimension), particles_(particles), kept_(kept), threads_(threads) {}

FinalPositionSums FinalPositionCollector::empty() const {
  FinalPositionSums sums;
  if (kept_ > 0) sums.largest.assign(dimension_, Largest(kept_));
  sums.smallest = sums.largest;
  sums.few.assign(std::min<std::uint64_t>(kept_particles, particles_),
                  std::vector<double>(dimension_, std::numeric_limits<double>::quiet_NaN()));
  return sums;
}

void FinalPositionCollector::add(const Engine& engine, BlockRange blocks, FinalPositionSums& sums) const {
  const std::uint64_t present = std::min(blocks.last * block_size, particles_) - blocks.first * block_size;
  const bool has_few = blocks.first == 0;
  if (kept_ == 0 && !has_few) return;
  const auto at_a_time = static_cast<std::size_t>(threads_);
  const std::size_t read = kept_ == 0 ? 1 : blocks.size();
  std::vector<std::vector<double>> rows(at_a_time, std::vector<double>(read * block_size));
  for (std::size_t first = 0; first < dimension_; first += at_a_time) {
    const std::size_t last = std::min(first + at_a_time, dimension_);
    for (std::size_t c = first; c < last; ++c) {
      engine.read_row(c, rows[c - first]);
      for (std::size_t p = 0; has_few && p < sums.few.size(); ++p) sums.few[p][c] = rows[c - first][p];
    }
    if (kept_ == 0) continue;
#pragma omp parallel for num_threads(threads_)
    for (auto c = static_cast<std::int64_t>(first); c < static_cast<std::int64_t>(last); ++c) {
      const std::vector<double>& row = rows[static_cast<std::size_t>(c) - first];
      for (std::uint64_t i = 0; i < present; ++i) {
        sums.largest[static_cast<std::size_t>(c)].see(row[i]);
        sums.smallest[static_cast<std::size_t>(c)].see(-row[i]);
      }
    }
  }
}

FinalPositions FinalPositionCollector::finish(const FinalPositionSums& sums) {
  FinalPositions positions;
  for (const std::vector<double>& position : sums.few)
    if (std::ranges::all_of(position, [](double x) { return std::isfinite(x); })) positions.few.push_back(position);
  for (std::size_t c = 0; c < sums.largest.size(); ++c) {
    FinalPositions::Extremes extremes{sums.largest[c].descending(), sums.smallest[c].descending()};
    for (double& x : extremes.smallest) x = -x;
    positions.extremes.push_back(std::move(extremes));
  }
  return positions;
}

}  // namespace isotherm::engine
