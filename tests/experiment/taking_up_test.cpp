// A measurement that is interrupted, written down, divided among workers and taken up by other machines ends in the
// same bits as one that ran through.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "experiment/measurer.hpp"
#include "experiment/run.hpp"

namespace isotherm {
namespace {

/// Every bit that a measurement has, but for its wall time.
std::vector<std::byte> bits(MeasurementState state) {
  state.seconds = 0;
  return to_bytes(state);
}

/// Written down and read back.
MeasurementState copied(const Measurer& measurer, const MeasurementState& state, const engine::Simulation& simulation) {
  MeasurementState copy = measurer.nothing();
  from_bytes(to_bytes(state), copy, simulation);
  return copy;
}

/// Asks for the state at random segments, and stops the run at one of them.
class RandomKeeper final : public StateKeeper {
 public:
  RandomKeeper(const Measurer& measurer, const engine::Simulation& simulation, std::mt19937& generator,
               std::uint64_t segments)
      : measurer_(measurer), simulation_(simulation), generator_(generator), segments_(segments) {}

  bool due() override {
    if (segments_ == 0 || --segments_ == 0) stop = true;
    return generator_() % 3 == 0;
  }
  void keep(const MeasurementState& state) override { kept = copied(measurer_, state, simulation_); }

  std::atomic<bool> stop{false};
  std::optional<MeasurementState> kept;

