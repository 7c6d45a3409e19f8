#include "engine/cuda/engine.hpp"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>

#include "engine/cuda/driver_device.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "engine/cuda/pack.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/lane/scalar.hpp"
#include "isotherm/random/bijection.hpp"

namespace isotherm::engine {
namespace cuda {
namespace {

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

kernels::RoundKeys round_keys(std::uint64_t seed) {
  const scalar::f32::Keys of_seed = scalar::f32::make_keys(seed);
  kernels::RoundKeys keys{};
  std::copy(std::begin(of_seed.k0), std::end(of_seed.k0), keys.k0);
  std::copy(std::begin(of_seed.k1), std::end(of_seed.k1), keys.k1);
  return keys;
}

/// `tuning` for what the device has.
Tuning fitted(Tuning tuning, const Device& device) {
  tuning.shared_bytes = std::min(tuning.shared_bytes, device.shared_bytes());
  return tuning;
}

/// Particles held at a time at most, by their number and by that of their values.
std::uint64_t chunk_of(const Simulation& simulation, const Tuning& tuning) {
  const std::uint64_t particles = std::min(tuning.chunk_values / simulation.state_rows, tuning.chunk_particles);
  return std::max<std::uint64_t>(particles / block_size, 1) * block_size;
}

/// Device memory that engines may have, by what they are about to ask for.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : bytes_(bytes) {}

  /// What one engine has, until it is destroyed.
  class Part {
   public:
    Part(MemoryBudget& budget, std::size_t bytes) : budget_(budget), bytes_(bytes) {}
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    ~Part() { budget_.give_back(bytes_); }

   private:
    MemoryBudget& budget_;
    std::size_t bytes_;
  };

  /// Waits until it fits; what is larger than all there is has it alone.
  std::unique_ptr<Part> take(std::size_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return taken_ == 0 || taken_ + bytes <= bytes_; });
    auto part = std::make_unique<Part>(*this, bytes);
    taken_ += bytes;
    return part;
  }

 private:
  void give_back(std::size_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      taken_ -= bytes;
    }
    changed_.notify_all();
  }

  const std::size_t bytes_;
  std::size_t taken_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

template <class real>
class CudaEngine final : public Engine {
 public:
  /// `source` is the simulation's, with this tuning, and the text that `place` belongs to. `threads`: see threads().
  CudaEngine(const Simulation& simulation, const KernelSource& source, const Tuning& tuning,
             std::unique_ptr<Pack::Place> place, int threads, std::unique_ptr<MemoryBudget::Part> memory)
      : memory_(std::move(memory)),
        simulation_(simulation),
        tuning_(tuning),
        source_(source),
        threads_(threads),
        place_(std::move(place)),
        device_(&place_->device()) {
    place_->load();
    upload_constants(symbol::start_constants, simulation_.start_constants, simulation_.start.constants.size());
    upload_constants(symbol::step_constants, simulation_.step_constants, simulation_.step.step_constants_begin);
    upload_constants(symbol::track_constants, simulation_.track_constants, simulation_.track.step_constants_begin);
    upload_constants(symbol::observe_constants, simulation_.observe_constants, simulation_.observe.constants.size());
    upload_constants(symbol::batch_constants, simulation_.batch.constants, simulation_.batch.constants.size());
    upload_constants(symbol::data_constants, simulation_.observe_data.constants,
                     simulation_.observe_data.constants.size());
    upload_axes();
    if (source_.table.columns != 0) table_ = uploaded(*simulation_.batch.table, source_.table);
    if (source_.data.columns != 0 && !source_.data_is_table)
      data_ = uploaded(*simulation_.observe_data.table, source_.data);
    place_->write_row(symbol::histograms, source_.histograms.size() * sizeof(kernels::HistogramLayout),
                      bytes_of(source_.histograms));
    counts_ = Buffer(*device_, std::max<std::size_t>(source_.counts, 1) * sizeof(std::uint64_t));
    device_->fill_zero(counts_.address(), counts_.bytes());
  }

