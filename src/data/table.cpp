#include "data/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string_view>

#include "data/arrays.hpp"
#include "data/bytes.hpp"
#include "data/csv.hpp"
#include "data/row_sum.hpp"
#include "data/text.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::data {
namespace {

enum class Format { csv, npy, npz };

Format format_of(const std::string& path) {
  std::array<char, 6> start{};
  const std::size_t size = file_bytes(path)->read(start.data(), start.size());
  const std::string_view text(start.data(), size);
  if (text == "\x93NUMPY") return Format::npy;
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) return Format::npz;
  return Format::csv;
}

}  // namespace

Header read_header(const std::string& path) {
  switch (format_of(path)) {
    case Format::npy:
      return read_npy_header(path);
    case Format::npz:
      return read_npz_header(path);
    default:
      return read_csv_header(path);
  }
}

Table read_table(const std::string& path, std::span<const std::string> wanted, std::uint64_t memory_limit) {
  try {
    switch (format_of(path)) {
      case Format::npy:
        return read_npy(path, wanted, memory_limit);
      case Format::npz:
        return read_npz(path, wanted, memory_limit);
      default:
        return read_csv(path, wanted, memory_limit);
    }
  } catch (const std::bad_alloc&) {
    throw InputError(base_name(path) + " does not fit into memory; take fewer rows or columns");
  }
}

std::string place_of_row(const std::string& path, std::size_t row) {
  if (format_of(path) == Format::csv) return csv_place_of_row(path, row);
  return base_name(path) + ", row " + std::to_string(row + 1);
}

std::vector<Scaling> standardize(Table& table) {
  std::vector<Scaling> scalings;
  const auto n = static_cast<double>(table.rows);
  for (std::size_t c = 0; c < table.names.size(); ++c) {
    const std::span<double> x = table.column(c);
    const double first = x.empty() ? 0 : x[0];
    bool constant = true;
    for (const double value : x) constant = constant && value == first;
    if (constant)
      throw InputError("column " + in_quotes(table.names[c]) +
                       " has the same number in every row, so it has no scale; leave it out, or do not standardize");
    // Scaled by a power of two, so that no square overflows or vanishes; about the first row, so that a large mean does
    // not cost digits.
    double largest = 0;
    for (const double value : x) largest = std::fmax(largest, std::fabs(value / 2 - first / 2));
    int exponent = 0;
    std::frexp(largest, &exponent);
    exponent = std::max(exponent, -1000);
    const double scale = std::ldexp(1.0, -exponent);
    const auto scaled = [&](std::size_t r) { return (x[r] / 2 - first / 2) * scale; };
    const double shift = sum_rows(table.rows, scaled) / n;
    const double variance = sum_rows(table.rows,
                                     [&](std::size_t r) {
                                       const double d = scaled(r) - shift;
                                       return d * d;
                                     }) /
                            n;
    const double root = std::sqrt(variance);
    for (std::size_t r = 0; r < table.rows; ++r) x[r] = (scaled(r) - shift) / root;
    scalings.push_back({first + 2 * std::ldexp(shift, exponent), 2 * std::ldexp(root, exponent)});
  }
  return scalings;
}

}  // namespace isotherm::data
