#include "output/progress.hpp"

#include <algorithm>
#include <cmath>

#include "output/number.hpp"

namespace isotherm::output {
namespace {

/// Of this process.
double rate(const Progress& progress) {
  const std::uint64_t done = progress.particle_steps_done - progress.particle_steps_before;
  return progress.seconds > 0 ? static_cast<double>(done) / progress.seconds : 0;
}

double fraction(const Progress& progress) {
  if (progress.particle_steps_total == 0) return 0;
  return std::min(
      static_cast<double>(progress.particle_steps_done) / static_cast<double>(progress.particle_steps_total), 1.0);
}

}  // namespace

std::string progress_line(const Progress& progress, std::size_t width) {
  const double done = fraction(progress);
  const double speed = rate(progress);
  const double steps_left =
      static_cast<double>(progress.particle_steps_total) - static_cast<double>(progress.particle_steps_done);
  const double left = speed > 0 ? std::max(steps_left, 0.0) / speed : -1;
  std::string percent = std::to_string(static_cast<int>(done * 100)) + " %";
  percent.insert(0, 5 - percent.size(), ' ');
  std::string text = percent + "  " + rounded(rate(progress), 3) + " particle-steps/s";
  if (left >= 0) text += "  " + duration(left) + " left";
  if (progress.alpha)
    text += "  alpha " + rounded(*progress.alpha, 4) +
            (progress.alpha_standard_error ? " +- " + rounded(*progress.alpha_standard_error, 2) : "");
  if (progress.r_hat) text += "  R-hat " + rounded(*progress.r_hat, 4);
  constexpr std::size_t frame = 3;  // brackets and a space
  if (text.size() + frame + 10 <= width) {
    const std::size_t length = std::min<std::size_t>(width - text.size() - frame, 40);
    const auto filled = static_cast<std::size_t>(done * static_cast<double>(length));
    text = '[' + std::string(filled, '#') + std::string(length - filled, ' ') + "] " + text;
  }
  return text.substr(0, width);
}

std::string progress_json(const Progress& progress) {
  const double speed = rate(progress);
  const auto number = [](const char* name, double value) {
    return std::isfinite(value) ? ",\"" + std::string(name) + "\":" + shortest(value) : std::string();
  };
  const auto perhaps = [&](const char* name, const std::optional<double>& value) {
    return value ? number(name, *value) : std::string();
  };
  const std::uint64_t left =
      progress.particle_steps_total - std::min(progress.particle_steps_total, progress.particle_steps_done);
  return "{\"event\":\"progress\",\"particle_steps\":" + std::to_string(progress.particle_steps_done) +
         ",\"particle_steps_total\":" + std::to_string(progress.particle_steps_total) +
         number("seconds", progress.seconds) + number("particle_steps_per_second", speed) +
         (speed > 0 ? number("seconds_left", static_cast<double>(left) / speed) : "") +
         perhaps("alpha", progress.alpha) + perhaps("alpha_standard_error", progress.alpha_standard_error) +
         perhaps("r_hat", progress.r_hat) + "}";
}

void ProgressBar::operator()(const Progress& progress) {
  if (progress.seconds < next_seconds_) return;
  next_seconds_ = progress.seconds + 0.1;
  // One column less than the width, so that the cursor never wraps to a new line.
  stream_ << '\r' << progress_line(progress, terminal_.width - 1) << "\033[K" << std::flush;
  shown_ = true;
}

ProgressBar::~ProgressBar() {
  if (shown_) stream_ << "\r\033[K" << std::flush;
}

void ProgressLog::operator()(const Progress& progress) {
  const bool finished = progress.particle_steps_done >= progress.particle_steps_total;
  if (progress.seconds < next_seconds_ && !finished) return;
  next_seconds_ = progress.seconds + 1;
  stream_ << progress_json(progress) << '\n' << std::flush;
}

}  // namespace isotherm::output
