#include <array>

#include "dynamics/dynamics.hpp"
#include "loss/parser.hpp"

namespace isotherm::dynamics {

// One line here and one file beside this make a dynamics.
Descriptor sgd();
Descriptor langevin();
Descriptor gradient_flow();

std::span<const Descriptor> registry() {
  static const std::array all = {
      sgd(),
      langevin(),
      gradient_flow(),
  };
  return all;
}

const Descriptor& find(const std::string& name) {
  std::vector<std::string> names;
  for (const Descriptor& descriptor : registry()) {
    if (descriptor.name == name) return descriptor;
    names.push_back(descriptor.name);
  }
  const std::string near = loss::nearest(name, names);
  std::string all;
  for (const std::string& known : names) all += (all.empty() ? "" : ", ") + known;
  throw InputError("--dynamics: unknown dynamics '" + name + "'" +
                   (near.empty() ? "" : "; did you mean '" + near + "'?") + " There are " + all);
}

}  // namespace isotherm::dynamics
