#pragma once
// The streams that issue.cpp times: one table for each SIMD target and precision, from issue_streams.cpp.

#include <cstddef>
#include <cstdint>

#include "bench/operations.hpp"

namespace isotherm::bench {

struct IssueStreams {
  int lanes;
  std::size_t calls;  ///< operations of a round; one of kind `select` is two instructions, a comparison and a blend
  using Stream = void (*)(std::size_t rounds);
  Stream streams[kind_count][kind_count];  ///< operations of two kinds in turn, or all of one
  Stream mixed;                            ///< multiply-add, logic, add and integer add in turn
};

/// By Highway's number of the target; null where none was compiled.
const IssueStreams* issue_streams(std::int64_t target, bool twofold);

}  // namespace isotherm::bench
