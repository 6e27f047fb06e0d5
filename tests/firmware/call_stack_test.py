#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mistakes of a program with debug information, as a person meets them on the command line (spec/firmware.md F26, issue point 6): SNNVP,
and the folder of the sources."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SNNVP, ROOT = sys.argv.pop(1), sys.argv.pop(1)
CC = shutil.which("riscv64-unknown-elf-gcc")
SDK = os.path.join(ROOT, "workloads/firmware/sdk")
SOURCE = """
#include <stdint.h>
#include <stdio.h>
#include "snn.h"
#define OWN __attribute__((noinline, noclone, optimize("no-optimize-sibling-calls")))
volatile uint32_t sink;
static uint32_t table[2] = {0x00000513, 0x00008067};
OWN void innermost(uint32_t what) {
  switch (what) {
    case 0: sink = *(volatile uint32_t *)0x40000000u; break; /* at: pointer */
    case 1: ((void (*)(void))(uintptr_t)table)(); break; /* at: data */
    case 2: for (;;) sink++; /* at: loop */
    case 3: asm volatile("sh zero, 1(%0)" :: "r"(SNN_SIMCTL)); break; /* at: misaligned */
    case 4: asm volatile("csrw mie, zero; wfi"); break; /* at: asleep */
  }
  sink++;
}
OWN unsigned deeper(volatile unsigned *from) {
  volatile unsigned frame[64];
  frame[0] = *from + 1;
  return deeper(frame) + frame[0]; /* at: recursion */
}
OWN void middle(uint32_t what) { innermost(what); sink++; } /* at: middle */
OWN void outer(uint32_t what) { /* at: outer */
  volatile unsigned zero = what;
  if (what == 5) sink = deeper(&zero); /* at: overflow */
  else middle(what); /* at: call */
  sink++;
}
int main(void) { outer(simctl_arg(0)); sink++; return 0; } /* at: main */
"""


def line(mark):
    return next(i for i, text in enumerate(SOURCE.splitlines(), 1) if f"at: {mark} " in text)


class Mistakes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="snnvp_stack_")
        source = os.path.join(cls.folder.name, "wrong.c")
        with open(source, "w", encoding="utf-8") as out:
            out.write(SOURCE)
        headers = os.environ.get("SNNVP_SDK_HEADERS", "")
        cls.elfs = {}
        for level in ("-O0", "-Og", "-O2"):
            elf = cls.elfs[level] = os.path.join(cls.folder.name, f"wrong{level}.elf")
            subprocess.run([CC, "--specs=picolibc.specs", "-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", level, "-g", "-nostartfiles", "-T",
                            os.path.join(SDK, "snnvp.ld"), "-I", SDK, *(["-I", headers, "-L", headers] if headers else []),
                            *(os.path.join(SDK, part) for part in ("crt0.S", "stdio.c", "trap.c")), source, "-o", elf], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_with(self, what, level):
        result = subprocess.run([SNNVP, "run", "scenarios/firmware.yaml", "--quiet", "--set", f"workload.elf={self.elfs[level]}", "--set",
                                 f"platform.blocks.ctl.params.args=[{what}]", "--set", "run.limit=2 ms"], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(result.returncode, 1, result.stderr)
        return result.stdout

    def stack(self, innermost, exact=True):
        at = r"wrong\.c:" + (str(line(innermost)) if exact else r"\d+")
        return rf"call stack: innermost \({at}\) < middle \(wrong\.c:{line('middle')}\) < outer \(wrong\.c:{line('call')}\) < main \(wrong\.c:{line('main')}\)"

    def test_a_wild_pointer(self):
        for level in self.elfs:
            said = self.run_with(0, level)
            self.assertIn("ended itself with exit code 127 through ctl: a trap that it does not handle", said)
            self.assertRegex(said, rf"load access fault at 0x8\w+ in innermost(\+\w+)? \(wrong\.c:{line('pointer')}\), address 0x40000000.*no block is there")
            self.assertRegex(said, self.stack("pointer"))

    def test_a_jump_into_data(self):
        for level in self.elfs:
            said = self.run_with(1, level)
            self.assertRegex(said, r"fetch access fault at 0x8\w+.*: a jump into data: memory protection forbids to execute there")
            self.assertRegex(said, rf"call stack: \S+ < innermost \(wrong\.c:{line('data')}\) < middle")

    def test_an_endless_loop(self):
        for level in self.elfs:
            said = self.run_with(2, level)
            self.assertRegex(said, r"most cycles went to innermost \(wrong\.c:\d+\) (100|99) %")
            self.assertRegex(said, "an endless loop\\? if not, raise the limit; " + self.stack("loop", exact=False))

    def test_a_misaligned_access(self):
        said = self.run_with(3, "-Og")
        self.assertRegex(said, rf"misaligned store at 0x8\w+ in innermost\+\w+ \(wrong\.c:{line('misaligned')}\).*registers of ctl\.regs take aligned accesses only")
        self.assertRegex(said, self.stack("misaligned"))

    def test_asleep_for_good(self):
        self.assertRegex(self.run_with(4, "-Og"), "sleeps in wfi at 0x8.*\n.*; " + self.stack("asleep", exact=False))

    def test_a_stack_that_overflows(self):
        for level in ("-O0", "-Og"):
            said = self.run_with(5, level)
            self.assertRegex(said, r"access fault at 0x8\w+ in deeper.*the stack has overflowed into its guard page")
            found = re.search(rf"call stack: deeper \(wrong\.c:\d+\) < deeper \(wrong\.c:{line('recursion')}\) (\d+) times < outer \(wrong\.c:{line('overflow')}\) < main", said)
            self.assertTrue(found, said)
            self.assertGreater(int(found.group(1)), 20)


if __name__ == "__main__":
    if CC is None:
        print("SKIPPED: there is no riscv64-unknown-elf-gcc here")
        sys.exit(0)
    unittest.main()
