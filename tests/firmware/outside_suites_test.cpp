// SPDX-License-Identifier: Apache-2.0
// Public test suites that are not part of this project, from folders that CMake's cache variables name; built by whoever has them:
//   SNNVP_RISCV_TESTS       riscv-tests: folder `isa` with rv32ui-p-add and so on (riscv-software-src/riscv-tests, make in isa/)
//   SNNVP_RISCV_ARCH_TESTS  riscv-arch-test 2.x: any folder with NAME.elf and, below it, NAME.reference_output (branch old-framework-2.x)
#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "../support/elf_builder.h"
#include "../support/riscv_asm.h"
#include "firmware_run.h"

using namespace rv;
using namespace snnvp::test;
namespace fs = std::filesystem;

namespace {

const std::string scenario = std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware.yaml";

/// What went through and what did not, by name.
struct SuiteResult {
  std::vector<std::string> passed, failed;
};

std::vector<std::string> run_arguments(const std::string& elf, bool traps_misaligned) {
  std::vector<std::string> arguments = {"run", scenario, "--quiet", "--set", "workload.elf=" + elf};
  if (traps_misaligned) arguments.insert(arguments.end(), {"--set", "platform.blocks.cpu.params.misaligned=trap"});
  return arguments;
}

/// Every ELF of the -p groups for this hart: exit code 0 is a pass.
SuiteResult run_riscv_tests(const std::string& folder) {
  SuiteResult result;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (const std::string name = entry.path().filename().string(); std::regex_match(name, std::regex("rv32(ui|um|ua|uc|mi)-p-[a-z0-9_]+")))
      names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names)
    (run_snnvp(run_arguments(folder + "/" + name, false)).exit_code == 0 ? result.passed : result.failed).push_back(name);
  return result;
}

/// Words of a signature, whatever their case and the ends of lines.
std::vector<std::string> words_of(const std::string& file) {
  std::istringstream in(slurp(file));
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    words.push_back(word);
  }
  return words;
}

/// Every ELF with a reference. Those of a folder `privilege` expect misaligned accesses to trap.
SuiteResult run_arch_tests(const std::string& folder) {
  std::map<std::string, std::string> elfs, references;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const auto ends_with = [&](const std::string& end) {
      return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
    };
    if (ends_with(".elf")) elfs[name.substr(0, name.size() - 4)] = entry.path().string();
    if (ends_with(".reference_output")) references[name.substr(0, name.size() - 17)] = entry.path().string();
  }
  SuiteResult result;
  const ScratchFolder scratch;
  const std::string signature = scratch.path() + "/signature";
  for (const auto& [name, elf] : elfs) {
    const auto reference = references.find(name);
    std::vector<std::string> arguments = run_arguments(elf, elf.find("privilege") != std::string::npos);
    arguments.insert(arguments.end(), {"--signature", signature});
    fs::remove(signature);
    const bool is_run = run_snnvp(arguments).exit_code == 0 && fs::exists(signature) && reference != references.end();
    (is_run && words_of(signature) == words_of(reference->second) ? result.passed : result.failed).push_back(name);
  }
  return result;
}

std::string names(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& name : list) text += name + " ";
  return text;
}

/// Stores a value to tohost, at the beginning of the second page; what it stored before is its signature.
std::string program(Word value) {
  ElfBuilder elf;
  elf.segments = {{0x8000'0000, {auipc(a0, 1), addi(t0, x0, 0x5A), sw(t0, a0, 16), addi(t0, x0, value), sw(t0, a0, 0), jal(x0, 0)}},
                  {0x8000'1000, {0, 0, 0, 0, 0, 0}}};
  elf.symbols = {{"tohost", 0x8000'1000}, {"begin_signature", 0x8000'1010}, {"end_signature", 0x8000'1018}};
  return elf.bytes();
}

}  // namespace

TEST_CASE("firmware.F1 riscv-tests: all of rv32ui, um, ua, uc and mi pass") {
  const std::string folder = SNNVP_RISCV_TESTS;
  if (folder.empty()) {
    WARN("SKIPPED: SNNVP_RISCV_TESTS names no folder");
    return;
  }
  const SuiteResult result = run_riscv_tests(folder);
  INFO("failed: " << names(result.failed));
  CHECK(result.failed.empty());
  CHECK(result.passed.size() >= 77);
}

TEST_CASE("firmware.F2 riscv-arch-test: every signature equals its reference") {
  const std::string folder = SNNVP_RISCV_ARCH_TESTS;
  if (folder.empty()) {
    WARN("SKIPPED: SNNVP_RISCV_ARCH_TESTS names no folder");
    return;
  }
  const SuiteResult result = run_arch_tests(folder);
  INFO("failed: " << names(result.failed));
  CHECK(result.failed.empty());
  CHECK_FALSE(result.passed.empty());
}

TEST_CASE("firmware.F1 F2 programs laid out as those of the suites are found, and told apart by how they end and what they leave") {
  const ScratchFolder folder;
  folder.write("rv32ui-p-good", program(1));
  folder.write("rv32um-p-bad", program(3 << 1 | 1));
  folder.write("rv32ui-p-good.dump", "text");
  folder.write("rv64ui-p-other", "not for this hart");
  const SuiteResult isa = run_riscv_tests(folder.path());
  CHECK(names(isa.passed) == "rv32ui-p-good ");
  CHECK(names(isa.failed) == "rv32um-p-bad ");
  fs::create_directories(folder.path() + "/I/references");
  for (const char* name : {"equal", "other", "alone"}) folder.write(std::string("I/") + name + ".elf", program(1));
  folder.write("I/references/equal.reference_output", "0000005A\r\n00000000\r\n");
  folder.write("I/references/other.reference_output", "0000005b\n00000000\n");
  const SuiteResult arch = run_arch_tests(folder.path());
  CHECK(names(arch.passed) == "equal ");
  CHECK(names(arch.failed) == "alone other ");
}
