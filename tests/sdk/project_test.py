#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Firmware outside of the source tree: what `snnvp firmware new` makes, built, run, changed and debugged as the documentation, its README and its VS
Code files say. SNNVP is an installed program."""
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SNNVP = sys.argv.pop(1)
PREFIX = os.path.dirname(os.path.dirname(os.path.realpath(SNNVP)))
with open(os.path.join(PREFIX, "share/doc/snnvp/docs/firmware.md"), encoding="utf-8") as page:
    DOCS = page.read()
CC, GDB, NINJA = shutil.which("riscv64-unknown-elf-gcc"), shutil.which("gdb-multiarch"), shutil.which("ninja")
PATIENCE = 60


def run(*command, cwd=None, **more):
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, **more)


def fence(text, language, start):
    """The first fenced block of a page that has these words."""
    return next(block for block in re.findall(rf"```{language}\n(.*?)```", text, re.S) if start in block)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Watched:
    """A child whose output is read until something comes."""

    def __init__(self, command, cwd):
        self.text = ""
        self.process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def until(self, pattern):
        start, end = 0, time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            ready = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise AssertionError(f"no {pattern!r} in\n{self.text}")
            self.text += piece.decode(errors="replace")
        text, self.text = self.text[:found.end()], self.text[found.end():]
        return text

    def send(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def finish(self):
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.text += rest.decode(errors="replace")
        return self.process.returncode

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Project(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.mkdtemp(prefix="snnvp_project_")
        self.addCleanup(shutil.rmtree, self.scratch)
        self.folder = os.path.join(self.scratch, "with space", "hello")
        self.made = run(SNNVP, "firmware", "new", self.folder)
        self.assertEqual(self.made.returncode, 0, self.made.stdout)

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as text:
            return text.read()

    def change(self, name, old, new):
        text = self.read(name)
        self.assertIn(old, text)
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            out.write(text.replace(old, new))

    def shell(self, script, cwd=None):
        path = os.path.dirname(SNNVP) + ":" + os.environ["PATH"]
        return run("bash", "-ec", script, cwd=cwd or self.folder, env={**os.environ, "PATH": path})

    def test_its_own_commands_build_and_run_it(self):
        """The first commands of the documentation."""
        shutil.rmtree(self.folder)
        commands = fence(DOCS, "sh", "firmware new")
        done = self.shell(commands.replace("tools/snnvp", "snnvp"), os.path.dirname(self.folder))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(fence(DOCS, "text", "hello from hart"), done.stdout)
        self.assertNotIn("warning:", re.sub(r"\n  warning: .*", "", done.stdout))  # of the compiler
        # `firmware new` and the project's README say the same.
        for line in commands.splitlines()[1:]:
            self.assertIn(f"  {line}\n", done.stdout)
        self.assertIn("\n".join(commands.splitlines()[2:]), self.read("README.md"))
        # A changed scenario, without another word: the program finds the engine at its new place. Another engine does, too.
        self.change("scenario.yaml", "0x1001_0000", "0x1003_0000")
        self.change("scenario.yaml", "models.prosperity", "models.spikex")
        self.change("scenario.yaml", "intc.irq[32]", "intc.irq[40]")
        moved = self.shell("cmake --build build --target run")
        self.assertEqual(moved.returncode, 0, moved.stdout)
        self.assertIn("0 of 40 sums wrong", moved.stdout)
        self.assertIn("0x10030000", self.read("build/snnvp/board/platform_map.h"))
        # A program that fails fails the build, and says so.
        self.change("main.c", "return status != SNN_OK || wrong != 0;", "return 3;")
        failed = self.shell("cmake --build build --target run")
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("the program ended itself with exit code 3", failed.stdout)
        # A mistake in the platform is told when it is built, with file and line.
        self.change("scenario.yaml", "models.spikex", "models.spikx")
        refused = self.shell("cmake --build build")
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stdout, r"scenario\.yaml:\d+:\d+: .*spikx")

    def test_its_scenario_runs_by_itself_and_says_when_it_is_not_built(self):
        early = run(SNNVP, "run", "scenario.yaml", cwd=self.folder)
        self.assertEqual(early.returncode, 2)
        self.assertIn("build/hello.elf", early.stdout)
        self.assertIn("build it", early.stdout)
        self.shell("cmake --preset snnvp; cmake --build build")
        late = run(SNNVP, "run", "scenario.yaml", cwd=self.folder)
        self.assertEqual(late.returncode, 0, late.stdout)
        self.assertIn("0 of 40 sums wrong", late.stdout)

    @unittest.skipUnless(GDB, "gdb-multiarch is not installed")
    def test_vs_code_builds_starts_and_debugs_it(self):
        """What VS Code does with launch.json and tasks.json, by their words; only the port is another."""
        port = free_port()
        self.change(".vscode/launch.json", ":3333", f":{port}")
        self.change("CMakePresets.json", '"CMAKE_BUILD_TYPE"', f'"SNNVP_GDB_PORT": "{port}",\n        "CMAKE_BUILD_TYPE"')

        def expanded(text):
            return text.replace("${workspaceFolder}", self.folder)

        tasks = {task["label"]: task for task in json.loads(self.read(".vscode/tasks.json"))["tasks"]}
        launch = json.loads(self.read(".vscode/launch.json"))["configurations"][0]
        self.assertEqual((launch["type"], launch["request"], launch["MIMode"]), ("cppdbg", "launch", "gdb"))

        def perform(label):
            task = tasks[label]
            self.assertEqual(task["type"], "process")
            if "dependsOn" in task:
                perform(task["dependsOn"])
            command = [task["command"], *task["args"]]
            if not task.get("isBackground"):
                done = run(*command, cwd=self.folder)
                self.assertEqual(done.returncode, 0, done.stdout)
                return None
            child = Watched(command, self.folder)
            self.addCleanup(child.stop)
            child.until(task["problemMatcher"]["background"]["endsPattern"])
            return child

        perform("run")
        simulation = perform(launch["preLaunchTask"])
        gdb = Watched([launch["miDebuggerPath"], "--interpreter=mi", "-nx"], expanded(launch["cwd"]))
        self.addCleanup(gdb.stop)

        def ask(command, answer=r"\^(done|connected|running)\b[^\n]*\n"):
            gdb.send(command)
            return gdb.until(answer)

        for setup in launch["setupCommands"]:
            ask(f'-interpreter-exec console "{setup["text"]}"')
        ask(f'-file-exec-and-symbols "{expanded(launch["program"])}"')
        ask(f'-target-select remote {launch["miDebuggerServerAddress"]}')
        self.assertTrue(launch["stopAtEntry"])
        ask("-break-insert main")
        self.assertIn('func="main"', ask("-exec-continue", r'\*stopped,reason="breakpoint-hit"[^\n]*\n'))
        ask("-break-insert snn_engine_wait")
        stopped = ask("-exec-continue", r'\*stopped,reason="breakpoint-hit"[^\n]*\n')
        self.assertIn('func="snn_engine_wait"', stopped)
        self.assertIn('value="10"', ask("-data-evaluate-expression job.record[5]"))
        ask("-break-delete")
        ask("-exec-continue", r"\^running")
        self.assertEqual(simulation.finish(), 0, simulation.text)
        self.assertIn("0 of 40 sums wrong", simulation.text)
        # The register view finds its file, with the accelerator's registers in it.
        with open(expanded(launch["svdPath"]), encoding="utf-8") as svd:
            self.assertIn("<name>PU</name>", svd.read())

    @unittest.skipUnless(GDB, "gdb-multiarch is not installed")
    def test_gdb_debugs_it_by_the_commands_of_the_documentation(self):
        port = free_port()
        configured = self.shell(f"cmake --preset snnvp -DSNNVP_GDB_PORT={port}")
        self.assertEqual(configured.returncode, 0, configured.stdout)
        serve, debug = fence(DOCS, "sh", "--target debug").strip(), fence(DOCS, "sh", "gdb-multiarch").strip()
        for command in (serve, debug):
            self.assertIn(command, self.read("README.md"))
        simulation = Watched(["bash", "-c", "exec " + serve], self.folder)
        self.addCleanup(simulation.stop)
        simulation.until("listening on")
        with open(os.path.join(self.folder, "script.gdb"), "w", encoding="utf-8") as script:
            script.write(fence(DOCS, "gdb", "break main"))
        session = self.shell(debug.replace(":3333", f":{port}") + " -nx -batch -x script.gdb")
        for expected in (r"Breakpoint 1, main \(\) at .*main\.c:\d+", r"Breakpoint 2, snn_engine_start", r"\$1 = \{size = 0x200, version = 0x1",
                         r"snn_engine_run \(engine=.*\) at .*engine\.c:\d+", r"capabilities +0x", r"\$2 = \{", r"exited normally"):
            self.assertRegex(session.stdout, expected)
        self.assertEqual(simulation.finish(), 0, simulation.text)

    def test_a_project_with_the_cmake_file_of_the_documentation(self):
        folder = os.path.join(self.scratch, "mine")
        os.mkdir(folder)
        for name, copy in (("scenario.yaml", "scenario.yaml"), ("platform.yaml", "platform.yaml"), ("main.c", "mine.c")):
            shutil.copy(os.path.join(self.folder, name), os.path.join(folder, copy))
        with open(os.path.join(folder, "CMakeLists.txt"), "w", encoding="utf-8") as text:
            text.write(fence(DOCS, "cmake", "find_package"))
        done = self.shell(fence(DOCS, "text", "--toolchain") + "cmake --build build --target run", folder)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("0 of 40 sums wrong", done.stdout)
        # The documentation's job.
        with open(os.path.join(folder, "mine.c"), "w", encoding="utf-8") as text:
            text.write(fence(DOCS, "c", "snn_engine_run") + "\nstatic uint8_t spikes[4 * 16 * 64 / 8] = {1};\nstatic int8_t weights[64 * 10] = {77};\n"
                       "static int32_t sums[4 * 16 * 10];\nint main(void) { return run(spikes, weights, sums) != SNN_OK || sums[0] != 77; }\n")
        done = self.shell("cmake --build build --target run", folder)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("ended with exit code 0", done.stdout)

    def test_memory_and_interrupt_controllers_are_where_the_platform_has_them(self):
        """Two harts, little memory at another place, everything else moved, too."""
        shutil.copy(os.path.join(PREFIX, "share/snnvp/platforms/riscv_virt2.yaml"), os.path.join(self.folder, "platform.yaml"))
        shutil.copy(os.path.join(PREFIX, "share/snnvp/firmware-sdk/examples/two_harts.c"), os.path.join(self.folder, "main.c"))
        for old, new in (("0x8000_0000, size: 16 MiB", "0x4000_0000, size: 128 KiB"), ("size: 16 MiB, width", "size: 128 KiB, width"),
                         ("0x0200_0000", "0x0300_0000"), ("0x0C00_0000", "0x0D00_0000"), ("0x1000_0000", "0x1800_0000"), ("0x0010_0000", "0x0020_0000")):
            self.change("platform.yaml", old, new)
        self.change("CMakeLists.txt", "(board scenario.yaml)", "(board scenario.yaml STACK_SIZE 32K)")
        done = self.shell("cmake --preset snnvp; cmake --build build --target run")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("locked 1000, atomic 1000", done.stdout)
        symbols = run("riscv64-unknown-elf-nm", "build/hello.elf", cwd=self.folder).stdout
        self.assertRegex(symbols, r"40018000 . __stack_bottom")
        self.assertRegex(symbols, r"40020000 . __stack_top")
        self.change("CMakeLists.txt", "STACK_SIZE", "STAK_SIZE")
        self.assertIn("STAK_SIZE", self.shell("cmake --build build || true").stdout)

    def test_the_package_alone_serves_a_project_of_another_shape(self):
        """find_package by the tool-chain file; standard platform, parts by target, a program that handles its own traps."""
        folder = os.path.join(self.scratch, "own")
        os.mkdir(folder)
        with open(os.path.join(folder, "own.c"), "w", encoding="utf-8") as text:
            text.write('#include <stdio.h>\n#include "snn.h"\nuint32_t snn_trap(uint32_t cause, uint32_t pc, uint32_t value) {\n'
                       '  printf("trap %u, value %u\\n", (unsigned)cause, (unsigned)value);\n  return pc + 4;\n}\n'
                       'int main(void) {\n  asm volatile(".option push\\n.option norvc\\necall\\n.option pop");\n  return 0;\n}\n')
        with open(os.path.join(folder, "CMakeLists.txt"), "w", encoding="utf-8") as text:
            text.write("cmake_minimum_required(VERSION 3.25)\nproject(own LANGUAGES C)\nfind_package(snnvp-firmware 0.1 REQUIRED)\n"
                       "add_executable(own own.c)\ntarget_link_libraries(own PRIVATE snnvp::startup snnvp::linker_script)\n")
        toolchain = run(SNNVP, "firmware", "toolchain").stdout.strip()
        self.assertTrue(toolchain.startswith(PREFIX + "/share/snnvp/"), toolchain)
        build = os.path.join(folder, "build")
        done = run("cmake", "-G", "Ninja", "-S", folder, "-B", build, "--toolchain", toolchain)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(run("cmake", "--build", build).returncode, 0)
        result = run(SNNVP, "run", os.path.join(PREFIX, "share/snnvp/firmware.yaml"), "--set", f"workload.elf={build}/own", "--quiet")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("trap 11, value 0\n", result.stdout)
        # Without the tool-chain file the package is found by the prefix, and says what is missing.
        plain = run("cmake", "-G", "Ninja", "-S", folder, "-B", build + "2", f"-DCMAKE_PREFIX_PATH={PREFIX}")
        self.assertNotEqual(plain.returncode, 0)
        self.assertIn("--toolchain", plain.stdout)
        # So does a host without the cross compiler.
        tools = os.path.join(self.scratch, "bin")
        os.mkdir(tools)
        for tool in ("cmake", "ninja"):
            os.symlink(shutil.which(tool), os.path.join(tools, tool))
        bare = run("cmake", "--preset", "snnvp", cwd=self.folder, env={**os.environ, "PATH": tools})
        self.assertNotEqual(bare.returncode, 0)
        self.assertIn("apt-get install gcc-riscv64-unknown-elf", bare.stdout)

    def test_a_folder_that_holds_something_is_refused(self):
        again = run(SNNVP, "firmware", "new", self.folder)
        self.assertEqual(again.returncode, 2)
        self.assertIn("not an empty folder", again.stdout)
        taken = os.path.join(self.scratch, "1 test!")
        os.mkdir(taken)
        self.assertEqual(run(SNNVP, "firmware", "new", taken + "/").returncode, 0)
        with open(os.path.join(taken, "CMakeLists.txt"), encoding="utf-8") as text:
            self.assertIn("project(firmware_1_test_ ", text.read())


if __name__ == "__main__":
    if CC is None or NINJA is None:
        print("SKIPPED: riscv64-unknown-elf-gcc and ninja are needed")
        sys.exit(0)
    unittest.main()
