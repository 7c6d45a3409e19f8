#include "report/reproduction.hpp"

#include <algorithm>
#include <cmath>

#include "output/number.hpp"
#include "report/chart.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

constexpr const char* rules = R"css(
.holds{--tone:var(--good)}.order{--tone:var(--link)}.not,.failed{--tone:var(--bad)}.background{--tone:var(--soft)}
.chip{display:inline-block;border:1px solid color-mix(in srgb,var(--tone) 50%,var(--line));color:var(--tone);border-radius:99px;padding:0 10px;font-size:13.5px;line-height:1.65;font-weight:560;white-space:nowrap}
.outcomes b span{color:var(--tone)}
.outcomes li{border-color:color-mix(in srgb,var(--tone) 40%,var(--line))}
.claims td,.claims th{white-space:normal;vertical-align:top}
.claims td.number{white-space:nowrap}
.claims td.left{min-width:11em}
.claims td:last-child{text-align:left}
.claim{margin:30px 0 0;padding:26px 0 0;border-top:1px solid var(--line)}
.claim h3{font-size:17px;line-height:1.4;margin:0 0 6px;max-width:80ch}
.claim h3 a,.claims a{text-decoration:none}
.claim .grid:has(figure:only-child){grid-template-columns:minmax(0,580px)}
.claim td.left{white-space:normal;min-width:14em}
.claim .scroll{max-width:880px}
@media (max-width:560px){
.claims thead{display:none}
.claims tbody,.claims tr,.claims th,.claims td{display:block;text-align:left;border-top:0;padding:0}
.claims tr{border-top:1px solid var(--line);padding:10px 12px}
.claims tr:first-child{border-top:0}
.claims td.left{min-width:0}
.claims td[data-name]:not(:empty)::before{content:attr(data-name) " ";color:var(--soft);font-size:13px}
.claims td.number{display:inline-block;margin-right:1.2em}
.claim td.left{min-width:9em}
.chip{margin-top:4px}
}
@media print{.claim{break-inside:avoid}.claim .grid:has(figure:only-child){grid-template-columns:minmax(0,9cm)}}
)css";

const char* class_of(const std::string& verdict) {
  return verdict == "holds"                    ? "holds"
         : verdict == "holds to leading order" ? "order"
         : verdict == "does not hold"          ? "not"
         : verdict == "failed"                 ? "failed"
                                               : "background";
}

std::string text_of(const Json& object, const char* key) { return formula_markup(object.at(key).get<std::string>()); }

std::string measured_of(const Json& check) {
  const double value = check.at("measured"), error = check.at("standard_error");
  // Of a rounding bound only its smallness matters.
  if (error < 1e-8 * std::abs(value)) return number(value, 9);
  return escaped(with_error(value, error));
}

std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

class Page {
 public:
  explicit Page(const Json& reproduction) : all_(reproduction) {}

  Report make() {
    std::string documents, document;
    for (const Json& claim : all_.at("claims")) {
      if (!claim.contains("checks") && !claim.contains("failure")) continue;
      if (claim.at("document") != document) {
        document = claim.at("document");
        documents += "<h2>" + escaped(sentence(document)) + "</h2>\n";
      }
      documents += article(claim);
    }
    const std::string title = "The lecture, measured";
    report_.html =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<meta name=\"generator\" "
        "content=\"isotherm\"/>\n<title>" +
        title + " – isotherm</title>\n<style>\n" + page_style() + rules + "</style>\n</head>\n<body>\n<header>\n" +
        "<p class=\"mark\"><b>isotherm</b>reproduce</p>\n<h1>" + title +
        "</h1>\n<p class=\"soft\">The claims of TTIC 31230, <i>Fundamentals of Deep Learning</i> (D. McAllester), on "
        "SGD, "
        "its noise and its temperature: each an experiment, with the number that was measured, its standard error, and "
        "how far that is from what is right. Size: --" +
        escaped(all_.at("size").get<std::string>()) + ".</p>\n</header>\n<main>\n" + verdicts() + table() + documents +
        "</main>\n<footer>Made by isotherm from reproduce.json. The experiments are in experiments/, each figure is a "
        "file in figures/.</footer>\n</body>\n</html>\n";
    return std::move(report_);
  }

 private:
  std::string chip(const Json& claim) const {
    const std::string verdict = claim.at("verdict");
    return std::string("<span class=\"chip ") + class_of(verdict) + "\">" + escaped(verdict) + "</span>";
  }

  std::string verdicts() const {
    std::string items;
    for (const auto& [verdict, meaning] : std::vector<std::pair<std::string, std::string>>{
             {"holds", "the lecture's own number agrees with the measurement"},
             {"holds to leading order",
              "it differs by what a finite step leaves, and that was seen to vanish with the step"},
             {"does not hold", "it differs otherwise; the corrected statement agrees"},
             {"failed", "a corrected statement was rejected, or an experiment could not be run"}}) {
      std::string ids;
      std::size_t count = 0;
      for (const Json& claim : all_.at("claims"))
        if (claim.at("verdict") == verdict) {
          ids += (ids.empty() ? "" : ", ") + claim.at("id").get<std::string>();
          ++count;
        }
      if (count > 0)
        items += std::string("<li class=\"") + class_of(verdict) + "\"><b>" + std::to_string(count) + " <span>" +
                 (verdict == "holds" || verdict == "holds to leading order" ? "✓ " : "✗ ") + verdict +
                 "</span></b><small>" + meaning + "<br/>" + escaped(ids) + "</small></li>\n";
    }
    return "<section class=\"verdict\" aria-label=\"Verdicts\">\n<ul class=\"outcomes\">\n" + items +
           "</ul>\n<div class=\"statement\"><p>" + text_of(all_, "summary") + "</p></div>\n</section>\n";
  }

