// Checkpoints, as they are and with a first line that is right: up to its first line feed the input is the header's
// JSON, what follows is the state of the run below. A state that is accepted is written to the same bytes.

#include "output/checkpoint.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string>

#include "experiment/measurer.hpp"
#include "fuzz/target.hpp"

namespace isotherm {
namespace {

Experiment small_run() {
  Experiment experiment;
  experiment.loss = "x^2/2 + y^2";
  experiment.dynamics = "momentum";
  experiment.mu = 0.5;
  experiment.eta = {0.1};
  experiment.backend = Backend::cpu;
  experiment.particles = 300;  // two blocks, one of them not full
  experiment.burn_in = 2;
  experiment.steps = 6;
  experiment.snapshots = {5};
  experiment.histogram = {{{"x", 8, -1.0, 1.0, false}}, {{"ema(x^2,5)", 4, 0.0, 1.0, false}}};
  return experiment;
}

/// With so few bins that most of the state's bytes are numbers which are checked.
Plan small_plan() {
  Plan plan = make_plan(small_run());
  for (Axis& axis : plan.snapshot.fine_axes) axis.bins = 4;
  return plan;
}

struct Run {
  Plan plan = small_plan();
  Measurer measurer{plan, 1};
};

const Run& run() {
  static const Run run;
  return run;
}

/// With sizes and checksum that are right.
std::string checkpoint(const std::string& content, std::size_t header_size) {
  std::array<char, 64> sizes{};
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
  std::snprintf(sizes.data(), sizes.size(), "isotherm-checkpoint/1 %012zu %016zu %08lx\n", header_size,
                content.size() - header_size, sum);
  return sizes.data() + content;
}

/// RunErrors say why a checkpoint cannot be used.
template <class Function>
void accept_refusals(Function&& function) {
  try {
    fuzz::accept_input_errors(function);
  } catch (const RunError&) {
  }
}

void read_state(std::span<const std::byte> bytes) {
  MeasurementState state = run().measurer.nothing();
  from_bytes(bytes, state, run().plan.simulation);
  const std::vector<std::byte> again = to_bytes(state);
  fuzz::require(std::ranges::equal(bytes, again));
  state.add(run().measurer.nothing());
  run().measurer.finish(state);
}

}  // namespace
}  // namespace isotherm

int isotherm::fuzz::target(const std::uint8_t* bytes, std::size_t size) {
  using namespace isotherm;
  const std::string content = fuzz::text(bytes, size);
  accept_refusals([&] { output::parse_checkpoint(content); });
  const std::size_t feed = content.find('\n'), header_size = feed == std::string::npos ? content.size() : feed + 1;
  accept_refusals([&] { output::parse_checkpoint(checkpoint(content, header_size)); });
  accept_refusals([&] { read_state(std::as_bytes(std::span(content)).subspan(header_size)); });
  return 0;
}
