#include "report/style.hpp"

#include <array>
#include <utility>

namespace isotherm::report {
namespace {

struct Ink {
  const char *prediction, *title, *light, *dark, *dash;
};

constexpr std::array<Ink, 8> inks = {{
    {"gibbs", "Gibbs", "#c2410c", "#ff9159", "8 4"},
    {"gibbs-fitted", "fitted Gibbs", "#a16207", "#e8b93c", "2 3"},
    {"exact-chain", "exact chain", "#0369a1", "#56b4e9", ""},
    {"modified", "modified", "#047857", "#34d399", "10 3 2 3"},
    {"lyapunov", "Lyapunov", "#9d2f74", "#e59ac8", "5 2"},
    {"ito", "Itô", "#7c5a2e", "#d3a96c", "6 2 1 2"},
    {"fokker-planck", "Fokker–Planck", "#6d28d9", "#b79bff", "1 3"},
    {"ornstein-uhlenbeck", "Ornstein–Uhlenbeck", "#5b6b00", "#b5c53a", "7 2"},
}};

/// Inks of charts, by the prediction whose colour it is.
constexpr std::pair<const char*, const char*> chart_inks[] = {{"blue", "exact-chain"},     {"orange", "gibbs"},
                                                              {"green", "modified"},       {"pink", "lyapunov"},
                                                              {"violet", "fokker-planck"}, {"ochre", "gibbs-fitted"}};

// From early to late; the faintest has a contrast of 3 to the card, as WCAG asks of graphics.
constexpr std::array<const char*, shades> shades_light = {"#6a96c6", "#4d82b8", "#3c71a9",
                                                          "#2c6097", "#1e4f84", "#0b2f58"};
constexpr std::array<const char*, shades> shades_dark = {"#3f6d9b", "#5487ba", "#6698c9",
                                                         "#7fb0dc", "#a6cbea", "#dcecfa"};

struct Colours {
  const char *ink, *soft, *grid, *measured, *area, *good, *bad, *ground, *card, *line, *link, *code;
};

constexpr Colours light = {"#18212f", "#556172", "#e3e8ef", "#334155", "#c9d3e0", "#047857",
                           "#b42318", "#f7f8fa", "#ffffff", "#e1e6ed", "#0b5cad", "#f1f4f8"};
constexpr Colours dark = {"#e7ecf3", "#a3afbf", "#2a3442", "#cbd5e1", "#3c4a5d", "#34d399",
                          "#ff8a7a", "#0e131a", "#161d27", "#2a3442", "#7cb8ff", "#1d2631"};

std::string rule(const std::string& selector, const std::string& body) {
  return ".plot " + selector + '{' + body + "}\n";
}

/// Custom properties of the page, which browsers know.
std::string variables(const Colours& c) {
  return std::string("--ink:") + c.ink + ";--soft:" + c.soft + ";--ground:" + c.ground + ";--card:" + c.card +
         ";--line:" + c.line + ";--link:" + c.link + ";--code:" + c.code + ";--good:" + c.good + ";--bad:" + c.bad +
         ';';
}

constexpr const char* page_rules = R"css(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 32px}
header{padding-top:40px}
.mark{font-size:13px;letter-spacing:.08em;color:var(--soft);text-transform:lowercase;margin:0 0 10px}
.mark b{color:var(--ink);letter-spacing:.02em;font-size:15px;margin-right:.6em}
h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:0 0 8px;overflow-wrap:anywhere}
h1 code{font-size:.86em;font-weight:500;background:none;padding:0}
h2{font-size:20px;line-height:1.3;font-weight:650;letter-spacing:-.01em;margin:56px 0 6px}
h3{font-size:16px;font-weight:600;margin:26px 0 4px}
p{margin:6px 0 10px;max-width:72ch}
.soft{color:var(--soft)}
a{color:var(--link);text-underline-offset:2px}
code,pre{font-family:ui-monospace,"SF Mono","JetBrains Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13.5px}
code{background:var(--code);border-radius:4px;padding:.1em .35em;overflow-wrap:anywhere}
.verdict{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:24px 28px;margin:24px 0 0}
.outcomes{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:10px;margin:0 0 20px;padding:0;list-style:none}
.outcomes li{border:1px solid var(--line);border-radius:10px;padding:8px 13px 9px;min-width:0}
.outcomes b{display:block;font-weight:620}
.outcomes .good b span,.good-text{color:var(--good)}
.outcomes .bad b span,.bad-text{color:var(--bad)}
.outcomes .good{border-color:color-mix(in srgb,var(--good) 45%,var(--line))}
.outcomes .bad{border-color:color-mix(in srgb,var(--bad) 40%,var(--line))}
.outcomes small{display:block;font-size:13px;line-height:1.45;color:var(--soft)}
.statement p{font-size:17px;line-height:1.6;margin:0 0 10px;max-width:80ch}
.statement p:first-child{font-weight:520}
.statement p:last-child{margin-bottom:0}
details{margin-top:14px}
summary{cursor:pointer;color:var(--link);font-size:14.5px}
.scales{display:flex;flex-wrap:wrap;gap:4px 34px;margin:18px 0 0;padding:16px 0 0;border-top:1px solid var(--line)}
.scales div{min-width:0}
dl{margin:0}
dt{font-size:13px;color:var(--soft)}
dd{margin:0;font-size:18px;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(215px,1fr));gap:16px 28px;margin-top:14px}
.facts dd{font-size:16px}
.facts+.between{margin-top:22px}
sub,sup{line-height:0;font-size:max(12px,.75em)}
.grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px;margin-top:14px}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 16px 12px;min-width:0;break-inside:avoid}
figcaption{font-size:13.5px;line-height:1.45;color:var(--soft);margin-top:6px}
figcaption b{color:var(--ink);font-weight:600}
figure svg{display:block;width:100%;max-width:560px;height:auto;margin:0 auto}
.narrow{display:none}
.scroll{overflow-x:auto;margin-top:14px;background:var(--card);border:1px solid var(--line);border-radius:12px}
.scroll:focus-visible{outline:2px solid var(--link)}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:6px 11px;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:13px;vertical-align:bottom}
th:first-child,td:first-child,th.left,td.left{text-align:left}
tbody th{font-weight:500}
tbody tr.gap th,tbody tr.gap td{border-top-width:2px}
ul.notes{margin:10px 0 0;padding-left:1.2em;max-width:80ch;font-size:14.5px;color:var(--soft)}
ul.notes li{margin:3px 0;overflow-wrap:anywhere}
.warning{border-left:3px solid #d97706;padding:2px 0 2px 14px;margin:16px 0;overflow-wrap:anywhere}
pre{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px;overflow-x:auto;line-height:1.5;margin:12px 0;white-space:pre-wrap;overflow-wrap:anywhere}
footer{padding-top:28px;padding-bottom:48px;color:var(--soft);font-size:13.5px}
@media (max-width:1100px){.grid{grid-template-columns:minmax(0,1fr)}}
@media (max-width:560px){
body{font-size:16px}
main,header,footer{padding-left:16px;padding-right:16px}
header{padding-top:24px}
h1{font-size:24px}
h2{margin-top:44px}
.verdict{padding:18px 16px;border-radius:10px}
.statement p{font-size:16px}
.scales{gap:8px 26px}
.outcomes{grid-template-columns:1fr}
.facts{grid-template-columns:repeat(2,minmax(0,1fr));gap:14px 18px}
figure{padding:12px 8px 12px;border-radius:10px}
figcaption{padding:0 6px}
.wide{display:none}
.narrow{display:block}
th,td{padding:7px 10px}
}
@media print{
@page{margin:14mm}
body{font-size:9.5pt;background:#fff}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}
h1{font-size:17pt}
h2{font-size:13pt;break-after:avoid;margin-top:24px}
h3{font-size:10.5pt;break-after:avoid}
.verdict{padding:14px 16px;margin-top:14px}
.outcomes{grid-template-columns:repeat(4,minmax(0,1fr))}
.statement p{font-size:10pt;max-width:none}
.outcomes small,dt,figcaption,footer{font-size:8pt}
dd,.facts dd{font-size:10pt}
.grid{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}
figure{padding:8px}
figure,.verdict,.scroll{border-color:#ccc;background:#fff}
.scroll{overflow:visible}
table,thead th{font-size:7.5pt}
th,td{padding:2px 5px}
thead th{white-space:normal}
tr{break-inside:avoid}
ul.notes,pre,code{font-size:8pt}
.download{display:none}
}
)css";

}  // namespace

std::string figure_style(Paper paper) {
  const Colours& c = paper == Paper::light ? light : dark;
  const auto& ramp = paper == Paper::light ? shades_light : shades_dark;
  const std::string stroke = "stroke:", fill = "fill:";
  std::string text =
      ".plot{font:12.5px Inter,system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif;"
      "font-variant-numeric:tabular-nums}\n";
  text += rule("text", fill + c.soft);
  text += rule("text.strong", fill + c.ink + ";font-weight:600");
  text += rule("text.ink", fill + c.ink);
  text += rule("text.label", fill + c.ink + ";font-style:italic;font-size:13.5px");
  text += rule("text.mid", "text-anchor:middle");
  text += rule("text.end", "text-anchor:end");
  text += rule("path", "fill:none;stroke-linejoin:round");
  text += rule(".axis", stroke + c.soft + ";stroke-width:1");
  text += rule(".grid-line", stroke + c.grid + ";stroke-width:1");
  text += rule(".area", fill + c.area + ";fill-opacity:.55");
  text += rule(".outline", stroke + c.measured + ";stroke-width:1");
  text += rule(".band", fill + c.measured + ";fill-opacity:.45");
  text += rule(".bar", stroke + c.measured + ";stroke-width:1.6");
  text += rule(".dot", fill + c.measured);
  text += rule(".sure", fill + c.good + ";fill-opacity:.13");
  text += rule(".floor", stroke + c.soft + ";stroke-width:2");
  text += rule(".good", fill + c.good);
  text += rule(".cross", stroke + c.bad + ";stroke-width:2.6;stroke-linecap:round");
  text += rule(".open", fill + c.card + ';' + stroke + c.measured + ";stroke-width:1.6");
  text += rule(".theory", "stroke-width:1.8");
  text += rule(".p-other", stroke + c.soft);
  for (const Ink& ink : inks) {
    const std::string colour = paper == Paper::light ? ink.light : ink.dark;
    const std::string dash = *ink.dash == '\0' ? "" : std::string(";stroke-dasharray:") + ink.dash;
    text += rule(std::string(".p-") + ink.prediction, stroke + colour + dash);
    text += rule(std::string(".f-") + ink.prediction, fill + colour);
    text += rule(std::string(".s-") + ink.prediction, stroke + colour + ";stroke-width:1.2");
  }
  text += rule(".p-exact-chain", "stroke-width:2.4");
  text += rule("text.title", fill + c.ink + ";font-weight:600;font-size:14.5px");
  text += rule(".edge", "stroke-width:1.1");
  text += rule(".dashed", "stroke-dasharray:7 4");
  const auto paint = [&](const std::string& name, const std::string& colour) {
    text += rule(".k-" + name, stroke + colour);
    text += rule(".d-" + name, fill + colour);
    text += rule(".a-" + name, fill + colour + ";fill-opacity:.2");
  };
  paint("measured", c.measured);
  for (const auto& [name, prediction] : chart_inks)
    for (const Ink& ink : inks)
      if (prediction == std::string_view(ink.prediction)) paint(name, paper == Paper::light ? ink.light : ink.dark);
  text += rule(".casing", stroke + c.card + ";stroke-opacity:.8;stroke-width:3.6");
  text += rule(paper == Paper::light ? ".on-dark" : ".on-light", "display:none");
  text += rule(paper == Paper::light ? ".on-light" : ".on-dark", "display:inline");
  for (int i = 0; i < shades; ++i) {
    const std::string shade = ramp[static_cast<std::size_t>(i)];
    text += rule(".t" + std::to_string(i), stroke + shade + ";stroke-width:1.8");
    text += rule(".m" + std::to_string(i), fill + shade);
  }
  text += rule(".mark", stroke + c.measured + ";stroke-width:1");
  return text;
}

std::string prediction_class(std::string_view prediction) {
  for (const Ink& ink : inks)
    if (prediction == ink.prediction) return std::string("p-") + ink.prediction;
  return "p-other";
}

std::string prediction_title(std::string_view prediction) {
  for (const Ink& ink : inks)
    if (prediction == ink.prediction) return ink.title;
  return std::string(prediction);
}

std::string page_style() {
  return ":root{color-scheme:light dark;" + variables(light) + "}\n" + figure_style(Paper::light) + page_rules +
         "@media screen and (prefers-color-scheme:dark){\n:root{" + variables(dark) + "}\n" +
         figure_style(Paper::dark) + "}\n";
}

}  // namespace isotherm::report
