#include "cli/options.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "cli/option_texts.hpp"
#include "cli/values.hpp"
#include "cli/vocabulary.hpp"
#include "dynamics/dynamics.hpp"
#include "experiment/matrix.hpp"
#include "experiment/rule_options.hpp"
#include "isotherm/core/error.hpp"
#include "loss/catalogue.hpp"
#include "loss/model.hpp"
#include "loss/parser.hpp"
#include "noise/example_law.hpp"
#include "noise/noise.hpp"
#include "output/histogram_files.hpp"
#include "output/number.hpp"
#include "schedule/schedule.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using Texts = std::span<const std::string>;

// Numbers of particles and steps stay far from where products overflow; a particle's number has 56 bits.
constexpr std::uint64_t most_particles = std::uint64_t{1} << 50;
constexpr std::uint64_t most_steps = std::uint64_t{1} << 40;
constexpr std::uint64_t most_tracked = std::uint64_t{1} << 24;  // they stay in memory at the same time

// Names of the values of an option, by value.
const std::vector<std::pair<std::string, Precision>> precisions = {{"float", Precision::single},
                                                                   {"double", Precision::twofold}};
const std::vector<std::pair<std::string, Backend>> backends = {
    {"auto", Backend::automatic}, {"cpu", Backend::cpu}, {"cuda", Backend::cuda}};

template <class Value>
std::vector<std::string> names_of(const std::vector<std::pair<std::string, Value>>& table) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table) names.push_back(name);
  return names;
}

std::vector<std::string> dynamics_names() {
  std::vector<std::string> names;
  for (const dynamics::Descriptor& descriptor : dynamics::registry()) names.push_back(descriptor.name);
  return names;
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

const std::string& only(Texts texts) {
  if (texts.size() != 1) throw ValueError("must be one value");
  return texts.front();
}

Json optional_json(const auto& value) { return value ? Json(*value) : Json(); }
Json text_json(const std::string& text) { return text.empty() ? Json() : Json(text); }

/// A row for a field that is one count, number, text, ... The caller adds name, help and group.
Option count_row(std::uint64_t Experiment::*field, std::uint64_t lower, std::uint64_t upper) {
  Option option;
  option.form = Form::number;
  option.read = [=](Experiment& e, Texts texts) { e.*field = read_count(only(texts), lower, upper); };
  option.write = [=](const Experiment& e) { return Json(e.*field); };
  return option;
}

Option positive_row(std::optional<double> Experiment::*field) {
  Option option;
  option.form = Form::number;
  option.read = [=](Experiment& e, Texts texts) { e.*field = read_positive(only(texts)); };
  option.write = [=](const Experiment& e) { return optional_json(e.*field); };
  return option;
}

Option text_row(std::string Experiment::*field) {
  Option option;
  option.read = [=](Experiment& e, Texts texts) {
    if (only(texts).find_first_not_of(" \t\n") == std::string::npos) throw ValueError("must not be empty");
    e.*field = texts.front();
  };
  option.write = [=](const Experiment& e) { return text_json(e.*field); };
  return option;
}

Option choice_row(std::string Experiment::*field, std::function<std::vector<std::string>()> choices) {
  Option option;
  option.choices = choices;
  option.read = [=](Experiment& e, Texts texts) { e.*field = read_choice(only(texts), choices()); };
  option.write = [=](const Experiment& e) { return Json(e.*field); };
  return option;
}

template <class Value>
Option table_row(Value Experiment::*field, const std::vector<std::pair<std::string, Value>>& table) {
  Option option;
  option.choices = [&table] { return names_of(table); };
  option.read = [field, &table](Experiment& e, Texts texts) {
    const std::string name = read_choice(only(texts), names_of(table));
    for (const auto& [candidate, value] : table) {
      if (candidate == name) e.*field = value;
    }
  };
  option.write = [field, &table](const Experiment& e) {
    for (const auto& [name, value] : table) {
      if (value == e.*field) return Json(name);
    }
    return Json();
  };
  return option;
}

Option flag_row(bool Experiment::*field) {
  Option option;
  option.form = Form::flag;
  option.read = [=](Experiment& e, Texts texts) { e.*field = read_choice(only(texts), {"true", "false"}) == "true"; };
  option.write = [=](const Experiment& e) { return Json(e.*field); };
  return option;
}

Option set_row() {
  Option option;
  option.form = Form::assignments;
  option.repeatable = true;
  option.read = [](Experiment& e, Texts texts) {
    for (const std::string& text : texts) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) throw ValueError("must be NAME=VALUE");
      const std::string name = read_identifier(split(text.substr(0, equals), '=').front());
      const std::string value = split(text.substr(equals + 1), '\n').front();
      if (value.empty()) throw ValueError("needs a value after '='");
      e.set[name] = value;
    }
  };
  option.write = [](const Experiment& e) {
    Json values = Json::object();
    for (const auto& [name, text] : e.set) {
      try {
        values[name] = read_number(text);
      } catch (const ValueError&) {
        values[name] = text;
      }
    }
    return values.empty() ? Json() : values;
  };
  return option;
}

