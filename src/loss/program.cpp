#include "loss/program.hpp"

namespace isotherm::loss {

std::vector<double> evaluate_constants(const Graph& graph, const Program& program, std::span<const double> settings,
                                       std::span<const double> step_scalars) {
  return graph.evaluate(program.constants, settings, step_scalars);
}

}  // namespace isotherm::loss
