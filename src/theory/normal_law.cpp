#include "theory/normal_law.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numbers>

#include "isotherm/core/error.hpp"
#include "loss/derivative.hpp"
#include "theory/axis_cuts.hpp"
#include "theory/joint_normal_bins.hpp"
#include "theory/scatter.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double infinity = std::numeric_limits<double>::infinity();

double normal_quantile(double probability) { return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * probability); }

std::span<const double> as_span(const VectorXd& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }

BinProbabilities quadratic_bins(const std::vector<Axis>& axes, const WeightedChiSquared& law) {
  const Axis& axis = axes.front();
  BinProbabilities result{axes, std::vector<double>(axis.extent(), 0.0), ""};
  const double reach = law.mean() + 40 * std::sqrt(law.variance());
  const auto edges = axis.periodic ? edges_between(axis, -reach, reach) : edges_between(axis, -infinity, infinity);
  if (!edges) {
    result.probabilities.clear();
    result.not_applicable = "the law is wider than a million bins of the periodic axis";
    return result;
  }
  // Tails on either side are taken once per edge.
  std::vector<double> below = {0}, above = {1};
  for (const double edge : *edges) {
    below.push_back(law.below(edge));
    above.push_back(law.above(edge));
  }
  below.push_back(1);
  above.push_back(0);
  for (std::size_t i = 0; i + 1 < below.size(); ++i) {
    const double mass = below[i] < 0.5 ? below[i + 1] - below[i] : above[i] - above[i + 1];
    const double place = edges->empty() ? law.mean()
                         : i == 0       ? edges->front() - 0.5 * axis.width()
                                        : (*edges)[i - 1] + 0.5 * axis.width();
    result.probabilities[slot(axis, place)] += std::max(0.0, mass);
  }
  return result;
}

}  // namespace

std::map<std::string, Index> own_rows(const dynamics::Descriptor& rule, const loss::Problem& problem) {
  std::map<std::string, Index> rows;
  const std::size_t dimension = problem.dimension();
  for (std::size_t q = 1; q <= rule.rows.size(); ++q) {
    const dynamics::Row& row = rule.rows[q - 1];
    for (std::size_t c = 0; c < (row.shared ? 1 : dimension); ++c)
      rows[row.shared ? row.name : row.name + "." + problem.coordinates()[c]] =
          static_cast<Index>(rule.row_of(q, c, dimension));
  }
  return rows;
}

NormalLaw::NormalLaw(loss::Problem& problem, const dynamics::Descriptor& rule, VectorXd mean, MatrixXd covariance,
                     bool expands_loss)
    : problem_(problem),
      rule_(rule),
      mean_(std::move(mean)),
      covariance_(std::move(covariance)),
      expands_loss_(expands_loss) {}

std::optional<QuadraticForm> NormalLaw::form(loss::NodeId node) const {
  loss::Graph& graph = problem_.graph();
  const auto rows = static_cast<std::size_t>(mean_.size());
  QuadraticForm form;
  if (graph.node(node).operation == loss::Operation::state) {
    const Index row = graph.node(node).index;
    return QuadraticForm{mean_[row], VectorXd::Unit(mean_.size(), row), MatrixXd::Zero(mean_.size(), mean_.size())};
  }
  std::vector<loss::NodeId> nodes = {node};
  const std::vector<loss::NodeId> slope = loss::gradient(graph, node, rows);
  nodes.insert(nodes.end(), slope.begin(), slope.end());
  const std::vector<loss::NodeId> curvature = loss::hessian(graph, slope);
  nodes.insert(nodes.end(), curvature.begin(), curvature.end());
  const loss::Function function(problem_, nodes);
  std::vector<double> out(nodes.size());
  function(as_span(mean_), out);
  form.value = out[0];
  form.slope = Eigen::Map<VectorXd>(out.data() + 1, mean_.size());
  form.curvature = Eigen::Map<MatrixXd>(out.data() + 1 + rows, mean_.size(), mean_.size());
  if (expands_loss_ && node == problem_.value()) return form;
  const VectorXd deviations = covariance_.diagonal().cwiseSqrt();
  for (int trial = 0; trial < 8; ++trial) {
    const VectorXd moved = (0.3 + trial) * deviations.cwiseProduct(scatter(mean_.size(), trial));
    const double linear = form.slope.dot(moved), square = 0.5 * moved.dot(form.curvature * moved);
    const double size = std::abs(form.value) + std::abs(linear) + std::abs(square);
    function(as_span(mean_ + moved), out);
    if (!(std::abs(out[0] - form.value - linear - square) <= 1e-10 * size + 1e-300)) return std::nullopt;
  }
  return form;
}

