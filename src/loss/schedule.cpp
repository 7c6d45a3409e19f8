#include "loss/schedule.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace isotherm::loss {
namespace {

using Order = std::vector<std::uint32_t>;

/// Calls visit(i) for each different instruction whose value this one reads.
template <class Visit>
void for_each_source(const Instruction& instruction, Visit visit) {
  const auto& operands = instruction.operands;
  for (int i = 0; i < arity(instruction.code); ++i) {
    if (operands[i].kind != Operand::Kind::value) continue;
    if (std::find(operands.begin(), operands.begin() + i, operands[i]) == operands.begin() + i)
      visit(operands[i].index);
  }
}

/// Who reads each value; results count as one reader each.
std::vector<std::uint32_t> count_readers(std::span<const Instruction> instructions, std::span<const Operand> results) {
  std::vector<std::uint32_t> readers(instructions.size());
  for (const Instruction& instruction : instructions) for_each_source(instruction, [&](auto s) { ++readers[s]; });
  for (const Operand& result : results)
    if (result.kind == Operand::Kind::value) ++readers[result.index];
  return readers;
}

struct Pressure {
  std::size_t maximum = 0, total = 0;
  auto operator<=>(const Pressure&) const = default;
};

Pressure pressure(std::span<const Instruction> instructions, std::span<const Operand> results, const Order& order) {
  std::vector<std::uint32_t> readers = count_readers(instructions, results);
  Pressure pressure;
  std::size_t live = 0;
  for (const std::uint32_t i : order) {
    for_each_source(instructions[i], [&](auto s) { live -= --readers[s] == 0; });
    ++live;
    pressure.maximum = std::max(pressure.maximum, live);
    pressure.total += live;
  }
  return pressure;
}

/// Depth first from each result, the operand that needs more values first (Sethi and Ullman 1970).
Order depth_first(std::span<const Instruction> instructions, std::span<const Operand> results) {
  std::vector<std::uint32_t> need(instructions.size());
  std::vector<std::vector<std::uint32_t>> sources(instructions.size());
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    for_each_source(instructions[i], [&](auto s) { sources[i].push_back(s); });
    std::ranges::stable_sort(sources[i], [&](auto a, auto b) { return need[a] > need[b]; });
    need[i] = 1;
    for (std::uint32_t k = 0; k < sources[i].size(); ++k) need[i] = std::max(need[i], need[sources[i][k]] + k);
  }
  Order order;
  std::vector<bool> done(instructions.size());
  std::vector<std::pair<std::uint32_t, std::size_t>> stack;  // instruction, next source to visit
  for (const Operand& result : results) {
    if (result.kind == Operand::Kind::value && !done[result.index]) stack.emplace_back(result.index, 0);
    while (!stack.empty()) {
      auto& [i, next] = stack.back();
      if (next < sources[i].size()) {
        const std::uint32_t source = sources[i][next++];
        if (!done[source]) stack.emplace_back(source, 0);
      } else {
        if (!done[i]) order.push_back(i);
        done[i] = true;
        stack.pop_back();
      }
    }
  }
  return order;
}

/// Greedy: of what can be executed, the instruction after which the fewest values are alive; among those, one that
/// completes the operands of a reader soonest; then the newest. Quadratic time, so only for short programs.
Order greedy(std::span<const Instruction> instructions, std::span<const Operand> results, const Order& needed) {
  std::vector<std::uint32_t> readers = count_readers(instructions, results);
  std::vector<std::uint32_t> missing(instructions.size());
  std::vector<std::vector<std::uint32_t>> users(instructions.size());
  Order ready, order;
  for (const std::uint32_t i : needed) {
    for_each_source(instructions[i], [&](auto s) { ++missing[i], users[s].push_back(i); });
    if (missing[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    const auto score = [&](std::size_t position) {
      const std::uint32_t i = ready[position];
      int freed = 0;
      for_each_source(instructions[i], [&](auto s) { freed += readers[s] == 1; });
      std::uint32_t nearest = ~0u;
      for (const std::uint32_t user : users[i]) nearest = std::min(nearest, missing[user]);
      return std::tuple(-freed, nearest, -static_cast<std::ptrdiff_t>(position));
    };
    std::size_t best = 0;
    for (std::size_t k = 1; k < ready.size(); ++k)
      if (score(k) < score(best)) best = k;
    const std::uint32_t i = ready[best];
    ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(best));
    order.push_back(i);
    for_each_source(instructions[i], [&](auto s) { --readers[s]; });
    for (const std::uint32_t user : users[i])
      if (--missing[user] == 0) ready.push_back(user);
  }
  return order;
}

constexpr std::size_t greedy_limit = 2048;

}  // namespace

std::size_t maximum_live_values(std::span<const Instruction> instructions, std::span<const Operand> results) {
  Order order(instructions.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  return pressure(instructions, results, order).maximum;
}

void schedule(std::vector<Instruction>& instructions, std::vector<Operand>& results) {
  Order best = depth_first(instructions, results);
  // What no result needs must not count as a reader below.
  std::vector<Instruction> kept;
  std::vector<std::uint32_t> place(instructions.size());
  const auto renumber = [&](Operand& operand) {
    if (operand.kind == Operand::Kind::value) operand.index = place[operand.index];
  };
  const auto apply = [&](const Order& order) {
    kept.clear();
    for (const std::uint32_t i : order) {
      place[i] = static_cast<std::uint32_t>(kept.size());
      kept.push_back(instructions[i]);
      std::ranges::for_each(kept.back().operands, renumber);
    }
    std::ranges::for_each(results, renumber);
    instructions.swap(kept);
  };
  apply(best);
  if (instructions.size() > greedy_limit) return;
  Order as_is(instructions.size());
  for (std::uint32_t i = 0; i < as_is.size(); ++i) as_is[i] = i;
  best = as_is;
  for (const Order& candidate : {greedy(instructions, results, as_is)})
    if (pressure(instructions, results, candidate) < pressure(instructions, results, best)) best = candidate;
  apply(best);
}

}  // namespace isotherm::loss