  std::string backend() const override { return "cuda"; }
  std::string device() const override { return device_->description(); }
  std::string simd() const override { return ""; }
  /// Of the host, which work on what is read back.
  int threads() const override { return threads_; }

  std::uint64_t preferred_chunk() const override {
    const std::uint64_t fitting =
        static_cast<std::uint64_t>(static_cast<double>(device_->free_bytes()) * tuning_.memory_share) / sizeof(real);
    const std::uint64_t blocks = fitting / simulation_.state_rows / block_size;
    return std::min(std::max<std::uint64_t>(blocks, 1) * block_size, chunk_of(simulation_, tuning_));
  }

  void hold(BlockRange blocks) override {
    blocks_ = blocks;
    if (state_.bytes() < state_bytes()) {
      state_ = Buffer();  // freed before its successor is allocated
      state_ = Buffer(*device_, state_bytes());
    }
    place_->set_under_way(held() != 0);
  }

  void start(BlockRange blocks) override {
    hold(blocks);
    if (held() == 0) return;
    kernels::StartArguments arguments{};
    arguments.state = reinterpret_cast<void*>(state_.address());
    arguments.particles = particles();
    arguments.keys = round_keys(simulation_.seed);
    place_->start(arguments, blocks_.size());
  }

  void advance(std::uint64_t first_step, std::uint64_t last_step) override {
    if (held() == 0 || first_step == last_step) return;
    place_->set_under_way(true);
    for (std::uint64_t step = first_step; step < last_step;) {
      const std::uint64_t steps = std::min(last_step - step, longest_launch());
      launch(step, steps);
      step += steps;
    }
    place_->finish();
  }

  // Whoever reads has something to do before he asks for more steps.
  void read_row(std::size_t row, std::span<double> out) const override {
    place_->set_under_way(false);
    std::vector<real> values(out.size());
    device_->copy_to_host(std::as_writable_bytes(std::span(values)), row_address(row));
    std::copy(values.begin(), values.end(), out.begin());
  }

  void write_row(std::size_t row, std::span<const double> values) override {
    if (held() != 0) device_->copy_to_device(row_address(row), bytes_of(rounded(values)));
  }

  void collect(std::vector<Histogram>& histograms) override {
    place_->set_under_way(false);
    const std::uint64_t on_device = device_->sum(counts_.address(), source_.counts);
    if (on_device != expected_entries_) {
      throw RunError("CUDA: the device counted " + std::to_string(on_device) + " entries where " +
                     std::to_string(expected_entries_) + " were made");
    }
    if (on_device == 0) return;
    std::vector<std::uint64_t> counts(source_.counts);
    device_->copy_to_host(std::as_writable_bytes(std::span(counts)), counts_.address());
    for (std::size_t h = 0; h < histograms.size(); ++h) add_counts(source_.histograms[h], counts, histograms[h]);
    device_->fill_zero(counts_.address(), counts_.bytes());
    expected_entries_ = 0;
  }

 private:
  Address row_address(std::size_t row) const { return state_.address() + row * held() * sizeof(real); }
  std::uint64_t held() const { return blocks_.size() * block_size; }
  std::size_t state_bytes() const { return simulation_.state_rows * held() * sizeof(real); }
  kernels::Particles particles() const { return {blocks_.first * block_size, simulation_.particles, held()}; }

  /// Particles held that are not padding.
  std::uint64_t counted_particles() const {
    const std::uint64_t first = blocks_.first * block_size;
    return first < simulation_.particles ? std::min(held(), simulation_.particles - first) : 0;
  }

  static std::vector<real> rounded(std::span<const double> values) { return {values.begin(), values.end()}; }

  void upload_constants(const char* name, const std::vector<double>& values, std::size_t count) {
    if (count == 0) return;
    place_->write_row(name, count * sizeof(real), bytes_of(rounded(std::span(values).first(count))));
  }

