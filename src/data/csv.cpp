#include "data/csv.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "data/bytes.hpp"
#include "data/memory.hpp"
#include "data/text.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::data {
namespace {

/// A row longer than this has a quote that is never closed, or is not a table.
constexpr std::size_t longest_record = 1 << 26;
constexpr std::size_t piece = 1 << 18;

class Source {
 public:
  explicit Source(const std::string& path) : path_(path), file_(open_file(path)) {}
  std::size_t read(char* to, std::size_t bytes) {
    const std::size_t got = std::fread(to, 1, bytes, file_.get());
    if (got < bytes && std::ferror(file_.get()) != 0)
      throw InputError(path_ + " cannot be read: " + std::strerror(errno));
    return got;
  }

 private:
  std::string path_;
  File file_;
};

/// Line ends outside of quotes, and one more: no fewer than the file has records.
std::uint64_t count_lines(const std::string& path) {
  Source file(path);
  std::vector<char> buffer(piece);
  std::uint64_t lines = 1;
  bool inside = false;
  while (const std::size_t bytes = file.read(buffer.data(), buffer.size())) {
    const char *p = buffer.data(), *end = p + bytes;
    while (p < end) {
      // What a quote opens or closes; a doubled one closes and opens.
      const char* quote = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
      const char* stop = quote == nullptr ? end : quote;
      if (!inside) lines += static_cast<std::uint64_t>(std::count(p, stop, '\n'));
      if (quote != nullptr) inside = !inside;
      p = stop + (quote != nullptr);
    }
  }
  return lines;
}

/// The records of a file, one after the other: lines, but for those that end inside quotes.
class Records {
 public:
  explicit Records(const std::string& path) : name_(base_name(path)), file_(path), buffer_(piece) {
    fill();
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (std::string_view(buffer_.data(), end_).starts_with(mark)) begin_ = mark.size();
    if (std::string_view(buffer_.data(), end_).starts_with("\xff\xfe") ||
        std::string_view(buffer_.data(), end_).starts_with("\xfe\xff"))
      throw InputError(name_ + " is UTF-16; save it as UTF-8");
    if (std::string_view(buffer_.data(), end_).starts_with("\x1f\x8b"))
      throw InputError(name_ + " is compressed; unpack it, for example with gunzip");
  }

  /// The next record without its line end, valid until the next call; false at the end of the file.
  bool next(std::string_view& record) {
    line_ += lines_;
    lines_ = 1;
    has_quotes_ = false;
    std::size_t at = begin_;
    bool inside = false;
    for (;;) {
      const char* from = buffer_.data() + at;
      const char* line_end = static_cast<const char*>(std::memchr(from, '\n', end_ - at));
      const char* stop = line_end == nullptr ? buffer_.data() + end_ : line_end;
      const auto quotes = std::count(from, stop, '"');
      has_quotes_ = has_quotes_ || quotes > 0;
      if (quotes % 2 != 0) inside = !inside;
      at = static_cast<std::size_t>(stop - buffer_.data());
      if (line_end != nullptr && !inside) {
        record = view(at);
        begin_ = at + 1;
        return true;
      }
      if (line_end != nullptr) {
        ++lines_;
        ++at;
        continue;
      }
      const std::size_t done = at - begin_;
      if (done > longest_record)
        throw InputError(where() + ": the row is longer than " + std::to_string(longest_record >> 20) +
                         " MiB; is a quote not closed?");
      if (!fill()) {
        if (inside) throw InputError(where() + ": a quote is not closed");
        if (begin_ == end_) return false;
        record = view(end_);
        begin_ = end_;
        return true;
      }
      at = begin_ + done;
    }
  }

  const std::string& name() const { return name_; }
  std::uint64_t line() const { return line_; }     ///< of the record's begin, from 1
  bool has_quotes() const { return has_quotes_; }  ///< the record has
  std::string where() const { return where(line_); }
  std::string where(std::uint64_t line) const { return name_ + ", line " + std::to_string(line); }

