#include <array>

#include "dynamics/dynamics.hpp"
#include "loss/parser.hpp"

namespace isotherm::dynamics {

// One line here and one file beside this make a dynamics.
Descriptor sgd();
Descriptor momentum();
Descriptor nesterov();
Descriptor rmsprop();
Descriptor adam();
Descriptor statistical_rate();
Descriptor mcallester();
Descriptor langevin();
Descriptor leimkuhler_matthews();
Descriptor heun();
Descriptor underdamped();
Descriptor mala();
Descriptor gradient_flow();

std::span<const Descriptor> registry() {
  static const std::array all = {
      sgd(),           momentum(),    nesterov(),
      rmsprop(),       adam(),        statistical_rate(),
      mcallester(),    langevin(),    leimkuhler_matthews(),
      heun(),          underdamped(), mala(),
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

double Options::number(const std::string& name, std::size_t c) const {
  const auto found = numbers.find(name);
  if (found == numbers.end() || found->second.empty()) return 0;
  return found->second.size() == 1 ? found->second.front() : found->second.at(c);
}

std::size_t Descriptor::state_rows(std::size_t dimension) const {
  std::size_t count = dimension;
  for (const Row& row : rows) count += row.shared ? 1 : dimension;
  return count;
}

std::size_t Descriptor::row_of(std::size_t quantity, std::size_t c, std::size_t dimension) const {
  std::size_t first = 0;
  for (std::size_t q = 0; q < quantity; ++q) first += q == 0 || !rows[q - 1].shared ? dimension : 1;
  return first + c;
}

}  // namespace isotherm::dynamics