  static double worst_z(const Json& claim) {
    double worst = 0;
    for (const Json& check : claim.at("checks"))
      if (const auto z = number_at(check, "z")) worst = std::max(worst, std::abs(*z));
    return worst;
  }

  std::string table() const {
    std::string rows;
    for (const Json& claim : all_.at("claims")) {
      const bool measured = claim.contains("measured");
      const std::string id = escaped(claim.at("id").get<std::string>());
      rows +=
          "<tr><th scope=\"row\">" + id + "</th><td class=\"left\">" + text_of(claim, "claim") +
          "</td><td class=\"left\">" + (measured ? text_of(claim, "quantity") : "") +
          "</td><td class=\"number\" data-name=\"expected\">" + (measured ? number(claim.at("expected"), 6) : "") +
          "</td><td class=\"number\" data-name=\"measured\">" + (measured ? measured_of(claim) : "") +
          "</td><td class=\"number\" data-name=\"largest |z|\">" +
          (claim.contains("checks") ? escaped(typeset(output::rounded(worst_z(claim), 2))) : "") + "</td><td>" +
          chip(claim) +
          (claim.contains("tested_by") ? " <span class=\"soft\">see " + text_of(claim, "tested_by") + "</span>" : "") +
          "</td></tr>\n";
    }
    return "<h2>All claims</h2>\n<p class=\"soft\">The first number of each; z is its distance from the corrected "
           "statement in standard errors.</p>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
           "aria-label=\"All claims\"><table class=\"claims\">\n<thead><tr><th scope=\"col\">id</th><th scope=\"col\" "
           "class=\"left\">claim</th><th scope=\"col\" class=\"left\">quantity</th><th scope=\"col\">expected</th><th "
           "scope=\"col\">measured</th><th scope=\"col\">largest |z|</th><th "
           "scope=\"col\" class=\"left\">verdict</th></tr></thead>\n<tbody>\n" +
           rows + "</tbody></table></div>\n";
  }

  std::string article(const Json& claim) {
    const std::string id = claim.at("id");
    std::string html = "<article class=\"claim\">\n<h3>" + escaped(id) + " <span class=\"soft\">·</span> " +
                       sentence(text_of(claim, "claim")) + "</h3>\n<p>" + chip(claim);
    if (claim.contains("corrected")) html += " What is right: " + text_of(claim, "corrected") + '.';
    if (claim.contains("finding")) html += " <span class=\"soft\">Measured: " + text_of(claim, "finding") + ".</span>";
    if (claim.contains("failure")) html += " " + text_of(claim, "failure") + '.';
    html += "</p>\n";
    std::string figures;
    if (claim.contains("figures")) {
      std::size_t count = 0;
      for (const Json& data : claim.at("figures")) {
        const Figure drawn = chart(id + '-' + std::to_string(++count), data);
        report_.figures.emplace_back(drawn.name + ".svg", drawn.wide.standalone(drawn.title, drawn.alt));
        figures += "<figure>\n<div class=\"wide\">" + drawn.wide.embedded(drawn.alt) +
                   "</div>\n<div class=\"narrow\">" + drawn.narrow.embedded(drawn.alt) + "</div>\n" +
                   (drawn.caption.empty() ? "" : "<figcaption>" + escaped(drawn.caption) + "</figcaption>\n") +
                   "</figure>\n";
      }
    }
    if (!figures.empty()) html += "<div class=\"grid\">\n" + figures + "</div>\n";
    return html + numbers(claim) + "</article>\n";
  }

  static std::string numbers(const Json& claim) {
    if (!claim.contains("checks")) return "";
    std::string rows;
    const auto add = [&](const Json& check, const std::string& prefix) {
      const auto z = number_at(check, "z");
      rows += "<tr><td class=\"left\">" + prefix + text_of(check, "quantity") + "</td><td>" +
              number(check.at("expected"), 7) + "</td><td>" + measured_of(check) + "</td><td>" +
              (z ? number(*z, 2) : "") + "</td></tr>\n";
    };
    std::size_t count = 0;
    for (const Json& check : claim.at("checks")) {
      add(check, "");
      ++count;
    }
    if (claim.contains("printed"))
      for (const Json& check : claim.at("printed")) add(check, "as printed: ");
    std::string experiments;
    if (claim.contains("experiments"))
      for (const Json& file : claim.at("experiments"))
        experiments +=
            (experiments.empty() ? "" : ", ") + std::string("<code>") + escaped(file.get<std::string>()) + "</code>";
    return "<details><summary>" + std::to_string(count) + (count == 1 ? " number" : " numbers") +
           (experiments.empty() ? "" : ", experiments") +
           "</summary>\n<div class=\"scroll\" role=\"region\" "
           "tabindex=\"0\" aria-label=\"Numbers\"><table>\n<thead><tr><th scope=\"col\" "
           "class=\"left\">quantity</th><th "
           "scope=\"col\">expected</th><th scope=\"col\">measured</th><th "
           "scope=\"col\">z</th></tr></thead>\n<tbody>\n" +
           rows + "</tbody></table></div>\n" +
           (experiments.empty() ? "" : "<p class=\"soft\">" + experiments + "</p>\n") + "</details>\n";
  }

  const Json& all_;
  Report report_;
};

}  // namespace

Report make_reproduction(const Json& reproduction) { return Page(reproduction).make(); }

}  // namespace isotherm::report
