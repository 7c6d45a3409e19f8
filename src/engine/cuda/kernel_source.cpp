#include "engine/cuda/kernel_source.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "isotherm/core/error.hpp"
#include "loss/print.hpp"

namespace isotherm::engine::cuda {
namespace {

std::string text_of(std::size_t n) { return std::to_string(n); }

std::string declare(const std::string& type, const std::string& name, const std::string& value) {
  return "constexpr " + type + " " + name + " = " + value + ";\n";
}

std::string law_name(DrawLayout::Law law) {
  switch (law) {
    case DrawLayout::Law::normal:
      return "Law::normal";
    case DrawLayout::Law::uniform:
      return "Law::uniform";
    case DrawLayout::Law::sign:
      return "Law::sign";
    case DrawLayout::Law::none:
      break;
  }
  return "Law::none";
}

bool is_elementary_function(loss::OpCode code) {
  using enum loss::OpCode;
  return code == exp || code == log || code == sin || code == cos || code == tanh || code == pow;
}

/// Operations, weighted by what they cost the compiler.
std::size_t compile_cost(const loss::Program& program) {
  std::size_t cost = 0;
  for (const loss::Instruction& instruction : program.instructions) {
    cost += is_elementary_function(instruction.code) ? 4 : 1;
  }
  return cost;
}

class Generator {
 public:
  Generator(const Simulation& simulation, const Tuning& tuning)
      : simulation_(simulation), tuning_(tuning), real_bytes_(simulation.precision == Precision::single ? 4 : 8) {
    const std::size_t cost =
        compile_cost(simulation.step) + compile_cost(simulation.track) + compile_cost(simulation.observe);
    if (cost > tuning.maximum_cost) {
      throw InputError("the step and the histogrammed expressions have " + text_of(cost) +
                       " operations, elementary functions counted four times, and a CUDA kernel may have " +
                       text_of(tuning.maximum_cost));
    }
    source_.particles_per_thread = particles_per_thread();
    place_counters();
  }

  KernelSource operator()() {
    const std::string lane = simulation_.precision == Precision::single ? "f32" : "f64";
    std::string& text = source_.text;
    text =
        "#include \"isotherm/lane/scalar.hpp\"\n#include \"isotherm/random/law.hpp\"\n"
        "#include \"kernels/arguments.hpp\"\n\n";
    text += "namespace isotherm::scalar::" + lane + " {\n\nusing random::Law;\n";
    add_sizes();
    add_tables();
    text += "\n#include \"kernels/counter-inl.cuh\"\n";
    add_start();
    add_step();
    add_track();
    add_observe();
    text += "\n#include \"kernels/advance-inl.cuh\"\n\n}  // namespace isotherm::scalar::" + lane + "\n";
    return std::move(source_);
  }

 private:
  // Histograms get counters in shared memory in their order, as long as these fit.
  void place_counters() {
    std::size_t shared = 0;
    for (const HistogramPlan& plan : simulation_.histograms) {
      Histogram shape;
      shape.axes = plan.axes;
      const std::size_t slots = shape.slots(), counters = slots + 1;
      if (slots >= std::size_t{1} << 32) throw InputError("histogram " + plan.name + " has more than 2^32 bins");
      const std::size_t groups = histogram_groups(slots);
      kernels::HistogramLayout layout{};
      layout.offset = source_.counts;
      layout.group_stride = groups > 1 ? counters : 0;
      layout.slots = static_cast<unsigned>(slots);
      layout.last_extent = static_cast<unsigned>(plan.axes.back().extent());
      layout.shared_offset = static_cast<unsigned>(shared);
      source_.counts += groups * counters;
      const bool fits = (shared + counters) * sizeof(unsigned) <= tuning_.shared_counter_bytes;
      if (fits) shared += counters;
      is_shared_.push_back(fits);
      source_.histograms.push_back(layout);
      source_.axes.insert(source_.axes.end(), plan.axes.begin(), plan.axes.end());
    }
    source_.shared_counters = shared;
    constexpr std::size_t warp_threads = 32;
    if (shared <= tuning_.copied_counters) source_.counter_copies = source_.block_threads() / warp_threads;
  }

