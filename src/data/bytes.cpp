#include "data/bytes.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>

#include "data/text.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/core/nearest.hpp"

namespace isotherm::data {
namespace {

/// The name in the folder of a path that is nearest to what stands there, or "".
std::string nearest_file(const std::filesystem::path& path) {
  constexpr std::size_t most_names = 10000;
  std::vector<std::string> names;
  std::error_code error;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator() && names.size() < most_names; entry.increment(error))
    names.push_back(entry->path().filename().string());
  return nearest(path.filename().string(), names);
}

class FileBytes : public Bytes {
 public:
  FileBytes(const std::string& path, std::uint64_t first) : path_(path), file_(open_file(path)) { seek(first); }
  std::size_t read(void* to, std::size_t size) override {
    const std::size_t got = std::fread(to, 1, size, file_.get());
    if (got < size && std::ferror(file_.get()) != 0)
      throw InputError(path_ + " cannot be read: " + std::strerror(errno));
    return got;
  }
  void seek(std::uint64_t place) {
    if (place > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()) ||
        fseeko(file_.get(), static_cast<off_t>(place), SEEK_SET) != 0)
      throw InputError(path_ + " cannot be read from the place that it names itself");
  }
  std::uint64_t size() {
    fseeko(file_.get(), 0, SEEK_END);
    const off_t end = ftello(file_.get());
    return end < 0 ? 0 : static_cast<std::uint64_t>(end);
  }

 private:
  std::string path_;
  File file_;
};

std::uint64_t little_endian(std::span<const unsigned char> bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count && at + i < bytes.size(); ++i) value |= std::uint64_t{bytes[at + i]} << (8 * i);
  return value;
}

/// A part of an archive as it stands in the file.
std::vector<unsigned char> read_part(FileBytes& file, std::uint64_t first, std::uint64_t size) {
  std::vector<unsigned char> part(size);
  file.seek(first);
  part.resize(file.read(part.data(), part.size()));
  return part;
}

class ZipBytes : public Bytes {
 public:
  ZipBytes(const std::string& path, const ZipMember& member, std::uint64_t first)
      : name_(base_name(path) + ", " + in_quotes(member.name)),
        member_(member),
        file_(path, first),
        packed_(1 << 16),
        packed_left_(member.compressed_size),
        left_(member.size) {
    if (member_.method != 0 && inflateInit2(&stream_, -MAX_WBITS) != Z_OK)
      throw InputError(name_ + " cannot be unpacked");
  }
  ZipBytes(const ZipBytes&) = delete;
  ~ZipBytes() override {
    if (member_.method != 0) inflateEnd(&stream_);
  }

  std::size_t read(void* to, std::size_t size) override {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
    auto* bytes = static_cast<unsigned char*>(to);
    const std::size_t got = member_.method == 0 ? file_.read(bytes, size) : unpack(bytes, size);
    if (got < size) damaged();
    for (std::size_t done = 0; done < got;) {
      const std::size_t part = std::min<std::size_t>(got - done, 1 << 30);
      checksum_ = static_cast<std::uint32_t>(crc32(checksum_, bytes + done, static_cast<uInt>(part)));
      done += part;
    }
    left_ -= got;
    if (left_ == 0 && checksum_ != member_.checksum) damaged();
    return got;
  }

 private:
  [[noreturn]] void damaged() const { throw InputError(name_ + " is damaged; write the archive again"); }

  std::size_t unpack(unsigned char* to, std::size_t size) {
    std::size_t got = 0;
    while (got < size) {
      if (stream_.avail_in == 0) {
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(packed_.size(), packed_left_));
        stream_.next_in = packed_.data();
        stream_.avail_in = static_cast<uInt>(file_.read(packed_.data(), part));
        packed_left_ -= stream_.avail_in;
      }
      const auto space = static_cast<uInt>(std::min<std::size_t>(size - got, 1 << 30));
      stream_.next_out = to + got;
      stream_.avail_out = space;
      const int state = inflate(&stream_, Z_NO_FLUSH);
      got += space - stream_.avail_out;
      if (state == Z_STREAM_END) break;
      if (state != Z_OK) damaged();
    }
    return got;
  }

  std::string name_;
  ZipMember member_;
  FileBytes file_;
  std::vector<unsigned char> packed_;
  std::uint64_t packed_left_, left_;
  std::uint32_t checksum_ = 0;
  z_stream stream_{};
};

constexpr std::uint32_t local_header = 0x04034b50, directory_entry = 0x02014b50, directory_end = 0x06054b50,
                        directory_end_64 = 0x06064b50;

/// Sizes and places of 2^32 - 1 stand in the "extra" field of zip64 instead, in this order.
void take_zip64(ZipMember& member, std::span<const unsigned char> extra) {
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const std::uint64_t id = little_endian(extra, at, 2), size = little_endian(extra, at + 2, 2);
    std::size_t from = at + 4;
    const std::size_t end = std::min<std::size_t>(from + size, extra.size());
    if (id == 1)
      for (std::uint64_t* field : {&member.size, &member.compressed_size, &member.header})
        if (*field == 0xffffffff && from + 8 <= end) {
          *field = little_endian(extra, from, 8);
          from += 8;
        }
    at = end;
  }
}

}  // namespace

