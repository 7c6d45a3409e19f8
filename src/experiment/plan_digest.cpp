#include "experiment/plan_digest.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/archive.hpp"
#include "isotherm/core/sha256.hpp"

namespace isotherm {
namespace {

class Digest {
 public:
  void add(std::uint64_t number) { archive_.put(number); }
  void add(const std::vector<double>& numbers) {
    add(numbers.size());
    archive_.put(numbers);
  }
  void add(const std::string& text) {
    add(text.size());
    archive_.put(std::as_bytes(std::span(text)));
  }
  void add(const std::vector<std::size_t>& numbers) {
    add(numbers.size());
    for (const std::size_t number : numbers) add(std::uint64_t{number});
  }
  void add(const loss::Operand& operand) {
    add(static_cast<std::uint64_t>(operand.kind));
    add(std::uint64_t{operand.index});
  }
  void add(const loss::Program& program) {
    add(program.instructions.size());
    for (const loss::Instruction& instruction : program.instructions) {
      add(static_cast<std::uint64_t>(instruction.code));
      for (int i = 0; i < loss::arity(instruction.code); ++i) add(instruction.operands[static_cast<std::size_t>(i)]);
    }
    add(program.results.size());
    for (const loss::Operand& result : program.results) add(result);
    add(program.step_constants_begin);
  }
  void add(const engine::DrawLayout& draws) {
    for (const std::uint64_t value : {static_cast<std::uint64_t>(draws.law), static_cast<std::uint64_t>(draws.purpose),
                                      std::uint64_t{draws.per_step}, std::uint64_t{draws.dimension}})
      add(value);
  }
  /// Several passes may read one table: its numbers count once, and are large, so they are not copied.
  void add(const std::shared_ptr<const loss::Examples>& table) {
    const auto seen = std::ranges::find(tables_, table.get());
    add(static_cast<std::uint64_t>(seen - tables_.begin()));
    if (seen != tables_.end()) return;
    tables_.push_back(table.get());
    add(table->rows);
    for (const std::vector<double>* numbers : {&table->values, &table->weights})
      add(sha256({reinterpret_cast<const char*>(numbers->data()), numbers->size() * sizeof(double)}));
  }
  void add(const Axis& axis) {
    add(axis.expression);
    add(axis.bins);
    add(std::vector<double>{axis.lower, axis.upper});
    add(std::uint64_t{axis.periodic});
  }
  void add(const std::vector<engine::HistogramPlan>& histograms) {
    add(histograms.size());
    for (const engine::HistogramPlan& histogram : histograms) {
      add(histogram.name);
      add(histogram.results);
      for (const Axis& axis : histogram.axes) add(axis);
    }
  }
  void add(const engine::DataPass& pass) {
    add(pass.program);
    add(pass.constants);
    add(pass.table);
  }
  void add(const engine::Batch& batch) {
    add(batch.program);
    add(batch.constants);
    add(batch.table);
    add(static_cast<std::uint64_t>(batch.sampling));
    add(batch.size);
    add(batch.fresh.size());
    for (const engine::FreshDraws& fresh : batch.fresh)
      for (const std::uint64_t value :
           {static_cast<std::uint64_t>(fresh.law), static_cast<std::uint64_t>(fresh.purpose),
            std::uint64_t{fresh.first}, std::uint64_t{fresh.numbers}})
        add(value);
  }

  std::string text() const {
    const std::vector<std::byte>& bytes = archive_.bytes();
    return sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

 private:
  ArchiveWriter archive_;
  std::vector<const loss::Examples*> tables_ = {nullptr};
};

/// What changes from step to step, at steps that are spread over the run.
void add_rates(Digest& digest, const engine::Simulation& simulation) {
  constexpr std::uint64_t looks = 64;
  const auto look = [&](const loss::Program& program, const auto& fill) {
    if (!fill) return;
    std::vector<double> values(program.constants.size() - program.step_constants_begin);
    for (std::uint64_t i = 0; i < looks; ++i) {
      fill((simulation.last_step() - 1) / (looks - 1) * i, values);
      digest.add(values);
    }
  };
  look(simulation.step, simulation.fill_step_constants);
  look(simulation.track, simulation.fill_track_constants);
}

}  // namespace

std::string plan_digest(const Plan& plan) {
  const engine::Simulation& simulation = plan.simulation;
  Digest digest;
  for (const std::uint64_t value :
       {simulation.particles, simulation.seed, std::uint64_t{simulation.dimension},
        std::uint64_t{simulation.state_rows}, static_cast<std::uint64_t>(simulation.precision), simulation.burn_in,
        simulation.steps, simulation.thinning})
    digest.add(value);
  for (const loss::Program* program : {&simulation.start, &simulation.step, &simulation.track, &simulation.observe})
    digest.add(*program);
  for (const std::vector<double>* constants : {&simulation.start_constants, &simulation.step_constants,
                                               &simulation.track_constants, &simulation.observe_constants})
    digest.add(*constants);
  digest.add(simulation.start_draws);
  digest.add(simulation.draws);
  digest.add(simulation.batch);
  digest.add(simulation.observe_data);
  digest.add(simulation.histograms);
  add_rates(digest, simulation);

  const engine::SnapshotPlan& snapshot = plan.snapshot;
  digest.add(snapshot.program);
  digest.add(snapshot.constants);
  digest.add(snapshot.data);
  digest.add(snapshot.histograms);
  for (const std::string& name : snapshot.names) digest.add(name);
  for (const Axis& axis : snapshot.fine_axes) digest.add(axis);
  for (const std::optional<double>& offset : snapshot.fine_offsets)
    digest.add(offset ? std::vector<double>{*offset} : std::vector<double>{});
  digest.add(std::uint64_t{snapshot.coordinate_temperatures});
  for (const std::uint64_t step : plan.experiment.snapshots) digest.add(step);
  return digest.text();
}

}  // namespace isotherm
