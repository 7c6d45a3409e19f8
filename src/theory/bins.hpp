#pragma once
// Probabilities of the bins of histograms under a Gibbs law that is a product over components.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "loss/problem.hpp"
#include "theory/component.hpp"
#include "theory/law.hpp"
#include "theory/prediction.hpp"

namespace isotherm::theory {

/// A law at one temperature: one factor for each component, in the same order.
struct ProductLaw {
  double temperature = 0;
  std::span<const Component> components;
  std::vector<std::shared_ptr<const ComponentLaw>> factors;
  bool quadratic() const;     ///< all components are
  double least_loss() const;  ///< of a quadratic loss
};

/// Integrates the law over every slot of one or two axes. Throws ParseError for an expression that does not parse.
/// `vocabulary` names rows of the state beyond the coordinates, if a component of the law has such.
BinProbabilities integrate_bins(loss::Problem& problem, const ProductLaw& law, const std::vector<Axis>& axes,
                                const loss::Problem::Vocabulary& vocabulary = {{}, {}, {}});

/// The loss at all quantile_levels(): exact for quadratics (2 (L - L_min) / T is chi-squared with D degrees of
/// freedom), by level sets for a problem of one coordinate; empty beyond.
std::map<std::string, double> loss_quantiles(loss::Problem& problem, const ProductLaw& law);

}  // namespace isotherm::theory
