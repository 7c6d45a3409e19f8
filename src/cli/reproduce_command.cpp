#include "cli/reproduce_command.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "batch/lecture_files.hpp"
#include "batch/reproduce.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_file.hpp"
#include "cli/interrupt.hpp"
#include "cli/report_command.hpp"
#include "cli/sweep.hpp"
#include "cli/toml_values.hpp"
#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"
#include "output/files.hpp"
#include "output/number.hpp"
#include "output/terminal.hpp"
#include "output/text_table.hpp"
#include "report/reproduction.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using Align = output::TextTable::Align;

constexpr int standard_output = 1, standard_error = 2;
constexpr std::uint64_t full_factor = 16;  ///< of particles, for --full

std::vector<const batch::Claim*> chosen(const std::vector<std::string>& ids) {
  std::vector<const batch::Claim*> claims;
  std::vector<std::string> known;
  for (const batch::Claim& claim : batch::claims()) {
    known.push_back(claim.id);
    if (ids.empty() || std::find(ids.begin(), ids.end(), claim.id) != ids.end()) claims.push_back(&claim);
  }
  for (const std::string& id : ids)
    if (std::find(known.begin(), known.end(), id) == known.end()) {
      const std::string near = loss::nearest(id, known);
      throw InputError(
          "reproduce: there is no claim " + id +
          (near.empty() ? "; claims are C01 to C35, F1 to F5 and T1 to T7" : "; did you mean " + near + "?"));
    }
  return claims;
}

/// Writes the experiments of the lecture to a folder, and reads them from there.
class Experiments {
 public:
  Experiments(std::filesystem::path folder, bool full) : folder_(std::move(folder)), full_(full) {
    std::filesystem::create_directories(folder_);
    for (const batch::LectureFile& file : batch::lecture_files()) {
      std::ofstream stream(folder_ / file.name, std::ios::binary);
      stream << file.text;
      if (!stream.flush())
        throw InputError("--output: " + (folder_ / file.name).string() + " cannot be written; choose another folder");
    }
  }

  std::vector<Experiment> operator()(const std::string& name) const {
    const std::string path = (folder_ / (name + ".toml")).string();
    std::vector<Experiment> points;
    SweepRequest request{path, read_text_file(path), {}};
    if (request.text.find("\n[sweep]") != std::string::npos ||
        request.text.find("\n[[sweep.point]]") != std::string::npos) {
      const Sweep sweep(request);
      for (std::size_t i = 0; i < sweep.size(); ++i) points.push_back(sweep.point(i));
    } else {
      read_experiment_text(request.text, path, points.emplace_back());
    }
    for (Experiment& point : points) {
      if (!point.data.empty()) point.data = (folder_ / point.data).string();
      // Where there is no noise one block says it all.
      if (full_ && point.particles > 256) point.particles *= full_factor;
    }
    return points;
  }

 private:
  std::filesystem::path folder_;
  bool full_;
};

Json check_json(const batch::Check& check) {
  Json json = {{"quantity", check.what},
               {"expected", check.expected},
               {"measured", check.measured.value},
               {"standard_error", check.standard_error()}};
  // Without noise a standard error is a rounding bound, which can be 0.
  if (check.standard_error() > 0) json["z"] = check.z();
  return json;
}

/// Five digits are more than a drawing shows.
double short_of(double value) { return std::strtod(output::rounded(value, 5).c_str(), nullptr); }

Json short_list(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::isfinite(value) ? Json(short_of(value)) : Json());
  return list;
}

Json figure_json(const batch::Figure& figure) {
  static constexpr const char* kinds[] = {"curve", "points", "histogram"};
  static constexpr const char* inks[] = {"measured", "blue", "orange", "green", "pink", "violet", "ochre"};
  Json json = {{"title", figure.title}, {"x", figure.x}};
  if (figure.rows.empty()) json["y"] = figure.y;
  if (figure.logarithmic_x) json["log_x"] = true;
  if (figure.logarithmic_y) json["log_y"] = true;
  for (const batch::Series& series : figure.series) {
    Json entry = {{"name", series.name},
                  {"kind", kinds[static_cast<std::size_t>(series.kind)]},
                  {"ink", inks[static_cast<std::size_t>(series.ink)]},
                  {"x", short_list(series.x)},
                  {"y", short_list(series.y)}};
    if (series.dashed) entry["dashed"] = true;
    if (!series.bar.empty()) entry["bar"] = short_list(series.bar);
    json["series"].push_back(std::move(entry));
  }
  if (!figure.rows.empty()) json["expected"] = figure.expected;
  for (const batch::FigureRow& row : figure.rows) {
    Json entry = {
        {"name", row.name}, {"measured", row.measured.value}, {"standard_error", row.measured.standard_error}};
    if (row.expected) entry["expected"] = *row.expected;
    if (row.printed) entry["printed"] = *row.printed;
    json["rows"].push_back(std::move(entry));
  }
  return json;
}

