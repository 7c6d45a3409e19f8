#include "experiment/examples.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "data/memory.hpp"
#include "data/table.hpp"
#include "experiment/shared_tables.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/core/listed.hpp"
#include "isotherm/lane/scalar.hpp"
#include "loss/catalogue.hpp"
#include "loss/interpreter.hpp"
#include "loss/model.hpp"
#include "loss/parser.hpp"
#include "theory/noise_rule.hpp"

namespace isotherm {
namespace {

engine::Sampling sampling_of(const std::string& name) {
  if (name == "without-replacement") return engine::Sampling::without_replacement;
  return name == "reshuffle" ? engine::Sampling::reshuffle : engine::Sampling::with_replacement;
}

/// Names that an expression may use: constants, columns of the file, and then what is drawn fresh.
loss::Names names_of(const Experiment& experiment, loss::Graph& graph, const std::vector<std::string>& columns,
                     const std::vector<noise::ExampleLaw>& laws) {
  loss::Names names{.coordinates = experiment.coordinates,
                    .discover = experiment.coordinates.empty(),
                    .known = {},
                    .used = {},
                    .functions = {}};
  for (const auto& [name, value] : experiment.set) names.known[name] = graph.setting(name);
  for (std::size_t c = 0; c < columns.size(); ++c) names.known[columns[c]] = graph.column(c);
  for (const noise::ExampleLaw& law : laws)
    for (const std::string& name : law.names)
      if (!names.known.emplace(name, graph.column(names.known.size())).second)
        throw InputError("--random " + name + ": '" + name + "' is also " +
                         (experiment.set.contains(name) ? "in --set" : "a column of " + experiment.data) +
                         "; choose another name");
  return names;
}

/// Names that the loss uses. Of a model: target and features are filled in.
std::set<std::string> used_names(const Experiment& experiment, const std::vector<std::string>& columns,
                                 ExamplePlan& plan) {
  if (loss::find(experiment.loss) != nullptr)
    throw InputError("--loss " + experiment.loss +
                     ": a named loss knows no columns of data; write the loss of one example, as (w*a - b)^2/2, or "
                     "take a model, as linear-regression");
  loss::require_model(experiment.loss, experiment.target, experiment.features);
  loss::Graph graph;
  loss::Names names = names_of(experiment, graph, columns, plan.laws);
  if (loss::find_model(experiment.loss) == nullptr) {
    try {
      loss::parse(graph, experiment.loss, names, "--loss");
    } catch (const loss::ParseError&) {
      const std::string near = loss::nearest_loss(experiment.loss);
      if (near.empty()) throw;
      throw InputError("--loss: unknown loss '" + experiment.loss + "'; did you mean '" + near + "'?");
    }
    return names.used;
  }
  names.discover = false;
  names.coordinates.clear();
  std::vector<std::string> all = columns;
  for (const noise::ExampleLaw& law : plan.laws) all.insert(all.end(), law.names.begin(), law.names.end());
  const auto read = [&](const std::string& text, const std::string& what) {
    if (std::ranges::find(all, text) != all.end())
      names.used.insert(text);
    else
      loss::parse(graph, text, names, what);
  };
  plan.target = !experiment.target.empty() ? experiment.target : columns.empty() ? all.back() : columns.back();
  read(plan.target, "--target");
  plan.features = experiment.features;
  if (plan.features.empty())
    std::ranges::copy_if(columns.empty() ? all : columns, std::back_inserter(plan.features),
                         [&](const std::string& name) { return !names.used.contains(name); });
  for (const std::string& feature : plan.features) read(feature, "--features");
  return names.used;
}

std::shared_ptr<const loss::Examples> read_examples(const Experiment& experiment,
                                                    const std::vector<std::string>& wanted,
                                                    const std::vector<std::string>& names) {
  data::Table table = data::read_table(experiment.data, wanted);
  if (experiment.standardize) data::standardize(table);
  auto examples = std::make_shared<loss::Examples>();
  examples->names = names;
  examples->rows = table.rows;
  examples->threads = static_cast<int>(experiment.threads);
  // The engine has copies of its own, of the rows that are drawn and of those that observing goes through.
  const std::size_t number = experiment.precision == Precision::single ? sizeof(float) : sizeof(double);
  data::require_memory(experiment.data + ": copies of " + std::to_string(table.rows) + " rows",
                       2 * table.values.size() * number, 0);
  examples->values = std::move(table.values);
  examples->place = [path = experiment.data](std::size_t row) { return data::place_of_row(path, row); };
  return examples;
}

/// What SharedTables keeps.
class Tables {
 public:
  void share() {
    const std::lock_guard lock(mutex_);
    ++users_;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) kept_.clear();
  }

