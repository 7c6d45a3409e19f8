#pragma once
// The files of examples/lecture, as they were when this was built: the installed program has them with it.

#include <string>
#include <string_view>
#include <vector>

namespace isotherm::batch {

struct LectureFile {
  std::string_view name;  ///< "C09-alpha.toml", "F1.csv"
  std::string_view text;
};

const std::vector<LectureFile>& lecture_files();

}  // namespace isotherm::batch
