#pragma once
// Numbers to bytes and back, as they lie in memory on every machine that isotherm runs on: little-endian, IEEE 754.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "isotherm/core/error.hpp"

namespace isotherm {

static_assert(std::endian::native == std::endian::little, "archives are little-endian");

class ArchiveWriter {
 public:
  template <class T>
  void put(const T& value) {
    put(std::span(&value, 1));
  }
  template <class T>
  void put(std::span<const T> values) {
    static_assert(std::is_arithmetic_v<T> || std::is_same_v<T, std::byte>);
    if (values.empty()) return;
    const std::size_t end = bytes_.size();
    bytes_.resize(end + values.size_bytes());
    std::memcpy(bytes_.data() + end, values.data(), values.size_bytes());
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(std::span<const T>(values));
  }

  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what ArchiveWriter wrote. RunError where the bytes end early.
class ArchiveReader {
 public:
  explicit ArchiveReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
  T get() {
    T value{};
    get(std::span(&value, 1));
    return value;
  }
  /// As many as `values` holds.
  template <class T>
  void get(std::span<T> values) {
    static_assert(std::is_arithmetic_v<T> || std::is_same_v<T, std::byte>);
    if (values.empty()) return;
    require(values.size_bytes());
    std::memcpy(values.data(), bytes_.data(), values.size_bytes());
    bytes_ = bytes_.subspan(values.size_bytes());
  }
  template <class T>
  void get(std::vector<T>& values) {
    get(std::span<T>(values));
  }

  std::size_t left() const { return bytes_.size(); }
  /// For lengths that the bytes themselves name: looked at before memory is taken.
  void require(std::size_t bytes) const {
    if (bytes > bytes_.size()) throw RunError("the data ends early");
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace isotherm