Json claim_json(const batch::ClaimResult& result) {
  const batch::Claim& claim = *result.claim;
  Json json = {{"id", claim.id}, {"document", claim.document}, {"claim", claim.statement}};
  if (!claim.corrected.empty()) json["corrected"] = claim.corrected;
  if (!claim.see.empty()) json["tested_by"] = claim.see;
  if (const batch::Check* headline = result.headline()) json.update(check_json(*headline));
  json["verdict"] = in_words(result.verdict);
  if (!result.findings.instead.empty()) json["finding"] = result.findings.instead;
  if (!result.failure.empty()) json["failure"] = result.failure;
  for (const auto& [key, checks] :
       {std::pair{"checks", &result.findings.corrected}, {"printed", &result.findings.printed}})
    for (const batch::Check& check : *checks) json[key].push_back(check_json(check));
  for (const batch::Figure& figure : result.findings.figures) json["figures"].push_back(figure_json(figure));
  if (!claim.files.empty()) {
    for (const std::string& file : claim.files) json["experiments"].push_back(file + ".toml");
    json["particle_steps"] = result.particle_steps;
  }
  return json;
}

std::string table(const std::vector<batch::ClaimResult>& results, const output::Terminal& terminal) {
  output::TextTable table;
  table.column("id");
  table.column("claim", Align::left, 3);
  table.column("quantity", Align::left, 2);
  table.column("expected", Align::right, 1);
  table.column("measured", Align::right);
  table.column("largest |z|", Align::right);
  table.column("verdict");
  for (const batch::ClaimResult& result : results) {
    const batch::Check* headline = result.headline();
    double worst = 0;
    for (const batch::Check& check : result.findings.corrected) worst = std::max(worst, std::abs(check.z()));
    table.row({result.claim->id, result.claim->statement, headline != nullptr ? headline->what : "",
               headline != nullptr ? output::rounded(headline->expected, 6) : "",
               headline != nullptr ? output::with_error(headline->measured.value, headline->standard_error()) : "",
               headline != nullptr ? output::rounded(worst, 2) : "",
               result.claim->see.empty() ? in_words(result.verdict)
                                         : in_words(result.verdict) + " (see " + result.claim->see + ")"});
  }
  std::string text = table.text(terminal.width, terminal.colour ? "1" : "");
  text += '\n';
  for (const batch::ClaimResult& result : results) {
    if (!result.failure.empty())
      text += output::wrapped(result.claim->id + ": " + result.failure, terminal.width) + '\n';
    if (result.verdict != batch::ClaimVerdict::failed) continue;
    for (const batch::Check& check : result.findings.corrected)
      if (!check.agrees())
        text += output::wrapped(result.claim->id + ": " + check.what + " is " +
                                    output::with_error(check.measured.value, check.standard_error()) + ", expected " +
                                    output::rounded(check.expected, 6) + ", z = " + output::rounded(check.z(), 2),
                                terminal.width) +
                '\n';
  }
  return text + output::wrapped(batch::summary(results), terminal.width) + '\n';
}

}  // namespace

int reproduce_command(const ReproduceOptions& options) {
  const std::vector<const batch::Claim*> claims = chosen(options.ids);
  const output::OutputFolder folder(options.output, "--output");
  const Experiments experiments(std::filesystem::path(options.output) / "experiments", options.full);
  InterruptGuard interrupt;
  const bool shown = !options.quiet && output::terminal_of(standard_error).interactive;
  batch::ReproduceRequest request{
      .claims = claims, .load = experiments, .threads = options.threads, .stop = &interrupt.flag(), .progress = {}};
  if (shown)
    request.progress = [](std::size_t finished, std::size_t points) {
      std::cerr << "\r" << finished << " of " << points << " runs\033[K" << std::flush;
    };
  std::vector<batch::ClaimResult> results;
  try {
    results = batch::reproduce(request);
  } catch (const Stopped&) {
    if (shown) std::cerr << "\r\033[K";
    complain("stopped by signal " + std::to_string(interrupt.signal()) + "; nothing was judged");
    return signal_base + interrupt.signal();
  }
  if (shown) std::cerr << "\r\033[K" << std::flush;

  Json json = {
      {"schema", "isotherm-reproduction/1"}, {"size", options.full ? "full" : "quick"}, {"claims", Json::array()}};
  for (const batch::ClaimResult& result : results) json["claims"].push_back(claim_json(result));
  json["summary"] = batch::summary(results);
  const std::string text = json.dump(1) + '\n';
  output::FileSet files(options.output);
  files.add("reproduce.json", text);
  add_report(report::make_reproduction(json), files, "reproduce.html");
  files.commit();
  if (options.json)
    print(text);
  else if (!options.quiet)
    print(table(results, output::terminal_of(standard_output)));
  if (!options.quiet && !options.json)
    std::cerr << "written: " << options.output << "/reproduce.json, experiments/, and to look at: " << options.output
              << "/reproduce.html\n";
  return std::any_of(results.begin(), results.end(),
                     [](const batch::ClaimResult& result) { return result.verdict == batch::ClaimVerdict::failed; })
             ? failed
             : done;
}

}  // namespace isotherm::cli
