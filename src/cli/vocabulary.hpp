#pragma once
// Names that options take and `isotherm list` shows, where no room below keeps a registry of them.

#include <string>
#include <vector>

namespace isotherm::cli {

struct Word {
  std::string name, description;
};

const std::vector<Word>& predictions();
const std::vector<Word>& formats();

std::vector<std::string> names(const std::vector<Word>& words);

}  // namespace isotherm::cli
