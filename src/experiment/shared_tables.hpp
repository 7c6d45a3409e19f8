#pragma once
// Data that many plans use.

namespace isotherm {

/// While one lives, plans that use the same columns of the same file, unchanged since, share one table in memory, which
/// was read once: that of the four files, or choices of columns, that were used last. Plans may be made by several
/// threads.
class SharedTables {
 public:
  SharedTables();
  ~SharedTables();
  SharedTables(const SharedTables&) = delete;
  SharedTables& operator=(const SharedTables&) = delete;
};

}  // namespace isotherm
