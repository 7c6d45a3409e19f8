#include "cli/bench_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/values.hpp"
#include "output/number.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

using output::rounded;
using output::TextTable;
using Align = output::TextTable::Align;
using Json = nlohmann::ordered_json;

constexpr const char* bold = "1";

std::string nanoseconds(double seconds) { return rounded(seconds * 1e9, 3); }

/// "5 fma, 2 mul".
std::string counts_text(const std::map<std::string, std::size_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + name;
  return text;
}

std::size_t total(const std::map<std::string, std::size_t>& counts) {
  std::size_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

std::string costs_table(const bench::SpeedReport& report, const output::Terminal& terminal) {
  TextTable table;
  table.column("part");
  table.column("ns", Align::right);
  table.row({"loop", nanoseconds(report.loop)});
  for (const auto& [law, seconds] : report.numbers)
    table.row({law == "sign" ? "random sign" : law + " number", nanoseconds(seconds)});
  table.row({"copy", nanoseconds(report.copy)});
  for (const auto& [operation, seconds] : report.operations) table.row({operation, nanoseconds(seconds)});
  return table.text(terminal.width, terminal.colour ? bold : "");
}

/// "3.61 GHz".
std::string gigahertz(double frequency) { return rounded(frequency / 1e9, 3) + " GHz"; }

std::string machine_text(const bench::CaseReport& report, const output::Terminal& terminal) {
  const bench::Machine& machine = report.machine;
  std::string text = machine.cpu + ", " + std::to_string(machine.cores) + (machine.cores == 1 ? " core" : " cores") +
                     " of " + gigahertz(report.frequency) + ", " + report.simd;
  if (machine.level_1_bytes != 0)
    text += ", caches of " + output::byte_size(machine.level_1_bytes) + ", " +
            output::byte_size(machine.level_2_bytes) + ", " + output::byte_size(machine.level_3_bytes);
  text += "; " + machine.compiler + "; isotherm " + machine.version +
          (machine.commit.empty() ? "" : ", commit " + machine.commit) + "; " + machine.date;
  text = output::wrapped(text, terminal.width, "  ");
  if (!report.device.empty()) {
    std::string device = "GPU: " + report.device;
    if (report.device_operations) device += ", " + rounded(*report.device_operations, 3) + " operations a second";
    text += output::wrapped(device, terminal.width, "  ");
  }
  for (const auto& [precision, rates] : report.issue) {
    std::string issue = "vectors of " + std::to_string(rates.lanes) + " numbers of type " + precision + " each cycle:";
    for (std::size_t k = 0; k < bench::kind_count; ++k)
      issue +=
          std::string(k == 0 ? " " : ", ") + bench::kind_name[k] + ' ' + rounded(rates.per_cycle(rates.alone[k]), 2);
    issue += "; all " + rounded(rates.per_cycle(rates.all), 2) + "; increments " +
             rounded(rates.per_cycle(rates.increments), 2);
    text += output::wrapped(issue, terminal.width, "  ");
  }
  return text;
}

/// "constant within 4 % from 1e4 to 1e8 particles".
std::string linearity(const bench::CaseReport& report, const std::string& group, double first, double last) {
  const std::optional<double> spread = report.spread(group, first, last);
  if (!spread) return "";
  return "Over the cases " + group + "/ from " + rounded(first, 1) +
         " on, the times of a particle-step differ by a factor of " + rounded(*spread, 3) + " at most. ";
}

/// Fewer particles than this do not keep all threads busy, and pay for starting them.
constexpr double first_particles = 1e4, last_particles = 1e9, first_steps = 1e2, last_steps = 1e5;

std::string cases_table(const bench::CaseReport& report, const output::Terminal& terminal) {
  TextTable table;
  const bool has_examples = std::any_of(report.cases.begin(), report.cases.end(),
                                        [](const bench::CaseSpeed& speed) { return speed.examples_per_step > 0; });
  table.column("case");
  table.column("", Align::left, 1);
  table.column("threads", Align::right);
  table.column("per second", Align::right);
  if (has_examples) table.column("examples/s", Align::right);
  table.column("ns", Align::right, 1);
  table.column("cycles", Align::right);
  table.column("limit", Align::right);
  table.column("share", Align::right);
  table.column("memory", Align::right, 2);
  table.column("bound by", Align::left, 3);
  for (const bench::CaseSpeed& speed : report.cases) {
    const bool gpu = speed.backend == "cuda";
    std::vector<std::string> cells = {speed.name, gpu ? "gpu" : "", std::to_string(speed.threads),
                                      rounded(speed.particle_steps_per_second(), 3)};
    if (has_examples) cells.push_back(speed.examples_per_step > 0 ? rounded(speed.examples_per_second(), 3) : "");
    for (const std::string& cell :
         {nanoseconds(speed.seconds_per_particle_step()),
          gpu ? "" : rounded(speed.seconds_per_particle_step() * report.frequency, 3),
          speed.limit ? rounded(*speed.limit, 3) : "",
          speed.limit ? rounded(100 * speed.particle_steps_per_second() / *speed.limit, 2) + " %" : "",
          output::byte_size(speed.memory.total()), speed.bound})
      cells.push_back(cell);
    table.row(std::move(cells));
  }
  return table.text(terminal.width, terminal.colour ? bold : "");
}

std::string cases_text(const bench::CaseReport& report, const output::Terminal& terminal) {
  return terminal.styled("The machine", bold) + '\n' + machine_text(report, terminal) + '\n' +
         terminal.styled("Particle-steps per second", bold) + '\n' + cases_table(report, terminal) + '\n' +
         output::wrapped(
             linearity(report, "particles", first_particles, last_particles) +
                 linearity(report, "steps", first_steps, last_steps) +
                 "ns and cycles: of one core, for one step of one particle. Limit: the vector operations of a "
                 "step by the rates above, see docs/performance.md; share: of the limit; bound by: what makes "
                 "it. A case takes the way of isotherm run, without the theory; the fastest of several runs "
                 "counts.",
             terminal.width);
}

std::string speed_text(const bench::SpeedReport& report, const output::Terminal& terminal) {
  const std::string threads = std::to_string(report.threads) + (report.threads == 1 ? " thread" : " threads");
  TextTable table;
  table.column("dynamics");
  table.column("1 thread", Align::right);
  if (report.threads > 1) table.column(threads, Align::right);
  table.column("ns", Align::right);
  table.column("parts", Align::right);
  table.column("ratio", Align::right);
  table.column("draws", Align::right, 1);
  table.column("gradients", Align::right, 2);
  table.column("state", Align::right, 1);
  table.column("operations", Align::right, 1);
  table.column("", Align::left, 3);
  for (const bench::DynamicsSpeed& speed : report.dynamics) {
    std::vector<std::string> cells = {speed.name, rounded(1 / speed.seconds, 3)};
    if (report.threads > 1) cells.push_back(rounded(1 / speed.seconds_all_threads, 3));
    for (const std::string& cell :
         {nanoseconds(speed.seconds), nanoseconds(speed.explained), rounded(speed.ratio(), 3),
          std::to_string(speed.numbers), std::to_string(speed.gradients), std::to_string(speed.state_rows),
          std::to_string(total(speed.operations)), counts_text(speed.operations)})
      cells.push_back(cell);
    table.row(std::move(cells));
  }
  return terminal.styled("Particle-steps per second on the double well", bold) + '\n' +
         output::wrapped("cpu, " + report.device + ", " + report.simd + ", " + threads + ", " + report.precision,
                         terminal.width, "  ") +
         '\n' + table.text(terminal.width, terminal.colour ? bold : "") + '\n' +
         terminal.styled("What a part costs for each particle, measured alone on one thread", bold) + '\n' +
         costs_table(report, terminal) + '\n' +
         output::wrapped(
             "ns: of one step of one particle on one thread, by the time of the processor; parts: what the parts "
             "of the step cost alone, in sum; ratio: one by the other. Draws, gradients, numbers of state and "
             "operations are those of a step. The fastest of several runs counts.",
             terminal.width);
}

Json machine_json(const bench::CaseReport& report) {
  const bench::Machine& machine = report.machine;
  Json json = {{"cpu", machine.cpu},  {"cores", machine.cores},       {"frequency", report.frequency},
               {"simd", report.simd}, {"compiler", machine.compiler}, {"version", machine.version},
               {"date", machine.date}};
  if (!machine.commit.empty()) json["commit"] = machine.commit;
  if (machine.level_1_bytes != 0)
    json["caches"] = {
        {"level_1", machine.level_1_bytes}, {"level_2", machine.level_2_bytes}, {"level_3", machine.level_3_bytes}};
  if (!report.device.empty()) {
    json["gpu"] = {{"name", report.device}};
    if (report.device_operations) json["gpu"]["operations_per_second"] = *report.device_operations;
  }
  for (const auto& [precision, rates] : report.issue) {
    Json& issue = json["issue"][precision];
    issue = {{"lanes", rates.lanes}};
    for (std::size_t k = 0; k < bench::kind_count; ++k)
      issue[std::string(bench::kind_name[k]) + "_per_cycle"] = rates.per_cycle(rates.alone[k]);
    issue["all_per_cycle"] = rates.per_cycle(rates.all);
    issue["increments_per_cycle"] = rates.per_cycle(rates.increments);
  }
  return json;
}

Json case_json(const bench::CaseSpeed& speed, double frequency) {
  const Experiment& experiment = speed.experiment;
  Json json = {{"name", speed.name},
               {"backend", speed.backend},
               {"threads", speed.threads},
               {"particle_steps_per_second", speed.particle_steps_per_second()}};
  if (speed.examples_per_step > 0) {
    json["examples_per_step"] = speed.examples_per_step;
    json["examples_per_second"] = speed.examples_per_second();
  }
  if (speed.limit) {
    json["limit"] = *speed.limit;
    json["fraction_of_limit"] = speed.particle_steps_per_second() / *speed.limit;
    json["bound"] = speed.bound;
  }
  json["bytes"] = speed.memory.total();
  json["memory"] = {{"state", speed.memory.state}, {"tables", speed.memory.tables}, {"counts", speed.memory.counts}};
  json["seconds"] = speed.seconds;
  json["nanoseconds_per_particle_step"] = speed.seconds_per_particle_step() * 1e9;
  if (speed.backend == "cpu") json["cycles_per_particle_step"] = speed.seconds_per_particle_step() * frequency;
  json["loss"] = experiment.loss;
  json["dynamics"] = experiment.dynamics;
  json["dimension"] = speed.dimension;
  json["precision"] = experiment.precision == Precision::single ? "float" : "double";
  json["noise"] = experiment.noise;
  json["histogram"] = Json::array();
  for (const HistogramRequest& histogram : experiment.histogram)
    json["histogram"].push_back(write_histogram(histogram));
  json["thinning"] = experiment.thinning;
  json["particles"] = experiment.particles;
  json["steps"] = experiment.steps;
  Json& operations = json["operations"] = Json::object();
  for (std::size_t k = 0; k < bench::kind_count; ++k)
    if (speed.operations.vector[k] > 0) operations[bench::kind_name[k]] = speed.operations.vector[k];
  if (speed.operations.increments > 0) operations["increments"] = speed.operations.increments;
  return json;
}

void add_speed(Json& json, const bench::SpeedReport& report) {
  json.update({{"loss", "double-well"},
               {"execution",
                {{"version", ISOTHERM_VERSION},
                 {"backend", "cpu"},
                 {"device", report.device},
                 {"simd", report.simd},
                 {"threads", report.threads},
                 {"precision", report.precision}}}});
  json["dynamics"] = Json::array();
  for (const bench::DynamicsSpeed& speed : report.dynamics) {
    json["dynamics"].push_back({{"name", speed.name},
                                {"particle_steps_per_second", 1 / speed.seconds},
                                {"particle_steps_per_second_all_threads", 1 / speed.seconds_all_threads},
                                {"seconds_per_particle_step", speed.seconds},
                                {"explained_seconds", speed.explained},
                                {"ratio", speed.ratio()},
                                {"random_numbers", speed.numbers},
                                {"gradient_evaluations", speed.gradients},
                                {"state_rows", speed.state_rows},
                                {"operations", speed.operations}});
  }
  json["costs"] = {{"loop", report.loop},
                   {"random_numbers", report.numbers},
                   {"copy", report.copy},
                   {"operations", report.operations}};
}

}  // namespace

std::string bench_text(const bench::CaseReport& cases, const std::optional<bench::SpeedReport>& speed,
                       const output::Terminal& terminal) {
  return cases_text(cases, terminal) + (speed ? '\n' + speed_text(*speed, terminal) : "");
}

Json bench_json(const bench::CaseReport& report, const std::optional<bench::SpeedReport>& speed) {
  Json json = {{"schema", "isotherm-bench/1"}, {"cases", Json::array()}, {"machine", machine_json(report)}};
  for (const bench::CaseSpeed& one : report.cases) json["cases"].push_back(case_json(one, report.frequency));
  for (const auto& [group, first, last] :
       {std::tuple{"particles", first_particles, last_particles}, {"steps", first_steps, last_steps}})
    if (const std::optional<double> spread = report.spread(group, first, last)) json["spread"][group] = *spread;
  if (speed) add_speed(json, *speed);
  return json;
}

}  // namespace isotherm::cli
