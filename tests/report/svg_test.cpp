#include "report/svg.hpp"

#include <gtest/gtest.h>

#include "report/panel.hpp"

namespace isotherm::report {
namespace {

TEST(Svg, TextsAndDescriptionsAreEscaped) {
  Svg svg(10, 20);
  svg.text({1, 2}, "a<b & \"c\"", "ink", Anchor::end);
  const std::string file = svg.standalone("x<y", "'alt'");
  EXPECT_NE(file.find(">a&lt;b &amp; &quot;c&quot;</text>"), std::string::npos);
  EXPECT_NE(file.find("<title>x&lt;y</title>"), std::string::npos);
  EXPECT_NE(file.find("aria-label=\"&#39;alt&#39;\""), std::string::npos);
  EXPECT_NE(file.find("xmlns=\"http://www.w3.org/2000/svg\""), std::string::npos);
  EXPECT_EQ(svg.embedded("alt").find("xmlns"), std::string::npos);
}

TEST(Svg, PixelsHaveAtMostOneDecimal) {
  EXPECT_EQ(pixels(12), "12");
  EXPECT_EQ(pixels(12.34), "12.3");
  EXPECT_EQ(pixels(-0.04), "0");
}

TEST(Curve, IsCutWhereItLeavesThePanel) {
  const Panel panel(0, 0, 100, 100, {0, 4}, {0, 1});
  // Up through the upper side half way between the first two points, and back again.
  EXPECT_EQ(curve(panel, {{0, 0.5}, {1, 1.5}, {2, 0.5}, {3, 0.5}}).text(), "M0 50L12.5 0M37.5 0L50 50L75 50");
  EXPECT_EQ(curve(panel, {{0, 2}, {1, 3}}).text(), "");
}

TEST(Curve, FallsBelowALogarithmicScaleWhereItIsZero) {
  const Panel panel(0, 0, 100, 100, {0, 2}, {0.01, 1, 0, 1, true});
  const std::string path = curve(panel, {{0, 0.1}, {1, 0}, {2, 0}}).text();
  EXPECT_EQ(path.substr(0, 6), "M0 50L");
  EXPECT_TRUE(path.ends_with(" 100")) << path;
}

TEST(Legend, BreaksIntoRowsThatFit) {
  const std::vector<LegendEntry> entries(4, LegendEntry{"ten letters", ""});
  Svg svg(300, 100);
  EXPECT_EQ(draw_legend(svg, entries, 0, 0, 300), legend_height(entries, 0, 300));
  EXPECT_EQ(legend_height(entries, 0, 300), 2 * legend_height(entries, 0, 3000));
}

TEST(FileStem, KeepsWhatEveryFileSystemHas) {
  EXPECT_EQ(file_stem("x,y@last"), "x_y@last");
  EXPECT_EQ(file_stem("cos(x)/2"), "cos_x__2");
  EXPECT_EQ(file_stem(std::string(500, 'x')).size(), 80u);
}

}  // namespace
}  // namespace isotherm::report
