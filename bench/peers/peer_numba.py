import concurrent.futures
import math

import numba
import numpy as np
from numba import njit, prange

import problem

ETA, GROWTH, KICK = problem.ETA, problem.GROWTH, problem.KICK
LOWER, PER_UNIT, CELLS = problem.LOWER, problem.PER_UNIT, problem.CELLS
ONE = np.float32(1)
LAST = np.float32(CELLS - 1)


@njit(fastmath=True, cache=True)
def count(x, histogram):
    for i in range(x.size):
        cell = (x[i] - LOWER) * PER_UNIT + ONE
        histogram[np.int32(min(max(cell, np.float32(0)), LAST))] += 1


# As the documentation advises: an explicit parallel loop, fastmath, and np.random, which has a generator in each thread.
# https://numba.readthedocs.io/en/stable/user/performance-tips.html, .../user/parallel.html, .../reference/numpysupported.html


@njit(parallel=True, cache=True)
def seed_threads(seed, threads):
    for thread in prange(threads):
        np.random.seed(seed + thread)


@njit(parallel=True, fastmath=True, cache=True)
def advance_normal(x, histograms, block, steps, every):
    shares = histograms.shape[0]
    blocks = -(-x.size // block)
    for share in prange(shares):
        for number in range(blocks * share // shares, blocks * (share + 1) // shares):
            part = x[number * block:(number + 1) * block]
            for step in range(1, steps + 1):
                for i in range(part.size):
                    noise = np.float32(np.random.standard_normal())
                    part[i] = part[i] * (GROWTH - ETA * part[i] * part[i]) - KICK * noise
                if step % every == 0:
                    count(part, histograms[share])


# A NumPy Generator in jitted code is float32 and faster, but is not safe in a parallel loop: threads of Python, each with its
# own, and nogil=True instead.
# https://numba.readthedocs.io/en/stable/user/jit.html#nogil


@njit(nogil=True, fastmath=True, cache=True)
def advance_generator(generator, x, histogram, block, steps, every):
    for first in range(0, x.size, block):
        part = x[first:first + block]
        for step in range(1, steps + 1):
            for i in range(part.size):
                noise = generator.standard_normal(dtype=np.float32)
                part[i] = part[i] * (GROWTH - ETA * part[i] * part[i]) - KICK * noise
            if step % every == 0:
                count(part, histogram)


# The best that we can write: everything in loops that LLVM turns into SIMD. There is no SVML in the wheels of llvmlite, and
# the random generators of NumPy are scalar, so both the generator (xoshiro128+, one for each lane) and the logarithm, sine and
# cosine of Box and Muller's transform (our polynomials, errors below 4e-7) are written out.


@njit(cache=True)
def rotate(word, bits):
    return np.uint32((word << np.uint32(bits)) | (word >> np.uint32(32 - bits)))


@njit(fastmath=True, cache=True)
def log_of(u):
    """Natural logarithm of a positive normal float."""
    bits = np.int32(np.float32(u).view(np.int32) - np.int32(0x3F3504F3))  # sqrt(1/2): the mantissa is then in [sqrt(1/2), sqrt(2))
    exponent = np.float32(bits >> np.int32(23))
    m = np.int32((bits & np.int32(0x7FFFFF)) + np.int32(0x3F3504F3)).view(np.float32) - ONE
    p = np.float32(-0.10134057)
    p = p * m + np.float32(0.1623419)
    p = p * m + np.float32(-0.17247013)
    p = p * m + np.float32(0.19898565)
    p = p * m + np.float32(-0.24970072)
    p = p * m + np.float32(0.33335114)
    p = p * m + np.float32(-0.50000363)
    p = p * m + np.float32(0.99999994)
    return exponent * np.float32(math.log(2)) + m * p


@njit(fastmath=True, cache=True)
def half_turn(r):
    """sin(pi r) and cos(pi r) for r in [-1/2, 1/2]."""
    s = r * r
    sine = np.float32(0.07765766)
    sine = sine * s + np.float32(-0.59829129)
    sine = sine * s + np.float32(2.55007752)
    sine = sine * s + np.float32(-5.16771008)
    sine = sine * s + np.float32(3.14159264)
    cosine = np.float32(0.21968961)
    cosine = cosine * s + np.float32(-1.33187657)
    cosine = cosine * s + np.float32(4.05841135)
    cosine = cosine * s + np.float32(-4.93479283)
    cosine = cosine * s + np.float32(0.99999995)
    return sine * r, cosine


@njit(fastmath=True, cache=True)
def pair_of(radial, angular):
    """KICK times two normals, of two random words: 31 bits make the radius, its lowest bit (the weakest of xoshiro128+)
    unused; 32 make the half circle; one chooses its side."""
    u = (np.float32(np.int32(radial >> np.uint32(1))) + np.float32(0.5)) * np.float32(2.0**-31)
    radius = KICK * np.sqrt(max(np.float32(-2) * log_of(u), np.float32(0)))
    sine, cosine = half_turn(np.float32(np.int32(angular)) * np.float32(2.0**-32))
    side = np.uint32((radial & np.uint32(2)) << np.uint32(30))
    return radius * sine, np.uint32(np.float32(radius * cosine).view(np.uint32) ^ side).view(np.float32)


@njit(fastmath=True, cache=True)
def two_steps(x, state):
    """Two steps of each particle with the two normals that Box and Muller's transform makes of two words."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for i in range(x.size):
        a, b, c, d = s0[i], s1[i], s2[i], s3[i]
        radial = np.uint32(a + d)
        t = np.uint32(b << np.uint32(9))
        c = np.uint32(c ^ a)
        d = np.uint32(d ^ b)
        b = np.uint32(b ^ c)
        a = np.uint32(a ^ d)
        c = np.uint32(c ^ t)
        d = rotate(d, 11)
        angular = np.uint32(a + d)
        t = np.uint32(b << np.uint32(9))
        c = np.uint32(c ^ a)
        d = np.uint32(d ^ b)
        b = np.uint32(b ^ c)
        a = np.uint32(a ^ d)
        c = np.uint32(c ^ t)
        d = rotate(d, 11)
        s0[i], s1[i], s2[i], s3[i] = a, b, c, d

        first, second = pair_of(radial, angular)
        y = x[i]
        y = y * (GROWTH - ETA * y * y) - first
        x[i] = y * (GROWTH - ETA * y * y) - second


@njit(parallel=True, fastmath=True, cache=True)
def advance_vector(x, states, histograms, steps, every):
    shares, _, block = states.shape
    blocks = -(-x.size // block)
    for share in prange(shares):
        state = states[share].copy()
        for number in range(blocks * share // shares, blocks * (share + 1) // shares):
            part = x[number * block:(number + 1) * block]
            for step in range(2, steps + 1, 2):
                two_steps(part, state)
                if step % every == 0:
                    count(part, histograms[share])
        states[share] = state


# The same with isotherm's generator, Philox4x32-10: four words for each block number and particle, no state.


@njit(fastmath=True, cache=True)
def philox_normals(noise, number, particle, seed):
    """Rows of noise: KICK times four normals for each particle, from the four words of its block `number`."""
    for i in range(noise.shape[1]):
        a, b, c, d = np.uint32(number), np.uint32(0), np.uint32(particle + i), np.uint32(0)
        key, other = np.uint32(seed), np.uint32(0)
        for _ in range(10):
            p = np.uint64(a) * np.uint64(0xD2511F53)
            q = np.uint64(c) * np.uint64(0xCD9E8D57)
            a = np.uint32(np.uint32(q >> np.uint64(32)) ^ b ^ key)
            b = np.uint32(q)
            c = np.uint32(np.uint32(p >> np.uint64(32)) ^ d ^ other)
            d = np.uint32(p)
            key = np.uint32(key + np.uint32(0x9E3779B9))
            other = np.uint32(other + np.uint32(0xBB67AE85))
        noise[0, i], noise[1, i] = pair_of(a, b)
        noise[2, i], noise[3, i] = pair_of(c, d)


@njit(fastmath=True, cache=True)
def step_with(x, noise):
    for i in range(x.size):
        x[i] = x[i] * (GROWTH - ETA * x[i] * x[i]) - noise[i]


@njit(parallel=True, fastmath=True, cache=True)
def advance_philox(x, histograms, first, seed, block, steps, every):
    shares = histograms.shape[0]
    blocks = -(-x.size // block)
    for share in prange(shares):
        noise = np.empty((4, block), np.float32)
        for number in range(blocks * share // shares, blocks * (share + 1) // shares):
            part = x[number * block:(number + 1) * block]
            for step in range(1, steps + 1):
                row = (first + step - 1) % 4
                if row == 0 or step == 1:
                    philox_normals(noise, (first + step - 1) // 4, number * block, seed)
                step_with(part, noise[row])
                if step % every == 0:
                    count(part, histograms[share])


class Numba:
    """Numba: parallel loops over blocks of particles that stay in the cache, fastmath, float32, a histogram for each thread."""

    variants = ("simd", "philox", "generator", "normal")
    BLOCK = 1024

    def __init__(self, options):
        self.every, self.threads, self.variant = options.every, options.threads, options.variant
        self.x = problem.start(options.particles)
        numba.set_num_threads(options.threads)
        seeds = np.random.SeedSequence(options.seed)
        if self.variant == "normal":
            seed_threads(options.seed, options.threads)
        elif self.variant == "generator":
            self.generators = [np.random.Generator(np.random.SFC64(seed)) for seed in seeds.spawn(self.threads)]
            self.pool = concurrent.futures.ThreadPoolExecutor(self.threads)
            share = -(-options.particles // self.threads // self.BLOCK) * self.BLOCK
            self.shares = [self.x[thread * share:(thread + 1) * share] for thread in range(self.threads)]
        elif self.variant == "philox":
            self.seed, self.done = options.seed, 0
        else:
            if options.every % 2 != 0:
                raise SystemExit("the variant simd makes two steps at a time: --every must be even")
            self.states = seeds.generate_state(self.threads * 4 * self.BLOCK).reshape(self.threads, 4, self.BLOCK)
        self.clear()

    def clear(self):
        self.histograms = np.zeros((self.threads, CELLS), np.int64)

    def advance(self, steps):
        if self.variant == "normal":
            advance_normal(self.x, self.histograms, self.BLOCK, steps, self.every)
        elif self.variant == "generator":
            work = [self.pool.submit(advance_generator, *share, self.BLOCK, steps, self.every)
                    for share in zip(self.generators, self.shares, self.histograms)]
            for done in work:
                done.result()
        elif self.variant == "philox":
            advance_philox(self.x, self.histograms, self.done, self.seed, self.BLOCK, steps, self.every)
            self.done += steps
        else:
            advance_vector(self.x, self.states, self.histograms, steps, self.every)

    def positions(self):
        return self.x

    def counts(self):
        return self.histograms.sum(axis=0)


if __name__ == "__main__":
    problem.main("numba", Numba, "cpu", numba.__version__)
