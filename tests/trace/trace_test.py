#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Traces of every kind of scenario against the rules of their formats (trace_rules.py) and against the report of the same run."""
import copy
import gzip
import json
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import trace_rules as rules

SNNVP, SOURCE = sys.argv.pop(1), sys.argv.pop(1)
ENGINE = "scenarios/product_sparsity.yaml"
SCENARIOS = {
    "engine": [ENGINE],
    "engine, paper timing": [ENGINE, "--set", "platform.blocks.pu.params.timing=paper"],
    "network": ["scenarios/quickstart.yaml", "--set", "workload.samples=1"],
    "transformer": ["scenarios/papers/stack3d_mha.yaml"],
    "firmware": ["scenarios/firmware.yaml"],
    "firmware with interrupts": ["scenarios/firmware/timer_irq.yaml"],
    "firmware that drives an engine": ["scenarios/firmware/classify.yaml"],
    "mesh": ["scenarios/papers/mesh_uniform.yaml", "--set", "workload.warmup=200", "--set", "workload.measure=500"],
    "chiplet": ["scenarios/snap_front.yaml"],
    "pi2": ["scenarios/pi2_digits.yaml"],
    "switches": ["scenarios/switch_fabric.yaml"],
    "dram": ["scenarios/papers/dram_bandwidth.yaml", "--set", "workload.requests=2000"],
    "thermal": ["scenarios/thermal_stack.yaml"],
}


def run(*arguments, code=0):
    done = subprocess.run([SNNVP, "run", *arguments, "--quiet"], cwd=SOURCE, capture_output=True, timeout=120)
    if done.returncode != code:
        raise AssertionError(f"snnvp run {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr.decode()}{done.stdout.decode()}")
    return done


