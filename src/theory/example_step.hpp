#pragma once
// The one-step map of a chain whose gradients are means over examples, in double and from the rule's own nodes.

#include <Eigen/Dense>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "dynamics/step.hpp"
#include "loss/examples.hpp"
#include "loss/interpreter.hpp"

namespace isotherm::theory {

/// z' = F(z, m, xi): `m` are the means, over the examples of the step, of functions phi_j(z; example), the components
/// of the gradient; `xi` numbers of mean 0 and variance 1 (as StepMap). Copyable; a copy has scratch values of its own,
/// and a step must not be called by two threads at a time.
class ExampleStep {
 public:
  /// `problem` has examples, and must outlive this.
  ExampleStep(loss::Problem& problem, const dynamics::Descriptor& rule, dynamics::StepRequest request);

  std::size_t dimension() const { return dimension_; }
  std::size_t rows() const { return rows_; }    ///< positions, then the rule's own
  std::size_t means() const { return means_; }  ///< number of the phi_j
  std::size_t draws() const { return draws_; }
  bool changes() const { return changes_; }  ///< the map depends on the number of the step
  /// There are derivatives: of more than most_slopes they would take too long. Without them nothing else is asked for.
  static constexpr std::size_t most_slopes = 2500;
  bool has_slopes() const { return means_ * active_.size() <= most_slopes; }
  /// phi_j is affine in the state for every example.
  bool is_affine() const { return affine_; }
  /// The state rows that some phi_j reads, ascending.
  const std::vector<Eigen::Index>& active() const { return active_; }
  const loss::Examples& examples() const { return *examples_; }
  /// The columns that the derivatives of the phi_j read.
  const std::set<std::size_t>& slope_columns() const { return slope_columns_; }
  /// Work of one pass over the examples, in instructions: for the phi_j, and for their derivatives.
  double value_work() const;
  double slope_work() const;

  /// F. Sizes: rows(), means(), draws(), rows().
  void operator()(std::span<const double> state, std::span<const double> means, std::span<const double> xi,
                  std::span<double> next) const;

  /// Mean and covariance over all examples of what one of them gives, at a state of rows() numbers.
  struct Population {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;
  };
  /// Of phi_j.
  Population values(const Eigen::VectorXd& state) const;
  /// Of d phi_j / d z_a at the index j + means() * (place of a in active()).
  Population slopes(const Eigen::VectorXd& state) const;
  Eigen::VectorXd mean_value(const Eigen::VectorXd& state) const;
  /// means() x rows().
  Eigen::MatrixXd mean_slope(const Eigen::VectorXd& state) const;

  /// All learning rates (dt, for rules that step by it) times `factor` from now on.
  void scale(double factor);

 private:
  Population over_examples(loss::Interpreter<double>& body, const std::vector<double>& constants,
                           const Eigen::VectorXd& state, bool covariance) const;

  loss::Problem* problem_;
  std::vector<double> dt_;  ///< of rules that step by it
  std::shared_ptr<const loss::Examples> examples_;
  std::size_t dimension_, rows_ = 0, means_ = 0, draws_ = 0;
  bool changes_ = false, affine_ = true;
  std::vector<Eigen::Index> active_;
  std::set<std::size_t> slope_columns_;
  mutable loss::Interpreter<double> step_, values_, slopes_;
  std::vector<double> step_constants_, value_constants_, slope_constants_;
};

}  // namespace isotherm::theory
