#include <algorithm>

#include "loss/draft.hpp"

namespace isotherm::loss {
namespace {

struct Leaf {
  Operand value;
  bool negative;
};

class Gather {
 public:
  explicit Gather(const Draft& draft)
      : draft_(draft),
        uses_(draft.uses()),
        inner_(draft.instructions.size()),
        sums_(draft.instructions.size()),
        fused_(draft.instructions.size()),
        moved_(draft.instructions.size()),
        out_(draft.graph()) {}

  Draft run() {
    flatten();
    choose_products();
    for (std::uint32_t i = 0; i < draft_.instructions.size(); ++i) {
      if (inner_[i] || fused_[i]) continue;
      Instruction instruction = draft_.instructions[i];
      if (!sums_[i].empty()) {
        moved_[i] = chain(sums_[i]);
        continue;
      }
      for (Operand& x : instruction.operands) x = moved(x);
      moved_[i] = out_.op(instruction, draft_.is_rigid(i));
    }
    for (const Operand& x : draft_.results) out_.results.push_back(moved(x));
    return std::move(out_);
  }

 private:
  Operand moved(const Operand& x) const { return is_value(x) ? moved_[x.index] : x; }

  bool is_sum(const Operand& x) const {
    if (!is_value(x) || draft_.is_rigid(x.index)) return false;
    const OpCode code = draft_.instructions[x.index].code;
    return code == OpCode::add || code == OpCode::sub;
  }
  bool is_product(const Operand& x) const {
    return is_value(x) && draft_.instructions[x.index].code == OpCode::mul && !draft_.is_rigid(x.index);
  }

  /// The leaves of every sum that is not itself part of one, in the order in which they were written.
  void flatten() {
    for (auto i = static_cast<std::uint32_t>(draft_.instructions.size()); i-- > 0;) {
      const Operand root{Operand::Kind::value, i};
      if (inner_[i] || !is_sum(root)) continue;
      std::vector<Leaf> pending = {{root, false}};
      while (!pending.empty()) {
        const Leaf leaf = pending.back();
        pending.pop_back();
        const bool open = is_sum(leaf.value) && (leaf.value == root || uses_[leaf.value.index] == 1);
        if (!open) {
          sums_[i].push_back(leaf);
          continue;
        }
        if (leaf.value != root) inner_[leaf.value.index] = true;
        const Instruction& sum = draft_.instructions[leaf.value.index];
        pending.push_back({sum.operands[1], leaf.negative != (sum.code == OpCode::sub)});
        pending.push_back({sum.operands[0], leaf.negative});
      }
    }
  }

  /// A product disappears into the sums that use it if nothing else does, and if each of these sums has something else
  /// to begin with.
  void choose_products() {
    std::vector<std::uint32_t> fusable(draft_.instructions.size());
    for (const std::vector<Leaf>& sum : sums_) {
      const bool has_start = std::ranges::any_of(
          sum, [&](const Leaf& leaf) { return !is_product(leaf.value) || uses_[leaf.value.index] == 1; });
      if (!has_start) continue;
      for (const Leaf& leaf : sum)
        if (is_product(leaf.value)) ++fusable[leaf.value.index];
    }
    for (std::size_t i = 0; i < fusable.size(); ++i) fused_[i] = fusable[i] > 0 && fusable[i] == uses_[i];
  }

  bool is_fused(const Leaf& leaf) const { return is_value(leaf.value) && fused_[leaf.value.index]; }

  Operand multiply_add(OpCode code, const Leaf& product, const Operand& addend) {
    const auto& factors = draft_.instructions[product.value.index].operands;
    return out_.op(code, moved(factors[0]), moved(factors[1]), addend);
  }

  Operand chain(std::vector<Leaf> leaves) {
    add_constants(leaves);
    // Begin with what is no product, so that every product is a fused multiply-add.
    const auto take = [&](auto wanted) {
      const auto found = std::ranges::find_if(leaves, wanted);
      std::vector<Leaf> taken;
      if (found != leaves.end()) {
        taken.push_back(*found);
        leaves.erase(found);
      }
      return taken;
    };
    const auto plain = [&](bool negative) {
      return [this, negative](const Leaf& leaf) { return !is_fused(leaf) && leaf.negative == negative; };
    };
    const auto positive = [](const Leaf& leaf) { return !leaf.negative; };
    const auto single = [&](const Leaf& leaf) { return !leaf.negative && uses_[leaf.value.index] == 1; };
    Operand total;
    if (const auto start = take(plain(false)); !start.empty()) {
      total = moved(start[0].value);
    } else if (std::ranges::any_of(leaves, positive)) {
      // All positive leaves are fused products; of those used twice none may begin, or it would be computed twice.
      const auto subtracted = take(plain(true));
      auto product = subtracted.empty() ? take(single) : take(positive);
      if (product.empty()) product = take(positive);
      total = subtracted.empty() ? multiply_add(OpCode::mul, product[0], {})
                                 : multiply_add(OpCode::fms, product[0], moved(subtracted[0].value));
    } else {
      total = out_.number(0);
    }
    for (const Leaf& leaf : leaves) {
      if (is_fused(leaf))
        total = multiply_add(leaf.negative ? OpCode::fnma : OpCode::fma, leaf, total);
      else
        total = out_.op(leaf.negative ? OpCode::sub : OpCode::add, total, moved(leaf.value));
    }
    return total;
  }

  /// Replaces all constant leaves by their sum.
  void add_constants(std::vector<Leaf>& leaves) {
    Graph& graph = draft_.graph();
    NodeId sum = graph.literal(0);
    for (const Leaf& leaf : leaves)
      if (is_constant(leaf.value))
        sum = leaf.negative ? graph.sub(sum, node_of(leaf.value)) : graph.add(sum, node_of(leaf.value));
    std::erase_if(leaves, [](const Leaf& leaf) { return is_constant(leaf.value); });
    if (!graph.is_literal(sum, 0)) leaves.push_back({Draft::constant(sum), false});
  }

  const Draft& draft_;
  std::vector<std::uint32_t> uses_;
  std::vector<bool> inner_;              ///< sums that are part of another
  std::vector<std::vector<Leaf>> sums_;  ///< leaves of the others
  std::vector<bool> fused_;              ///< products that disappear
  std::vector<Operand> moved_;           ///< where values are in out_
  Draft out_;
};

}  // namespace

Draft gather_sums(const Draft& draft) { return Gather(draft).run(); }

}  // namespace isotherm::loss
