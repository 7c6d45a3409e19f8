#include <algorithm>
#include <cmath>
#include <string_view>

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {
namespace {

/// The letters of a splitting; empty for the two Euler schemes.
std::string_view word_of(std::string_view scheme) {
  if (scheme == "baoab") return "BAOAB";
  if (scheme == "aboba") return "ABOBA";
  if (scheme == "obabo") return "OBABO";
  if (scheme == "oabao") return "OABAO";
  return {};
}

/// The noise of a velocity: `size` = (its variance in units of eta Sigma / (2 m)), as what multiplies sqrt(Sigma) z.
std::vector<loss::NodeId> noise_factor(StepBuilder& b, loss::NodeId size) {
  loss::Graph& graph = b.graph();
  std::vector<loss::NodeId> factor;
  for (std::size_t c = 0; c < b.dimension(); ++c) {
    const loss::NodeId unit = graph.div(b.eta(c), graph.mul(graph.literal(2), b.option("mass", c)));
    factor.push_back(graph.unary(loss::Operation::sqrt, graph.mul(size, unit)));
  }
  return factor;
}

/// A splitting, letter by letter from the left; a letter's time h is dt divided by how often it occurs.
///     A   x += h v
///     B   v -= (h / m) g(x)
///     O   v = c v + sqrt((1 - c^2) T / m) xi,   c = exp(-friction h), the exact law of the noise and friction alone
class Splitting {
 public:
  Splitting(StepBuilder& b, std::string_view word) : b_(b), graph_(b.graph()), word_(word) {
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      x_.push_back(b.state(0, c));
      v_.push_back(b.state(1, c));
    }
  }

  std::vector<loss::NodeId> run() {
    for (const char letter : word_) {
      if (letter == 'A') drift();
      if (letter == 'B') kick();
      if (letter == 'O') thermalize();
    }
    std::vector<loss::NodeId> next = x_;
    next.insert(next.end(), v_.begin(), v_.end());
    return next;
  }

 private:
  loss::NodeId time(char letter) const {
    const auto occurrences = static_cast<double>(std::count(word_.begin(), word_.end(), letter));
    return graph_.mul(graph_.literal(1 / occurrences), b_.option("dt"));
  }

  void drift() {
    for (std::size_t c = 0; c < x_.size(); ++c) x_[c] = graph_.fma(time('A'), v_[c], x_[c]);
  }

  void kick() {
    const std::vector<loss::NodeId> g = b_.gradient(x_);
    for (std::size_t c = 0; c < x_.size(); ++c)
      v_[c] = graph_.fma(graph_.neg(graph_.div(time('B'), b_.option("mass", c))), g[c], v_[c]);
  }

  void thermalize() {
    const loss::NodeId turns = graph_.mul(b_.option("friction"), time('O'));
    const loss::NodeId kept = graph_.unary(loss::Operation::exp, graph_.neg(turns));
    // 1 - c^2, without cancellation where the friction is small.
    const loss::NodeId lost = graph_.neg(graph_.unary(loss::Operation::expm1, graph_.mul(graph_.literal(-2), turns)));
    const std::vector<loss::NodeId> rest(x_.size(), graph_.literal(0));
    const std::vector<loss::NodeId> noise = b_.add_noise(rest, noise_factor(b_, lost), b_.draw(draws_++));
    // sigma is that of where the particle is by now.
    for (std::size_t c = 0; c < x_.size(); ++c) v_[c] = graph_.fma(kept, v_[c], graph_.substitute(noise[c], x_));
  }

  StepBuilder& b_;
  loss::Graph& graph_;
  std::string_view word_;
  std::vector<loss::NodeId> x_, v_;
  std::size_t draws_ = 0;
};

/// v' = v - dt (g / m + friction v) + sqrt(2 friction dt T / m) xi; x' = x + dt v, or with v' if semi-implicit.
std::vector<loss::NodeId> euler(StepBuilder& b, bool semi_implicit) {
  loss::Graph& graph = b.graph();
  const loss::NodeId dt = b.option("dt"), turns = graph.mul(b.option("friction"), dt);
  const loss::NodeId kept = graph.sub(graph.literal(1), turns);
  const std::vector<loss::NodeId> g = b.gradient();
  std::vector<loss::NodeId> slowed, next;
  for (std::size_t c = 0; c < b.dimension(); ++c) {
    const loss::NodeId kick = graph.neg(graph.div(dt, b.option("mass", c)));
    slowed.push_back(graph.fma(kick, g[c], graph.mul(kept, b.state(1, c))));
  }
  const std::vector<loss::NodeId> v =
      b.add_noise(slowed, noise_factor(b, graph.mul(graph.literal(2), turns)), b.draw(0));
  for (std::size_t c = 0; c < b.dimension(); ++c)
    next.push_back(graph.fma(dt, semi_implicit ? v[c] : b.state(1, c), b.state(0, c)));
  next.insert(next.end(), v.begin(), v.end());
  return next;
}

}  // namespace