  void upload_axes() {
    std::vector<kernels::AxisConstants<real>> axes;
    for (const Axis& axis : source_.axes) {
      axes.push_back({static_cast<real>(axis.lower), static_cast<real>(axis.upper),
                      static_cast<real>(static_cast<double>(axis.bins) / (axis.upper - axis.lower)),
                      static_cast<real>(axis.bins)});
    }
    place_->write_row(symbol::axes, axes.size() * sizeof(axes.front()), bytes_of(axes));
  }

  /// Values of a table that are rounded at a time: a few rows, beside a table of any length.
  static constexpr std::size_t uploaded_values = std::size_t{1} << 22;

  Buffer uploaded(const loss::Examples& examples, const TableLayout& layout) {
    Buffer table(*device_, examples.rows * layout.stride * sizeof(real));
    const std::size_t rows_at_a_time = std::max<std::size_t>(uploaded_values / layout.stride, 1);
    for (std::size_t first = 0; first < examples.rows; first += rows_at_a_time) {
      const std::size_t rows = std::min(rows_at_a_time, examples.rows - first);
      std::vector<real> values(rows * layout.stride);
      for (std::size_t c = 0; c < layout.columns; ++c)
        for (std::size_t r = 0; r < rows; ++r)
          values[r * layout.stride + c] =
              static_cast<real>(c < examples.columns() ? examples.value(first + r, c) : examples.weight(first + r));
      device_->copy_to_device(table.address() + first * layout.stride * sizeof(real), bytes_of(values));
    }
    return table;
  }

  /// A launch lasts about as long whatever the batch: examples are what takes time.
  std::uint64_t longest_launch() const {
    const std::uint64_t examples = simulation_.batch.empty() ? 1 : simulation_.batch.size;
    return std::max<std::uint64_t>(tuning_.launch_steps / examples, 1);
  }

  kernels::ExampleArguments examples(std::uint64_t first_step) const {
    const Batch& batch = simulation_.batch;
    const DataPass& pass = simulation_.observe_data;
    kernels::ExampleArguments examples{};
    examples.table = reinterpret_cast<const void*>(table_.address());
    examples.data = reinterpret_cast<const void*>(data_.address());
    examples.batch_size = static_cast<unsigned>(batch.size);
    examples.first = first_step * batch.size;
    examples.shared_table = static_cast<unsigned>(source_.shared_table);
    examples.shared_orders = static_cast<unsigned>(source_.shared_orders);
    if (!pass.empty()) {
      examples.data_rows = static_cast<unsigned>(pass.table->rows);
      examples.data_weight = 1 / static_cast<double>(pass.table->rows);
    }
    if (batch.empty() || batch.table == nullptr) return examples;
    const random::Bijection map = random::make_bijection(static_cast<std::uint32_t>(batch.table->rows));
    examples.rows = map.rows;
    examples.a = map.a;
    examples.b = map.b;
    examples.full = map.full;
    if (batch.sampling == Sampling::without_replacement) examples.first = first_step;
    if (batch.sampling == Sampling::reshuffle) {
      examples.first = first_step / batch.steps_per_epoch();
      examples.first_position = static_cast<unsigned>(batch.first_position(first_step));
    }
    return examples;
  }

  void upload_step_constants(std::uint64_t first_step, std::uint64_t steps) {
    const std::size_t of_step = step_level_constants(simulation_.step);
    const std::size_t count = of_step + step_level_constants(simulation_.track);
    if (count == 0) return;
    std::vector<double> table(steps * count);
    for (std::uint64_t i = 0; i < steps; ++i) {
      const std::span<double> row = std::span(table).subspan(i * count, count);
      if (of_step > 0) simulation_.fill_step_constants(first_step + i, row.first(of_step));
      if (of_step < count) simulation_.fill_track_constants(first_step + i, row.subspan(of_step));
    }
    const std::size_t bytes = table.size() * sizeof(real);
    if (step_constants_.bytes() < bytes) step_constants_ = Buffer(*device_, bytes);
    device_->copy_to_device(step_constants_.address(), bytes_of(rounded(table)));
  }

