// Files that are damaged in any way are refused, in one line, or read as something else; none crashes, hangs, or takes
// memory that it has no numbers for.

#include <cmath>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "data/table.hpp"
#include "data_reader/files.hpp"

namespace isotherm::data {
namespace {

class Damaged : public Files {
 protected:
  /// Reads what can be read of it; true if all of it could.
  bool survives(const std::string& text) {
    const std::string path = write("t", text);
    return message_of([&] {
             const Header header = read_header(path);
             const Table table =
                 read_table(path, std::vector(header.names.begin(), header.names.begin() + 1), 1u << 24);
             for (const double value : table.values) ASSERT_TRUE(std::isfinite(value));
           })
        .empty();
  }
  static std::string contents(const std::string& name) {
    std::ifstream file(std::string(ISOTHERM_TEST_DATA "/tables/") + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(Damaged, RandomBytes) {
  std::mt19937_64 generator(1);
  const std::string alphabet = "\",;\t\n\r 01.e-+xX\xff";
  int read = 0;
  for (int trial = 0; trial < 400; ++trial) {
    std::string text(generator() % 200, ' ');
    for (char& c : text) c = trial % 2 == 0 ? static_cast<char>(generator()) : alphabet[generator() % alphabet.size()];
    if (trial % 8 == 0) text.insert(0, std::string("\x93NUMPY\x01\x00\x40\x00", 10));
    if (trial % 8 == 2) text.insert(0, "PK\x03\x04").append("PK\x05\x06").append(18, static_cast<char>(generator()));
    if (trial % 4 == 1) text.insert(0, "a,b\n");
    read += survives(text);
  }
  EXPECT_LT(read, 40);
}

/// Every file of the fixtures, cut anywhere and with any bytes changed.
TEST_F(Damaged, CutAndChangedFiles) {
  std::mt19937_64 generator(2);
  for (const std::string name : {"c_order.npy", "fields.npy", "version_3.npy", "stored.npz", "deflated.npz"}) {
    const std::string whole = contents(name);
    ASSERT_TRUE(survives(whole)) << name;
    for (int trial = 0; trial < 40; ++trial) {
      EXPECT_FALSE(survives(whole.substr(0, generator() % whole.size()))) << name;
      std::string changed = whole;
      for (std::size_t k = generator() % 4; k < 4; ++k)
        changed[generator() % changed.size()] = static_cast<char>(generator());
      survives(changed);
    }
  }
}

/// A changed number of a member is seen by its checksum.
TEST_F(Damaged, ChecksumsAreCompared) {
  std::string stored = contents("stored.npz");
  const std::size_t numbers = stored.find("\n", stored.find("NUMPY")) + 1;
  stored[numbers + 3] = static_cast<char>(stored[numbers + 3] ^ 1);
  const std::string path = write("t.npz", stored);
  EXPECT_EQ(message_of([&] { read_table(path, std::vector<std::string>{"first"}); }),
            "t.npz, 'first.npy' is damaged; write the archive again");
}

}  // namespace
}  // namespace isotherm::data
