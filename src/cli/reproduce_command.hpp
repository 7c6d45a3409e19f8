#pragma once
// `isotherm reproduce`.

#include <cstdint>
#include <string>
#include <vector>

namespace isotherm::cli {

struct ReproduceOptions {
  std::vector<std::string> ids;  ///< of claims; empty: all
  bool full = false;             ///< --full: 16 times the particles
  bool json = false;
  bool quiet = false;
  std::uint64_t threads = 0;
  std::string output = "isotherm-reproduce";
};

/// Writes OUTPUT/reproduce.json, reproduce.html with figures/, and the experiments that were run, experiments/. Returns
/// the exit status: 1 if a claim failed. InputError for an unknown id.
int reproduce_command(const ReproduceOptions& options);

}  // namespace isotherm::cli
