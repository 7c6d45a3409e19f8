#pragma once
// Reverse-mode differentiation on the graph: the adjoint sweep is appended to the graph as ordinary nodes.

#include <span>
#include <vector>

#include "loss/graph.hpp"

namespace isotherm::loss {

/// d value / d state row r for r = 0 ... dimension-1. At a kink (abs, min, max) the derivative is that of the branch
/// the value takes; abs has derivative 0 at 0.
std::vector<NodeId> gradient(Graph& graph, NodeId value, std::size_t dimension);

/// The adjoint sweep repeated on each component: row-major dimension x dimension, symmetric.
std::vector<NodeId> hessian(Graph& graph, std::span<const NodeId> gradient);

/// sum_c d g_c / d x_c, without the rest of the Hessian.
NodeId laplacian(Graph& graph, std::span<const NodeId> gradient);

}  // namespace isotherm::loss
