#include "data/arrays.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include "data/bytes.hpp"
#include "data/memory.hpp"
#include "data/text.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::data {
namespace {

/// One number of an array in the file: 'b' bool, 'i' and 'u' integers, 'f' floats; others have a size only.
struct Type {
  char kind = 'V';
  std::size_t size = 0;
  bool big_endian = false;
  bool is_number() const {
    const bool power = std::has_single_bit(size);
    return (kind == 'b' && size == 1) || ((kind == 'i' || kind == 'u') && power && size <= 8) ||
           (kind == 'f' && (size == 4 || size == 8));
  }
};

struct Field {
  std::string name;  ///< "" in an array without fields
  Type type;
  std::string text;  ///< the type as the file writes it
  std::size_t offset = 0;
};

/// What an array's header says.
struct Array {
  std::vector<Field> fields;
  std::size_t item_size = 0;
  bool fortran = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t data = 0;  ///< where its numbers begin, in bytes

  std::uint64_t rows() const { return shape[0]; }
  std::uint64_t columns() const { return shape.size() == 2 ? shape[1] : 1; }
};

/// The header is a Python literal: a dictionary of strings, truth values, and tuples and lists of strings and integers.
class Literal {
 public:
  Literal(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {}

  Array array() {
    Array array;
    bool type = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr") {
        descr(array);
        type = true;
      } else if (key == "fortran_order") {
        order = true;
        array.fortran = word() == "True";
      } else if (key == "shape") {
        shape = true;
        array.shape = integers();
      } else {
        fail();
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!type || !order || !shape) fail();
    return array;
  }

 private:
  [[noreturn]] void fail() const { throw InputError(where_ + " has a header that is not NumPy's; write it again"); }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail();
    ++at_;
    std::string text;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      text += text_[at_++];
    }
    expect(quote);
    return text;
  }
  std::string word() {
    std::string text;
    peek();
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) text += text_[at_++];
    return text;
  }
  std::uint64_t integer() {
    if (std::isdigit(static_cast<unsigned char>(peek())) == 0) fail();
    std::uint64_t value = 0;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      const auto digit = static_cast<std::uint64_t>(text_[at_++] - '0');
      if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) fail();
      value = 10 * value + digit;
    }
    take('L');  // Python 2
    return value;
  }
  std::vector<std::uint64_t> integers() {
    std::vector<std::uint64_t> all;
    expect('(');
    while (!take(')')) {
      all.push_back(integer());
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return all;
  }

  /// "<f8", "|b1", "<U5", "<M8[ns]".
  Type type(const std::string& text) const {
    Type type;
    std::size_t at = 0;
    if (!text.empty() && std::string_view("<>|=").find(text[0]) != std::string_view::npos) at = 1;
    type.big_endian = !text.empty() && text[0] == '>';
    if (at >= text.size()) fail();
    type.kind = text[at++];
    std::size_t size = 0;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0 && size < 1u << 24)
      size = 10 * size + static_cast<std::size_t>(text[at++] - '0');
    if (type.kind == 'O') size = 8;
    type.size = type.kind == 'U' ? 4 * size : size;
    return type;
  }

  void descr(Array& array) {
    if (!take('[')) {
      const std::string text = string();
      array.fields.push_back({"", type(text), text, 0});
      array.item_size = array.fields[0].type.size;
      return;
    }
    while (!take(']')) {
      expect('(');
      Field field;
      if (take('(')) {  // (title, name)
        string();
        expect(',');
        field.name = string();
        expect(')');
      } else {
        field.name = string();
      }
      expect(',');
      if (peek() == '[') throw InputError(where_ + ": the field " + in_quotes(field.name) + " has fields of its own");
      field.text = string();
      field.type = type(field.text);
      field.offset = array.item_size;
      std::size_t size = field.type.size;
      if (take(',') && peek() == '(') {
        for (const std::uint64_t n : integers()) {
          if (n > 1u << 24 || size * n > 1u << 24) fail();
          size *= static_cast<std::size_t>(n);
        }
        field.type.kind = 'V';
        field.text = "array";
      }
      take(',');
      expect(')');
      array.item_size += size;
      if (array.item_size > 1u << 26) fail();
      if (!field.name.empty()) array.fields.push_back(std::move(field));
      if (!take(',')) {
        expect(']');
        break;
      }
    }
  }

  std::string_view text_;
  std::string where_;
  std::size_t at_ = 0;
};

