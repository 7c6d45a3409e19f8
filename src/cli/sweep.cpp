#include "cli/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/options.hpp"
#include "cli/toml_values.hpp"
#include "cli/values.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/core/trimmed.hpp"
#include "loss/parser.hpp"
#include "output/number.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;

const std::string set_prefix = "set.";

const std::vector<std::pair<std::string, std::optional<PredictionSet>>> prediction_words = {
    {"auto", std::nullopt},
    {"none", PredictionSet::none},
    {"gibbs", PredictionSet::gibbs},
    {"all", PredictionSet::all}};

/// What [sweep] holds beside options.
const std::vector<std::string> own_keys = {"replicas", "seeds", "predictions", "results", "derived", "report", "point"};

bool is_constant(const std::string& name) { return name.starts_with(set_prefix); }

const Option& option_of(const std::string& name) {
  return is_constant(name) ? *find_option("set") : *find_option(name);
}

void assign(const std::string& name, const std::vector<std::string>& texts, const std::string& where,
            Experiment& experiment) {
  if (is_constant(name))
    apply(option_of(name), std::vector{name.substr(set_prefix.size()) + '=' + texts.front()}, experiment, where, true);
  else
    apply(option_of(name), texts, experiment, where, true);
}

/// As expressions call an option: a minus sign cannot be part of a name.
std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// The symbol of the batch size, beside batch_size.
const std::string batch_symbol = "B";

/// Options whose value is one number, by the name that an expression calls them by.
const std::map<std::string, std::string>& numbers_by_name() {
  static const std::map<std::string, std::string> names = [] {
    std::map<std::string, std::string> map = {{batch_symbol, "batch-size"}};
    for (const Option& option : options())
      if (option.form == Form::number || option.form == Form::numbers) map[with_underscores(option.name)] = option.name;
    return map;
  }();
  return names;
}

/// Why an option is the same for all points, or "".
std::string why_not_swept(const Option& option) {
  if (option.group == "Output") return "says where results go";
  if (option.group == "Execution" && option.name != "precision") return "does not change results";
  return "";
}

}  // namespace

class Sweep::Reader {
 public:
  Reader(Sweep& sweep, const SweepRequest& request)
      : sweep_(sweep), request_(request), values_(request.path), table_(parse_toml(request.text, request.path)) {}

  void read() {
    read_experiment_table(table_, request_.path, "sweep", sweep_.base_);
    for (const auto& [name, words] : request_.options)
      if (const Option* option = find_option(name)) apply_words(*option, words, sweep_.base_);
    for (const auto& [name, words] : request_.resumed) apply_words(*find_option(name), words, sweep_.base_);
    const toml::node* node = table_.get("sweep");
    if (node == nullptr)
      throw InputError(request_.path +
                       ": has no [sweep]; add what is swept, for example [sweep] eta = [0.01, 0.02, 0.05]");
    if (!node->is_table())
      fail(*node, "sweep",
           std::string("must be a table, not ") + type_name(*node) + "; for example [sweep] eta = [0.01, 0.02, 0.05]");
    read_factors(*node->as_table());
    read_own_keys(*node->as_table());
    for (const auto& [name, words] : request_.options)
      if (name == "predictions") sweep_.predictions_ = read_predictions(words.back());
    check_command_line();
    add_seeds();
    count();
  }

 private:
  struct Placed {
    toml::source_position position;
    std::vector<batch::Level> levels;
  };

  [[noreturn]] void fail(const toml::node& node, const std::string& name, const std::string& problem) const {
    throw InputError(place(request_.path, node.source().begin) + name + ": " + problem);
  }

