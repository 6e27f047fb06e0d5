#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gdb-multiarch on a program in the simulation (spec/firmware.md F27): SNNVP, and the folder of the sources."""
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SNNVP, ROOT = sys.argv.pop(1), sys.argv.pop(1)
GDB, CC = shutil.which("gdb-multiarch"), shutil.which("riscv64-unknown-elf-gcc")
SDK = os.path.join(ROOT, "workloads/firmware/sdk")
SOURCE = os.path.join(ROOT, "tests/gdb/debuggee.c")
PATIENCE = 60


def line_of(mark):
    with open(SOURCE, encoding="utf-8") as text:
        return next(i for i, line in enumerate(text, 1) if f"at: {mark} " in line)


class Reader:
    """Text of a pipe, up to something expected."""

    def __init__(self, pipe):
        self.pipe, self.text = pipe, ""

    def until(self, pattern, patience=PATIENCE):
        end = time.monotonic() + patience
        while not (found := re.search(pattern, self.text)):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.pipe], [], [], left)[0]:
                raise AssertionError(f"no {pattern!r} in {patience} s after:\n{self.text[-2000:]}")
            piece = os.read(self.pipe.fileno(), 65536)
            if not piece:
                raise AssertionError(f"no {pattern!r} before the end of:\n{self.text[-2000:]}")
            self.text += piece.decode(errors="replace")
        text, self.text = self.text[:found.end()], self.text[found.end():]
        return text


