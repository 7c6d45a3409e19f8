#pragma once
// What the targets have in common. A target is a function of bytes: libFuzzer's program (program.cpp) calls it with
// inputs that it makes (README.md), test_fuzz_NAME (replay.cpp) with those of corpus/NAME.

#include <cstddef>
#include <cstdint>
#include <string>

#include "isotherm/core/error.hpp"

namespace isotherm::fuzz {

/// Each NAME.cpp defines it; the value is what libFuzzer expects, 0.
int target(const std::uint8_t* bytes, std::size_t size);

inline std::string text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Wrong input may be refused; any other exception leaves the target, and is a defect.
template <class Function>
int accept_input_errors(Function&& function) {
  try {
    function();
  } catch (const InputError&) {
  }
  return 0;
}

/// For what must hold of input that was accepted: ends the program where it does not.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace isotherm::fuzz
