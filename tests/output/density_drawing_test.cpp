// The drawing of a density on a terminal.

#include "output/density_drawing.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "output/synthetic_result.hpp"
#include "output/text_table.hpp"

namespace isotherm::output {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

/// Of seven bins with 1, 2, ..., 7 entries, and a prediction of the same for all.
Result stairs() {
  Result result = synthetic_result();
  Histogram histogram;
  histogram.name = "x";
  histogram.axes = {{"x", 7, 0, 3.5, false}};
  histogram.counts = {0, 1, 2, 3, 4, 5, 6, 7, 0};
  histogram.nonfinite = {0};
  result.measurement.histograms = {histogram};
  result.predictions.front().bins = {
      {histogram.axes, {0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 0}, ""}};
  return result;
}

TEST(DensityDrawing, BarsAndLineInAscii) {
  // Density of the highest bar: 7/28 of the entries in a bin of 0.5. Of 10 rows the line, at 2/7, is in the sixth.
  EXPECT_EQ(density_drawing(stairs(), Terminal{false, false, 16, false}),
            "    0.5 |      #\n"
            "        |     :#\n"
            "        |     ##\n"
            "        |    ###\n"
            "        |-------\n"
            "   0.25 |  :####\n"
            "        |  #####\n"
            "        | ######\n"
            "        |:######\n"
            "        |#######\n"
            "        +-------\n"
            "         0 x 3.5\n"
            "         # measured   -- gibbs, rejected\n");
}

TEST(DensityDrawing, FitsTheTerminal) {
  for (const std::size_t width : {16u, 17u, 25u, 40u, 80u, 100u, 300u})
    for (const bool unicode : {false, true}) {
      const auto all = lines(density_drawing(stairs(), Terminal{true, true, width, unicode}));
      ASSERT_EQ(all.size(), 13u);
      for (std::size_t i = 0; i + 1 < all.size(); ++i)
        EXPECT_LE(display_width(all[i]), std::min<std::size_t>(width, 100));
    }
}

TEST(DensityDrawing, UnicodeOnlyWhereItIsAllowed) {
  const auto is_ascii = [](const std::string& text) {
    for (const char c : text)
      if (static_cast<unsigned char>(c) > 127) return false;
    return true;
  };
  EXPECT_TRUE(is_ascii(density_drawing(stairs(), Terminal{false, false, 80, false})));
  const std::string text = density_drawing(stairs(), Terminal{false, false, 80, true});
  EXPECT_NE(text.find("█"), std::string::npos);
  EXPECT_NE(text.find("└"), std::string::npos);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_NE(density_drawing(stairs(), Terminal{true, true, 80, true}).find("\033[34m"), std::string::npos);
}

TEST(DensityDrawing, EmptyBinsAtTheEndsAreLeftOut) {
  Result result = stairs();
  result.measurement.histograms[0].counts = {3, 0, 0, 3, 4, 5, 0, 0, 0};
  EXPECT_NE(density_drawing(result, Terminal{false, false, 40, false}).find(" 1 "), std::string::npos);
  result.measurement.histograms[0].counts.assign(9, 0);
  EXPECT_EQ(density_drawing(result, Terminal{false, false, 40, false}), "");
  result.measurement.histograms.clear();
  EXPECT_EQ(density_drawing(result, Terminal{false, false, 40, false}), "");
}

}  // namespace
}  // namespace isotherm::output
