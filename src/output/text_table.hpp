#pragma once
// Columns of text for a terminal of some width.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace isotherm::output {

/// Number of columns a text takes: UTF-8 code points, escape sequences not counted.
std::size_t display_width(std::string_view text);

/// Words in lines of at most `width` columns, each line after `indent`.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent = "");

class TextTable {
 public:
  enum class Align { left, right };

  /// Columns with the largest `dispensable` are left out first where the width is not enough; those with 0 stay. A
  /// column without any text in its cells is not shown.
  void column(std::string title, Align align = Align::left, int dispensable = 0);
  /// One cell for each column.
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  /// Title line (absent if all titles are empty) and rows, each after two spaces and ending with a line feed. Titles
  /// are passed through `emphasis` (SGR parameters such as "1"; "" for none).
  std::string text(std::size_t width, std::string_view emphasis = "") const;

 private:
  struct Column {
    std::string title;
    Align align;
    int dispensable;
  };
  std::vector<std::size_t> column_widths() const;
  std::vector<bool> visible(const std::vector<std::size_t>& widths, std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace isotherm::output
