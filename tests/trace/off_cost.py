#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What recording costs, in retired instructions (callgrind): a run that is not traced against a build with SNNVP_TRACE=OFF, and a traced
run against one that is not. Start-up, which both have, is taken off: `snnvp check` of the same scenario.

    off_cost.py SNNVP SOURCE BUILD_WITHOUT    builds the latter if it is not there; fails above 1 %
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

MOST = 0.01  # decision 69
SCENARIOS = {
    "tiles: 5 jobs on the Prosperity unit": ["scenarios/product_sparsity.yaml"],
    "packets: 8 x 8 mesh": ["scenarios/papers/mesh_uniform.yaml", "--set", "workload.warmup=0", "--set", "workload.measure=5000"],
    "frames: two switches": ["scenarios/switch_fabric.yaml"],
    "bursts: DRAM, bank by bank": ["scenarios/papers/dram_bandwidth.yaml", "--set", "workload.requests=50000"],
    "firmware: memory benchmark": ["scenarios/firmware/memory_bench.yaml"],
}


def instructions(snnvp, source, *command):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", snnvp, *command], cwd=source,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    found = re.findall(r"Collected : (\d+)", done.stderr)  # a process it starts, such as a compiler of firmware, counts for itself
    if done.returncode not in (0, 1) or not found:
        sys.exit(f"{snnvp} {' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return max(map(int, found))


def build(source, folder):
    def run(*command):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    run("cmake", "-S", source, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DSNNVP_TRACE=OFF", "-DSNNVP_TESTS=OFF",
        "-DSNNVP_INSTALL=OFF")
    run("cmake", "--build", folder, "--target", "snnvp")
    return os.path.join(folder, "bin", "snnvp")


def main():
    snnvp, source, folder = sys.argv[1:]
    if not shutil.which("valgrind"):
        print("SKIPPED: valgrind is not installed")
        return 0
    without = build(source, folder)
    failed = False
    print(f"{'':40} {'start':>8} {'none':>9} {'off':>9} {'on':>9}   off      on")
    with tempfile.TemporaryDirectory() as out:
        for name, scenario in SCENARIOS.items():
            start = instructions(without, source, "check", *scenario)
            none = instructions(without, source, "run", *scenario, "--quiet")
            off = instructions(snnvp, source, "run", *scenario, "--quiet")
            on = instructions(snnvp, source, "run", *scenario, "--quiet", "--trace", os.path.join(out, "trace.json"))
            cost, price = (off - none) / (none - start), (on - off) / (off - start)
            failed = failed or cost > MOST
            print(f"{name:40} {start / 1e6:7.1f}M {none / 1e6:8.1f}M {off / 1e6:8.1f}M {on / 1e6:8.1f}M {100 * cost:+6.3f} % {100 * price:+7.0f} %",
                  flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