void read_exactly(Bytes& bytes, void* to, std::size_t size, const std::string& where) {
  if (bytes.read(to, size) < size) throw InputError(where + " ends before its last number");
}

Array read_array_header(Bytes& bytes, const std::string& where) {
  std::array<unsigned char, 12> start{};
  read_exactly(bytes, start.data(), 8, where);
  if (std::memcmp(start.data(), "\x93NUMPY", 6) != 0) throw InputError(where + " is not an NPY array");
  const unsigned version = start[6];
  if (version < 1 || version > 3)
    throw InputError(where + " has NPY's version " + std::to_string(version) + "; 1 to 3 can be read");
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  read_exactly(bytes, start.data() + 8, length_bytes, where);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::uint64_t{start[8 + i]} << (8 * i);
  constexpr std::uint64_t longest = 1 << 24;
  if (length > longest) throw InputError(where + " has a header that is not NumPy's; write it again");
  std::string text(length, '\0');
  read_exactly(bytes, text.data(), text.size(), where);
  Array array = Literal(text, where).array();
  array.data = 8 + length_bytes + length;
  return array;
}

/// A column that a file offers: a field of an array, or one of its columns.
struct Source {
  std::string name;
  std::size_t member = 0, field = 0;
  std::uint64_t column = 0;
};

/// The columns of an array; none where it is not a table of numbers, for the reason in `why`.
std::vector<Source> sources(const Array& array, const std::string& name, std::size_t member, std::string& why) {
  std::vector<Source> found;
  if (array.shape.empty() || array.shape.size() > 2) {
    why = "it has " + std::to_string(array.shape.size()) + " axes; 1 or 2 are needed";
    return found;
  }
  const bool structured = array.fields.empty() || !array.fields[0].name.empty();
  if (structured) {
    if (array.columns() != 1) {
      why = "it has fields and more than one column";
      return found;
    }
    for (std::size_t f = 0; f < array.fields.size(); ++f)
      found.push_back({name.empty() ? array.fields[f].name : name + "_" + array.fields[f].name, member, f, 0});
    return found;
  }
  if (!array.fields[0].type.is_number()) {
    why = "its type " + in_quotes(array.fields[0].text) +
          " is not read; there are bool, integers of 1 to 8 bytes and floats of 4 and 8";
    return found;
  }
  const std::string prefix = name.empty() ? "column" : name;
  constexpr std::uint64_t most = 1 << 20;
  if (array.columns() > most) {
    why = "it has more than " + std::to_string(most) + " columns";
    return found;
  }
  if (array.shape.size() == 1 || (array.columns() == 1 && name.empty())) return {{prefix, member, 0, 0}};
  for (std::uint64_t c = 0; c < array.columns(); ++c)
    found.push_back({prefix + "_" + std::to_string(c + 1), member, 0, c});
  return found;
}

