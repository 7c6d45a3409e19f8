// Rates and densities of dx = -L' dt + sqrt(2T) dW.

#include "theory/fokker_planck.hpp"

#include <numeric>

#include "theory/hand_made_chain.hpp"
#include "theory/line_diffusion.hpp"

namespace isotherm::theory {
namespace {

double well(double x) { return 0.25 * (x * x - 1) * (x * x - 1); }
double normal_below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }
double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// T14: eigenvalue, first passage and Kramers' rate, per unit of time.
TEST(FokkerPlanck, RatesOfTheDoubleWell) {
  for (const auto& [id, temperature] : {std::pair("T14a", 0.1), std::pair("T14b", 0.05)}) {
    const auto expected = oracle(id);
    const double eta = 0.05;
    const Prediction p = predict("fokker-planck",
                                 {.loss = "double-well",
                                  .eta = eta,
                                  .sigma = {"sqrt(2*" + std::to_string(temperature) + "/" + std::to_string(eta) + ")"}},
                                 {{axis("x", 10, -2, 2)}});
    ASSERT_EQ(p.not_applicable, "");
    expect_relative(*p.relaxation_rate / eta, expected["lambda1"], 1e-9, id);
    expect_relative(*p.mean_first_passage_time, expected["MFPT(-1->0)"], 1e-10, id);
    expect_relative(*p.kramers_rate, expected["kramers k"], 1e-12, id);
    EXPECT_NE(p.bins[0].not_applicable, "");
  }
}

// Kramers' formula; lambda_1 by the sinc method, to the digits that are known; first passage by mpmath, 25 digits.
TEST(FokkerPlanck, RatesAtOtherTemperatures) {
  struct Row {
    double temperature, kramers, rate, digits, passage;
  };
  for (const Row& row : {Row{0.2, 6.4486235818e-02, 1.3477798e-01, 4e-8, 7.93402154001020},
                         Row{0.03, 5.4102140382e-05, 1.0269703e-04, 5e-8, 9739.57099057965},
                         Row{0.025, 1.0218574379e-05, 1.958927e-05, 3e-7, 51050.7025086000}}) {
    const LineDiffusion diffusion(well, row.temperature, {-3, 3}, 0.5 * std::sqrt(row.temperature / 2));
    expect_relative(diffusion.relaxation_rate(), row.rate, row.digits);
    expect_relative(diffusion.mean_first_passage_time(-1, 0), row.passage, 1e-12);
    expect_relative(diffusion.mean_first_passage_time(1, 0), row.passage, 1e-12, "mirrored");
    expect_relative(kramers_rate(2, -1, 0.25, row.temperature), row.kramers, 1e-10);
  }
}

// Below barriers of 50 to 500 T all modes but the slowest are below its rounding. Wells exchange at the rate 1 / (first
// passage to the barrier), but for terms of order exp(-50), and Kramers' formula is off by O(T).
TEST(FokkerPlanck, RatesOfHighBarriers) {
  for (const double temperature : {1.0 / 200, 1.0 / 400, 1.0 / 1000, 1.0 / 2000}) {
    const LineDiffusion diffusion(well, temperature, {-2, 2}, 0.5 * std::sqrt(temperature / 2));
    const double rate = diffusion.relaxation_rate();
    expect_relative(rate * diffusion.mean_first_passage_time(-1, 0), 1, 1e-11);
    expect_relative(rate, 2 * kramers_rate(2, -1, 0.25, temperature), 2 * temperature);
  }
}

TEST(FokkerPlanck, RatesOfTiltedWells) {
  const Prediction p =
      predict("fokker-planck", {.loss = "tilted-double-well", .set = {{"c", "0.05"}}, .eta = 0.05, .sigma = {"2"}});
  ASSERT_EQ(p.not_applicable, "");
  expect_relative(*p.relaxation_rate / 0.05, 0.0363912193, 5e-9);
  // First passage from the lower well, on the left, by the equation's own identity: T tau'' - L' tau' = -1.
  const LineDiffusion diffusion([](double x) { return well(x) + 0.05 * x; }, 0.1, {-3, 3}, 0.1);
  const double h = 1e-3, x = -0.4;
  const auto tau = [&](double from) { return diffusion.mean_first_passage_time(from, 0.05); };
  const double slope = (tau(x + h) - tau(x - h)) / (2 * h),
               curvature = (tau(x + h) - 2 * tau(x) + tau(x - h)) / (h * h);
  EXPECT_NEAR(0.1 * curvature - (x * x * x - x + 0.05) * slope, -1, 1e-4);
}

// Eigenvalues of the quadratic are h, 2 h, ...; a quadratic has no barrier.
TEST(FokkerPlanck, Quadratic) {
  const Prediction p = predict("fokker-planck", {.loss = "h*x^2/2", .set = {{"h", "1.7"}}, .eta = 0.01});
  ASSERT_EQ(p.not_applicable, "");
  expect_relative(*p.relaxation_rate, 0.017, 1e-11);
  EXPECT_FALSE(p.mean_first_passage_time);
  EXPECT_FALSE(p.kramers_rate);
}

TEST(FokkerPlanck, RefusesOtherEquations) {
  const auto reason = [](const ChainRequest& request) { return predict("fokker-planck", request).not_applicable; };
  EXPECT_NE(reason({.loss = "double-well", .rule = "momentum", .eta = 0.01}).find("velocities"), std::string::npos);
  EXPECT_NE(reason({.loss = "x^2/2+y^2/2"}).find("one dimension"), std::string::npos);
  EXPECT_NE(reason({.loss = "double-well", .eta = 0.05, .preconditioner = {3}}).find("do not follow"),
            std::string::npos);
  EXPECT_NE(reason({.loss = "double-well", .eta = 0.05, .sigma = {"1+x^2"}}), "");
  for (const char* rule : {"langevin", "heun", "leimkuhler-matthews"})
    EXPECT_EQ(reason({.loss = "double-well", .rule = rule, .eta = 1, .sigma = {"sqrt(0.2)"}, .dt = 0.05}), "") << rule;
}

// T15, the equation's own values: from N(2, 0.1) on h = 1.2 after t = 2, T = 0.05 * 0.49 / 2.
TEST(FokkerPlanck, TransientOfTheQuadratic) {
  const auto expected = oracle("T15");
  const double h = 1.2, t = 0.05 * 0.49 / 2;
  const Axis line = axis("x", 40, -0.4, 0.8);
  const double times[] = {0.0, 0.5, 2.0};
  const auto snapshots = diffuse([&](double x) { return 0.5 * h * x * x; }, t, {-1.5, 4.5},
                                 [](double x) { return normal_below((x - 2) / std::sqrt(0.1)); }, times,
                                 std::vector<Axis>{line, axis("x", 5, -0.1, 0.1, true)});
  expect_relative(*snapshots[0].coordinate.mean, 2, 1e-9);
  expect_relative(*snapshots[0].coordinate.variance, 0.1, 1e-6);
  expect_relative(*snapshots[2].coordinate.mean, expected["SDE mean"], 1e-6);
  expect_relative(*snapshots[2].coordinate.variance, expected["SDE var"], 1e-4);
  expect_relative(snapshots[2].mean_loss,
                  0.5 * h * (expected["SDE var"].get<double>() + std::pow(expected["SDE mean"].get<double>(), 2)),
                  1e-4);
  const double mean = expected["SDE mean"], deviation = std::sqrt(expected["SDE var"].get<double>());
  double distance = 0;
  for (std::size_t i = 0; i < 40; ++i)
    distance += 0.5 * std::abs(snapshots[2].bins[0][i + 1] - normal_below((line.edge(i + 1) - mean) / deviation) +
                               normal_below((line.edge(i) - mean) / deviation));
  EXPECT_LT(distance, 2e-5);
  for (const DiffusionSnapshot& snapshot : snapshots)
    for (const auto& bins : snapshot.bins) {
      EXPECT_NEAR(sum(bins), 1, 1e-13);
      for (const double p : bins) EXPECT_GE(p, 0);
    }
  EXPECT_LT(snapshots[2].resolution, 2e-3);
}

TEST(FokkerPlanck, SecondOrderInSpace) {
  // A transient of the quadratic: h = 1, T = 0.1, from N(1, 0.04) to t = 1.
  double last = 0;
  const double v = 0.04 * std::exp(-2.0) + 0.1 * (1 - std::exp(-2.0)), m = std::exp(-1.0);
  for (const std::size_t cells : {100, 200, 400}) {
    const FokkerPlanck equation([](double x) { return 0.5 * x * x; }, 0.1, {-4, 4}, cells);
    std::vector<double> masses = equation.from_distribution([](double x) { return normal_below((x - 1) / 0.2); });
    equation.advance(masses, 1);
    const auto exact = equation.from_distribution([&](double x) { return normal_below((x - m) / std::sqrt(v)); });
    double distance = 0;
    for (std::size_t i = 0; i < cells; ++i) {
      distance += std::abs(masses[i] - exact[i]);
      EXPECT_GE(masses[i], 0);
    }
    EXPECT_NEAR(sum(masses), 1, 1e-13);
    if (last > 0) {
      EXPECT_NEAR(std::log2(last / distance), 2, 0.1);
    }
    last = distance;
  }
}

// Gibbs' probabilities of the cells stay what they are, and everything ends there.
TEST(FokkerPlanck, GibbsIsStationary) {
  const FokkerPlanck equation(well, 0.1, {-2.2, 2.2}, 600);
  std::vector<double> masses = equation.equilibrium();
  equation.advance(masses, 50);
  for (std::size_t i = 0; i < masses.size(); ++i) EXPECT_NEAR(masses[i], equation.equilibrium()[i], 1e-11);
  // From one point, the difference between the wells decays by lambda_1.
  const auto at = [&](double time) {
    std::vector<double> start = equation.from_distribution([](double x) { return x < -1 ? 0.0 : 1.0; });
    equation.advance(start, time);
    for (const double mass : start) EXPECT_GE(mass, 0);
    return 1 - 2 * equation.below(start, 0);
  };
  const double rate = std::log(at(20) / at(40)) / 20;
  expect_relative(rate, oracle("T14a")["lambda1"], 2e-4);
}

}  // namespace
}  // namespace isotherm::theory
