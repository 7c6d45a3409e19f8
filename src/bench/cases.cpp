#include "bench/cases.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "bench/count.hpp"
#include "bench/linear_regression.hpp"
#include "engine/cuda/driver_device.hpp"
#include "experiment/plan.hpp"
#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::bench {
namespace {

constexpr std::uint64_t usual_particles = 1 << 18;
constexpr std::uint64_t once = 1 << 30;  ///< thinning that leaves one sample, at the last step

HistogramRequest axis(const std::string& expression, std::uint64_t bins, double lower, double upper) {
  return {{expression, bins, lower, upper, false}};
}

/// Builds the list. Every case starts from the first one and says what is different.
class List {
 public:
  explicit List(const CaseRequest& request) : request_(request) {
    losses();
    dynamics();
    dimensions();
    precisions();
    histograms();
    noise_laws();
    examples();
    particles();
    steps();
  }

  std::vector<Case> take() { return std::move(cases_); }

 private:
  Experiment usual() const {
    Experiment experiment;
    experiment.loss = "double-well";
    experiment.eta = {0.05};
    experiment.particles = usual_particles;
    experiment.steps = 0;
    experiment.burn_in = 0;
    experiment.thinning = 10;
    experiment.init = {{"normal", {0, 1}}};
    experiment.histogram = {axis("x", 256, -2, 2)};
    experiment.precision = request_.precision;
    experiment.threads = 1;
    experiment.backend = Backend::cpu;
    return experiment;
  }
  Experiment quadratic(std::uint64_t dimension) const {
    Experiment experiment = usual();
    experiment.loss = "quadratic";
    experiment.set["dimension"] = std::to_string(dimension);
    experiment.histogram = {axis(dimension == 1 ? "x" : "x1", 256, -2, 2)};
    if (dimension >= 100) experiment.particles = usual_particles / 32;
    return experiment;
  }

  void add(const std::string& name, Experiment experiment) { cases_.push_back({name, std::move(experiment), {}}); }
  void add_on_all_threads(const std::string& name, Experiment experiment) {
    if (request_.threads == 1) return;
    experiment.threads = static_cast<std::uint64_t>(request_.threads);
    add(name, std::move(experiment));
  }
  void add_both(const std::string& name, const Experiment& experiment) {
    add(name, experiment);
    add_on_all_threads(name, experiment);
  }

  void losses() {
    add_both("loss/double-well", usual());
    Experiment rugged = usual();
    rugged.loss = "rugged";
    add_both("loss/rugged", rugged);
    Experiment muller_brown = usual();
    muller_brown.loss = "muller-brown";
    muller_brown.eta = {1e-4};
    muller_brown.init = {{"normal", {0, 0.1}}};
    add_both("loss/muller-brown", muller_brown);
  }

  void dynamics() {
    const std::vector<std::string> few = {"momentum", "adam", "langevin"};
    for (const dynamics::Descriptor& rule : dynamics::registry()) {
      if (rule.name == "sgd") continue;  // the first case
      if (request_.quick && std::find(few.begin(), few.end(), rule.name) == few.end()) continue;
      Experiment experiment = usual();
      experiment.dynamics = rule.name;
      if (!rule.uses_eta) experiment.eta = {};
      add("dynamics/" + rule.name, experiment);
    }
  }

  void dimensions() {
    for (const std::uint64_t dimension : {1, 2, 10, 100})
      add_both("dimension/" + std::to_string(dimension), quadratic(dimension));
  }

  void precisions() {
    for (const auto& [name, precision] : {std::pair{"float", Precision::single}, {"double", Precision::twofold}}) {
      Experiment experiment = usual();
      experiment.precision = precision;
      add(std::string("precision/") + name, experiment);
    }
  }

  void histograms() {
    Experiment every = usual(), never = usual(), fine = usual(), joint = quadratic(2);
    every.thinning = 1;
    never.thinning = once;
    fine.histogram = {axis("x", 1000000, -2, 2)};
    joint.histogram = {{axis("x1", 256, -2, 2).front(), axis("x2", 256, -2, 2).front()}};
    add("histogram/every-step", every);
    add("histogram/none", never);
    add("histogram/1e6-bins", fine);
    add("histogram/256x256-bins", joint);
  }

  void noise_laws() {
    for (const std::string law : {"rademacher", "uniform", "laplace", "student-t:5"}) {
      if (request_.quick && law != "rademacher") continue;
      Experiment experiment = usual();
      experiment.noise = law;
      add("noise/" + law.substr(0, law.find(':')), experiment);
    }
    Experiment signs = usual();
    signs.noise = "rademacher";
    signs.thinning = once;
    add("noise/rademacher-no-histogram", signs);
  }