  /// The option's table row, for a key in [sweep] or in one of its points.
  const Option& option(const toml::key& key, const std::string& prefix) const {
    const std::string name(key.str());
    const Option* found = find_option(name);
    const std::string where = place(request_.path, key.source().begin);
    if (found == nullptr) {
      std::vector<std::string> names;
      if (prefix == "sweep.") names = own_keys;
      for (const Option& known : options()) names.push_back(known.name);
      const std::string near = loss::nearest(name, names);
      throw InputError(where + "unknown key '" + prefix + name + "'" +
                       (near.empty() ? "; what can be swept are the options of isotherm run, without the dashes"
                                     : "; did you mean " + near + "?"));
    }
    if (const std::string reason = why_not_swept(*found); !reason.empty())
      throw InputError(where + prefix + name + ": " + name + ' ' + reason + "; it stands above [sweep], once for all");
    return *found;
  }

  void claim(const std::string& name, const toml::source_position& position) {
    if (!claimed_.insert(name).second)
      throw InputError(place(request_.path, position) + name +
                       ": is given a value here and elsewhere in [sweep]; give it in one place");
  }

  void read_factors(const toml::table& sweep) {
    std::vector<Placed> factors;
    for (const auto& [key, node] : sweep) {
      const std::string name(key.str());
      if (name == "point") {
        factors.push_back({key.source().begin, points(node)});
      } else if (std::find(own_keys.begin(), own_keys.end(), name) == own_keys.end()) {
        const Option& row = option(key, "sweep.");
        if (row.form != Form::assignments) {
          factors.push_back({key.source().begin, factor(row, name, node)});
          claim(name, key.source().begin);
          continue;
        }
        const toml::table* constants = node.as_table();
        if (constants == nullptr) fail(node, "sweep." + name, "must be a table, for example set.h = [0.5, 1, 2]");
        for (const auto& [constant, entry] : *constants) {
          const std::string full = set_prefix + std::string(constant.str());
          factors.push_back({constant.source().begin, factor(row, full, entry)});
          claim(full, constant.source().begin);
        }
      }
    }
    std::sort(factors.begin(), factors.end(), [](const Placed& a, const Placed& b) { return a.position < b.position; });
    for (Placed& factor : factors) {
      for (const batch::Level& level : factor.levels)
        for (const batch::Assignment& assignment : level) add_parameter(assignment.name);
      sweep_.grid_.factors.push_back(std::move(factor.levels));
    }
  }

