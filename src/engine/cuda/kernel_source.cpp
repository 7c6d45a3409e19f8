#include "engine/cuda/kernel_source.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "isotherm/core/error.hpp"
#include "isotherm/random/bijection.hpp"
#include "isotherm/random/drawn_rows.hpp"
#include "loss/print.hpp"

namespace isotherm::engine::cuda {
namespace {

std::string text_of(std::size_t n) { return std::to_string(n); }

std::string declare(const std::string& type, const std::string& name, const std::string& value) {
  return "[[maybe_unused]] constexpr " + type + " " + name + " = " + value + ";\n";
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

std::string kind_name(kernels::ExampleKind kind) {
  switch (kind) {
    case kernels::ExampleKind::fresh:
      return "kernels::ExampleKind::fresh";
    case kernels::ExampleKind::drawn:
      return "kernels::ExampleKind::drawn";
    case kernels::ExampleKind::stored_order:
      return "kernels::ExampleKind::stored_order";
    case kernels::ExampleKind::computed_order:
      return "kernels::ExampleKind::computed_order";
    case kernels::ExampleKind::none:
      break;
  }
  return "kernels::ExampleKind::none";
}

kernels::ExampleKind kind_of(const Batch& batch) {
  if (batch.empty()) return kernels::ExampleKind::none;
  if (batch.table == nullptr) return kernels::ExampleKind::fresh;
  if (batch.sampling == Sampling::with_replacement) return kernels::ExampleKind::drawn;
  return batch.table->rows <= random::most_shuffled_rows ? kernels::ExampleKind::stored_order
                                                         : kernels::ExampleKind::computed_order;
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
  Generator(const Simulation& simulation, const Tuning& tuning, Use use)
      : simulation_(simulation), tuning_(tuning), real_bytes_(simulation.precision == Precision::single ? 4 : 8) {
    const std::size_t cost = compile_cost(simulation.step) + compile_cost(simulation.track) +
                             compile_cost(simulation.observe) + compile_cost(simulation.batch.program) +
                             compile_cost(simulation.observe_data.program);
    if (cost > tuning.maximum_cost) {
      throw InputError("the step and the histogrammed expressions have " + text_of(cost) +
                       " operations, elementary functions counted four times, and a CUDA kernel may have " +
                       text_of(tuning.maximum_cost));
    }
    if (!simulation.batch.weights.empty())
      throw InputError("several gradients in a step, with examples of their own, are for the CPU; give --backend cpu");
    if (simulation.batch.table != nullptr && !simulation.batch.fresh.empty())
      throw InputError("rows with fresh numbers beside them are for the CPU; give --backend cpu");
    if (simulation.batch.size >= std::uint64_t{1} << 32)
      throw InputError("a step has " + text_of(simulation.batch.size) +
                       " examples, and a CUDA kernel may have 4294967295");
    place_tables();
    source_.particles_per_thread = particles_per_thread();
    place_in_shared_memory();
    if (use == Use::pack) source_.settings = settings_of_pack();
  }

  KernelSource operator()() {
    const std::string lane = simulation_.precision == Precision::single ? "f32" : "f64";
    std::string& text = source_.text;
    text =
        "#include \"isotherm/lane/scalar.hpp\"\n#include \"isotherm/random/law.hpp\"\n"
        "#include \"isotherm/random/purpose.hpp\"\n"
        "#include \"kernels/arguments.hpp\"\n\n";
    text += "namespace isotherm::scalar::" + lane + " {\n\nusing random::Law;\n";
    add_sizes();
    add_examples();
    add_tables();
    text += "\n#include \"kernels/counter-inl.cuh\"\n";
    add_start();
    add_batch();
    add_step();
    add_track();
    add_observe();
    text += "\n#include \"kernels/advance-inl.cuh\"\n\n}  // namespace isotherm::scalar::" + lane + "\n";
    return std::move(source_);
  }

 private:
  /// A row is a power of two of numbers up to 16 bytes long, or a multiple of 16 bytes.
  TableLayout layout_of(const loss::Examples& examples, bool weighted) const {
    TableLayout layout{examples.columns() + weighted, 1, weighted};
    const std::size_t longest_load = 16 / real_bytes_;
    while (layout.stride < layout.columns) layout.stride += std::min(layout.stride, longest_load);
    return layout;
  }

  void place_tables() {
    const Batch& batch = simulation_.batch;
    const DataPass& pass = simulation_.observe_data;
    source_.example_kind = kind_of(batch);
    if (!batch.empty() && batch.table != nullptr) source_.table = layout_of(*batch.table, false);
    if (pass.empty()) return;
    source_.data = layout_of(*pass.table, !pass.table->weights.empty());
    source_.data_is_table = source_.table.columns != 0 && pass.table == batch.table && !source_.data.weighted;
  }

  std::size_t table_bytes() const {
    return source_.table.columns == 0 ? 0 : simulation_.batch.table->rows * source_.table.stride * real_bytes_;
  }

  /// Orders of rows must be there. Then histograms get counters in their order, as long as these fit, and the table of
  /// examples what is left.
  void place_in_shared_memory() {
    const bool stores_orders = source_.example_kind == kernels::ExampleKind::stored_order;
    constexpr std::size_t rows_of_a_word = 4, words_of_a_load = 4;
    const std::size_t order_words =
        stores_orders ? (simulation_.batch.table->rows + rows_of_a_word - 1) / rows_of_a_word * kernels::block_particles
                      : 0;
    const std::size_t all = tuning_.shared_bytes / sizeof(unsigned);
    if (order_words > all)
      throw InputError("the device has " + text_of(tuning_.shared_bytes) +
                       " bytes of shared memory for a thread block, and the orders of " +
                       text_of(simulation_.batch.table->rows) + " rows take " +
                       text_of(order_words * sizeof(unsigned)));
    place_counters(std::min(tuning_.shared_counter_bytes / sizeof(unsigned), all - order_words));
    source_.shared_words = source_.counter_copies * source_.shared_counters;
    source_.shared_table = (source_.shared_words + words_of_a_load - 1) / words_of_a_load * words_of_a_load;
    const std::size_t table_words = table_bytes() / sizeof(unsigned);
    source_.table_in_shared_memory = table_words > 0 && table_bytes() <= tuning_.shared_table_bytes &&
                                     source_.shared_table + table_words + order_words <= all;
    if (source_.table_in_shared_memory) source_.shared_words = source_.shared_table + table_words;
    source_.shared_orders = source_.shared_words;
    source_.shared_words += order_words;
  }

  void place_counters(std::size_t available) {
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
      const bool fits = shared + counters <= available;
      if (fits) shared += counters;
      is_shared_.push_back(fits);
      source_.histograms.push_back(layout);
      source_.axes.insert(source_.axes.end(), plan.axes.begin(), plan.axes.end());
    }
    source_.shared_counters = shared;
    constexpr std::size_t warp_threads = 32;
    const std::size_t warps = source_.block_threads() / warp_threads;
    if (shared <= tuning_.copied_counters && shared * warps <= available) source_.counter_copies = warps;
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
        declare("unsigned", "pack_settings", text_of(source_.settings)) +
        declare("int", "histogram_count", text_of(simulation_.histograms.size())) +
        declare("bool", "any_shared", any_shared ? "true" : "false");
  }

  void add_examples() {
    const Batch& batch = simulation_.batch;
    std::size_t normals = 0, uniforms = 0, signs = 0;
    for (const FreshDraws& draws : batch.fresh)
      (draws.law == random::Law::normal    ? normals
       : draws.law == random::Law::uniform ? uniforms
                                           : signs) = draws.stride();
    const bool reshuffles = batch.sampling == Sampling::reshuffle;
    const bool computes = source_.example_kind == kernels::ExampleKind::computed_order;
    const std::size_t pairs = computes ? bijection(batch).pairs : 0;
    const auto at_least_one = [](std::size_t n) { return text_of(std::max<std::size_t>(n, 1)); };
    source_.text += declare("int", "batch_sum_count", text_of(batch.sums())) +
                    declare("int", "data_sum_count", text_of(simulation_.observe_data.sums())) +
                    declare("kernels::ExampleKind", "example_kind", kind_name(source_.example_kind)) +
                    declare("bool", "reshuffles", reshuffles ? "true" : "false") +
                    declare("unsigned", "bijection_pairs", text_of(pairs)) +
                    declare("int", "drawn_rows_per_block", text_of(rows_per_block())) +
                    declare("int", "fresh_normals", text_of(normals)) +
                    declare("int", "fresh_uniforms", text_of(uniforms)) +
                    declare("int", "fresh_signs", text_of(signs)) +
                    declare("int", "table_columns", at_least_one(source_.table.columns)) +
                    declare("int", "table_stride", at_least_one(source_.table.stride)) +
                    declare("bool", "table_in_shared", source_.table_in_shared_memory ? "true" : "false") +
                    declare("int", "data_columns", at_least_one(source_.data.columns)) +
                    declare("int", "data_stride", at_least_one(source_.data.stride)) +
                    declare("bool", "data_is_table", source_.data_is_table ? "true" : "false");
  }

  /// Of a step, that of one example included.
  std::size_t step_instructions() const {
    return simulation_.step.instructions.size() + simulation_.track.instructions.size() +
           simulation_.batch.program.instructions.size();
  }

  /// Numbers that an example takes: sums, and the columns or what is random of it, each as long as a number.
  std::size_t example_numbers() const {
    const Batch& batch = simulation_.batch;
    std::size_t numbers = batch.sums() + source_.table.columns;
    for (const FreshDraws& draws : batch.fresh)
      numbers += draws.law == random::Law::sign ? 4 : std::lcm(draws.stride(), 16 / real_bytes_);
    return numbers;
  }
  /// Rows that a Philox block gives where they are drawn with replacement.
  std::size_t rows_per_block() const {
    const Batch& batch = simulation_.batch;
    const std::size_t rows = batch.empty() || batch.table == nullptr ? 1 : batch.table->rows;
    return static_cast<std::size_t>(random::rows_per_block(static_cast<std::uint32_t>(rows)));
  }

  /// What chooses its row, in registers of four bytes.
  std::size_t row_registers() const {
    switch (source_.example_kind) {
      case kernels::ExampleKind::drawn:
        return rows_per_block();
      case kernels::ExampleKind::stored_order:
        return 4;
      case kernels::ExampleKind::computed_order:
        return 8;
      default:
        return 0;
    }
  }

  std::size_t particles_per_thread() const {
    const std::size_t per_step = simulation_.draws.numbers_per_step(), block_numbers = 16 / real_bytes_;
    const std::size_t numbers = simulation_.draws.law == DrawLayout::Law::sign ? 4 : std::lcm(per_step, block_numbers);
    const std::size_t registers =
        (simulation_.state_rows + numbers + example_numbers()) * real_bytes_ / 4 + row_registers();
    const bool small =
        step_instructions() <= tuning_.shared_thread_instructions && registers <= tuning_.shared_thread_registers;
    return small ? std::max<std::size_t>(tuning_.particles_per_thread, 1) : 1;
  }

  /// A power of two, which divides the steps that share a Philox block or (of 128 signs) a word of it. One where a step
  /// is a loop over examples.
  std::size_t unrolled_steps() const {
    if (!simulation_.batch.empty()) return 1;
    const std::size_t numbers = std::max<std::size_t>(simulation_.draws.numbers_per_step(), 1);
    const std::size_t shared = simulation_.draws.law == DrawLayout::Law::sign ? 32 : 16 / real_bytes_;
    const std::size_t sharing = std::min(shared / std::gcd(numbers, shared), tuning_.unrolled_steps);
    const std::size_t instructions =
        source_.particles_per_thread * (step_instructions() + simulation_.observe.instructions.size());
    std::size_t steps = 1;
    while (2 * steps <= sharing && 2 * steps * instructions <= tuning_.unrolled_instructions) steps *= 2;
    return steps;
  }

  struct Table {
    const char* type;
    const char* name;
    std::size_t elements, bytes;
  };

  /// First what steps read most. Tables are never empty, since an array of no elements is none.
  std::vector<Table> tables() const {
    const auto table = [](const char* type, const char* name, std::size_t elements, std::size_t bytes_of_element) {
      const std::size_t present = std::max<std::size_t>(elements, 1);
      return Table{type, name, present, present * bytes_of_element};
    };
    const auto reals = [&](const char* name, std::size_t elements) {
      return table("real", name, elements, real_bytes_);
    };
    return {reals(symbol::step_constants, simulation_.step.step_constants_begin),
            reals(symbol::batch_constants, simulation_.batch.constants.size()),
            reals(symbol::track_constants, simulation_.track.step_constants_begin),
            table("kernels::AxisConstants<real>", symbol::axes, source_.axes.size(), 4 * real_bytes_),
            table("kernels::HistogramLayout", symbol::histograms, source_.histograms.size(),
                  sizeof(kernels::HistogramLayout)),
            reals(symbol::observe_constants, simulation_.observe.constants.size()),
            reals(symbol::data_constants, simulation_.observe_data.constants.size()),
            reals(symbol::start_constants, simulation_.start.constants.size())};
  }

  std::size_t settings_of_pack() const {
    constexpr std::size_t fewest = 16;
    std::size_t bytes = sizeof(kernels::AdvanceArguments), settings = tuning_.pack_settings;
    for (const Table& table : tables()) bytes += table.bytes;
    while (settings > fewest && settings * bytes > tuning_.pack_table_bytes) settings /= 2;
    return settings;
  }

  /// In constant memory: alone what is small, of a pack what fits.
  void add_tables() {
    const std::string rows = "[" + text_of(source_.settings) + "]";
    source_.text +=
        "\nextern \"C\" {\n  __constant__ kernels::AdvanceArguments " + std::string(symbol::settings) + rows + ";\n";
    std::size_t taken = source_.settings * sizeof(kernels::AdvanceArguments);
    for (const Table& table : tables()) {
      const std::size_t bytes = source_.settings * table.bytes;
      const bool fits =
          source_.settings == 1 ? bytes <= tuning_.constant_table_bytes : taken + bytes <= tuning_.pack_table_bytes;
      if (fits) taken += bytes;
      source_.text += std::string(fits ? "  __constant__ " : "  __device__ ") + table.type + " " + table.name + rows +
                      "[" + text_of(table.elements) + "];\n";
    }
    source_.text += "}\n\n__device__ __forceinline__ constexpr bool is_shared(int h) {\n  return false";
    for (std::size_t h = 0; h < is_shared_.size(); ++h) {
      if (is_shared_[h]) source_.text += " || h == " + text_of(h);
    }
    source_.text += ";\n}\n";
  }

  static std::string element(const std::string& array, std::size_t index) { return array + "[" + text_of(index) + "]"; }
  static std::string row(const char* table) { return std::string(table) + "[setting]"; }

  /// Constants of the program from `step_constants_begin` on are those of the step's row, from `row_offset` on.
  /// Results are the elements of `results` from `first_result` on.
  static loss::PrintNames names(const loss::Program& program, const char* constants, const char* results,
                                std::size_t row_offset = 0, std::size_t first_result = 0) {
    const std::size_t begin = program.step_constants_begin;
    loss::PrintNames names;
    names.state = [=](std::uint32_t i) { return element("state", i); };
    names.draw = [=](std::uint32_t i) { return element("number", i); };
    names.constant = [=](std::uint32_t i) {
      return "F(" + (i < begin ? element(row(constants), i) : element("step_constants", row_offset + i - begin)) + ")";
    };
    names.result = [=](std::uint32_t i) { return element(results, first_result + i); };
    return names;
  }

  /// A program that knows sums as the state rows from `first` on.
  static loss::PrintNames with_sums(loss::PrintNames names, std::size_t first, const char* sums = "sums") {
    names.state = [=](std::uint32_t i) { return i < first ? element("state", i) : element(sums, i - first); };
    return names;
  }

  std::size_t first_data_sum() const { return simulation_.state_rows + simulation_.batch.sums(); }

  /// The element of the numbers of its law that a draw of a fresh example is.
  std::string fresh_number(std::uint32_t draw) const {
    for (const FreshDraws& draws : simulation_.batch.fresh) {
      if (draw < draws.first || draw >= draws.first + draws.numbers) continue;
      const std::string law = draws.law == random::Law::normal    ? "normal"
                              : draws.law == random::Law::uniform ? "uniform"
                                                                  : "sign";
      return element("example." + law, draw - draws.first);
    }
    throw std::logic_error("a draw of an example that has no law");
  }

  void add_batch() {
    const Batch& batch = simulation_.batch;
    loss::PrintNames of_example =
        with_sums(names(batch.program, symbol::batch_constants, "sums"), simulation_.state_rows);
    of_example.column = [](std::uint32_t c) { return "example.column(" + text_of(c) + ")"; };
    of_example.draw = [this](std::uint32_t i) { return fresh_number(i); };
    source_.text +=
        "\ntemplate <class Sums, class Example>\n__device__ __forceinline__ void add_example(unsigned setting, "
        "const F (&state)[state_rows], Sums& sums, const Example& example) {\n" +
        print_body(batch.program, of_example) + "}\n";

    const DataPass& pass = simulation_.observe_data;
    loss::PrintNames of_row = with_sums(names(pass.program, symbol::data_constants, "sums"), first_data_sum());
    of_row.column = [this, weight = pass.empty() ? 0 : pass.table->weight_column()](std::uint32_t c) {
      return c == weight && !source_.data.weighted ? std::string("weight") : "row.column(" + text_of(c) + ")";
    };
    source_.text +=
        "\ntemplate <class Sums, class Row>\n__device__ __forceinline__ void add_row(unsigned setting, const F "
        "(&state)[state_rows], Sums& sums, const Row& row, F weight) {\n" +
        print_body(pass.program, of_row) + "}\n";
  }

  void add_start() {
    source_.text +=
        "\ntemplate <class Numbers>\n__device__ __forceinline__ void initial_state(unsigned setting, const Numbers& "
        "number, F (&state)[state_rows]) {\n" +
        print_body(simulation_.start, names(simulation_.start, symbol::start_constants, "state")) + "}\n";
  }

  void add_step() {
    source_.text +=
        "\ntemplate <class Sums, class Numbers>\n__device__ __forceinline__ void step(unsigned setting, F "
        "(&state)[state_rows], "
        "const Sums& sums, const Numbers& number, const real* step_constants) {\n" +
        print_body(simulation_.step,
                   with_sums(names(simulation_.step, symbol::step_constants, "state"), simulation_.state_rows)) +
        "}\n";
  }

  void add_track() {
    source_.text +=
        "\n__device__ __forceinline__ void track(unsigned setting, F (&state)[state_rows], const real* step_constants) "
        "{\n" +
        print_body(simulation_.track, names(simulation_.track, symbol::track_constants, "state",
                                            step_level_constants(simulation_.step), simulation_.first_tracked_row())) +
        "}\n";
  }

  std::string slot(std::size_t axis, const Axis& shape, const std::string& value) const {
    const std::string constants = element(row(symbol::axes), axis);
    const std::string upper = shape.periodic ? ", F(" + constants + ".upper)" : "";
    return "static_cast<unsigned>(bin_slot" + std::string(shape.periodic ? "_periodic" : "") + "(" + value + ", F(" +
           constants + ".lower)" + upper + ", F(" + constants + ".scale), F(" + constants + ".bins)).v)";
  }

  void add_observe() {
    const loss::Program& observe = simulation_.observe;
    source_.text +=
        "\ntemplate <class Sums>\n__device__ __forceinline__ void observe(unsigned setting, const F "
        "(&state)[state_rows], const Sums& sums, const Counter& counter, bool counted) {\n"
        "  F observed[" +
        text_of(std::max<std::size_t>(observe.results.size(), 1)) + "];\n" +
        print_body(observe, with_sums(names(observe, symbol::observe_constants, "observed"), first_data_sum()));
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

  static random::Bijection bijection(const Batch& batch) {
    return random::make_bijection(static_cast<std::uint32_t>(batch.table->rows));
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

KernelSource make_kernel_source(const Simulation& simulation, const Tuning& tuning, Use use) {
  return Generator(simulation, tuning, use)();
}

std::vector<std::string> compiler_options() {
  return {"--std=c++17", "--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true"};
}

}  // namespace isotherm::engine::cuda
