#pragma once
// Words to a command. No physics.

#include <string>
#include <vector>

#include "cli/report_command.hpp"
#include "cli/reproduce_command.hpp"
#include "cli/run_command.hpp"
#include "cli/sweep.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm::cli {

enum class Command { show, run, resume, predict, extrapolate, sweep, report, reproduce, list, bench, info };

struct CommandLine {
  Command command = Command::show;
  std::string text;       ///< of `show`: help or version, ending with a line feed
  Experiment experiment;  ///< of run, predict and extrapolate; of bench the options that it has
  SweepRequest sweep;     ///< of sweep
  ReportRequest report;   ///< of report
  ReproduceOptions reproduce;
  ResumeRequest resume;  ///< of resume
  bool quick = false;    ///< of bench
  std::string cases;     ///< of bench: those with this in their names; "" for all
  std::string topic;     ///< of list; "" for everything
};

/// `arguments` without the program's name. Options on the command line win over those of the experiment file. Throws
/// InputError.
CommandLine parse_command_line(const std::vector<std::string>& arguments, std::size_t width);

}  // namespace isotherm::cli
