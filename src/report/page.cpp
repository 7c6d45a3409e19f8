#include "report/page.hpp"

#include <algorithm>

#include "output/number.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {

std::string Table::html(const std::string& label) const {
  std::vector<bool> used(titles_.size(), false);
  for (const Row& row : rows_)
    for (std::size_t c = 0; c < row.cells.size(); ++c) used[c] = used[c] || !row.cells[c].empty();
  std::string text =
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + escaped(label) + "\"><table>\n<thead><tr>";
  for (std::size_t c = 0; c < titles_.size(); ++c)
    if (used[c]) text += "<th scope=\"col\"" + side(c) + '>' + titles_[c] + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (const Row& row : rows_) {
    text += row.gap ? "<tr class=\"gap\">" : "<tr>";
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      if (!used[c]) continue;
      text += c == 0 ? "<th scope=\"row\">" + row.cells[c] + "</th>" : "<td" + side(c) + '>' + row.cells[c] + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string fact(const std::string& name, const std::string& value) {
  return value.empty() ? "" : "<div><dt>" + escaped(name) + "</dt><dd>" + value + "</dd></div>\n";
}

std::string with_error(const std::optional<double>& value, const std::optional<double>& error) {
  return value ? escaped(with_error(*value, error.value_or(0))) : "";
}

std::string plain(const std::optional<double>& value, int digits) { return value ? number(*value, digits) : ""; }

std::string verdict_class(const std::string& verdict) {
  return verdict == "consistent" ? "good" : verdict == "rejected" ? "bad" : "";
}

std::string verdict_mark(const std::string& verdict) {
  const std::string mark = verdict == "consistent" ? "✓ " : verdict == "rejected" ? "✗ " : "";
  const std::string kind = verdict_class(verdict);
  return kind.empty() ? "<span class=\"soft\">" + verdict + "</span>"
                      : "<span class=\"" + kind + "-text\">" + mark + verdict + "</span>";
}

std::string section(const std::string& title, const std::string& content) {
  return content.empty() ? "" : "<section>\n<h2>" + escaped(title) + "</h2>\n" + content + "</section>\n";
}

std::string grid(const std::string& content) {
  return content.empty() ? "" : "<div class=\"grid\">\n" + content + "</div>\n";
}

std::string file_to_save(const std::string& name, const std::string& type, const std::string& content) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string link;
  for (const char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    link += '%';
    link += hex[byte >> 4];
    link += hex[byte & 15];
  }
  return "<p><a class=\"download\" download=\"" + name + "\" href=\"data:" + type + ";charset=utf-8," + link +
         "\">Save " + name + "</a></p>\n<pre tabindex=\"0\" aria-label=\"" + name + "\">" + escaped(content) +
         "</pre>\n";
}

std::string FigureFiles::add(const Figure& figure) {
  std::string html = "<figure>\n<div class=\"wide\">" + figure.wide.embedded(figure.alt) +
                     "</div>\n<div class=\"narrow\">" + figure.narrow.embedded(figure.alt) + "</div>\n";
  if (!figure.caption.empty()) html += "<figcaption>" + figure.caption + "</figcaption>\n";
  std::string name = figure.name + ".svg";
  const auto taken = [&] {
    return std::any_of(files_.begin(), files_.end(), [&](const auto& other) { return other.first == name; });
  };
  for (int copy = 2; taken(); ++copy) name = figure.name + '-' + std::to_string(copy) + ".svg";
  files_.emplace_back(name, figure.wide.standalone(figure.title, figure.alt));
  return html + "</figure>\n";
}

std::string document(const std::string& title, const std::string& version, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
         "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
         "<meta name=\"generator\" content=\"isotherm " +
         escaped(version) + "\"/>\n<title>" + escaped(title) + " – isotherm</title>\n<style>\n" + page_style() +
         "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
}

}  // namespace isotherm::report
