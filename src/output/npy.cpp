#include "output/npy.hpp"

namespace isotherm::output {
namespace {

template <class Number>
std::string with_numbers(std::string header, std::span<const Number> values) {
  return header.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

}  // namespace

std::string npy_header(const std::string& type, std::span<const std::uint64_t> shape) {
  std::string dictionary = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (";
  for (const std::uint64_t size : shape) dictionary += std::to_string(size) + ',';
  dictionary += "), }";
  constexpr std::size_t before = 10, alignment = 64;
  const std::size_t length = (before + dictionary.size() + 1 + alignment - 1) / alignment * alignment - before;
  dictionary.resize(length - 1, ' ');
  std::string header = "\x93NUMPY";
  header += {'\1', '\0', static_cast<char>(length & 0xFF), static_cast<char>(length >> 8)};
  return header + dictionary + '\n';
}

std::string npy(std::span<const std::uint64_t> values, std::span<const std::uint64_t> shape) {
  return with_numbers(npy_header("<i8", shape), values);
}

std::string npy(std::span<const double> values, std::span<const std::uint64_t> shape) {
  return with_numbers(npy_header("<f8", shape), values);
}

}  // namespace isotherm::output
