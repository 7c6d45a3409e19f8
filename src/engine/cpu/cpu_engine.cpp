#include <omp.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <new>
#include <numeric>
#include <utility>

#include "engine/cpu/stages.hpp"
#include "engine/cpu/tape.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::engine {
namespace {

using cpu::AxisConstants;
using cpu::RowLayout;
using cpu::Stages;
using cpu::Tape;

/// Bytes aligned to cache lines, and so to the widest vectors.
template <class T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size)
      : size_(size), data_(static_cast<T*>(::operator new(std::max<std::size_t>(size, 1) * sizeof(T), alignment))) {
    std::memset(static_cast<void*>(data_), 0, size_ * sizeof(T));
  }
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : size_(std::exchange(other.size_, 0)), data_(std::exchange(other.data_, nullptr)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
    return *this;
  }
  ~AlignedBuffer() { ::operator delete(data_, alignment); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }

 private:
  static constexpr std::align_val_t alignment{64};
  std::size_t size_ = 0;
  T* data_ = nullptr;
};

/// The rows of a part should leave room in a first-level cache of 32 KiB.
constexpr std::size_t cache_budget = 28 << 10;

std::size_t part_size(std::size_t rows, std::size_t real_bytes, std::size_t hoist_bytes) {
  std::size_t part = block_size;
  while (part > cpu::smallest_part && part * (rows * real_bytes + hoist_bytes) > cache_budget) part /= 2;
  return part;
}

std::uint64_t subsequence(random::Purpose purpose, std::uint64_t particle) {
  return static_cast<std::uint64_t>(purpose) << 56 | particle;
}

