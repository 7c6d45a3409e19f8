#include <array>

#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"
#include "noise/noise.hpp"

namespace isotherm::noise {

// One line here and one file beside this make a law.
Law gaussian();
Law rademacher();
Law uniform();
Law laplace();
Law student_t();
Law two_point();
Law none();

std::span<const Law> registry() {
  // clang-format off
  static const std::array all = {
      gaussian(),
      rademacher(),
      uniform(),
      laplace(),
      student_t(),
      two_point(),
      none(),
  };
  // clang-format on
  return all;
}

Choice parse(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  std::vector<std::string> names;
  for (const Law& law : registry()) {
    names.push_back(law.name);
    if (law.name != name) continue;
    if (!law.check) {
      if (colon != std::string::npos)
        throw InputError("--noise: " + name + " takes no parameter; write --noise " + law.example);
      return {&law, 0};
    }
    const std::string usage = "; write " + name + ":" + law.parameter + ", for example --noise " + law.example;
    if (colon == std::string::npos) throw InputError("--noise: " + name + " needs " + law.parameter + usage);
    double parameter = 0;
    try {
      parameter = loss::parse_number(text.substr(colon + 1), "--noise");
    } catch (const InputError&) {
      throw InputError("--noise: '" + text.substr(colon + 1) + "' is not a number" + usage);
    }
    if (const std::string wrong = law.check(parameter); !wrong.empty()) throw InputError("--noise: " + wrong + usage);
    return {&law, parameter};
  }
  const std::string near = loss::nearest(name, names);
  std::string all;
  for (const std::string& known : names) all += (all.empty() ? "" : ", ") + known;
  throw InputError("--noise: unknown law '" + name + "'" + (near.empty() ? "." : "; did you mean '" + near + "'?") +
                   " There are " + all);
}

}  // namespace isotherm::noise
