#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "data/bytes.hpp"
#include "output/npy.hpp"
#include "output/zip.hpp"

namespace isotherm::output {
namespace {

/// A file that is gone after the test.
struct Scratch {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("isotherm-archive-" + std::to_string(::getpid()) + ".zip");
  explicit Scratch(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  ~Scratch() { std::filesystem::remove(path); }
};

std::string contents(const std::filesystem::path& path, const data::ZipMember& member) {
  std::string text(member.size + 1, '\0');
  text.resize(data::zip_bytes(path, member)->read(text.data(), text.size()));
  return text;
}

void check_members(std::uint64_t largest) {
  const std::string large(100000, 'a'), random = std::string("a\0b\xff", 4) + std::string(300, 'q');
  Zip zip(largest);
  zip.add("first", large);
  zip.add("empty", "");
  zip.add("name with spaces, x/2.npy", random);
  const Scratch file(std::move(zip).finish());
  EXPECT_LT(std::filesystem::file_size(file.path), 2000u);
  const std::vector<data::ZipMember> members = data::zip_members(file.path);
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[2].name, "name with spaces, x/2.npy");
  EXPECT_EQ(contents(file.path, members[0]), large);
  EXPECT_EQ(contents(file.path, members[1]), "");
  EXPECT_EQ(contents(file.path, members[2]), random);
}

TEST(Zip, MembersComeBack) { check_members(0xFFFFFFFEu); }

TEST(Zip, MembersComeBackWithFieldsOf64Bits) { check_members(3); }

TEST(Npy, HeadersAreAlignedAndSayTheShape) {
  const std::uint64_t shape[] = {3, 2};
  const std::uint64_t values[] = {1, 2, 3, 4, 5, 600};
  const std::string bytes = npy(values, shape);
  const std::size_t start = bytes.size() - sizeof values;
  EXPECT_EQ(start % 64, 0u);
  EXPECT_EQ(bytes.substr(0, 6), "\x93NUMPY");
  EXPECT_NE(bytes.find("'shape': (3,2,), }"), std::string::npos);
  EXPECT_EQ(bytes[start - 1], '\n');
  EXPECT_EQ(bytes[bytes.size() - 8], '\x58');  // 600 = 0x258, the lowest byte first
}

}  // namespace
}  // namespace isotherm::output