/// As Linux knows it, or "CPU".
std::string processor_name() {
  std::ifstream information("/proc/cpuinfo");
  for (std::string line; std::getline(information, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

/// How the draws of consecutive steps fall into Philox blocks: `steps` is the smallest number of steps that ends with a
/// block.
struct DrawGroups {
  std::size_t steps = 1;    ///< 1, 2 or 4
  std::size_t blocks = 0;   ///< Philox blocks of a group
  std::size_t numbers = 0;  ///< of a group: rows

  DrawGroups(const DrawLayout& draws, std::size_t numbers_per_block) {
    const std::size_t per_step = draws.numbers_per_step();
    if (per_step == 0) return;
    steps = numbers_per_block / std::gcd(numbers_per_block, per_step);
    numbers = steps * per_step;
    blocks = numbers / numbers_per_block;
  }
};

template <class real>
std::vector<real> rounded(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

template <class real>
class CpuEngine final : public Engine {
 public:
  CpuEngine(const Simulation& simulation, int threads, const Stages<real>& stages)
      : simulation_(simulation),
        stages_(stages),
        threads_(threads > 0 ? threads : omp_get_num_procs()),
        groups_(simulation.draws, stages.numbers_per_block),
        start_groups_(simulation.start_draws, stages.numbers_per_block),
        layout_{simulation.state_rows, groups_.numbers},
        start_layout_{simulation.state_rows, start_groups_.numbers},
        start_tape_(simulation.start, stages, start_layout_, 0, true),
        observe_tape_(simulation.observe, stages, layout_, 0, false),
        step_constants_(rounded<real>(simulation.step_constants)),
        observe_constants_(rounded<real>(simulation.observe_constants)),
        start_constants_(rounded<real>(simulation.start_constants)) {
    rows_ = std::max({start_tape_.rows(), observe_tape_.rows(), layout_.first_temporary()});
    for (std::size_t j = 0; j < groups_.steps; ++j) {
      step_tapes_.emplace_back(simulation.step, stages, layout_, j * simulation.draws.numbers_per_step(), true);
      rows_ = std::max(rows_, step_tapes_.back().rows());
    }
    part_ = part_size(rows_, sizeof(real), stages.hoist_bytes);

    for (const HistogramPlan& plan : simulation.histograms) {
      BinningPlan binning;
      for (const Axis& axis : plan.axes) {
        const double scale = static_cast<double>(axis.bins) / (axis.upper - axis.lower);
        binning.axes.push_back({static_cast<real>(axis.lower), static_cast<real>(axis.upper), static_cast<real>(scale),
                                static_cast<real>(axis.bins), axis.periodic});
        binning.extents.push_back(axis.extent());
      }
      binning.results = plan.results;
      binning.table_offset = table_size_;
      binning.slots =
          std::accumulate(binning.extents.begin(), binning.extents.end(), std::size_t{1}, std::multiplies<>());
      binning.groups = histogram_groups(binning.slots);
      table_size_ += binning.groups * (binning.slots + 1);
      binnings_.push_back(std::move(binning));
    }
    workspaces_.resize(static_cast<std::size_t>(threads_));
  }

  std::string backend() const override { return "cpu"; }
  std::string device() const override { return processor_name(); }
  std::string simd() const override { return stages_.target; }
  int threads() const override { return threads_; }

  std::uint64_t preferred_chunk() const override {
    // Enough blocks for every thread to stay in each for many steps, few enough to stay small in any dimension.
    constexpr std::uint64_t state_budget = 64 << 20;
    const std::uint64_t affordable = state_budget / (block_size * simulation_.state_rows * sizeof(real));
    const std::uint64_t wanted = std::clamp<std::uint64_t>(affordable, 16, 1024);
    return std::max<std::uint64_t>(wanted, 16 * static_cast<std::uint64_t>(threads_)) * block_size;
  }

  void start(BlockRange blocks) override {
    blocks_ = blocks;
    const std::size_t needed = blocks.size() * block_size * simulation_.state_rows;
    if (state_.size() < needed) state_ = AlignedBuffer<real>(needed);
    for_each_part([this](Workspace& work, std::uint64_t block, std::size_t offset) {
      real* rows = work.rows.data();
      std::fill_n(rows, simulation_.state_rows * part_, real(0));
      work.hoist_high = 0;
      produce_numbers(work, simulation_.start_draws, start_groups_, block, offset, 0, start_layout_);
      start_tape_.run(rows, start_constants_.data(), part_);
      copy_state(rows, block, offset, false);
    });
  }

  void advance(std::uint64_t first_step, std::uint64_t last_step) override {
    if (first_step >= last_step) return;
    tabulate_step_constants(first_step, last_step);
    for_each_part([=, this](Workspace& work, std::uint64_t block, std::size_t offset) {
      advance_part(work, block, offset, first_step, last_step);
    });
  }

  void read_row(std::size_t row, std::span<double> out) const override {
    const std::size_t blocks = blocks_.size();
    for (std::size_t block = 0; block < blocks; ++block) {
      const real* source = state_.data() + (block * simulation_.state_rows + row) * block_size;
      std::copy_n(source, block_size, out.begin() + static_cast<std::ptrdiff_t>(block * block_size));
    }
  }

  void collect(std::vector<Histogram>& histograms) override {
    for (Workspace& work : workspaces_) {
      if (work.table.size() == 0) continue;
      for (std::size_t h = 0; h < binnings_.size(); ++h) {
        const BinningPlan& binning = binnings_[h];
        std::uint64_t* table = work.table.data() + binning.table_offset;
        for (std::size_t group = 0; group < binning.groups; ++group) {
          for (std::size_t i = 0; i < binning.slots; ++i)
            histograms[h].counts[group * binning.slots + i] += table[group * (binning.slots + 1) + i];
          histograms[h].nonfinite[group] += table[group * (binning.slots + 1) + binning.slots];
        }
      }
      std::fill_n(work.table.data(), work.table.size(), 0);
    }
  }

 private:
  /// One histogram in the engine's precision; its counts are `groups` tables of slots + 1 (the last: not finite).
  struct BinningPlan {
    std::vector<AxisConstants<real>> axes;
    std::vector<std::size_t> extents;
    std::vector<std::size_t> results;
    std::size_t slots = 0, groups = 1, table_offset = 0;
  };

  /// What one thread works in.
  struct Workspace {
    AlignedBuffer<real> rows;
    AlignedBuffer<std::byte> hoists;
    AlignedBuffer<std::int32_t> slots;
    std::vector<real> constants;
    AlignedBuffer<std::uint64_t> table;
    std::uint64_t hoist_high = 0;
  };

  template <class Work>
  void for_each_part(const Work& work_on) {
    const std::size_t parts_per_block = block_size / part_;
    const std::int64_t parts = static_cast<std::int64_t>(blocks_.size() * parts_per_block);
#pragma omp parallel num_threads(threads_)
    {
      Workspace& work = workspaces_[static_cast<std::size_t>(omp_get_thread_num())];
      if (work.rows.size() == 0) prepare(work);
        // Handed out one by one: a core that the machine lends to somebody else must not hold up the rest.
#pragma omp for schedule(dynamic)
      for (std::int64_t part = 0; part < parts; ++part)
        work_on(work, blocks_.first + static_cast<std::uint64_t>(part) / parts_per_block,
                static_cast<std::size_t>(part) % parts_per_block * part_);
    }
  }

  void prepare(Workspace& work) {
    work.rows = AlignedBuffer<real>(rows_ * part_);
    work.hoists = AlignedBuffer<std::byte>(stages_.hoist_bytes * part_);
    work.slots = AlignedBuffer<std::int32_t>(2 * part_);
    work.constants = step_constants_;
    work.table = AlignedBuffer<std::uint64_t>(table_size_);
  }

  void copy_state(real* rows, std::uint64_t block, std::size_t offset, bool load) {
    const std::size_t base = (block - blocks_.first) * simulation_.state_rows * block_size + offset;
    for (std::size_t r = 0; r < simulation_.state_rows; ++r) {
      real* stored = state_.data() + base + r * block_size;
      if (load)
        std::copy_n(stored, part_, rows + r * part_);
      else
        std::copy_n(rows + r * part_, part_, stored);
    }
  }

  /// Fills the draw rows with the numbers of one group of steps.
  void produce_numbers(Workspace& work, const DrawLayout& draws, const DrawGroups& groups, std::uint64_t block,
                       std::size_t offset, std::uint64_t group, const RowLayout& layout) {
    if (groups.numbers == 0) return;
    const std::uint64_t lane_zero = subsequence(draws.purpose, block * block_size + offset);
    real* destination = work.rows.data() + layout.state_rows * part_;
    std::uint64_t philox_block = group * groups.blocks;
    std::size_t left = groups.blocks;
    while (left > 0) {
      // The hoisted rounds hold for one value of the counter's second word.
      const std::uint64_t high = philox_block >> 32;
      if (work.hoist_high != high + 1) {
        stages_.hoist(work.hoists.data(), lane_zero, static_cast<std::uint32_t>(high), simulation_.seed, part_);
        work.hoist_high = high + 1;
      }
      const std::size_t now =
          static_cast<std::size_t>(std::min<std::uint64_t>(left, ((high + 1) << 32) - philox_block));
      stages_.numbers(draws.law, work.hoists.data(), simulation_.seed, lane_zero, philox_block, now, destination,
                      part_);
      destination += now * stages_.numbers_per_block * part_;
      philox_block += now;
      left -= now;
    }
  }

  void tabulate_step_constants(std::uint64_t first_step, std::uint64_t last_step) {
    const std::size_t begin = simulation_.step.step_constants_begin, count = step_constants_.size() - begin;
    step_table_.clear();
    if (count == 0 || !simulation_.fill_step_constants) return;
    std::vector<double> values(count);
    step_table_.reserve(count * (last_step - first_step));
    for (std::uint64_t n = first_step; n < last_step; ++n) {
      simulation_.fill_step_constants(n, values);
      for (const double value : values) step_table_.push_back(static_cast<real>(value));
    }
  }

  void advance_part(Workspace& work, std::uint64_t block, std::size_t offset, std::uint64_t first_step,
                    std::uint64_t last_step) {
    real* rows = work.rows.data();
    real* constants = work.constants.data();
    const std::size_t begin = simulation_.step.step_constants_begin,
                      stepped = step_table_.empty() ? 0 : step_constants_.size() - begin;
    work.hoist_high = 0;
    copy_state(rows, block, offset, true);
    std::uint64_t next_sample = first_sample_after(first_step);
    std::uint64_t step = first_step;
    while (step < last_step) {
      const std::uint64_t group = step / groups_.steps;
      produce_numbers(work, simulation_.draws, groups_, block, offset, group, layout_);
      for (std::size_t j = static_cast<std::size_t>(step % groups_.steps); j < groups_.steps && step < last_step; ++j) {
        if (stepped != 0) std::copy_n(step_table_.data() + (step - first_step) * stepped, stepped, constants + begin);
        step_tapes_[j].run(rows, constants, part_);
        if (++step == next_sample) {
          observe(work, block, offset);
          next_sample += simulation_.thinning;
          if (next_sample > simulation_.last_step()) next_sample = 0;
        }
      }
    }
    copy_state(rows, block, offset, false);
  }

  /// The first sampled step after `step`; 0 if there is none.
  std::uint64_t first_sample_after(std::uint64_t step) const {
    const std::uint64_t after = std::max(step, simulation_.burn_in), last = simulation_.last_step();
    if (after >= last || simulation_.histograms.empty()) return 0;
    return last - (last - after - 1) / simulation_.thinning * simulation_.thinning;
  }

  void observe(Workspace& work, std::uint64_t block, std::size_t offset) {
    const std::uint64_t first = block * block_size + offset;
    if (first >= simulation_.particles) return;
    const std::size_t valid = static_cast<std::size_t>(std::min<std::uint64_t>(part_, simulation_.particles - first));
    real* rows = work.rows.data();
    observe_tape_.run(rows, observe_constants_.data(), part_);
    std::int32_t* slots = work.slots.data();
    for (const BinningPlan& binning : binnings_) {
      std::uint64_t* table = work.table.data() + binning.table_offset +
                             (binning.groups == 1 ? 0 : block % group_count) * (binning.slots + 1);
      for (std::size_t a = 0; a < binning.axes.size(); ++a)
        stages_.bin(rows + observe_tape_.result_row(binning.results[a]) * part_, binning.axes[a], slots + a * part_,
                    part_);
      if (binning.axes.size() == 1) {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < valid; ++i) ++table[slots[i]];
      } else {
        const std::int32_t* second = slots + part_;
        const std::size_t rows_extent = binning.extents[0], columns_extent = binning.extents[1];
        for (std::size_t i = 0; i < valid; ++i) {
          const std::size_t a = static_cast<std::size_t>(slots[i]), b = static_cast<std::size_t>(second[i]);
          ++table[a < rows_extent && b < columns_extent ? a * columns_extent + b : binning.slots];
        }
      }
    }
  }

  Simulation simulation_;
  const Stages<real>& stages_;
  int threads_;
  DrawGroups groups_, start_groups_;
  RowLayout layout_, start_layout_;
  Tape<real> start_tape_, observe_tape_;
  std::vector<Tape<real>> step_tapes_;  ///< one for each step of a group: they differ in their draw rows
  std::vector<real> step_constants_, observe_constants_, start_constants_;
  std::vector<real> step_table_;  ///< step-level constants of the segment, step by step
  std::vector<BinningPlan> binnings_;
  std::size_t rows_ = 0, part_ = block_size, table_size_ = 0;
  BlockRange blocks_;
  AlignedBuffer<real> state_;  ///< block by block, row by row
  std::vector<Workspace> workspaces_;
};

template <class real>
std::unique_ptr<Engine> make_engine(const Simulation& simulation, int threads, const std::string& target) {
  const Stages<real>* stages = cpu::find_stages<real>(target);
  if (stages == nullptr) {
    std::string known;
    for (const std::string& name : simd_targets()) known += (known.empty() ? "" : ", ") + name;
    throw InputError("SIMD target '" + target + "' is not available here; there are " + known);
  }
  return std::make_unique<CpuEngine<real>>(simulation, threads, *stages);
}

}  // namespace

std::unique_ptr<Engine> make_cpu_engine(const Simulation& simulation, int threads, const std::string& simd) {
  const std::string target = simd.empty() ? simd_targets().front() : simd;
  return simulation.precision == Precision::single ? make_engine<float>(simulation, threads, target)
                                                   : make_engine<double>(simulation, threads, target);
}

}  // namespace isotherm::engine
