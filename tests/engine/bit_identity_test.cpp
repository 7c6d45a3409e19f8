// How a run was computed does not change its result: counts to the last one, sums to the last bit.

#include <gtest/gtest.h>

#include <bit>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

struct Case {
  const char* name;
  const char* loss;
  void (*set)(Experiment&);
};

void averages(Experiment& e) {
  e.histogram = {{AxisRequest{"x", 50, -2, 2, false}},
                 {AxisRequest{"average(x, 5)", 50, -2, 2, false}, AxisRequest{"ema(x, 7)", 50, -2, 2, false}}};
  e.snapshots = {};
}

void rows(Experiment& e, const std::string& sampling, std::uint64_t batch, const std::string& file = "linear") {
  e.data = std::string(ISOTHERM_TEST_DATA) + "/tables/" + file + ".csv";
  e.sampling = sampling;
  e.batch_size = batch;
}

const Case cases[] = {
    {"DoubleWell", "double-well", [](Experiment&) {}},
    {"RuggedLangevin", "rugged", [](Experiment& e) { e.dynamics = "langevin", e.sigma = "2"; }},
    {"MullerBrown", "muller-brown", [](Experiment& e) { e.eta = {1e-4}, e.sigma = "1,0.5"; }},
    {"Covariance", "x^2+0.6*x*y+y^2/2+cos(z)*z/7", [](Experiment& e) { e.covariance = "1,0.1,0;0.1,1,0.2;0,0.2,2"; }},
    {"StateDependent", "log(cosh(x)) + tanh(y)^2 + y^2", [](Experiment& e) { e.sigma = "sqrt(1 + x^2)"; }},
    {"TenDimensions", "sum(i, 1, 10, i*x[i]^2/10 + exp(-x[i]^2))", [](Experiment&) {}},
    {"GradientFlow", "himmelblau", [](Experiment& e) { e.dynamics = "gradient-flow"; }},
    {"Power", "abs(x)^2.5 + log1p(x^2)", [](Experiment&) {}},
    {"Rademacher", "double-well", [](Experiment& e) { e.noise = "rademacher", e.steps = 307; }},
    {"RademacherBatch", "himmelblau", [](Experiment& e) { e.noise = "rademacher", e.batch_size = 3, e.steps = 157; }},
    {"RademacherNine", "sum(i, 1, 9, x[i]^4/4)", [](Experiment& e) { e.noise = "rademacher"; }},
    {"Laplace", "double-well", [](Experiment& e) { e.noise = "laplace", e.dynamics = "momentum"; }},
    {"StudentAdam", "himmelblau", [](Experiment& e) { e.noise = "student-t:5", e.dynamics = "adam"; }},
    {"MalaFive", "sum(i, 1, 5, x[i]^4/4 - x[i]^2/2)", [](Experiment& e) { e.dynamics = "mala"; }},
    {"Schedule", "double-well", [](Experiment& e) { e.eta.clear(), e.schedule = "power:0.5,0.75"; }},
    {"Rows", "(w1*dose + w2*age + w0 - response)^2/2", [](Experiment& e) { rows(e, "", 3); }},
    {"RowsOnce", "(w1*dose + w2*age + w0 - response)^2/2", [](Experiment& e) { rows(e, "without-replacement", 7); }},
    {"RowsInTurn", "log(cosh(w1*dose + w2*age - response))",
     [](Experiment& e) { rows(e, "reshuffle", 4), e.dynamics = "momentum"; }},
    // More rows than permutations are stored for.
    {"ManyRowsInTurn", "(w - value)^2/2", [](Experiment& e) { rows(e, "reshuffle", 12, "steps"); }},
    {"ManyRowsOnce", "(w - value)^2/2", [](Experiment& e) { rows(e, "without-replacement", 3, "steps"); }},
    // Least squares in their forms, which have stages of their own (engine/cpu/linear_batch.hpp).
    {"Residuals", "(response - w0 - w1*age - w2*dose)^2/2", [](Experiment& e) { rows(e, "", 5); }},
    {"NoIntercept", "(w1*dose - response)^2/2", [](Experiment& e) { rows(e, "reshuffle", 7), e.dynamics = "adam"; }},
    {"NoTarget", "(w1*dose + w2*age)^2/2", [](Experiment& e) { rows(e, "", 2); }},
    {"TenColumns", "(w1*c1+w2*c2+w3*c3+w4*c4+w5*c5+w6*c6+w7*c7+w8*c8+w9*c9-out)^2/2",
     [](Experiment& e) { rows(e, "", 37, "wide"); }},
    {"ManyRowsOfOneWeight", "(w*value)^2/2", [](Experiment& e) { rows(e, "reshuffle", 18, "steps"); }},
    {"FreshExamples", "(w1*a + w2*b - c)^2/2",
     [](Experiment& e) {
       e.random = {"a,b=gaussian:0,0;2,.6;.6,1", "c=laplace"}, e.batch_size = 3;
     }},
    {"Averages", "double-well", [](Experiment& e) { e.noise = "uniform", averages(e); }},
};

