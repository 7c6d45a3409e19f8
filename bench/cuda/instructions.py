#!/usr/bin/env python3
"""What the compiled kernels ask of an H200: instructions for each particle-step, by pipe, and the bounds that follow.

    bench_kernels --images DIR && bench/cuda/instructions.py DIR [--disassembler nvdisasm|cuobjdump] [--listing]

Reads the machine code for sm_90 of the advance kernels, runs nothing, and prints a table in Markdown. Counted is the main
loop where all steps of a group lie inside the launch:
- the loop for the first and last steps of a launch is not entered, nor a call of a slow path (of a division, say);
- what is done only at a sample counts once in `thinning` steps: the code that a forward branch skips and that adds to a
  counter; inside it every instruction counts;
- code that another forward branch skips counts in full.
--listing prints the loop with the weight of each instruction, to check that by eye.

The bounds are of instructions alone: 132 multiprocessors of 4 schedulers that issue one instruction for 32 threads each
cycle of 1.98 GHz; and of the pipes, whose rates in threads per cycle and multiprocessor are those of the CUDA C++
Programming Guide, "Arithmetic Instructions", compute capability 9.0.
"""

import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys

MULTIPROCESSORS, CLOCK = 132, 1.98e9
ISSUED = 128  # threads per cycle and multiprocessor

# Pipe: its rate and the operations that take it. What none names is control and uniform: it only takes an issue.
PIPES = {
    "FP32": (128, ("FFMA", "FADD", "FMUL", "HFMA2")),
    "FP64": (64, ("DFMA", "DADD", "DMUL", "DSETP")),
    "IMAD": (64, ("IMAD", "XMAD")),
    "ALU": (64, ("LOP3", "IADD3", "VIADD", "VIADDMNMX", "ISETP", "FSETP", "FSEL", "SEL", "FMNMX", "SHF", "LEA", "I2FP", "MOV",
                 "PRMT", "PLOP3", "IABS", "IMNMX", "VIMNMX", "FCHK", "SGXT", "BMSK", "LOP", "P2R", "R2P")),
    "XU": (16, ("MUFU", "F2I", "I2F", "F2F", "FRND", "POPC", "FLO")),
    "memory": (32, ("LDS", "STS", "ATOMS", "LDG", "STG", "RED", "REDG", "ATOMG", "ATOM", "LDC", "LDL", "STL")),
}
COUNTING = ("ATOMS", "RED", "REDG", "ATOMG", "ATOM")


def pipe_of(operation):
    for pipe, (_, operations) in PIPES.items():
        if operation.split(".")[0] in operations:
            return pipe
    return "other"


def disassemble(program, image):
    arguments = ["-c"] if "nvdisasm" in pathlib.Path(program).name else ["-sass"]
    return subprocess.run([program, *arguments, str(image)], check=True, capture_output=True, text=True).stdout


def read_kernel(text, kernel):
    """Operations of the kernel's own code, and for each branch the place that it goes to."""
    addresses, operations, targets, labels, inside = [], [], {}, {}, False
    for line in text.splitlines():
        if re.match(r"\.text\.|\s*Function : ", line):
            inside = line.strip() in (f".text.{kernel}:", f"Function : {kernel}")
            continue
        if line.startswith("$"):  # subroutines behind it
            inside = False
        if not inside:
            continue
        if label := re.match(r"(\.L_x_\d+):", line):
            labels[label[1]] = len(operations)
        elif match := re.match(r"\s+/\*([0-9a-f]+)\*/\s+(?:@!?U?P\d+\s+)?([A-Z]\w*(?:\.\w+)*)\s*(.*?);", line):
            addresses.append(int(match[1], 16))
            if match[2].startswith("BRA") and (target := re.search(r"`\((\.L_x_\d+)\)|0x([0-9a-f]+)", match[3])):
                targets[len(operations)] = target[1] or int(target[2], 16)
            operations.append(match[2])
    jumps = {place: labels[t] if isinstance(t, str) else addresses.index(t) for place, t in targets.items()}
    return operations, jumps