Option coordinates_row() {
  Option option;
  option.form = Form::texts;
  option.read = [](Experiment& e, Texts texts) {
    std::vector<std::string> names = split_all(texts, ',');
    std::set<std::string> seen;
    for (const std::string& name : names) {
      read_identifier(name);
      if (!seen.insert(name).second) throw ValueError("'" + name + "' must be listed once");
    }
    e.coordinates = std::move(names);
  };
  option.write = [](const Experiment& e) { return e.coordinates.empty() ? Json() : Json(e.coordinates); };
  return option;
}

/// One number, or one for each coordinate. `positive`: each above 0.
Option list_row(std::vector<double> Experiment::*field, bool positive) {
  Option option;
  option.form = Form::numbers;
  option.read = [=](Experiment& e, Texts texts) {
    std::vector<double> values;
    for (const std::string& text : split_all(texts, ','))
      values.push_back(positive ? read_positive(text) : read_number(text));
    e.*field = std::move(values);
  };
  option.write = [=](const Experiment& e) {
    const std::vector<double>& values = e.*field;
    if (values.empty()) return Json();
    return values.size() == 1 ? Json(values.front()) : Json(values);
  };
  return option;
}

/// Refuses a value that no rule with this option takes: which rule runs is known later, but only here is known where
/// the value stands.
void check_rule_number(const char* name, double value) {
  std::string wrong;
  for (const dynamics::Descriptor& rule : dynamics::registry())
    for (const dynamics::NumberOption& option : rule.numbers) {
      if (option.name != name) continue;
      wrong = wrong_value(option.domain, value);
      if (wrong.empty()) return;
    }
  if (!wrong.empty()) throw ValueError(wrong);
}

/// A numeric option of single rules.
Option rule_number_row(std::optional<double> Experiment::*field, const char* name) {
  Option option;
  option.form = Form::number;
  option.read = [=](Experiment& e, Texts texts) {
    const double value = read_number(only(texts));
    check_rule_number(name, value);
    e.*field = value;
  };
  option.write = [=](const Experiment& e) { return optional_json(e.*field); };
  return option;
}

Option weight_decay_row() {
  Option option;
  option.form = Form::number;
  option.read = [](Experiment& e, Texts texts) { e.weight_decay = read_nonnegative(only(texts)); };
  option.write = [](const Experiment& e) { return optional_json(e.weight_decay); };
  return option;
}

Option optional_count_row(std::optional<std::uint64_t> Experiment::*field, std::uint64_t upper) {
  Option option;
  option.form = Form::number;
  option.read = [=](Experiment& e, Texts texts) { e.*field = read_count(only(texts), 1, upper); };
  option.write = [=](const Experiment& e) { return optional_json(e.*field); };
  return option;
}

/// The choices of an option of the rules.
std::vector<std::string> rule_choices(const char* name) {
  std::vector<std::string> all;
  for (const dynamics::Descriptor& rule : dynamics::registry())
    for (const dynamics::ChoiceOption& option : rule.choices)
      if (option.name == name)
        for (const std::string& choice : option.choices)
          if (std::find(all.begin(), all.end(), choice) == all.end()) all.push_back(choice);
  return all;
}

/// A choice that is absent where the rule does not take it.
Option rule_choice_row(std::string Experiment::*field, const char* name) {
  Option option = choice_row(field, [name] { return rule_choices(name); });
  option.write = [=](const Experiment& e) { return text_json(e.*field); };
  return option;
}

