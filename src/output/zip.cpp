#include "output/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "isotherm/core/error.hpp"

namespace isotherm::output {
namespace {

constexpr std::uint32_t all_ones = 0xFFFFFFFFu;
constexpr std::uint16_t deflated = 8, utf8_names = 1u << 11;
constexpr std::uint16_t version_plain = 20, version_zip64 = 45;
constexpr std::uint16_t midnight = 0, first_of_1980 = 1 << 5 | 1;

void put(std::string& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

/// A raw deflate stream, as archives hold it.
std::string compressed(std::string_view content) {
  z_stream stream{};
  constexpr int raw = -MAX_WBITS, memory_level = 8;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    throw RunError("could not compress the histograms: out of memory");
  std::string bytes;
  std::string buffer(1 << 16, '\0');
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    if (stream.avail_in == 0 && !content.empty()) {
      const std::size_t piece = std::min<std::size_t>(content.size(), std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
      stream.avail_in = static_cast<uInt>(piece);
      content.remove_prefix(piece);
    }
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = deflate(&stream, content.empty() ? Z_FINISH : Z_NO_FLUSH);
    bytes.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return bytes;
}

}  // namespace

void Zip::add(const std::string& name, std::string_view content) {
  const std::string packed = compressed(content);
  Member member{name,
                static_cast<std::uint32_t>(
                    crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<z_size_t>(content.size()))),
                packed.size(), content.size(), bytes_.size()};
  const bool wide = !fits(member.size) || !fits(member.compressed_size);
  put(bytes_, 0x04034b50, 4);
  put(bytes_, wide ? version_zip64 : version_plain, 2);
  put(bytes_, utf8_names, 2);
  put(bytes_, deflated, 2);
  put(bytes_, midnight, 2);
  put(bytes_, first_of_1980, 2);
  put(bytes_, member.checksum, 4);
  put(bytes_, wide ? all_ones : member.compressed_size, 4);
  put(bytes_, wide ? all_ones : member.size, 4);
  put(bytes_, name.size(), 2);
  put(bytes_, wide ? 20 : 0, 2);
  bytes_ += name;
  if (wide) {
    put(bytes_, 1, 2);
    put(bytes_, 16, 2);
    put(bytes_, member.size, 8);
    put(bytes_, member.compressed_size, 8);
  }
  bytes_ += packed;
  members_.push_back(std::move(member));
}

std::string Zip::finish() && {
  const std::uint64_t directory = bytes_.size();
  for (const Member& member : members_) {
    std::string extra;
    const auto field = [&](std::uint64_t value) -> std::uint64_t {
      if (fits(value)) return value;
      put(extra, value, 8);
      return all_ones;
    };
    const std::uint64_t size = field(member.size), packed = field(member.compressed_size), place = field(member.place);
    put(bytes_, 0x02014b50, 4);
    put(bytes_, version_zip64, 2);
    put(bytes_, extra.empty() ? version_plain : version_zip64, 2);
    put(bytes_, utf8_names, 2);
    put(bytes_, deflated, 2);
    put(bytes_, midnight, 2);
    put(bytes_, first_of_1980, 2);
    put(bytes_, member.checksum, 4);
    put(bytes_, packed, 4);
    put(bytes_, size, 4);
    put(bytes_, member.name.size(), 2);
    put(bytes_, extra.empty() ? 0 : extra.size() + 4, 2);
    put(bytes_, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
    put(bytes_, place, 4);
    bytes_ += member.name;
    if (extra.empty()) continue;
    put(bytes_, 1, 2);
    put(bytes_, extra.size(), 2);
    bytes_ += extra;
  }
  const std::uint64_t end = bytes_.size(), members = members_.size();
  constexpr std::uint64_t most_members = 0xFFFE;
  const bool wide = !fits(directory) || !fits(end - directory) || members > most_members;
  if (wide) {
    put(bytes_, 0x06064b50, 4);
    put(bytes_, 44, 8);
    put(bytes_, version_zip64, 2);
    put(bytes_, version_zip64, 2);
    put(bytes_, 0, 4 + 4);
    put(bytes_, members, 8);
    put(bytes_, members, 8);
    put(bytes_, end - directory, 8);
    put(bytes_, directory, 8);
    put(bytes_, 0x07064b50, 4);
    put(bytes_, 0, 4);
    put(bytes_, end, 8);
    put(bytes_, 1, 4);
  }
  put(bytes_, 0x06054b50, 4);
  put(bytes_, 0, 2 + 2);
  put(bytes_, wide ? 0xFFFF : members, 2);
  put(bytes_, wide ? 0xFFFF : members, 2);
  put(bytes_, wide ? all_ones : end - directory, 4);
  put(bytes_, wide ? all_ones : directory, 4);
  put(bytes_, 0, 2);
  return std::move(bytes_);
}

}  // namespace isotherm::output
