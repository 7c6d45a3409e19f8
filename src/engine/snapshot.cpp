#include "engine/snapshot.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/block_sums.hpp"
#include "engine/cpu/example_source.hpp"
#include "engine/cpu/stages.hpp"
#include "engine/cpu/tape.hpp"

namespace isotherm::engine {
namespace {

constexpr std::size_t temperature_count = static_cast<std::size_t>(TemperatureObservable::count);

template <class T>
std::vector<T> totals(const std::vector<TreeSum<T>>& trees) {
  std::vector<T> values;
  values.reserve(trees.size());
  for (const TreeSum<T>& tree : trees) values.push_back(tree.total());
  return values;
}

/// What one block contributes to the sums.
struct BlockRecord {
  std::vector<MomentSum> observables;
  ComomentSum coordinates, temperature, coordinate_temperatures;
  std::uint64_t nonfinite = 0;
};

cpu::AxisConstants<double> constants_of(const Axis& axis) {
  const auto bins = static_cast<double>(axis.bins);
  return {axis.lower, axis.upper, bins / (axis.upper - axis.lower), bins, axis.periodic};
}

/// What one thread works in.
struct Scratch {
  alignas(64) double weight[block_size];
  alignas(64) double place[block_size];
  alignas(64) std::int32_t slots[2][block_size];  ///< by axis
  std::vector<double> work, sums;
};

}  // namespace

struct SnapshotCollector::Implementation {
  SnapshotPlan plan;
  std::uint64_t step;
  double time;
  int threads;
  const cpu::Stages<double>& stages;
  cpu::ExampleTable<double> data;  ///< with weights; empty where no pass over data is needed
  cpu::Tape<double> data_tape, tape;

  SnapshotSums nothing;
  std::vector<std::vector<double>> rows;  ///< state rows of the chunk

  Implementation(const SnapshotPlan& plan, std::uint64_t step, double time, const std::string& suffix, int threads,
                 const std::string& simd)
      : plan(plan),
        step(step),
        time(time),
        threads(threads),
        stages(*cpu::find_stages<double>(simd)),
        data(plan.data.empty() ? cpu::ExampleTable<double>() : cpu::ExampleTable<double>(*plan.data.table, true)),
        data_tape(plan.data.program, stages, layout(), plan.state_rows),
        tape(plan.program, stages, layout(), std::nullopt) {
    nothing.observables.assign(plan.names.size(), std::vector<MomentTree>(group_count));
    nothing.coordinates.resize(group_count);
    nothing.temperature.resize(group_count);
    const auto empty = [&](std::string name, std::vector<Axis> axes, bool by_group) {
      Histogram histogram;
      histogram.name = std::move(name);
      histogram.axes = std::move(axes);
      histogram.groups = by_group ? histogram_groups(histogram.slots()) : 1;
      histogram.counts.resize(histogram.groups * histogram.slots());
      histogram.nonfinite.resize(histogram.groups);
      histogram.single_snapshot = true;
      histogram.step = step;
      return histogram;
    };
    if (plan.moments_only) return;
    for (std::size_t o = 0; o < plan.names.size(); ++o)
      nothing.fine.push_back(empty(plan.names[o], {plan.fine_axes[o]}, false));
    for (const HistogramPlan& request : plan.histograms)
      nothing.histograms.push_back(empty(request.name + suffix, request.axes, true));
  }

  std::size_t first_column() const { return plan.state_rows + plan.data.sums(); }
  cpu::RowLayout layout() const { return {first_column(), {}, first_column() + data.columns(), first_column()}; }

  /// As the CPU engine does, in double.
  void sum_data(double* work) const {
    std::fill_n(work + plan.state_rows * block_size, plan.data.sums() * block_size, 0.0);
    for (std::size_t r = 0; r < data.rows(); ++r) {
      for (std::size_t c = 0; c < data.columns(); ++c)
        std::fill_n(work + (first_column() + c) * block_size, block_size, data.row(r)[c]);
      data_tape.run(work, plan.data.constants.data(), block_size);
    }
  }