/// A flag that is absent unless it is set: most rules have no such thing.
Option rule_flag_row(bool Experiment::*field) {
  Option option = flag_row(field);
  option.write = [=](const Experiment& e) { return e.*field ? Json(true) : Json(); };
  return option;
}

/// A text that a room below parses and complains about, so that the error says where it stands.
Option parsed_row(std::string Experiment::*field, const std::string& name,
                  std::function<void(const std::string&)> parse) {
  Option option = text_row(field);
  const auto read = option.read;
  option.read = [=](Experiment& e, Texts texts) {
    read(e, texts);
    try {
      parse(e.*field);
    } catch (const InputError& error) {
      const std::string message = error.what(), prefix = "--" + name + ": ";
      throw ValueError(message.starts_with(prefix) ? message.substr(prefix.size()) : message, true);
    }
  };
  return option;
}

/// Rows separated by ';'. `or_diagonal`: a single row of any length will do, and is the diagonal.
Option matrix_row(std::string Experiment::*field, bool or_diagonal) {
  Option option;
  option.form = Form::matrix;
  option.read = [=](Experiment& e, Texts texts) {
    const std::vector<std::string> rows = split_all(texts, ';');
    for (const std::string& row : rows) {
      const std::vector<std::string> entries = split_all(Texts(&row, 1), ',');
      for (const std::string& entry : entries) read_number(entry);
      if (entries.size() != rows.size() && !(or_diagonal && rows.size() == 1))
        throw ValueError(std::string("must be a square matrix, rows separated by ';'") +
                         (or_diagonal ? ", or its diagonal" : ""));
    }
    e.*field = joined(rows, ";");
  };
  option.write = [=](const Experiment& e) { return text_json(e.*field); };
  return option;
}

/// An expression stays text; numbers are checked here, because an expression could not say what is wrong with "-1".
Option sigma_row() {
  Option option;
  option.form = Form::numbers;
  option.read = [](Experiment& e, Texts texts) {
    const std::vector<std::string> parts = split_all(texts, ',');
    for (const std::string& part : parts) {
      double value = 0;
      try {
        value = read_number(part);
      } catch (const ValueError&) {
        const std::string word = part[0] == '-' || part[0] == '+' ? part.substr(1) : part;
        if (word == "nan" || word == "inf" || parts.size() > 1) throw;
        continue;
      }
      if (value < 0) throw ValueError("must be 0 or greater");
    }
    e.sigma = joined(parts, ",");
  };
  option.write = [](const Experiment& e) {
    if (e.sigma.empty()) {
      // With examples their noise is all there is.
      const bool by_default =
          e.noise != "none" && e.covariance.empty() && !e.temperature && e.data.empty() && e.random.empty();
      return by_default ? Json(1) : Json();
    }
    try {
      return Json(read_number(e.sigma));
    } catch (const ValueError&) {
      return Json(e.sigma);
    }
  };
  return option;
}

Option burn_in_row() {
  Option option;
  option.form = Form::number;
  option.read = [](Experiment& e, Texts texts) {
    if (only(texts) == "auto") {
      e.burn_in.reset();
      return;
    }
    try {
      e.burn_in = read_count(texts.front(), 0, most_steps);
    } catch (const ValueError& error) {
      throw ValueError(std::string(error.what()) + ", or auto");
    }
  };
  option.write = [](const Experiment& e) { return e.burn_in ? Json(*e.burn_in) : Json("auto"); };
  return option;
}

Option snapshots_row() {
  Option option;
  option.form = Form::numbers;
  option.read = [](Experiment& e, Texts texts) {
    std::set<std::uint64_t> steps;
    for (const std::string& text : split_all(texts, ',')) steps.insert(read_count(text, 0, 2 * most_steps));
    e.snapshots.assign(steps.begin(), steps.end());
  };
  option.write = [](const Experiment& e) { return e.snapshots.empty() ? Json() : Json(e.snapshots); };
  return option;
}

