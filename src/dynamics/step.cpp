#include "dynamics/step.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "isotherm/core/error.hpp"

namespace isotherm::dynamics {
namespace {

using loss::NodeId;

class Builder final : public StepBuilder {
 public:
  Builder(loss::Problem& problem, const Descriptor& descriptor, const StepRequest& request, std::size_t draw_stride,
          std::size_t first_draw = 0, bool takes_examples = false)
      : problem_(problem),
        descriptor_(descriptor),
        request_(request),
        draw_stride_(draw_stride),
        first_draw_(first_draw),
        takes_examples_(takes_examples) {}

  loss::Graph& graph() override { return problem_.graph(); }
  std::size_t dimension() const override { return problem_.dimension(); }
  NodeId state(std::size_t quantity, std::size_t c) override {
    return graph().state(descriptor_.row_of(quantity, c, dimension()));
  }
  NodeId eta(std::size_t c) override { return request_.eta[c]; }
  NodeId step_number() override { return graph().step_scalar("t"); }
  const std::string& choice(const std::string& name) const override { return request_.options.choice(name); }
  bool flag(const std::string& name) const override { return request_.options.flag(name); }

  NodeId option(const std::string& name, std::size_t c) override {
    const auto found = request_.options.numbers.find(name);
    if (found == request_.options.numbers.end()) return graph().literal(0);
    const std::string setting = "--" + name + (found->second.size() > 1 ? "[" + std::to_string(c) + "]" : "");
    problem_.set_value(setting, request_.options.number(name, c));
    return graph().setting(setting);
  }

  NodeId temperature(std::size_t c) override {
    return graph().mul(graph().literal(0.5), graph().mul(eta(c), request_.variance[c]));
  }

  NodeId position(std::size_t c) override {
    const NodeId x = state(0, c);
    if (!flag("decoupled")) return x;
    return graph().mul(graph().sub(graph().literal(1), graph().mul(eta(c), option("weight-decay", 0))), x);
  }

  std::vector<NodeId> gradient(std::span<const NodeId> at) override {
    count_evaluation(at);
    const bool plain = flag("decoupled");
    const std::span<const NodeId> source = takes_examples_
                                               ? (plain ? problem_.plain_batch_gradient() : problem_.batch_gradient())
                                               : (plain ? problem_.plain_gradient() : problem_.gradient());
    std::vector<NodeId> nodes(source.begin(), source.end());
    if (!at.empty())
      for (NodeId& node : nodes) node = graph().substitute(node, at);
    return nodes;
  }

  NodeId value(std::span<const NodeId> at) override {
    return at.empty() ? problem_.value() : graph().substitute(problem_.value(), at);
  }

  std::vector<NodeId> draw(std::size_t k) override {
    const std::size_t batch = batch_draws(), raw = raw_per_number();
    std::vector<NodeId> nodes;
    for (std::size_t c = 0; c < dimension(); ++c) {
      std::vector<NodeId> numbers;
      for (std::size_t b = 0; b < batch; ++b) numbers.push_back(number((k * batch + b) * raw, c));
      NodeId mean = graph().sum(numbers);
      // The mean of B normal numbers is one of variance 1/B: that law needs one draw.
      if (request_.noise.batch_size > 1)
        mean = graph().mul(graph().literal(batch > 1 ? 1.0 / static_cast<double>(batch)
                                                     : 1 / std::sqrt(static_cast<double>(request_.noise.batch_size))),
                           mean);
      nodes.push_back(mean);
    }
    raw_draws_ = std::max(raw_draws_, (k + 1) * batch * raw);
    return nodes;
  }

  std::vector<NodeId> add_noise(std::span<const NodeId> base, std::span<const NodeId> factor,
                                std::span<const NodeId> z) override {
    std::vector<NodeId> sum(base.begin(), base.end());
    if (request_.noise.none) return sum;
    const auto scaled = [&](std::size_t c, NodeId sigma) {
      return factor.empty() ? sigma : graph().mul(factor[c], sigma);
    };
    for (std::size_t c = 0; c < dimension(); ++c) {
      if (request_.noise.cholesky.empty()) {
        sum[c] = graph().fma(scaled(c, request_.noise.sigma[c]), z[c], sum[c]);
      } else {
        for (std::size_t j = 0; j <= c; ++j)
          sum[c] = graph().fma(scaled(c, request_.noise.cholesky[c * dimension() + j]), z[j], sum[c]);
      }
    }
    return sum;
  }

  std::vector<NodeId> stochastic_gradient() override {
    const std::vector<double>& weights = request_.gradient_weights;
    std::vector<NodeId> ghat = weighted(gradient({}));
    if (weights.empty()) {
      ghat = add_noise(ghat, {}, draw(0));
    } else {
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::vector<NodeId> factor(dimension(), graph().literal(weights[i]));
        ghat = add_noise(ghat, factor, draw(i));
      }
    }
    return preconditioned(ghat);
  }

