#pragma once
// The tables that stages_simd.cpp compiles, by Highway's number of the target; null where none was compiled.

#include <cstdint>

namespace isotherm::engine::cpu {

template <class real>
struct Stages;

template <class real>
const Stages<real>* simd_stages(std::int64_t target);
template <>
const Stages<float>* simd_stages<float>(std::int64_t target);
template <>
const Stages<double>* simd_stages<double>(std::int64_t target);

}  // namespace isotherm::engine::cpu
