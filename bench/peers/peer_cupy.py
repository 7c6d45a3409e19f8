import os
import pathlib

import cupy
import numpy as np

import problem

# One thread for each particle, which stays in a register for all steps; cuRAND's Philox, four normals at a time; a histogram in
# shared memory for each block of threads, added to the one in memory at the end.
RAW = r"""
#include <curand_kernel.h>

extern "C" __global__ void advance(float* positions, unsigned long long* histogram, unsigned long long particles,
                                   unsigned long long seed, unsigned long long first, int steps, int every) {
  __shared__ unsigned counts[CELLS];
  for (int cell = threadIdx.x; cell < CELLS; cell += blockDim.x) counts[cell] = 0;
  __syncthreads();
  const unsigned long long particle = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x;
  if (particle < particles) {
    curandStatePhilox4_32_10_t generator;
    curand_init(seed, particle, first, &generator);
    float x = positions[particle];
    float4 noise;
    int since = 0;
    for (int step = 0; step < steps; step += 4) {
      noise = curand_normal4(&generator);
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        if (step + k < steps) {
          x = x * (GROWTH - ETA * x * x) - KICK * (k == 0 ? noise.x : k == 1 ? noise.y : k == 2 ? noise.z : noise.w);
          if (++since == every) {
            since = 0;
            const float cell = (x - LOWER) * PER_UNIT + 1.f;
            atomicAdd(&counts[(int)fminf(fmaxf(cell, 0.f), CELLS - 1.f)], 1u);
          }
        }
      }
    }
    positions[particle] = x;
  }
  __syncthreads();
  for (int cell = threadIdx.x; cell < CELLS; cell += blockDim.x)
    if (counts[cell] != 0) atomicAdd(&histogram[cell], (unsigned long long)counts[cell]);
}
"""


def include_folders():
    """Folders that hold curand_kernel.h and the CCCL headers that it needs: the toolkit's, or those of NVIDIA's wheels."""
    roots = [pathlib.Path(os.environ.get("CUDA_PATH", "/usr/local/cuda")) / "include"]
    roots += sorted(pathlib.Path(cupy.__file__).parent.parent.glob("nvidia/*/include"))
    return [f"-I{folder}" for root in roots for folder in (root, root / "cccl") if folder.is_dir()]


def defines():
    values = {"GROWTH": problem.GROWTH, "ETA": problem.ETA, "KICK": problem.KICK, "LOWER": problem.LOWER, "PER_UNIT": problem.PER_UNIT}
    return [f"-D{name}=({float(value)!r}f)" for name, value in values.items()] + [f"-DCELLS={problem.CELLS}"]


class CuPy:
    """CuPy: a raw kernel that does all steps in one launch ("raw"), or arrays: a Generator with cuRAND's Philox, an
    ElementwiseKernel for the step, bincount for the histogram ("array").

    https://docs.cupy.dev/en/stable/user_guide/kernel.html, .../user_guide/performance.html, .../reference/random.html
    """

    variants = ("raw", "array")
    THREADS = 256
    STEPS = 2000  # of one launch

    def __init__(self, options):
        self.every, self.seed = options.every, options.seed
        self.x = cupy.asarray(problem.start(options.particles))
        self.done = 0
        if options.variant == "raw":
            self.module = cupy.RawModule(code=RAW, options=("--use_fast_math", *include_folders(), *defines()))
            self.kernel = self.module.get_function("advance")
            self.advance_some = self.advance_raw
        else:
            self.generator = cupy.random.Generator(cupy.random.Philox4x3210(options.seed))
            self.step = cupy.ElementwiseKernel(
                "float32 noise", "float32 x", f"x = x * ({problem.GROWTH}f - {problem.ETA}f * x * x) - {problem.KICK}f * noise", "step")
            self.cell = cupy.ElementwiseKernel(
                "float32 x", "int32 cell",
                f"cell = (int)fminf(fmaxf((x - ({problem.LOWER}f)) * {problem.PER_UNIT}f + 1.f, 0.f), {problem.CELLS - 1}.f)", "cell")
            self.noise, self.cells = cupy.empty_like(self.x), cupy.empty(self.x.size, np.int32)
            self.advance_some = self.advance_array
        self.clear()

    def clear(self):
        self.histogram = cupy.zeros(problem.CELLS, np.uint64)

    def advance(self, steps):
        self.advance_some(steps)
        cupy.cuda.get_current_stream().synchronize()

    def advance_raw(self, steps):
        blocks = -(-self.x.size // self.THREADS)
        launch = max(self.STEPS // self.every, 1) * self.every
        for first in range(0, steps, launch):
            some = min(launch, steps - first)
            self.kernel((blocks,), (self.THREADS,),
                        (self.x, self.histogram, np.uint64(self.x.size), np.uint64(self.seed), np.uint64(self.done),
                         np.int32(some), np.int32(self.every)))
            self.done += -(-some // 4) * 4  # each curand_normal4 takes one block of four numbers

    def advance_array(self, steps):
        for step in range(1, steps + 1):
            self.generator.standard_normal(dtype=np.float32, out=self.noise)
            self.step(self.noise, self.x)
            if step % self.every == 0:
                self.cell(self.x, self.cells)
                self.histogram += cupy.bincount(self.cells, minlength=problem.CELLS).astype(np.uint64)

    def positions(self):
        return cupy.asnumpy(self.x)

    def counts(self):
        return cupy.asnumpy(self.histogram)


if __name__ == "__main__":
    problem.main("cupy", CuPy, "cuda", cupy.__version__,
                 lambda: cupy.cuda.runtime.getDeviceProperties(0)["name"].decode(), particles=1 << 23, steps=2000)