File open_file(const std::string& path) {
  const auto refuse = [&](int code, const std::string& remedy) {
    throw InputError(path + " cannot be read: " + std::strerror(code) + "; " + remedy);
  };
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    const std::string near = nearest_file(path);
    refuse(ENOENT, near.empty() ? "--data takes the path of a CSV, NPY or NPZ file" : "did you mean '" + near + "'?");
  }
  if (std::filesystem::is_directory(status)) refuse(EISDIR, "give a file in it");
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw InputError(path +
                     " cannot be read twice, as a run and its repetition need; save what it gives to a file first");
  File file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) refuse(errno, errno == EACCES ? "you need permission to read it" : "give a file that can be opened");
  return file;
}

std::unique_ptr<Bytes> file_bytes(const std::string& path, std::uint64_t first) {
  return std::make_unique<FileBytes>(path, first);
}

std::vector<ZipMember> zip_members(const std::string& path) {
  const std::string name = base_name(path);
  const InputError damaged(name + " is a damaged zip archive; write it again");
  FileBytes file(path, 0);
  const std::uint64_t size = file.size();
  // The end of the directory is the last record, but for a comment of up to 65535 bytes.
  constexpr std::uint64_t end_size = 22, longest_comment = 65535, locator_size = 20, end_64_size = 56;
  const std::uint64_t tail_size = std::min(size, end_size + longest_comment);
  const std::vector<unsigned char> tail = read_part(file, size - tail_size, tail_size);
  std::size_t at = tail.size();
  do {
    if (at == 0) throw damaged;
    --at;
  } while (little_endian(tail, at, 4) != directory_end || at + end_size > tail.size());
  std::uint64_t bytes = little_endian(tail, at + 12, 4), first = little_endian(tail, at + 16, 4);
  const std::uint64_t end_place = size - tail_size + at;
  if ((bytes == 0xffffffff || first == 0xffffffff) && end_place >= locator_size) {
    const auto locator = read_part(file, end_place - locator_size, locator_size);
    const auto end_64 = read_part(file, little_endian(locator, 8, 8), end_64_size);
    if (little_endian(end_64, 0, 4) != directory_end_64) throw damaged;
    bytes = little_endian(end_64, 40, 8);
    first = little_endian(end_64, 48, 8);
  }
  if (bytes > size || first > size - bytes) throw damaged;

  const std::vector<unsigned char> directory = read_part(file, first, bytes);
  std::vector<ZipMember> members;
  constexpr std::size_t entry_size = 46;
  for (std::size_t entry = 0; entry + entry_size <= directory.size();) {
    if (little_endian(directory, entry, 4) != directory_entry) throw damaged;
    const std::size_t name_size = little_endian(directory, entry + 28, 2),
                      extra_size = little_endian(directory, entry + 30, 2),
                      comment_size = little_endian(directory, entry + 32, 2);
    const std::size_t end = entry + entry_size + name_size + extra_size + comment_size;
    if (end > directory.size()) throw damaged;
    ZipMember member;
    member.name.assign(reinterpret_cast<const char*>(directory.data()) + entry + entry_size, name_size);
    member.flags = static_cast<unsigned>(little_endian(directory, entry + 8, 2));
    member.method = static_cast<unsigned>(little_endian(directory, entry + 10, 2));
    member.checksum = static_cast<std::uint32_t>(little_endian(directory, entry + 16, 4));
    member.compressed_size = little_endian(directory, entry + 20, 4);
    member.size = little_endian(directory, entry + 24, 4);
    member.header = little_endian(directory, entry + 42, 4);
    take_zip64(member, std::span(directory).subspan(entry + entry_size + name_size, extra_size));
    members.push_back(std::move(member));
    entry = end;
  }
  return members;
}

std::unique_ptr<Bytes> zip_bytes(const std::string& path, const ZipMember& member) {
  const std::string where = base_name(path) + ", " + in_quotes(member.name);
  if ((member.flags & 1) != 0) throw InputError(where + " is encrypted; write it without a password");
  constexpr unsigned stored = 0, deflated = 8;
  if (member.method != stored && member.method != deflated)
    throw InputError(where + " is packed by method " + std::to_string(member.method) +
                     "; numpy.savez stores and numpy.savez_compressed deflates");
  FileBytes file(path, 0);
  constexpr std::size_t header_size = 30;
  const auto header = read_part(file, member.header, header_size);
  if (header.size() < header_size || little_endian(header, 0, 4) != local_header)
    throw InputError(where + " is damaged; write the archive again");
  return std::make_unique<ZipBytes>(
      path, member, member.header + header_size + little_endian(header, 26, 2) + little_endian(header, 28, 2));
}

}  // namespace isotherm::data
