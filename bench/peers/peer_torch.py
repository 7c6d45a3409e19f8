import numpy as np
import torch

import problem

ETA, GROWTH, KICK = (float(value) for value in (problem.ETA, problem.GROWTH, problem.KICK))
LOWER, UPPER, BINS = float(problem.LOWER), float(problem.UPPER), problem.BINS


class Torch:
    """PyTorch: the steps between two samples are one compiled function. Inductor makes one kernel of them, with its own Philox
    numbers inside it; CUDA graphs ("reduce-overhead") take the launches off the CPU. histc counts, which is one kernel with
    bins in shared memory and needs no answer from the device, as bincount does.

    https://docs.pytorch.org/docs/stable/generated/torch.compile.html, .../generated/torch.histc.html
    """

    variants = ("compiled", "eager")

    def __init__(self, options):
        self.every = options.every
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        self.x = torch.from_numpy(problem.start(options.particles)).to(self.device)

        def steps_to_sample(x):
            for _ in range(options.every):
                x = x * (GROWTH - ETA * x * x) - KICK * torch.randn_like(x)
            return x

        if options.variant == "compiled":
            mode = "reduce-overhead" if self.device.type == "cuda" else "default"
            self.steps_to_sample = torch.compile(steps_to_sample, mode=mode, fullgraph=True, dynamic=False)
        else:
            self.steps_to_sample = steps_to_sample
        self.clear()

    def clear(self):
        self.histogram = torch.zeros(BINS, dtype=torch.float64, device=self.device)
        self.samples = 0

    @torch.inference_mode()
    def advance(self, steps):
        for _ in range(steps // self.every):
            # A graph's output lives in memory that its next replay overwrites: copied to where the graph reads its input.
            self.x.copy_(self.steps_to_sample(self.x))
            self.histogram += torch.histc(self.x, bins=BINS, min=LOWER, max=UPPER)
            self.samples += 1
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def positions(self):
        return self.x.cpu().numpy()

    def counts(self):
        """histc leaves out what lies outside; it is put into the overflow bin."""
        inside = self.histogram.cpu().numpy().astype(np.int64)
        return np.concatenate([[0], inside, [self.x.numel() * self.samples - inside.sum()]])


if __name__ == "__main__":
    problem.main("torch", Torch, lambda: "cuda" if torch.cuda.is_available() else "cpu", torch.__version__,
                 lambda: torch.cuda.get_device_name() if torch.cuda.is_available() else problem.cpu_name(),
                 particles=1 << 23, steps=2000)
