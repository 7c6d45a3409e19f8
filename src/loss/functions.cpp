#include "loss/functions.hpp"

#include <algorithm>

namespace isotherm::loss {
namespace {

constexpr FunctionName table[] = {
    {"abs", Operation::abs, 1, false},   {"sqrt", Operation::sqrt, 1, false},   {"exp", Operation::exp, 1, false},
    {"log", Operation::log, 1, false},   {"sin", Operation::sin, 1, false},     {"cos", Operation::cos, 1, false},
    {"tan", Operation::tan, 1, false},   {"tanh", Operation::tanh, 1, false},   {"cosh", Operation::cosh, 1, false},
    {"sinh", Operation::sinh, 1, false}, {"log1p", Operation::log1p, 1, false}, {"expm1", Operation::expm1, 1, false},
    {"min", Operation::min, 2, true},    {"max", Operation::max, 2, true},      {"sum", Operation::add, 4, false},
};

struct Advice {
  const char* name;
  const char* text;
};

constexpr Advice advice[] = {
    {"ln", "the natural logarithm is log(x)"}, {"log2", "write log(x)/log(2)"},
    {"log10", "write log(x)/log(10)"},         {"pow", "a power is written x^2"},
    {"sqr", "a square is written x^2"},        {"square", "a square is written x^2"},
    {"cbrt", "for positive x write x^(1/3)"},
};

}  // namespace

std::span<const FunctionName> functions() { return table; }

const FunctionName* find_function(const std::string& name) {
  const auto* const found = std::ranges::find(table, name, [](const FunctionName& f) { return std::string(f.name); });
  return found == std::end(table) ? nullptr : found;
}

std::string function_advice(const std::string& name) {
  const auto* const found = std::ranges::find(advice, name, [](const Advice& a) { return std::string(a.name); });
  return found == std::end(advice) ? "" : found->text;
}

}  // namespace isotherm::loss
