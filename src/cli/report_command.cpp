#include "cli/report_command.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/sweep_journal.hpp"
#include "cli/sweep_page.hpp"
#include "isotherm/core/error.hpp"
#include "report/folder.hpp"
#include "report/reproduction.hpp"

extern char** environ;

namespace isotherm::cli {
namespace {

/// A program that makes PNG of SVG, twice as many pixels for screens and print.
struct Converter {
  const char *program, *package;
  std::vector<std::string> (*words)(const std::string& svg, const std::string& png);
};

const Converter converters[] = {
    {"rsvg-convert", "librsvg2-bin",
     [](const std::string& svg, const std::string& png) {
       return std::vector<std::string>{"--zoom", "2", "--background-color", "white", "--output", png, svg};
     }},
    {"inkscape", "inkscape",
     [](const std::string& svg, const std::string& png) {
       return std::vector<std::string>{"--export-type=png", "--export-dpi=192", "--export-background=white",
                                       "--export-filename=" + png, svg};
     }},
    {"magick", "imagemagick",
     [](const std::string& svg, const std::string& png) {
       return std::vector<std::string>{"-density", "192", "-background", "white", svg, "-flatten", png};
     }},
};

/// False where the program is not there.
bool run_converter(const Converter& converter, const std::filesystem::path& svg) {
  std::filesystem::path png = svg;
  png.replace_extension(".png");
  std::vector<std::string> words = converter.words(svg, png);
  words.insert(words.begin(), converter.program);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int refused = ::posix_spawnp(&process, converter.program, nullptr, nullptr, arguments.data(), environ);
  if (refused == ENOENT) return false;
  int status = 0;
  if (refused == 0)
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
  if (refused != 0 || status != 0)
    throw RunError(std::string(converter.program) + " could not convert " + svg.string());
  return true;
}

/// FILE.svg as FILE.png, each by the first converter that is there.
void convert(const std::vector<std::filesystem::path>& figures) {
  for (const Converter& converter : converters) {
    std::size_t done = 0;
    while (done < figures.size() && run_converter(converter, figures[done])) ++done;
    if (done == figures.size()) return;
  }
  std::string names;
  for (const Converter& converter : converters) names += (names.empty() ? "" : ", ") + std::string(converter.program);
  throw InputError("--png needs a program that converts SVG, and none of " + names +
                   " is on the PATH: install the Debian package " + converters[0].package);
}

/// What the folder of one command holds is known by the file that this command alone writes.
struct Page {
  report::Report report;
  const char* name = "report.html";
};

Page page_of(const std::filesystem::path& folder) {
  std::error_code ignored;
  const auto has = [&](const char* name) { return std::filesystem::exists(folder / name, ignored); };
  if (!has("result.json") && has("reproduce.json"))
    return {report::make_reproduction(report::read_json_file(folder / "reproduce.json", "reproduce again")),
            "reproduce.html"};
  if (!has("result.json") && has("sweep.json"))
    return {
        sweep_page(report::read_json_file(folder / "sweep.json", "sweep again"), SweepJournal::last_request(folder))};
  return {report::make_report(report::read_folder(folder))};
}

}  // namespace

nlohmann::ordered_json add_report(const report::Report& report, output::FileSet& files, const std::string& page) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const auto& [name, svg] : report.figures) {
    names.push_back("figures/" + name);
    files.add("figures/" + name, svg);
  }
  files.add(page, report.html);
  return names;
}

int report_command(const ReportRequest& request) {
  if (request.folders.empty())
    throw InputError("no folder to report on; name the output of a run, for example isotherm report isotherm-output");
  if (request.folders.size() > 1)
    throw InputError("isotherm report takes one folder, for example isotherm report " + request.folders.front());
  const std::filesystem::path path = request.folders.front();
  Page page;
  try {
    page = page_of(path);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(path.string() + ": a JSON file of this folder is not what isotherm writes (" + error.what() +
                     "); run again");
  }
  output::FileSet files(path);
  add_report(page.report, files, page.name);
  files.commit();
  const auto& drawn = page.report.figures;
  if (request.png) {
    std::vector<std::filesystem::path> figures;
    for (const auto& [name, svg] : drawn) figures.push_back(path / "figures" / name);
    convert(figures);
  }
  print("written: " + (path / page.name).string() + ", " + std::to_string(drawn.size()) + " figures" +
        (request.png ? " as SVG and PNG" : "") + '\n');
  return done;
}

}  // namespace isotherm::cli
