#include "batch/grid.hpp"

#include <gtest/gtest.h>

namespace isotherm::batch {
namespace {

Level one(const std::string& name, const std::string& text) { return {{name, {text}, ""}}; }

std::string shown(const Grid& grid, std::uint64_t index) {
  std::string text;
  for (const Assignment* assignment : grid.setting(index))
    text += (text.empty() ? "" : " ") + assignment->name + '=' + assignment->texts.front();
  return text;
}

TEST(Grid, IsEveryCombinationAndTheFirstFactorVariesSlowest) {
  Grid grid;
  grid.factors = {{one("mu", "0"), one("mu", "0.9")},
                  {{{"dynamics", {"sgd"}, ""}, {"eta", {"1"}, ""}}, one("dynamics", "adam")},
                  {one("seed", "1"), one("seed", "2"), one("seed", "3")}};
  ASSERT_EQ(grid.settings(1000), 12u);
  EXPECT_EQ(shown(grid, 0), "mu=0 dynamics=sgd eta=1 seed=1");
  EXPECT_EQ(shown(grid, 1), "mu=0 dynamics=sgd eta=1 seed=2");
  EXPECT_EQ(shown(grid, 3), "mu=0 dynamics=adam seed=1");
  EXPECT_EQ(shown(grid, 11), "mu=0.9 dynamics=adam seed=3");
}

TEST(Grid, WithoutFactorsIsOneSetting) {
  EXPECT_EQ(Grid{}.settings(1000), 1u);
  EXPECT_TRUE(Grid{}.setting(0).empty());
}

TEST(Grid, CountsWithoutOverflow) {
  Grid grid;
  grid.factors.assign(40, std::vector<Level>(10, one("mu", "0")));
  EXPECT_EQ(grid.settings(1'000'000), 1'000'001u);
  grid.factors.assign(6, std::vector<Level>(10, one("mu", "0")));
  EXPECT_EQ(grid.settings(1'000'000), 1'000'000u);
}

}  // namespace
}  // namespace isotherm::batch
