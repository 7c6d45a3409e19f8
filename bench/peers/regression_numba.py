import numba
import numpy as np
from numba import njit, prange

import regression
from peer_numba import rotate, seed_threads

COLUMNS, ETA = regression.COLUMNS, regression.ETA


# As the documentation advises: an explicit parallel loop, fastmath, and np.random, which has a generator in each thread.
# https://numba.readthedocs.io/en/stable/user/performance-tips.html, .../user/parallel.html


@njit(parallel=True, fastmath=True, cache=True)
def advance_random(w, table, steps, batch):
    factor = ETA / np.float32(batch)
    for i in prange(w.shape[0]):
        gradient = np.empty(COLUMNS, np.float32)
        for _ in range(steps):
            gradient[:] = np.float32(0)
            for _ in range(batch):
                row = np.random.randint(0, table.shape[0])
                residual = -table[row, COLUMNS]
                for c in range(COLUMNS):
                    residual += w[i, c] * table[row, c]
                for c in range(COLUMNS):
                    gradient[c] += residual * table[row, c]
            for c in range(COLUMNS):
                w[i, c] -= factor * gradient[c]


# The best that we can write: rows of 16 numbers, one vector each, in which y is a column of weight -1 that does not learn; a
# xoshiro128+ for each particle.

WIDTH = 16


@njit(parallel=True, fastmath=True, cache=True)
def advance_hand(w, table, learns, states, steps, batch):
    rows = np.uint64(table.shape[0])
    for i in prange(w.shape[0]):
        a, b, c, d = states[i, 0], states[i, 1], states[i, 2], states[i, 3]
        weights = w[i].copy()
        gradient = np.empty(WIDTH, np.float32)
        for _ in range(steps):
            gradient[:] = np.float32(0)
            for _ in range(batch):
                word = np.uint32(a + d)
                t = np.uint32(b << np.uint32(9))
                c = np.uint32(c ^ a)
                d = np.uint32(d ^ b)
                b = np.uint32(b ^ c)
                a = np.uint32(a ^ d)
                c = np.uint32(c ^ t)
                d = rotate(d, 11)
                row = np.int64((np.uint64(word) * rows) >> np.uint64(32))
                residual = np.float32(0)
                for k in range(WIDTH):
                    residual += weights[k] * table[row, k]
                for k in range(WIDTH):
                    gradient[k] += residual * table[row, k]
            for k in range(WIDTH):
                weights[k] -= learns[k] * gradient[k]
        w[i] = weights
        states[i, 0], states[i, 1], states[i, 2], states[i, 3] = a, b, c, d


class Numba:
    """Numba: a parallel loop over particles, fastmath, float32."""

    variants = ("random", "hand")

    def __init__(self, options, table):
        numba.set_num_threads(options.threads)
        self.batch, self.by_hand = options.batch, options.variant == "hand"
        if not self.by_hand:
            seed_threads(options.seed, options.threads)
            self.table, self.w = table, np.zeros((options.particles, COLUMNS), np.float32)
            return
        self.table = np.zeros((len(table), WIDTH), np.float32)
        self.table[:, :COLUMNS + 1] = table
        self.w = np.zeros((options.particles, WIDTH), np.float32)
        self.w[:, COLUMNS] = -1
        self.learns = np.zeros(WIDTH, np.float32)
        self.learns[:COLUMNS] = regression.ETA / np.float32(options.batch)
        self.states = np.random.SeedSequence(options.seed).generate_state(4 * options.particles).reshape(-1, 4)

    def advance(self, steps):
        if self.by_hand:
            advance_hand(self.w, self.table, self.learns, self.states, steps, self.batch)
        else:
            advance_random(self.w, self.table, steps, self.batch)

    def weights(self):
        return self.w[:, 0]


if __name__ == "__main__":
    regression.main("numba", Numba, numba.__version__)
