#pragma once
// What was measured on, with what, and when.

#include <cstdint>
#include <string>

namespace isotherm::bench {

struct Machine {
  std::string cpu;                                                        ///< as the system knows it
  int cores = 1;                                                          ///< that this process may use
  std::uint64_t level_1_bytes = 0, level_2_bytes = 0, level_3_bytes = 0;  ///< data caches; 0: not known
  std::string compiler;                                                   ///< "GNU 12.2.0, Release"
  std::string version, commit;                                            ///< commit: of the build; "" if not known
  std::string date;                                                       ///< "2026-01-31T12:00:00Z"
};

Machine this_machine();

}  // namespace isotherm::bench