  void add_sizes() {
    const loss::Program& step = simulation_.step;
    const std::size_t numbers = simulation_.draws.numbers_per_step();
    const bool any_shared = std::any_of(is_shared_.begin(), is_shared_.end(), [](bool shared) { return shared; });
    source_.text +=
        "\n" + declare("int", "state_rows", text_of(simulation_.state_rows)) +
        declare("int", "start_numbers", text_of(simulation_.start_draws.numbers_per_step())) +
        declare("int", "step_numbers", text_of(numbers)) +
        declare("int", "step_constant_count",
                text_of(step_level_constants(step) + step_level_constants(simulation_.track))) +
        declare("Law", "start_law", law_name(simulation_.start_draws.law)) +
        declare("Law", "step_law", numbers == 0 ? "Law::none" : law_name(simulation_.draws.law)) +
        declare("unsigned", "start_purpose", text_of(static_cast<std::size_t>(simulation_.start_draws.purpose))) +
        declare("unsigned", "step_purpose", text_of(static_cast<std::size_t>(simulation_.draws.purpose))) +
        declare("int", "particles_per_thread", text_of(source_.particles_per_thread)) +
        declare("int", "block_threads", "kernels::block_particles / particles_per_thread") +
        declare("int", "unrolled_steps", text_of(unrolled_steps())) +
        declare("unsigned", "counter_copies", text_of(source_.counter_copies)) +
        declare("int", "histogram_count", text_of(simulation_.histograms.size())) +
        declare("bool", "any_shared", any_shared ? "true" : "false");
  }

  std::size_t step_instructions() const {
    return simulation_.step.instructions.size() + simulation_.track.instructions.size();
  }

  std::size_t particles_per_thread() const {
    const std::size_t per_step = simulation_.draws.numbers_per_step(), block_numbers = 16 / real_bytes_;
    const std::size_t numbers = simulation_.draws.law == DrawLayout::Law::sign ? 4 : std::lcm(per_step, block_numbers);
    const std::size_t registers = (simulation_.state_rows + numbers) * real_bytes_ / 4;
    const bool small =
        step_instructions() <= tuning_.shared_thread_instructions && registers <= tuning_.shared_thread_registers;
    return small ? std::max<std::size_t>(tuning_.particles_per_thread, 1) : 1;
  }

  /// A power of two, which divides the steps that share a Philox block or (of 128 signs) a word of it.
  std::size_t unrolled_steps() const {
    const std::size_t numbers = std::max<std::size_t>(simulation_.draws.numbers_per_step(), 1);
    const std::size_t shared = simulation_.draws.law == DrawLayout::Law::sign ? 32 : 16 / real_bytes_;
    const std::size_t sharing = std::min(shared / std::gcd(numbers, shared), tuning_.unrolled_steps);
    const std::size_t instructions =
        source_.particles_per_thread * (step_instructions() + simulation_.observe.instructions.size());
    std::size_t steps = 1;
    while (2 * steps <= sharing && 2 * steps * instructions <= tuning_.unrolled_instructions) steps *= 2;
    return steps;
  }

  // In constant memory while it is small. Tables are never empty, since an array of no elements is none.
  void add_table(const std::string& type, std::size_t element_bytes, const char* name, std::size_t elements) {
    const bool small = elements * element_bytes <= tuning_.constant_table_bytes;
    source_.text += std::string(small ? "  __constant__ " : "  __device__ ") + type + " " + name + "[" +
                    text_of(std::max<std::size_t>(elements, 1)) + "];\n";
  }

  void add_tables() {
    source_.text += "\nextern \"C\" {\n";
    add_table("real", real_bytes_, symbol::start_constants, simulation_.start.constants.size());
    add_table("real", real_bytes_, symbol::step_constants, simulation_.step.step_constants_begin);
    add_table("real", real_bytes_, symbol::track_constants, simulation_.track.step_constants_begin);
    add_table("real", real_bytes_, symbol::observe_constants, simulation_.observe.constants.size());
    add_table("kernels::AxisConstants<real>", 4 * real_bytes_, symbol::axes, source_.axes.size());
    add_table("kernels::HistogramLayout", sizeof(kernels::HistogramLayout), symbol::histograms,
              source_.histograms.size());
    source_.text += "}\n\n__device__ __forceinline__ constexpr bool is_shared(int h) {\n  return false";
    for (std::size_t h = 0; h < is_shared_.size(); ++h) {
      if (is_shared_[h]) source_.text += " || h == " + text_of(h);
    }
    source_.text += ";\n}\n";
  }

