#include <curand_kernel.h>
#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/functional.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cuda/error.h>
#include <thrust/system_error.h>
#include <thrust/transform.h>

#include <cub/device/device_histogram.cuh>

#include "kernels/textbook.hpp"

namespace isotherm::kernels {
namespace {

using Generator = curandStatePhilox4_32_10_t;

void check(cudaError_t error) {
  if (error != cudaSuccess) throw thrust::system_error(error, thrust::cuda_category());
}

struct Seed {
  unsigned long long seed;
  __device__ Generator operator()(std::size_t particle) const {
    Generator generator;
    curand_init(seed, particle, 0, &generator);
    return generator;
  }
};

struct Step {
  float eta, sigma;
  Generator* generators;
  __device__ float operator()(std::size_t particle, float x) const {
    Generator generator = generators[particle];
    const float gradient = x * x * x - x;
    const float next = x - eta * (gradient + sigma * curand_normal(&generator));
    generators[particle] = generator;
    return next;
  }
};

class Stopwatch {
 public:
  Stopwatch() {
    check(cudaEventCreate(&begin_));
    check(cudaEventCreate(&end_));
    check(cudaEventRecord(begin_));
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }
  double seconds() {
    float milliseconds = 0;
    check(cudaEventRecord(end_));
    check(cudaEventSynchronize(end_));
    check(cudaEventElapsedTime(&milliseconds, begin_, end_));
    return milliseconds / 1e3;
  }

 private:
  cudaEvent_t begin_, end_;
};

}  // namespace

TextbookResult run_textbook(const TextbookRequest& request) {
  const thrust::counting_iterator<std::size_t> particle(0);
  const std::size_t n = request.particles;
  thrust::device_vector<float> x(n, 0.f);
  thrust::device_vector<Generator> generators(n);
  thrust::transform(particle, particle + n, generators.begin(), Seed{request.seed});

  thrust::device_vector<unsigned> sample(request.bins);
  thrust::device_vector<std::uint64_t> counts(request.bins);
  const float* values = thrust::raw_pointer_cast(x.data());
  unsigned* bins = thrust::raw_pointer_cast(sample.data());
  const auto histogram = [&](void* scratch, std::size_t& bytes) {
    check(cub::DeviceHistogram::HistogramEven(scratch, bytes, values, bins, request.bins + 1, request.lower,
                                              request.upper, static_cast<std::int64_t>(n)));
  };
  std::size_t scratch_bytes = 0;
  histogram(nullptr, scratch_bytes);
  thrust::device_vector<unsigned char> scratch(scratch_bytes);

  const Step step{request.eta, request.sigma, thrust::raw_pointer_cast(generators.data())};
  Stopwatch stopwatch;
  for (std::size_t i = 1; i <= request.steps; ++i) {
    thrust::transform(particle, particle + n, x.begin(), x.begin(), step);
    if (i % request.thinning == 0) {
      histogram(thrust::raw_pointer_cast(scratch.data()), scratch_bytes);
      thrust::transform(sample.begin(), sample.end(), counts.begin(), counts.begin(), thrust::plus<std::uint64_t>());
    }
  }
  TextbookResult result;
  result.seconds = stopwatch.seconds();
  result.counts.resize(request.bins);
  thrust::copy(counts.begin(), counts.end(), result.counts.begin());
  return result;
}

}  // namespace isotherm::kernels
