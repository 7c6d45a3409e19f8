#pragma once
// Examples as users give them: a file of rows.

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace isotherm::test {

/// A file in the folder of temporary files that lives as long as this object. Two at a time need different names, and
/// so do two programs.
class ExampleFile {
 public:
  ExampleFile(const std::string& name, const std::string& text) : path_(testing::TempDir() + "isotherm_" + name) {
    std::ofstream(path_) << text;
  }
  ExampleFile(const ExampleFile&) = delete;
  ExampleFile& operator=(const ExampleFile&) = delete;
  ~ExampleFile() { std::remove(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// With every digit of a double.
inline std::string exact(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace isotherm::test