  void add_parameter(const std::string& name) {
    std::vector<std::string>& names = sweep_.parameters_;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  /// [0.1, 0.2] or {from = 0.1, to = 0.2, count = 2}.
  std::vector<batch::Level> factor(const Option& row, const std::string& name, const toml::node& node) const {
    std::vector<batch::Level> levels;
    if (const toml::table* range = node.as_table()) {
      for (const double value : range_values(*range, "sweep." + name))
        levels.push_back({assignment(row, name, node, {output::shortest(value)})});
      return levels;
    }
    const toml::array* list = node.as_array();
    if (list == nullptr)
      fail(node, "sweep." + name,
           std::string("must be a list of values or {from, to, count}, not ") + type_name(node) +
               "; what is the same for all points stands above [sweep]");
    if (list->empty()) fail(node, "sweep." + name, "must have a value at least; leave the key out");
    for (const toml::node& entry : *list) levels.push_back({assignment(row, name, entry, texts(row, name, entry))});
    return levels;
  }

  std::vector<std::string> texts(const Option& row, const std::string& name, const toml::node& node) const {
    if (is_constant(name)) return {values_.assigned_text(row, name.substr(set_prefix.size()), node)};
    return values_.texts(row, node);
  }

  batch::Assignment assignment(const Option&, const std::string& name, const toml::node& node,
                               const std::vector<std::string>& texts) const {
    const std::string where = values_.where(node, "sweep." + name, texts);
    Experiment scratch;
    assign(name, texts, where, scratch);
    return {name, texts, where};
  }

  std::vector<double> range_values(const toml::table& range, const std::string& name) const {
    const auto number = [&](const char* key) {
      const toml::node* node = range.get(key);
      if (node == nullptr || !node->is_number())
        fail(node == nullptr ? static_cast<const toml::node&>(range) : *node, name + '.' + key,
             "must be a number, for example {from = 0.01, to = 0.1, count = 10}");
      // value<double>() has nothing for an integer that no double is.
      const double value =
          node->is_integer() ? static_cast<double>(node->as_integer()->get()) : node->as_floating_point()->get();
      if (!std::isfinite(value)) fail(*node, name + '.' + key, "must be a finite number");
      return value;
    };
    for (const auto& [key, node] : range)
      if (const std::string_view word = key.str();
          word != "from" && word != "to" && word != "count" && word != "spacing")
        throw InputError(place(request_.path, key.source().begin) + name + ": unknown key '" + std::string(word) +
                         "' of a range; it has from, to, count and spacing");
    const double from = number("from"), to = number("to"), count = number("count");
    if (!(count >= 1 && count <= static_cast<double>(most_points) && count == std::floor(count)))
      fail(*range.get("count"), name + ".count", "must be a whole number from 1 to " + std::to_string(most_points));
    if (count == 1 && from != to)
      fail(*range.get("count"), name + ".count", "must be 2 or more from one end to the other");
    bool logarithmic = false;
    if (const toml::node* spacing = range.get("spacing")) {
      const auto word = spacing->value<std::string>();
      if (!word || (*word != "linear" && *word != "log"))
        fail(*spacing, name + ".spacing", "must be \"linear\" or \"log\"");
      logarithmic = *word == "log";
    }
    if (logarithmic && !(from > 0 && to > 0)) fail(range, name, "both ends must be above 0 for spacing = \"log\"");
    std::vector<double> values;
    for (double i = 0; i < count; ++i) {
      const double share = count > 1 ? i / (count - 1) : 0;
      double value = logarithmic ? from * std::pow(to / from, share) : from + (to - from) * share;
      if (i == count - 1) value = to;
      values.push_back(i == 0 ? from : value);
    }
    return values;
  }

  std::vector<batch::Level> points(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty() ||
        !std::all_of(list->begin(), list->end(), [](const toml::node& entry) { return entry.is_table(); }))
      fail(node, "sweep.point", "must be a list of tables, each headed [[sweep.point]]");
    std::vector<batch::Level> levels;
    std::map<std::string, toml::source_position> names;
    for (const toml::node& entry : *list) {
      std::vector<std::pair<toml::source_position, batch::Assignment>> assignments;
      const auto add = [&](const Option& row, const std::string& name, const toml::key& key, const toml::node& value) {
        assignments.emplace_back(key.source().begin, assignment(row, name, value, texts(row, name, value)));
        names.emplace(name, key.source().begin);
      };
      for (const auto& [key, value] : *entry.as_table()) {
        const std::string name(key.str());
        const Option& row = option(key, "sweep.point.");
        if (row.form != Form::assignments) {
          add(row, name, key, value);
          continue;
        }
        if (!value.is_table()) fail(value, "sweep.point." + name, "must be a table, for example set.h = 2");
        for (const auto& [constant, number] : *value.as_table())
          add(row, set_prefix + std::string(constant.str()), constant, number);
      }
      std::sort(assignments.begin(), assignments.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      batch::Level& level = levels.emplace_back();
      for (auto& [position, assignment] : assignments) level.push_back(std::move(assignment));
    }
    for (const auto& [name, position] : names) claim(name, position);
    return levels;
  }

  void read_own_keys(const toml::table& sweep) {
    if (const toml::node* node = sweep.get("replicas")) {
      const auto count = node->value<std::int64_t>();
      if (!count || *count < 1 || *count > static_cast<std::int64_t>(most_points))
        fail(*node, "sweep.replicas", "must be a whole number from 1 to " + std::to_string(most_points));
      sweep_.replicas_ = static_cast<std::uint64_t>(*count);
    }
    if (const toml::node* node = sweep.get("seeds")) {
      const auto text = node->value<std::string>();
      if (!text || (*text != "same" && *text != "distinct"))
        fail(*node, "sweep.seeds", "must be \"same\" or \"distinct\"");
      sweep_.distinct_seeds_ = *text == "distinct";
    }
    if (const toml::node* node = sweep.get("results")) {
      const auto flag = node->value<bool>();
      if (!flag) fail(*node, "sweep.results", std::string("must be true or false, not ") + type_name(*node));
      sweep_.results_ = *flag;
    }
    if (const toml::node* node = sweep.get("predictions")) {
      try {
        sweep_.predictions_ = read_predictions(node->value<std::string>().value_or(""));
      } catch (const ValueError& error) {
        fail(*node, "sweep.predictions", error.what());
      }
    }
    if (const toml::node* node = sweep.get("derived")) read_derived(*node);
    if (const toml::node* node = sweep.get("report")) read_report(*node);
  }

  void read_derived(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr)
      fail(node, "sweep.derived", "must be a table, for example [sweep.derived] eta = \"batch_size*0.01\"");
    if (const toml::table* constants = table->get_as<toml::table>("set"))
      for (const auto& [key, value] : *constants) derived_constants_.insert(std::string(key.str()));
    std::vector<std::pair<toml::source_position, Derived>> found;
    const auto add = [&](const std::string& name, const toml::key& key, const toml::node& value) {
      const auto text = value.value<std::string>();
      if (!text)
        fail(value, "sweep.derived." + name,
             std::string("must be an expression in quotes, for example \"batch_size*0.01\", not ") + type_name(value));
      claim(name, key.source().begin);
      const std::string where = place(request_.path, value.source().begin) + "sweep.derived." + name;
      found.emplace_back(key.source().begin, Derived{name, *text, where, {*text, names(), where}});
    };
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      const Option& row = option(key, "sweep.derived.");
      if (row.form != Form::assignments) {
        add(name, key, value);
        continue;
      }
      if (!value.is_table()) fail(value, "sweep.derived." + name, "must be a table, for example set.h = \"2*mu\"");
      for (const auto& [constant, entry] : *value.as_table())
        add(set_prefix + std::string(constant.str()), constant, entry);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [position, derived] : found) {
      sweep_.listed_.push_back(derived.name);
      check_meanings(derived);
      add_parameter(derived.name);
    }
    put_in_order(found);
  }

  void read_report(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr)
      fail(node, "sweep.report", "must be a table, for example [sweep.report] against = \"batch-size\"");
    Json report = Json::object();
    std::string symbol;
    const auto is_parameter = [&](const std::string& name) {
      return std::find(sweep_.parameters_.begin(), sweep_.parameters_.end(), name) != sweep_.parameters_.end();
    };
    const auto text = [&](const char* key, const char* example) -> std::string {
      const toml::node* entry = table->get(key);
      if (entry == nullptr) return "";
      const auto word = entry->value<std::string>();
      if (!word)
        fail(*entry, std::string("sweep.report.") + key,
             std::string("must be text, for example ") + example + ", not " + type_name(*entry));
      report[key] = *word;
      return *word;
    };
    for (const auto& [key, entry] : *table)
      if (const std::string_view word = key.str(); word != "against" && word != "average" && word != "alpha")
        throw InputError(place(request_.path, key.source().begin) + "sweep.report: unknown key '" + std::string(word) +
                         "'; it has against, average and alpha");
    if (const std::string against = text("against", "\"u = 50*eta\""); !against.empty()) {
      const auto [name, expression] = named_expression(against);
      symbol = name.empty() && is_parameter(expression) ? with_underscores(expression) : name;
      if (symbol.starts_with(set_prefix)) symbol = symbol.substr(set_prefix.size());
      const std::string where = place(request_.path, table->get("against")->source().begin) + "sweep.report.against";
      if (!is_parameter(expression)) batch::Formula(expression, names(), where);
    }
    if (const std::string alpha = text("alpha", "\"1/(2 - eta)\""); !alpha.empty()) {
      const toml::node& entry = *table->get("alpha");
      if (symbol.empty())
        fail(entry, "sweep.report.alpha", "needs a name for what it depends on, for example against = \"u = 50*eta\"");
      batch::Formula(alpha, {symbol}, place(request_.path, entry.source().begin) + "sweep.report.alpha");
    }
    if (const toml::node* entry = table->get("average")) {
      const toml::array* list = entry->as_array();
      if (list == nullptr)
        fail(*entry, "sweep.report.average", "must be a list of parameters, for example [\"steps\"]");
      for (const toml::node& part : *list) {
        const auto name = part.value<std::string>();
        if (!name || !is_parameter(*name))
          fail(part, "sweep.report.average",
               "must be a list of parameters of this sweep, for example [\"" + sweep_.parameters_.front() + "\"]");
        report["average"].push_back(*name);
      }
    }
    sweep_.report_ = std::make_shared<const Json>(std::move(report));
  }

  /// Constants of the loss that the file or the sweep sets.
  std::set<std::string> constants() const {
    std::set<std::string> names = derived_constants_;
    for (const auto& [name, value] : sweep_.base_.set) names.insert(name);
    for (const std::string& name : claimed_)
      if (is_constant(name)) names.insert(name.substr(set_prefix.size()));
    return names;
  }

  /// What expressions may call by name.
  std::vector<std::string> names() const {
    std::set<std::string> all = constants();
    for (const auto& [name, option] : numbers_by_name()) all.insert(name);
    return {all.begin(), all.end()};
  }

  void check_meanings(const Derived& derived) const {
    const std::set<std::string> known = constants();
    for (const std::string& name : derived.formula.names()) {
      const auto option = numbers_by_name().find(name);
      if (option == numbers_by_name().end() || !known.contains(name)) continue;
      throw InputError(derived.where + ": '" + name + "' is both the option " + option->second +
                       " and the constant set." + name + "; " +
                       (name == batch_symbol ? "write batch_size, or rename the constant" : "rename the constant"));
    }
  }

  /// The option or constant that an expression means by a name.
  static std::string meaning(const std::string& name) {
    const auto option = numbers_by_name().find(name);
    return option == numbers_by_name().end() ? set_prefix + name : option->second;
  }

  void put_in_order(std::vector<std::pair<toml::source_position, Derived>>& found) {
    std::vector<std::vector<std::size_t>> reads;
    for (const auto& [position, derived] : found) {
      std::vector<std::size_t>& own = reads.emplace_back();
      for (const std::string& name : derived.formula.names())
        for (std::size_t i = 0; i < found.size(); ++i)
          if (found[i].second.name == meaning(name)) own.push_back(i);
    }
    const batch::EvaluationOrder order = batch::evaluation_order(reads);
    if (!order.cycle.empty()) {
      std::string chain;
      for (const std::size_t i : order.cycle) chain += (chain.empty() ? "" : " needs ") + found[i].second.name;
      throw InputError(found[order.cycle.front()].second.where + ": " + chain + "; give one of them as a number");
    }
    for (const std::size_t i : order.order) sweep_.derived_.push_back(std::move(found[i].second));
  }

  /// An option of the command line would be lost at every point.
  void check_command_line() const {
    for (const auto& [name, words] : request_.options) {
      if (claimed_.contains(name))
        throw InputError("--" + name + ": " + request_.path + " sweeps or derives it; drop one of them");
      if (name != "set") continue;
      for (const std::string& word : words)
        if (const std::string full = set_prefix + word.substr(0, word.find('=')); claimed_.contains(full))
          throw InputError("--set " + clipped(word) + ": " + request_.path + " sweeps or derives it; drop one of them");
    }
  }

  void add_seeds() {
    if (sweep_.replicas_ == 1 && !sweep_.distinct_seeds_) return;
    if (claimed_.contains("seed"))
      throw InputError(request_.path +
                       ": [sweep] gives seed values, and replicas or distinct seeds would change them; "
                       "drop one of them");
    add_parameter("seed");
  }

  void count() {
    const std::uint64_t settings = sweep_.grid_.settings(most_points);
    if (settings > most_points || settings * sweep_.replicas_ > most_points)
      throw InputError(request_.path + ": [sweep] has more than " + output::grouped(most_points) +
                       " points; make it coarser, or split it");
    sweep_.settings_ = settings;
  }

  Sweep& sweep_;
  const SweepRequest& request_;
  OptionValues values_;
  toml::table table_;
  std::set<std::string> claimed_;            ///< names that are swept or derived
  std::set<std::string> derived_constants_;  ///< of the loss
};

