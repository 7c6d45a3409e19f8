#include "experiment/noise.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "experiment/matrix.hpp"
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

void use_covariance(loss::Problem& problem, const std::string& text, NoisePlan& plan) {
  const std::size_t dimension = problem.dimension();
  const Eigen::MatrixXd matrix = parse_matrix(text, dimension, "--covariance");
  const Eigen::LLT<Eigen::MatrixXd> factor(matrix);
  if (factor.info() != Eigen::Success)
    throw InputError("--covariance: the matrix is not positive definite; a covariance has positive eigenvalues only");
  const Eigen::MatrixXd lower = factor.matrixL();
  const auto batch = static_cast<double>(plan.scale.batch_size);
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      plan.scale.cholesky.push_back(constant(
          problem, "--covariance[" + std::to_string(i) + "," + std::to_string(j) + "]", j <= i ? lower(i, j) : 0.0));
    plan.constant_variance.push_back(matrix(i, i) / batch);
    for (Eigen::Index j = 0; j < i; ++j) plan.correlated = plan.correlated || matrix(i, j) != 0;
    plan.variance.push_back(constant(problem, "--variance[" + std::to_string(i) + "]", matrix(i, i) / batch));
  }
  plan.covariance = matrix / batch;
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
  const auto batch = static_cast<double>(plan.scale.batch_size);
  const std::vector<double> settings = problem.setting_values();
  for (const NodeId node : nodes) {
    plan.scale.sigma.push_back(node);
    const NodeId square = graph.mul(node, node);
    plan.variance.push_back(batch == 1 ? square : graph.mul(graph.literal(1 / batch), square));
    if (graph.node(node).level == loss::Level::particle) {
      plan.state_dependent = true;
      continue;
    }
    const double value = graph.evaluate(node, settings, {});
    if (!(value >= 0) || !std::isfinite(value * value))
      throw InputError("--sigma: " + experiment.sigma +
                       " is not a standard deviation; it must be 0 or greater, for example --sigma 1");
    plan.constant_variance.push_back(value * value / batch);
  }
  if (plan.state_dependent) plan.constant_variance.clear();
}

/// Largest dimension of closed traces: their polynomials have D^2 / 2 terms.
constexpr std::size_t largest_trace = 200;

/// Adds the covariance of the mean of the gradients of a batch, E (g_i - <g_i>)(g_j - <g_j>) times a factor, and times
/// the share of it that a step of the rule makes of it.
void add_examples(loss::Problem& problem, const ExamplePlan& examples, NoisePlan& plan) {
  loss::Graph& graph = problem.graph();
  const std::size_t d = problem.dimension();
  const double factor = plan.example_factor = examples.variance_factor();
  if (factor == 0 && !examples.has_variance_within_rows()) return;  // every step sees all rows, and nothing else
  const std::span<const NodeId> g = problem.example_gradient(), mean = problem.plain_gradient();
  const gradient_noise::WithinRows within = within_rows(problem, examples);
  const auto average = [&](NodeId node, const std::string& kind, std::size_t i, std::size_t j) {
    return problem.average(node, kind + "." + problem.coordinates()[i] + "." + problem.coordinates()[j]);
  };
  // Times the factor. Where the mean has no closed form, a mean cannot stand within a mean.
  const auto covariance = [&](std::size_t i, std::size_t j) {
    NodeId of_one = problem.is_quadratic_data()
                        ? average(graph.mul(graph.sub(g[i], mean[i]), graph.sub(g[j], mean[j])), "noise", i, j)
                        : -1;
    // Without a closed form the mean, of D terms, stays out of the pass over all examples.
    if (of_one < 0 || graph.node(of_one).operation == loss::Operation::data_mean)
      of_one = graph.sub(graph.data_mean(graph.mul(g[i], g[j])), graph.mul(mean[i], mean[j]));
    const double share = std::sqrt(plan.share_of(i) * plan.share_of(j));
    const NodeId between = graph.mul(graph.literal(share * factor), of_one);
    if (within.differences.empty()) return between;
    return graph.add(between, graph.mul(graph.literal(share * within.factor),
                                        average(graph.mul(g[i], within.differences[j]), "noise within rows", i, j)));
  };
  plan.added_variance = plan.variance;
  for (std::size_t c = 0; c < d; ++c) {
    plan.variance[c] = graph.add(plan.variance[c], covariance(c, c));
    if (graph.node(plan.variance[c]).level == loss::Level::particle) plan.state_dependent = true;
  }
  plan.closed_trace = problem.is_quadratic_data() && d <= largest_trace && within.differences.empty();
  plan.none = false;
  plan.sigma.reset();
  if (plan.state_dependent) return plan.constant_variance.clear();
  Eigen::MatrixXd sum = plan.covariance;
  const auto at = [](std::size_t i) { return static_cast<Eigen::Index>(i); };
  if (sum.size() == 0) {
    sum = Eigen::MatrixXd::Zero(at(d), at(d));
    for (std::size_t c = 0; c < d; ++c) sum(at(c), at(c)) = plan.constant_variance[c];
  }
  // The same everywhere, so measured anywhere.
  const gradient_noise::Place place =
      gradient_noise::Meter(problem, factor, within)("", std::vector<double>(d, 0.0), false);
  Eigen::VectorXd root(at(d));
  for (std::size_t c = 0; c < d; ++c) root[at(c)] = std::sqrt(plan.share_of(c));
  sum +=
      root.asDiagonal() * Eigen::Map<const Eigen::MatrixXd>(place.covariance.data(), at(d), at(d)) * root.asDiagonal();
  for (std::size_t c = 0; c < d; ++c) plan.constant_variance[c] = sum(at(c), at(c));
  plan.correlated = !(sum - Eigen::MatrixXd(sum.diagonal().asDiagonal())).isZero(1e-12 * sum.cwiseAbs().maxCoeff());
  if (plan.correlated) plan.covariance = sum;
}

}  // namespace

