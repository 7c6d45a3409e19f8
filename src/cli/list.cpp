#include "cli/list.hpp"

#include "cli/vocabulary.hpp"
#include "dynamics/dynamics.hpp"
#include "engine/simulation.hpp"
#include "experiment/plan.hpp"
#include "isotherm/core/error.hpp"
#include "loss/catalogue.hpp"
#include "output/number.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

/// A name, and below it lines of "label: text".
std::string item(const std::string& name, const std::vector<std::string>& lines, std::size_t width) {
  std::string text = "  " + name + '\n';
  for (const std::string& line : lines) text += output::wrapped(line, width, "      ");
  return text;
}

std::string losses(std::size_t width) {
  std::string text;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) {
    std::vector<std::string> lines;
    if (!entry.expression.empty()) lines.push_back(entry.expression);
    lines.push_back(entry.description);
    std::string parameters;
    for (const auto& [name, value] : entry.defaults) {
      if (value.empty()) continue;
      parameters += (parameters.empty() ? "--set " : ", ") + name + '=' + value;
    }
    if (!parameters.empty()) lines.push_back(parameters);
    text += item(entry.name, lines, width);
  }
  return text;
}

std::string dynamics_list(std::size_t width) {
  std::string text;
  for (const dynamics::Descriptor& descriptor : dynamics::registry()) {
    std::vector<std::string> lines = {descriptor.formula};
    if (descriptor.stochastic) lines.push_back("T_eff = " + descriptor.temperature_formula);
    if (!descriptor.stability_formula.empty()) lines.push_back("stable for " + descriptor.stability_formula);
    lines.push_back(descriptor.source);
    text += item(descriptor.name, lines, width);
  }
  return text;
}

std::string words(const std::vector<Word>& vocabulary, std::size_t width) {
  std::string text;
  for (const Word& word : vocabulary) text += item(word.name, {word.description}, width);
  return text;
}

std::string section(const std::string& topic, std::size_t width) {
  if (topic == "losses") return losses(width);
  if (topic == "dynamics") return dynamics_list(width);
  if (topic == "noise") return words(noise_laws(), width);
  if (topic == "schedules") return words(schedules(), width);
  if (topic == "predictions") return words(predictions(), width);
  return words(formats(), width);
}

/// The usable GPUs, or why there is none. Usable means that a kernel compiles and loads, so a small one does.
std::string cuda_text() {
  Experiment probe;
  probe.loss = "x^2/2";
  probe.particles = engine::block_size;
  probe.steps = 1;
  probe.burn_in = 0;
  const Plan plan = make_plan(probe);
  std::string devices, why_not;
  try {
    for (int device = 0;; ++device) {
      const auto engine = engine::make_cuda_engine(plan.simulation, device, why_not);
      if (engine == nullptr) break;
      devices += (devices.empty() ? "" : "; ") + std::to_string(device) + ": " + engine->device();
    }
  } catch (const RunError& error) {
    why_not = error.what();
  }
  return devices.empty() ? "none: " + why_not : devices;
}

}  // namespace

const std::vector<std::string>& list_topics() {
  static const std::vector<std::string> topics = {"losses", "dynamics", "noise", "schedules", "predictions", "formats"};
  return topics;
}

std::string list_text(const std::string& topic, std::size_t width) {
  if (!topic.empty()) return section(topic, width);
  std::string text;
  for (const std::string& name : list_topics())
    text += (text.empty() ? "" : "\n") + name + ":\n" + section(name, width);
  return text;
}

std::string info_text() {
  std::string targets;
  for (const std::string& target : engine::simd_targets()) targets += (targets.empty() ? "" : ", ") + target;
  output::TextTable table;
  table.column("");
  table.column("");
  table.row({"version", ISOTHERM_VERSION});
  table.row({"build", ISOTHERM_BUILD_TYPE ", " ISOTHERM_COMPILER});
  table.row({"cpu", "SIMD targets, best first: " + targets});
  table.row({"cuda", cuda_text()});
  return "isotherm\n" + table.text(1000);
}

}  // namespace isotherm::cli
