#include "cli/report_command.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/sweep_journal.hpp"
#include "cli/sweep_page.hpp"
#include "isotherm/core/error.hpp"
#include "report/extrapolation_page.hpp"
#include "report/folder.hpp"
#include "report/reproduction.hpp"

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

/// What a program that ended so says of itself.
std::string ending(int status) {
  return WIFSIGNALED(status) ? "ended by signal " + std::to_string(WTERMSIG(status))
                             : "exit status " + std::to_string(WEXITSTATUS(status));
}

/// False where the program is not there. RunError where it is and makes no PNG.
bool run_converter(const Converter& converter, const std::filesystem::path& svg) {
  std::filesystem::path png = svg;
  png.replace_extension(".png");
  std::vector<std::string> words = converter.words(svg, png);
  words.insert(words.begin(), converter.program);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::error_code ignored;
  std::filesystem::remove(png, ignored);
  pid_t process = 0;
  const int refused = ::posix_spawnp(&process, converter.program, nullptr, nullptr, arguments.data(), environ);
  if (refused == ENOENT) return false;
  const std::string what = "--png: " + std::string(converter.program);
  if (refused != 0) throw RunError(what + " cannot be run: " + std::strerror(refused));
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
  if (status != 0) throw RunError(what + " could not convert " + svg.string() + " (" + ending(status) + ")");
  if (!std::filesystem::exists(png, ignored)) throw RunError(what + " left no " + png.string());
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

/// What the folder of one command holds is known by the file that this command alone writes; of several commands the
/// last counts.
struct Page {
  report::Report report;
  const char* name = "report.html";
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) throw InputError(path.string() + ": cannot be read");
  return text.str();
}

/// The newest of the files that are there; result.json where none is.
std::string newest_of(const std::filesystem::path& folder, std::initializer_list<const char*> names) {
  std::string found = "result.json";
  std::filesystem::file_time_type latest = std::filesystem::file_time_type::min();
  for (const char* name : names) {
    std::error_code missing;
    const auto time = std::filesystem::last_write_time(folder / name, missing);
    if (missing || time <= latest) continue;
    latest = time;
    found = name;
  }
  return found;
}

Page page_of(const std::filesystem::path& folder) {
  const std::string file = newest_of(folder, {"result.json", "reproduce.json", "sweep.json", "extrapolation.json"});
  if (file == "reproduce.json")
    return {report::make_reproduction(report::read_json_file(folder / file, "reproduce again")), "reproduce.html"};
  if (file == "sweep.json")
    return {sweep_page(report::read_json_file(folder / file, "sweep again"), SweepJournal::last_request(folder))};
  if (file == "extrapolation.json")
    return {report::make_extrapolation_report(report::read_json_file(folder / file, "extrapolate again"),
                                              text_of(folder / "experiment.toml"))};
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
  print("written: " + (path / page.name).string() + ", " + std::to_string(drawn.size()) +
        (drawn.size() == 1 ? " figure" : " figures") + (request.png ? " as SVG and PNG" : "") + '\n');
  return done;
}

}  // namespace isotherm::cli
