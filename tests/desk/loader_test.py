#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/python/snnvp.py on a real run and a real sweep; without pandas it says so.

    loader_test.py SNNVP FOLDER [without]
"""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SNNVP, OUT = sys.argv[1], pathlib.Path(sys.argv[2])
WITHOUT = sys.argv[3:] == ["without"]
sys.path.insert(0, str(ROOT / "tools" / "python"))
sys.dont_write_bytecode = True
if WITHOUT:
    sys.modules["pandas"] = None  # an import fails as if it were not installed
else:
    try:
        import pandas
    except ImportError:
        print("SKIPPED: python3-pandas is not installed")
        sys.exit(0)
import snnvp


def call(*arguments):
    done = subprocess.run([SNNVP, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)


def fails(error, call, *words):
    try:
        call()
    except error as e:
        assert all(word in str(e) for word in words), e
        return
    raise AssertionError(f"no {error.__name__}")


shutil.rmtree(OUT, ignore_errors=True)
call("run", "scenarios/product_sparsity.yaml", "--quiet", "--out", OUT / "run", "--set", "run.windows=40")
run = snnvp.load(OUT / "run")
assert run.status == "ok" and run.totals["cycles"] > 0 and "product_sparsity" in repr(run)
fails(FileNotFoundError, lambda: snnvp.load(OUT / "nothing"), "snnvp run FILE --out")
if WITHOUT:
    fails(ImportError, lambda: run.layers, "python3-pandas", "run.report")
    print("ok")
    sys.exit(0)
assert list(run.layers["name"]) == [layer["name"] for layer in run.report["layers"]]
assert run.layers["contribution_cycles"].sum() == sum(layer["cycles"] for layer in run.report["layers"])
assert abs(run.energy["energy_j"].sum() - run.report["energy"]["total_j"]) < 1e-12
bus = {b["name"]: b for b in run.report["blocks"]}["bus"]["stats"]["bytes"]
assert float(run.stats.query("block == 'bus' and stat == 'bytes'")["value"].iloc[0]) == bus
wide = run.over_time("bytes")
assert wide["bus"].sum() == bus and wide.index.is_monotonic_increasing and 20 <= len(wide) <= 40
fails(KeyError, lambda: run.over_time("byte"), "busy_cycles")
fails(FileNotFoundError, lambda: run.table("links"), "layers")
assert len(run.diagnosis) == len(run.report["diagnosis"])
call("run", "scenarios/product_sparsity.yaml", "--quiet", "--out", OUT / "other", "--set", "platform.blocks.pu.params.tile_m=64")
fails(FileNotFoundError, lambda: snnvp.load(OUT / "other").series, "run.windows")
both = snnvp.load_all(str(OUT / "*"))
assert len(both) == 2 and both["cycles"].nunique() == 2
call("sweep", "scenarios/sweeps/tile_shapes.yaml", "--out", OUT / "tiles", "--quiet")
points = snnvp.load_sweep(OUT / "tiles")
assert len(points) == 24 and (points["status"] == "ok").all() and points["totals.cycles"].min() > 0
print("ok")
