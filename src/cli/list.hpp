#pragma once
// `isotherm list` and `isotherm info`.

#include <cstddef>
#include <string>
#include <vector>

namespace isotherm::cli {

/// What `isotherm list TOPIC` knows: "losses", "dynamics", ...
const std::vector<std::string>& list_topics();

/// All about the names of a topic; for "" every name of every topic, with a line each.
std::string list_text(const std::string& topic, std::size_t width);

/// Version, build, backends, devices, SIMD targets.
std::string info_text();

}  // namespace isotherm::cli