 private:
  std::string_view view(std::size_t end) const {
    if (end > begin_ && buffer_[end - 1] == '\r') --end;
    return {buffer_.data() + begin_, end - begin_};
  }

  /// Moves what is left to the front and reads more after it; false at the end of the file.
  bool fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
    const std::size_t got = file_.read(buffer_.data() + end_, buffer_.size() - end_);
    end_ += got;
    return got > 0;
  }

  std::string name_;
  Source file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  ///< of what is not yet handed out
  std::uint64_t line_ = 0, lines_ = 1;
  bool has_quotes_ = false;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the first cell off `record`, which goes on after the separator; `last` if there was none. A cell in quotes
/// with doubled quotes is put together in `scratch`.
std::string_view take_cell(std::string_view& record, char separator, bool& last, std::string& scratch,
                           const Records& records) {
  std::string_view cell;
  std::size_t end = 0;
  if (!record.empty() && record.front() == '"') {
    scratch.clear();
    bool pieced = false;
    for (std::size_t from = 1;;) {
      end = record.find('"', from);
      if (end == std::string_view::npos) throw InputError(records.where() + ": a quote is not closed");
      cell = record.substr(from, end - from);
      ++end;
      const bool doubled = end < record.size() && record[end] == '"';
      if (doubled || pieced) scratch += cell;
      if (!doubled) break;
      scratch += '"';
      pieced = true;
      from = end + 1;
    }
    if (pieced) cell = scratch;
    if (end < record.size() && record[end] != separator)
      throw InputError(records.where() + ": text after a closing quote; a quote inside a cell is written twice");
  } else {
    end = std::min(record.find(separator), record.size());
    cell = record.substr(0, end);
    if (cell.find('"') != std::string_view::npos)
      throw InputError(records.where() + ": a quote inside " + in_quotes(cell) +
                       "; write the cell in quotes, and a quote inside it twice");
  }
  last = end >= record.size();
  record.remove_prefix(last ? record.size() : end + 1);
  return cell;
}

/// The whole text as a number, by `from_chars`, which knows no locale.
bool read_number(std::string_view text, double& value, std::errc& error) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  error = code;
  return !text.empty() && code != std::errc::invalid_argument && stop == text.data() + text.size();
}

double number(std::string_view cell, const Records& records, const std::string& column) {
  const std::string_view text = trimmed(cell);
  double value = 0;
  std::errc error{};
  const bool is_number = read_number(text, value, error);
  if (is_number && error == std::errc() && std::isfinite(value)) return value;
  const std::string where = records.where() + ", column " + in_quotes(column) + ": ";
  if (text.empty()) throw InputError(where + "the cell is empty; every row needs a number here");
  if (is_number && error == std::errc::result_out_of_range)
    throw InputError(where + in_quotes(text) + " is out of the range of double precision, 1e-308 to 1.8e308");
  if (is_number) throw InputError(where + in_quotes(text) + " is not finite; every row needs a number here");
  std::string point(text);
  if (std::ranges::count(point, ',') == 1) {
    std::ranges::replace(point, ',', '.');
    if (read_number(point, value, error))
      throw InputError(where + in_quotes(text) + " has a decimal comma; write " + point);
  }
  throw InputError(where + in_quotes(text) + " is not a number; every row needs one here");
}

char find_separator(std::string_view header) {
  constexpr std::string_view candidates = ",;\t";
  std::size_t counts[3] = {};
  bool inside = false;
  for (const char c : header) {
    if (c == '"') inside = !inside;
    const std::size_t k = candidates.find(c);
    if (!inside && k != std::string_view::npos) ++counts[k];
  }
  return candidates[static_cast<std::size_t>(std::ranges::max_element(counts) - counts)];
}

struct CsvHeader {
  std::vector<std::string> names;
  char separator;
};

