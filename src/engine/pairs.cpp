#include "engine/pairs.hpp"

#include <omp.h>

#include <algorithm>

#include "engine/block_sums.hpp"

namespace isotherm::engine {

PairCollector::PairCollector(std::size_t dimension, std::uint64_t particles, int threads)
    : dimension_(dimension), particles_(particles), threads_(threads), rows_(2 * dimension) {}

void PairCollector::read(const Engine& engine, BlockRange blocks, std::size_t first) {
  for (std::size_t c = 0; c < dimension_; ++c) {
    rows_[first + c].resize(blocks.size() * block_size);
    engine.read_row(c, rows_[first + c]);
  }
}

void PairCollector::before(const Engine& engine, BlockRange blocks) { read(engine, blocks, 0); }

void PairCollector::after(const Engine& engine, BlockRange blocks, PairSums& sums) {
  read(engine, blocks, dimension_);
  std::vector<ComomentSum> records(blocks.size());
  const cpu::Stages<double>& stages = *cpu::find_stages<double>(simd_targets().front());
#pragma omp parallel num_threads(threads_)
  {
    alignas(64) double weight[block_size];
    std::vector<double> scratch;
    std::vector<const double*> rows(rows_.size());
#pragma omp for schedule(static)
    for (std::int64_t b = 0; b < static_cast<std::int64_t>(blocks.size()); ++b) {
      const std::uint64_t first = (blocks.first + static_cast<std::uint64_t>(b)) * block_size;
      for (std::size_t i = 0; i < block_size; ++i) weight[i] = first + i < particles_ ? 1.0 : 0.0;
      for (std::size_t r = 0; r < rows.size(); ++r)
        rows[r] = rows_[r].data() + static_cast<std::size_t>(b) * block_size;
      records[static_cast<std::size_t>(b)] = block_comoments(rows, weight, scratch, stages);
    }
  }
  for (std::size_t b = 0; b < records.size(); ++b) {
    const std::uint64_t block = blocks.first + b;
    sums[block % group_count].add(block / group_count, std::move(records[b]));
  }
}

ConsecutivePairs PairCollector::finish(const PairSums& sums) {
  ConsecutivePairs pairs;
  for (const ComomentTree& group : sums) pairs.groups.push_back(group.total());
  pairs.total = combine_groups(pairs.groups);
  return pairs;
}

}  // namespace isotherm::engine