Option init_row() {
  Option option;
  option.form = Form::texts;
  option.read = [](Experiment& e, Texts texts) {
    std::vector<InitialRequest> laws;
    for (const std::string& text : split_all(texts, ';')) laws.push_back(read_initial(text));
    e.init = std::move(laws);
  };
  option.write = [](const Experiment& e) {
    std::vector<std::string> laws;
    for (const InitialRequest& law : e.init) laws.push_back(write_initial(law));
    return text_json(joined(laws, ";"));
  };
  return option;
}

Option device_row() {
  Option option;
  option.form = Form::number;
  option.read = [](Experiment& e, Texts texts) { e.device = static_cast<int>(read_count(only(texts), 0, 1023)); };
  option.write = [](const Experiment& e) { return Json(e.device); };
  return option;
}

Option histogram_row() {
  Option option;
  option.form = Form::texts;
  option.repeatable = true;
  option.read = [](Experiment& e, Texts texts) {
    std::vector<HistogramRequest> requests;
    std::set<std::string> seen;
    for (const std::string& text : texts) {
      HistogramRequest request = read_histogram(text);
      std::string name;
      for (const AxisRequest& axis : request) name += (name.empty() ? "" : ",") + axis.expression;
      if (!seen.insert(name).second) throw ValueError("'" + name + "' must be asked for once");
      requests.push_back(std::move(request));
    }
    e.histogram = std::move(requests);
  };
  option.write = [](const Experiment& e) {
    Json requests = Json::array();
    for (const HistogramRequest& request : e.histogram) requests.push_back(write_histogram(request));
    return requests.empty() ? Json() : requests;
  };
  return option;
}

Option random_row() {
  Option option;
  option.form = Form::texts;
  option.repeatable = true;
  option.read = [](Experiment& e, Texts texts) {
    e.random.assign(texts.begin(), texts.end());
    try {
      noise::parse_example_laws(e.random);
    } catch (const InputError& error) {
      const std::string message = error.what();
      const std::size_t end = message.starts_with("--random ") ? message.find(": ") + 2 : 0;
      throw ValueError(message.substr(end), true);
    }
  };
  option.write = [](const Experiment& e) { return e.random.empty() ? Json() : Json(e.random); };
  return option;
}

Option alpha_row() {
  Option option;
  option.form = Form::number;
  option.read = [](Experiment& e, Texts texts) { e.alpha = read_positive(only(texts)); };
  option.write = [](const Experiment& e) { return Json(e.alpha); };
  return option;
}

Option format_row() {
  Option option;
  option.form = Form::texts;
  option.read = [](Experiment& e, Texts texts) {
    std::vector<std::string> chosen;
    for (const std::string& text : split_all(texts, ',')) {
      const std::string format = read_choice(text, names(formats()));
      if (format == "hdf5" && !output::has_hdf5())
        throw ValueError("hdf5 needs the HDF5 library (Debian package libhdf5-dev), which this build was made without");
      if (std::find(chosen.begin(), chosen.end(), format) == chosen.end()) chosen.push_back(format);
    }
    e.format = std::move(chosen);
  };
  option.write = [](const Experiment& e) { return Json(e.format); };
  return option;
}

Option features_row() {
  Option option;
  option.form = Form::texts;
  option.read = [](Experiment& e, Texts texts) {
    e.features.clear();
    for (const std::string& text : texts)
      for (const std::string& part : split_outside_parentheses(text, ',')) {
        const std::size_t first = part.find_first_not_of(' ');
        if (first == std::string::npos) throw ValueError("has an empty item; give columns, as alcohol, sulphates");
        e.features.push_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
      }
  };
  option.write = [](const Experiment& e) { return e.features.empty() ? Json() : Json(e.features); };
  return option;
}

Option expect_row() {
  Option option;
  option.read = [](Experiment& e, Texts texts) {
    const std::string& text = only(texts);
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || text.substr(0, colon) != "consistent") {
      throw ValueError("must be consistent:PREDICTION");
    }
    const std::string prediction = text.substr(colon + 1);
    try {
      read_choice(prediction, names(predictions()));
    } catch (const ValueError& error) {
      throw ValueError("prediction '" + prediction + "' " + error.what());
    }
    e.expect = text;
  };
  option.write = [](const Experiment& e) { return text_json(e.expect); };
  return option;
}

