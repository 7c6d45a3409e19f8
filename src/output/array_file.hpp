#pragma once
// Arrays that need not fit into memory: NPY files that are written piece by piece, and HDF5 made from them.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "isotherm/experiment/experiment.hpp"

namespace isotherm::output {

/// A NumPy array of known shape on its way: ".NAME.part" in the folder, and FileSet::adopt gives it its name. Pieces
/// may come in any order; each is on the disk when write() returns.
class ArrayFile {
 public:
  /// `take_up`: goes on with a part of the same shape that an earlier run left; InputError if there is none. Otherwise
  /// an earlier part is replaced. Throws RunError with the system's reason.
  ArrayFile(const std::filesystem::path& folder, const std::string& name, Precision precision,
            std::vector<std::uint64_t> shape, bool take_up = false);
  /// Removes the part unless it was kept or renamed.
  ~ArrayFile();
  ArrayFile(const ArrayFile&) = delete;
  ArrayFile& operator=(const ArrayFile&) = delete;

  /// Numbers from the flat place `first` on, rounded to the file's precision (they come from it).
  void write(std::uint64_t first, std::span<const double> values);
  /// Leaves the part where it is, for a later run to take up.
  void keep() { kept_ = true; }

  /// Without opening it.
  static void remove_part(const std::filesystem::path& folder, const std::string& name);

  const std::filesystem::path& part() const { return part_; }
  const std::string& name() const { return name_; }

 private:
  [[noreturn]] void fail() const;

  std::string name_;
  std::filesystem::path part_;
  Precision precision_;
  std::uint64_t header_size_ = 0;
  int descriptor_ = -1;
  bool kept_ = false;
};

/// One axis of an array in HDF5.
struct ArrayAxis {
  std::string name;  ///< "particle", "step", "coordinate"
  std::uint64_t size = 0;
  std::vector<std::uint64_t> values;  ///< of a dimension scale; empty: numbers from 0
  std::vector<std::string> texts;     ///< likewise
};

/// Copies an NPY file of this precision into `path` as the dataset `name`, a piece at a time. Only where has_hdf5().
void copy_to_hdf5(const std::filesystem::path& npy, const std::filesystem::path& path, const std::string& name,
                  Precision precision, const std::vector<ArrayAxis>& axes);

}  // namespace isotherm::output
