#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The UART's line to the host while the simulation runs (spec/firmware.md 4.9): SNNVP, and the folder of the sources."""
import json
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SNNVP, ROOT = sys.argv.pop(1), sys.argv.pop(1)
PATIENCE = 60
X0, T0, T1, T2, A0, A1, A2, A3 = 0, 5, 6, 7, 10, 11, 12, 13


# Encodings of the ISA manual, so that no compiler is needed.
def i_type(imm, rs1, f3, rd, op):
    return (imm & 0xFFF) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op


def lui(rd, upper):
    return upper << 12 | rd << 7 | 0x37


def addi(rd, rs1, imm):
    return i_type(imm, rs1, 0, rd, 0x13)


def load(f3, rd, imm, rs1):
    return i_type(imm, rs1, f3, rd, 0x03)


def store(f3, rs2, imm, rs1):
    return (imm >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (imm & 31) << 7 | 0x23


def branch(f3, a, b, imm):
    return (imm >> 12 & 1) << 31 | (imm >> 5 & 63) << 25 | b << 20 | a << 15 | f3 << 12 | (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 | 0x63


ANDI_1, WFI, CSRW_MIE_T0 = i_type(1, T0, 7, T0, 0x13), 0x10500073, i_type(0x304, T0, 1, X0, 0x73)
LBU, LW, SB, SW = 4, 2, 0, 2
EXIT = [lui(A1, 0x100), lui(T0, 5), addi(T0, T0, 0x555), store(SW, T0, 0, A1), 0x0000006F]
# Sends back whatever it receives, up to a "q": by asking the line status again and again.
POLLED = [lui(A0, 0x10000), load(LBU, T0, 5, A0), ANDI_1, branch(0, T0, X0, -8), load(LBU, T1, 0, A0), store(SB, T1, 0, A0),
          addi(T2, X0, ord("q")), branch(1, T1, T2, -24), *EXIT]
# The same, asleep until the receive interrupt: source 10 of the PLIC with priority 1, enabled for hart 0, claimed and completed.
SLEEPING = [lui(A0, 0x10000), lui(A2, 0xC000), addi(T0, X0, 1), store(SW, T0, 40, A2), lui(A3, 0xC002), addi(T0, X0, 0x400), store(SW, T0, 0, A3),
            lui(A3, 0xC200), addi(T0, X0, 1), store(SB, T0, 1, A0), lui(T0, 1), addi(T0, T0, -0x800), CSRW_MIE_T0,
            WFI, load(LW, T2, 4, A3), load(LBU, T1, 0, A0), store(SB, T1, 0, A0), store(SW, T2, 4, A3),
            addi(T2, X0, ord("q")), branch(1, T1, T2, -24), *EXIT]


class Console(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="snnvp_console_")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, words, *more, **pipes):
        image = os.path.join(self.folder, "program.bin")
        with open(image, "wb") as out:
            out.write(struct.pack(f"<{len(words)}I", *words))
        process = subprocess.Popen([SNNVP, "run", "scenarios/firmware.yaml", "--quiet", "--out", os.path.join(self.folder, "out"),
                                    "--set", "workload.elf=null", "--set", f"workload.images=[{{file: {image}, at: 0x80000000}}]",
                                    "--set", "run.limit=300 s", *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **pipes)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def finish(self, process):
        process.wait(PATIENCE)
        with open(os.path.join(self.folder, "out/report.json"), encoding="utf-8") as report:
            report = json.load(report)
        self.assertEqual((process.returncode, report["status"]), (0, "ok"))
        self.assertTrue(any("somebody typed" in item["text"] for item in report["diagnosis"]), report["diagnosis"])
        with open(os.path.join(self.folder, "out/uart.log"), encoding="utf-8", newline="") as log:
            return log.read()

    def join(self, process):
        text = b""
        while not (found := re.search(rb"uart: (/dev/pts/\d+)\s", text)):
            self.assertTrue(select.select([process.stderr], [], [], PATIENCE)[0], text)
            piece = os.read(process.stderr.fileno(), 4096)
            self.assertTrue(piece, text)
            text += piece
        return os.open(found.group(1), os.O_RDWR | os.O_NOCTTY)

    def talk(self, words):
        process = self.start(words, "--set", "platform.blocks.uart.params.console=pty")
        line = self.join(process)
        self.addCleanup(os.close, line)
        echo = b""
        for part in (b"hel", b"lo\r\n", b"q"):
            os.write(line, part)
            expected = len(echo) + len(part)
            while len(echo) < expected:
                self.assertTrue(select.select([line], [], [], PATIENCE)[0], echo)
                piece = os.read(line, 4096)
                self.assertTrue(piece, f"the simulation ended after {echo!r}")
                echo += piece
            time.sleep(0.05)  # the simulation goes on meanwhile
        self.assertEqual(echo, b"hello\r\nq")  # raw: nothing is added or changed
        self.assertEqual(self.finish(process), "hello\r\nq")

    def test_a_program_that_polls_talks_over_a_pseudo_terminal(self):
        self.talk(POLLED)

    def test_a_program_that_sleeps_is_woken_by_what_is_typed(self):
        self.talk(SLEEPING)

    def test_nobody_needs_to_read(self):
        # More than the terminal and the line keep: the program goes on, and the log has all of it.
        words = [lui(A0, 0x10000), lui(T1, 49), addi(T0, X0, ord("x")), store(SB, T0, 0, A0), addi(T1, T1, -1), branch(1, T1, X0, -8), *EXIT]
        process = self.start(words, "--set", "platform.blocks.uart.params.console=pty")
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(os.path.getsize(os.path.join(self.folder, "out/uart.log")), 49 << 12)

    def test_standard_input_is_received(self):
        process = self.start(POLLED, "--set", "platform.blocks.uart.params.stdin=true", stdin=subprocess.PIPE)
        process.stdin.write(b"one ")
        process.stdin.flush()
        time.sleep(0.1)
        process.stdin.write(b"q")
        process.stdin.close()
        self.assertEqual(self.finish(process), "one q")

    def test_a_line_has_one_other_end(self):
        process = self.start(POLLED, "--set", "platform.blocks.uart.params.stdin=true", "--set", "platform.blocks.uart.params.console=pty")
        self.assertEqual(process.wait(PATIENCE), 2)
        self.assertIn(b"a line has one other end", process.stderr.read())


if __name__ == "__main__":
    unittest.main()
