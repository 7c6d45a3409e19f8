#pragma once
// Derived values of a sweep: expressions of the loss language over numbers of a setting, eta =
// "(1-mu)*batch_size*0.01".

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "loss/graph.hpp"

namespace isotherm::batch {

class Formula {
 public:
  /// `names` may occur. `what` begins the message of errors (loss::ParseError: column, and the nearest name).
  Formula(const std::string& expression, const std::vector<std::string>& names, const std::string& what);

  /// Those that do occur.
  const std::set<std::string>& names() const { return names_; }

  /// In double, a whole number where it is one to 1e-14. `value` is asked for each name that occurs, and may throw.
  double operator()(const std::function<double(const std::string&)>& value) const;

 private:
  loss::Graph graph_;
  loss::NodeId root_;
  std::set<std::string> names_;
};

/// An order of 0 ... n-1 in which each comes after those it reads, otherwise as it was; `reads[i]` are what i reads. An
/// entry that needs itself in the end, by however many others, is in no such order: then `cycle` is that chain (first =
/// last), and the order is empty.
struct EvaluationOrder {
  std::vector<std::size_t> order, cycle;
};
EvaluationOrder evaluation_order(const std::vector<std::vector<std::size_t>>& reads);

}  // namespace isotherm::batch
