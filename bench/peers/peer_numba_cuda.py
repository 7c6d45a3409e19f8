import importlib.metadata
import math

import numpy as np
from numba import cuda, float32, int32, uint32, uint64
from numba.cuda.random import create_xoroshiro128p_states, xoroshiro128p_normal_float32

import problem

ETA, GROWTH, KICK = problem.ETA, problem.GROWTH, problem.KICK
LOWER, PER_UNIT, CELLS = problem.LOWER, problem.PER_UNIT, problem.CELLS
ONE, ZERO, LAST = np.float32(1), np.float32(0), np.float32(CELLS - 1)
FULL_TURN = np.float32(2 * math.pi)
MINUS_TWO, UNIT = np.float32(-2), np.float32(2.0**-24)


@cuda.jit(device=True)
def cell_of(x):
    return int32(min(max((x - LOWER) * PER_UNIT + ONE, ZERO), LAST))


@cuda.jit(device=True)
def clear_shared(counts):
    for cell in range(cuda.threadIdx.x, CELLS, cuda.blockDim.x):
        counts[cell] = 0
    cuda.syncthreads()


@cuda.jit(device=True)
def add_shared(counts, histogram):
    cuda.syncthreads()
    for cell in range(cuda.threadIdx.x, CELLS, cuda.blockDim.x):
        cuda.atomic.add(histogram, cell, uint64(counts[cell]))


@cuda.jit(fastmath=True)
def advance_normal(positions, states, histogram, steps, every):
    counts = cuda.shared.array(CELLS, uint32)
    clear_shared(counts)
    particle = cuda.grid(1)
    if particle < positions.size:
        x = positions[particle]
        since = int32(0)
        for _ in range(steps):
            x = x * (GROWTH - ETA * x * x) - KICK * xoroshiro128p_normal_float32(states, particle)
            since += int32(1)
            if since == every:
                since = int32(0)
                cuda.atomic.add(counts, cell_of(x), uint32(1))
        positions[particle] = x
    add_shared(counts, histogram)


@cuda.jit(device=True)
def rotate(word, bits):
    return (word << uint64(bits)) | (word >> uint64(64 - bits))


@cuda.jit(fastmath=True)
def advance_pair(positions, states, histogram, steps, every):
    """The same generator in registers; both normals of Box and Muller's transform are used: two steps for one word."""
    counts = cuda.shared.array(CELLS, uint32)
    clear_shared(counts)
    particle = cuda.grid(1)
    if particle < positions.size:
        x = positions[particle]
        s0, s1 = states[0, particle], states[1, particle]
        since = int32(0)
        for _ in range(steps // 2):
            word = s0 + s1
            s1 ^= s0
            s0 = rotate(s0, 24) ^ s1 ^ (s1 << uint64(16))
            s1 = rotate(s1, 37)
            u = (float32(word >> uint64(40)) + float32(0.5)) * UNIT
            angle = float32((word >> uint64(16)) & uint64(0xFFFFFF)) * UNIT * FULL_TURN
            radius = KICK * math.sqrt(MINUS_TWO * math.log(u))
            x = x * (GROWTH - ETA * x * x) - radius * math.cos(angle)
            x = x * (GROWTH - ETA * x * x) - radius * math.sin(angle)
            since += int32(2)
            if since == every:
                since = int32(0)
                cuda.atomic.add(counts, cell_of(x), uint32(1))
        positions[particle] = x
        states[0, particle], states[1, particle] = s0, s1
    add_shared(counts, histogram)


class NumbaCuda:
    """numba-cuda: one thread for each particle, which stays in a register for all steps of a launch; a histogram in shared
    memory for each block of threads. The generator is the library's ("normal"), or the same one kept in registers with both
    numbers of Box and Muller's transform used ("pair").

    https://nvidia.github.io/numba-cuda/user/random.html, .../user/memory.html
    """

    variants = ("pair", "normal")
    THREADS = 256
    STEPS = 2000  # of one launch

    def __init__(self, options):
        self.every, self.variant = options.every, options.variant
        self.x = cuda.to_device(problem.start(options.particles))
        if self.variant == "normal":
            self.states = create_xoroshiro128p_states(options.particles, seed=options.seed)
        else:
            if options.every % 2 != 0:
                raise SystemExit("the variant pair makes two steps at a time: --every must be even")
            seeds = np.random.Generator(np.random.Philox(options.seed))
            self.states = cuda.to_device(seeds.integers(1, 2**64, (2, options.particles), np.uint64))
        self.clear()

    def clear(self):
        self.histogram = cuda.to_device(np.zeros(CELLS, np.uint64))

    def advance(self, steps):
        kernel = advance_normal if self.variant == "normal" else advance_pair
        blocks = -(-self.x.size // self.THREADS)
        launch = max(self.STEPS // self.every, 1) * self.every
        for first in range(0, steps, launch):
            kernel[blocks, self.THREADS](self.x, self.states, self.histogram, min(launch, steps - first), self.every)
        cuda.synchronize()

    def positions(self):
        return self.x.copy_to_host()

    def counts(self):
        return self.histogram.copy_to_host()


def device():
    name = getattr(cuda.get_current_device(), "name", "simulator")
    return name.decode() if isinstance(name, bytes) else name


if __name__ == "__main__":
    problem.main("numba-cuda", NumbaCuda, "cuda", importlib.metadata.version("numba-cuda"), device, particles=1 << 23, steps=2000)