  /// Constants of the program from `step_constants_begin` on are those of the step's row, from `row_offset` on.
  /// Results are the elements of `results` from `first_result` on.
  static loss::PrintNames names(const loss::Program& program, const char* constants, const char* results,
                                std::size_t row_offset = 0, std::size_t first_result = 0) {
    const std::size_t begin = program.step_constants_begin;
    const auto element = [](const std::string& array, std::size_t index) { return array + "[" + text_of(index) + "]"; };
    loss::PrintNames names;
    names.state = [=](std::uint32_t i) { return element("state", i); };
    names.draw = [=](std::uint32_t i) { return element("number", i); };
    names.constant = [=](std::uint32_t i) {
      return "F(" + (i < begin ? element(constants, i) : element("step_constants", row_offset + i - begin)) + ")";
    };
    names.result = [=](std::uint32_t i) { return element(results, first_result + i); };
    return names;
  }

  void add_start() {
    source_.text +=
        "\ntemplate <class Numbers>\n__device__ __forceinline__ void initial_state(const Numbers& number, F "
        "(&state)[state_rows]) {\n" +
        print_body(simulation_.start, names(simulation_.start, symbol::start_constants, "state")) + "}\n";
  }

  void add_step() {
    source_.text +=
        "\ntemplate <class Numbers>\n__device__ __forceinline__ void step(F (&state)[state_rows], const Numbers& "
        "number,\n                                     const real* step_constants) {\n" +
        print_body(simulation_.step, names(simulation_.step, symbol::step_constants, "state")) + "}\n";
  }

  void add_track() {
    source_.text +=
        "\n__device__ __forceinline__ void track(F (&state)[state_rows], const real* step_constants) {\n" +
        print_body(simulation_.track, names(simulation_.track, symbol::track_constants, "state",
                                            step_level_constants(simulation_.step), simulation_.first_tracked_row())) +
        "}\n";
  }

  std::string slot(std::size_t axis, const Axis& shape, const std::string& value) const {
    const std::string constants = std::string(symbol::axes) + "[" + text_of(axis) + "]";
    const std::string upper = shape.periodic ? ", F(" + constants + ".upper)" : "";
    return "static_cast<unsigned>(bin_slot" + std::string(shape.periodic ? "_periodic" : "") + "(" + value + ", F(" +
           constants + ".lower)" + upper + ", F(" + constants + ".scale), F(" + constants + ".bins)).v)";
  }

  void add_observe() {
    const loss::Program& observe = simulation_.observe;
    source_.text +=
        "\n__device__ __forceinline__ void observe(const F (&state)[state_rows], const Counter& counter, bool counted) "
        "{\n"
        "  F observed[" +
        text_of(std::max<std::size_t>(observe.results.size(), 1)) + "];\n" +
        print_body(observe, names(observe, symbol::observe_constants, "observed"));
    std::size_t axis = 0;
    for (std::size_t h = 0; h < simulation_.histograms.size(); ++h) {
      const HistogramPlan& plan = simulation_.histograms[h];
      source_.text += "  counter.add<" + std::string(is_shared_[h] ? "true" : "false") + ">(counted, " + text_of(h);
      for (std::size_t a = 0; a < plan.axes.size(); ++a) {
        source_.text += ",\n      " + slot(axis + a, plan.axes[a], "observed[" + text_of(plan.results[a]) + "]");
      }
      axis += plan.axes.size();
      source_.text += ");\n";
    }
    source_.text += "}\n";
  }

  const Simulation& simulation_;
  const Tuning& tuning_;
  std::size_t real_bytes_;
  std::vector<bool> is_shared_;
  KernelSource source_;
};

}  // namespace

std::size_t step_level_constants(const loss::Program& program) {
  return program.constants.size() - program.step_constants_begin;
}

KernelSource make_kernel_source(const Simulation& simulation, const Tuning& tuning) {
  return Generator(simulation, tuning)();
}

std::vector<std::string> compiler_options() {
  return {"--std=c++17", "--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true"};
}

}  // namespace isotherm::engine::cuda