  BlockRecord measure(std::uint64_t block, std::uint64_t first_block, Scratch& scratch,
                      std::vector<Histogram>& fine_counts, std::vector<Histogram>& axis_counts) const {
    double* work = scratch.work.data();
    const std::size_t offset = (block - first_block) * block_size;
    for (std::size_t r = 0; r < plan.state_rows; ++r)
      std::copy_n(rows[r].data() + offset, block_size, work + r * block_size);
    sum_data(work);
    tape.run(work, plan.constants.data(), block_size);
    const auto result = [&](std::size_t r) -> const double* { return work + tape.result_row(r) * block_size; };

    BlockRecord record;
    const std::uint64_t first = block * block_size;
    const std::size_t present = static_cast<std::size_t>(std::min<std::uint64_t>(block_size, plan.particles - first));
    double* weight = scratch.weight;
    for (std::size_t i = 0; i < block_size; ++i) weight[i] = i < present ? 1.0 : 0.0;
    for (std::size_t c = 0; c < plan.dimension; ++c) {
      const double* position = result(c);
      for (std::size_t i = 0; i < block_size; ++i) weight[i] = std::isfinite(position[i]) ? weight[i] : 0.0;
    }
    record.nonfinite = static_cast<std::uint64_t>(std::count(weight, weight + present, 0.0));

    for (std::size_t o = 0; o < plan.names.size(); ++o)
      record.observables.push_back(block_moments(result(o), weight, stages));
    if (plan.moments_only) return record;
    std::vector<const double*> joint;
    for (std::size_t c = 0; c < plan.dimension; ++c) joint.push_back(result(c));
    record.coordinates = block_comoments(joint, weight, scratch.sums, stages);
    joint.clear();
    for (std::size_t t = 0; t < temperature_count; ++t) joint.push_back(result(plan.names.size() + t));
    record.temperature = block_comoments(joint, weight, scratch.sums, stages);
    joint.clear();
    for (std::size_t c = 0; c < plan.coordinate_temperatures; ++c)
      joint.push_back(result(plan.names.size() + temperature_count + c));
    if (!joint.empty()) record.coordinate_temperatures = block_comoments(joint, weight, scratch.sums, stages);

    const auto count = [&](Histogram& histogram, std::span<const std::size_t> results, std::optional<double> offset) {
      for (std::size_t a = 0; a < results.size(); ++a) {
        const double* place = result(results[a]);
        if (offset) {
          // The difference that is added is 0, or NaN where the value is not finite.
          for (std::size_t i = 0; i < block_size; ++i)
            scratch.place[i] = std::sqrt(std::max(place[i] - *offset, 0.0)) + (place[i] - place[i]);
          place = scratch.place;
        }
        stages.bin(place, constants_of(histogram.axes[a]), scratch.slots[a], block_size);
      }
      const std::size_t group = histogram.groups == 1 ? 0 : block % group_count;
      std::uint64_t* counts = histogram.counts.data() + group * histogram.slots();
      const std::size_t extent = histogram.axes.back().extent();
      for (std::size_t i = 0; i < present; ++i) {
        // A slot past the extent is that of values that are not finite.
        const auto last = static_cast<std::size_t>(scratch.slots[results.size() - 1][i]);
        const std::size_t other = results.size() == 1 ? 0 : static_cast<std::size_t>(scratch.slots[0][i]);
        if (last < extent && other < histogram.axes.front().extent())
          ++counts[other * extent + last];
        else
          ++histogram.nonfinite[group];
      }
    };
    for (std::size_t o = 0; o < fine_counts.size(); ++o) count(fine_counts[o], std::span(&o, 1), plan.fine_offsets[o]);
    for (std::size_t h = 0; h < axis_counts.size(); ++h)
      count(axis_counts[h], plan.histograms[h].results, std::nullopt);
    return record;
  }

