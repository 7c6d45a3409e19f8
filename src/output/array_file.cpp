#include "output/array_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "isotherm/core/error.hpp"
#include "output/npy.hpp"

namespace isotherm::output {
namespace {

/// All bytes at this place of a file; false with errno where the system refuses.
bool write_at(int descriptor, std::uint64_t place, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::pwrite(descriptor, bytes, size, static_cast<off_t>(place));
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes += written;
    place += static_cast<std::uint64_t>(written);
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

std::filesystem::path part_of(const std::filesystem::path& folder, const std::string& name) {
  return folder / ("." + name + ".part");
}

std::size_t size_of(Precision precision) { return precision == Precision::single ? sizeof(float) : sizeof(double); }

}  // namespace

ArrayFile::ArrayFile(const std::filesystem::path& folder, const std::string& name, Precision precision,
                     std::vector<std::uint64_t> shape, bool take_up)
    : name_(name), part_(part_of(folder, name)), precision_(precision) {
  const std::string header = npy_header(precision == Precision::single ? "<f4" : "<f8", shape);
  header_size_ = header.size();
  std::uint64_t numbers = 1;
  for (const std::uint64_t extent : shape) numbers *= extent;
  const std::uint64_t size = header_size_ + numbers * size_of(precision);
  descriptor_ = ::open(part_.c_str(), O_RDWR | O_CLOEXEC | (take_up ? 0 : O_CREAT | O_TRUNC), 0666);
  if (take_up) {
    std::string found(header.size(), '\0');
    const bool same = descriptor_ >= 0 &&
                      ::pread(descriptor_, found.data(), found.size(), 0) == static_cast<ssize_t>(found.size()) &&
                      found == header && ::lseek(descriptor_, 0, SEEK_END) == static_cast<off_t>(size);
    if (same) return;
    if (descriptor_ >= 0) ::close(descriptor_);
    kept_ = true;
    throw InputError(part_.string() + ": the positions that the run wrote before are not there any more; run again");
  }
  if (descriptor_ < 0) fail();
  // Space is asked for at the beginning, so that a disk that is too small is found before hours of simulation.
  if (const int error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size));
      error == ENOSPC || error == EFBIG) {
    ::close(std::exchange(descriptor_, -1));
    ::unlink(part_.c_str());
    errno = error;
    fail();
  }
  if (!write_at(descriptor_, 0, header.data(), header.size())) fail();
}

ArrayFile::~ArrayFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!kept_) ::unlink(part_.c_str());
}

void ArrayFile::remove_part(const std::filesystem::path& folder, const std::string& name) {
  ::unlink(part_of(folder, name).c_str());
}

void ArrayFile::fail() const { throw RunError("could not write " + part_.string() + ": " + std::strerror(errno)); }

void ArrayFile::write(std::uint64_t first, std::span<const double> values) {
  const std::uint64_t place = header_size_ + first * size_of(precision_);
  bool written = false;
  if (precision_ == Precision::twofold) {
    written = write_at(descriptor_, place, reinterpret_cast<const char*>(values.data()), values.size_bytes());
  } else {
    const std::vector<float> rounded(values.begin(), values.end());
    written =
        write_at(descriptor_, place, reinterpret_cast<const char*>(rounded.data()), rounded.size() * sizeof(float));
  }
  if (!written || (::fdatasync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP)) fail();
}

}  // namespace isotherm::output
