#include <curand_kernel.h>
#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/fill.h>
#include <thrust/functional.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/system/cuda/error.h>
#include <thrust/system_error.h>
#include <thrust/tabulate.h>
#include <thrust/transform.h>

#include <cmath>
#include <cstdint>
#include <cub/device/device_histogram.cuh>

#include "kernels/textbook.hpp"

namespace isotherm::kernels {
namespace {

using Generator = curandStatePhilox4_32_10_t;
using Index = unsigned long long;

void check(cudaError_t error) {
  if (error != cudaSuccess) throw thrust::system_error(error, thrust::cuda_category());
}

struct Start {
  __device__ float operator()(Index particle) const { return particle % 2 == 0 ? -1.f : 1.f; }
};

struct Seed {
  unsigned long long seed;
  __device__ Generator operator()(Index particle) const {
    Generator generator;
    curand_init(seed, particle, 0, &generator);
    return generator;
  }
};

struct Rule {
  float eta, sigma;
  __device__ float operator()(float x, float xi) const { return x - eta * (x * x * x - x + sigma * xi); }
};

struct StepWithState {
  Rule rule;
  Generator* generators;
  __device__ float operator()(Index particle, float x) const {
    Generator generator = generators[particle];
    const float next = rule(x, curand_normal(&generator));
    generators[particle] = generator;
    return next;
  }
};

struct StepWithCounter {
  Rule rule;
  unsigned long long seed, step;
  __device__ float operator()(Index particle, float x) const {
    Generator generator;
    curand_init(seed, particle, 4 * step, &generator);  // four words of one Philox block, of which two are read
    return rule(x, curand_normal(&generator));
  }
};

struct Held {
  float least, greatest;
  __device__ float operator()(float value) const { return fminf(fmaxf(value, least), greatest); }
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

struct Textbook::Impl {
  TextbookProblem problem;
  TextbookGenerator generator;
  std::size_t step = 0;
  thrust::device_vector<float> x;
  thrust::device_vector<Generator> generators;
  thrust::device_vector<unsigned> sample;        // of one histogram
  thrust::device_vector<std::uint64_t> counts;   // of all
  thrust::device_vector<unsigned char> scratch;  // of CUB

  Impl(const TextbookProblem& p, TextbookGenerator g)
      : problem(p), generator(g), x(p.particles), sample(p.bins + 2), counts(p.bins + 2) {
    thrust::tabulate(x.begin(), x.end(), Start{});
    if (generator == TextbookGenerator::state) {
      generators.resize(p.particles);
      thrust::tabulate(generators.begin(), generators.end(), Seed{p.seed});
    }
    std::size_t bytes = 0;
    histogram(nullptr, bytes);
    scratch.resize(bytes);
  }

  /// Equal bins as wide as the problem's, one more at each side; CUB leaves out what is beyond, so values are held
  /// there.
  void histogram(void* storage, std::size_t& bytes) {
    const float width = (problem.upper - problem.lower) / static_cast<float>(problem.bins);
    const float lower = problem.lower - width, upper = problem.upper + width;
    const Held held{lower, std::nextafter(upper, lower)};
    check(cub::DeviceHistogram::HistogramEven(storage, bytes, thrust::make_transform_iterator(x.begin(), held),
                                              thrust::raw_pointer_cast(sample.data()), problem.bins + 3, lower, upper,
                                              static_cast<std::int64_t>(x.size())));
  }

  void advance() {
    const thrust::counting_iterator<Index> particle(0);
    const Rule rule{problem.eta, problem.sigma};
    if (generator == TextbookGenerator::state) {
      thrust::transform(particle, particle + x.size(), x.begin(), x.begin(),
                        StepWithState{rule, thrust::raw_pointer_cast(generators.data())});
    } else {
      thrust::transform(particle, particle + x.size(), x.begin(), x.begin(), StepWithCounter{rule, problem.seed, step});
    }
    ++step;
  }

  void count() {
    std::size_t bytes = scratch.size();
    histogram(thrust::raw_pointer_cast(scratch.data()), bytes);
    thrust::transform(sample.begin(), sample.end(), counts.begin(), counts.begin(), thrust::plus<std::uint64_t>());
  }
};

Textbook::Textbook(const TextbookProblem& problem, TextbookGenerator generator)
    : impl_(std::make_unique<Impl>(problem, generator)) {}

Textbook::~Textbook() = default;

double Textbook::advance(std::size_t steps) {
  Stopwatch stopwatch;
  for (std::size_t i = 1; i <= steps; ++i) {
    impl_->advance();
    if (i % impl_->problem.every == 0) impl_->count();
  }
  return stopwatch.seconds();
}

void Textbook::clear_counts() { thrust::fill(impl_->counts.begin(), impl_->counts.end(), std::uint64_t{0}); }

std::vector<std::uint64_t> Textbook::counts() const {
  std::vector<std::uint64_t> counts(impl_->counts.size());
  thrust::copy(impl_->counts.begin(), impl_->counts.end(), counts.begin());
  return counts;
}

std::vector<float> Textbook::positions() const {
  std::vector<float> positions(impl_->x.size());
  thrust::copy(impl_->x.begin(), impl_->x.end(), positions.begin());
  return positions;
}

}  // namespace isotherm::kernels
