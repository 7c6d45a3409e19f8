#include "dynamics/step.hpp"

namespace isotherm::dynamics {
namespace {

class Builder final : public StepBuilder {
 public:
  Builder(loss::Problem& problem, const StepRequest& request, std::size_t draw_stride)
      : problem_(problem), request_(request), draw_stride_(draw_stride) {}

  loss::Graph& graph() override { return problem_.graph(); }
  std::size_t dimension() const override { return problem_.dimension(); }
  loss::NodeId state(std::size_t quantity, std::size_t c) override { return graph().state(quantity * dimension() + c); }
  loss::NodeId eta(std::size_t c) override { return request_.eta[c]; }
  loss::NodeId option(const std::string& name) override { return request_.option(name); }

  std::vector<loss::NodeId> gradient(std::span<const loss::NodeId> at) override {
    std::vector<loss::NodeId> nodes(problem_.gradient().begin(), problem_.gradient().end());
    if (!at.empty())
      for (loss::NodeId& node : nodes) node = graph().substitute(node, at);
    return nodes;
  }

  std::vector<loss::NodeId> draw(std::size_t k) override {
    std::vector<loss::NodeId> nodes;
    for (std::size_t c = 0; c < dimension(); ++c) nodes.push_back(graph().draw(k * draw_stride_ + c));
    return nodes;
  }

  std::vector<loss::NodeId> add_noise(std::span<const loss::NodeId> base, std::span<const loss::NodeId> factor,
                                      std::span<const loss::NodeId> z) override {
    std::vector<loss::NodeId> sum(base.begin(), base.end());
    if (request_.noise.none) return sum;
    const auto scaled = [&](std::size_t c, loss::NodeId sigma) {
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

  std::vector<loss::NodeId> stochastic_gradient(std::size_t k) override { return add_noise(gradient({}), {}, draw(k)); }

 private:
  loss::Problem& problem_;
  const StepRequest& request_;
  std::size_t draw_stride_;
};

}  // namespace

BuiltStep build_step(loss::Problem& problem, const Descriptor& descriptor, const StepRequest& request,
                     std::size_t draw_stride) {
  Builder builder(problem, request, draw_stride);
  return {descriptor.build(builder), request.noise.none ? 0 : descriptor.draws_per_step};
}

}  // namespace isotherm::dynamics