Sweep::Sweep(const SweepRequest& request) : directory_(request.directory) {
  Reader(*this, request).read();
  check_points();
}

Experiment Sweep::point(std::size_t index) const {
  Experiment experiment = base_;
  for (const batch::Assignment* assignment : grid_.setting(index / replicas_))
    assign(assignment->name, assignment->texts, assignment->where, experiment);
  derive(experiment);
  experiment.seed += distinct_seeds_ ? index : replica(index);
  std::error_code ignored;
  if (!experiment.data.empty() && !directory_.empty() && !std::filesystem::exists(experiment.data, ignored))
    experiment.data = (std::filesystem::path(directory_) / experiment.data).string();
  return experiment;
}

double Sweep::number(const std::string& name, const Derived& reader, const Experiment& experiment) const {
  const auto option = numbers_by_name().find(name);
  const Json value = parameter_json(option == numbers_by_name().end() ? set_prefix + name : option->second, experiment);
  if (value.is_number()) return value.get<double>();
  throw InputError(reader.where + ": '" + name + "' " +
                   (value.is_null() ? "has no value; give it above [sweep], or sweep it" : "is not one number here"));
}

void Sweep::derive(Experiment& experiment) const {
  for (const Derived& derived : derived_) {
    const double value = derived.formula([&](const std::string& name) { return number(name, derived, experiment); });
    const std::string text = output::shortest(value);
    std::string where = derived.where + " = " + text + ", with";
    for (const std::string& name : derived.formula.names())
      where += ' ' + name + " = " + output::shortest(number(name, derived, experiment)) + ',';
    if (where.ends_with(',')) where.pop_back();
    if (where.ends_with(" with")) where.resize(where.size() - 6);
    assign(derived.name, {text}, where, experiment);
  }
}

