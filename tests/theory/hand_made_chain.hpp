#pragma once
// Chains for the tests of predictions, put together without the planning of a run.

#include <Eigen/Dense>
#include <memory>

#include "dynamics/linear_map.hpp"
#include "theory/predictor.hpp"
#include "theory/support.hpp"

namespace isotherm::theory {

struct ChainRequest {
  std::string loss;
  std::map<std::string, std::string> set = {};
  std::string rule = "sgd";
  double eta = 0.1;                         ///< also the step, unless dt is given
  std::vector<std::string> sigma = {"1"};   ///< expressions, one or one for each coordinate
  std::vector<double> covariance = {};      ///< row-major, in place of sigma
  std::vector<double> preconditioner = {};  ///< row-major
  std::optional<double> dt = {};
  std::map<std::string, std::vector<double>> numbers = {};
  std::map<std::string, std::string> choices = {};
  std::set<std::string> flags = {};
  std::string noise = "gaussian";
  std::size_t batch_size = 1;
};

class HandMadeChain {
 public:
  explicit HandMadeChain(const ChainRequest& r) : problem_(theory::problem(r.loss, r.set)) {
    loss::Graph& graph = problem_.graph();
    const std::size_t dimension = problem_.dimension();
    const dynamics::Descriptor& rule = dynamics::find(r.rule);
    const auto constant = [&](const std::string& name, double value) {
      problem_.set_value(name, value);
      return graph.setting(name);
    };
    dynamics::StepRequest request;
    request.options = dynamics::default_options(rule);
    for (const auto& [name, values] : r.numbers) request.options.numbers[name] = values;
    for (const auto& [name, value] : r.choices) request.options.choices[name] = value;
    request.options.flags = r.flags;
    if (rule.uses_dt) request.options.numbers["dt"] = {r.dt.value_or(r.eta)};
    request.eta.assign(dimension, constant("--eta", r.eta));
    request.noise.law = noise::parse(r.noise);
    request.noise.batch_size = r.batch_size;
    double sigma2 = 1;
    for (std::size_t c = 0; c < dimension; ++c) {
      const loss::NodeId node = problem_.parse(r.sigma[r.sigma.size() > 1 ? c : 0], "sigma");
      chain.state_dependent_noise = chain.state_dependent_noise || graph.node(node).level == loss::Level::particle;
      request.noise.sigma.push_back(node);
      request.variance.push_back(
          graph.mul(graph.literal(1 / static_cast<double>(r.batch_size)), graph.mul(node, node)));
      if (!chain.state_dependent_noise && c == 0) {
        const double value = graph.evaluate(node, problem_.setting_values(), {});
        sigma2 = value * value / static_cast<double>(r.batch_size);
      }
    }
    if (!r.covariance.empty()) {
      const auto n = static_cast<Eigen::Index>(dimension);
      const Eigen::MatrixXd lower = Eigen::Map<const Eigen::MatrixXd>(r.covariance.data(), n, n).llt().matrixL();
      for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j) request.noise.cholesky.push_back(graph.literal(lower(i, j)));
    }
    for (const double entry : r.preconditioner) request.preconditioner.push_back(graph.literal(entry));
    if (const auto decay = request.options.numbers.find("weight-decay"); decay != request.options.numbers.end())
      problem_.add_penalty(constant("--weight-decay", decay->second.front()));

    chain.problem = &problem_;
    chain.rule = &rule;
    family_ = std::make_unique<GibbsFamily>(problem_);
    chain.family = family_.get();
    chain.map = std::make_shared<StepMap>(problem_, rule, request);
    chain.law = request.noise.law;
    chain.batch_size = r.batch_size;
    chain.rate = chain.time_per_step = r.dt.value_or(r.eta);
    if (!chain.state_dependent_noise && rule.temperature) {
      dynamics::Parameters parameters{r.eta, sigma2, r.dt.value_or(r.eta), request.options};
      chain.temperature = rule.temperature(parameters);
      chain.alpha_unit = 2 * chain.temperature;
    }
    chain.minima = find_minima(problem_);
  }

  Prediction predict(const std::string& name, const std::vector<std::vector<Axis>>& axes = {}) const {
    for (const Predictor& predictor : predictors())
      if (predictor.name == name) return predictor.predict(chain, axes);
    throw std::runtime_error("no prediction " + name);
  }

  Chain chain;

 private:
  loss::Problem problem_;
  std::unique_ptr<GibbsFamily> family_;
};

/// One prediction of a chain that is not kept.
inline Prediction predict(const std::string& name, const ChainRequest& request,
                          const std::vector<std::vector<Axis>>& axes = {}) {
  return HandMadeChain(request).predict(name, axes);
}

}  // namespace isotherm::theory
