// A target over its corpus: the inputs that fuzzing has found worth keeping, the causes of mended defects among them.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/target.hpp"

namespace isotherm::fuzz {
namespace {

TEST(ISOTHERM_TARGET, ReadsOrRefusesItsCorpus) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(ISOTHERM_CORPUS)) files.push_back(entry.path());
  ASSERT_FALSE(files.empty()) << ISOTHERM_CORPUS;
  std::ranges::sort(files);
  for (const std::filesystem::path& path : files) {
    std::ifstream stream(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
    SCOPED_TRACE(path.string());
    EXPECT_NO_THROW(target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  }
  rusage usage{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 1 << 20) << "KiB of memory at the highest";
}

}  // namespace
}  // namespace isotherm::fuzz
