#include "cli/commands.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/bench_report.hpp"
#include "cli/command_line.hpp"
#include "cli/dry_run.hpp"
#include "cli/experiment_file.hpp"
#include "cli/extrapolation_report.hpp"
#include "cli/interrupt.hpp"
#include "cli/list.hpp"
#include "cli/options.hpp"
#include "cli/position_files.hpp"
#include "cli/report_command.hpp"
#include "cli/reproduce_command.hpp"
#include "cli/run_command.hpp"
#include "cli/sweep_command.hpp"
#include "experiment/run.hpp"
#include "output/checkpoint.hpp"
#include "output/files.hpp"
#include "output/histogram_files.hpp"
#include "output/progress.hpp"
#include "output/result_json.hpp"
#include "output/result_table.hpp"
#include "output/terminal.hpp"
#include "report/extrapolation_page.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int standard_output = 1, standard_error = 2;

int predict_command(const Experiment& experiment) {
  require_loss(experiment, "predict");
  const Plan plan = make_plan(experiment, true);
  const std::vector<theory::Prediction> predictions = predict(plan);
  const std::optional<gradient_noise::GradientNoise> noise = measure_gradient_noise(plan);
  if (experiment.json) {
    print(output::predictions_json(predictions, noise).dump(1) + '\n');
  } else if (!experiment.quiet) {
    print(output::predictions_table(predictions, output::terminal_of(standard_output), noise));
  }
  return done;
}

int extrapolate_command(const Experiment& experiment) {
  require_loss(experiment, "extrapolate");
  refuse_positions(experiment, "extrapolate");
  const output::OutputFolder folder(experiment.output, "--output");
  InterruptGuard interrupt;
  Control control{&interrupt.flag(), progress_display(experiment)};
  try {
    const batch::Extrapolation result = batch::extrapolate(experiment, control);
    const Json json = extrapolation_json(result, experiment);
    const std::string toml = experiment_toml(experiment);
    output::FileSet files(experiment.output);
    files.add("experiment.toml", toml);
    files.add("extrapolation.csv", extrapolation_csv(result));
    add_report(report::make_extrapolation_report(json, toml), files);
    files.add("extrapolation.json", json.dump(1) + '\n');
    files.commit();
    if (experiment.json) {
      print(json.dump(1) + '\n');
    } else if (!experiment.quiet) {
      print(extrapolation_table(result, output::terminal_of(standard_output)));
      std::cerr << "written: " << experiment.output << "/extrapolation.json, and to look at: " << experiment.output
                << "/report.html\n";
    }
  } catch (const Stopped&) {
    control.on_progress = nullptr;  // wipes the progress bar
    complain("stopped by signal " + std::to_string(interrupt.signal()));
    return signal_base + interrupt.signal();
  }
  return done;
}

int bench_command(const CommandLine& line) {
  InterruptGuard interrupt;
  const char* target = std::getenv("ISOTHERM_SIMD");
  const std::string simd = target == nullptr ? "" : target;
  const int threads = static_cast<int>(line.experiment.threads);
  const bench::CaseRequest cases{
      line.experiment.precision,
      threads,
      line.quick,
      line.cases,
      simd,
      line.quick ? bench::Effort{0.03, 3, &interrupt.flag()} : bench::Effort{0.5, 5, &interrupt.flag()}};
  const bench::SpeedRequest parts{
      line.experiment.precision, threads, simd,
      line.quick ? bench::Effort{0.002, 3, &interrupt.flag()} : bench::Effort{0.02, 7, &interrupt.flag()}};
  const bool show = output::terminal_of(standard_error).interactive;
  const auto clear_line = [&] {
    if (show) std::cerr << "\r\033[K" << std::flush;
  };
  try {
    const auto announce = [&](const std::string& name) {
      clear_line();
      if (show) std::cerr << "measuring " << name << std::flush;
    };
    const bench::CaseReport measured = bench::measure_cases(cases, announce);
    std::optional<bench::SpeedReport> speed;  // what was asked for by name is not a rule or a part
    if (line.cases.empty()) speed = bench::measure_speed(parts, announce);
    clear_line();
    const output::Terminal terminal = output::terminal_of(standard_output);
    print(line.experiment.json ? bench_json(measured, speed).dump(1) + '\n' : bench_text(measured, speed, terminal));
  } catch (const Stopped&) {
    clear_line();
    complain("stopped by signal " + std::to_string(interrupt.signal()));
    return signal_base + interrupt.signal();
  }
  return done;
}