  /// The first sampled step in (first_step, first_step + steps], counted from first_step; steps + 1 if there is none.
  std::uint64_t first_sample(std::uint64_t first_step, std::uint64_t steps) const {
    const std::uint64_t none = steps + 1;
    const std::uint64_t after = std::max(first_step, simulation_.burn_in) + 1;  // the first that may be sampled
    if (after > simulation_.last_step()) return none;
    const std::uint64_t next = after + (simulation_.last_step() - after) % simulation_.thinning;
    return std::min(next - first_step, none);
  }

  void launch(std::uint64_t first_step, std::uint64_t steps) {
    upload_step_constants(first_step, steps);
    kernels::AdvanceArguments arguments{};
    arguments.state = reinterpret_cast<void*>(state_.address());
    arguments.counts = reinterpret_cast<unsigned long long*>(counts_.address());
    arguments.step_constants = reinterpret_cast<const void*>(step_constants_.address());
    arguments.particles = particles();
    arguments.keys = round_keys(simulation_.seed);
    arguments.first_step = first_step;
    arguments.steps = static_cast<int>(steps);
    arguments.first_sample = static_cast<int>(first_sample(first_step, steps));
    arguments.thinning = static_cast<int>(std::min(simulation_.thinning, tuning_.launch_steps + 1));
    arguments.shared_counters = static_cast<unsigned>(source_.shared_counters);
    arguments.examples = examples(first_step);
    place_->advance(arguments, blocks_.size(), source_.shared_bytes());

    const std::uint64_t first = static_cast<std::uint64_t>(arguments.first_sample);
    if (first <= steps) {
      expected_entries_ +=
          ((steps - first) / simulation_.thinning + 1) * counted_particles() * source_.histograms.size();
    }
  }

  static void add_counts(const kernels::HistogramLayout& layout, const std::vector<std::uint64_t>& counts,
                         Histogram& histogram) {
    for (std::size_t g = 0; g < histogram.groups; ++g) {
      const std::uint64_t* of_group = counts.data() + layout.offset + g * layout.group_stride;
      for (std::size_t i = 0; i < layout.slots; ++i) histogram.counts[g * layout.slots + i] += of_group[i];
      histogram.nonfinite[g] += of_group[layout.slots];
    }
  }

  const std::unique_ptr<MemoryBudget::Part> memory_;  ///< given back when everything else is
  const Simulation simulation_;
  const Tuning tuning_;
  const KernelSource source_;
  const int threads_;
  const std::unique_ptr<Pack::Place> place_;
  Device* const device_;  ///< of the place
  BlockRange blocks_;
  Buffer state_, step_constants_, counts_, table_, data_;
  std::uint64_t expected_entries_ = 0;  ///< counted since the last collect
};

std::unique_ptr<Engine> engine_at(std::unique_ptr<Pack::Place> place, const Simulation& simulation,
                                  const KernelSource& source, const Tuning& tuning, int threads,
                                  std::unique_ptr<MemoryBudget::Part> memory = nullptr) {
  if (simulation.precision == Precision::single)
    return std::make_unique<CudaEngine<float>>(simulation, source, tuning, std::move(place), threads,
                                               std::move(memory));
  return std::make_unique<CudaEngine<double>>(simulation, source, tuning, std::move(place), threads, std::move(memory));
}

class Packs final : public SharedDevice {
 public:
  Packs(std::function<std::unique_ptr<Device>()> open, std::unique_ptr<Device> first, std::size_t engines,
        const Tuning& tuning)
      : open_(std::move(open)),
        use_(engines > 1 ? Use::pack : Use::alone),
        tuning_(shared_by(engines, fitted(tuning, *first))),
        budget_(static_cast<std::size_t>(static_cast<double>(first->free_bytes()) * memory_share)),
        spare_(std::move(first)) {}

