#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/reduce.h>

#include "kernels/reduce.hpp"

namespace isotherm::kernels {

std::uint64_t sum(const std::uint64_t* counts, std::size_t size) {
  const thrust::device_ptr<const std::uint64_t> first(counts);
  return thrust::reduce(thrust::device, first, first + size, std::uint64_t{0});
}

}  // namespace isotherm::kernels