template <class T>
double as_number(const unsigned char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

double convert(const unsigned char* bytes, const Type& type) {
  std::array<unsigned char, 8> swapped{};
  if (type.big_endian != (std::endian::native == std::endian::big)) {
    std::reverse_copy(bytes, bytes + type.size, swapped.begin());
    bytes = swapped.data();
  }
  if (type.kind == 'b') return *bytes != 0 ? 1 : 0;
  if (type.kind == 'f') return type.size == 4 ? as_number<float>(bytes) : as_number<double>(bytes);
  const bool is_signed = type.kind == 'i';
  switch (type.size) {
    case 1:
      return is_signed ? as_number<std::int8_t>(bytes) : as_number<std::uint8_t>(bytes);
    case 2:
      return is_signed ? as_number<std::int16_t>(bytes) : as_number<std::uint16_t>(bytes);
    case 4:
      return is_signed ? as_number<std::int32_t>(bytes) : as_number<std::uint32_t>(bytes);
    default:
      return is_signed ? as_number<std::int64_t>(bytes) : as_number<std::uint64_t>(bytes);
  }
}

/// A wanted column and where its numbers go.
struct Target {
  Source source;
  double* values;
};

/// Reads an array after its header, in the order in which it lies in the file.
void read_numbers(Bytes& bytes, const Array& array, std::span<const Target> targets, const std::string& file,
                  const std::string& where) {
  // Items follow each other along rows (C order, or one column) or along columns; a run is one of those.
  const bool by_columns = array.fortran && array.columns() > 1;
  const std::uint64_t runs = by_columns ? array.columns() : array.rows();
  const std::uint64_t run = by_columns ? array.rows() : array.columns();
  std::vector<std::vector<const Target*>> of_column(array.columns());
  for (const Target& target : targets) of_column[target.source.column].push_back(&target);

  constexpr std::size_t piece = 1 << 20;
  const auto items = static_cast<std::size_t>(
      std::min<std::uint64_t>(std::max<std::size_t>(piece / std::max<std::size_t>(array.item_size, 1), 1), runs * run));
  std::vector<unsigned char> buffer(items * array.item_size);
  std::uint64_t outer = 0, inner = 0;
  for (std::uint64_t left = runs * run; left > 0;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(items, left));
    read_exactly(bytes, buffer.data(), count * array.item_size, where);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t row = by_columns ? inner : outer, column = by_columns ? outer : inner;
      for (const Target* target : of_column[column]) {
        const Field& field = array.fields[target->source.field];
        const double value = convert(buffer.data() + i * array.item_size + field.offset, field.type);
        if (!std::isfinite(value))
          throw InputError(file + ", row " + std::to_string(row + 1) + ", column " + in_quotes(target->source.name) +
                           ": the number is not finite");
        target->values[row] = value;
      }
      if (++inner == run) inner = 0, ++outer;
    }
    left -= count;
  }
}

/// Bytes that an array's numbers take in the file; nothing where that is more than 64 bits can say.
std::optional<std::uint64_t> size_of(const Array& array) {
  std::uint64_t size = array.item_size;
  for (const std::uint64_t n : array.shape) {
    if (n != 0 && size > std::numeric_limits<std::uint64_t>::max() / n) return std::nullopt;
    size *= n;
  }
  return size;
}

/// Arrays of one file, and what they offer.
struct Catalogue {
  std::string file;
  std::vector<Array> arrays;
  std::vector<Source> columns;
  std::vector<std::pair<std::string, std::string>> unusable;  ///< name of an array, and why

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Source& source : columns) all.push_back(source.name);
    return all;
  }

  Header header() const {
    Header header{names(), std::nullopt};
    for (const Source& source : columns) {
      const std::uint64_t rows = arrays[source.member].rows();
      if (header.rows && *header.rows != rows) return {header.names, std::nullopt};
      header.rows = rows;
    }
    return header;
  }

  /// The table with room for its numbers, and for each array what is wanted of it.
  std::vector<std::vector<Target>> prepare(std::span<const std::string> wanted, std::uint64_t memory_limit,
                                           Table& table) const {
    for (const std::string& name : wanted)
      for (const auto& [array, why] : unusable)
        if (array == name) throw InputError(file + ": " + in_quotes(name) + " cannot be a column: " + why);
    const std::vector<std::size_t> places = find_columns(file, names(), wanted);
    std::uint64_t rows = places.empty() ? header().rows.value_or(0) : arrays[columns[places[0]].member].rows();
    for (const std::size_t place : places) {
      const Source& source = columns[place];
      const Array& array = arrays[source.member];
      const Field& field = array.fields[source.field];
      if (!field.type.is_number())
        throw InputError(file + ": the type " + in_quotes(field.text) + " of " + in_quotes(source.name) +
                         " is not read; there are bool, integers of 1 to 8 bytes and floats of 4 and 8");
      if (array.rows() != rows)
        throw InputError(file + ": " + in_quotes(columns[places[0]].name) + " has " + counted(rows, "row") + " and " +
                         in_quotes(source.name) + " has " + std::to_string(array.rows()) +
                         "; all columns need the same number");
    }
    require_rows(file, rows);
    if (wanted.size() > std::numeric_limits<std::uint64_t>::max() / sizeof(double) / rows)
      throw InputError(file + " has more columns than memory could hold");
    require_memory(file + ": " + counted(rows, "row") + " of " + counted(wanted.size(), "column"),
                   rows * wanted.size() * sizeof(double), memory_limit);
    table.names.assign(wanted.begin(), wanted.end());
    table.rows = rows;
    table.values.resize(rows * wanted.size());
    std::vector<std::vector<Target>> targets(arrays.size());
    for (std::size_t c = 0; c < places.size(); ++c)
      targets[columns[places[c]].member].push_back({columns[places[c]], table.values.data() + c * rows});
    return targets;
  }
};

