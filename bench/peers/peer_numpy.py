import concurrent.futures

import numpy as np

import problem


class NumPy:
    """NumPy: a Generator for each thread fills arrays in place (SFC64, the fastest bit generator), and each thread keeps
    a block of particles in its cache for all steps between two samples.

    https://numpy.org/doc/stable/reference/random/multithreading.html, .../random/performance.html
    """

    variants = ("blocked", "whole-array")
    BLOCK = 1 << 16

    def __init__(self, options):
        self.every = options.every
        self.x = problem.start(options.particles)
        block = self.BLOCK if options.variant == "blocked" else -(-options.particles // options.threads)
        shares = np.array_split(np.arange(0, options.particles, block), options.threads)
        self.work = [[self.x[first:first + block] for first in share] for share in shares if share.size]
        seeds = np.random.SeedSequence(options.seed).spawn(len(self.work))
        self.generators = [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]
        self.noise = [np.empty(block, np.float32) for _ in self.work]
        self.scratch = [np.empty(block, np.float32) for _ in self.work]
        self.cells = [np.empty(block, np.intp) for _ in self.work]
        self.pool = concurrent.futures.ThreadPoolExecutor(len(self.work))
        self.clear()

    def clear(self):
        self.histograms = [np.zeros(problem.CELLS, np.int64) for _ in self.work]

    def advance(self, steps):
        for done in [self.pool.submit(self.advance_share, thread, steps) for thread in range(len(self.work))]:
            done.result()

    def advance_share(self, thread, steps):
        normal = self.generators[thread].standard_normal
        for x in self.work[thread]:
            noise, scratch = self.noise[thread][:x.size], self.scratch[thread][:x.size]
            cells = self.cells[thread][:x.size]
            for step in range(1, steps + 1):
                normal(out=noise, dtype=np.float32)
                noise *= problem.KICK
                np.multiply(x, x, out=scratch)
                scratch *= -problem.ETA
                scratch += problem.GROWTH
                x *= scratch
                x -= noise
                if step % self.every == 0:
                    # One for the underflow bin: the cast then cuts towards zero only where all is underflow.
                    np.subtract(x, problem.LOWER, out=scratch)
                    scratch *= problem.PER_UNIT
                    scratch += np.float32(1)
                    np.clip(scratch, 0, problem.CELLS - 1, out=scratch)
                    cells[:] = scratch
                    self.histograms[thread] += np.bincount(cells, minlength=problem.CELLS)

    def positions(self):
        return self.x

    def counts(self):
        return sum(self.histograms)


if __name__ == "__main__":
    problem.main("numpy", NumPy, "cpu", np.__version__)