Experiment experiment_of(const Case& c, Precision precision) {
  Experiment e;
  e.loss = c.loss;
  e.eta = {0.02};
  e.particles = 2600;  // a ragged last block, and a last part of fewer blocks
  e.burn_in = 13;
  e.steps = 47;
  e.thinning = 5;
  e.snapshots = {6, 31};
  e.precision = precision;
  e.backend = Backend::cpu;
  c.set(e);
  return e;
}

template <class T>
void expect_same_bits(const T& a, const T& b, const std::string& what) {
  EXPECT_EQ(std::bit_cast<std::uint64_t>(a), std::bit_cast<std::uint64_t>(b)) << what << ": " << a << " and " << b;
}

void expect_same(const MomentSum& a, const MomentSum& b, const std::string& what) {
  expect_same_bits(a.count, b.count, what + " count");
  expect_same_bits(a.mean, b.mean, what + " mean");
  expect_same_bits(a.m2, b.m2, what + " m2");
  expect_same_bits(a.m3, b.m3, what + " m3");
  expect_same_bits(a.m4, b.m4, what + " m4");
}

void expect_same(const ComomentSum& a, const ComomentSum& b, const std::string& what) {
  ASSERT_EQ(a.mean.size(), b.mean.size());
  for (std::size_t i = 0; i < a.mean.size(); ++i) expect_same_bits(a.mean[i], b.mean[i], what + " mean");
  for (std::size_t i = 0; i < a.comoment.size(); ++i)
    expect_same_bits(a.comoment[i], b.comoment[i], what + " comoment");
}

void expect_same(const std::vector<Histogram>& a, const std::vector<Histogram>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t h = 0; h < a.size(); ++h) {
    EXPECT_EQ(a[h].axes, b[h].axes) << what;
    EXPECT_EQ(a[h].counts, b[h].counts) << what << " " << a[h].name;
    EXPECT_EQ(a[h].nonfinite, b[h].nonfinite) << what << " " << a[h].name;
  }
}

void expect_same(const Measurement& a, const Measurement& b, const std::string& what) {
  expect_same(a.histograms, b.histograms, what);
  ASSERT_EQ(a.snapshots.size(), b.snapshots.size());
  for (std::size_t s = 0; s < a.snapshots.size(); ++s) {
    const Snapshot &left = a.snapshots[s], &right = b.snapshots[s];
    for (std::size_t o = 0; o < left.observables.size(); ++o) {
      expect_same(left.observables[o].total, right.observables[o].total, what + " " + left.observables[o].name);
      for (std::size_t g = 0; g < left.observables[o].groups.size(); ++g)
        expect_same(left.observables[o].groups[g], right.observables[o].groups[g], what + " group");
      EXPECT_EQ(left.observables[o].fine.counts, right.observables[o].fine.counts);
    }
    expect_same(left.coordinates, right.coordinates, what + " coordinates");
    expect_same(left.temperature, right.temperature, what + " temperature");
    expect_same(left.histograms, right.histograms, what);
  }
}

