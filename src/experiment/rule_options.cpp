#include "experiment/rule_options.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "experiment/words.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

using dynamics::Descriptor;
using dynamics::Domain;

/// Where an option's values are kept; every option that a rule may take has a line.
struct Field {
  const char* name;
  std::vector<double> (*read)(const Experiment&);
  void (*write)(Experiment&, const std::vector<double>&);
};

template <auto field>
Field number_field(const char* name) {
  return {name,
          [](const Experiment& e) {
            return e.*field ? std::vector<double>{static_cast<double>(*(e.*field))} : std::vector<double>{};
          },
          [](Experiment& e, const std::vector<double>& values) {
            e.*field = static_cast<typename std::remove_reference_t<decltype(e.*field)>::value_type>(values.front());
          }};
}

template <std::vector<double> Experiment::*field>
Field list_field(const char* name) {
  return {name, [](const Experiment& e) { return e.*field; },
          [](Experiment& e, const std::vector<double>& values) { e.*field = values; }};
}

std::span<const Field> fields() {
  static const std::array all = {
      number_field<&Experiment::mu>("mu"),
      number_field<&Experiment::beta1>("beta1"),
      number_field<&Experiment::beta2>("beta2"),
      number_field<&Experiment::epsilon>("epsilon"),
      number_field<&Experiment::friction>("friction"),
      number_field<&Experiment::window>("window"),
      number_field<&Experiment::largest_weight>("largest-weight"),
      list_field<&Experiment::mass>("mass"),
      list_field<&Experiment::lipschitz>("lipschitz"),
  };
  return all;
}

struct ChoiceField {
  const char* name;
  std::string Experiment::*field;
};
constexpr std::array choice_fields = {ChoiceField{"parameterization", &Experiment::parameterization},
                                      ChoiceField{"scheme", &Experiment::scheme}};

struct FlagField {
  const char* name;
  bool Experiment::*field;
};
constexpr std::array flag_fields = {FlagField{"no-bias-correction", &Experiment::no_bias_correction},
                                    FlagField{"literal", &Experiment::literal}};

/// "momentum and nesterov", of the rules for which `takes` holds.
template <class Takes>
std::string who(const Takes& takes) {
  std::vector<std::string> names;
  for (const Descriptor& rule : dynamics::registry())
    if (takes(rule)) names.push_back(rule.name);
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 < names.size() ? ", " : " or ") + names[i];
  return text;
}

template <class Takes>
void require(const Descriptor& rule, bool given, const std::string& option, const Takes& takes) {
  if (!given || takes(rule)) return;
  const std::string others = who(takes);
  throw InputError("--" + option + ": " + rule.name + " has no such option; drop it" +
                   (others.empty() ? "" : ", or use --dynamics " + others));
}

const auto has_name = [](const auto& options, const char* name) {
  return std::any_of(options.begin(), options.end(), [&](const auto& option) { return option.name == name; });
};

}  // namespace

std::string wrong_value(Domain domain, double value) {
  const bool finite = std::isfinite(value);
  switch (domain) {
    case Domain::positive:
    case Domain::of_coordinate:
      return finite && value > 0 ? "" : "must be greater than 0";
    case Domain::nonnegative:
      return finite && value >= 0 ? "" : "must be 0 or greater";
    case Domain::fraction:
      return value >= 0 && value < 1 ? "" : "must be at least 0 and below 1";
    case Domain::share:
      return value > 0 && value <= 1 ? "" : "must be above 0 and at most 1";
    case Domain::whole:
      return finite && value >= 1 && value == std::floor(value) ? "" : "must be 1 or greater";
  }
  return "";
}

dynamics::Options resolve_options(Experiment& experiment, const Descriptor& rule, std::size_t dimension) {
  dynamics::Options options;
  for (const Field& field : fields()) {
    std::vector<double> values = field.read(experiment);
    require(rule, !values.empty(), field.name, [&](const Descriptor& d) { return has_name(d.numbers, field.name); });
    const auto option = std::find_if(rule.numbers.begin(), rule.numbers.end(),
                                     [&](const dynamics::NumberOption& o) { return o.name == field.name; });
    if (option == rule.numbers.end()) continue;
    if (values.empty()) {
      if (!option->fallback) continue;
      values = {*option->fallback};
      field.write(experiment, values);
    }
    if (values.size() != 1 && (option->domain != Domain::of_coordinate || values.size() != dimension))
      throw InputError("--" + option->name + ": " + counted(values.size(), "value") + " for " +
                       counted(dimension, "coordinate") + "; give one, or one for each coordinate");
    for (const double value : values)
      if (const std::string wrong = wrong_value(option->domain, value); !wrong.empty())
        throw InputError("--" + option->name + ": " + wrong);
    options.numbers[option->name] = std::move(values);
  }
  for (const ChoiceField& field : choice_fields) {
    std::string& text = experiment.*field.field;
    require(rule, !text.empty(), field.name, [&](const Descriptor& d) { return has_name(d.choices, field.name); });
    for (const dynamics::ChoiceOption& option : rule.choices) {
      if (option.name != field.name) continue;
      if (text.empty()) text = option.choices.front();
      if (std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end()) {
        const std::string near = loss::nearest(text, option.choices);
        std::string all;
        for (const std::string& choice : option.choices) all += (all.empty() ? "" : ", ") + choice;
        throw InputError("--" + option.name + ": unknown value '" + text + "'" +
                         (near.empty() ? "." : "; did you mean '" + near + "'?") + " There are " + all);
      }
      options.choices[option.name] = text;
    }
  }
  for (const FlagField& field : flag_fields) {
    const auto takes = [&](const Descriptor& d) {
      return std::find(d.flags.begin(), d.flags.end(), field.name) != d.flags.end();
    };
    require(rule, experiment.*field.field, field.name, takes);
    if (experiment.*field.field) options.flags.insert(field.name);
  }

  if (experiment.weight_decay) {
    if (!(*experiment.weight_decay >= 0) || !std::isfinite(*experiment.weight_decay))
      throw InputError("--weight-decay: must be 0 or greater, for example --weight-decay 0.01");
    options.numbers["weight-decay"] = {*experiment.weight_decay};
  }
  if (experiment.decoupled) {
    require(rule, true, "decoupled", [](const Descriptor& d) { return d.decouples; });
    if (!experiment.weight_decay)
      throw InputError("--decoupled: there is no weight decay to decouple; give --weight-decay too");
    options.flags.insert("decoupled");
  }
  const auto by_gradient = [](const Descriptor& d) { return d.preconditioned; };
  require(rule, !experiment.preconditioner.empty(), "preconditioner", by_gradient);
  require(rule, !experiment.gradient_weights.empty(), "gradient-weights", by_gradient);
  return options;
}

}  // namespace isotherm