def weigh(operations, jumps, case):
    """Expected executions of each instruction of the main loop in a thread and a step."""
    loops = sorted(((target, place) for place, target in jumps.items() if target <= place), key=lambda loop: loop[0] - loop[1])
    begin, end = loops[0]
    weights = {place: 1.0 for place in range(begin, end + 1)}
    steps = case["group_steps"]

    # Loops inside: the first is that of a launch's first and last steps. Others go over the parts of a group, and over
    # the steps of a part, of which they hold as many as samples.
    inner = sorted(loop for loop in loops[1:] if begin <= loop[0] and loop[1] <= end)
    samples = sample_regions(operations, jumps, begin, end, case["particles_per_thread"])
    ragged = [loop for loop in inner if not any(o != loop and loop[0] <= o[0] and o[1] <= loop[1] for o in inner)][:1]
    for first, last in ragged:
        for place in range(first, last + 1):
            weights[place] = 0.0

    copies = [r for r in samples if weights[r[0]] > 0]
    innermost = [loop for loop in inner if loop not in ragged]
    for loop in innermost:  # a loop of s unrolled steps runs steps / s times
        inside = [other for other in innermost if other != loop and loop[0] <= other[0] and other[1] <= loop[1]]
        if not inside:
            unrolled = max(1, sum(loop[0] <= r[0] and r[1] <= loop[1] for r in copies))
            for place in range(loop[0], loop[1] + 1):
                weights[place] *= steps / unrolled
        else:
            parts = 4  # a group of signs has four words
            for place in range(loop[0], loop[1] + 1):
                if not any(o[0] <= place <= o[1] for o in inside):
                    weights[place] *= parts
    if not inner and len(copies) > steps:  # the main loop itself is unrolled
        for place in weights:
            weights[place] *= steps / len(copies)
    for place, target in jumps.items():  # slow paths
        if place < target and any(operations[i].startswith("CALL") for i in range(place + 1, target)) and target - place < 12:
            for i in range(place + 1, target):
                if i in weights:
                    weights[i] = 0.0
    for first, last in copies:
        for place in range(first, last + 1):
            weights[place] /= case["thinning"]
    return {place: weight / steps for place, weight in weights.items()}


def sample_regions(operations, jumps, begin, end, particles):
    """What is skipped unless a sample is due: the longest stretches behind a forward branch that count each particle of a
    thread once."""
    regions = []
    for place, target in jumps.items():
        body = range(place + 1, target)
        counting = sum(operations[i].split(".")[0] in COUNTING for i in body)
        if begin <= place < target <= end + 1 and 0 < counting <= particles:
            regions.append((place + 1, target - 1))
    return sorted(r for r in regions if not any(o != r and o[0] <= r[0] and r[1] <= o[1] for o in regions))


def occupancy(case):
    """Share of the 64 resident warps: registers are given to warps by 256, blocks and shared memory bound them too."""
    warps = case["block_threads"] // 32
    by_registers = 65536 // (-(-case["registers"] * 32 // 256) * 256) // warps
    by_shared = 228 * 1024 // (case["shared_bytes"] + 1024)
    return min(by_registers, by_shared, 32, 64 // warps) * warps / 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--disassembler", default=shutil.which("nvdisasm") or shutil.which("cuobjdump"))
    parser.add_argument("--listing", action="store_true")
    options = parser.parse_args()
    if options.disassembler is None:
        sys.exit("instructions.py: neither nvdisasm nor cuobjdump is on the PATH")
    print("| kernel | particles of a thread | registers | occupancy | instructions | " + " | ".join(PIPES) +
          " | other | bound by issue | by pipe |\n|" + "---|" * (8 + len(PIPES)))
    for case in json.loads((options.folder / "cases.json").read_text()):
        operations, jumps = read_kernel(disassemble(options.disassembler, options.folder / f"{case['name']}.cubin"),
                                        "isotherm_advance")
        weights = weigh(operations, jumps, case)
        if options.listing:
            for place, weight in weights.items():
                print(f"{place:5} {weight * case['group_steps']:7.3f} {operations[place]} {jumps.get(place, '')}")
        pipes = collections.Counter()
        for place, weight in weights.items():
            pipes[pipe_of(operations[place])] += weight / case["particles_per_thread"]
        total = sum(pipes.values())
        issue = MULTIPROCESSORS * CLOCK * ISSUED / total
        slowest = max((pipes[p] / PIPES[p][0], p) for p in PIPES)
        print(f"| {case['name']} | {case['particles_per_thread']} | {case['registers']} | {occupancy(case):.0%} | {total:.1f} | " +
              " | ".join(f"{pipes[p]:.1f}" for p in [*PIPES, "other"]) +
              f" | {issue:.2g} | {MULTIPROCESSORS * CLOCK / slowest[0]:.2g} ({slowest[1]}) |")


main()
