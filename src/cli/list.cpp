#include "cli/list.hpp"

#include <algorithm>

#include "cli/vocabulary.hpp"
#include "dynamics/dynamics.hpp"
#include "dynamics/linear_map.hpp"
#include "engine/simulation.hpp"
#include "experiment/plan.hpp"
#include "isotherm/core/error.hpp"
#include "loss/catalogue.hpp"
#include "loss/model.hpp"
#include "noise/noise.hpp"
#include "output/number.hpp"
#include "output/text_table.hpp"
#include "ranks/ranks.hpp"
#include "schedule/schedule.hpp"

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
  const auto parameters = [](const std::map<std::string, std::string>& defaults) {
    std::string parameters;
    for (const auto& [name, value] : defaults)
      if (!value.empty()) parameters += (parameters.empty() ? "--set " : ", ") + name + '=' + value;
    return parameters;
  };
  for (const loss::CatalogueEntry& entry : loss::catalogue()) {
    std::vector<std::string> lines;
    if (!entry.expression.empty()) lines.push_back(entry.expression);
    lines.push_back(entry.description);
    if (!parameters(entry.defaults).empty()) lines.push_back(parameters(entry.defaults));
    text += item(entry.name, lines, width);
  }
  for (const loss::Model& model : loss::models())
    text += item(model.name,
                 {"of one example: " + model.formula, "coordinates: " + model.coordinates,
                  "model of data, " + model.description, parameters(model.defaults)},
                 width);
  return text;
}

