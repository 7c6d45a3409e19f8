#pragma once
// Words for error messages of this room.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isotherm::data {

/// Text of a file between quotes: without control characters, and clipped to 40 characters, so that a message stays one
/// line.
std::string in_quotes(std::string_view text);

/// "1 column", "2 columns".
std::string counted(std::uint64_t n, const std::string& noun);

/// The file's own name, without its folders.
std::string base_name(const std::string& path);

/// InputError if two names are equal.
void require_distinct(const std::string& where, const std::vector<std::string>& names);

/// Place in `names` of each wanted name; InputError that names the nearest one, or all, if one is not there.
std::vector<std::size_t> find_columns(const std::string& file, const std::vector<std::string>& names,
                                      std::span<const std::string> wanted);

/// InputError where a table may not have this many rows.
void require_rows(const std::string& file, std::uint64_t rows);

}  // namespace isotherm::data