gradient_noise::WithinRows within_rows(loss::Problem& problem, const ExamplePlan& examples) {
  gradient_noise::WithinRows within;
  if (!examples.has_variance_within_rows()) return within;
  loss::Graph& graph = problem.graph();
  const std::size_t first = examples.table_columns(), names = (examples.examples->columns() - first) / 2;
  std::unordered_map<NodeId, NodeId> columns;
  for (std::size_t c = first; c < first + names; ++c) columns[graph.column(c)] = graph.column(c + names);
  for (const NodeId g : problem.example_gradient())
    within.differences.push_back(graph.sub(g, graph.replace(g, columns)));
  within.factor = 1 / static_cast<double>(examples.batch_size) - examples.variance_factor();
  return within;
}

loss::NodeId weighted_trace(loss::Problem& problem, const NoisePlan& noise, std::span<const NodeId> weights) {
  loss::Graph& graph = problem.graph();
  std::vector<NodeId> terms;
  if (noise.closed_trace && !loss::means_of(graph, noise.variance, loss::Operation::data_mean).empty()) {
    // sum_c w_c (<g_c^2> - <g_c>^2)
    std::vector<NodeId> squares;
    for (std::size_t c = 0; c < weights.size(); ++c) {
      const NodeId g = problem.example_gradient()[c], mean = problem.plain_gradient()[c];
      const NodeId weight = graph.mul(graph.literal(noise.share_of(c)), weights[c]);
      squares.push_back(graph.mul(weight, graph.mul(g, g)));
      terms.push_back(graph.neg(graph.mul(weight, graph.mul(mean, mean))));
    }
    terms.push_back(problem.average(graph.sum(squares), "trace of the noise", largest_trace));
    NodeId sum = graph.mul(graph.literal(noise.example_factor), graph.sum(terms));
    for (std::size_t c = 0; c < weights.size(); ++c)
      sum = graph.add(sum, graph.mul(weights[c], noise.added_variance[c]));
    return sum;
  }
  for (std::size_t c = 0; c < weights.size(); ++c) terms.push_back(graph.mul(weights[c], noise.variance[c]));
  return graph.sum(terms);
}

NoisePlan plan_noise(loss::Problem& problem, const Experiment& experiment, const std::vector<double>& eta,
                     const ExamplePlan& examples, const std::vector<double>& example_share) {
  const int given = !experiment.sigma.empty() + !experiment.covariance.empty() + experiment.temperature.has_value();
  if (given > 1) throw InputError("--sigma, --covariance and --temperature all set the noise; give one of them");
  if (experiment.temperature && !(*experiment.temperature > 0 && std::isfinite(*experiment.temperature)))
    throw InputError("--temperature: must be greater than 0, for example --temperature 0.1");

  NoisePlan plan;
  plan.example_share = example_share;
  plan.scale.law = noise::parse(experiment.noise);
  if (plan.scale.law.none() || (examples.present() && given == 0)) {
    if (given > 0)
      throw InputError("--noise none: there is no noise to scale; drop --sigma, --covariance and --temperature");
    if (experiment.batch_size && !examples.present())
      throw InputError("--noise none: there is no noise to average; drop --batch-size");
    plan.none = plan.scale.none = true;
    const NodeId zero = problem.graph().literal(0);
    plan.variance.assign(problem.dimension(), zero);
    plan.constant_variance.assign(problem.dimension(), 0.0);
    plan.sigma = 0;
    if (examples.present()) add_examples(problem, examples, plan);
    return plan;
  }
  if (experiment.batch_size && !examples.present()) {
    constexpr std::uint64_t largest_batch = 1 << 20;
    if (*experiment.batch_size < 1 || *experiment.batch_size > largest_batch)
      throw InputError("--batch-size: must be between 1 and " + std::to_string(largest_batch));
    plan.scale.batch_size = *experiment.batch_size;
  }
  if (!experiment.covariance.empty())
    use_covariance(problem, experiment.covariance, plan);
  else
    use_sigma(problem, experiment, eta, plan);
  const std::vector<double>& variance = plan.constant_variance;
  if (!plan.state_dependent && !plan.correlated &&
      std::all_of(variance.begin(), variance.end(), [&](double v) { return v == variance.front(); }))
    plan.sigma = std::sqrt(variance.front() * static_cast<double>(plan.scale.batch_size));
  if (examples.present()) add_examples(problem, examples, plan);
  return plan;
}

}  // namespace isotherm