  void add_examples(const std::string& name, std::uint64_t rows, std::uint64_t batch, const std::string& sampling) {
    Experiment experiment = usual();
    experiment.particles = usual_particles / 16;
    experiment.batch_size = batch;
    experiment.sampling = sampling;
    experiment.histogram = {axis("w1", 256, -2, 2)};
    const std::string full = "examples/" + name + "-batch-" + std::to_string(batch);
    add_both(full, experiment);
    for (Case& one : cases_)
      if (one.name == full) one.rows = rows;
  }

  void examples() {
    for (const std::uint64_t batch : {1, 32}) {
      add_examples("1e3-rows", 1000, batch, "");
      add_examples("1e3-rows-reshuffle", 1000, batch, "reshuffle");
      if (!request_.quick) {
        add_examples("1e5-rows", 100000, batch, "");
        add_examples("1e5-rows-reshuffle", 100000, batch, "reshuffle");
      }
      add_examples("fresh", 0, batch, "");
    }
  }

  void add_scaled(const std::string& group, int power, double particles, double steps) {
    Experiment experiment = usual();
    experiment.particles = static_cast<std::uint64_t>(particles);
    experiment.steps = static_cast<std::uint64_t>(steps);
    experiment.threads = static_cast<std::uint64_t>(request_.threads);
    add(group + "/1e" + std::to_string(power), experiment);
  }

  /// The most particles make few steps: 10^9 would take minutes.
  void particles() {
    for (int power = 3; power <= (request_.quick ? 6 : 8); ++power)
      add_scaled("particles", power, std::pow(10, power), request_.quick ? 200 : 1000);
    if (!request_.quick) add_scaled("particles", 9, 1e9, 100);
  }

  void steps() {
    for (int power = 2; power <= (request_.quick ? 3 : 5); ++power)
      add_scaled("steps", power, 1e5, std::pow(10, power));
  }

