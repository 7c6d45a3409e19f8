import os
import sys

# XLA reads this when JAX starts. One CPU device for each thread; on a GPU it means nothing.
THREADS = sys.argv[sys.argv.index("--threads") + 1] if "--threads" in sys.argv[:-1] else len(os.sched_getaffinity(0))
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={THREADS}"

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

import problem


def step(carry, _):
    x, key = carry
    key, subkey = jax.random.split(key)
    noise = jax.random.normal(subkey, x.shape, jnp.float32)
    return (x * (problem.GROWTH - problem.ETA * x * x) - problem.KICK * noise, key), None


def sample(every, carry, _):
    x, key, histogram = carry
    (x, key), _ = jax.lax.scan(step, (x, key), length=every)
    cells = (x - problem.LOWER) * problem.PER_UNIT + 1
    cells = jnp.clip(cells, 0, problem.CELLS - 1).astype(jnp.int32)
    return (x, key, histogram.at[cells].add(1)), None


def samples(every, number, x, keys):
    histogram = jnp.zeros(problem.CELLS, jnp.int32)
    (x, key, histogram), _ = jax.lax.scan(functools.partial(sample, every), (x, keys[0], histogram), length=number)
    return x, key[None], histogram[None]


class Jax:
    """JAX: jit and scan. On a CPU shard_map runs a share of the particles on a device for each thread ("sharded"); or one
    device takes the whole array, and XLA spreads what it can over its own threads ("whole"). The generator is the default,
    Threefry: XLA fuses it with the step, and it is then the fastest here; "rbg" and "unsafe-rbg", which the documentation calls
    faster on accelerators, can be chosen to see that.

    https://docs.jax.dev/en/latest/jax.random.html, https://docs.jax.dev/en/latest/notebooks/shard_map.html
    """

    variants = ("sharded", "whole", "rbg", "unsafe-rbg")

    def __init__(self, options):
        devices = jax.devices()[:1] if options.variant == "whole" else jax.devices()
        if options.particles % len(devices) != 0:
            raise SystemExit(f"--particles must be a multiple of the {len(devices)} devices")
        mesh = jax.sharding.Mesh(np.array(devices), ("thread",))
        axis = PartitionSpec("thread")
        generator = options.variant.replace("-", "_") if "rbg" in options.variant else "threefry2x32"
        place = NamedSharding(mesh, axis)
        self.every = options.every
        self.x = jax.device_put(problem.start(options.particles), place)
        self.keys = jax.device_put(jax.random.split(jax.random.key(options.seed, impl=generator), len(devices)), place)

        @functools.partial(jax.jit, static_argnums=0, donate_argnums=(1, 2))
        def run(number, x, keys):
            local = functools.partial(samples, self.every, number)
            return jax.shard_map(local, mesh=mesh, in_specs=(axis, axis), out_specs=(axis, axis, axis), check_vma=False)(x, keys)

        self.run = run
        self.compiled = {}
        # One call for all timed steps is the best use of scan; it is compiled ahead, not in the time.
        for number in {options.burn_in // options.every, options.steps // options.every}:
            self.compiled[number] = run.lower(number, self.x, self.keys).compile()
        self.clear()

    def clear(self):
        self.histogram = np.zeros(problem.CELLS, np.int64)

    def advance(self, steps):
        self.x, self.keys, histograms = self.compiled[steps // self.every](self.x, self.keys)
        self.x.block_until_ready()
        self.histogram += np.asarray(histograms, np.int64).sum(axis=0)

    def positions(self):
        return np.asarray(self.x)

    def counts(self):
        return self.histogram


if __name__ == "__main__":
    problem.main("jax", Jax, lambda: jax.default_backend(), jax.__version__,
                 lambda: problem.cpu_name() if jax.default_backend() == "cpu" else jax.devices()[0].device_kind)