  void add(const Engine& engine, BlockRange blocks, SnapshotSums& sums) {
    rows.resize(plan.state_rows);
    for (std::size_t r = 0; r < plan.state_rows; ++r) {
      rows[r].resize(blocks.size() * block_size);
      engine.read_row(r, rows[r]);
    }
    std::vector<BlockRecord> records(blocks.size());
#pragma omp parallel num_threads(threads)
    {
      Scratch scratch;
      scratch.work.resize(std::max({tape.rows(), data_tape.rows(), layout().first_temporary}) * block_size);
      std::vector<Histogram> fine_counts = nothing.fine, axis_counts = nothing.histograms;
#pragma omp for schedule(static)
      for (std::int64_t b = 0; b < static_cast<std::int64_t>(blocks.size()); ++b)
        records[static_cast<std::size_t>(b)] =
            measure(blocks.first + static_cast<std::uint64_t>(b), blocks.first, scratch, fine_counts, axis_counts);
#pragma omp critical
      {
        add_counts(sums.fine, fine_counts);
        add_counts(sums.histograms, axis_counts);
      }
    }
    for (std::size_t b = 0; b < records.size(); ++b) {
      BlockRecord& record = records[b];
      const std::uint64_t block = blocks.first + b, group = block % group_count, leaf = block / group_count;
      sums.nonfinite += record.nonfinite;
      if (record.nonfinite > 0)
        sums.first_nonfinite_block = std::min(block, sums.first_nonfinite_block.value_or(block));
      for (std::size_t o = 0; o < plan.names.size(); ++o) sums.observables[o][group].add(leaf, record.observables[o]);
      if (plan.moments_only) continue;
      sums.coordinates[group].add(leaf, std::move(record.coordinates));
      sums.temperature[group].add(leaf, std::move(record.temperature));
      if (plan.coordinate_temperatures > 0)
        sums.coordinate_temperatures.add(block, std::move(record.coordinate_temperatures));
    }
  }
};

SnapshotCollector::SnapshotCollector(const SnapshotPlan& plan, std::uint64_t step, double time,
                                     const std::string& suffix, int threads, const std::string& simd)
    : implementation_(std::make_unique<Implementation>(plan, step, time, suffix, threads, simd)) {}

SnapshotCollector::~SnapshotCollector() = default;
SnapshotCollector::SnapshotCollector(SnapshotCollector&&) noexcept = default;

std::uint64_t SnapshotCollector::step() const { return implementation_->step; }

SnapshotSums SnapshotCollector::empty() const { return implementation_->nothing; }

void SnapshotCollector::add(const Engine& engine, BlockRange blocks, SnapshotSums& sums) {
  implementation_->add(engine, blocks, sums);
}

namespace {

/// Of sums that were read from a file: they are over as many observables as the plan has.
void require_width(std::span<const ComomentSum> sums, std::size_t width) {
  for (const ComomentSum& sum : sums)
    if ((sum.count != 0 || sum.size() != 0) && sum.size() != width)
      throw RunError("sums over " + std::to_string(sum.size()) + " observables instead of " + std::to_string(width));
}

}  // namespace

Snapshot SnapshotCollector::finish(const SnapshotSums& sums) const {
  const Implementation& self = *implementation_;
  Snapshot snapshot;
  snapshot.step = self.step;
  snapshot.time = self.time;
  for (std::size_t o = 0; o < sums.observables.size(); ++o) {
    SnapshotObservable observable;
    observable.name = self.plan.names[o];
    observable.groups = totals(sums.observables[o]);
    observable.total = combine_groups(observable.groups);
    if (!self.plan.moments_only) {
      observable.fine = sums.fine[o];
      observable.fine_offset = self.plan.fine_offsets[o];
    }
    snapshot.observables.push_back(std::move(observable));
  }
  snapshot.nonfinite = sums.nonfinite;
  if (self.plan.moments_only) return snapshot;
  snapshot.coordinate_groups = totals(sums.coordinates);
  require_width(snapshot.coordinate_groups, self.plan.dimension);
  snapshot.coordinates = combine_groups(snapshot.coordinate_groups);
  snapshot.temperature_groups = totals(sums.temperature);
  require_width(snapshot.temperature_groups, temperature_count);
  snapshot.temperature = combine_groups(snapshot.temperature_groups);
  if (self.plan.coordinate_temperatures > 0) snapshot.coordinate_temperatures = sums.coordinate_temperatures.total();
  require_width(std::span(&snapshot.coordinate_temperatures, 1), self.plan.coordinate_temperatures);
  snapshot.histograms = sums.histograms;
  return snapshot;
}

}  // namespace isotherm::engine