std::string example_in_file(const Option& option) {
  if (option.form == Form::assignments) return '[' + option.name + "] " + option.example;
  const bool bare = option.form == Form::number || option.form == Form::numbers || option.example.front() == '"';
  return option.name + " = " + (bare ? option.example : '"' + option.example + '"');
}

std::vector<std::string> prefixed(const char* prefix, std::vector<std::string> words) {
  for (std::string& word : words) word.insert(0, prefix);
  return words;
}

/// Words that begin a value: "student-t:" where a parameter follows.
std::vector<std::string> noise_beginnings() {
  std::vector<std::string> words;
  for (const noise::Law& law : noise::registry()) words.push_back(law.name + (law.parameter.empty() ? "" : ":"));
  return words;
}

std::vector<std::string> schedule_beginnings() {
  std::vector<std::string> words;
  for (const schedule::Kind& kind : schedule::registry())
    words.push_back(kind.name + (kind.usage.find(':') == std::string::npos ? "" : ":"));
  return words;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) names.push_back(entry.name);
  for (const loss::Model& model : loss::models()) names.push_back(model.name);
  return names;
}

/// What the rows themselves do not say: the long texts, and what a shell completes a value to.
void complete(std::vector<Option>& table) {
  const std::map<std::string, std::function<std::vector<std::string>()>> choices = {
      {"loss", loss_names},
      {"noise", noise_beginnings},
      {"schedule", schedule_beginnings},
      {"burn-in", [] { return std::vector<std::string>{"auto"}; }},
      {"init",
       [] {
         return std::vector<std::string>{"point:", "normal:", "uniform:"};
       }},
      {"format", [] { return names(formats()); }},
      {"expect", [] { return prefixed("consistent:", names(predictions())); }}};
  const std::map<std::string, Path> paths = {{"data", Path::file}, {"output", Path::folder}};
  for (Option& option : table) {
    if (const auto found = choices.find(option.name); found != choices.end()) option.choices = found->second;
    if (const auto found = paths.find(option.name); found != paths.end()) option.path = found->second;
    if (const OptionText* text = find_option_text(option.name)) {
      option.meaning = text->meaning;
      option.fallback = text->fallback;
    }
  }
}