  const CaseRequest& request_;
  std::vector<Case> cases_;
};

using Clock = std::chrono::steady_clock;

double seconds_of(const Plan& plan, const Effort& effort) {
  const std::unique_ptr<engine::Engine> engine = make_engine(plan);
  const Clock::time_point begin = Clock::now();
  measure(plan, *engine, {effort.stop, {}});
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A multiple of the usual thinning. Nothing in a plan with a given burn-in depends on the number of steps but itself.
constexpr std::uint64_t few_steps = 20;

void set_steps(Plan& plan, std::uint64_t steps) { plan.experiment.steps = plan.simulation.steps = steps; }

/// As many as take about the time of the effort, from a run of few.
std::uint64_t affordable_steps(const Plan& plan, const Effort& effort) {
  const double seconds = seconds_of(plan, effort) / (static_cast<double>(plan.simulation.steps) / few_steps);
  return static_cast<std::uint64_t>(std::clamp(effort.seconds / seconds, 5.0, 5e5)) * few_steps;
}

/// Long cases are repeated less often.
constexpr double patience = 12;

const char* name_of(Precision precision) { return precision == Precision::single ? "float" : "double"; }

CaseSpeed measure_case(const Case& wanted, const CaseRequest& request, const CaseReport& report) {
  CaseSpeed speed;
  speed.name = wanted.name;
  speed.experiment = wanted.experiment;
  std::optional<LinearRegression> regression;
  if (wanted.rows) {
    regression.emplace(*wanted.rows);
    regression->put_into(speed.experiment);
  }
  const bool open = wanted.experiment.steps == 0;
  if (open) speed.experiment.steps = few_steps;
  Plan plan = make_plan(speed.experiment);
  plan.simd = request.simd;
  if (open) {
    set_steps(plan, affordable_steps(plan, request.effort));  // too few: threads had to be made
    set_steps(plan, affordable_steps(plan, request.effort));
  }
  speed.experiment = plan.experiment;
  if (wanted.rows) speed.examples_per_step = examples_per_step(plan.simulation.batch);
  const engine::Simulation& simulation = plan.simulation;
  speed.dimension = simulation.dimension;
  speed.particle_steps = static_cast<double>(simulation.particles) * static_cast<double>(simulation.last_step());

  speed.seconds = std::numeric_limits<double>::infinity();
  double spent = 0;
  for (int run = 0; run < request.effort.runs && spent < patience * request.effort.seconds; ++run) {
    const double seconds = seconds_of(plan, request.effort);
    speed.seconds = std::min(speed.seconds, seconds);
    spent += seconds;
  }
  const std::unique_ptr<engine::Engine> engine = make_engine(plan);
  speed.backend = engine->backend();
  speed.threads = std::max(engine->threads(), 1);
  speed.memory = memory_of(simulation, *engine, plan.chunk);

  if (speed.backend == "cuda") {
    speed.operations = Counter(simulation.precision, cuda_instructions).step(simulation);
    if (report.device_operations && simulation.precision == Precision::single) {
      speed.limit = *report.device_operations / speed.operations.total();
      speed.bound = "all operations";
    }
    return speed;
  }
  speed.operations = Counter(simulation.precision, instruction_set(report.simd)).step(simulation);
  const auto rates = report.issue.find(name_of(simulation.precision));
  if (rates != report.issue.end()) {
    const Limit limit = limit_of(speed.operations, rates->second);
    speed.limit = speed.threads / limit.seconds;
    speed.bound = limit.bound;
  }
  return speed;
}

/// Whether there is a GPU that runs this case; if so the report names it.
bool find_device(const Case& first, CaseReport& report) {
  Experiment experiment = first.experiment;
  experiment.steps = 1;
  std::optional<LinearRegression> regression;
  if (first.rows) {
    regression.emplace(*first.rows);
    regression->put_into(experiment);
  }
  std::string why_not;
  const std::unique_ptr<engine::Engine> engine =
      engine::make_cuda_engine(make_plan(experiment).simulation, experiment.device, why_not);
  if (engine == nullptr) return false;
  report.device = engine->device();
  report.device_operations = engine::cuda::issued_operations_per_second(experiment.device);
  return true;
}

}  // namespace

std::vector<Case> cases(const CaseRequest& request) {
  std::vector<Case> all = List(request).take();
  std::string groups;
  for (const Case& one : all) {
    const std::string group = one.name.substr(0, one.name.find('/') + 1);
    if (groups.find(group) == std::string::npos) groups += (groups.empty() ? "" : ", ") + group;
  }
  std::erase_if(all, [&](const Case& one) { return one.name.find(request.pattern) == std::string::npos; });
  if (all.empty())
    throw InputError("--cases " + request.pattern + ": no case has this in its name; names begin with " + groups +
                     ", for example loss/double-well");
  return all;
}

std::optional<double> CaseReport::spread(const std::string& group, double first, double last) const {
  const CaseSpeed* reference = nullptr;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  int count = 0;
  for (const CaseSpeed& speed : cases) {
    if (!speed.name.starts_with(group + '/')) continue;
    const double size = std::strtod(speed.name.c_str() + group.size() + 1, nullptr);
    if (size < first || size > last) continue;
    if (reference == nullptr) reference = &speed;
    if (speed.backend != reference->backend || speed.threads != reference->threads) continue;
    least = std::min(least, speed.seconds_per_particle_step());
    most = std::max(most, speed.seconds_per_particle_step());
    ++count;
  }
  if (count < 2) return std::nullopt;
  return most / least;
}

CaseReport measure_cases(const CaseRequest& request, const std::function<void(const std::string&)>& on_measured) {
  const auto announce = [&](const std::string& what) {
    if (on_measured) on_measured(what);
  };
  const std::vector<Case> wanted = cases(request);
  CaseReport report;
  report.machine = this_machine();
  report.simd = request.simd.empty() ? engine::simd_targets().front() : request.simd;
  announce("the processor");
  report.frequency = measured_frequency();
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    const bool used = std::any_of(wanted.begin(), wanted.end(),
                                  [&](const Case& one) { return one.experiment.precision == precision; });
    if (!used) continue;
    if (const std::optional<IssueRates> rates = measure_issue(report.simd, precision)) {
      report.issue[name_of(precision)] = *rates;
      report.frequency = std::max(report.frequency, rates->frequency);
    }
  }
  for (auto& [name, rates] : report.issue) rates.frequency = report.frequency;

  for (const Case& one : wanted) {
    announce(one.name);
    report.cases.push_back(measure_case(one, request, report));
  }
  if (!find_device(wanted.front(), report)) return report;
  for (Case one : wanted) {
    // On a GPU threads mean nothing; cases of all threads are those that grow.
    const bool repeated =
        one.experiment.threads != 1 && !one.name.starts_with("particles/") && !one.name.starts_with("steps/");
    if (repeated) continue;
    one.experiment.backend = Backend::cuda;
    announce(one.name + " on the GPU");
    report.cases.push_back(measure_case(one, request, report));
  }
  return report;
}

}  // namespace isotherm::bench
