#include "output/progress.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "output/text_table.hpp"

namespace isotherm::output {
namespace {

TEST(Progress, LineSaysShareRateAndTimeLeft) {
  const Progress half{500, 1000, 10};
  const std::string line = progress_line(half, 100);
  EXPECT_NE(line.find("50 %"), std::string::npos) << line;
  EXPECT_NE(line.find("50 particle-steps/s"), std::string::npos) << line;
  EXPECT_NE(line.find("10 s left"), std::string::npos) << line;
  EXPECT_EQ(std::count(line.begin(), line.end(), '#'), 20) << line;
}

TEST(Progress, LineFitsTheWidth) {
  for (std::size_t width = 1; width < 120; ++width) {
    EXPECT_LE(progress_line({123456789, 987654321, 1.5}, width).size(), width);
    EXPECT_LE(progress_line({0, 0, 0}, width).size(), width);
  }
}

TEST(Progress, BarIsWipedAway) {
  std::ostringstream stream;
  {
    ProgressBar bar(stream, Terminal{true, false, 60});
    bar({1, 100, 0.01});
    const std::string first = stream.str();
    bar({2, 100, 0.02});  // sooner than a tenth of a second after
    EXPECT_EQ(stream.str(), first);
    bar({50, 100, 0.2});
    EXPECT_GT(stream.str().size(), first.size());
  }
  EXPECT_EQ(stream.str().substr(stream.str().size() - 4), "\r\033[K");
}

TEST(Progress, LogIsJsonLinesWithTheLastStep) {
  std::ostringstream stream;
  ProgressLog log(stream);
  log({10, 100, 0.1});
  log({20, 100, 0.2});  // within the same second
  log({60, 100, 1.2});
  log({100, 100, 1.3});  // the end
  std::istringstream lines(stream.str());
  std::vector<nlohmann::json> entries;
  for (std::string line; std::getline(lines, line);) entries.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1]["particle_steps"], 60);
  EXPECT_EQ(entries[2]["particle_steps"], 100);
  EXPECT_EQ(entries[2]["particle_steps_total"], 100);
  EXPECT_EQ(entries[2]["event"], "progress");
  EXPECT_DOUBLE_EQ(entries[0]["particle_steps_per_second"], 100);
}

}  // namespace
}  // namespace isotherm::output
