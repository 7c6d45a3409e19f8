#pragma once
// A zip archive in memory.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isotherm::output {

/// Deflated members with CRC-32 and no time of their own, so that equal contents are equal archives. ZIP64 fields
/// (APPNOTE 4.5.3) stand where a size or place does not fit into 32 bits.
class Zip {
 public:
  /// `largest` is the largest number that a 32-bit field is given: tests make it small.
  explicit Zip(std::uint64_t largest = 0xFFFFFFFEu) : largest_(largest) {}
  void add(const std::string& name, std::string_view content);
  /// The archive, complete. Nothing can be added after that.
  std::string finish() &&;

 private:
  struct Member {
    std::string name;
    std::uint32_t checksum = 0;
    std::uint64_t compressed_size = 0, size = 0, place = 0;
  };
  bool fits(std::uint64_t number) const { return number <= largest_; }

  std::uint64_t largest_;
  std::string bytes_;
  std::vector<Member> members_;
};

}  // namespace isotherm::output
