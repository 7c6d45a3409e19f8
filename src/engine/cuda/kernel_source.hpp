#pragma once
// From a Simulation to CUDA C++: its programs printed as functions, followed by the kernels of kernels/advance-inl.cuh.

#include <string>
#include <vector>

#include "engine/cuda/tuning.hpp"
#include "engine/simulation.hpp"
#include "kernels/arguments.hpp"

namespace isotherm::engine::cuda {

/// What the program calls its entry points and its tables. Each has a row for each setting; `settings` holds the
/// arguments of a pack, one after the other.
namespace symbol {
inline constexpr char start_kernel[] = "isotherm_start";
inline constexpr char advance_kernel[] = "isotherm_advance";
inline constexpr char settings[] = "isotherm_settings";
inline constexpr char start_constants[] = "isotherm_start_constants";
inline constexpr char step_constants[] = "isotherm_step_constants";
inline constexpr char track_constants[] = "isotherm_track_constants";
inline constexpr char observe_constants[] = "isotherm_observe_constants";
inline constexpr char batch_constants[] = "isotherm_batch_constants";
inline constexpr char data_constants[] = "isotherm_data_constants";
inline constexpr char axes[] = "isotherm_axes";
inline constexpr char histograms[] = "isotherm_histograms";
}  // namespace symbol

/// A table of examples as kernels read it: row after row, each padded to what is loaded at a time.
struct TableLayout {
  std::size_t columns = 0;  ///< 0: there is none. The last are the weights of the rows where `weighted`
  std::size_t stride = 0;   ///< numbers of a row
  bool weighted = false;
};

/// The text and the tables that belong to it. The text depends on the shape of the programs, axes, draws and tables
/// only: other values of settings, sampling, batch sizes, rows or the number of bins give the same text, unless
/// something moves between kinds of memory, or permutations of the rows between kinds (see kernels::ExampleKind).
struct KernelSource {
  std::string text;
  std::size_t settings = 1;                          ///< rows of its tables
  std::vector<kernels::HistogramLayout> histograms;  ///< in the order of Simulation::histograms
  std::vector<Axis> axes;                            ///< of all histograms, one after the other
  std::size_t counts = 0;                            ///< 64-bit counters in global memory
  std::size_t shared_counters = 0;                   ///< 32-bit counters of one thread block, in one copy
  std::size_t counter_copies = 1;                    ///< one for each warp, or one for all
  std::size_t particles_per_thread = 1;
  kernels::ExampleKind example_kind = kernels::ExampleKind::none;
  TableLayout table, data;     ///< of the steps, of passes over all data
  bool data_is_table = false;  ///< `data` is not needed: it would be `table`
  bool table_in_shared_memory = false;
  std::size_t shared_words = 0;                     ///< of one thread block: counters, table, orders of rows
  std::size_t shared_table = 0, shared_orders = 0;  ///< where they begin

  std::size_t shared_bytes() const { return shared_words * sizeof(unsigned); }
  unsigned block_threads() const { return kernels::block_particles / static_cast<unsigned>(particles_per_thread); }
};

/// Number of constants that change from step to step. The table of AdvanceArguments::step_constants has for each step a
/// row of those of Simulation::step, then of Simulation::track.
std::size_t step_level_constants(const loss::Program& program);

/// Who launches a program: one simulation, or a pack of several with the same text.
enum class Use { alone, pack };

/// Throws InputError if the programs are larger than the compiler should be given.
KernelSource make_kernel_source(const Simulation& simulation, const Tuning& tuning = {}, Use use = Use::alone);

/// The compiler's options but for the architecture: every operation rounded by itself, nothing flushed to zero.
std::vector<std::string> compiler_options();

}  // namespace isotherm::engine::cuda
