// Particle-steps per second of the CPU engine: sgd, 256 bins every 10th step or none.
//   build/release/bin/bench_cpu --benchmark_filter=Advance

#include <benchmark/benchmark.h>

#include "bench/linear_regression.hpp"
#include "experiment/plan.hpp"

namespace {

using namespace isotherm;

void advance(benchmark::State& state, const char* loss, const char* noise, double eta, Precision precision,
             const char* simd, int bins_every) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.noise = noise;
  experiment.eta = {eta};
  experiment.particles = 1 << 18;
  experiment.burn_in = 0;
  experiment.steps = std::uint64_t{1} << 40;
  experiment.thinning = static_cast<std::uint64_t>(bins_every > 0 ? bins_every : 1);
  experiment.precision = precision;
  experiment.histogram = {{AxisRequest{"x", 256, -2, 2, false}}};
  if (bins_every == 0) experiment.burn_in = experiment.steps;
  const Plan plan = make_plan(experiment);
  const auto engine = engine::make_cpu_engine(plan.simulation, static_cast<int>(state.range(0)), simd);
  engine->start({0, plan.simulation.blocks()});
  std::uint64_t step = 0;
  constexpr std::uint64_t segment = 1000;
  for (auto _ : state) {
    engine->advance(step, step + segment);
    step += segment;
  }
  state.counters["particle_steps/s"] =
      benchmark::Counter(static_cast<double>(experiment.particles * segment) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
}

/// Examples per second of processor time, batches of `size`: linear regression on a table of that many rows; 0: fresh
/// examples.
void examples(benchmark::State& state, std::uint64_t rows, std::uint64_t size, const char* sampling,
              Precision precision, const char* simd) {
  const bench::LinearRegression regression(rows);
  Experiment experiment;
  regression.put_into(experiment);
  experiment.eta = {0.05};
  experiment.init = {{"normal", {0, 1}}};
  experiment.histogram = {{AxisRequest{"w1", 256, -2, 2, false}}};
  experiment.batch_size = size;
  if (rows != 0) experiment.sampling = sampling;
  experiment.particles = 1 << 14;
  experiment.burn_in = experiment.steps = std::uint64_t{1} << 40;
  experiment.precision = precision;
  const Plan plan = make_plan(experiment);
  const auto engine = engine::make_cpu_engine(plan.simulation, 1, simd);
  engine->start({0, plan.simulation.blocks()});
  std::uint64_t step = 0;
  const std::uint64_t segment = 256 / size;
  for (auto _ : state) {
    engine->advance(step, step + segment);
    step += segment;
  }
  state.counters["examples/s"] = benchmark::Counter(
      static_cast<double>(experiment.particles * segment * size) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}

void add_examples() {
  for (const auto& [precision, name] : {std::pair{Precision::single, "float"}, {Precision::twofold, "double"}})
    for (const std::string& simd : engine::simd_targets())
      for (const std::uint64_t size : {1, 32}) {
        const auto add = [&](const std::string& label, std::uint64_t rows, const char* sampling) {
          benchmark::RegisterBenchmark(
              ("examples/" + label + "/batch-" + std::to_string(size) + "/" + name + "/" + simd).c_str(),
              [=](benchmark::State& state) { examples(state, rows, size, sampling, precision, simd.c_str()); })
              ->Unit(benchmark::kMillisecond);
        };
        for (const std::uint64_t rows : {200, 1000, 100000})
          for (const char* sampling : {"with-replacement", "reshuffle", "without-replacement"})
            add(std::to_string(rows) + "/" + sampling, rows, sampling);
        add("fresh", 0, "");
      }
}

}  // namespace

#define ISOTHERM_BENCHMARK(...) BENCHMARK_CAPTURE(__VA_ARGS__)->UseRealTime()->Unit(benchmark::kMillisecond)
ISOTHERM_BENCHMARK(advance, DoubleWell, "double-well", "gaussian", 0.05, Precision::single, "", 10)->Arg(1)->Arg(2);
ISOTHERM_BENCHMARK(advance, DoubleWellNoHistogram, "double-well", "gaussian", 0.05, Precision::single, "", 0)->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellSigns, "double-well", "rademacher", 0.05, Precision::single, "", 10)->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellSignsNoHistogram, "double-well", "rademacher", 0.05, Precision::single, "", 0)
    ->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellUniform, "double-well", "uniform", 0.05, Precision::single, "", 0)->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellLaplace, "double-well", "laplace", 0.05, Precision::single, "", 0)->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellAvx2, "double-well", "gaussian", 0.05, Precision::single, "AVX2", 10)->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellDouble, "double-well", "gaussian", 0.05, Precision::twofold, "", 10)->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellDoubleSigns, "double-well", "rademacher", 0.05, Precision::twofold, "", 0)
    ->Arg(1);
ISOTHERM_BENCHMARK(advance, DoubleWellScalar, "double-well", "gaussian", 0.05, Precision::single, "scalar", 10)->Arg(1);
ISOTHERM_BENCHMARK(advance, Rugged, "rugged", "gaussian", 0.05, Precision::single, "", 10)->Arg(1);
ISOTHERM_BENCHMARK(advance, MullerBrown, "muller-brown", "gaussian", 1e-4, Precision::single, "", 10)->Arg(1);
ISOTHERM_BENCHMARK(advance, TenDimensions, "sum(i, 1, 10, i*x[i]^2/20)", "gaussian", 0.05, Precision::single, "", 10)
    ->Arg(1);

int main(int argc, char** argv) {
  add_examples();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
