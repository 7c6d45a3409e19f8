#pragma once
// CSV, as src/data/table.hpp says it.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/table.hpp"

namespace isotherm::data {

Header read_csv_header(const std::string& path);
std::string csv_place_of_row(const std::string& path, std::size_t row);
Table read_csv(const std::string& path, std::span<const std::string> wanted, std::uint64_t memory_limit);

}  // namespace isotherm::data