  std::vector<NodeId> mean_gradient() override { return preconditioned(weighted(gradient({}))); }

  random::Law raw_law() const {
    if (raw_draws_ == 0 || request_.noise.none) return random::Law::none;
    return request_.noise.law.law == nullptr ? random::Law::normal : request_.noise.law.law->raw;
  }
  std::size_t raw_draws() const { return raw_draws_; }
  std::size_t gradient_evaluations() const { return evaluations_.size(); }

 private:
  bool gaussian() const { return request_.noise.law.law == nullptr || request_.noise.law.law->name == "gaussian"; }
  std::size_t raw_per_number() const {
    return request_.noise.law.law == nullptr ? 1 : request_.noise.law.law->raw_per_number;
  }
  std::size_t batch_draws() const { return gaussian() ? 1 : request_.noise.batch_size; }

  /// One number of the noise law from raw draws first, first + 1, ... of coordinate c.
  NodeId number(std::size_t first, std::size_t c) {
    std::vector<NodeId> raw;
    for (std::size_t r = 0; r < raw_per_number(); ++r)
      raw.push_back(graph().draw((first_draw_ + first + r) * draw_stride_ + c));
    const noise::Choice& choice = request_.noise.law;
    if (choice.law == nullptr || choice.none()) return raw.front();
    NodeId parameter = -1;
    if (!choice.law->parameter.empty()) {
      problem_.set_value("--noise", choice.parameter);
      parameter = graph().setting("--noise");
    }
    return choice.law->build(graph(), raw, parameter);
  }

  std::vector<NodeId> weighted(std::vector<NodeId> g) {
    const std::vector<double>& weights = request_.gradient_weights;
    if (weights.empty()) return g;
    const NodeId sum = graph().literal(std::accumulate(weights.begin(), weights.end(), 0.0));
    for (NodeId& node : g) node = graph().mul(sum, node);
    return g;
  }

  std::vector<NodeId> preconditioned(const std::vector<NodeId>& vector) {
    const std::vector<NodeId>& matrix = request_.preconditioner;
    if (matrix.empty()) return vector;
    std::vector<NodeId> product;
    for (std::size_t i = 0; i < dimension(); ++i) {
      std::vector<NodeId> terms;
      for (std::size_t j = 0; j < dimension(); ++j) {
        const NodeId entry = matrix[i * dimension() + j];
        if (!graph().is_literal(entry, 0)) terms.push_back(graph().mul(entry, vector[j]));
      }
      product.push_back(graph().sum(terms));
    }
    return product;
  }

  void count_evaluation(std::span<const NodeId> at) {
    std::vector<NodeId> place(at.begin(), at.end());
    if (std::find(evaluations_.begin(), evaluations_.end(), place) == evaluations_.end())
      evaluations_.push_back(std::move(place));
  }

  loss::Problem& problem_;
  const Descriptor& descriptor_;
  const StepRequest& request_;
  std::size_t draw_stride_, first_draw_;
  bool takes_examples_;  ///< gradients are means over the examples of the step
  std::size_t raw_draws_ = 0;
  std::vector<std::vector<NodeId>> evaluations_;
};

}  // namespace

BuiltStep build_step(loss::Problem& problem, const Descriptor& descriptor, const StepRequest& request,
                     std::size_t draw_stride) {
  Builder builder(problem, descriptor, request, draw_stride, 0, problem.examples() && descriptor.stochastic);
  BuiltStep built;
  built.next = descriptor.build(builder);
  built.raw_law = builder.raw_law();
  built.draws_per_step = built.raw_law == random::Law::none ? 0 : builder.raw_draws();
  built.gradient_evaluations = builder.gradient_evaluations();
  return built;
}

std::vector<NodeId> build_start(loss::Problem& problem, const Descriptor& descriptor, const StepRequest& request,
                                std::span<const NodeId> positions, std::size_t first_draw, std::size_t draw_stride) {
  loss::Graph& graph = problem.graph();
  const std::size_t rows = descriptor.state_rows(problem.dimension()) - problem.dimension();
  if (!descriptor.start) return std::vector<NodeId>(rows, graph.literal(0));
  StepRequest gaussian = request;
  gaussian.noise.law = {};
  gaussian.noise.batch_size = 1;
  Builder builder(problem, descriptor, gaussian, draw_stride, first_draw);
  std::vector<NodeId> nodes = descriptor.start(builder);
  for (NodeId& node : nodes) node = graph.substitute(node, positions);
  return nodes;
}

std::vector<NodeId> build_corrected_virial(loss::Problem& problem, const Descriptor& descriptor,
                                           const StepRequest& request) {
  // Decay that shrinks positions belongs to the potential, to whose gradient the identity refers.
  StepRequest coupled = request;
  coupled.options.flags.erase("decoupled");
  Builder builder(problem, descriptor, coupled, 1);
  return descriptor.corrected_virial(builder);
}

}  // namespace isotherm::dynamics
