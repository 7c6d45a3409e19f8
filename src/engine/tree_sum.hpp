#pragma once
// Sums in a fixed order: along the aligned binary tree over leaf numbers, whenever and wherever the leaves were made.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "isotherm/core/error.hpp"
#include "isotherm/statistics/moment_sum.hpp"

namespace isotherm::engine {

/// The sum of leaves first ... first + 2^level - 1; `first` is a multiple of 2^level.
template <class T>
struct TreeNode {
  std::uint64_t first = 0;
  unsigned level = 0;
  T sum;
  std::uint64_t size() const { return std::uint64_t{1} << level; }
};

/// Leaves and sums of aligned ranges of leaves come in any order, each leaf once; two subtrees that are the halves of a
/// larger one merge as soon as both are there. So sums of parts, made by whoever in whatever order, add up to the bits
/// that one pass over all leaves gives. `T` has a free function merge(left, right), and a default T is its neutral
/// element. Memory: in order of leaves one node for each bit of their number, and so again for each separate range.
template <class T>
class TreeSum {
 public:
  using Node = TreeNode<T>;

  void add(std::uint64_t leaf, T value) { add(Node{leaf, 0, std::move(value)}); }

  /// Throws RunError where a leaf is there already.
  void add(Node node) {
    while (true) {
      const auto next = std::lower_bound(nodes_.begin(), nodes_.end(), node.first,
                                         [](const Node& other, std::uint64_t first) { return other.first < first; });
      const bool overlaps = (next != nodes_.end() && next->first - node.first < node.size()) ||
                            (next != nodes_.begin() && node.first - std::prev(next)->first < std::prev(next)->size());
      if (overlaps) throw RunError("a block of particles was summed twice");
      if ((node.first >> node.level & 1) != 0) {
        if (next == nodes_.begin()) return place(next, std::move(node));
        const auto left = std::prev(next);
        if (left->level != node.level || left->first + node.size() != node.first) return place(next, std::move(node));
        node.sum = merge(left->sum, node.sum);
        node.first = left->first;
        nodes_.erase(left);
      } else {
        if (next == nodes_.end() || next->level != node.level || next->first != node.first + node.size())
          return place(next, std::move(node));
        node.sum = merge(node.sum, next->sum);
        nodes_.erase(next);
      }
      ++node.level;
    }
  }

  void add(TreeSum other) {
    for (Node& node : other.nodes_) add(std::move(node));
  }

  /// The sum so far: what is not yet part of a larger subtree joins from the right.
  T total() const {
    T sum{};
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) sum = merge(node->sum, sum);
    return sum;
  }

  /// In order of leaves.
  const std::vector<Node>& nodes() const { return nodes_; }

 private:
  void place(typename std::vector<Node>::iterator before, Node node) { nodes_.insert(before, std::move(node)); }

  std::vector<Node> nodes_;
};

}  // namespace isotherm::engine