CsvHeader take_header(Records& records) {
  std::string_view record;
  if (!records.next(record)) throw InputError(records.name() + " is empty; its first line must name the columns");
  CsvHeader header{{}, find_separator(record)};
  const std::string where = records.where();
  std::string scratch;
  bool numbers = true;
  for (bool last = false; !last;) {
    const std::string_view name = trimmed(take_cell(record, header.separator, last, scratch, records));
    double value = 0;
    std::errc error{};
    numbers = numbers && read_number(name, value, error);
    header.names.emplace_back(name);
  }
  if (numbers) throw InputError(where + ": numbers, where the names of the columns are expected");
  require_distinct(where, header.names);
  return header;
}

}  // namespace

Header read_csv_header(const std::string& path) {
  Records records(path);
  return {take_header(records).names, std::nullopt};
}

std::string csv_place_of_row(const std::string& path, std::size_t row) {
  Records records(path);
  std::string_view record;
  for (std::size_t r = 0; r < row + 2; ++r)  // the header comes first
    if (!records.next(record)) return records.name();
  return records.where();
}

Table read_csv(const std::string& path, std::span<const std::string> wanted, std::uint64_t memory_limit) {
  Records records(path);
  const CsvHeader header = take_header(records);
  constexpr std::uint32_t unwanted = 0xffffffff;
  std::vector<std::uint32_t> slots(header.names.size(), unwanted);
  const std::vector<std::size_t> places = find_columns(records.name(), header.names, wanted);
  for (std::size_t c = 0; c < places.size(); ++c) slots[places[c]] = static_cast<std::uint32_t>(c);
  const std::size_t wanted_end = places.empty() ? 0 : *std::ranges::max_element(places) + 1;

  // Room for as many rows as there are lines; what empty lines at the end leave over is closed up below.
  const std::uint64_t room = count_lines(path) - 1;
  require_memory(records.name() + ": " + counted(room, "row") + " of " + counted(wanted.size(), "column"),
                 room * wanted.size() * sizeof(double), memory_limit);
  Table table;
  table.names.assign(wanted.begin(), wanted.end());
  table.values.resize(room * wanted.size());

  std::uint64_t empty_line = 0;
  std::string scratch;
  for (std::string_view record; records.next(record);) {
    if (record.empty()) {
      if (empty_line == 0) empty_line = records.line();
      continue;
    }
    if (empty_line != 0) throw InputError(records.where(empty_line) + " is empty, and rows follow it");
    if (table.rows == room) throw InputError(records.name() + " has changed while it was read");
    std::size_t cells = 0;
    bool last = false;
    for (std::string_view rest = record; !last; ++cells) {
      if (cells >= wanted_end && !records.has_quotes()) {
        cells += static_cast<std::size_t>(std::ranges::count(rest, header.separator)) + 1;
        break;
      }
      const std::uint32_t slot = cells < slots.size() ? slots[cells] : unwanted;
      if (slot != unwanted) {
        double value = 0;
        const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
        const auto used = static_cast<std::size_t>(stop - rest.data());
        const bool ends = used == rest.size();
        if (error == std::errc() && std::isfinite(value) && (ends || *stop == header.separator)) {
          last = ends;
          rest.remove_prefix(ends ? used : used + 1);
        } else {
          value = number(take_cell(rest, header.separator, last, scratch, records), records, header.names[cells]);
        }
        table.values[slot * room + table.rows] = value;
      } else if (records.has_quotes()) {
        take_cell(rest, header.separator, last, scratch, records);
      } else {
        const std::size_t end = rest.find(header.separator);
        last = end == std::string_view::npos;
        rest.remove_prefix(last ? rest.size() : end + 1);
      }
    }
    if (cells != header.names.size())
      throw InputError(records.where() + ": " + counted(cells, "cell") + ", but the header names " +
                       counted(header.names.size(), "column"));
    ++table.rows;
  }
  require_rows(records.name(), table.rows);
  if (table.rows < room) {
    for (std::size_t c = 1; c < wanted.size(); ++c)
      std::memmove(table.values.data() + c * table.rows, table.values.data() + c * room, table.rows * sizeof(double));
    table.values.resize(table.rows * wanted.size());
  }
  return table;
}

}  // namespace isotherm::data
