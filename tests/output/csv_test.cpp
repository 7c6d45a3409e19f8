#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "output/histogram_files.hpp"
#include "output/number.hpp"
#include "output/synthetic_result.hpp"

namespace isotherm::output {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string line; std::getline(stream, line);) result.push_back(line);
  return result;
}

TEST(Csv, HasEdgesCountsExpectedAndPull) {
  const Result result = synthetic_result();
  const Histogram& last = result.measurement.last().histograms.front();
  const std::vector<std::string> text = lines(csv(last, result.predictions));
  ASSERT_EQ(text.size(), 6u);
  EXPECT_EQ(text[0], "x lower,x upper,count,gibbs expected,gibbs pull");
  EXPECT_EQ(text[1], "-inf,-1,0,0.5," + shortest(-0.5 / std::sqrt(4 * .125 * .875)));
  EXPECT_EQ(text[2], "-1,0,3,1.5," + shortest(1.5 / std::sqrt(4 * .375 * .625)));
  EXPECT_EQ(text[4], "1,inf,0,0.5," + shortest(-0.5 / std::sqrt(4 * .125 * .875)));
  EXPECT_EQ(text[5], "nan,nan,1,,");
}

TEST(Csv, PullOfATimeAverageIsByBatchMeans) {
  const Result result = synthetic_result();
  const std::vector<std::string> text = lines(csv(result.measurement.histograms.front(), result.predictions));
  // Shares 0.25 and 0 of 4 entries each in the last slot: mean 1/8, standard error 1/8, so 1 +- 1; expected 1.
  EXPECT_EQ(text[4], "1,inf,1,1,0");
  // Both groups have 2 of 4 in the first bin: no spread, no pull.
  EXPECT_EQ(text[2], "-1,0,4,3,");
}

TEST(Csv, QuotesExpressionsAndLeavesOutFlowOfPeriodicAxes) {
  Histogram h;
  h.name = "max(x,y)";
  h.axes = {{"max(x,y)", 2, 0, 1, true}};
  h.counts = {0, 5, 6, 0};
  h.nonfinite = {0};
  EXPECT_EQ(csv(h, {}),
            "\"max(x,y) lower\",\"max(x,y) upper\",count\n"
            "0,0.5,5\n0.5,1,6\nnan,nan,0\n");
}

TEST(Csv, FileNamesDiffer) {
  Histogram a, b, c;
  a.name = "x,y";
  b.name = "x/y";
  c.name = "x@last";
  EXPECT_EQ(csv_names({&a, &b, &c}),
            (std::vector<std::string>{"histogram-x_y.csv", "histogram-x_y-2.csv", "histogram-x@last.csv"}));
}

}  // namespace
}  // namespace isotherm::output
