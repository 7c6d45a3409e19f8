#pragma once
// Data sets: named columns of numbers from a CSV, NPY or NPZ file (the content says which, not the name).
//
// CSV (RFC 4180). The first line names the columns. The separator is the one of comma, semicolon and tab that stands
// most often in it, outside of quotes (comma if none does). Quoted cells may hold separators, line ends and doubled
// quotes; lines end in LF or CRLF; a UTF-8 byte order mark and empty lines after the last row are skipped. Cells of the
// columns that are wanted must be finite numbers with a decimal point; blanks around a number are allowed. Cells of
// other columns may hold anything.
//
// NPY, versions 1 to 3. bool, integers of 1 to 8 bytes and floats of 4 and 8, of either byte order, in C or Fortran
// order. A structured array has a column for each field; an array of shape (rows) or (rows, 1) has the column `column`,
// one of shape (rows, C) has `column_1` ... `column_C`. Integers beyond 2^53 round.
//
// NPZ: each 1-D member is a column by its name, each 2-D member NAME with C columns is NAME_1 ... NAME_C, and the
// fields of a structured member are NAME_FIELD. All have the same number of rows.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isotherm::data {

/// Columns of numbers, one after the other: that of row r in column c is values[c * rows + r].
struct Table {
  std::vector<std::string> names;  ///< of the columns kept
  std::size_t rows = 0;
  std::vector<double> values;
  std::span<const double> column(std::size_t c) const { return {values.data() + c * rows, rows}; }
  std::span<double> column(std::size_t c) { return {values.data() + c * rows, rows}; }
};

/// What a file says before its numbers are read.
struct Header {
  std::vector<std::string> names;     ///< of all columns
  std::optional<std::uint64_t> rows;  ///< where the file says it (NPY, NPZ)
};

/// InputError as of read_table.
Header read_header(const std::string& path);

/// Reads the columns `wanted`, in that order, and no others. The file is read in pieces: memory holds the numbers
/// wanted, and never the text.
///
/// `memory_limit` in bytes; 0 stands for what this machine has left (available_memory). A table that would not fit is
/// refused before memory is asked for it.
///
/// InputError, one line that names the file, and line and column where they apply: it cannot be read; it is empty, has
/// no rows, or more than 2^32 - 1 of them; two columns have the same name; a wanted name is not there (with the nearest
/// one); a row has another number of cells than the header; a wanted cell is empty, is not a number, or is not finite;
/// an array has a type or shape that is not listed above; the members of an NPZ differ in length.
Table read_table(const std::string& path, std::span<const std::string> wanted, std::uint64_t memory_limit = 0);

/// "wine.csv, line 7" or "wine.npy, row 7": where row `row` of the table, counted from 0, stands. A CSV file is read
/// again up to there.
std::string place_of_row(const std::string& path, std::size_t row);

/// What was subtracted from a column, and by what the rest was divided.
struct Scaling {
  double mean = 0;
  double standard_deviation = 1;  ///< of the population: the mean over rows of (x - mean)^2, square root
};

/// x -> (x - mean) / standard deviation in every column, so that each has mean 0 and variance 1 over the rows. The same
/// bits however many threads run. A constant column is an InputError that names it: it has no scale, and what it is
/// used for (an intercept) is a parameter of the loss without a column.
std::vector<Scaling> standardize(Table& table);

}  // namespace isotherm::data
