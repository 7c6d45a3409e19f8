#include "experiment/examples.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "data/table.hpp"
#include "isotherm/core/error.hpp"
#include "loss/catalogue.hpp"
#include "loss/parser.hpp"
#include "theory/noise_rule.hpp"

namespace isotherm {
namespace {

engine::Sampling sampling_of(const std::string& name) {
  if (name == "without-replacement") return engine::Sampling::without_replacement;
  return name == "reshuffle" ? engine::Sampling::reshuffle : engine::Sampling::with_replacement;
}

/// Which of the columns the loss uses, in the order of the file.
std::vector<std::size_t> used_columns(const Experiment& experiment, const std::vector<std::string>& columns) {
  if (loss::find(experiment.loss) != nullptr)
    throw InputError("--loss " + experiment.loss +
                     ": a named loss knows no columns of data; write the loss of one example, as (w*a - b)^2/2");
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

/// Points of the product quadrature of all laws: as many as are affordable.
constexpr double most_points = 20000;
constexpr std::size_t most_points_of_a_number = 24, least_points_of_a_number = 3;

std::shared_ptr<const loss::Examples> quadrature(const std::vector<noise::ExampleLaw>& laws, int threads) {
  std::size_t numbers = 0;
  for (const noise::ExampleLaw& law : laws) numbers += law.names.size();
  const auto points = std::min(most_points_of_a_number,
                               static_cast<std::size_t>(std::pow(most_points, 1 / static_cast<double>(numbers))));
  if (points < least_points_of_a_number)
    throw InputError("--random: " + std::to_string(numbers) +
                     " names; means over their laws are taken for at most 9, so give fewer, or data");
  auto examples = std::make_shared<loss::Examples>();
  examples->threads = threads;
  examples->rows = 1;
  examples->weights = {1.0};
  std::vector<std::vector<double>> columns;
  for (const noise::ExampleLaw& law : laws) {
    const theory::NoiseRule rule = theory::gauss_rule(theory::noise_rule(law.standard, 1), points);
    if (!rule.not_available.empty()) throw InputError(law.setting + ": " + rule.not_available);
    const std::size_t first = columns.size(), k = law.names.size();
    // The standard numbers first: each multiplies what is there.
    for (std::size_t j = 0; j < k; ++j) {
      std::vector<std::vector<double>> grown(columns.size() + 1);
      std::vector<double> weights;
      for (std::size_t r = 0; r < examples->rows; ++r)
        for (std::size_t p = 0; p < rule.nodes.size(); ++p) {
          for (std::size_t c = 0; c < columns.size(); ++c) grown[c].push_back(columns[c][r]);
          grown.back().push_back(rule.nodes[p]);
          weights.push_back(examples->weights[r] * rule.weights[p]);
        }
      columns = std::move(grown);
      examples->weights = std::move(weights);
      examples->rows = examples->weights.size();
    }
    for (std::size_t r = 0; r < examples->rows; ++r) {
      std::vector<double> z(k);
      for (std::size_t j = 0; j < k; ++j) z[j] = columns[first + j][r];
      for (std::size_t i = 0; i < k; ++i) {
        double value = law.mean[i];
        for (std::size_t j = 0; j <= i; ++j) value += law.factor[i * k + j] * z[j];
        columns[first + i][r] = value;
      }
    }
    examples->names.insert(examples->names.end(), law.names.begin(), law.names.end());
  }
  for (const std::vector<double>& column : columns)
    examples->values.insert(examples->values.end(), column.begin(), column.end());
  return examples;
}

}  // namespace

FreshColumns build_fresh_columns(loss::Problem& problem, const ExamplePlan& plan) {
  FreshColumns fresh;
  const std::pair<random::Law, random::Purpose> purposes[] = {{random::Law::normal, random::Purpose::example_normal},
                                                              {random::Law::uniform, random::Purpose::example_uniform},
                                                              {random::Law::sign, random::Purpose::example_sign}};
  std::vector<std::vector<loss::NodeId>> raw(plan.laws.size());
  std::size_t first = 0;
  for (const auto& [law, purpose] : purposes) {
    std::size_t numbers = 0;
    for (std::size_t l = 0; l < plan.laws.size(); ++l)
      for (std::size_t k = 0; plan.laws[l].raw() == law && k < plan.laws[l].raw_numbers(); ++k)
        raw[l].push_back(problem.graph().example_draw(first + numbers++));
    if (numbers == 0) continue;
    fresh.draws.push_back({law, purpose, first, numbers});
    first += fresh.draws.back().stride();
  }
  for (std::size_t l = 0; l < plan.laws.size(); ++l) {
    for (const auto& [name, value] : plan.laws[l].settings()) problem.set_value(name, value);
    for (const loss::NodeId node : plan.laws[l].build(problem.graph(), raw[l])) fresh.columns.push_back(node);
  }
  return fresh;
}

std::string column_name(const std::string& header) {
  std::string name = header;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

double ExamplePlan::variance_factor() const {
  const double b = static_cast<double>(batch_size), n = static_cast<double>(examples->rows);
  if (is_fresh()) return 1 / b;
  if (n == 1) return 0;
  if (sampling == engine::Sampling::with_replacement) return 1 / b;
  return n == b ? 0 : (n - b) / (b * (n - 1));
}

ExamplePlan plan_examples(const Experiment& experiment) {
  ExamplePlan plan;
  plan.batch_size = experiment.batch_size.value_or(1);
  if (!experiment.random.empty()) {
    if (!experiment.data.empty()) throw InputError("--data and --random both give the examples; give one of them");
    if (experiment.standardize) throw InputError("--standardize: fresh examples are not scaled; choose their laws so");
    if (!experiment.sampling.empty())
      throw InputError("--sampling: fresh examples are no rows to choose among; drop it");
    plan.laws = noise::parse_example_laws(experiment.random);
    plan.examples = quadrature(plan.laws, static_cast<int>(experiment.threads));
    return plan;
  }
  if (experiment.data.empty()) {
    if (experiment.standardize) throw InputError("--standardize: there are no data; give --data FILE.csv");
    if (!experiment.sampling.empty()) throw InputError("--sampling: there are no data; give --data FILE.csv");
    return plan;
  }
  plan.sampling = sampling_of(experiment.sampling);

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
  examples->threads = static_cast<int>(experiment.threads);
  examples->values = std::move(table.values);
  plan.examples = examples;
  if (plan.sampling != engine::Sampling::with_replacement && plan.batch_size > examples->rows)
    throw InputError("--batch-size " + std::to_string(plan.batch_size) + ": " + experiment.data + " has " +
                     std::to_string(examples->rows) +
                     " rows, and a batch has each of them at most once; give at most " +
                     std::to_string(examples->rows) + ", or --sampling with-replacement");
  return plan;
}

}  // namespace isotherm