int dispatch(const CommandLine& line) {
  switch (line.command) {
    case Command::run:
      return run_command(line.experiment);
    case Command::resume:
      // Checkpoints are of a run, wherever it was done.
      if (!output::has_checkpoints(line.resume.folder))
        if (const std::optional<int> status = resume_sweep(line.resume)) return *status;
      return resume_command(line.resume);
    case Command::predict:
      return predict_command(line.experiment);
    case Command::extrapolate:
      return extrapolate_command(line.experiment);
    case Command::sweep:
      return sweep_command(line.sweep);
    case Command::report:
      return report_command(line.report);
    case Command::reproduce:
      return reproduce_command(line.reproduce);
    case Command::list:
      print(list_text(line.topic, output::terminal_of(standard_output).width));
      return done;
    case Command::bench:
      return bench_command(line);
    case Command::info:
      print(info_text());
      return done;
    case Command::show:
      break;
  }
  print(line.text);
  return done;
}

}  // namespace

void complain(const std::string& message) { std::cerr << "isotherm: " << message << '\n'; }

void print(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) throw RunError("could not write to standard output");
}

Json write_result(const Plan& plan, const Result& result, bool with_report, PositionFiles* positions) {
  const Experiment& experiment = result.experiment;
  const std::vector<const Histogram*> histograms = output::all_histograms(result.measurement);
  const auto wanted = [&](const char* format) {
    return std::find(experiment.format.begin(), experiment.format.end(), format) != experiment.format.end();
  };
  output::FileSet files(experiment.output);
  Json names = {{"result", "result.json"}, {"experiment", "experiment.toml"}, {"predictions", "predictions.json"}};
  const std::string toml = experiment_toml(experiment);
  const std::string predictions = output::predictions_json(result.predictions, result.gradient_noise).dump() + '\n';
  files.add("experiment.toml", toml);
  files.add("predictions.json", predictions);
  const bool json_wanted = wanted("json");
  const std::string histograms_json = json_wanted || with_report ? output::uhi_json(histograms).dump() + '\n' : "";
  if (json_wanted) {
    files.add("histograms.json", histograms_json);
    names["histograms"] = "histograms.json";
  }
  if (wanted("npz")) {
    files.add("histograms.npz", output::uhi_zip(histograms));
    names["npz"] = "histograms.npz";
  }
  if (wanted("hdf5")) {
    files.add("histograms.h5", output::uhi_hdf5(histograms, result.predictions));
    names["hdf5"] = "histograms.h5";
  }
  if (wanted("csv")) {
    const std::vector<std::string> csv_names = output::csv_names(histograms);
    for (std::size_t i = 0; i < histograms.size(); ++i) {
      files.add(csv_names[i], output::csv(*histograms[i], result.predictions));
    }
    names["csv"] = csv_names;
  }
  if (positions != nullptr) positions->add_to(files, names);
  Json json = output::result_json(result, experiment_json(experiment), names, plan.family.get());
  if (with_report) {
    std::optional<report::Report> page;
    try {
      // Through text, as `isotherm report` reads it later: the same page, to the byte.
      page =
          report::make_report({Json::parse(json.dump()), Json::parse(histograms_json), Json::parse(predictions), toml});
    } catch (const std::exception& error) {  // a page must not cost a result
      complain("warning: report.html could not be made (" + std::string(error.what()) +
               "); this is a defect of isotherm, please report it");
    }
    if (page) {
      json["files"]["report"] = "report.html";
      json["files"]["figures"] = add_report(*page, files);
    }
  }
  // Last, so that a folder with this result.json has all the files that it names.
  files.add("result.json", json.dump(1) + '\n');
  files.commit();
  return json;
}

int execute(const std::vector<std::string>& arguments) {
  try {
    return dispatch(parse_command_line(arguments, output::terminal_of(standard_output).width));
  } catch (const InputError& error) {
    complain(error.what());
    return wrong_input;
  } catch (const std::bad_alloc&) {
    complain("out of memory; try a smaller --chunk, fewer bins in --histogram, or fewer --snapshots");
    return failed;
  } catch (const std::exception& error) {
    complain(error.what());
    return failed;
  }
}

}  // namespace isotherm::cli
