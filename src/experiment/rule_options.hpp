#pragma once
// The options that a rule takes: --mu, --scheme, --decoupled, ...

#include "dynamics/dynamics.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm {

/// Why a value is outside of its domain, "must be greater than 0", or "".
std::string wrong_value(dynamics::Domain domain, double value);

/// The options of the rule, checked, with defaults where none was given; they are written back to the experiment. An
/// option that the rule does not take is an InputError which says who takes it.
dynamics::Options resolve_options(Experiment& experiment, const dynamics::Descriptor& rule, std::size_t dimension);

}  // namespace isotherm