std::vector<Option> make_table() {
  std::vector<Option> table;
  const char* group = "";
  const auto add = [&](Option option, const char* name, const std::string& placeholder, const char* example,
                       const char* help) {
    option.name = name;
    option.placeholder = placeholder;
    option.help = help;
    option.group = group;
    option.example = example;
    table.push_back(std::move(option));
  };

  group = "Loss";
  add(text_row(&Experiment::loss), "loss", "EXPR|NAME", "\"x^4/4 - x^2/2\"",
      "Loss to descend: an expression of coordinates such as x, y, x1, or a name from `isotherm list losses`");
  add(set_row(), "set", "NAME=VALUE", "h=2",
      "A constant in the expression or a parameter of a named loss; a matrix as a,b;b,c. Repeatable");
  add(coordinates_row(), "coordinates", "A,B,...", "x,y", "Coordinates in order; by default those in the expression");

  group = "Dynamics";
  add(choice_row(&Experiment::dynamics, dynamics_names), "dynamics", "NAME", "sgd",
      "Update rule, see `isotherm list dynamics`");
  add(list_row(&Experiment::eta, true), "eta", "ETA[,...]", "0.05",
      "Learning rate, one or one for each coordinate (0.1 unless given)");
  add(parsed_row(&Experiment::schedule, "schedule", [](const std::string& text) { schedule::parse(text, 0.1); }),
      "schedule", "SPEC", "power:0.5,0.75",
      "Learning rate by step, see `isotherm list schedules` (constant unless given)");
  add(positive_row(&Experiment::dt), "dt", "DT", "0.005",
      "Time step of the integrators (eta/10 unless given) and gradient-flow (eta unless given)");
  add(positive_row(&Experiment::temperature), "temperature", "T", "0.05", "Temperature: sets sigma = sqrt(2 T / eta)");
  add(weight_decay_row(), "weight-decay", "LAMBDA", "0.01",
      "Weight decay: the loss gains lambda |x|^2 / 2, which `loss` then includes");

  group = "Options of single dynamics (`isotherm list dynamics` says whose, and their defaults)";
  add(rule_number_row(&Experiment::mu, "mu"), "mu", "MU", "0.9", "Momentum, from 0 to below 1");
  add(rule_choice_row(&Experiment::parameterization, "parameterization"), "parameterization", "standard|averaged",
      "averaged", "Of momentum: v' = mu v + eta g, or v' = mu v + (1 - mu) g");
  add(rule_number_row(&Experiment::beta1, "beta1"), "beta1", "B", "0.9", "Decay of adam's average of gradients");
  add(rule_number_row(&Experiment::beta2, "beta2"), "beta2", "B", "0.999", "Decay of the average of squared gradients");
  add(rule_number_row(&Experiment::epsilon, "epsilon"), "epsilon", "E", "1e-8",
      "What is added to the root of the average square");
  add(rule_flag_row(&Experiment::no_bias_correction), "no-bias-correction", "", "",
      "Adam without its division by 1 - beta^t");
  add(rule_number_row(&Experiment::friction, "friction"), "friction", "GAMMA", "1", "Friction, per unit of time");
  add(list_row(&Experiment::mass, true), "mass", "M[,...]", "1", "Mass, one or one for each coordinate");
  add(rule_choice_row(&Experiment::scheme, "scheme"), "scheme", joined(rule_choices("scheme"), "|"), "baoab",
      "Order of the parts of an underdamped step");
  add(list_row(&Experiment::lipschitz, true), "lipschitz", "LIP[,...]", "3",
      "Bound on the curvature, one or one for each coordinate");
  add(optional_count_row(&Experiment::window, most_steps), "window", "K", "20",
      "Shortest running average, in steps, and steps before the first move");
  add(rule_number_row(&Experiment::largest_weight, "largest-weight"), "largest-weight", "W", "0.05",
      "Largest weight of a new gradient in mcallester's averages");
  add(rule_flag_row(&Experiment::literal), "literal", "", "", "mcallester word for word as on the slide, which fails");
  add(rule_flag_row(&Experiment::decoupled), "decoupled", "", "",
      "Weight decay shrinks positions, x -> (1 - eta lambda) x, instead of adding to the gradient");
  add(matrix_row(&Experiment::preconditioner, true), "preconditioner", "\"a,b;b,c\"", "\"0.5,2\"",
      "Matrix P of x' = x - eta P ghat, or its diagonal");
  add(list_row(&Experiment::gradient_weights, false), "gradient-weights", "A,B,...", "0.5,0.3,0.2",
      "The step is that combination of as many stochastic gradients");

  group = "Noise";
  add(parsed_row(&Experiment::noise, "noise", noise::parse), "noise", "LAW", "gaussian",
      "Law of the gradient noise, see `isotherm list noise`");
  add(optional_count_row(&Experiment::batch_size, 1 << 20), "batch-size", "B", "16",
      "One gradient is the mean of B draws of the noise");
  add(sigma_row(), "sigma", "S", "1",
      "Standard deviation of one stochastic gradient: a number, one for each coordinate, or an expression of the "
      "coordinates");
  add(matrix_row(&Experiment::covariance, false), "covariance", "\"a,b;b,c\"", "\"1,0.5;0.5,1\"",
      "Full covariance of the noise instead of --sigma");

  group = "Examples";
  add(text_row(&Experiment::data), "data", "FILE", "wine.csv",
      "Examples that the loss is the mean over: a CSV, NPY or NPZ file, its columns by name in the loss");
  table.back().write = [](const Experiment& e) { return text_json(e.data); };
  add(text_row(&Experiment::target), "target", "COLUMN|EXPR", "quality",
      "What a model such as linear-regression is fitted to: a column, or an expression of columns (the last column)");
  table.back().write = [](const Experiment& e) { return text_json(e.target); };
  add(features_row(), "features", "A,B,...", "\"alcohol, alcohol^2\"",
      "What a model is fitted with: columns, or expressions of columns (all that are not in the target)");
  add(random_row(), "random", "NAME=LAW", "a=normal:0,1",
      "A column of examples that are drawn fresh: normal:M,S, uniform:A,B, rademacher, laplace, student-t:NU, or "
      "A,B=gaussian:MEANS;COVARIANCE. Repeatable");
  add(choice_row(&Experiment::sampling,
                 [] {
                   return std::vector<std::string>{"with-replacement", "without-replacement", "reshuffle"};
                 }),
      "sampling", "with-replacement|without-replacement|reshuffle", "reshuffle",
      "How the B examples of a step are chosen: each from all, different ones, or in turn, in a new order each epoch");
  table.back().write = [](const Experiment& e) { return text_json(e.sampling); };
  add(rule_flag_row(&Experiment::standardize), "standardize", "", "",
      "Columns are shifted and scaled to mean 0 and variance 1");

  group = "Ensemble";
  add(count_row(&Experiment::particles, 1, most_particles), "particles", "N", "1e6", "Number of independent particles");
  add(count_row(&Experiment::steps, 1, most_steps), "steps", "T", "1000", "Steps after burn-in");
  add(burn_in_row(), "burn-in", "K|auto", "2000", "Steps before the first sample; auto: from the relaxation rate");
  add(count_row(&Experiment::thinning, 1, most_steps), "thinning", "M", "10", "Steps between samples");
  add(snapshots_row(), "snapshots", "A,B,...", "100,1000",
      "Steps, counted from the start, of separate histograms and moments");
  add(init_row(), "init", "LAW[;...]", "normal:0,1",
      "Initial law: point:V, normal:MEAN,SD (with ,LOWER,UPPER: clamped) or uniform:LOWER,UPPER; one, or one for each "
      "coordinate "
      "(chosen from the Gibbs density unless given)");
  add(count_row(&Experiment::seed, 0, ~std::uint64_t{0}), "seed", "N", "1", "Seed: the key of every random number");

  group = "Execution";
  add(table_row(&Experiment::precision, precisions), "precision", "float|double", "float",
      "Arithmetic of the particles");
  add(table_row(&Experiment::backend, backends), "backend", "auto|cpu|cuda", "auto",
      "Engine; auto takes the GPU if there is one");
  add(count_row(&Experiment::threads, 0, 4096), "threads", "N", "2", "Threads of the cpu engine; 0: all");
  add(device_row(), "device", "N", "0", "Number of the GPU");
  add(count_row(&Experiment::chunk, 0, most_particles), "chunk", "N", "65536",
      "Particles in memory at a time; 0: chosen. It does not change the result");

  group = "Measurement";
  add(histogram_row(), "histogram", "SPEC", "x:200:-2:2",
      "EXPR:BINS:LOWER:UPPER, two of them separated by a comma for a joint histogram, :periodic at the end for an "
      "angle; "
      "EXPR is any expression of the coordinates, loss, v.x, kinetic, average(e,N), ema(e,N). Repeatable (each "
      "coordinate, velocity and the loss unless given)");
  add(alpha_row(), "alpha", "A", "0.5",
      "alpha of the Gibbs prediction, T = 2 alpha T_eff (T = alpha eta sigma^2 for sgd)");

  group = "Output";
  add(text_row(&Experiment::output), "output", "DIR", "isotherm-output", "Folder for result.json and histograms");
  add(format_row(), "format", "json,npz,hdf5,csv", "json,csv", "Formats of the histograms");
  add(rule_flag_row(&Experiment::keep_positions), "keep-positions", "", "",
      "Keep the positions of all particles at the last step: positions.npy, with --format hdf5 also positions.h5");
  add(optional_count_row(&Experiment::track, most_tracked), "track", "N", "1000",
      "Keep the positions of N particles at every sample: tracks.npy, with --format hdf5 also tracks.h5");
  add(flag_row(&Experiment::quiet), "quiet", "", "", "Print errors only");
  add(rule_flag_row(&Experiment::draw), "draw", "", "",
      "Draw the density with the result, even where standard output is no terminal");
  add(flag_row(&Experiment::json), "json", "", "", "Print the result as JSON to standard output instead of a table");
  add(flag_row(&Experiment::dry_run), "dry-run", "", "", "Print what would run, and run nothing");
  add(flag_row(&Experiment::log), "log", "", "", "Print progress as JSON lines to standard error");
  add(positive_row(&Experiment::checkpoint_interval), "checkpoint-interval", "S", "60",
      "Seconds between checkpoints (60 unless given, more where a checkpoint would take more than 2 % of the time)");
  add(expect_row(), "expect", "consistent:PREDICTION", "consistent:gibbs",
      "Exit status 1 unless the verdict on this prediction is `consistent`");
  complete(table);
  return table;
}

}  // namespace

