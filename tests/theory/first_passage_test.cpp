// Mean first passage of the discrete chain.

#include "theory/first_passage.hpp"

#include "theory/hand_made_chain.hpp"
#include "theory/line_diffusion.hpp"

namespace isotherm::theory {
namespace {

// Steps that forget where they were: each passes with the same probability, and their number is geometric.
TEST(FirstPassage, OfIndependentSteps) {
  const NormalStep independent = {[](double) { return 0.3; }, [](double) { return 0.7; }};
  for (const double to : {0.5, 2.0, 4.9}) {
    const double passing = 0.5 * std::erfc((to - 0.3) / (0.7 * std::sqrt(2.0)));
    expect_relative(*mean_first_passage_steps(independent, 0, to, -9), 1 / passing, 1e-10);
  }
  // The other way, from above: P(y < -1).
  expect_relative(*mean_first_passage_steps(independent, 0, -1, 9), 2 / std::erfc(1.3 / (0.7 * std::sqrt(2.0))), 1e-10);
}

// Two steps that may differ: the noise is of one size below `middle` and of another above it, and so is the mean, so
// that there are two states.
TEST(FirstPassage, WithAKink) {
  const double middle = 0.2, to = 1.5;
  const auto above = [](double place, double mean, double deviation) {
    return 0.5 * std::erfc((place - mean) / (deviation * std::sqrt(2.0)));
  };
  const NormalStep two = {[&](double x) { return x < middle ? -0.4 : 0.5; },
                          [&](double x) { return x < middle ? 0.5 : 0.8; }};
  const double low_up = above(middle, -0.4, 0.5) - above(to, -0.4, 0.5), low_out = above(to, -0.4, 0.5);
  const double high_up = above(middle, 0.5, 0.8) - above(to, 0.5, 0.8), high_out = above(to, 0.5, 0.8);
  // t_low = 1 + (1 - low_up - low_out) t_low + low_up t_high; t_high likewise.
  const double high_down = 1 - high_up - high_out;
  const double high = (1 + high_down / (low_up + low_out)) / (1 - high_up - high_down * low_up / (low_up + low_out));
  const double cuts[] = {middle};
  expect_relative(*mean_first_passage_steps(two, 0.9, to, -7, cuts), high, 1e-10);
  expect_relative(*mean_first_passage_steps(two, -0.9, to, -7, cuts), (1 + low_up * high) / (low_up + low_out), 1e-10);
}

// As the step goes to 0 the chain's time goes to the equation's (T14) as sqrt(eta): as if the barrier were 0.5826
// sqrt(2 T eta) farther away, and what is left then is of order eta.
TEST(FirstPassage, ApproachesThatOfTheEquation) {
  for (const auto& [id, temperature] : {std::pair("T14a", 0.1), std::pair("T14b", 0.05)}) {
    const double exact = oracle(id)["MFPT(-1->0)"];
    const LineDiffusion diffusion([](double x) { return 0.25 * (x * x - 1) * (x * x - 1); }, temperature, {-3, 3},
                                  0.5 * std::sqrt(temperature / 2));
    std::vector<double> time, rest;
    for (double eta = 0.04; eta > 0.0006; eta /= 4) {
      const Prediction p = predict(
          "exact-chain", {.loss = "double-well",
                          .eta = eta,
                          .sigma = {"sqrt(2*" + std::to_string(temperature) + "/" + std::to_string(eta) + ")"}});
      ASSERT_TRUE(p.mean_first_passage_time) << p.not_applicable;
      time.push_back(*p.mean_first_passage_time);
      const double shift = 0.5825971579390106 * std::sqrt(2 * temperature * eta);
      rest.push_back(*p.mean_first_passage_time / diffusion.mean_first_passage_time(-1, shift) - 1);
    }
    EXPECT_GT(time[0] / exact, 1.1) << id;
    // The next order is smaller by sqrt(eta).
    for (std::size_t i = 0; i + 1 < rest.size(); ++i)
      EXPECT_NEAR(rest[i] / rest[i + 1], 4, 0.8 * std::pow(0.5, i)) << id << ", step " << i;
    // sqrt(eta) is halved each time: orders 1/2 and 1 are extrapolated away.
    const double fine = 2 * time[3] - time[2], coarse = 2 * time[2] - time[1];
    EXPECT_NEAR((4 * fine - coarse) / 3 / exact, 1, 1e-4) << id;
  }
}

}  // namespace
}  // namespace isotherm::theory
