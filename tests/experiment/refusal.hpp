#pragma once
// What the tests of refused experiments share.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "experiment/plan.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::test {

using Change = std::function<void(Experiment&)>;

/// The message must hold every one of these texts, in its first line, and start with the first.
inline void expect_refusal(Experiment experiment, const Change& change, const std::vector<std::string>& says) {
  EXPECT_NO_THROW(make_plan(experiment)) << "the change alone must be what is refused";
  change(experiment);
  try {
    make_plan(experiment);
    FAIL() << "not refused: " << says.front();
  } catch (const InputError& error) {
    const std::string message = error.what(), line = message.substr(0, message.find('\n'));
    EXPECT_EQ(line.find(says.front()), 0u) << line;
    for (const std::string& text : says) EXPECT_NE(line.find(text), std::string::npos) << line << " lacks " << text;
  }
}

}  // namespace isotherm::test