Catalogue npy_catalogue(Bytes& bytes, const std::string& path) {
  Catalogue catalogue;
  catalogue.file = base_name(path);
  catalogue.arrays.push_back(read_array_header(bytes, catalogue.file));
  std::string why;
  catalogue.columns = sources(catalogue.arrays[0], "", 0, why);
  if (!why.empty()) throw InputError(catalogue.file + " is not a table of numbers: " + why);
  require_distinct(catalogue.file, catalogue.names());
  return catalogue;
}

/// As `size_of`, checked against what the file has, before memory is taken for it.
void require_size(const Array& array, std::uint64_t bytes, const std::string& where) {
  const auto size = size_of(array);
  if (!size || *size > bytes) throw InputError(where + " ends before its last number");
}

/// The members of an archive that are arrays; others, such as pickled objects, are not seen.
struct Archive {
  Catalogue catalogue;
  std::vector<ZipMember> members;  ///< of catalogue.arrays
};

Archive npz_archive(const std::string& path) {
  Archive archive;
  Catalogue& catalogue = archive.catalogue;
  catalogue.file = base_name(path);
  constexpr std::string_view suffix = ".npy";
  for (const ZipMember& member : zip_members(path)) {
    if (!member.name.ends_with(suffix)) continue;
    const std::string name = member.name.substr(0, member.name.size() - suffix.size());
    const std::string where = catalogue.file + ", " + in_quotes(member.name);
    const Array array = read_array_header(*zip_bytes(path, member), where);
    std::string why;
    for (Source& source : sources(array, name, archive.members.size(), why))
      catalogue.columns.push_back(std::move(source));
    if (!why.empty()) {
      catalogue.unusable.emplace_back(name, why);
      continue;
    }
    require_size(array, member.size - std::min(member.size, array.data), where);
    catalogue.arrays.push_back(array);
    archive.members.push_back(member);
  }
  if (catalogue.columns.empty()) throw InputError(catalogue.file + " has no arrays of numbers");
  require_distinct(catalogue.file, catalogue.names());
  return archive;
}

}  // namespace

Header read_npy_header(const std::string& path) { return npy_catalogue(*file_bytes(path), path).header(); }

Table read_npy(const std::string& path, std::span<const std::string> wanted, std::uint64_t memory_limit) {
  const std::unique_ptr<Bytes> bytes = file_bytes(path);
  const Catalogue catalogue = npy_catalogue(*bytes, path);
  const Array& array = catalogue.arrays[0];
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error) require_size(array, size - std::min<std::uint64_t>(size, array.data), catalogue.file);
  Table table;
  const auto targets = catalogue.prepare(wanted, memory_limit, table);
  read_numbers(*bytes, array, targets[0], catalogue.file, catalogue.file);
  return table;
}

Header read_npz_header(const std::string& path) { return npz_archive(path).catalogue.header(); }

Table read_npz(const std::string& path, std::span<const std::string> wanted, std::uint64_t memory_limit) {
  const Archive archive = npz_archive(path);
  const Catalogue& catalogue = archive.catalogue;
  Table table;
  const auto targets = catalogue.prepare(wanted, memory_limit, table);
  for (std::size_t m = 0; m < targets.size(); ++m) {
    if (targets[m].empty()) continue;
    const std::string where = catalogue.file + ", " + in_quotes(archive.members[m].name);
    const std::unique_ptr<Bytes> bytes = zip_bytes(path, archive.members[m]);
    read_array_header(*bytes, where);
    read_numbers(*bytes, catalogue.arrays[m], targets[m], catalogue.file, where);
  }
  return table;
}

}  // namespace isotherm::data
