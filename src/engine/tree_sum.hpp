#pragma once
// Sums in a fixed order: along the aligned binary tree over leaf numbers, however many leaves arrive at a time.

#include <cstdint>
#include <vector>

#include "isotherm/statistics/moment_sum.hpp"

namespace isotherm::engine {

/// Leaves come in order, 0, 1, 2, ...; two subtrees of equal size merge as soon as both are complete, as a binary
/// counter carries. `T` has a free function merge(left, right), and a default T is its neutral element.
template <class T>
class TreeSum {
 public:
  void push(T leaf) {
    for (std::uint64_t carry = count_; carry & 1; carry >>= 1) {
      leaf = merge(subtrees_.back(), leaf);
      subtrees_.pop_back();
    }
    subtrees_.push_back(std::move(leaf));
    ++count_;
  }

  /// The sum so far: incomplete subtrees join from the right.
  T total() const {
    T sum{};
    for (auto subtree = subtrees_.rbegin(); subtree != subtrees_.rend(); ++subtree) sum = merge(*subtree, sum);
    return sum;
  }

 private:
  std::uint64_t count_ = 0;
  std::vector<T> subtrees_;  ///< one for each bit of count_, largest first
};

}  // namespace isotherm::engine