std::span<const Option> options() {
  static const std::vector<Option> table = make_table();
  return table;
}

std::string default_value(const Option& option) {
  if (option.form == Form::flag || !option.write) return "";
  const Json value = option.write(Experiment{});
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) return joined(value.get<std::vector<std::string>>(), ",");
  return value.dump();
}

std::vector<const Option*> bench_options() {
  return {find_option("precision"), find_option("threads"), find_option("json")};
}

std::vector<const Option*> reproduce_options() {
  return {find_option("threads"), find_option("output"), find_option("json"), find_option("quiet")};
}

std::vector<const Option*> resume_options() {
  std::vector<const Option*> chosen;
  for (const char* name :
       {"backend", "threads", "device", "chunk", "checkpoint-interval", "quiet", "draw", "json", "log"})
    chosen.push_back(find_option(name));
  return chosen;
}

const Option* find_option(std::string_view name) {
  for (const Option& option : options()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string did_you_mean(const std::string& name, std::string_view dashes) {
  // What other programs call these.
  static const std::map<std::string_view, const char*> elsewhere = {{"lr", "eta"},
                                                                    {"learning-rate", "eta"},
                                                                    {"learning_rate", "eta"},
                                                                    {"step-size", "eta"},
                                                                    {"momentum", "mu"},
                                                                    {"optimizer", "dynamics"},
                                                                    {"optim", "dynamics"},
                                                                    {"algorithm", "dynamics"},
                                                                    {"std", "sigma"},
                                                                    {"noise-std", "sigma"},
                                                                    {"iterations", "steps"},
                                                                    {"iters", "steps"},
                                                                    {"samples", "particles"},
                                                                    {"walkers", "particles"},
                                                                    {"chains", "particles"},
                                                                    {"bins", "histogram"},
                                                                    {"warmup", "burn-in"},
                                                                    {"burnin", "burn-in"},
                                                                    {"batch", "batch-size"},
                                                                    {"dataset", "data"},
                                                                    {"potential", "loss"},
                                                                    {"function", "loss"},
                                                                    {"out", "output"}};
  if (const auto found = elsewhere.find(name); found != elsewhere.end())
    return "; did you mean " + std::string(dashes) + found->second + "?";
  std::vector<std::string> names;
  for (const Option& option : options()) names.push_back(option.name);
  const std::string near = loss::nearest(name, names);
  return near.empty() ? "" : "; did you mean " + std::string(dashes) + near + "?";
}

void apply(const Option& option, Texts texts, Experiment& experiment, const std::string& where, bool in_file) {
  try {
    option.read(experiment, texts);
  } catch (const ValueError& error) {
    std::string message = where + ": " + error.what();
    if (error.complete) {
      // What would be right stands at the end, as on the command line.
      const std::string dashed = "--" + option.name + ' ';
      const std::size_t at = message.rfind(dashed);
      if (in_file && at != std::string::npos && message.find(' ', at + dashed.size()) == std::string::npos)
        message = message.substr(0, at) + option.name + " = \"" + message.substr(at + dashed.size()) + '"';
    } else if (!option.example.empty()) {
      message += (message.ends_with('?') ? " For example " : ", for example ") +
                 (in_file ? example_in_file(option) : "--" + option.name + ' ' + option.example);
    }
    throw InputError(message);
  }
}

std::string clipped(const std::string& text) {
  constexpr std::size_t most = 60;
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

void apply_words(const Option& option, const std::vector<std::string>& words, Experiment& experiment) {
  const std::string dashed = "--" + option.name;
  if (option.form == Form::flag) {
    apply(option, Texts(&words.back(), 1), experiment, dashed + '=' + clipped(words.back()), false);
    return;
  }
  const std::string shown = words.size() == 1 ? clipped(words.front()) : "";
  apply(option, words, experiment, dashed + (shown.empty() ? "" : ' ' + shown), false);
}

Json experiment_json(const Experiment& experiment) {
  Json json = Json::object();
  for (const Option& option : options()) {
    Json value = option.write(experiment);
    if (!value.is_null()) json[option.name] = std::move(value);
  }
  return json;
}

}  // namespace isotherm::cli
