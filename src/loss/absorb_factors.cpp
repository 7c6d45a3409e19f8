#include "loss/draft.hpp"

namespace isotherm::loss {
namespace {

class Absorb {
 public:
  explicit Absorb(Draft& draft) : draft_(draft), uses_(draft.uses()), scalable_(draft.instructions.size()) {
    for (std::uint32_t i = 0; i < scalable_.size(); ++i)
      scalable_[i] = uses_[i] == 1 && !draft.is_rigid(i) && can_scale(draft.instructions[i]);
  }

  void run() {
    std::vector<Operand> replaced(scalable_.size());
    for (auto i = static_cast<std::uint32_t>(scalable_.size()); i-- > 0;) {
      replaced[i] = {Operand::Kind::value, i};
      const Instruction product = draft_.instructions[i];
      if (product.code != OpCode::mul || !is_constant(product.operands[0]) || !is_scalable(product.operands[1]))
        continue;
      scale(product.operands[1].index, node_of(product.operands[0]));
      replaced[i] = product.operands[1];
    }
    // A replacement is an older value, which may be replaced in turn.
    const auto follow = [&](Operand& x) {
      while (is_value(x) && replaced[x.index] != x) x = replaced[x.index];
    };
    for (Instruction& instruction : draft_.instructions)
      for (Operand& x : instruction.operands) follow(x);
    for (Operand& x : draft_.results) follow(x);
  }

 private:
  bool is_scalable(const Operand& x) const { return is_value(x) && scalable_[x.index]; }
  bool is_free(const Operand& x) const { return is_constant(x) || is_scalable(x); }

  /// Whether multiplying the value by a constant costs nothing.
  bool can_scale(const Instruction& instruction) const {
    const auto& [a, b, c, d] = instruction.operands;
    switch (instruction.code) {
      case OpCode::mul:
        return is_free(a) || is_free(b);
      case OpCode::div:
        return is_free(a);
      case OpCode::add:
        return is_constant(a) || is_constant(b) || (is_free(a) && is_free(b));
      case OpCode::sub:
        return is_constant(a) || (is_free(a) && is_free(b));
      case OpCode::fma:
      case OpCode::fms:
      case OpCode::fnma:
        return (is_free(a) || is_free(b)) && is_free(c);
      case OpCode::less_select:
        return is_free(c) && is_free(d);
      default:
        return false;
    }
  }

  void scale(std::uint32_t root, NodeId factor) {
    std::vector<std::uint32_t> pending = {root};
    const auto apply = [&](Operand& x) {
      if (is_constant(x))
        x = Draft::constant(draft_.graph().mul(factor, node_of(x)));
      else
        pending.push_back(x.index);
    };
    while (!pending.empty()) {
      Instruction& instruction = draft_.instructions[pending.back()];
      pending.pop_back();
      auto& [a, b, c, d] = instruction.operands;
      switch (instruction.code) {
        case OpCode::add:
        case OpCode::sub:
          if (is_constant(a)) {
            scale_shifted(instruction, b, factor, a);
          } else if (is_constant(b) && instruction.code == OpCode::add) {
            scale_shifted(instruction, a, factor, b);
          } else {
            apply(a);
            apply(b);
          }
          break;
        case OpCode::mul:
          apply(is_free(a) ? a : b);
          break;
        case OpCode::div:
          apply(a);
          break;
        case OpCode::less_select:
          apply(c);
          apply(d);
          break;
        default:
          apply(is_free(a) ? a : b);
          apply(c);
      }
    }
  }

  /// f*(k + x) = f*x + f*k and f*(k - x) = f*k - f*x, each one instruction, whatever x is.
  void scale_shifted(Instruction& instruction, Operand x, NodeId factor, Operand shift) const {
    Graph& graph = draft_.graph();
    const NodeId slope = instruction.code == OpCode::sub ? graph.neg(factor) : factor;
    const NodeId scaled = graph.mul(factor, node_of(shift));
    instruction = {OpCode::fma, {Draft::constant(slope), x, Draft::constant(scaled), {}}};
  }

  Draft& draft_;
  std::vector<std::uint32_t> uses_;
  std::vector<bool> scalable_;  ///< used once, and can_scale
};

}  // namespace

void absorb_factors(Draft& draft) { Absorb(draft).run(); }

}  // namespace isotherm::loss
