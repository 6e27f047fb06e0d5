#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drivers of the firmware SDK on a platform with every kind that has registers: headers made by SNNVP, built as a user would, run."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

SNNVP, ROOT = sys.argv.pop(1), sys.argv.pop(1)
CC = shutil.which("riscv64-unknown-elf-gcc")
SDK = os.path.join(ROOT, "workloads/firmware/sdk")
HERE = os.path.join(ROOT, "tests/sdk")
PLATFORM = os.path.join(HERE, "platform.yaml")


def snnvp(*arguments):
    return subprocess.run([SNNVP, *arguments], cwd=ROOT, capture_output=True, text=True)


class Sdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="snnvp_sdk_")
        made = snnvp("firmware", "headers", PLATFORM, "--out", cls.folder)
        assert made.returncode == 0, made.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def build(self, source, output, *extra):
        flags = ["--specs=picolibc.specs", "-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", "-O2", "-g", "-nostartfiles", "-Wall",
                 "-Wextra", "-Werror", "-ffunction-sections", "-Wl,--gc-sections", "-T", os.path.join(SDK, "snnvp.ld"), "-I", SDK, "-I", self.folder]
        parts = ["crt0.S", "stdio.c", "trap.c", "irq.c", "engine.c"]
        built = subprocess.run([CC, *flags, *extra, *(os.path.join(SDK, part) for part in parts), source, "-o", output],
                               capture_output=True, text=True)
        self.assertEqual(built.returncode, 0, built.stderr)

    def run_program(self, name, *arguments):
        elf = os.path.join(self.folder, name + ".elf")
        self.build(os.path.join(HERE, name + ".c"), elf)
        result = snnvp("run", PLATFORM, "--set", f"workload.elf={elf}", "--quiet", "--set", "run.protocol_check=on", *arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn(f"all {name} work", result.stdout)

    def test_every_engine(self):
        self.run_program("drivers")

    def test_every_operation(self):
        self.run_program("operations")

    def test_the_other_devices(self):
        typed = os.path.join(self.folder, "typed")
        with open(typed, "w", encoding="utf-8") as text:
            text.write("abc")
        self.run_program("devices", "--set", f"platform.blocks.uart.params.input={typed}")

    def test_no_kind_with_registers_is_without_driver(self):
        """It stands on the platform of these programs, and in the table of the documentation."""
        kinds = [k["kind"] for k in json.loads(snnvp("list", "--json").stdout)["kinds"]]
        kinds = [k for k in kinds if snnvp("regs", k, "--format", "c").returncode == 0]
        self.assertGreaterEqual(len(kinds), 11)
        with open(PLATFORM, encoding="utf-8") as text, open(os.path.join(ROOT, "scenarios/platforms/riscv_virt.yaml"), encoding="utf-8") as base:
            platform = text.read() + base.read()
        with open(os.path.join(ROOT, "docs/firmware.md"), encoding="utf-8") as text:
            drivers = re.search(r"\n## Drivers\n(.*?)\n## ", text.read(), re.S).group(1)
        for kind in kinds:
            self.assertRegex(platform, rf"kind: {re.escape(kind)}\b")
            self.assertIn(f"`{kind}`", drivers)
            self.assertTrue(os.path.exists(os.path.join(self.folder, kind.rsplit(".")[-1] + "_regs.h")), kind)

    def test_the_command_that_the_documentation_gives(self):
        with open(os.path.join(ROOT, "docs/firmware.md"), encoding="utf-8") as text:
            command = re.search(r"^riscv64-unknown-elf-gcc (?:.*\\\n)*.*-o mine.elf$", text.read(), re.M).group(0).replace("\\\n", " ")
        library = os.path.join(self.folder, "libsnn.a")
        objects = []
        for driver in ["engine", "irq"]:
            objects.append(os.path.join(self.folder, driver + ".o"))
            subprocess.run([CC, "--specs=picolibc.specs", "-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", "-O2", "-I", SDK, "-I", self.folder,
                            "-c", os.path.join(SDK, driver + ".c"), "-o", objects[-1]], check=True)
        subprocess.run(["riscv64-unknown-elf-ar", "rcs", library, *objects], check=True)
        elf = os.path.join(self.folder, "mine.elf")
        places = {"mine.c": os.path.join(ROOT, "workloads/firmware/examples/hello.c"), "mine.elf": elf, "build/firmware/libsnn.a": library,
                  "-Ibuild/firmware/include": "-I" + self.folder}
        built = subprocess.run([places.get(word, word) for word in shlex.split(command)], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(built.returncode, 0, built.stderr)
        result = snnvp("run", "scenarios/firmware.yaml", "--set", f"workload.elf={elf}", "--quiet")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("hello from hart 0", result.stdout)

    def test_headers_compile_alone_with_all_warnings(self):
        for name in sorted(os.listdir(SDK)):
            if not name.endswith(".h"):
                continue
            source = os.path.join(self.folder, "alone.c")
            with open(source, "w", encoding="utf-8") as text:
                text.write(f'#include "{name}"\n#include "{name}"\n')
            built = subprocess.run([CC, "--specs=picolibc.specs", "-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", "-Wall", "-Wextra", "-Werror",
                                    "-I", SDK, "-I", self.folder, "-c", source, "-o", os.path.join(self.folder, "alone.o")],
                                   capture_output=True, text=True)
            self.assertEqual(built.returncode, 0, name + "\n" + built.stderr)


if __name__ == "__main__":
    if CC is None:
        print("SKIPPED: there is no riscv64-unknown-elf-gcc here")
        sys.exit(0)
    unittest.main()
