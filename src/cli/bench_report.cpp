#include "cli/bench_report.hpp"

#include <nlohmann/json.hpp>

#include "output/number.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

using output::rounded;
using output::TextTable;
using Align = output::TextTable::Align;

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

}  // namespace

std::string bench_table(const bench::SpeedReport& report, const output::Terminal& terminal) {
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

nlohmann::ordered_json bench_json(const bench::SpeedReport& report) {
  using Json = nlohmann::ordered_json;
  Json json = {{"schema", "isotherm-bench/1"},
               {"loss", "double-well"},
               {"execution",
                {{"version", ISOTHERM_VERSION},
                 {"backend", "cpu"},
                 {"device", report.device},
                 {"simd", report.simd},
                 {"threads", report.threads},
                 {"precision", report.precision}}}};
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
  return json;
}

}  // namespace isotherm::cli
