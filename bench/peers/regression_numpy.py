import concurrent.futures

import numpy as np

import regression


class NumPy:
    """NumPy: all particles of a block at a time, rows by `take`, products by `matmul`; a Generator (SFC64) for each thread.

    https://numpy.org/doc/stable/reference/random/multithreading.html, .../generated/numpy.take.html
    """

    variants = ("blocked",)
    EXAMPLES = 1 << 13  # of a block: its rows fit the second-level cache

    def __init__(self, options, table):
        self.batch, self.table = options.batch, table
        self.w = np.zeros((options.particles, regression.COLUMNS), np.float32)
        block = max(self.EXAMPLES // self.batch, 1)
        shares = np.array_split(np.arange(0, options.particles, block), options.threads)
        self.work = [[self.w[first:first + block] for first in share] for share in shares if share.size]
        seeds = np.random.SeedSequence(options.seed).spawn(len(self.work))
        self.generators = [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]
        self.rows = [np.empty((block, self.batch, regression.COLUMNS + 1), np.float32) for _ in self.work]
        self.pool = concurrent.futures.ThreadPoolExecutor(len(self.work))

    def advance(self, steps):
        for done in [self.pool.submit(self.advance_share, thread, steps) for thread in range(len(self.work))]:
            done.result()

    def advance_share(self, thread, steps):
        draw, factor = self.generators[thread].integers, regression.ETA / np.float32(self.batch)
        for w in self.work[thread]:
            rows = self.rows[thread][:len(w)]
            x, y = rows[:, :, :-1], rows[:, :, -1]
            for _ in range(steps):
                chosen = draw(len(self.table), size=(len(w), self.batch), dtype=np.int32)
                np.take(self.table, chosen, axis=0, out=rows, mode="clip")
                if self.batch == 1:
                    residual = np.einsum("pc,pc->p", x[:, 0], w)
                    residual -= y[:, 0]
                    residual *= factor
                    w -= residual[:, np.newaxis] * x[:, 0]
                else:
                    residual = np.matmul(x, w[:, :, np.newaxis])[:, :, 0]
                    residual -= y
                    residual *= factor
                    w -= np.matmul(residual[:, np.newaxis, :], x)[:, 0]

    def weights(self):
        return self.w[:, 0]


if __name__ == "__main__":
    regression.main("numpy", NumPy, np.__version__)
