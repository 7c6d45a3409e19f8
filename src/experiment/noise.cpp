#include "experiment/noise.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "experiment/words.hpp"
#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"

namespace isotherm {
namespace {

using loss::NodeId;

NodeId constant(loss::Problem& problem, const std::string& name, double value) {
  problem.set_value(name, value);
  return problem.graph().setting(name);
}

Eigen::MatrixXd parse_matrix(const std::string& text, std::size_t dimension) {
  const std::string right = "write a symmetric positive definite " + std::to_string(dimension) + " x " +
                            std::to_string(dimension) + " matrix as rows of numbers, for example --covariance " +
                            (dimension == 1   ? "2"
                             : dimension == 2 ? "\"1,0.3;0.3,2\""
                                              : "\"1,0.3,0;0.3,2,0;0,0,1\"");
  const std::vector<std::string> lines = split_outside_parentheses(text, ';');
  if (lines.size() != dimension)
    throw InputError("--covariance: " + counted(lines.size(), "row") + " for " + counted(dimension, "coordinate") +
                     "; " + right);
  Eigen::MatrixXd matrix(dimension, dimension);
  for (std::size_t i = 0; i < dimension; ++i) {
    const std::vector<std::string> entries = split_outside_parentheses(lines[i], ',');
    if (entries.size() != dimension)
      throw InputError("--covariance: row " + std::to_string(i + 1) + " has " + counted(entries.size(), "number") +
                       "; " + right);
    for (std::size_t j = 0; j < dimension; ++j) {
      std::size_t used = 0;
      double value = std::nan("");
      try {
        value = std::stod(entries[j], &used);
      } catch (const std::exception&) {
        used = 0;
      }
      if (used == 0 || entries[j].find_first_not_of(" \t", used) != std::string::npos || !std::isfinite(value))
        throw InputError("--covariance: '" + entries[j] + "' in row " + std::to_string(i + 1) + " is not a number; " +
                         right);
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
    }
  }
  if ((matrix - matrix.transpose()).cwiseAbs().maxCoeff() > 1e-12 * matrix.cwiseAbs().maxCoeff())
    throw InputError("--covariance: the matrix is not symmetric; " + right);
  return matrix;
}

void use_covariance(loss::Problem& problem, const std::string& text, NoisePlan& plan) {
  const std::size_t dimension = problem.dimension();
  const Eigen::MatrixXd matrix = parse_matrix(text, dimension);
  const Eigen::LLT<Eigen::MatrixXd> factor(matrix);
  if (factor.info() != Eigen::Success)
    throw InputError("--covariance: the matrix is not positive definite; a covariance has positive eigenvalues only");
  const Eigen::MatrixXd lower = factor.matrixL();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      plan.scale.cholesky.push_back(constant(
          problem, "--covariance[" + std::to_string(i) + "," + std::to_string(j) + "]", j <= i ? lower(i, j) : 0.0));
    plan.constant_variance.push_back(matrix(i, i));
    for (Eigen::Index j = 0; j < i; ++j) plan.correlated = plan.correlated || matrix(i, j) != 0;
    plan.variance.push_back(constant(problem, "--variance[" + std::to_string(i) + "]", matrix(i, i)));
  }
}

void use_sigma(loss::Problem& problem, const Experiment& experiment, const std::vector<double>& eta, NoisePlan& plan) {
  const std::size_t dimension = problem.dimension();
  loss::Graph& graph = problem.graph();
  std::vector<NodeId> nodes;
  if (experiment.temperature) {
    for (std::size_t c = 0; c < dimension; ++c)
      nodes.push_back(
          constant(problem, "--sigma[" + std::to_string(c) + "]", std::sqrt(2 * *experiment.temperature / eta[c])));
  } else {
    std::vector<std::string> items = split_outside_parentheses(experiment.sigma.empty() ? "1" : experiment.sigma, ',');
    if (items.size() != 1 && items.size() != dimension)
      throw InputError("--sigma: " + counted(items.size(), "value") + " for " + counted(dimension, "coordinate") +
                       "; give one, or one for each coordinate");
    for (std::size_t c = 0; c < items.size(); ++c) {
      NodeId node = problem.parse(items[c], "--sigma");
      // A plain number becomes a setting, so that the op list does not depend on its value.
      if (graph.node(node).level == loss::Level::literal)
        node = constant(problem, "--sigma[" + std::to_string(c) + "]", graph.node(node).literal);
      nodes.push_back(node);
    }
    while (nodes.size() < dimension) nodes.push_back(nodes.front());
  }
  const std::vector<double> settings = problem.setting_values();
  for (const NodeId node : nodes) {
    plan.scale.sigma.push_back(node);
    plan.variance.push_back(graph.mul(node, node));
    if (graph.node(node).level == loss::Level::particle) {
      plan.state_dependent = true;
      continue;
    }
    const double value = graph.evaluate(node, settings, {});
    if (!(value >= 0) || !std::isfinite(value))
      throw InputError("--sigma: " + experiment.sigma +
                       " is not a standard deviation; it must be 0 or greater, for example --sigma 1");
    plan.constant_variance.push_back(value * value);
  }
  if (plan.state_dependent) plan.constant_variance.clear();
}

}  // namespace

std::vector<std::string> split_outside_parentheses(const std::string& text, char separator) {
  std::vector<std::string> pieces(1);
  int depth = 0;
  for (const char character : text) {
    if (character == '(' || character == '[') ++depth;
    if (character == ')' || character == ']') --depth;
    if (character == separator && depth == 0)
      pieces.emplace_back();
    else
      pieces.back() += character;
  }
  return pieces;
}

void check_noise_law(const std::string& law) {
  if (law == "gaussian" || law == "none") return;
  const std::string near = loss::nearest(law, {"gaussian", "none"});
  throw InputError("--noise: unknown law '" + law + "'" + (near.empty() ? "." : "; did you mean '" + near + "'?") +
                   " There are gaussian, none");
}

NoisePlan plan_noise(loss::Problem& problem, const Experiment& experiment, const std::vector<double>& eta) {
  const int given = !experiment.sigma.empty() + !experiment.covariance.empty() + experiment.temperature.has_value();
  if (given > 1) throw InputError("--sigma, --covariance and --temperature all set the noise; give one of them");
  if (experiment.temperature && !(*experiment.temperature > 0 && std::isfinite(*experiment.temperature)))
    throw InputError("--temperature: must be greater than 0, for example --temperature 0.1");

  NoisePlan plan;
  if (experiment.noise == "none") {
    if (given > 0)
      throw InputError("--noise none: there is no noise to scale; drop --sigma, --covariance and --temperature");
    plan.scale.none = true;
    const NodeId zero = problem.graph().literal(0);
    plan.variance.assign(problem.dimension(), zero);
    plan.constant_variance.assign(problem.dimension(), 0.0);
    plan.sigma = 0;
    return plan;
  }
  check_noise_law(experiment.noise);
  if (!experiment.covariance.empty())
    use_covariance(problem, experiment.covariance, plan);
  else
    use_sigma(problem, experiment, eta, plan);
  const std::vector<double>& variance = plan.constant_variance;
  if (!plan.state_dependent && !plan.correlated &&
      std::all_of(variance.begin(), variance.end(), [&](double v) { return v == variance.front(); }))
    plan.sigma = std::sqrt(variance.front());
  return plan;
}

}  // namespace isotherm
