// Every registered dynamics with every registered loss, noise law and schedule: each SIMD target gives the bits of the
// scalar oracle.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <set>

#include "dynamics/dynamics.hpp"
#include "experiment/plan.hpp"
#include "isotherm/core/error.hpp"
#include "loss/catalogue.hpp"
#include "loss/model.hpp"
#include "loss/model_data.hpp"
#include "noise/noise.hpp"
#include "schedule/schedule.hpp"

namespace isotherm {
namespace {

std::vector<std::vector<double>> final_rows(const Plan& plan, const std::string& target) {
  const auto engine = engine::make_cpu_engine(plan.simulation, 1, target);
  engine->start({0, plan.simulation.blocks()});
  engine->advance(0, plan.simulation.last_step());
  std::vector<std::vector<double>> rows(plan.simulation.state_rows,
                                        std::vector<double>(plan.simulation.blocks() * engine::block_size));
  for (std::size_t r = 0; r < rows.size(); ++r) engine->read_row(r, rows[r]);
  return rows;
}

Experiment experiment_of(const std::string& loss, const dynamics::Descriptor& rule) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = rule.name;
  if (rule.uses_eta) experiment.eta = {1e-4};
  // Rules that set their own rates need to know how curved the loss is, or they leave the finite numbers.
  if (std::any_of(rule.numbers.begin(), rule.numbers.end(), [](const auto& o) { return o.name == "lipschitz"; }))
    experiment.lipschitz = {1e4};
  experiment.particles = 300;
  experiment.burn_in = 0;
  experiment.steps = 30;
  experiment.init = {{"uniform", {-1.0, 1.0}}};
  return experiment;
}

/// Every target gives the bits of the scalar one, in both precisions, and they are finite.
void expect_scalar_bits(Experiment experiment) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    experiment.precision = precision;
    const Plan plan = make_plan(experiment, true);
    const auto reference = final_rows(plan, "scalar");
    EXPECT_TRUE(std::isfinite(reference[0][0]));
    for (const std::string& target : engine::simd_targets()) {
      const auto rows = final_rows(plan, target);
      for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t i = 0; i < rows[r].size(); ++i)
          ASSERT_EQ(std::bit_cast<std::uint64_t>(rows[r][i]), std::bit_cast<std::uint64_t>(reference[r][i]))
              << target << " row " << r;
    }
  }
}

class Conformance : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Conformance, EveryTargetGivesTheScalarBits) {
  const auto& [loss, rule] = GetParam();
  expect_scalar_bits(experiment_of(loss, dynamics::find(rule)));
}

class ConformanceOfNoise : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(ConformanceOfNoise, EveryTargetGivesTheScalarBits) {
  const dynamics::Descriptor& rule = dynamics::find(std::get<0>(GetParam()));
  const noise::Choice law = noise::parse(std::get<1>(GetParam()));
  Experiment experiment = experiment_of("double-well", rule);
  experiment.noise = std::get<1>(GetParam());
  experiment.steps = 140;  // past a group of signs
  const bool refused = rule.gaussian_only && law.law->name != "gaussian" && !law.none();
  if (refused)
    EXPECT_THROW(make_plan(experiment, true), InputError);
  else
    expect_scalar_bits(experiment);
}

class ConformanceOfSchedules : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

/// Running averages, too.
TEST_P(ConformanceOfSchedules, EveryTargetGivesTheScalarBits) {
  const dynamics::Descriptor& rule = dynamics::find(std::get<0>(GetParam()));
  const schedule::Kind& kind = schedule::find(std::get<1>(GetParam()));
  // Its gradient is bounded: no rate of an example makes it diverge.
  Experiment experiment = experiment_of("log(cosh(x)) + cos(2*x)/8", rule);
  if (kind.name != "constant") experiment.schedule = kind.example;
  if (!kind.scales_eta) experiment.eta.clear();
  if (rule.uses_dt) experiment.dt = 1e-3;
  experiment.steps = 40;
  experiment.histogram = {{AxisRequest{"average(x, 5)", 50, -2, 2, false}},
                          {AxisRequest{"ema(x, 7)", 50, -2, 2, false}, AxisRequest{"x", 50, -2, 2, false}}};
  if (!rule.uses_eta && !experiment.schedule.empty())
    EXPECT_THROW(make_plan(experiment, true), InputError);
  else
    expect_scalar_bits(experiment);
}

class ConformanceOfModels : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(ConformanceOfModels, EveryTargetGivesTheScalarBits) {
  const loss::Model& model = *loss::find_model(std::get<0>(GetParam()));
  const dynamics::Descriptor& rule = dynamics::find(std::get<1>(GetParam()));
  Experiment experiment = experiment_of(model.name, rule);
  experiment.data = test::data_of(model);
  experiment.set = {{"l2", "0.01"}};
  if (rule.stochastic) experiment.batch_size = 3, experiment.sampling = "reshuffle";
  // Gradients at places that the step itself leads to have no examples.
  const std::set<std::string> without = {"heun", "underdamped", "mala"};
  if (without.contains(rule.name) || (!rule.stochastic && model.name != "linear-regression"))
    EXPECT_THROW(make_plan(experiment, true), InputError);
  else
    expect_scalar_bits(experiment);
}

std::vector<std::string> models() {
  std::vector<std::string> names;
  for (const loss::Model& model : loss::models()) names.push_back(model.name);
  return names;
}

std::vector<std::string> losses() {
  std::vector<std::string> names;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) names.push_back(entry.name);
  return names;
}

std::vector<std::string> dynamics_names() {
  std::vector<std::string> names;
  for (const dynamics::Descriptor& descriptor : dynamics::registry()) names.push_back(descriptor.name);
  return names;
}

std::vector<std::string> noise_laws() {
  std::vector<std::string> names;
  for (const noise::Law& law : noise::registry()) names.push_back(law.example);
  return names;
}

std::vector<std::string> schedules() {
  std::vector<std::string> names;
  for (const schedule::Kind& kind : schedule::registry()) names.push_back(kind.name);
  return names;
}

std::string test_name(const testing::TestParamInfo<std::tuple<std::string, std::string>>& info) {
  std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registered, Conformance,
                         testing::Combine(testing::ValuesIn(losses()), testing::ValuesIn(dynamics_names())), test_name);
INSTANTIATE_TEST_SUITE_P(Registered, ConformanceOfModels,
                         testing::Combine(testing::ValuesIn(models()), testing::ValuesIn(dynamics_names())), test_name);
INSTANTIATE_TEST_SUITE_P(Registered, ConformanceOfNoise,
                         testing::Combine(testing::ValuesIn(dynamics_names()), testing::ValuesIn(noise_laws())),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Registered, ConformanceOfSchedules,
                         testing::Combine(testing::ValuesIn(dynamics_names()), testing::ValuesIn(schedules())),
                         test_name);

}  // namespace
}  // namespace isotherm
