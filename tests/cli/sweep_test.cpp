#include "cli/sweep.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/values.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::cli {
namespace {

using Options = std::vector<std::pair<std::string, std::vector<std::string>>>;

Sweep read(const std::string& text, const Options& options = {}) { return Sweep({"s.toml", text, options}); }

std::string complaint(const std::string& text, const Options& options = {}) {
  try {
    read(text, options);
  } catch (const InputError& error) {
    const std::string message = error.what();
    return message.substr(0, message.find('\n'));
  }
  return "";
}

TEST(Sweep, IsEveryCombinationInTheOrderOfTheFile) {
  const Sweep sweep = read(R"(
loss = "double-well"
steps = 50
[sweep]
mu = [0, 0.5]
batch-size = [1, 4, 16]
dynamics = ["momentum"]
)");
  ASSERT_EQ(sweep.size(), 6u);
  EXPECT_EQ(sweep.parameters(), (std::vector<std::string>{"mu", "batch-size", "dynamics"}));
  EXPECT_EQ(sweep.point(0).mu, 0.0);
  EXPECT_EQ(sweep.point(0).batch_size, 1u);
  EXPECT_EQ(sweep.point(2).mu, 0.0);
  EXPECT_EQ(sweep.point(2).batch_size, 16u);
  EXPECT_EQ(sweep.point(3).mu, 0.5);
  EXPECT_EQ(sweep.point(5).batch_size, 16u);
  EXPECT_EQ(sweep.point(5).dynamics, "momentum");
  EXPECT_EQ(sweep.point(5).steps, 50u);
  EXPECT_EQ(sweep.point(5).seed, 1u);
  EXPECT_FALSE(sweep.predictions());
}

TEST(Sweep, DerivesValuesFromOptionsAndConstants) {
  const Sweep sweep = read(R"(
loss = "h*x^2/2"
dynamics = "momentum"
thinning = 5
[set]
h = 2
[sweep]
mu = [0, 0.5]
batch-size = [1, 8]
[sweep.derived]
steps = "10*thinning*B"
eta = "(1-mu)*batch_size*0.01/h"
temperature = "eta*3"
)");
  ASSERT_EQ(sweep.size(), 4u);
  EXPECT_EQ(sweep.parameters(), (std::vector<std::string>{"mu", "batch-size", "steps", "eta", "temperature"}));
  EXPECT_EQ(sweep.point(3).steps, 400u);
  EXPECT_DOUBLE_EQ(sweep.point(3).eta.at(0), 0.02);
  EXPECT_DOUBLE_EQ(*sweep.point(3).temperature, 0.06);
  EXPECT_DOUBLE_EQ(sweep.point(0).eta.at(0), 0.005);
  const nlohmann::ordered_json derived = sweep.derived_json();
  EXPECT_EQ(derived["eta"], "(1-mu)*batch_size*0.01/h");
  EXPECT_EQ(derived.begin().key(), "steps");
}

TEST(Sweep, ConstantsOfTheLossAreSweptAndDerived) {
  const Sweep sweep = read(R"toml(
loss = "h*x^2/2 + k*x^4"
[sweep]
set.h = {from = 1, to = 100, count = 3, spacing = "log"}
[sweep.derived]
set.k = "h/10"
eta = "0.1/(h + k)"
)toml");
  ASSERT_EQ(sweep.size(), 3u);
  EXPECT_EQ(sweep.parameters(), (std::vector<std::string>{"set.h", "set.k", "eta"}));
  EXPECT_EQ(sweep.point(1).set.at("h"), "10");
  EXPECT_EQ(sweep.point(1).set.at("k"), "1");
  EXPECT_DOUBLE_EQ(sweep.point(1).eta.at(0), 0.1 / 11);
  EXPECT_EQ(parameter_json("set.h", sweep.point(2)).dump(), "100.0");
}

TEST(Sweep, ListsAreOneFactorOfTheGrid) {
  const Sweep sweep = read(R"(
loss = "x^2/2"
[sweep]
seed = [5, 6]
[[sweep.point]]
dynamics = "momentum"
mu = 0.5
[[sweep.point]]
dynamics = "sgd"
eta = [0.25]
set.h = 3
)");
  ASSERT_EQ(sweep.size(), 4u);
  EXPECT_EQ(sweep.parameters(), (std::vector<std::string>{"seed", "dynamics", "mu", "eta", "set.h"}));
  EXPECT_EQ(sweep.point(2).seed, 6u);
  EXPECT_EQ(sweep.point(2).mu, 0.5);
  EXPECT_TRUE(sweep.point(2).eta.empty());
  EXPECT_EQ(sweep.point(3).seed, 6u);
  EXPECT_EQ(sweep.point(3).eta, std::vector<double>{0.25});
  EXPECT_EQ(sweep.point(3).set.at("h"), "3");
}

TEST(Sweep, ValuesTakeTheFormsOfAnExperimentFile) {
  const Sweep sweep = read(R"(
loss = "x^2/2 + y^2/2"
[sweep]
eta = [0.1, [0.1, 0.2]]
covariance = ["1,0;0,1", [[2, 0], [0, 2]]]
no-bias-correction = [false, true]
histogram = ["x", ["x:10:0:1", "y"]]
)");
  ASSERT_EQ(sweep.size(), 16u);
  EXPECT_EQ(sweep.point(15).eta, (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(sweep.point(15).covariance, "2,0;0,2");
  EXPECT_TRUE(sweep.point(15).no_bias_correction);
  EXPECT_EQ(sweep.point(15).histogram.size(), 2u);
}

TEST(Sweep, ReplicasAndDistinctSeeds) {
  const Sweep replicas = read("loss = \"x^2\"\nseed = 10\n[sweep]\nreplicas = 3\nmu = [0, 0.5]\n");
  ASSERT_EQ(replicas.size(), 6u);
  EXPECT_EQ(replicas.point(0).seed, 10u);
  EXPECT_EQ(replicas.point(2).seed, 12u);
  EXPECT_EQ(replicas.point(3).seed, 10u);
  EXPECT_EQ(replicas.point(3).mu, 0.5);
  EXPECT_EQ(replicas.replica(5), 2u);
  EXPECT_EQ(replicas.parameters(), (std::vector<std::string>{"mu", "seed"}));
  const Sweep distinct =
      read("loss = \"x^2\"\nseed = 10\n[sweep]\nseeds = \"distinct\"\nreplicas = 2\nmu = [0, 0.5]\n");
  EXPECT_EQ(distinct.point(0).seed, 10u);
  EXPECT_EQ(distinct.point(3).seed, 13u);
}

TEST(Sweep, RangesEndWhereTheySay) {
  const Sweep sweep = read("loss = \"x^2\"\n[sweep]\neta = {from = 0.1, to = 0.3, count = 3}\n");
  EXPECT_EQ(sweep.point(0).eta.at(0), 0.1);
  EXPECT_DOUBLE_EQ(sweep.point(1).eta.at(0), 0.2);
  EXPECT_EQ(sweep.point(2).eta.at(0), 0.3);
}

TEST(Sweep, TheCommandLineWinsOverTheFileButNotOverTheSweep) {
  const std::string text = "loss = \"x^2\"\nsteps = 5\n[sweep]\nmu = [0, 0.5]\nset.h = [1]\npredictions = \"none\"\n";
  EXPECT_EQ(read(text, {{"steps", {"70"}}}).point(1).steps, 70u);
  EXPECT_EQ(read(text, {{"predictions", {"all"}}}).predictions(), PredictionSet::all);
  EXPECT_EQ(read(text).predictions(), PredictionSet::none);
  EXPECT_EQ(complaint(text, {{"mu", {"0.3"}}}), "--mu: s.toml sweeps or derives it; drop one of them");
  EXPECT_EQ(complaint(text, {{"set", {"h=2"}}}), "--set h=2: s.toml sweeps or derives it; drop one of them");
  EXPECT_EQ(read(text, {{"set", {"k=2"}}}).point(0).set.at("k"), "2");
}

TEST(Sweep, ErrorsSayWhere) {
  const std::string head = "loss = \"x^2\"\n";
  EXPECT_EQ(complaint(head), "s.toml: has no [sweep]; add what is swept, for example [sweep] eta = [0.01, 0.02, 0.05]");
  EXPECT_EQ(complaint(head + "etaa = 1\n[sweep]\n"), "s.toml:2:1: unknown key 'etaa'; did you mean eta?");
  EXPECT_EQ(complaint(head + "sweep = 3\n").substr(0, 44), "s.toml:2:9: sweep: must be a table, not a nu");
  EXPECT_EQ(complaint(head + "[sweep]\n etaa = [1]\n"), "s.toml:3:2: unknown key 'sweep.etaa'; did you mean eta?");
  EXPECT_EQ(complaint(head + "[sweep]\nreplica = 2\n"),
            "s.toml:3:1: unknown key 'sweep.replica'; did you mean replicas?");
  EXPECT_EQ(complaint(head + "[sweep]\neta = []\n"),
            "s.toml:3:7: sweep.eta: must have a value at least; leave the key out");
  EXPECT_EQ(complaint(head + "[sweep]\neta = 0.1\n"),
            "s.toml:3:7: sweep.eta: must be a list of values or {from, to, count}, not a number; what is the same for "
            "all points stands above [sweep]");
  EXPECT_EQ(complaint(head + "[sweep]\neta = [0.1, -2]\n"),
            "s.toml:3:13: sweep.eta = -2: must be greater than 0, for example eta = 0.05");
  EXPECT_EQ(complaint(head + "[sweep]\neta = [0.1, true]\n"),
            "s.toml:3:13: eta: must be a number or an array of numbers, not true or false");
  EXPECT_EQ(complaint(head + "[sweep]\noutput = [\"a\", \"b\"]\n"),
            "s.toml:3:1: sweep.output: output says where results go; it stands above [sweep], once for all");
  EXPECT_EQ(complaint(head + "[sweep]\nthreads = [1, 2]\n"),
            "s.toml:3:1: sweep.threads: threads does not change results; it stands above [sweep], once for all");
  EXPECT_EQ(complaint(head + "[sweep]\nreplicas = 0\n"),
            "s.toml:3:12: sweep.replicas: must be a whole number from 1 to 1000000");
  EXPECT_EQ(complaint(head + "[sweep]\nseeds = \"other\"\n"),
            "s.toml:3:9: sweep.seeds: must be \"same\" or \"distinct\"");
  EXPECT_EQ(complaint(head + "[sweep]\npredictions = \"gibs\"\n"),
            "s.toml:3:15: sweep.predictions: must be one of auto, none, gibbs, all; did you mean gibbs?");
  EXPECT_EQ(complaint(head + "[sweep]\nreplicas = 2\nseed = [1, 2]\n"),
            "s.toml: [sweep] gives seed values, and replicas or distinct seeds would change them; drop one of them");
  EXPECT_EQ(complaint(head + "[sweep]\nmu = [0]\n[[sweep.point]]\nmu = 0.5\n"),
            "s.toml:5:1: mu: is given a value here and elsewhere in [sweep]; give it in one place");
  EXPECT_EQ(complaint(head + "[sweep]\npoint = 3\n"),
            "s.toml:3:9: sweep.point: must be a list of tables, each headed [[sweep.point]]");
}

TEST(Sweep, RangesAreChecked) {
  const auto range = [](const std::string& text) {
    return complaint("loss = \"x^2\"\n[sweep]\neta = {" + text + "}\n");
  };
  EXPECT_EQ(range("from = 1, to = 2"),
            "s.toml:3:7: sweep.eta.count: must be a number, for example {from = 0.01, to = 0.1, count = 10}");
  EXPECT_EQ(range("from = 1, to = 2, count = 1"),
            "s.toml:3:34: sweep.eta.count: must be 2 or more from one end to the other");
  EXPECT_EQ(range("from = 1, to = 2, count = 2.5"),
            "s.toml:3:34: sweep.eta.count: must be a whole number from 1 to 1000000");
  EXPECT_EQ(range("from = 0, to = 2, count = 3, spacing = \"log\""),
            "s.toml:3:7: sweep.eta: both ends must be above 0 for spacing = \"log\"");
  EXPECT_EQ(range("from = 0.1, to = 2, count = 3, step = 1"),
            "s.toml:3:39: sweep.eta: unknown key 'step' of a range; it has from, to, count and spacing");
  EXPECT_EQ(range("from = 0, to = 2, count = 3"),
            "s.toml:3:7: sweep.eta = 0: must be greater than 0, for example eta = 0.05");
}

TEST(Sweep, DerivedValuesAreChecked) {
  const auto derived = [](const std::string& text) {
    return complaint("loss = \"x^2\"\n[sweep]\nmu = [0, 0.5]\nbatch-size = [1, 3]\n[sweep.derived]\n" + text);
  };
  EXPECT_EQ(derived("eta = 3\n"),
            "s.toml:6:7: sweep.derived.eta: must be an expression in quotes, for example \"batch_size*0.01\", not a "
            "number");
  EXPECT_TRUE(derived("eta = \"batch_sise*0.01\"\n").starts_with("s.toml:6:7: sweep.derived.eta: column 1: "));
  EXPECT_NE(derived("eta = \"batch_sise*0.01\"\n").find("batch_size"), std::string::npos);
  EXPECT_EQ(derived("mu = \"0.1\"\n"),
            "s.toml:6:1: mu: is given a value here and elsewhere in [sweep]; give it in one place");
  EXPECT_EQ(derived("eta = \"friction\"\n"),
            "s.toml:6:7: sweep.derived.eta: 'friction' has no value; give it above [sweep], or sweep it");
  EXPECT_EQ(derived("eta = \"2*dt\"\ndt = \"eta/10\"\n"),
            "s.toml:6:7: sweep.derived.eta: eta needs dt needs eta; give one of them as a number");
  EXPECT_EQ(derived("eta = \"eta\"\n"), "s.toml:6:7: sweep.derived.eta: eta needs eta; give one of them as a number");
  EXPECT_EQ(derived("eta = \"mu - 0.25\"\n"),
            "s.toml:6:7: sweep.derived.eta = -0.25, with mu = 0: must be greater than 0, for example eta = 0.05");
  EXPECT_EQ(derived("steps = \"100/B\"\n"),
            "s.toml:6:9: sweep.derived.steps = 33.33333333333333, with B = 3: must be a whole number from 1 to "
            "1099511627776 (2^40), for example steps = 1000");
  EXPECT_EQ(derived("eta = \"1/mu\"\n").substr(0, 62),
            "s.toml:6:7: sweep.derived.eta = inf, with mu = 0: must be a fi");
}

TEST(Sweep, NamesWithTwoMeaningsAreRefused) {
  EXPECT_EQ(
      complaint("loss = \"B*x^2\"\n[sweep]\nbatch-size = [1]\nset.B = [2]\n[sweep.derived]\neta = \"B\"\n"),
      "s.toml:6:7: sweep.derived.eta: 'B' is both the option batch-size and the constant set.B; write batch_size, "
      "or rename the constant");
  // Not where nobody asks.
  EXPECT_EQ(
      complaint("loss = \"B*x^2\"\n[sweep]\nbatch-size = [1]\nset.B = [2]\n[sweep.derived]\neta = \"batch_size\"\n"),
      "");
}

TEST(Sweep, HasAtMostAMillionPoints) {
  const std::string thousand = "{from = 0.1, to = 0.2, count = 1000}";
  const std::string text = "loss = \"x^2\"\n[sweep]\neta = " + thousand + "\nmu = " + thousand + "\n";
  EXPECT_EQ(read(text).size(), 1'000'000u);
  EXPECT_EQ(complaint(text + "replicas = 2\n"),
            "s.toml: [sweep] has more than 1 000 000 points; make it coarser, or split it");
  EXPECT_EQ(complaint(text + "seed = [1, 2]\n"),
            "s.toml: [sweep] has more than 1 000 000 points; make it coarser, or split it");
}

TEST(Predictions, AreNamedByOneWord) {
  for (const char* name : {"auto", "none", "gibbs", "all"}) EXPECT_EQ(word(read_predictions(name)), name);
  EXPECT_THROW(read_predictions("some"), ValueError);
}

}  // namespace
}  // namespace isotherm::cli