/// The Langevin equation with inertia,
///     dx = v dt,     m dv = -g(x) dt - friction m v dt + sqrt(2 friction m T) dW,     T = eta sigma^2 / 2
/// whose stationary law is exp(-(L(x) + m v^2 / 2) / T): positions are Gibbs', at every friction and mass. By the
/// splittings of Leimkuhler and Matthews (arXiv:1203.5428; Fass et al., Entropy 20 (2018) 318 calls BAOAB VRORV, ABOBA
/// RVOVR, OABAO ORVRO and OBABO OVRVO), or by Euler's method, explicit or semi-implicit. The state is that after the
/// last letter. On a quadratic, with s = dt^2 h / m, and friction's share f = friction dt:
///     scheme          Var x                       Var v
///     BAOAB           T / h                       (T / m) (1 - s/4)
///     ABOBA           T / h                       (T / m) / (1 - s/4)
///     OBABO           (T / h) / (1 - s/4)         T / m
///     OABAO           (T / h) (1 - s/4)           T / m
///     euler           2 (T / h) f (2 - f + s) / ((f - s) (4 - 2f + s))     4 (T / m) f / ((f - s) (4 - 2f + s))
///     semi-implicit   2 (T / h) (2 - f) / (4 - 2f - s)                     4 (T / m) / (4 - 2f - s)
/// The splittings are of weak order 2 and stable for s < 4 (friction cannot upset them); euler for s < f, f < 2 + s/2;
/// semi-implicit for s + 2f < 4. BAOAB and OBABO take the gradient at two places per step, the others at one.
/// Velocities start in equilibrium, N(0, T / m).
Descriptor underdamped() {
  Descriptor rule;
  rule.name = "underdamped";
  rule.formula =
      "dx = v dt, m dv = -g dt - friction m v dt + sqrt(2 friction m T) dW; baoab, aboba, obabo, oabao, "
      "euler or semi-implicit";
  rule.source = "Leimkuhler and Matthews 2013; Fass et al. 2018";
  rule.temperature_formula = "eta sigma^2 / 2";
  rule.stability_formula = "dt^2 h / m < 4; euler: dt h < friction m; semi-implicit: dt^2 h / m + 2 friction dt < 4";
  rule.rows = {{"v"}};
  rule.numbers = {{"friction", Domain::positive, 1}, {"mass", Domain::of_coordinate, 1}};
  rule.choices = {{"scheme", {"baoab", "aboba", "obabo", "oabao", "euler", "semi-implicit"}}};
  rule.uses_dt = true;
  rule.temperature = [](const Parameters& p) { return p.eta * p.sigma2 / 2; };
  rule.mass = [](const Parameters& p) { return p.options.number("mass", p.coordinate); };
  // Of a splitting the velocities of successive steps correlate by c = exp(-friction dt), so that a free particle
  // diffuses by dt^2 (T / m) (1/2 + c + c^2 + ...) per step: dt / (friction m) where friction dt is small, as by
  // Euler's method always, and dt^2 / (2 m) where it is large.
  rule.overdamped_step = [](const Parameters& p) {
    const double mass = p.options.number("mass", p.coordinate), friction = p.options.number("friction");
    if (word_of(p.options.choice("scheme")).empty()) return p.dt / (friction * mass);
    return p.dt * p.dt / (2 * mass * std::tanh(friction * p.dt / 2));
  };
  rule.start = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const std::vector<loss::NodeId> z = b.draw(0);
    std::vector<loss::NodeId> v;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId variance = graph.div(b.temperature(c), b.option("mass", c));
      v.push_back(graph.mul(graph.unary(loss::Operation::sqrt, variance), z[c]));
    }
    return v;
  };
  rule.build = [](StepBuilder& b) {
    const std::string& scheme = b.choice("scheme");
    const std::string_view word = word_of(scheme);
    return word.empty() ? euler(b, scheme == "semi-implicit") : Splitting(b, word).run();
  };
  return rule;
}

}  // namespace isotherm::dynamics
