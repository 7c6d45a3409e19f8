#pragma once
// Files that a test writes, and the message of an InputError.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "isotherm/core/error.hpp"

namespace isotherm::data {

class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = (std::filesystem::temp_directory_path() / "isotherm-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) const {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::filesystem::path folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

/// What is said of wrong input; "" if nothing. A message is one line.
template <class Function>
std::string message_of(Function&& function) {
  try {
    function();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string_view(error.what()).find_first_of("\n\r"), std::string_view::npos) << error.what();
    return error.what();
  }
  return "";
}

}  // namespace isotherm::data
