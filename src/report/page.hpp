#pragma once
// Parts of a page, as markup: tables, facts, sections, figures.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/panel.hpp"

namespace isotherm::report {

/// A table whose cells are markup. The first column is on the left; further ones up to `left_columns` too.
class Table {
 public:
  explicit Table(std::vector<std::string> titles, std::size_t left_columns = 1)
      : left_columns_(left_columns), titles_(std::move(titles)) {}
  /// `gap`: a stronger line above.
  void row(std::vector<std::string> cells, bool gap = false) { rows_.push_back({std::move(cells), gap}); }
  bool empty() const { return rows_.empty(); }

  /// Columns without any text are left out.
  std::string html(const std::string& label) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool gap;
  };
  std::string side(std::size_t column) const { return column > 0 && column < left_columns_ ? " class=\"left\"" : ""; }

  std::size_t left_columns_;
  std::vector<std::string> titles_;
  std::vector<Row> rows_;
};

/// A name and what it is, for a list of class "facts" or "scales"; "" where there is no value.
std::string fact(const std::string& name, const std::string& value);

/// Numbers that may be absent: then "".
std::string with_error(const std::optional<double>& value, const std::optional<double>& error);
std::string plain(const std::optional<double>& value, int digits = 5);

/// "good", "bad" or "".
std::string verdict_class(const std::string& verdict);
/// The word with its mark and colour.
std::string verdict_mark(const std::string& verdict);

/// "" where there is no content.
std::string section(const std::string& title, const std::string& content);
/// Figures side by side.
std::string grid(const std::string& content);

/// A file, as text to copy and as a link to save it.
std::string file_to_save(const std::string& name, const std::string& type, const std::string& content);

/// The figures of a page, each also as a file.
class FigureFiles {
 public:
  /// Markup. The file has the figure's name, with a number where another one has it already.
  std::string add(const Figure& figure);
  std::vector<std::pair<std::string, std::string>> files() && { return std::move(files_); }

 private:
  std::vector<std::pair<std::string, std::string>> files_;  ///< name and SVG
};

/// The whole page, well-formed as HTML and as XML.
std::string document(const std::string& title, const std::string& version, const std::string& body);

}  // namespace isotherm::report
