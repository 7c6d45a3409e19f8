#include "cuda/examples.hpp"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "dynamics/dynamics.hpp"
#include "experiment/plan.hpp"
#include "loss/catalogue.hpp"
#include "noise/noise.hpp"
#include "schedule/schedule.hpp"

namespace isotherm::test {
namespace {

/// Options of Descriptor::choices and Descriptor::flags.
void choose(Experiment& experiment, const std::string& option, const std::string& choice) {
  if (option == "parameterization") experiment.parameterization = choice;
  if (option == "scheme") experiment.scheme = choice;
}
void set_flag(Experiment& experiment, const std::string& flag) {
  if (flag == "no-bias-correction") experiment.no_bias_correction = true;
  if (flag == "literal") experiment.literal = true;
}

Example changed(Example example, const std::string& variant, std::function<void(Experiment&)> change) {
  example.variant += (example.variant.empty() ? "" : ", ") + variant;
  example.change = [first = example.change, change = std::move(change)](Experiment& experiment) {
    if (first) first(experiment);
    change(experiment);
  };
  return example;
}

std::vector<Example> in_both_precisions(const std::vector<Example>& examples) {
  std::vector<Example> both;
  for (Example example : examples) {
    for (const Precision precision : {Precision::single, Precision::twofold}) {
      example.precision = precision;
      both.push_back(example);
    }
  }
  return both;
}

/// Files of this process, which end with it.
class Tables {
 public:
  Tables() {
    std::string pattern = (std::filesystem::temp_directory_path() / "isotherm-tables-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;
  ~Tables() { std::filesystem::remove_all(folder_); }

  /// a1, a2 ... on (-1, 1), y a sum of them with an error, or its sign; by a generator of Lehmer's.
  std::string file(const Regression& regression) {
    const std::filesystem::path path =
        folder_ / (std::to_string(regression.rows) + "-" + std::to_string(regression.columns) +
                   (regression.classifies ? "-signs.csv" : ".csv"));
    if (std::filesystem::exists(path)) return path;
    std::ofstream table(path);
    for (std::size_t c = 1; c <= regression.columns; ++c) table << "a" << c << ",";
    table << "y\n";
    std::uint64_t state = 1;
    const auto next = [&] {
      constexpr std::uint64_t modulus = 2147483647;
      state = state * 48271 % modulus;
      return 2 * static_cast<double>(state) / static_cast<double>(modulus) - 1;
    };
    table.precision(17);
    for (std::size_t r = 0; r < regression.rows; ++r) {
      double y = next();
      for (std::size_t c = 1; c <= regression.columns; ++c) {
        const double a = next();
        y += a / static_cast<double>(c);
        table << a << ",";
      }
      table << (regression.classifies ? (y < 0 ? -1 : 1) : y) << "\n";
    }
    return path;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace

engine::Simulation make_simulation(const Example& example) {
  Experiment experiment;
  experiment.loss = example.loss;
  experiment.set = example.set;
  experiment.dynamics = example.dynamics;
  experiment.precision = example.precision;
  experiment.schedule = example.schedule;
  experiment.init = {example.start};
  experiment.particles = example.particles;
  experiment.seed = example.seed;
  experiment.burn_in = example.burn_in;
  experiment.steps = example.steps;
  experiment.thinning = example.thinning;
  const dynamics::Descriptor& rule = dynamics::find(example.dynamics);
  if (rule.uses_eta && (example.schedule.empty() || schedule::find(example.schedule).scales_eta))
    experiment.eta = {example.eta};
  if (rule.uses_dt) experiment.dt = example.eta / 4;
  if (rule.stochastic) {
    experiment.noise = example.noise;
    if (example.noise != "none") experiment.sigma = std::to_string(example.sigma);
  }
  std::vector<std::vector<Axis>> histograms = example.histograms;
  if (histograms.empty()) {
    const loss::Problem problem({example.loss, example.set, {}});
    histograms = {{Axis{problem.coordinates()[0], 64, -2, 2}}};
  }
  for (const std::vector<Axis>& axes : histograms) {
    HistogramRequest request;
    for (const Axis& axis : axes)
      request.push_back({axis.expression, axis.bins, axis.lower, axis.upper, axis.periodic});
    experiment.histogram.push_back(request);
  }
  if (example.change) example.change(experiment);
  return make_plan(experiment, true).simulation;
}

std::vector<Example> every_loss(const Example& base) {
  std::vector<Example> examples;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) {
    examples.push_back(base);
    examples.back().loss = entry.name;
  }
  return in_both_precisions(examples);
}

std::vector<Example> every_dynamics(const Example& base) {
  std::vector<Example> examples;
  for (const dynamics::Descriptor& rule : dynamics::registry()) {
    Example plain = base;
    plain.dynamics = rule.name;
    examples.push_back(plain);
    for (const dynamics::ChoiceOption& option : rule.choices)
      for (std::size_t i = 1; i < option.choices.size(); ++i)
        examples.push_back(
            changed(plain, option.choices[i],
                    [name = option.name, value = option.choices[i]](Experiment& e) { choose(e, name, value); }));
    for (const std::string& flag : rule.flags)
      examples.push_back(changed(plain, flag, [flag](Experiment& e) { set_flag(e, flag); }));
    if (rule.decouples)
      examples.push_back(changed(plain, "decoupled", [](Experiment& e) {
        e.weight_decay = 0.25;
        e.decoupled = true;
      }));
  }
  return in_both_precisions(examples);
}

std::vector<Example> every_pair(const Example& base) {
  std::vector<Example> examples;
  for (const loss::CatalogueEntry& entry : loss::catalogue())
    for (const dynamics::Descriptor& rule : dynamics::registry()) {
      examples.push_back(base);
      examples.back().loss = entry.name;
      examples.back().dynamics = rule.name;
    }
  return examples;
}

std::vector<Example> every_law(const Example& base) {
  std::vector<Example> examples;
  for (const noise::Law& law : noise::registry()) {
    Example one = base;
    one.noise = law.example;
    examples.push_back(one);
    if (law.raw != random::Law::none)
      examples.push_back(changed(one, "batch of 3", [](Experiment& e) { e.batch_size = 3; }));
  }
  return in_both_precisions(examples);
}

std::vector<Example> every_schedule(const Example& base) {
  std::vector<Example> examples;
  for (const schedule::Kind& kind : schedule::registry()) {
    examples.push_back(base);
    examples.back().schedule = kind.example;
  }
  return in_both_precisions(examples);
}

Example with_averages(const Example& base) {
  Example example = base;
  const std::string x = loss::Problem({base.loss, base.set, {}}).coordinates()[0];
  example.thinning = 9;
  example.burn_in = 9;
  example.histograms = {{Axis{"average(" + x + ", 9)", 40, -2, 2}},
                        {Axis{"ema(" + x + "^2, 4)", 30, 0, 3}, Axis{"average(" + x + ", 2)", 20, -2, 2}}};
  return example;
}

Example over_rows(const Regression& regression, const Example& base) {
  static Tables tables;
  Example example = base;
  std::string line = "w0";
  for (std::size_t c = 1; c <= regression.columns; ++c) line += " + w" + std::to_string(c) + "*a" + std::to_string(c);
  example.loss = regression.classifies ? "log1p(exp(-y*(" + line + ")))" : "(" + line + " - y)^2/2";
  example.histograms = {{Axis{"w0", 40, -2, 2}}};
  if (regression.counts_loss) example.histograms.push_back({Axis{"loss", 30, 0, 3}});
  return changed(example,
                 "a batch of " + std::to_string(regression.batch_size) + " of " + std::to_string(regression.rows) +
                     " rows " + (regression.sampling.empty() ? "with-replacement" : regression.sampling),
                 [regression, file = tables.file(regression), noisy = base.noise != "none"](Experiment& e) {
                   e.data = file;
                   e.sampling = regression.sampling;
                   e.batch_size = regression.batch_size;
                   if (!noisy) e.noise = "gaussian";
                 });
}

std::vector<Example> every_sampling(const Example& base) {
  std::vector<Example> examples;
  Example plain = base;
  plain.noise = "none";
  const auto add = [&](const Regression& regression) { examples.push_back(over_rows(regression, plain)); };
  for (const std::string sampling : {"", "without-replacement", "reshuffle"})
    for (const std::uint64_t rows : {80, 1000}) {
      for (const std::uint64_t batch_size : {1, 3, 16}) add({rows, 2, sampling, batch_size});
      add({.rows = rows, .columns = 3, .sampling = sampling, .batch_size = 5, .classifies = true});
    }
  for (const std::uint64_t rows : {1, 2, 5, 255, 256})
    for (const std::string sampling : {"", "without-replacement", "reshuffle"}) add({rows, 1, sampling, 1});
  for (const std::uint64_t rows : {256, 300})
    for (const std::string sampling : {"without-replacement", "reshuffle"}) add({rows, 4, sampling, rows});
  add({.rows = 300, .columns = 10, .sampling = "reshuffle", .batch_size = 7});
  for (const std::string dynamics : {"momentum", "adam"}) {
    plain.dynamics = dynamics;
    add({.rows = 80, .sampling = "reshuffle", .batch_size = 7});
  }
  Example noisy = base;
  noisy.dynamics = "langevin";
  examples.push_back(over_rows({.rows = 300, .columns = 1, .sampling = "without-replacement", .batch_size = 3}, noisy));
  noisy.dynamics = "sgd";
  noisy.noise = "rademacher";
  examples.push_back(over_rows({.rows = 80, .columns = 1, .batch_size = 3}, noisy));
  return in_both_precisions(examples);
}

std::vector<Example> every_fresh_law(const Example& base) {
  std::vector<Example> examples;
  const auto add = [&](const std::string& loss, const std::vector<std::string>& laws, std::uint64_t batch_size) {
    Example example = base;
    example.noise = "none";
    example.loss = loss;
    example.histograms = {{Axis{"w", 40, -2, 2}}, {Axis{"loss", 30, 0, 3}}};
    std::string names = "a batch of " + std::to_string(batch_size) + " of";
    for (const std::string& law : laws) names += " " + law;
    examples.push_back(changed(example, names, [=](Experiment& e) {
      e.noise = "gaussian";
      e.random = laws;
      e.batch_size = batch_size;
    }));
  };
  const std::string slope = "(w*a - b)^2/2";
  for (const std::uint64_t batch_size : {1, 3, 4, 33}) {
    add("(w - a)^2/2", {"a=normal:0.25,1"}, batch_size);
    add("(w - a)^2/2", {"a=rademacher"}, batch_size);
    add("(w - a)^2/2", {"a=uniform:-1,2"}, batch_size);
    add(slope, {"a=normal", "b=rademacher"}, batch_size);
    add("log1p(exp(w*a*b)) + w^2/2", {"a=normal", "b=uniform:-1,1"}, batch_size);
  }
  add("(w*a + v*b + u*c - d)^2/2", {"a=normal", "b=uniform:-1,2", "c=rademacher", "d=student-t:5"}, 5);
  add("(w*a + v*b + u*c)^2/2 + u^2", {"a=rademacher", "b=rademacher", "c=rademacher"}, 50);
  add("(w*a + v*b - 1)^2/2", {"a,b=gaussian:1,0.5;1,0.5;0.5,2"}, 3);
  return in_both_precisions(examples);
}

std::string describe(const Example& example) {
  std::string text = example.loss;
  for (const auto& [name, value] : example.set) text += " " + name + "=" + value;
  text += ", " + example.dynamics;
  for (const std::string& part : {example.variant, example.noise == "gaussian" ? "" : example.noise, example.schedule})
    if (!part.empty()) text += ", " + part;
  return text + (example.precision == Precision::single ? ", float" : ", double");
}

std::vector<std::vector<Axis>> every_kind_of_histogram() {
  return {
      {Axis{"x", 64, -2, 2}},
      {Axis{"x", 16, -1.5, 1.5}, Axis{"y", 24, -1, 2}},
      {Axis{"loss", 50, 0, 3}},
      {Axis{"x+y", 8, -1, 1, true}},
      {Axis{"log(x)", 10, -3, 1}},
      {Axis{"x+0*y", 600, -2, 2}, Axis{"y", 600, -2, 2}},
      {Axis{"log(y)", 10, -3, 1}, Axis{"1/x", 12, -3, 1, true}},
  };
}

}  // namespace isotherm::test
