#pragma once
// How far a run is: one line on a terminal that rewrites itself, or JSON lines.

#include <ostream>
#include <string>

#include "isotherm/experiment/control.hpp"
#include "output/terminal.hpp"

namespace isotherm::output {

/// "[######      ]  52 %  1.41e+09 particle-steps/s  12 s left  alpha 0.5031 +- 0.0041  R-hat 1.002", no wider than
/// `width`.
std::string progress_line(const Progress& progress, std::size_t width);

/// {"event":"progress","particle_steps":...,"particle_steps_total":...,"seconds":...,"particle_steps_per_second":...,
/// "seconds_left":...,"alpha":...,"alpha_standard_error":...,"r_hat":...}; what is not known is left out.
std::string progress_json(const Progress& progress);

/// A bar on a terminal, at most ten times a second; wiped away at the end.
class ProgressBar {
 public:
  ProgressBar(std::ostream& stream, Terminal terminal) : stream_(stream), terminal_(terminal) {}
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void operator()(const Progress& progress);

 private:
  std::ostream& stream_;
  Terminal terminal_;
  double next_seconds_ = 0;
  bool shown_ = false;
};

/// A JSON line each second, and one when all steps are done.
class ProgressLog {
 public:
  explicit ProgressLog(std::ostream& stream) : stream_(stream) {}
  void operator()(const Progress& progress);

 private:
  std::ostream& stream_;
  double next_seconds_ = 0;
};

}  // namespace isotherm::output
