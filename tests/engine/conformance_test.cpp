// Every registered loss under every registered dynamics: each SIMD target gives the bits of the scalar oracle.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "dynamics/dynamics.hpp"
#include "experiment/plan.hpp"
#include "loss/catalogue.hpp"

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

class Conformance : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Conformance, EveryTargetGivesTheScalarBits) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    Experiment experiment;
    experiment.loss = std::get<0>(GetParam());
    experiment.dynamics = std::get<1>(GetParam());
    experiment.eta = {1e-4};
    experiment.particles = 300;
    experiment.burn_in = 0;
    experiment.steps = 30;
    experiment.init = {{"uniform", {-1.0, 1.0}}};
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

INSTANTIATE_TEST_SUITE_P(Registered, Conformance,
                         testing::Combine(testing::ValuesIn(losses()), testing::ValuesIn(dynamics_names())),
                         [](const auto& info) {
                           std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace isotherm
