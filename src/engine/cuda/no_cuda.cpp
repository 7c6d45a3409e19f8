#include "engine/cuda/driver_device.hpp"
#include "engine/shared_device.hpp"
#include "engine/simulation.hpp"

namespace isotherm::engine {

std::unique_ptr<Engine> make_cuda_engine(const Simulation&, int, std::string& why_not) {
  why_not = ISOTHERM_NO_CUDA_REASON;
  return nullptr;
}

std::unique_ptr<SharedDevice> share_cuda_device(int, std::size_t, std::string& why_not) {
  why_not = ISOTHERM_NO_CUDA_REASON;
  return nullptr;
}

}  // namespace isotherm::engine

namespace isotherm::engine::cuda {

std::optional<double> issued_operations_per_second(int) { return std::nullopt; }

}  // namespace isotherm::engine::cuda