class Simulation:
    def __init__(self, elf, *arguments):
        command = [SNNVP, "run", "scenarios/firmware.yaml", "--set", f"workload.elf={elf}", "--quiet", "--gdb", "0", *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.err = Reader(self.process.stderr)
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", self.err.until(r"listening on 127\.0\.0\.1:\d+")).group(1))

    def finish(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), self.err.text + err.decode()

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Gdb:
    def __init__(self, elf, port):
        self.process = subprocess.Popen([GDB, "-q", "-nx", elf], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.out = Reader(self.process.stdout)
        self.out.until(r"\(gdb\) ")
        for setting in ("set pagination off", "set confirm off", "set width 0", "set debuginfod enabled off"):
            self.ask(setting)
        self.attached = self.ask(f"target remote :{port}")

    def send(self, command):
        self.process.stdin.write((command + "\n").encode())
        self.process.stdin.flush()

    def ask(self, command):
        self.send(command)
        return self.out.until(r"\(gdb\) ")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.out.until(r"SIGINT[^$]*\(gdb\) ")

    def value(self, expression):
        text = self.ask(f"output/d (int)({expression})")
        found = re.search(r"(-?\d+)\(gdb\)", text)
        if found is None:
            raise AssertionError(f"{expression} has no value: {text}")
        return int(found.group(1))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Session(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="snnvp_gdb_")
        cls.elf = os.path.join(cls.folder, "debuggee.elf")
        headers = os.environ.get("SNNVP_SDK_HEADERS", "")
        flags = ["--specs=picolibc.specs", "-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", "-O0", "-g", "-nostartfiles", "-Wall",
                 "-T", os.path.join(SDK, "snnvp.ld"), "-I", SDK, *(["-I", headers, "-L", headers] if headers else [])]
        subprocess.run([CC, *flags, *(os.path.join(SDK, part) for part in ("crt0.S", "stdio.c", "trap.c")), SOURCE, "-o", cls.elf], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def start(self, *arguments):
        simulation = Simulation(self.elf, *arguments)
        self.addCleanup(simulation.stop)
        return simulation

    def debug(self, simulation):
        gdb = Gdb(self.elf, simulation.port)
        self.addCleanup(gdb.close)
        return gdb

    def test_everything_a_person_does(self):
        simulation = self.start()
        gdb = self.debug(simulation)
        self.assertIn("_start", gdb.attached)
        # load: the program is written again through the debugger
        self.assertRegex(gdb.ask("load"), r"Start address 0x80000000")
        # break, continue, backtrace, print, finish
        self.assertIn("Breakpoint 1", gdb.ask("break square"))
        self.assertRegex(gdb.ask("continue"), r"square \(x=(x@entry=)?7\)")
        self.assertRegex(gdb.ask("backtrace"), r"#0 +square.*\s+#1 .* main ")
        self.assertIn("Value returned is", gdb.ask("finish"))
        self.assertEqual(gdb.value("$a0"), 49)
        # step into, next over a loop of 300,000 rounds on one line
        gdb.ask("delete")
        gdb.ask(f"tbreak {line_of('call-loop')}")
        gdb.ask("continue")
        self.assertRegex(gdb.ask("step"), r"sum_to \(n=(n@entry=)?300000\)")
        before = gdb.value("$minstret")
        for _ in range(6):
            text = gdb.ask("next")
            if f"{line_of('after-loop')}\t" in text:
                break
        self.assertIn("at: after-loop", text)
        self.assertGreater(gdb.value("$minstret") - before, 600000)
        # watch a variable, hardware breakpoints, step one instruction
        self.assertIn("atchpoint", gdb.ask("watch table[2]"))
        self.assertRegex(gdb.ask("continue"), r"Old value = 0\s+New value = 49")
        self.assertIn("= {0, 0, 49, 0}", gdb.ask("print table"))
        self.assertIn("= 1225", gdb.ask("print square(35)"))  # a call into the program
        gdb.ask("delete")
        self.assertIn("Hardware assisted breakpoint", gdb.ask(f"hbreak {line_of('spin')}"))
        gdb.ask("continue")
        gdb.ask("delete")
        pc, instructions = gdb.value("$pc"), gdb.value("$minstret")
        gdb.ask("stepi")
        self.assertNotEqual(gdb.value("$pc"), pc)
        self.assertEqual(gdb.value("$minstret") - instructions, 1)
        # Ctrl-C in a loop, registers and CSRs, set a variable, Ctrl-C in wfi
        gdb.send("continue")
        time.sleep(0.3)
        self.assertIn("main ()", gdb.interrupt())
        self.assertGreater(gdb.value("counter"), 0)
        self.assertEqual(gdb.value("$mhartid"), 0)
        self.assertIn("mstatus", gdb.ask("info registers mstatus"))
        # detach, and come again while the program runs
        self.assertIn("detached", gdb.ask("detach"))
        gdb.close()
        gdb = self.debug(simulation)
        self.assertIn("main ()", gdb.attached)
        # Ctrl-C in wfi, with nothing left that could wake the hart
        gdb.ask("set var go_on = 1")
        gdb.send("continue")
        time.sleep(0.3)
        gdb.interrupt()
        self.assertIn("wait_for_timer", gdb.ask("backtrace"))
        self.assertIn("asleep in wfi", gdb.ask("info threads"))
        # monitor
        self.assertRegex(gdb.ask("monitor info"), r"simulated time .*\n.*asleep in wfi")
        self.assertIn("uart.regs", gdb.ask("monitor map"))
        self.assertRegex(gdb.ask("monitor irq"), r"timer +- *, enabled|timer +-, enabled")
        self.assertIn("lsr", gdb.ask("monitor regs uart"))
        self.assertIn("did you mean uart?", gdb.ask("monitor regs uartt"))
        self.assertIn("instructions", gdb.ask("monitor stats cpu"))
        self.assertIn("nothing is pending", gdb.ask("monitor events"))
        self.assertIn("did you mean", gdb.ask("monitor inf"))
        self.assertIn("continue runs to", gdb.ask("monitor until +1 ms"))
        gdb.ask("continue")
        self.assertIn("is past", gdb.ask("monitor until 1 us"))
        # bad addresses are an answer
        self.assertIn("Cannot access memory", gdb.ask("x/x 0x40000000"))
        gdb.ask("kill")
        gdb.close()
        code, _, err = simulation.finish()
        self.assertEqual(code, 1)
        self.assertIn("the debugger ends the run", err)

    def test_monitor_resets_traces_and_quits(self):
        simulation = self.start()
        gdb = self.debug(simulation)
        gdb.ask("break square")
        self.assertIn("square (x=", gdb.ask("continue"))
        # reset: from the start again, breakpoints stay
        self.assertIn("all blocks are reset", gdb.ask("monitor reset"))
        gdb.ask("maintenance flush register-cache")
        self.assertIn("_start", gdb.ask("print/a $pc"))
        self.assertEqual(gdb.value("$ra"), 0)
        self.assertIn("square (x=", gdb.ask("continue"))
        # trace: each instruction on the simulator's stderr, while it is on
        self.assertIn("every instruction", gdb.ask("monitor trace on"))
        gdb.ask("stepi")
        self.assertIn("in square+", simulation.err.until(r"trace: cpu at 0x[0-9a-f]+ in square\+[^\n]*\n"))
        self.assertIn("the trace is off", gdb.ask("monitor trace off"))
        self.assertIn("write trace on", gdb.ask("monitor trace maybe"))
        for command in ("info", "map", "irq", "regs BLOCK", "stats", "events", "until TIME", "reset", "trace on|off", "quit"):
            self.assertIn(command, gdb.ask("monitor help"))
        self.assertRegex(gdb.ask("monitor events"), "something happens at|nothing is pending")
        self.assertIn("the run ends", gdb.ask("monitor quit"))
        code, out, _ = simulation.finish()
        self.assertEqual(code, 1)
        self.assertIn("interrupted", out)

    def test_a_run_that_ends_by_a_limit_tells_the_debugger_why(self):
        simulation = self.start("--set", "run.limit=60 ms")
        gdb = self.debug(simulation)
        said = gdb.ask("continue")
        self.assertIn("the run ends with status limit", said)
        self.assertRegex(said, r"cpu was at 0x[0-9a-f]+ in main\+0x[0-9a-f]+ \(debuggee.c:\d+\)")
        self.assertIn("exited with code 01", said)
        self.assertNotIn("Remote connection closed", said)
        code, _, _ = simulation.finish()
        self.assertEqual(code, 1)

    def test_a_program_that_fails_tells_the_debugger_why(self):
        simulation = self.start()
        gdb = self.debug(simulation)
        gdb.ask("break square")
        gdb.ask("continue")
        gdb.ask("set var $pc = &_exit")
        gdb.ask("set var $a0 = 9")
        said = gdb.ask("continue")
        self.assertIn("the run ends with status firmware_failed: the program ended itself with exit code 9", said)
        self.assertIn("exited with code 011", said)  # octal, as gdb writes it
        self.assertEqual(simulation.finish()[0], 1)

    def test_a_debugged_run_reports_what_one_without_does(self):
        folders = [os.path.join(self.folder, name) for name in ("plain", "debugged")]
        plain = subprocess.run([SNNVP, "run", "scenarios/firmware.yaml", "--set", f"workload.elf={self.elf}", "--quiet", "--set",
                                "platform.blocks.cpu.params.max_instructions=3000000", "--out", folders[0]], cwd=ROOT, capture_output=True)
        simulation = self.start("--set", "platform.blocks.cpu.params.max_instructions=3000000", "--out", folders[1])
        gdb = self.debug(simulation)
        gdb.ask("break sum_to")
        gdb.ask("continue")
        for _ in range(20):
            gdb.ask("stepi")
        gdb.ask("watch table[2]")
        gdb.ask("continue")
        gdb.ask("monitor stats")
        gdb.ask("delete")
        self.assertIn("exited with code", gdb.ask("continue"))
        code, _, _ = simulation.finish()
        self.assertEqual(code, plain.returncode)
        reports = []
        for folder in folders:
            with open(os.path.join(folder, "report.json"), "rb") as report:
                reports.append(report.read())
        self.assertEqual(json.loads(reports[0])["status"], "limit")
        self.assertEqual(reports[0], reports[1])

    def test_a_debugger_that_is_killed_leaves_a_program_that_ends(self):
        simulation = self.start("--set", "run.limit=20 s")
        gdb = self.debug(simulation)
        gdb.ask("break square")
        gdb.ask("continue")
        gdb.process.kill()
        gdb.process.communicate()
        code, out, err = simulation.finish()
        self.assertIn("connection was lost", err)
        self.assertEqual(code, 0, err)
        self.assertIn("49 ", out)

    def test_a_port_in_use_is_a_message(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            result = subprocess.run([SNNVP, "run", "scenarios/firmware.yaml", "--gdb", str(port)], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"cannot listen on 127.0.0.1:{port}", result.stderr)
        self.assertIn("Address already in use", result.stderr)
        other = subprocess.run([SNNVP, "run", "scenarios/product_sparsity.yaml", "--gdb", "0"], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(other.returncode, 2)
        self.assertIn("only a program", other.stderr)


if __name__ == "__main__":
    for tool, name in ((GDB, "gdb-multiarch"), (CC, "riscv64-unknown-elf-gcc")):
        if tool is None:
            print(f"SKIPPED: there is no {name} here")
            sys.exit(0)
    unittest.main()
