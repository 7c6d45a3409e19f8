#pragma once
// Bytes in order, from a file or from a member of an archive.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace isotherm::data {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Opens for reading. InputError with a remedy if there is no such file (with the nearest one of its folder), or it is
/// a folder, or none that can be read more than once (a pipe), as reading in pieces and repeating a run need.
File open_file(const std::string& path);

class Bytes {
 public:
  virtual ~Bytes() = default;
  /// Up to `size` bytes; fewer only at the end. InputError where the source is damaged.
  virtual std::size_t read(void* to, std::size_t size) = 0;
};

/// The bytes of a file from `first` on.
std::unique_ptr<Bytes> file_bytes(const std::string& path, std::uint64_t first = 0);

/// A file inside a zip archive, stored or deflated.
struct ZipMember {
  std::string name;
  std::uint64_t header = 0, compressed_size = 0, size = 0;  ///< where its local header begins; sizes in bytes
  std::uint32_t checksum = 0;                               ///< CRC-32 of its contents
  unsigned method = 0, flags = 0;
};

/// The members that an archive's directory lists. InputError if it is not an archive, or damaged.
std::vector<ZipMember> zip_members(const std::string& path);

/// Its contents, unpacked while they are read; their checksum is compared when the last byte has been read.
std::unique_ptr<Bytes> zip_bytes(const std::string& path, const ZipMember& member);

}  // namespace isotherm::data
