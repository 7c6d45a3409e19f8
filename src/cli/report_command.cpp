#include "cli/report_command.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/toml_values.hpp"
#include "isotherm/core/error.hpp"
#include "report/reproduction.hpp"

extern char** environ;

namespace isotherm::cli {
namespace {

constexpr const char* converter = "rsvg-convert";

/// FILE.svg as FILE.png, twice as many pixels for screens and print.
void convert(const std::filesystem::path& svg) {
  std::filesystem::path png = svg;
  png.replace_extension(".png");
  std::vector<std::string> words = {converter, "--zoom", "2", "--background-color", "white", "--output", png, svg};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int refused = ::posix_spawnp(&process, converter, nullptr, nullptr, arguments.data(), environ);
  if (refused == ENOENT)
    throw InputError("--png needs rsvg-convert, which is not on the PATH: install the Debian package librsvg2-bin");
  int status = 0;
  if (refused == 0)
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
  if (refused != 0 || status != 0) throw RunError("rsvg-convert could not convert " + svg.string());
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
  report::Report made;
  const bool reproduction =
      !std::filesystem::exists(path / "result.json") && std::filesystem::exists(path / "reproduce.json");
  try {
    made = reproduction
               ? report::make_reproduction(report::Json::parse(read_text_file((path / "reproduce.json").string())))
               : report::make_report(report::read_folder(path));
  } catch (const nlohmann::json::exception& error) {
    throw InputError(path.string() + ": a JSON file of this folder is not what isotherm writes (" + error.what() +
                     "); run again");
  }
  const char* const page = reproduction ? "reproduce.html" : "report.html";
  output::FileSet files(path);
  add_report(made, files, page);
  files.commit();
  if (request.png)
    for (const auto& [name, svg] : made.figures) convert(path / "figures" / name);
  print("written: " + (path / page).string() + ", " + std::to_string(made.figures.size()) + " figures" +
        (request.png ? " as SVG and PNG" : "") + '\n');
  return done;
}

}  // namespace isotherm::cli