std::string counted(std::size_t n, const std::string& noun) {
  return (n == 0 ? "no" : std::to_string(n)) + ' ' + noun + (n == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// "--mu 0.9, --parameterization standard|averaged": the options of a rule, the first choice being the default.
std::string rule_options(const dynamics::Descriptor& rule) {
  std::vector<std::string> all;
  if (rule.uses_dt) all.push_back(rule.stochastic ? "--dt eta/10" : "--dt eta");
  for (const dynamics::NumberOption& option : rule.numbers)
    all.push_back("--" + option.name + (option.fallback ? ' ' + output::shortest(*option.fallback) : ""));
  for (const dynamics::ChoiceOption& option : rule.choices) {
    std::string choices;
    for (const std::string& choice : option.choices) choices += (choices.empty() ? "" : "|") + choice;
    all.push_back("--" + option.name + ' ' + choices);
  }
  for (const std::string& flag : rule.flags) all.push_back("--" + flag);
  if (rule.decouples) all.push_back("--decoupled");
  if (rule.preconditioned) {
    all.push_back("--preconditioner");
    all.push_back("--gradient-weights");
  }
  return listed(all);
}

/// Draws, gradients and rows of state of one step in one dimension, with the options' defaults.
std::string cost_of(const dynamics::Descriptor& rule) {
  dynamics::Parameters parameters;
  parameters.eta = 0.1;
  parameters.sigma2 = 1;
  parameters.dt = 0.01;
  parameters.options = dynamics::default_options(rule);
  const dynamics::Cost cost = dynamics::cost(rule, parameters);
  std::vector<std::string> rows = {"x"};
  for (const dynamics::Row& row : rule.rows) rows.push_back(row.name + (row.shared ? "" : ".x"));
  return "a step takes " + counted(cost.draws, "random number") + " and " +
         counted(cost.gradient_evaluations, "gradient") + "; state: " + listed(rows);
}

std::string dynamics_list(std::size_t width) {
  std::string text;
  for (const dynamics::Descriptor& rule : dynamics::registry()) {
    const bool has_temperature = rule.stochastic && rule.stationary == dynamics::Stationary::gibbs;
    std::vector<std::string> lines = {rule.formula};
    lines.push_back((has_temperature ? "T_eff = " : "temperature: ") + rule.temperature_formula);
    if (!rule.stability_formula.empty()) lines.push_back("stable for " + rule.stability_formula);
    if (const std::string options = rule_options(rule); !options.empty()) lines.push_back("options: " + options);
    lines.push_back(cost_of(rule));
    if (has_temperature)
      lines.push_back(rule.corrected_virial ? "corrected virial: 1/2 at every step size" : "corrected virial: none");
    if (rule.gaussian_only) lines.push_back("noise: gaussian only");
    lines.push_back("source: " + rule.source);
    text += item(rule.name, lines, width);
  }
  return text;
}

std::string moments_of(const noise::Choice& choice) {
  const auto shown = [](const std::optional<double>& value) {
    return value ? output::rounded(*value, 6) : std::string("infinite or undefined");
  };
  std::string text = choice.has_variance() ? "variance 1" : "no variance";
  return text + ", skewness " + shown(choice.law->skewness(choice.parameter)) + ", excess kurtosis " +
         shown(choice.excess_kurtosis());
}

std::string raw_numbers(const noise::Law& law) {
  switch (law.raw) {
    case random::Law::normal:
      return counted(law.raw_per_number, "normal number");
    case random::Law::uniform:
      return counted(law.raw_per_number, "uniform number");
    case random::Law::sign:
      return counted(law.raw_per_number, "random bit");
    case random::Law::none:
      break;
  }
  return "nothing";
}

std::string noise_list(std::size_t width) {
  std::string text;
  for (const noise::Law& law : noise::registry()) {
    const noise::Choice example = noise::parse(law.example);
    std::vector<std::string> lines = {law.formula};
    if (!example.none()) {
      lines.push_back("made of " + raw_numbers(law));
      lines.push_back((law.parameter.empty() ? "" : law.example + " has ") + moments_of(example));
    }
    text += item(law.parameter.empty() ? law.name : law.name + ':' + law.parameter, lines, width);
  }
  return text;
}

std::string schedule_list(std::size_t width) {
  std::string text;
  for (const schedule::Kind& kind : schedule::registry()) {
    const std::string eta = kind.scales_eta ? "with --eta" : "instead of --eta";
    text += item(kind.usage,
                 {kind.formula + " (update t = 1, 2, ...)", eta + ", for example --schedule " + kind.example,
                  "source: " + kind.source},
                 width);
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
  if (topic == "noise") return noise_list(width);
  if (topic == "schedules") return schedule_list(width);
  if (topic == "predictions") return words(predictions(), width);
  return words(formats(), width);
}

struct Row {
  std::string name, summary;
};

/// The names of a topic, with what tells one from another.
std::vector<Row> rows(const std::string& topic) {
  std::vector<Row> rows;
  if (topic == "losses") {
    for (const loss::CatalogueEntry& entry : loss::catalogue())
      rows.push_back({entry.name,
                      entry.expression.empty() || entry.expression.size() > 60 ? entry.description : entry.expression});
    for (const loss::Model& model : loss::models()) rows.push_back({model.name, "model of data, " + model.description});
  } else if (topic == "dynamics") {
    for (const dynamics::Descriptor& rule : dynamics::registry()) rows.push_back({rule.name, rule.formula});
  } else if (topic == "noise") {
    for (const noise::Law& law : noise::registry())
      rows.push_back({law.parameter.empty() ? law.name : law.name + ':' + law.parameter, law.formula});
  } else if (topic == "schedules") {
    for (const schedule::Kind& kind : schedule::registry()) rows.push_back({kind.usage, kind.formula});
  } else {
    for (const Word& word : topic == "predictions" ? predictions() : formats())
      rows.push_back({word.name, word.description});
  }
  return rows;
}

/// Names in one column and their summaries, wrapped, in another.
std::string overview(const std::string& topic, std::size_t width) {
  constexpr std::size_t column = 26;
  std::string text = topic + " (isotherm list " + topic + " tells all)\n";
  for (const Row& row : rows(topic)) {
    const std::string head = "  " + row.name;
    const std::string below = output::wrapped(row.summary, std::max(width, column + 20), std::string(column, ' '));
    text += head.size() + 2 <= column ? head + below.substr(head.size()) : head + '\n' + below;
  }
  return text;
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
  for (const std::string& name : list_topics()) text += (text.empty() ? "" : "\n") + overview(name, width);
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
  table.row({"mpi", describe_mpi()});
  return "isotherm\n" + table.text(1000);
}

}  // namespace isotherm::cli
