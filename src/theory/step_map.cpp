#include "theory/step_map.hpp"

namespace isotherm::theory {
namespace {

dynamics::BuiltStep build(loss::Problem& problem, const dynamics::Descriptor& rule, dynamics::StepRequest request) {
  request.noise.law = {};
  return dynamics::build_step(problem, rule, request, problem.dimension());
}

}  // namespace

StepMap::StepMap(loss::Problem& problem, const dynamics::Descriptor& rule, dynamics::StepRequest request)
    : dimension_(problem.dimension()), interpreter_(loss::Program{}) {
  const dynamics::BuiltStep built = build(problem, rule, std::move(request));
  loss::Program program = loss::lower(problem.graph(), built.next);
  draws_ = built.draws_per_step * dimension_;
  changes_ = program.step_constants_begin < program.constants.size();
  // As of the first step where it changes.
  const std::vector<double> scalars(problem.graph().step_scalars().size(), 1.0);
  constants_ = loss::evaluate_constants(problem.graph(), program, problem.setting_values(), scalars);
  interpreter_ = loss::Interpreter<double>(std::move(program));
}

void StepMap::operator()(std::span<const double> state, std::span<const double> xi, std::span<double> next) const {
  interpreter_(state, xi, constants_, next);
}

}  // namespace isotherm::theory
