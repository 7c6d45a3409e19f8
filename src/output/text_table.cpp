#include "output/text_table.hpp"

#include <algorithm>

namespace isotherm::output {
namespace {

constexpr std::size_t indent = 2, gap = 2;

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      while (i < text.size() && text[i] != 'm') ++i;
      continue;
    }
    const bool continuation = (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
    if (!continuation) ++width;
  }
  return width;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view line_indent) {
  std::string result;
  std::size_t used = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    begin = std::min(text.find_first_not_of(' ', begin), text.size());
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (word.empty()) break;
    if (used > 0 && used + 1 + display_width(word) > width) {
      result += '\n';
      used = 0;
    }
    if (used == 0) {
      result += line_indent;
      used = display_width(line_indent);
    } else {
      result += ' ';
      used += 1;
    }
    result += word;
    used += display_width(word);
    begin = end;
  }
  return result.empty() ? result : result + '\n';
}

void TextTable::column(std::string title, Align align, int dispensable) {
  columns_.push_back({std::move(title), align, dispensable});
}

void TextTable::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::column_widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& cells : rows_) {
    for (std::size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], display_width(cells[c]));
  }
  return widths;
}

std::vector<bool> TextTable::visible(const std::vector<std::size_t>& widths, std::size_t width) const {
  std::vector<bool> shown(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    shown[c] = std::any_of(rows_.begin(), rows_.end(), [&](const auto& cells) { return !cells[c].empty(); });
  }
  for (;;) {
    std::size_t total = indent;
    std::size_t first_to_go = columns_.size();
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (!shown[c]) continue;
      total += widths[c] + gap;
      const bool better =
          first_to_go == columns_.size() || columns_[c].dispensable >= columns_[first_to_go].dispensable;
      if (columns_[c].dispensable > 0 && better) first_to_go = c;
    }
    if (total <= width + gap || first_to_go == columns_.size()) return shown;
    shown[first_to_go] = false;
  }
}

std::string TextTable::text(std::size_t width, std::string_view emphasis) const {
  const std::vector<std::size_t> widths = column_widths();
  const std::vector<bool> shown = visible(widths, width);
  std::string result;
  const auto add_line = [&](const auto& cell_of, std::string_view style) {
    std::string line(indent, ' ');
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (!shown[c]) continue;
      const std::string& cell = cell_of(c);
      const std::string padding(widths[c] - display_width(cell), ' ');
      line += columns_[c].align == Align::right ? padding + cell : cell + padding;
      line += std::string(gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    if (!style.empty()) line = "\033[" + std::string(style) + 'm' + line + "\033[0m";
    result += line + '\n';
  };
  const bool titled =
      std::any_of(columns_.begin(), columns_.end(), [](const Column& column) { return !column.title.empty(); });
  if (titled) add_line([&](std::size_t c) -> const std::string& { return columns_[c].title; }, emphasis);
  for (const auto& cells : rows_) add_line([&](std::size_t c) -> const std::string& { return cells[c]; }, "");
  return result;
}

}  // namespace isotherm::output
