// A verdict is worth something only if wrong samplers fail it. On x^2/2 with eta = 0.002, Gibbs' own bias (eta h / 4 of
// the width) is invisible to 2.5e5 particles: whatever is rejected here is rejected for being wrong.

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

constexpr double eta = 0.002;

Experiment quadratic(double sigma) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.eta = {eta};
  experiment.sigma = std::to_string(sigma);
  experiment.particles = 250'000;
  experiment.burn_in = 7000;
  experiment.steps = 1;
  experiment.init = {{"normal", {0.0, std::sqrt(eta / 2)}}};
  experiment.histogram = {{AxisRequest{"x", 100, -0.16, 0.16, false}}, {AxisRequest{"loss", 100, 0, 0.01, false}}};
  experiment.backend = Backend::cpu;
  experiment.seed = 7;
  return experiment;
}

/// What the chain with noise `actual` is told when it claims to have noise 1.
verdict::Verdict judge_claim(double actual, std::uint64_t seed = 7) {
  Experiment honest = quadratic(1.0), used = quadratic(actual);
  honest.seed = used.seed = seed;
  Plan claimed = make_plan(honest);
  claimed.simulation.step_constants = make_plan(used).simulation.step_constants;
  return run(claimed).verdict;
}

/// A generator that gives neighbouring particles the same numbers.
class RepeatingEngine final : public engine::Engine {
 public:
  explicit RepeatingEngine(std::unique_ptr<engine::Engine> engine) : engine_(std::move(engine)) {}
  std::string backend() const override { return engine_->backend(); }
  std::string device() const override { return engine_->device(); }
  std::string simd() const override { return engine_->simd(); }
  int threads() const override { return engine_->threads(); }
  std::uint64_t preferred_chunk() const override { return engine_->preferred_chunk(); }
  void start(engine::BlockRange blocks) override { engine_->start(blocks); }
  void hold(engine::BlockRange blocks) override { engine_->hold(blocks); }
  void write_row(std::size_t row, std::span<const double> values) override { engine_->write_row(row, values); }
  void advance(std::uint64_t first, std::uint64_t last) override { engine_->advance(first, last); }
  void collect(std::vector<Histogram>& histograms) override { engine_->collect(histograms); }
  void read_row(std::size_t row, std::span<double> out) const override {
    engine_->read_row(row, out);
    for (std::size_t i = 1; i < out.size(); i += 2) out[i] = out[i - 1];
  }

 private:
  std::unique_ptr<engine::Engine> engine_;
};

TEST(WrongSampler, TheRightOneIsConsistent) {
  for (const std::uint64_t seed : {7u, 8u, 9u}) {
    const verdict::Verdict verdict = judge_claim(1.0, seed);
    EXPECT_EQ(verdict.outcome.at("gibbs"), verdict::Outcome::consistent) << verdict.statement;
    EXPECT_TRUE(verdict.independent);
  }
}

TEST(WrongSampler, NoiseFivePercentTooLargeIsRejected) {
  EXPECT_EQ(judge_claim(1.05).outcome.at("gibbs"), verdict::Outcome::rejected);
}

TEST(WrongSampler, NoiseLargerBySquareRootOfTwoIsRejected) {
  const verdict::Verdict verdict = judge_claim(std::sqrt(2.0));
  EXPECT_EQ(verdict.outcome.at("gibbs"), verdict::Outcome::rejected);
  EXPECT_NE(verdict.statement.find("noise"), std::string::npos) << verdict.statement;
}

TEST(WrongSampler, NoiseScaledByTheRootOfEtaIsRejected) {
  // x' = x - eta g + sqrt(eta) sigma xi: the confusion of SGD with Langevin's dt = eta.
  Experiment experiment = quadratic(1.0);
  Plan claimed = make_plan(experiment);
  claimed.simulation.step_constants = make_plan(quadratic(1 / std::sqrt(eta))).simulation.step_constants;
  EXPECT_EQ(run(claimed).verdict.outcome.at("gibbs"), verdict::Outcome::rejected);
}

TEST(WrongSampler, AGeneratorThatRepeatsItselfIsNotIndependent) {
  Experiment experiment = quadratic(1.0);
  experiment.steps = 11;  // two samples, so that the snapshot has histograms of its own
  Plan plan = make_plan(experiment);
  RepeatingEngine engine(engine::make_cpu_engine(plan.simulation, 0));
  const verdict::Verdict verdict = run(plan, engine).verdict;
  EXPECT_NE(verdict.outcome.at("gibbs"), verdict::Outcome::consistent) << verdict.statement;
  EXPECT_FALSE(verdict.independent);
}

}  // namespace
}  // namespace isotherm
