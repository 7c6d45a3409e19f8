#include "cli/dry_run.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/options.hpp"
#include "cli/values.hpp"
#include "experiment/forecast.hpp"
#include "experiment/run.hpp"
#include "output/number.hpp"
#include "output/result_json.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using output::grouped;
using output::rounded;

std::string operations(const loss::Program& program) {
  return std::to_string(program.instructions.size()) + " operations on " + std::to_string(program.constants.size()) +
         " constants";
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

/// All names, or the first and the last of many.
std::string shortened(std::vector<std::string> names) {
  constexpr std::size_t most = 40;
  const std::size_t count = names.size();
  if (count <= most) return joined(names, ", ");
  names.erase(names.begin() + most - 2, names.end() - 1);
  names.insert(names.end() - 1, "...");
  return joined(names, ", ") + " (" + std::to_string(count) + ")";
}

/// What running a plan will take on this machine. InputError for what does not fit the memory.
struct Forecast {
  explicit Forecast(const Plan& plan) {
    const std::unique_ptr<engine::Engine> engine = make_engine(plan);
    check_memory(plan, *engine);
    const engine::Simulation& simulation = plan.simulation;
    const std::uint64_t places = simulation.blocks() * engine::block_size;
    chunk = std::min(plan.chunk != 0 ? plan.chunk : engine->preferred_chunk(), places);
    chunks = (places + chunk - 1) / chunk;
    backend = engine->backend();
    particle_steps = simulation.particles * simulation.last_step();
    need = memory_need(plan, *engine);
    available = memory_available();
    seconds = expected_seconds(plan, *engine);
    errors = expected_errors(plan);
  }

  std::uint64_t chunk = 0, chunks = 0;  ///< particles of one, and how many
  std::string backend;
  std::uint64_t particle_steps = 0;  ///< burn-in included
  MemoryNeed need;
  std::optional<std::uint64_t> available;
  double seconds = 0;
  std::optional<ExpectedErrors> errors;
};

Json operations_json(const loss::Program& program) {
  return {{"operations", program.instructions.size()}, {"constants", program.constants.size()}};
}

}  // namespace

nlohmann::ordered_json dry_run_json(const Plan& plan) {
  const engine::Simulation& simulation = plan.simulation;
  const Forecast forecast(plan);
  Json json = {{"schema", "isotherm-plan/1"}, {"experiment", experiment_json(plan.experiment)}};
  json["loss"] = plan.problem->expression();
  json["update"] = plan.dynamics->formula;
  json["programs"] = {{"step", operations_json(simulation.step)},
                      {"observe", operations_json(simulation.observe)},
                      {"snapshot", operations_json(plan.snapshot.program)}};
  json["minima"] = Json::array();
  for (const theory::Minimum& minimum : plan.minima)
    json["minima"].push_back(
        {{"position", minimum.point}, {"loss", minimum.value}, {"curvatures", minimum.curvatures}});
  json["temperature"] = {{"reference_alpha", plan.scales.reference_alpha}};
  if (plan.scales.temperature > 0) {
    json["temperature"]["effective_temperature"] = plan.scales.temperature;
    json["temperature"]["effective_temperature_formula"] = plan.scales.temperature_formula;
  }
  if (!plan.gibbs_not_applicable.empty()) json["gibbs"]["not_applicable"] = plan.gibbs_not_applicable;
  json["ensemble"] = {
      {"particles", simulation.particles}, {"burn_in", simulation.burn_in},   {"burn_in_method", plan.burn_in_method},
      {"steps", simulation.steps},         {"samples", simulation.samples()}, {"blocks", simulation.blocks()},
      {"chunk", forecast.chunk},           {"chunks", forecast.chunks}};
  json["execution"] = {{"version", ISOTHERM_VERSION},
                       {"backend", forecast.backend},
                       {"wall_seconds", forecast.seconds},
                       {"particle_steps", forecast.particle_steps},
                       {"particle_steps_per_second", static_cast<double>(forecast.particle_steps) / forecast.seconds}};
  json["memory"] = {{"state", forecast.need.state}, {"counters", forecast.need.counters}};
  if (forecast.available) json["memory"]["available"] = *forecast.available;
  if (forecast.errors)
    json["standard_errors"] = {{"alpha", forecast.errors->alpha}, {"mean_loss", forecast.errors->mean_loss}};
  json["warnings"] = plan.warnings;
  if (Json found = output::not_finite(json); !found.empty()) json["not_finite"] = std::move(found);
  return json;
}

std::uint64_t memory_bytes(const Plan& plan) {
  const auto cpu = engine::make_cpu_engine(plan.simulation, static_cast<int>(plan.experiment.threads), plan.simd);
  return memory_need(plan, *cpu).total();
}