class BitIdentity : public testing::TestWithParam<std::tuple<Case, Precision>> {};

Measurement measure_on(Plan& plan, const std::string& target, int threads, std::uint64_t chunk) {
  plan.simd = target;
  plan.chunk = chunk;
  const auto engine = engine::make_cpu_engine(plan.simulation, threads, target);
  return measure(plan, *engine);
}

TEST_P(BitIdentity, OfThreadsChunksAndTargets) {
  Plan plan = make_plan(experiment_of(std::get<0>(GetParam()), std::get<1>(GetParam())));
  const Measurement reference = measure_on(plan, "scalar", 1, 0);
  EXPECT_GT(reference.histograms[0].entries(), 0u);
  for (const std::string& target : engine::simd_targets())
    for (const auto& [threads, chunk] : {std::pair{1, 0}, {2, 1024}, {3, 256}})
      expect_same(measure_on(plan, target, threads, static_cast<std::uint64_t>(chunk)), reference,
                  target + ", " + std::to_string(threads) + " threads, chunk " + std::to_string(chunk));
}

TEST_P(BitIdentity, OfInterruptedAdvances) {
  Plan plan = make_plan(experiment_of(std::get<0>(GetParam()), std::get<1>(GetParam())));
  // Of a single block an engine may keep numbers from one call to the next.
  for (const std::uint64_t count : {plan.simulation.blocks(), std::uint64_t{1}}) {
    const engine::BlockRange blocks{0, count};
    const auto outcome = [&](const std::vector<std::uint64_t>& stops) {
      const auto engine = engine::make_cpu_engine(plan.simulation, 1);
      // Begun, and then begun again before anything is sampled.
      engine->start(blocks);
      engine->advance(0, stops.front());
      engine->start(blocks);
      std::uint64_t step = 0;
      for (const std::uint64_t stop : stops) {
        engine->advance(step, stop);
        step = stop;
      }
      std::vector<Histogram> histograms = engine::make_histograms(plan.simulation);
      engine->collect(histograms);
      std::vector<std::vector<double>> rows(plan.simulation.state_rows,
                                            std::vector<double>(blocks.size() * engine::block_size));
      for (std::size_t r = 0; r < rows.size(); ++r) engine->read_row(r, rows[r]);
      return std::pair{histograms, rows};
    };
    std::vector<std::uint64_t> every_step;
    for (std::uint64_t step = 1; step <= plan.simulation.last_step(); ++step) every_step.push_back(step);
    const auto whole = outcome({plan.simulation.burn_in, plan.simulation.last_step()});
    for (const auto& stops :
         {every_step, std::vector<std::uint64_t>{1, 2, 13, 14, 18, 43, plan.simulation.last_step()}}) {
      const auto pieces = outcome(stops);
      expect_same(pieces.first, whole.first, "interrupted");
      for (std::size_t r = 0; r < whole.second.size(); ++r)
        for (std::size_t i = 0; i < whole.second[r].size(); ++i)
          ASSERT_EQ(std::bit_cast<std::uint64_t>(pieces.second[r][i]),
                    std::bit_cast<std::uint64_t>(whole.second[r][i]));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, BitIdentity,
                         testing::Combine(testing::ValuesIn(cases),
                                          testing::Values(Precision::single, Precision::twofold)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) +
                                  (std::get<1>(info.param) == Precision::single ? "Float" : "Double");
                         });

TEST(BitIdentity, SeesADifferentSeed) {
  Plan plan = make_plan(experiment_of(cases[0], Precision::single));
  const Measurement first = measure_on(plan, "scalar", 1, 0);
  plan.simulation.seed = 2;
  const Measurement second = measure_on(plan, "scalar", 1, 0);
  EXPECT_NE(first.last().observables[0].total.mean, second.last().observables[0].total.mean);
}

}  // namespace
}  // namespace isotherm
