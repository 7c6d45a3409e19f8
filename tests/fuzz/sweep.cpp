// Experiment files with [sweep]: every value of every point is checked when the sweep is read; the first and the last
// point are made.

#include "cli/sweep.hpp"

#include <string>

#include "fuzz/target.hpp"

namespace isotherm {
namespace {

void check(const std::string& text) {
  const cli::Sweep sweep({"sweep.toml", text, {}});
  fuzz::require(sweep.size() > 0);
  sweep.point(0);
  sweep.point(sweep.size() - 1);
}

}  // namespace
}  // namespace isotherm

int isotherm::fuzz::target(const std::uint8_t* bytes, std::size_t size) {
  return isotherm::fuzz::accept_input_errors([&] { isotherm::check(isotherm::fuzz::text(bytes, size)); });
}