std::optional<WeightedChiSquared> NormalLaw::law_of(const QuadraticForm& form) const {
  // y = root z, z standard normal; the form's curvature in z, diagonalized.
  const Eigen::SelfAdjointEigenSolver<MatrixXd> spread(covariance_);
  const MatrixXd root = spread.eigenvectors() * spread.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(root.transpose() * form.curvature * root);
  const VectorXd slope = eigen.eigenvectors().transpose() * (root.transpose() * form.slope);
  const double largest = eigen.eigenvalues().cwiseAbs().maxCoeff();
  std::vector<WeightedChiSquared::Term> terms;
  double constant = form.value;
  for (Index i = 0; i < slope.size(); ++i) {
    const double weight = 0.5 * eigen.eigenvalues()[i];
    if (std::abs(weight) <= 1e-14 * largest) {
      if (std::abs(slope[i]) > 1e-12 * (slope.norm() + largest)) return std::nullopt;
      continue;
    }
    if (weight < 0) return std::nullopt;
    const double offset = slope[i] / (2 * weight);
    terms.push_back({weight, offset});
    constant -= weight * offset * offset;
  }
  return WeightedChiSquared(constant, terms);
}

std::map<std::string, double> NormalLaw::quantiles(Index row) const {
  std::map<std::string, double> values;
  const double deviation = std::sqrt(covariance_(row, row));
  for (const auto& [key, level] : quantile_levels()) values[key] = mean_[row] + deviation * normal_quantile(level);
  return values;
}

BinProbabilities NormalLaw::bins(const std::vector<Axis>& axes) const {
  const auto refuse = [&](std::string reason) { return BinProbabilities{axes, {}, std::move(reason)}; };
  loss::Problem::Vocabulary vocabulary;
  for (const auto& [name, row] : own_rows(rule_, problem_))
    vocabulary.names[name] = problem_.graph().state(static_cast<std::size_t>(row));
  std::vector<QuadraticForm> forms;
  for (const Axis& axis : axes) {
    std::optional<QuadraticForm> found;
    try {
      found = form(problem_.parse(axis.expression, "axis", vocabulary));
    } catch (const InputError&) {
      return refuse("'" + axis.expression + "' is not a function of the state");
    }
    if (!found) return refuse("'" + axis.expression + "' is neither linear nor quadratic in the state");
    if (!found->affine() && axes.size() > 1)
      return refuse("the joint law of '" + axis.expression + "' and another observable is not available");
    forms.push_back(std::move(*found));
  }
  if (!forms.front().affine()) {
    const auto law = law_of(forms.front());
    if (!law) return refuse("'" + axes[0].expression + "' is not a sum of squares");
    return quadratic_bins(axes, *law);
  }
  VectorXd mean(static_cast<Index>(forms.size()));
  MatrixXd slopes(covariance_.rows(), mean.size());
  for (Index i = 0; i < mean.size(); ++i) {
    mean[i] = forms[static_cast<std::size_t>(i)].value;
    slopes.col(i) = forms[static_cast<std::size_t>(i)].slope;
  }
  return joint_normal_bins(axes, mean, slopes.transpose() * covariance_ * slopes);
}

}  // namespace isotherm::theory