def elf_bytes(path):
    """{address: byte} of the segments of a little-endian 32-bit ELF file."""
    with open(path, "rb") as file:
        data = file.read()
    phoff, = struct.unpack_from("<I", data, 28)
    phentsize, phnum = struct.unpack_from("<HH", data, 42)
    found = {}
    for i in range(phnum):
        kind, offset, address, _, size = struct.unpack_from("<IIIII", data, phoff + i * phentsize)
        if kind == 1:
            found.update(zip(range(address, address + size), data[offset:offset + size]))
    return found


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def traced(self, name, scenario, *arguments):
        """Bytes of the trace and the report, with the kernel's own check of nothing left over."""
        path = self.path(name)
        done = run(*scenario, "--trace", path, "--json", *arguments)
        self.assertFalse(os.path.exists(path + ".partial"))
        with open(path, "rb") as file:
            return file.read(), done.stdout

    def good(self, data):
        self.assertEqual(rules.chrome_problems(data), [])
        return rules.load(data)

    # F12 and point 5 of the desk

    def test_every_kind_of_scenario_obeys_the_rules_and_leaves_the_report_as_it_is(self):
        for name, scenario in SCENARIOS.items():
            with self.subTest(name):
                data, report = self.traced("kind.json", scenario)
                trace = self.good(data)
                self.assertGreater(sum(e["ph"] == "X" for e in trace["traceEvents"]), 0)
                self.assertEqual(report, run(*scenario, "--json").stdout)
                text, _ = self.traced("kind.vcd", scenario)
                self.assertEqual(rules.vcd_problems(text.decode()), [])

    def test_equal_runs_leave_equal_traces(self):
        for end in ("json", "vcd"):
            self.assertEqual(self.traced("a." + end, [ENGINE])[0], self.traced("b." + end, [ENGINE])[0])

    def test_broken_traces_are_refused(self):
        data, _ = self.traced("good.json", [ENGINE])
        good = self.good(data)
        plain = json.loads(data)
        events = plain["traceEvents"]
        slices = [i for i, e in enumerate(events) if e["ph"] == "X" and e["dur"] > 0.01]
        jobs = [i for i in slices if events[i]["cat"] == "job"]
        flows = [i for i, e in enumerate(events) if e["ph"] in "stf"]
        counts = [i for i, e in enumerate(events) if e["ph"] == "C"]
        names = [i for i, e in enumerate(events) if e["name"] == "thread_name"]
        self.assertTrue(slices and jobs and flows and counts and names)

        def overlap(e, i):
            e.insert(i + 1, {**e[i], "ts": e[i]["ts"] + e[i]["dur"] / 2})

        mutations = {
            "overlap": (jobs, overlap),
            "negative duration": (slices, lambda e, i: e[i].update(dur=-e[i]["dur"])),
            "no duration": (slices, lambda e, i: e[i].pop("dur")),
            "a time as text": (slices, lambda e, i: e[i].update(ts=str(e[i]["ts"]))),
            "a part of a picosecond": (slices, lambda e, i: e[i].update(ts=e[i]["ts"] + 1e-7)),
            "unknown phase": (slices, lambda e, i: e[i].update(ph="Z")),
            "a begin without an end": (slices, lambda e, i: e[i].update(ph="B")),
            "outside of the window": (slices, lambda e, i: e.append({**e[i], "ts": 1e9})),
            "back in time": (slices[5:], lambda e, i: e.append({**e[i], "ts": 0, "dur": 0})),
            "no name": (slices, lambda e, i: e[i].pop("name")),
            "no process": (slices, lambda e, i: e[i].update(pid=999)),
            "a flow without one end": (flows, lambda e, i: e.pop(i)),
            "a flow to nowhere": (flows, lambda e, i: e[i].update(id=10**9)),
            "a counter of text": (counts, lambda e, i: e[i].update(args={"GB/s": "1"})),
            "a counter twice": (counts, lambda e, i: e.insert(i, e[i])),
            "a thread without a name": (names, lambda e, i: e.pop(i)),
            "an event too few": (slices, lambda e, i: e.pop(i)),
        }
        draw = random.Random(1)
        for name, (places, mutate) in mutations.items():
            for _ in range(3):
                broken = copy.deepcopy(plain)
                mutate(broken["traceEvents"], draw.choice(places))
                with self.subTest(name):
                    self.assertNotEqual(rules.chrome_problems(json.dumps(broken).encode()), [])
        for broken in (data[:-3], data[:len(data) // 2], data.replace(b'"dur":', b'"dur":NaN', 1), b"[]", b""):
            self.assertNotEqual(rules.chrome_problems(broken), [])
        self.assertEqual(len(good["traceEvents"]), len(events))

    def test_broken_dumps_are_refused(self):
        text = self.traced("good.vcd", [ENGINE])[0].decode()
        self.assertEqual(rules.vcd_problems(text), [])
        lines = text.splitlines(keepends=True)
        times = [i for i, line in enumerate(lines) if line.startswith("#")]
        values = [i for i in range(times[3], len(lines)) if lines[i][0] in "01"]
        for broken in (lines[:times[2]] + [lines[times[4]]] + lines[times[2]:],        # back in time
                       lines[:values[0]] + [lines[values[0]]] + lines[values[0]:],     # twice
                       lines[:values[0]] + ["1nosuch\n"] + lines[values[0]:],
                       [line for line in lines if "$upscope" not in line],
                       [line for line in lines if "timescale" not in line]):
            self.assertNotEqual(rules.vcd_problems("".join(broken)), [])

    # Against the report

    def test_lanes_and_signals_add_up_to_the_report(self):
        data, report = self.traced("engine.json", [ENGINE])
        report, lanes = json.loads(report), rules.lanes(data)
        vcd = rules.Vcd(self.traced("engine.vcd", [ENGINE])[0].decode())
        blocks = {b["name"]: b for b in report["blocks"]}

        def total(block, lane):
            return sum(end - start for start, end, _, _ in lanes[block][lane])

        core_ps, layers = 2000, report["layers"]  # 500 MHz
        self.assertEqual(total("pu", "chain"), report["totals"]["cycles"] * core_ps)
        self.assertEqual(vcd.high_time("pu", "chain"), report["totals"]["cycles"] * core_ps)
        stats = blocks["pu"]["stats"]
        self.assertEqual(total("pu", "fetch"), sum(l["fetch_cycles"] for l in layers if l.get("fetch_cycles")) * core_ps
                         if "fetch_cycles" not in stats else stats["fetch_cycles"] * core_ps)
        depth = "fetch_depth" if ("pu", "fetch_depth") in vcd.signals else "fetch"
        self.assertEqual(vcd.integral("pu", depth), total("pu", "fetch"))
        self.assertEqual(total("bus", "data path"), blocks["bus"]["stats"]["busy_cycles"] * core_ps)
        self.assertEqual(vcd.high_time("bus", "data_path"), blocks["bus"]["stats"]["busy_cycles"] * core_ps)
        self.assertEqual(len(lanes["pu"]["job"]), stats["jobs"])
        self.assertEqual(sorted({name for _, _, name, _ in lanes["pu"]["job"]}),
                         sorted({l["name"] for l in layers if l["kind"] != "lif"}))
        dma = lanes["pu"]["dma -> bus.in[1]"] if "dma -> bus.in[1]" in lanes["pu"] else \
            next(v for k, v in lanes["pu"].items() if k.startswith("dma -> "))
        self.assertEqual(len(dma), stats["dma_bursts"])
        self.assertEqual(sum(int(args["length"]) for _, _, name, args in dma if name == "READ"), stats["bus_read_bytes"])
        self.assertEqual(sum(int(args["length"]) for _, _, name, args in dma if name == "WRITE"), stats["bus_write_bytes"])

    def test_curves_are_the_energy_the_bytes_and_the_heat_of_the_report(self):
        data, report = self.traced("heat.json", ["scenarios/thermal_stack.yaml"])
        report, curves = json.loads(report), rules.curves(data)
        hottest = [values for (_, name), values in curves.items() if name.startswith("hottest spot of tier")]
        self.assertEqual(len(hottest), 2)
        self.assertAlmostEqual(max(v for points in hottest for _, v in points), report["totals"]["t_max_c"], delta=1e-6)
        data, report = self.traced("power.json", [ENGINE, "--set", "technology.preset=generic28"])
        report, curves = json.loads(report), rules.curves(data)
        end = rules.load(data)["otherData"]["window_ps"][1]
        energy = rules.integral(curves["platform", "power"], end) * 1e-12
        engine = rules.integral(curves["pu", "power"], end) * 1e-12
        self.assertAlmostEqual(engine / report["energy"]["by_block"]["pu"]["total_j"], 1, delta=1e-6)
        self.assertAlmostEqual(energy / report["energy"]["total_j"], 1, delta=1e-6)
        blocks = sum(rules.integral(v, end) for (block, name), v in curves.items() if name == "power" and block != "platform")
        self.assertAlmostEqual(blocks * 1e-12 / energy, 1, delta=1e-9)
        stats = next(b["stats"] for b in report["blocks"] if b["name"] == "pu")
        moved = sum(rules.integral(v, end) for (block, name), v in curves.items() if block == "pu" and name.startswith("bandwidth dma"))
        self.assertAlmostEqual(moved * 1e-3 / (stats["bus_read_bytes"] + stats["bus_write_bytes"]), 1, delta=1e-6)  # GB/s x ps: 1e-3 bytes

    def test_sleep_of_a_hart_and_its_phases_are_those_of_the_report(self):
        data, report = self.traced("irq.json", ["scenarios/firmware/timer_irq.yaml"])
        report, lanes = json.loads(report), rules.lanes(data)
        vcd = rules.Vcd(self.traced("irq.vcd", ["scenarios/firmware/timer_irq.yaml"])[0].decode())
        harts = [b for b in report["blocks"] if b["kind"] == "models.riscv"]
        self.assertTrue(harts)
        for hart in harts:
            slices = lanes[hart["name"]]["hart"]
            asleep = sum(end - start for start, end, name, _ in slices if name == "wfi")
            self.assertGreater(hart["stats"]["sleep_cycles"], 0)
            self.assertEqual(asleep % hart["stats"]["sleep_cycles"], 0)  # a whole clock period each
            whole = rules.load(data)["otherData"]["window_ps"][1]  # the hart's own cycles may go on for an instruction
            self.assertEqual(sum(end - start for start, end, _, _ in slices), whole)
            self.assertLess(hart["stats"]["cycles"] * (asleep // hart["stats"]["sleep_cycles"]) - whole, 100_000)
        self.assertTrue(any(form == "wire" and "mti" in name or "timer" in name for (_, name), form in vcd.types.items()))

    def test_a_database_holds_every_access_and_job(self):
        path = self.path("engine.sqlite")
        report = json.loads(run(ENGINE, "--trace", path, "--json").stdout)
        stats = {b["name"]: b["stats"] for b in report["blocks"]}
        with sqlite3.connect(path) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            self.assertEqual(db.execute("SELECT value FROM meta WHERE key = 'scenario_hash'").fetchone()[0], report["scenario"]["hash"])
            read = dict(db.execute("SELECT command, SUM(length) FROM transactions WHERE initiator = 'pu.dma' GROUP BY command"))
            self.assertEqual(read, {"READ": stats["pu"]["bus_read_bytes"], "WRITE": stats["pu"]["bus_write_bytes"]})
            self.assertEqual(db.execute("SELECT COUNT(*) FROM job").fetchone()[0], stats["pu"]["jobs"])
            self.assertEqual(db.execute("SELECT COUNT(*) FROM transactions WHERE response <> 'OK'").fetchone()[0], 0)
            self.assertEqual(db.execute("SELECT COUNT(*) FROM transactions WHERE duration_ps < 0").fetchone()[0], 0)
            self.assertEqual(db.execute("SELECT COUNT(*) FROM transactions WHERE target = 'dram.in'").fetchone()[0],
                             stats["dram"]["accesses"])
            plan = " ".join(str(row) for row in db.execute(
                "EXPLAIN QUERY PLAN SELECT * FROM transactions WHERE time_ps BETWEEN 0 AND 1000"))
            self.assertIn("transfer_by_time", plan)

    def test_an_instruction_trace_is_what_the_program_says_and_changes_nothing_else(self):
        path = self.path("insn.txt")
        plain = json.loads(run("scenarios/firmware.yaml", "--json").stdout)
        report = json.loads(run("scenarios/firmware.yaml", "--json", "--set", f"platform.blocks.cpu.params.insn_trace={path}").stdout)
        self.assertNotEqual(report["scenario"].pop("hash"), plain["scenario"].pop("hash"))  # a parameter of a block
        # Cycles by function are finer where the core makes single steps: a piece of code that runs through two of them is two pieces.
        functions, steps = plain["firmware"].pop("functions"), report["firmware"].pop("functions")
        self.assertEqual(sum(f["cycles"] for f in steps), sum(f["cycles"] for f in functions))
        self.assertEqual(report, plain)
        code = elf_bytes(os.path.join(SOURCE, "scenarios/firmware/hello.elf"))
        with open(path) as file:
            lines = [line.split() for line in file]
        hart = next(b["stats"] for b in report["blocks"] if b["kind"] == "models.riscv")
        self.assertEqual(len(lines), hart["instructions"])
        last = -1
        for cycle, pc, word, *changes in lines:
            address = int(pc, 16)
            size = len(word) // 2
            self.assertEqual(bytes(code[address + i] for i in range(size)), int(word, 16).to_bytes(size, "little"))
            self.assertGreater(int(cycle), last)
            last = int(cycle)
            self.assertLessEqual(len(changes), 1)

    # Windows, limits, ends

    def test_a_window_cuts_and_a_limit_says_what_is_missing(self):
        whole, _ = self.traced("whole.json", [ENGINE])
        end = rules.load(whole)["otherData"]["window_ps"][1]
        first, last = end // 3, end // 2
        window = ["--set", f"run.trace.window=[{first} ps, {last} ps]"]
        trace = self.good(self.traced("window.json", [ENGINE, *window])[0])
        self.assertEqual(trace["otherData"]["window_ps"], [first, last])
        self.assertTrue(any(e.get("args", {}).get("cut") for e in trace["traceEvents"]))
        cut = rules.lanes(self.traced("window.json", [ENGINE, *window])[0])["bus"]["data path"]
        expected = sum(max(0, min(e, last) - max(s, first)) for s, e, _, _ in rules.lanes(whole)["bus"]["data path"])
        self.assertEqual(sum(e - s for s, e, _, _ in cut), expected)
        vcd = rules.Vcd(self.traced("window.vcd", [ENGINE, *window])[0].decode())
        self.assertEqual(vcd.high_time("bus", "data_path"), expected)
        trace = self.good(self.traced("late.json", [ENGINE, "--set", "run.trace.window=[1 s, 2 s]"])[0])
        self.assertEqual(trace["otherData"]["events"], 0)
        for most in (100, 1000):
            trace = self.good(self.traced("few.json", [ENGINE, "--set", f"run.trace.max_events={most}"])[0])
            shown = [e for e in trace["traceEvents"] if e["ph"] != "M"]
            self.assertLessEqual(len(shown), most)
            self.assertGreater(len(shown), most // 2)
            self.assertGreater(trace["otherData"]["dropped"], 0)
        done = run(ENGINE, "--trace", self.path("few.json"), "--set", "run.trace.max_events=1000")
        self.assertIn(b"were dropped: raise run.trace.max_events", done.stdout)

    def test_gzip_and_files_named_by_the_scenario(self):
        packed, _ = self.traced("packed.json.gz", [ENGINE])
        self.assertEqual(gzip.decompress(packed), self.traced("plain.json", [ENGINE])[0])
        out = self.path("out")
        run(ENGINE, "--out", out, "--set", "run.trace.file=t.json", "--set", "run.trace.gzip=true")
        with gzip.open(os.path.join(out, "t.json.gz")) as file:
            self.good(file.read())
        run(ENGINE, "--out", out, "--set", "run.trace.file=other.name", "--set", "run.trace.format=vcd")
        with open(os.path.join(out, "other.name")) as file:
            self.assertEqual(rules.vcd_problems(file.read()), [])

    def test_a_trace_is_no_part_of_the_hash(self):
        hashes = set()
        for extra in ([], ["--set", "run.trace.file=/dev/null/x.json"], ["--set", "run.trace.window=[1 us, 2 us]"]):
            done = subprocess.run([SNNVP, "check", ENGINE, *extra], cwd=SOURCE, capture_output=True, check=True)
            hashes.add(done.stdout.split()[-1])
        self.assertEqual(len(hashes), 1)

    def test_what_cannot_be_written_is_told_before_the_run(self):
        for arguments, words in ((["--trace", self.path("x.txt")], b"allowed ends: .json"),
                                 (["--trace", "/nowhere/x.json"], b"cannot write"),
                                 (["--trace", self.path("x.sqlite"), "--set", "run.trace.gzip=true"], b"gzip"),
                                 (["--set", "run.trace.file=x.json", "--set", "run.trace.window=[2 us, 1 us]"], b"run.trace.window"),
                                 (["--set", "run.trace.file=x.json", "--set", "run.trace.window=[2 us]"], b"run.trace.window"),
                                 (["--set", "run.trace.format=svg"], b"chrome, vcd"),
                                 (["--set", "run.trace.max_events=1"], b"100")):
            with self.subTest(arguments):
                self.assertIn(words, run(ENGINE, *arguments, code=2).stderr)

    def test_an_interrupted_run_leaves_a_whole_trace(self):
        path = self.path("cut.json")
        child = subprocess.Popen([SNNVP, "run", "scenarios/papers/mesh_uniform.yaml", "--set", "workload.measure=100000000", "--quiet", "--trace", path],
                                 cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.7)
        self.assertFalse(os.path.exists(path))
        self.assertTrue(os.path.exists(path + ".partial"))
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=100)
        self.assertEqual(child.returncode, 1)
        with open(path, "rb") as file:
            self.good(file.read())
        self.assertFalse(os.path.exists(path + ".partial"))

    def test_a_killed_run_leaves_nothing_under_the_name_of_the_trace(self):
        path = self.path("killed.json")
        child = subprocess.Popen([SNNVP, "run", "scenarios/papers/mesh_uniform.yaml", "--set", "workload.measure=100000000", "--quiet", "--trace", path],
                                 cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.5)
        child.kill()
        child.communicate(timeout=60)
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