  std::unique_ptr<Engine> make_engine(const Simulation& simulation, int threads) override {
    const KernelSource source = make_kernel_source(simulation, tuning_, use_);
    std::unique_ptr<MemoryBudget::Part> memory = budget_.take(bytes_of_engine(simulation, source));
    return engine_at(place_for(source), simulation, source, tuning_, threads, std::move(memory));
  }

 private:
  static constexpr double memory_share = 0.8;  ///< of what is free: more is needed for programs and for reductions

  /// Each of so many engines holds so many times fewer particles: together what one would.
  static Tuning shared_by(std::size_t engines, Tuning tuning) {
    tuning.chunk_particles /= engines;
    tuning.chunk_values /= engines;
    tuning.memory_share /= static_cast<double>(engines);
    return tuning;
  }

  std::size_t bytes_of_engine(const Simulation& simulation, const KernelSource& source) const {
    const std::size_t real_bytes = simulation.precision == Precision::single ? 4 : 8;
    const std::size_t particles = std::min(simulation.blocks() * block_size, chunk_of(simulation, tuning_));
    std::size_t values = particles * simulation.state_rows;
    if (source.table.columns != 0) values += simulation.batch.table->rows * source.table.stride;
    if (source.data.columns != 0 && !source.data_is_table)
      values += simulation.observe_data.table->rows * source.data.stride;
    return values * real_bytes + source.counts * sizeof(std::uint64_t);
  }

  std::unique_ptr<Pack::Place> place_for(const KernelSource& source) {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Pack>>& packs = packs_[source.text];
    for (const std::shared_ptr<Pack>& pack : packs)
      if (auto place = Pack::take_place(pack)) return place;
    std::unique_ptr<Device> device = spare_ != nullptr ? std::move(spare_) : open_();
    packs.push_back(std::make_shared<Pack>(std::move(device), source, tuning_.shared_bytes, tuning_.pack_patience));
    return Pack::take_place(packs.back());
  }

  const std::function<std::unique_ptr<Device>()> open_;
  const Use use_;
  const Tuning tuning_;
  MemoryBudget budget_;
  std::mutex mutex_;  ///< of what follows
  std::unique_ptr<Device> spare_;
  std::map<std::string, std::vector<std::shared_ptr<Pack>>> packs_;  ///< by text
};

}  // namespace

std::unique_ptr<Engine> make_engine(const Simulation& simulation, std::unique_ptr<Device> device,
                                    const Tuning& tuning) {
  const Tuning fitting = fitted(tuning, *device);
  const KernelSource source = make_kernel_source(simulation, fitting);
  const auto pack = std::make_shared<Pack>(std::move(device), source, source.shared_bytes(), 0);
  const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return engine_at(Pack::take_place(pack), simulation, source, fitting, threads);
}

std::unique_ptr<SharedDevice> share_device(std::function<std::unique_ptr<Device>()> open, std::size_t engines,
                                           const Tuning& tuning) {
  std::unique_ptr<Device> first = open();
  return std::make_unique<Packs>(std::move(open), std::move(first), engines, tuning);
}

}  // namespace cuda

std::unique_ptr<Engine> make_cuda_engine(const Simulation& simulation, int device, std::string& why_not) {
  std::unique_ptr<cuda::Device> opened = cuda::open_device(device, why_not);
  if (opened == nullptr) return nullptr;
  try {
    return cuda::make_engine(simulation, std::move(opened));
  } catch (const InputError& too_large) {
    why_not = too_large.what();
    return nullptr;
  }
}

std::unique_ptr<SharedDevice> share_cuda_device(int device, std::size_t engines, std::string& why_not) {
  const auto open = [device] {
    std::string reason;
    std::unique_ptr<cuda::Device> opened = cuda::open_device(device, reason);
    if (opened == nullptr) throw RunError(reason);
    return opened;
  };
  try {
    return cuda::share_device(open, engines);
  } catch (const RunError& error) {
    why_not = error.what();
    return nullptr;
  }
}

}  // namespace isotherm::engine
