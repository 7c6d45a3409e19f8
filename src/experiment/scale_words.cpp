#include "experiment/scale_words.hpp"

#include "experiment/matrix.hpp"
#include "experiment/words.hpp"

namespace isotherm {
namespace {

/// The part of "A; averaged: B" that is for these options: B if one of the choices is `averaged`, else A.
std::string formula_for(const std::string& formula, const dynamics::Options& options) {
  std::string chosen;
  for (std::string part : split_outside_parentheses(formula, ';')) {
    part.erase(0, part.find_first_not_of(' '));
    const std::size_t colon = part.find(": ");
    const std::string label = part.substr(0, colon);
    bool labelled = false, matches = false;
    for (const dynamics::Descriptor& rule : dynamics::registry())
      for (const dynamics::ChoiceOption& option : rule.choices)
        for (const std::string& choice : option.choices) labelled = labelled || choice == label;
    for (const auto& [name, choice] : options.choices) matches = matches || choice == label;
    if (!labelled && chosen.empty()) chosen = part;
    if (matches && colon != std::string::npos) chosen = part.substr(colon + 2);
  }
  return chosen;
}

}  // namespace

void describe_scales(Plan& plan, const dynamics::Options& options, const RatePlan& rates) {
  verdict::Scales& scales = plan.scales;
  const dynamics::Descriptor& rule = *plan.dynamics;
  const Experiment& experiment = plan.experiment;
  scales.scheduled = !rates.schedule.is_constant();
  if (!rule.uses_eta) scales.eta = scales.step = 0;

  // What stands for eta and for sigma^2 in the rule's own formula.
  std::vector<std::string> changes;
  std::string rate;
  if (rates.preconditioner_matrix.size() != 0) rate = "P_cc ";
  if (rates.weight_sum != 1) rate = short_text(rates.weight_sum) + " " + rate;
  if (!rate.empty()) changes.push_back(rate + "eta for eta");
  double variance = rates.weight_square_sum / (rates.weight_sum * rates.weight_sum);
  if (experiment.batch_size) variance /= static_cast<double>(*experiment.batch_size);
  if (variance != 1) changes.push_back(short_text(variance) + " sigma^2 for sigma^2");
  scales.temperature_formula = formula_for(rule.temperature_formula, options);
  for (std::size_t i = 0; i < changes.size(); ++i)
    scales.temperature_formula += (i == 0 ? " with " : " and ") + changes[i];

  for (const dynamics::NumberOption& option : rule.numbers) {
    const auto found = options.numbers.find(option.name);
    if (found == options.numbers.end()) continue;
    std::string values;
    for (const double value : found->second) values += (values.empty() ? "" : ", ") + short_text(value);
    scales.entering.emplace_back(option.name, values);
  }
  if (experiment.batch_size) scales.entering.emplace_back("batch size", std::to_string(*experiment.batch_size));
  for (std::size_t c = 0; c < plan.velocity_mass.size(); ++c)
    scales.velocity_mass[rule.rows.front().name + "." + plan.problem->coordinates()[c]] = plan.velocity_mass[c];
}

}  // namespace isotherm