/// Values by themselves were checked when they were read; derived ones are known point by point.
void Sweep::check_points() const {
  if (derived_.empty()) return;
  for (std::uint64_t setting = 0; setting < settings_; ++setting) point(setting * replicas_);
}

Json Sweep::derived_json() const {
  Json json = Json::object();
  for (const std::string& name : listed_)
    for (const Derived& derived : derived_)
      if (derived.name == name) json[name] = derived.expression;
  return json;
}

Json parameter_json(const std::string& name, const Experiment& experiment) {
  const Json value = option_of(name).write(experiment);
  if (!is_constant(name)) return value;
  const std::string constant = name.substr(set_prefix.size());
  return value.is_object() && value.contains(constant) ? value[constant] : Json();
}

std::pair<std::string, std::string> named_expression(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos) return {"", std::string(trimmed(text))};
  return {std::string(trimmed(std::string_view(text).substr(0, sign))),
          std::string(trimmed(std::string_view(text).substr(sign + 1)))};
}

std::string word(const std::optional<PredictionSet>& predictions) {
  return std::find_if(prediction_words.begin(), prediction_words.end(),
                      [&](const auto& entry) { return entry.second == predictions; })
      ->first;
}

std::optional<PredictionSet> read_predictions(const std::string& word) {
  std::vector<std::string> choices;
  for (const auto& [choice, set] : prediction_words) choices.push_back(choice);
  const std::string chosen = read_choice(word, choices);
  return std::find_if(prediction_words.begin(), prediction_words.end(),
                      [&](const auto& entry) { return entry.first == chosen; })
      ->second;
}

}  // namespace isotherm::cli
