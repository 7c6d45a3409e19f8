#pragma once
// Independent parts of a loss: L(x) = sum over components of L_c(the coordinates of c), so that exp(-L/T) is a product.

#include <span>
#include <string>
#include <vector>

#include "loss/problem.hpp"

namespace isotherm::theory {

/// A group of coordinates that no term of the loss couples to others.
struct Component {
  std::vector<std::size_t> coordinates;  ///< ascending
  loss::NodeId value = -1;
  std::vector<loss::NodeId> gradient;  ///< by `coordinates`
  std::vector<loss::NodeId> hessian;   ///< row-major; empty where the graph would become too large
  bool quadratic = false;              ///< the Hessian does not depend on the coordinates
  bool is_sum_over_data = false;       ///< each value is a pass over all examples
  bool has_branches = false;           ///< of a sum over data: kinks where no derivative says what is below

  std::size_t dimension() const { return coordinates.size(); }
};

struct Separation {
  std::vector<Component> components;
  std::vector<std::size_t> flat;  ///< coordinates on which the loss does not depend
};

/// Splits the sum at the root of the loss's graph (through signs and constant factors) into its connected components.
/// Constant terms belong to the first component.
Separation separate(loss::Problem& problem);

/// State rows that a node reads, ascending.
std::vector<std::size_t> coordinates_of(const loss::Graph& graph, loss::NodeId node);

/// A function of a component's own coordinates.
class ComponentFunction {
 public:
  ComponentFunction(loss::Problem& problem, std::span<const std::size_t> coordinates,
                    std::span<const loss::NodeId> nodes);
  std::size_t outputs() const { return function_.outputs(); }
  void operator()(std::span<const double> local, std::span<double> out) const;

 private:
  loss::Function function_;
  std::vector<std::size_t> coordinates_;
  mutable std::vector<double> point_;  // of all coordinates; those of other components stay 0
};

}  // namespace isotherm::theory
