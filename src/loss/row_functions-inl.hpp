// The functions of passes over all examples, over a lane in double. No include guard: included inside the namespace of
// each lane, after the lane's texts.

constexpr std::size_t summed_apart = 8, vectors = summed_apart / W;

#include "loss/apply-inl.hpp"

template <loss::OpCode code>
void operate(const double* const* operands, double* destination) {
  constexpr int count = loss::arity(code);
  for (std::size_t r = 0; r < loss::examples_of_a_row; r += W) {
    F v[4] = {F(0.0), F(0.0), F(0.0), F(0.0)};
#pragma GCC unroll 4
    for (int k = 0; k < count; ++k) v[k] = load(operands[k] + r);
    store(destination + r, apply<code>(v));
  }
}

/// The eight numbers by halving.
inline double halved(const F (&sums)[vectors]) {
  double s[summed_apart];
  for (std::size_t v = 0; v < vectors; ++v) store(s + v * W, sums[v]);
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

inline double dot(const double* left, const double* right) {
  F sums[vectors];
  for (F& sum : sums) sum = F(0.0);
  for (std::size_t r = 0; r < loss::examples_of_a_row; r += summed_apart)
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) sums[v] = mad(load(left + r + v * W), load(right + r + v * W), sums[v]);
  return halved(sums);
}

/// A tile of products at a time, so that a value is loaded once for several; what the tile is does not change a sum.
template <std::size_t tall, std::size_t wide>
void tile(const double* const* left, const double* const* right, std::size_t count, double* sums) {
  F sum[tall][wide][vectors];
  for (auto& row : sum)
    for (auto& entry : row)
      for (F& s : entry) s = F(0.0);
  for (std::size_t r = 0; r < loss::examples_of_a_row; r += summed_apart)
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      F b[wide];
#pragma GCC unroll 4
      for (std::size_t j = 0; j < wide; ++j) b[j] = load(right[j] + r + v * W);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < tall; ++i) {
        const F a = load(left[i] + r + v * W);
#pragma GCC unroll 4
        for (std::size_t j = 0; j < wide; ++j) sum[i][j][v] = mad(a, b[j], sum[i][j][v]);
      }
    }
  for (std::size_t i = 0; i < tall; ++i)
    for (std::size_t j = 0; j < wide; ++j) sums[i * count + j] += halved(sum[i][j]);
}

inline void products(const double* const* left, const double* const* right, std::size_t count, double* sums) {
  constexpr std::size_t tall = W == 8 ? 4 : 2, wide = W == 8 ? 4 : 2;
  std::size_t i = 0;
  for (; i + tall <= count; i += tall) {
    std::size_t j = 0;
    // Tiles on the diagonal also fill entries above it, which nobody reads.
    for (; j < i + tall; j += wide) tile<tall, wide>(left + i, right + j, count, sums + i * count + j);
  }
  for (; i < count; ++i)
    for (std::size_t j = 0; j <= i; ++j) sums[i * count + j] += dot(left[i], right[j]);
}

inline loss::RowFunctions make_row_functions(const char* target) {
  loss::RowFunctions table{target, {}, dot, products};
#define ISOTHERM_ENTRY(name, arity) \
  table.operations[static_cast<std::size_t>(loss::OpCode::name)] = operate<loss::OpCode::name>;
  ISOTHERM_OPCODES(ISOTHERM_ENTRY)
#undef ISOTHERM_ENTRY
  return table;
}