 private:
  const Measurer& measurer_;
  const engine::Simulation& simulation_;
  std::mt19937& generator_;
  std::uint64_t segments_;
};

std::unique_ptr<engine::Engine> any_engine(Plan& plan, std::mt19937& generator) {
  const std::vector<std::string> targets = engine::simd_targets();
  plan.simd = targets[generator() % targets.size()];
  plan.chunk = (1 + generator() % 9) * engine::block_size;
  return engine::make_cpu_engine(plan.simulation, 1 + static_cast<int>(generator() % 2), plan.simd);
}

struct Case {
  const char* name;
  Experiment experiment;
};

std::vector<Case> cases() {
  Experiment line;
  line.loss = "x^4/4 - x^2/2";
  line.eta = {0.05};
  line.backend = Backend::cpu;
  line.particles = 5000;  // 20 blocks, the last of them not full
  line.burn_in = 7;
  line.steps = 211;
  line.thinning = 3;
  line.snapshots = {0, 5, 100};
  Experiment plane = line;
  plane.loss = "x^2/2 + y^2 + x*y/2";
  plane.dynamics = "momentum";
  plane.mu = 0.9;
  plane.precision = Precision::twofold;
  Experiment averages = line;
  averages.dynamics = "adam";
  averages.loss = "quadratic";
  averages.histogram = {{{"x", 20, -1.0, 1.0, false}}, {{"ema(x^2,5)", 20, 0.0, 1.0, false}}};
  Experiment scheduled = line;
  scheduled.schedule = "power:0.5,0.75";
  scheduled.eta = {};
  scheduled.noise = "rademacher";
  return {{"line", line}, {"plane", plane}, {"averages", averages}, {"scheduled", scheduled}};
}

class TakingUp : public testing::TestWithParam<Case> {};

TEST_P(TakingUp, GivesTheBitsOfOneRun) {
  Plan plan = make_plan(GetParam().experiment);
  Measurer measurer(plan, 1);
  MeasurementState whole = measurer.beginning();
  measurer.work(*engine::make_cpu_engine(plan.simulation, 1), whole, {});
  EXPECT_TRUE(whole.pieces.empty());
  EXPECT_EQ(whole.particle_steps, plan.simulation.particles * plan.simulation.last_step());
  const std::vector<std::byte> expected = bits(whole);

  std::mt19937 generator(1);
  int interruptions = 0, with_rows = 0;
  for (int trial = 0; trial < 5; ++trial) {
    // Each generation of workers is stopped at a random segment; the next has another number of them.
    MeasurementState state = measurer.beginning();
    while (!state.pieces.empty()) {
      const std::size_t workers = 1 + generator() % 4;
      std::vector<MeasurementState> shares = divide(std::move(state), workers, measurer.nothing(), plan.simulation);
      state = measurer.nothing();
      std::shuffle(shares.begin(), shares.end(), generator);
      for (MeasurementState& share : shares) {
        RandomKeeper keeper(measurer, plan.simulation, generator, generator() % 12);
        try {
          measurer.work(*any_engine(plan, generator), share, {&keeper.stop, {}, &keeper});
          state.add(std::move(share));
        } catch (const Stopped&) {
          ++interruptions;
          ASSERT_TRUE(keeper.kept);
          for (const Piece& piece : keeper.kept->pieces) with_rows += piece.started();
          state.add(std::move(*keeper.kept));
        }
      }
      std::uint64_t left = particle_steps_left(state.pieces, plan.simulation);
      ASSERT_EQ(state.particle_steps + left, whole.particle_steps);
    }
    ASSERT_TRUE(bits(state) == expected) << "trial " << trial;
  }
  EXPECT_GT(interruptions, 10) << "too few to show anything";
  EXPECT_GT(with_rows, 10);
}

INSTANTIATE_TEST_SUITE_P(All, TakingUp, testing::ValuesIn(cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Divide, GivesEachTheSameWork) {
  Plan plan = make_plan(cases()[0].experiment);
  const Measurer measurer(plan, 1);
  const std::vector<MeasurementState> shares = divide(measurer.beginning(), 3, measurer.nothing(), plan.simulation);
  ASSERT_EQ(shares.size(), 3u);
  std::uint64_t blocks = 0;
  for (const MeasurementState& share : shares) {
    ASSERT_EQ(share.pieces.size(), 1u);
    EXPECT_NEAR(static_cast<double>(share.pieces[0].blocks.size()), 20.0 / 3, 0.7);
    EXPECT_EQ(share.pieces[0].blocks.first, blocks);
    blocks = share.pieces[0].blocks.last;
  }
  EXPECT_EQ(blocks, 20u);
}

TEST(Divide, MoreWorkersThanBlocksLeavesSomeWithNothing) {
  Experiment experiment = cases()[0].experiment;
  experiment.particles = 300;
  Plan plan = make_plan(experiment);
  const Measurer measurer(plan, 1);
  std::size_t working = 0;
  for (const MeasurementState& share : divide(measurer.beginning(), 5, measurer.nothing(), plan.simulation))
    working += share.pieces.size();
  EXPECT_EQ(working, 2u);
}

TEST(Reading, RefusesWhatIsNotOfThisRun) {
  Plan plan = make_plan(cases()[0].experiment);
  const Measurer measurer(plan, 1);
  const auto refuses = [&](const auto& change) {
    MeasurementState state = measurer.beginning();
    change(state);
    MeasurementState copy = measurer.nothing();
    EXPECT_THROW(from_bytes(to_bytes(state), copy, plan.simulation), RunError);
  };
  refuses([](MeasurementState& s) { s.pieces[0].blocks.last = 21; });
  refuses([](MeasurementState& s) { s.pieces[0].blocks = {5, 5}; });
  refuses([](MeasurementState& s) { s.pieces[0].step = 7; });
  refuses([](MeasurementState& s) { s.pieces[0].step = 219; });
  refuses([](MeasurementState& s) { s.pieces[0].rows.resize(100); });
  refuses([](MeasurementState& s) { s.histograms.pop_back(); });
  refuses([](MeasurementState& s) { s.snapshots.push_back(s.snapshots.back()); });
}

/// A run of more than 2^32 steps, of which the last are computed: particles start near the end, where they happen to be
/// after 2^32 - 1000 steps.
TEST(PastFourBillionSteps, TwoHalvesGiveTheBitsOfOne) {
  Experiment experiment = cases()[0].experiment;
  experiment.particles = 300;
  experiment.snapshots = {};
  experiment.burn_in = 0;
  experiment.thinning = 7;
  constexpr std::uint64_t turn = std::uint64_t{1} << 32, begin = turn - 1000, end = turn + 1500;
  experiment.steps = end;
  Plan plan = make_plan(experiment);
  plan.simulation.burn_in = begin;
  plan.simulation.steps = end - begin;
  Measurer measurer(plan, 1);
  const auto from = [&](std::uint64_t step) {
    MeasurementState state = measurer.beginning();
    state.pieces[0].step = step;
    state.pieces[0].rows.assign(2 * block_bytes(plan.simulation), std::byte{0});
    return state;
  };
  MeasurementState whole = from(begin);
  measurer.work(*engine::make_cpu_engine(plan.simulation, 1, "scalar"), whole, {});
  EXPECT_EQ(measurer.finish(whole).histograms[0].entries(), 300u * (2500 / 7 + 1));

  std::mt19937 generator(3);
  for (std::uint64_t segments = 1; segments < 12; ++segments) {
    MeasurementState state = from(begin);
    RandomKeeper keeper(measurer, plan.simulation, generator, segments);
    try {
      measurer.work(*any_engine(plan, generator), state, {&keeper.stop, {}, &keeper});
    } catch (const Stopped&) {
      state = std::move(*keeper.kept);
    }
    measurer.work(*any_engine(plan, generator), state, {});
    ASSERT_TRUE(bits(state) == bits(whole)) << segments;
  }
}

/// Random numbers of step 2^32 + n are not those of step n again.
TEST(PastFourBillionSteps, NoRandomNumberComesBack) {
  Experiment experiment = cases()[0].experiment;
  experiment.particles = 256;
  const Plan plan = make_plan(experiment);
  const auto step_from_zero = [&](std::uint64_t step, const std::string& target) {
    const auto engine = engine::make_cpu_engine(plan.simulation, 1, target);
    engine->hold({0, 1});
    std::vector<double> row(engine::block_size, 0.0);
    engine->write_row(0, row);
    engine->advance(step, step + 1);
    engine->read_row(0, row);
    return row;
  };
  for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{12345}, std::uint64_t{1} << 33}) {
    const std::vector<double> early = step_from_zero(step, ""), late = step_from_zero(step + (1ull << 32), "");
    EXPECT_EQ(late, step_from_zero(step + (1ull << 32), "scalar"));
    int equal = 0;
    for (std::size_t i = 0; i < early.size(); ++i) equal += early[i] == late[i];
    EXPECT_EQ(equal, 0) << step;
  }
}

}  // namespace
}  // namespace isotherm
