#include "experiment/examples.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "data/table.hpp"
#include "isotherm/core/error.hpp"
#include "loss/catalogue.hpp"
#include "loss/parser.hpp"

namespace isotherm {
namespace {

engine::Sampling sampling_of(const std::string& name) {
  if (name == "without-replacement") return engine::Sampling::without_replacement;
  return name == "reshuffle" ? engine::Sampling::reshuffle : engine::Sampling::with_replacement;
}

/// Which of the columns the loss uses, in the order of the file.
std::vector<std::size_t> used_columns(const Experiment& experiment, const std::vector<std::string>& columns) {
  loss::Graph graph;
  loss::Names names{.coordinates = experiment.coordinates,
                    .discover = experiment.coordinates.empty(),
                    .known = {},
                    .used = {},
                    .functions = {}};
  for (const auto& [name, value] : experiment.set) names.known[name] = graph.setting(name);
  for (std::size_t c = 0; c < columns.size(); ++c) names.known[columns[c]] = graph.column(c);
  loss::parse(graph, experiment.loss, names, "--loss");
  std::vector<std::size_t> used;
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (names.used.contains(columns[c])) used.push_back(c);
  return used;
}

}  // namespace

std::string column_name(const std::string& header) {
  std::string name = header;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

double ExamplePlan::variance_factor() const {
  const double b = static_cast<double>(batch_size), n = static_cast<double>(examples->rows);
  if (sampling == engine::Sampling::with_replacement) return 1 / b;
  return n == b ? 0 : (n - b) / (b * (n - 1));
}

ExamplePlan plan_examples(const Experiment& experiment) {
  ExamplePlan plan;
  if (experiment.data.empty()) {
    if (experiment.standardize) throw InputError("--standardize: there are no data; give --data FILE.csv");
    if (!experiment.sampling.empty()) throw InputError("--sampling: there are no data; give --data FILE.csv");
    return plan;
  }
  plan.sampling = sampling_of(experiment.sampling);
  plan.batch_size = experiment.batch_size.value_or(1);

  const data::Header header = data::read_header(experiment.data);
  std::vector<std::string> names;
  std::map<std::string, std::string> seen;
  for (const std::string& title : header.names) {
    const std::string name = column_name(title);
    const auto [other, is_new] = seen.emplace(name, title);
    if (!is_new)
      throw InputError(experiment.data + ": columns '" + other->second + "' and '" + title + "' are both " + name +
                       " in a loss; rename one");
    names.push_back(name);
  }
  std::vector<std::string> wanted;
  auto examples = std::make_shared<loss::Examples>();
  for (const std::size_t c : used_columns(experiment, names)) {
    wanted.push_back(header.names[c]);
    examples->names.push_back(names[c]);
  }
  if (wanted.empty()) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    throw InputError("--loss: '" + experiment.loss + "' uses no column of " + experiment.data + ", which has " + list);
  }
  data::Table table = data::read_table(experiment.data, wanted);
  if (experiment.standardize) data::standardize(table);
  examples->rows = table.rows;
  examples->values = std::move(table.values);
  plan.examples = examples;
  if (plan.sampling != engine::Sampling::with_replacement && plan.batch_size > examples->rows)
    throw InputError("--batch-size " + std::to_string(plan.batch_size) + ": " + experiment.data + " has " +
                     std::to_string(examples->rows) + " rows, and a batch has each of them at most once; give at most " +
                     std::to_string(examples->rows) + ", or --sampling with-replacement");
  return plan;
}

}  // namespace isotherm
