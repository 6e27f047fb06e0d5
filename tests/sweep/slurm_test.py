#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sweep of 64 points on a Slurm cluster of two virtual nodes, one of which goes down mid-way: nothing lost, nothing doubled.

    slurm_test.py SNNVP

Needs the Debian packages slurmctld slurmd slurm-client munge.
"""
import csv
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SNNVP = sys.argv[1]
for program in ("slurmctld", "slurmd", "sbatch", "munged"):
    if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
        print(f"SKIPPED: {program} is not installed (apt-get install slurmctld slurmd slurm-client munge)")
        sys.exit(0)
os.environ["PATH"] += ":/usr/sbin:/sbin"

BASE = """scenario: 1
platform:
  extends: {root}/scenarios/platforms/one_engine.yaml
  blocks: [ {{ name: pu, kind: models.prosperity, clock: core }} ]
  links: [ {{ from: pu.dma, to: bus.in }}, {{ from: pu.irq, to: "host.irq[0]" }} ]
  maps: [ {{ through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB }} ]
workload: {{ kind: synthetic, layers: [ {{ C: 512, N: 512, L: 512 }} ] }}
"""
SWEEP = """sweep: 1
base: base.yaml
axes:
  platform.blocks.pu.params.tile_m: {{ from: 8, to: 256, step: 8 }}
  platform.blocks.pu.params.tile_k: [8, 16]
"""


def call(*command, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == more.pop("expected", 0), (command, done.returncode, done.stdout, done.stderr)
    return done.stdout.strip()


def rows(database):
    """Everything but what depends on the machine."""
    db = sqlite3.connect(database)
    return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in ("sweep", "run", "param", "stat", "layer", "event", "warning")}


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def results(folder):
    return sorted(p.name for p in (folder / "results").glob("*.json"))


def run_on(cluster, folder):
    os.environ["SLURM_CONF"] = str(cluster / "slurm.conf")
    call(SNNVP, "sweep", folder / "sweep.yaml", "--out", folder / "out", "--launch", "slurm", "--chunk", "2")
    out = folder / "out"
    collector = call(out / "submit.sh")
    wait_for(lambda: len(results(out)) >= 8, 60, "the first results")
    # One node goes down while a task runs on it: that is killed and put back into the queue.
    wait_for(lambda: call("squeue", "-h", "-t", "RUNNING", "-w", "n2", "-o", "%i"), 60, "a task on n2")
    call("scontrol", "update", "NodeName=n2", "State=DOWN", "Reason=test")
    assert len(results(out)) < 64, "the sweep was over before the node went down"
    time.sleep(1)
    # It comes back by itself when it registers again, or is told to.
    subprocess.run(["scontrol", "update", "NodeName=n2", "State=RESUME"], capture_output=True, check=False)
    restarted = False
    end = time.monotonic() + 240
    while call("squeue", "-h", "-o", "%i"):
        assert time.monotonic() < end, call("squeue")
        # A requeued task waits two minutes unless it is told not to.
        for line in call("squeue", "-h", "-r", "-t", "PENDING", "-o", "%i %r").splitlines():
            job, reason = line.split(" ", 1)
            if reason == "BeginTime":
                restarted = True
                call("scontrol", "update", f"JobId={job}", "StartTime=now")
        time.sleep(0.3)
    assert restarted, "no task was requeued: the node was idle"
    assert "COMPLETED" in call("scontrol", "show", "job", collector), call("scontrol", "show", "job", collector)


def main():
    with tempfile.TemporaryDirectory(prefix="sl", dir="/tmp") as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)
        (folder / "base.yaml").write_text(BASE.format(root=ROOT))
        (folder / "sweep.yaml").write_text(SWEEP.format())
        call(SNNVP, "sweep", folder / "sweep.yaml", "--out", folder / "local", "--quiet")
        cluster = folder / "c"
        call("bash", HERE / "slurm_loopback.sh", "up", cluster, 2)
        try:
            run_on(cluster, folder)
        finally:
            subprocess.run(["bash", str(HERE / "slurm_loopback.sh"), "down", str(cluster)], capture_output=True, timeout=60, check=False)
        assert len(results(folder / "out")) == 64
        assert not list((folder / "out" / "results").glob("*.tmp.*")), "a part of a result was left"
        assert results(folder / "out") == results(folder / "local")
        assert rows(folder / "out" / "sweep.db") == rows(folder / "local" / "sweep.db")
        with open(folder / "out" / "sweep.csv", newline="") as table:
            assert [row["status"] for row in csv.DictReader(table)] == ["ok"] * 64
    print("ok: 64 points, one node down and up again, the same database as from this machine alone")


main()