std::string dry_run_text(const Plan& plan, std::size_t width) {
  const engine::Simulation& simulation = plan.simulation;
  const Experiment& experiment = plan.experiment;
  const Forecast forecast(plan);

  std::vector<std::pair<std::string, std::string>> entries;
  entries.emplace_back("loss", plan.problem->expression());
  if (!experiment.target.empty()) {
    entries.emplace_back("target", experiment.target);
    entries.emplace_back("features", joined(experiment.features, ", "));
  }
  entries.emplace_back("coordinates", shortened(plan.problem->coordinates()));
  entries.emplace_back("dynamics", plan.dynamics->name + ": " + plan.dynamics->formula);
  entries.emplace_back("step", operations(simulation.step));
  entries.emplace_back("observe", operations(simulation.observe) + " at each sample");
  entries.emplace_back("snapshot", operations(plan.snapshot.program) + " in double");
  for (const theory::Minimum& minimum : plan.minima) {
    std::vector<std::string> point;
    for (std::size_t c = 0; c < minimum.point.size() && c < 8; ++c) point.push_back(rounded(minimum.point[c], 6));
    std::string text = "(" + joined(point, ", ") + "), loss " + rounded(minimum.value, 6);
    if (!minimum.curvatures.empty()) {
      text += ", curvature " + rounded(minimum.curvatures.front(), 6);
      if (minimum.curvatures.size() > 1) text += " to " + rounded(minimum.curvatures.back(), 6);
    }
    entries.emplace_back("minimum", text);
  }
  if (plan.scales.scheduled) entries.emplace_back("schedule", experiment.schedule);
  if (plan.scales.temperature > 0) {
    std::string numbers;
    for (const auto& [name, value] : plan.scales.entering) numbers += ", " + name + " = " + value;
    entries.emplace_back("T_eff", plan.scales.temperature_formula);
    entries.emplace_back("temperature", "T = " + rounded(plan.gibbs_temperature(), 6) +
                                            ", beta = " + rounded(1 / plan.gibbs_temperature(), 6) +
                                            ", alpha = " + rounded(plan.scales.reference_alpha, 6) +
                                            ", eta = " + rounded(plan.scales.eta, 6) + numbers +
                                            (plan.scales.sigma ? ", sigma = " + rounded(*plan.scales.sigma, 6) : ""));
  }
  entries.emplace_back(
      "gibbs", plan.gibbs_not_applicable.empty() ? "applicable" : "not applicable: " + plan.gibbs_not_applicable);
  std::vector<std::string> start;
  for (const InitialRequest& law : experiment.init) start.push_back(write_initial(law));
  entries.emplace_back("start", joined(start, "; "));
  entries.emplace_back("burn-in", grouped(simulation.burn_in) + " steps (" + plan.burn_in_method + ")");
  entries.emplace_back("steps",
                       grouped(simulation.steps) + ", " + grouped(simulation.samples()) + " samples of each particle");
  entries.emplace_back("particles", grouped(simulation.particles) + " in " + grouped(simulation.blocks()) +
                                        " blocks of " + std::to_string(engine::block_size));
  entries.emplace_back("chunk", grouped(forecast.chunk) + " particles at a time on the " + forecast.backend + ", " +
                                    grouped(forecast.chunks) + " of them");
  entries.emplace_back("memory",
                       "at most " + output::byte_size(forecast.need.state) + " of state, " +
                           output::byte_size(forecast.need.counters) + " of counters" +
                           (forecast.available ? "; " + output::byte_size(*forecast.available) + " are free" : ""));
  entries.emplace_back("time", "about " + output::duration(forecast.seconds) + ", " +
                                   rounded(static_cast<double>(forecast.particle_steps) / forecast.seconds, 3) +
                                   " particle-steps/s: one chunk was tried on this " + forecast.backend);
  if (forecast.errors)
    entries.emplace_back("errors", "standard errors of one snapshot, if it is Gibbs': alpha +- " +
                                       rounded(forecast.errors->alpha, 3) + ", mean loss +- " +
                                       rounded(forecast.errors->mean_loss, 3));
  for (const HistogramRequest& request : experiment.histogram)
    entries.emplace_back("histogram", write_histogram(request));
  entries.emplace_back("output", experiment.output);

  std::string text;
  constexpr std::size_t column = 14;
  for (const auto& [name, value] : entries) {
    const std::string body = output::wrapped(value, width, std::string(column, ' '));
    text += body.empty() ? name + '\n' : name + body.substr(std::min(name.size(), column - 1));
  }
  return text;
}

}  // namespace isotherm::cli