  std::shared_ptr<const loss::Examples> find(const Experiment& experiment, const std::vector<std::string>& wanted,
                                             const std::vector<std::string>& names) {
    std::unique_lock lock(mutex_);  // two that want the same: one reads, the other waits for it
    if (users_ == 0) {
      lock.unlock();
      return read_examples(experiment, wanted, names);
    }
    const Key key{std::filesystem::absolute(experiment.data),
                  std::filesystem::last_write_time(experiment.data),
                  std::filesystem::file_size(experiment.data),
                  wanted,
                  experiment.standardize,
                  experiment.threads};
    const auto known = std::ranges::find(kept_, key, &Entry::first);
    if (known != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, known);
    } else {
      kept_.emplace_front(key, read_examples(experiment, wanted, names));
      constexpr std::size_t most = 4;
      if (kept_.size() > most) kept_.pop_back();
    }
    return kept_.front().second;
  }

 private:
  using Key = std::tuple<std::filesystem::path, std::filesystem::file_time_type, std::uintmax_t,
                         std::vector<std::string>, bool, std::uint64_t>;
  using Entry = std::pair<Key, std::shared_ptr<const loss::Examples>>;
  std::mutex mutex_;
  std::size_t users_ = 0;
  std::list<Entry> kept_;  ///< the one used last first
};

Tables& tables() {
  static Tables all;
  return all;
}

/// Points of the product quadrature of all laws: as many as are affordable for each row of a table, but at least 3 of
/// each number, with which the covariance of gradients that are quadratic in them is exact.
constexpr double most_points = 20000;
constexpr std::size_t most_points_of_a_number = 24, least_points_of_a_number = 3;

loss::Examples quadrature(const std::vector<noise::ExampleLaw>& laws, std::size_t rows, int threads) {
  std::size_t numbers = 0;
  for (const noise::ExampleLaw& law : laws) numbers += law.names.size();
  const auto affordable = [&](double all) {
    return static_cast<std::size_t>(std::pow(all, 1 / static_cast<double>(numbers)));
  };
  if (affordable(most_points) < least_points_of_a_number)
    throw InputError("--random: " + std::to_string(numbers) +
                     " names; means over their laws are taken for at most 9, so give fewer, or data");
  const std::size_t points = std::clamp(affordable(most_points / static_cast<double>(rows)), least_points_of_a_number,
                                        most_points_of_a_number);
  loss::Examples result, *examples = &result;
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
  return result;
}

