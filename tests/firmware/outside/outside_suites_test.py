#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public suites of the RISC-V project (spec/firmware.md F1, F2): SNNVP, the folder of the sources, riscv-tests | arch-test | self, the
suite's folder. The suites are no part of this project; without a folder there is nothing to do."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

SNNVP, ROOT, SUITE, FOLDER = (sys.argv + [""])[1:5]
CC = shutil.which("riscv64-unknown-elf-gcc")
HERE = os.path.dirname(os.path.abspath(__file__))
COMMON = ["-misa-spec=2.2", "-mabi=ilp32", "-static", "-mcmodel=medany", "-fvisibility=hidden", "-nostdlib", "-nostartfiles"]


def run(elf, *more):
    return subprocess.run([SNNVP, "run", "scenarios/firmware.yaml", "--quiet", "--set", f"workload.elf={elf}", *more], cwd=ROOT,
                          capture_output=True, text=True, timeout=300)


def build(source, out, *flags):
    result = subprocess.run([CC, *COMMON, *flags, source, "-o", out], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{source} cannot be built:\n{result.stderr}")


def riscv_tests(folder, scratch):
    """Those the suite's make files name for one hart without an operating system; built ones are taken as they are."""
    isa, passed, failed = os.path.join(folder, "isa"), 0, []
    for group in ("rv32ui", "rv32um", "rv32ua", "rv32uc", "rv32mi"):
        with open(os.path.join(isa, group, "Makefrag"), encoding="utf-8") as text:
            names = re.search(group + r"_sc_tests\s*=\s*((?:.*\\\n)*.*)", text.read()).group(1).replace("\\", " ").split()
        for name in names:
            elf = os.path.join(isa, f"{group}-p-{name}")
            if not os.path.exists(elf):
                elf = os.path.join(scratch, f"{group}-p-{name}")
                build(os.path.join(isa, group, name + ".S"), elf, "-march=rv32g", "-I", os.path.join(folder, "env/p"), "-I",
                      os.path.join(isa, "macros/scalar"), "-T", os.path.join(folder, "env/p/link.ld"))
            result = run(elf)
            passed += result.returncode == 0
            if result.returncode != 0:
                failed.append(f"{group}-p-{name}: {result.returncode}\n{result.stdout}{result.stderr}")
    return passed, failed


def arch_test(folder, scratch):
    """All of a group whose reference signature the suite has; misaligned accesses trap in the group of the privileged ones."""
    suite, passed, failed = os.path.join(folder, "riscv-test-suite"), 0, []
    for group, isa in (("I", "rv32i"), ("M", "rv32im"), ("C", "rv32imc"), ("Zifencei", "rv32i"), ("privilege", "rv32i")):
        base = os.path.join(suite, "rv32i_m", group)
        for file in sorted(os.listdir(os.path.join(base, "references"))):
            name = file.removesuffix(".reference_output")
            source = os.path.join(base, "src", name + ".S")
            if not os.path.exists(source):
                continue
            with open(source, encoding="utf-8") as text:
                defines = sorted({f"-D{key}={value}" for key, value in re.findall(r"def\s+(\w+)\s*=\s*(\w+)", text.read())})
            elf, signature = os.path.join(scratch, name), os.path.join(scratch, name + ".signature")
            build(source, elf, f"-march={isa}", "-DXLEN=32", *defines, "-I", os.path.join(suite, "env"), "-I", HERE, "-T", os.path.join(HERE, "link.ld"))
            more = ["--set", "platform.blocks.cpu.params.misaligned=trap"] if group == "privilege" else []
            result = run(elf, "--signature", signature, *more)
            with open(os.path.join(base, "references", file), encoding="utf-8") as text:
                expected = text.read().split()
            got = []
            if os.path.exists(signature):
                with open(signature, encoding="utf-8") as text:
                    got = text.read().split()
            good = result.returncode == 0 and [w.lower() for w in expected] == got
            passed += good
            if not good:
                differ = next((i for i, (a, b) in enumerate(zip(expected, got)) if a.lower() != b), min(len(expected), len(got)))
                failed.append(f"{group}/{name}: exit {result.returncode}, {len(got)} of {len(expected)} words, the first that differs is {differ}\n{result.stdout}{result.stderr}")
    return passed, failed


# Small suites of the same layout, of our own: they show that a failure is found.
OWN_ENV = """
#define RVTEST_BEGIN .section .text.init; .globl _start; _start: la t0, trap; csrw mtvec, t0; li gp, 2
#define RVTEST_PASS li gp, 1; j store
#define RVTEST_END trap: ori gp, gp, 1337; store: sw gp, tohost, t5; sw zero, tohost + 4, t5; j store; \\
  .section .tohost, "aw"; .balign 64; .globl tohost; tohost: .dword 0
"""
OWN_LINK = "ENTRY(_start) SECTIONS { . = 0x80000000; .text.init : { *(.text.init) } .tohost ALIGN(4096) : { *(.tohost) } .text : { *(.text) } }"
OWN_ARCH = '.section .text.init\n.globl rvtest_entry_point\nrvtest_entry_point: RVMODEL_BOOT\n la a0, begin_signature\n li a1, 0x1234abcd\n sw a1, 0(a0)\n' \
           'RVMODEL_HALT\n.data\n// RVTEST_CASE(0,"//check ISA:=regex(.*32.*);def OWN=True",own)\n#ifdef OWN\nRVMODEL_DATA_BEGIN\n.word 0, 0xdeadbeef\nRVMODEL_DATA_END\n#endif\n'


def self_check(scratch):
    def write(path, text):
        path = os.path.join(scratch, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)

    write("tests/env/p/riscv_test.h", OWN_ENV)
    write("tests/env/p/link.ld", OWN_LINK)
    for group in ("rv32ui", "rv32um", "rv32ua", "rv32uc", "rv32mi"):
        write(f"tests/isa/{group}/Makefrag", f"{group}_sc_tests = \\\n\tgood bad \\\n\ttrap \\\n\n{group}_p_tests = x\n")
        for name, code in (("good", "RVTEST_PASS"), ("bad", "li gp, 15; j store"), ("trap", "lui a0, 0x40000; lw a0, 0(a0)")):
            write(f"tests/isa/{group}/{name}.S", f'#include "riscv_test.h"\nRVTEST_BEGIN; {code}; RVTEST_END\n')
    built = os.path.join(scratch, "built")
    os.makedirs(built)
    passed, failed = riscv_tests(os.path.join(scratch, "tests"), built)
    assert (passed, len(failed)) == (5, 10), (passed, failed)
    assert all("test 7 failed" in text for text in failed[::2]) and all("trap it did not expect" in text for text in failed[1::2]), failed
    for group in ("I", "M", "C", "Zifencei", "privilege"):
        for name, word in (("good", "1234abcd"), ("bad", "1234abce")):
            write(f"arch/riscv-test-suite/rv32i_m/{group}/src/{name}.S", '#include "model_test.h"\n' + OWN_ARCH)
            write(f"arch/riscv-test-suite/rv32i_m/{group}/references/{name}.reference_output", f"{word}\ndeadbeef\n")
    passed, failed = arch_test(os.path.join(scratch, "arch"), built)
    assert (passed, len(failed)) == (5, 5) and all("the first that differs is 0" in text for text in failed), (passed, failed)
    print("suites of the same layout: what passes and what fails is told apart")


def main():
    if CC is None:
        print("SKIPPED: there is no riscv64-unknown-elf-gcc here")
        return 0
    if SUITE != "self" and not os.path.isdir(FOLDER):
        print(f"SKIPPED: no folder of {SUITE}: give it with cmake -DSNNVP_{SUITE.replace('-', '_').upper()}=DIR")
        return 0
    with tempfile.TemporaryDirectory(prefix="snnvp_suite_") as scratch:
        if SUITE == "self":
            self_check(scratch)
            return 0
        passed, failed = (riscv_tests if SUITE == "riscv-tests" else arch_test)(FOLDER, scratch)
    for text in failed:
        print("FAILED", text)
    print(f"{passed} of {passed + len(failed)} passed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
