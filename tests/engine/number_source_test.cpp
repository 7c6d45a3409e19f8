// Which Philox blocks the numbers of a group of steps need, and which rows they get.

#include "engine/cpu/number_source.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace isotherm::engine::cpu {
namespace {

/// A program that reads these draws, of a layout with S numbers for each draw.
loss::Program reader(const std::vector<std::size_t>& draws) {
  loss::Graph graph;
  std::vector<loss::NodeId> results;
  for (const std::size_t draw : draws) results.push_back(graph.draw(draw));
  return loss::lower(graph, results);
}

DrawLayout layout_of(DrawLayout::Law law, std::size_t per_step, std::size_t dimension) {
  return {law, random::Purpose::gradient_noise, per_step, dimension};
}

template <class real>
std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> runs(const NumberLayout<real>& layout) {
  std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> result;
  for (const auto& run : layout.runs()) result.emplace_back(run.block, run.blocks, run.row);
  return result;
}
using Runs = std::vector<std::tuple<std::size_t, std::size_t, std::size_t>>;

TEST(NumberLayout, GroupsEndWithABlock) {
  using Law = DrawLayout::Law;
  const auto steps = [](Law law, std::size_t per_step, std::size_t dimension) {
    const NumberLayout<float> layout(layout_of(law, per_step, dimension), reader({0}), 0);
    return std::pair{layout.steps(), layout.blocks()};
  };
  using Pair = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(steps(Law::normal, 1, 1), Pair(4, 1));
  EXPECT_EQ(steps(Law::normal, 1, 2), Pair(2, 1));
  EXPECT_EQ(steps(Law::normal, 3, 1), Pair(4, 3));
  EXPECT_EQ(steps(Law::normal, 1, 5), Pair(1, 2));
  EXPECT_EQ(steps(Law::sign, 1, 1), Pair(128, 1));
  EXPECT_EQ(steps(Law::sign, 3, 1), Pair(128, 3));
  EXPECT_EQ(steps(Law::sign, 1, 5), Pair(16, 1));
  EXPECT_EQ(steps(Law::sign, 3, 12), Pair(32, 9));
  EXPECT_EQ(steps(Law::sign, 1, 999), Pair(16, 125));
  const NumberLayout<double> twofold(layout_of(Law::uniform, 1, 1), reader({0}), 0);
  EXPECT_EQ(Pair(twofold.steps(), twofold.blocks()), Pair(2, 1));
}

TEST(NumberLayout, MakesOnlyBlocksThatAreRead) {
  using Law = DrawLayout::Law;
  // Five coordinates are eight numbers: in double the last two fill a block that nobody reads.
  EXPECT_EQ(runs(NumberLayout<double>(layout_of(Law::normal, 1, 5), reader({0, 1, 2, 3, 4}), 10)), (Runs{{0, 3, 10}}));
  // Draw 0 of coordinate 0, and draw 1 of coordinate 1, of nine coordinates.
  EXPECT_EQ(runs(NumberLayout<float>(layout_of(Law::normal, 2, 9), reader({0, 13}), 7)), (Runs{{0, 1, 7}, {3, 1, 11}}));
  // Nobody reads anything.
  const NumberLayout<float> none(layout_of(Law::sign, 1, 3), reader({}), 7);
  EXPECT_TRUE(none.runs().empty());
  EXPECT_EQ(none.end_row(), 7u);
  // Signs of one coordinate of 1000: bit 0 of every 1000 is in 16 blocks of 125.
  const NumberLayout<float> sparse(layout_of(Law::sign, 1, 1000), reader({0}), 0);
  EXPECT_EQ(sparse.runs().size(), 16u);
  EXPECT_EQ(sparse.end_row(), 16u * 4 + 1);
}

TEST(NumberLayout, GivesEachNumberARowOfItsOwn) {
  for (const auto law : {DrawLayout::Law::normal, DrawLayout::Law::sign}) {
    const std::vector<std::size_t> reads = {0, 1, 8, 12, 20};
    const NumberLayout<float> layout(layout_of(law, 2, 9), reader(reads), 3);
    EXPECT_EQ(layout.tapes(), 1u);
    std::set<std::uint32_t> rows;
    for (const std::size_t read : reads) rows.insert(layout.draw_rows(0)[read]);
    EXPECT_EQ(rows.size(), reads.size());
    EXPECT_GE(*rows.begin(), 3u);
    EXPECT_LT(*rows.rbegin(), layout.end_row());
  }
  const NumberLayout<float> layout(layout_of(DrawLayout::Law::normal, 1, 1), reader({0}), 1);
  for (std::size_t tape = 0; tape < 4; ++tape)
    EXPECT_EQ(layout.draw_rows(tape), std::vector<std::uint32_t>{static_cast<std::uint32_t>(1 + tape)});
}

TEST(NumberLayout, UnpacksEveryBitOnce) {
  const auto check = []<class real>(real) {
    const NumberLayout<real> layout(layout_of(DrawLayout::Law::sign, 1, 12),
                                    reader({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), 0);
    ASSERT_EQ(layout.steps(), 32u);
    ASSERT_EQ(layout.blocks(), 3u);
    std::set<std::pair<std::size_t, int>> bits;
    for (std::size_t step = 0; step < 32; ++step)
      for (std::size_t i = 0; i < layout.signs(); ++i) {
        const auto sign = layout.sign(step, i);
        bits.insert({sign.words, sign.bit});
        EXPECT_EQ(sign.words * 8 * sizeof(real) + static_cast<std::size_t>(sign.bit), step * 12 + i);
      }
    EXPECT_EQ(bits.size(), 3u * 128);
  };
  check(float());
  check(double());
}

}  // namespace
}  // namespace isotherm::engine::cpu