/// Each row of a table with each point of the laws.
std::shared_ptr<const loss::Examples> product(const ExamplePlan& plan) {
  const loss::Examples& table = *plan.table;
  std::vector<noise::ExampleLaw> laws = plan.laws;
  if (plan.has_variance_within_rows()) {
    laws.insert(laws.end(), plan.laws.begin(), plan.laws.end());
    for (std::size_t l = plan.laws.size(); l < laws.size(); ++l)
      for (std::string& name : laws[l].names) name += '\'';  // no expression can name it
  }
  const loss::Examples points = quadrature(laws, table.rows, table.threads);
  auto all = std::make_shared<loss::Examples>();
  all->names = table.names;
  all->names.insert(all->names.end(), points.names.begin(), points.names.end());
  all->rows = table.rows * points.rows;
  all->threads = table.threads;
  data::require_memory("--random: means over " + std::to_string(table.rows) + " rows and " +
                           std::to_string(points.rows) + " points of the laws",
                       all->rows * (all->columns() + 1) * sizeof(double), 0);
  all->values.reserve(all->rows * all->columns());
  for (std::size_t c = 0; c < table.columns(); ++c)
    for (std::size_t r = 0; r < table.rows; ++r) all->values.insert(all->values.end(), points.rows, table.value(r, c));
  for (std::size_t c = 0; c < points.columns(); ++c)
    for (std::size_t r = 0; r < table.rows; ++r)
      for (std::size_t p = 0; p < points.rows; ++p) all->values.push_back(points.value(p, c));
  all->place = [place = table.place, count = points.rows](std::size_t row) { return place(row / count); };
  for (std::size_t r = 0; r < table.rows; ++r)
    for (std::size_t p = 0; p < points.rows; ++p)
      all->weights.push_back(points.weights[p] / static_cast<double>(table.rows));
  return all;
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

std::shared_ptr<const loss::Examples> draw_examples(loss::Problem& problem, const ExamplePlan& plan, std::uint64_t seed,
                                                    std::uint64_t count) {
  using namespace scalar::f64;
  const FreshColumns fresh = build_fresh_columns(problem, plan);
  loss::Interpreter<double> columns(loss::lower(problem.graph(), fresh.columns));
  const std::vector<double> constants =
      loss::evaluate_constants(problem.graph(), columns.program(), problem.setting_values(), {});
  auto examples = std::make_shared<loss::Examples>();
  examples->names = plan.examples->names;
  examples->threads = plan.examples->threads;
  const std::size_t table_rows = plan.table ? plan.table->rows : 1, first_name = plan.table_columns();
  count = (count + table_rows - 1) / table_rows * table_rows;
  examples->rows = count;
  examples->values.resize(count * examples->columns());  // a second set of names stays 0: one example reads the first
  for (std::size_t c = 0; c < first_name; ++c)
    for (std::uint64_t r = 0; r < count; ++r) examples->values[c * count + r] = plan.table->value(r % table_rows, c);
  std::size_t numbers = columns.draws();
  for (const engine::FreshDraws& draws : fresh.draws) numbers = std::max(numbers, draws.first + draws.stride());
  std::vector<double> raw(numbers), values(fresh.columns.size());
  const Keys keys = make_keys(seed);
  for (std::uint64_t r = 0; r < count; ++r) {
    for (const engine::FreshDraws& draws : fresh.draws) {
      // Particles past those that a run can have.
      constexpr std::uint64_t first_particle = std::uint64_t{1} << 55;
      const std::uint64_t subsequence = (static_cast<std::uint64_t>(draws.purpose) << 56) | first_particle | r;
      const Hoist hoisted = hoist(subsequence, 0, keys);
      const std::size_t at_a_time = draws.law == random::Law::sign ? 32 : numbers_per_block;
      for (std::size_t k = 0; k < draws.numbers; k += at_a_time) {
        I words[4];
        philox(hoisted, k / at_a_time, subsequence, keys, words);
        F made[numbers_per_block] = {};
        if (draws.law == random::Law::normal) normals(words, made);
        if (draws.law == random::Law::uniform) uniforms(words, made);
        for (std::size_t i = 0; i < at_a_time && k + i < draws.numbers; ++i)
          store(&raw[draws.first + k + i],
                draws.law == random::Law::sign ? sign_number(words[0], static_cast<int>(i)) : made[i]);
      }
    }
    columns({}, raw, constants, values);
    for (std::size_t c = 0; c < values.size(); ++c) examples->values[(first_name + c) * count + r] = values[c];
  }
  return examples;
}

std::string column_name(const std::string& header) {
  std::string name = header;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

double ExamplePlan::variance_factor() const {
  const auto b = static_cast<double>(batch_size);
  if (!table) return 1 / b;
  const auto n = static_cast<double>(table->rows);
  if (sampling == engine::Sampling::with_replacement) return n == 1 && !is_fresh() ? 0 : 1 / b;
  return n == b ? 0 : (n - b) / (b * (n - 1));
}

std::string ExamplePlan::infinite_moments(const std::set<std::size_t>& curved) const {
  std::size_t column = table_columns();
  for (const noise::ExampleLaw& law : laws)
    for (const std::string& name : law.names)
      if (curved.contains(column++) && !law.excess_kurtosis())
        return "the law of " + name + " has no fourth moment, so the stationary law has no variance";
  return "";
}

SharedTables::SharedTables() { tables().share(); }
SharedTables::~SharedTables() { tables().release(); }

ExamplePlan plan_examples(const Experiment& experiment) {
  ExamplePlan plan;
  plan.batch_size = experiment.batch_size.value_or(1);
  plan.laws = noise::parse_example_laws(experiment.random);
  if (experiment.data.empty() && plan.is_fresh()) {
    if (experiment.standardize) throw InputError("--standardize: fresh examples are not scaled; choose their laws so");
    if (!experiment.sampling.empty())
      throw InputError("--sampling: fresh examples are no rows to choose among; drop it");
    used_names(experiment, {}, plan);
    plan.examples = std::make_shared<loss::Examples>(quadrature(plan.laws, 1, static_cast<int>(experiment.threads)));
    return plan;
  }
  if (experiment.data.empty()) {
    if (experiment.standardize) throw InputError("--standardize: there are no data; give --data FILE.csv");
    if (!experiment.sampling.empty()) throw InputError("--sampling: there are no data; give --data FILE.csv");
    if (!experiment.target.empty()) throw InputError("--target: there are no data; give --data FILE.csv");
    if (!experiment.features.empty()) throw InputError("--features: there are no data; give --data FILE.csv");
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
  std::vector<std::string> wanted, names_used;
  const std::set<std::string> used = used_names(experiment, names, plan);
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (!used.contains(names[c])) continue;
    wanted.push_back(header.names[c]);
    names_used.push_back(names[c]);
  }
  if (wanted.empty())
    throw InputError("--loss: '" + experiment.loss + "' uses no column of " + experiment.data + ", which has " +
                     listed(names));
  const std::shared_ptr<const loss::Examples> examples = tables().find(experiment, wanted, names_used);
  plan.table = examples;
  if (plan.sampling != engine::Sampling::with_replacement && plan.batch_size > examples->rows)
    throw InputError("--batch-size " + std::to_string(plan.batch_size) + ": " + experiment.data + " has " +
                     std::to_string(examples->rows) +
                     " rows, and a batch has each of them at most once; give at most " +
                     std::to_string(examples->rows) + ", or --sampling with-replacement");
  plan.examples = plan.is_fresh() ? product(plan) : plan.table;
  return plan;
}

}  // namespace isotherm
