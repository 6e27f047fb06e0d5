// SPDX-License-Identifier: Apache-2.0
// Registers as other tools read them, against the tables and the blocks they come from.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/models/intc/clint_core.h>
#include <snnvp/models/intc/plic_core.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/export/register_export.h>
#include <snnvp/platform/run/simulation.h>

#include "../support/process.h"
#include "header_reader.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Contains;

namespace {

std::vector<const KindDescriptor*> kinds_with_registers(const Registry& registry) {
  std::vector<const KindDescriptor*> list;
  for (const KindDescriptor* kind : registry.all())
    if (!kind->registers.empty()) list.push_back(kind);
  return list;
}

RegisterBanks banks_of(const KindDescriptor& kind) {
  return {kind.kind, parse_register_banks(kind.registers, kind.kind, kind.registers_head)};
}

const char* const engines_on_a_bus = R"(
scenario: 1
name: engines
platform:
  clocks: { core: 1 GHz }
  blocks:
    - { name: host, kind: models.host, clock: core }
    - { name: bus, kind: interconnect.bus, clock: core }
    - { name: dram, kind: models.dram, params: { size: 64 MiB } }
    - { name: prosperity, kind: models.prosperity, clock: core }
    - { name: pe_array, kind: models.pe_array, clock: core }
    - { name: spikex, kind: models.spikex, clock: core }
    - { name: neuron, kind: models.neuron, clock: core }
    - { name: dma, kind: models.dma, clock: core }
  links:
    - { from: host.out, to: bus.in }
    - { from: prosperity.dma, to: bus.in }
    - { from: pe_array.dma, to: bus.in }
    - { from: spikex.dma, to: bus.in }
    - { from: neuron.dma, to: bus.in }
    - { from: dma.dma, to: bus.in }
  maps:
    - { through: bus, to: prosperity.regs, base: 0x1001_0000, size: 4 KiB }
    - { through: bus, to: pe_array.regs, base: 0x1002_0000, size: 4 KiB }
    - { through: bus, to: spikex.regs, base: 0x1003_0000, size: 4 KiB }
    - { through: bus, to: neuron.regs, base: 0x1004_0000, size: 4 KiB }
    - { through: bus, to: dma.regs, base: 0x100F_0000, size: 4 KiB }
    - { through: bus, to: dram.in, base: 0x8000_0000, size: 64 MiB }
workload: { kind: synthetic, m: 8, k: 8, n: 8, engines: [prosperity] }
)";

/// What is wrong with a block's registers, found by debug reads of its whole window; empty: it is what its header says.
std::string difference(engine::JobDriver& driver, Address base, const std::map<std::uint32_t, HeaderRegister>& header) {
  for (std::uint32_t offset = 0; offset < 4096; offset += 4) {
    std::uint8_t bytes[4] = {};
    const Bytes got = driver.debug_read(base + offset, bytes, 4);
    const auto found = header.find(offset);
    const std::string where = "offset " + std::to_string(offset);
    if (found != header.end() && found->second.access == "wo") {
      if (got != 0) return where + " can be read, the header says wo";
      continue;
    }
    if ((got == 4) != (found != header.end())) return where + (got == 4 ? " answers, the header has nothing" : " is in the header only");
    if (got != 4) continue;
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, 4);
    const HeaderRegister& r = found->second;
    // What is read only may be as built; everything that can be written starts from its reset value.
    const bool is_fixed = r.access == "rw" || r.access == "w1c" || r.reset != 0;
    // Until `tws` is written it shows the window as built (models/pe_array/registers.yaml).
    if (is_fixed && value != r.reset && r.macro.find("_TWS") == std::string::npos)
      return where + " starts as " + std::to_string(value) + ", the header says " + std::to_string(r.reset);
  }
  return {};
}

}  // namespace

TEST_CASE("firmware.F29 a header has each register of the model's table, its access, reset and fields, and no other", "[registers]") {
  const auto registry = all_kinds();
  const auto kinds = kinds_with_registers(*registry);
  REQUIRE(kinds.size() >= 7);
  for (const KindDescriptor* kind : kinds) {
    const RegisterBanks banks = banks_of(*kind);
    for (const RegisterMap& map : banks.banks) {
      INFO(kind->kind << " " << map.bank);
      const auto header = read_header(registers_as_c({banks.banks.size() > 1 ? map.bank : kind->kind, {map}}));
      CHECK(header.size() == map.registers.size());
      for (const RegisterSpec& spec : map.registers) {
        INFO(spec.name);
        REQUIRE(header.count(spec.offset) == 1);
        const HeaderRegister& r = header.at(spec.offset);
        CHECK(r.access == to_text(spec.access));
        CHECK(r.reset == spec.reset);
        CHECK(r.stride == spec.stride);
        CHECK(r.count == spec.count);
        std::uint32_t mask = 0;
        for (const auto& [name, bits] : r.fields) mask |= bits;
        CHECK(mask == (spec.fields.empty() ? 0 : spec.mask));
        CHECK(r.fields.size() == spec.fields.size());
      }
    }
  }
}

TEST_CASE("firmware.F29 engines on a bus answer at the addresses of their headers and nowhere else, with the resets they state",
          "[registers]") {
  Prepared prepared = prepare_text(engines_on_a_bus, "engines.yaml", {}, all_kinds());
  RunOptions options;
  options.progress = false;
  std::map<std::string, std::string> differences;
  options.on_placed = [&](engine::JobDriver& driver, const MemoryProgram&) {
    for (const char* name : {"prosperity", "pe_array", "spikex", "neuron", "dma"}) {
      const auto base = prepared.plan.address_of({"host", "out", -1}, name, "regs");
      const KindDescriptor& kind = *prepared.plan.blocks.at(name).kind;
      differences[name] = difference(driver, base.value(), read_header(registers_as_c(banks_of(kind))));
    }
  };
  const RunOutcome outcome = simulate(prepared, options);
  CHECK(outcome.exit_code == 0);
  REQUIRE(differences.size() == 5);
  for (const auto& [name, text] : differences) CHECK(name + ": " + text == name + ": ");
}

TEST_CASE("firmware.F29 the interrupt controllers answer where their headers say and nowhere else", "[registers]") {
  const auto registry = all_kinds();
  const RegisterBanks banks = banks_of(*registry->find("models.intc"));
  REQUIRE(banks.banks.size() == 2);
  // As many harts, sources and contexts as the windows hold.
  const ClintCore clint(4095, 10'000'000);
  const PlicCore plic(1023, 1024, 7);
  for (const RegisterMap& bank : banks.banks) {
    const bool is_plic = bank.bank == "plic";
    std::set<std::uint32_t> described;
    for (const auto& [offset, r] : read_header(registers_as_c({bank.bank, {bank}})))
      for (std::uint32_t i = 0; i < r.count; ++i) described.insert(offset + r.stride * i);
    std::uint64_t differences = 0;
    for (std::uint32_t offset = 0; offset < (is_plic ? PlicCore::window : ClintCore::window); offset += 4)
      differences += (is_plic ? plic.exists(offset) : clint.exists(offset)) != (described.count(offset) != 0);
    INFO(bank.bank);
    CHECK(differences == 0);
  }
  // Resets.
  CHECK(clint.read(0x4000, 0) == banks.banks[0].find("mtimecmp_lo")->reset);
  CHECK(clint.read(0x4004, 0) == banks.banks[0].find("mtimecmp_hi")->reset);
}

TEST_CASE("firmware.F29 the same description gives the same bytes, from the library and from the program", "[registers]") {
  const auto registry = all_kinds();
  const RegisterBanks banks = banks_of(*registry->find("models.prosperity"));
  for (const auto& [format, text] : {std::pair{"c", registers_as_c(banks)},
                                     {"md", registers_as_markdown(banks)},
                                     {"svd", registers_as_svd(banks)},
                                     {"ipxact", registers_as_ipxact(banks)}}) {
    const ProcessResult result = run_snnvp({"regs", "models.prosperity", "--format", format});
    CHECK(result.exit_code == 0);
    CHECK(result.out == text);
  }
}

TEST_CASE("firmware.F29 every header compiles alone as C and as C++ with all warnings", "[registers]") {
  const ScratchFolder folder;
  const auto registry = all_kinds();
  std::string all = "#include <assert.h>\n";
  std::vector<std::pair<std::string, RegisterBanks>> headers{
      {"engine", {"engine", parse_register_banks(engine::common_registers, "engine")}}};
  for (const KindDescriptor* kind : kinds_with_registers(*registry)) headers.emplace_back(kind->kind, banks_of(*kind));
  for (const auto& [name, banks] : headers) {
    folder.write(name + ".h", registers_as_c(banks));
    all += "#include \"" + name + ".h\"\n#include \"" + name + ".h\"\n";
  }
  // What a driver does with them.
  all += R"(
static unsigned char memory[4096];
int main(void) {
  const uintptr_t base = (uintptr_t)memory;
  snn_engine_irq_enable_write(base, SNN_ENGINE_IRQ_ENABLE_DONE_MASK);
  snn_engine_doorbell_write(base, 1);
  if (snn_engine_irq_enable_read(base) != 1) return 1;
  if (SNN_ENGINE_STATUS_CODE_GET(0x1234u) != 0x12) return 2;
  return SNN_PROSPERITY_TILE_M == 0x40 && SNN_ENGINE_ID_RESET == 0x534E5650u ? 0 : 3;
}
)";
  for (const char* suffix : {"c", "cpp"}) {
    const std::string source = folder.write(std::string("main.") + suffix, all), program = folder.path() + "/" + suffix + ".out";
    const bool is_c = std::string(suffix) == "c";
    const ProcessResult built = run_process({"/usr/bin/env", is_c ? "gcc" : "g++", is_c ? "-std=c11" : "-std=c++17", "-Wall", "-Wextra",
                                             "-Wpedantic", "-Werror", source, "-o", program});
    INFO(built.err);
    REQUIRE(built.exit_code == 0);
    CHECK(run_process({program}).exit_code == 0);
  }
}

TEST_CASE("arrays of registers are described, checked and exported", "[registers]") {
  const char* text = R"(
banks:
  - bank: { name: plic, size: 64 KiB }
    registers:
      - { name: threshold, offset: 0x2000, access: rw, count: 3, stride: 0x1000, doc: "Of a context" }
      - { name: claim,     offset: 0x2004, access: rw, count: 3, stride: 0x1000 }
      - { name: priority,  offset: 0x0, access: rw, count: 16 }
  - bank: { name: clint, size: 4 KiB }
    registers:
      - { name: msip, offset: 0, access: rw }
)";
  const RegisterBanks banks{"models.test", parse_register_banks(text, "test.yaml")};
  REQUIRE(banks.banks.size() == 2);
  CHECK(banks.banks[0].registers[0].stride == 4);
  const std::string header = registers_as_c(banks);
  CHECK_THAT(header, Contains("#define SNN_PLIC_THRESHOLD(i) (0x2000u + 0x1000u * (uint32_t)(i))"));
  CHECK_THAT(header, Contains("snn_plic_claim_read(uintptr_t base, uint32_t i)"));
  CHECK_THAT(header, Contains("#define SNN_CLINT_MSIP 0x0u"));
  CHECK_THAT(registers_as_svd(banks), Contains("<dim>3</dim>") && Contains("<name>threshold[%s]</name>"));
  CHECK_THAT(registers_as_ipxact(banks), Contains("<ipxact:dim>16</ipxact:dim>") && Contains("<ipxact:range>4096</ipxact:range>"));
  CHECK_THROWS_WITH(parse_register_map(text, "test.yaml"), Contains("several banks"));

  const auto complaint = [](const std::string& registers) -> std::string {
    try {
      parse_register_map("bank: { name: regs, size: 4 KiB }\nregisters:\n" + registers, "test.yaml");
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, count: 4 }\n  - { name: b, offset: 12, access: rw }\n"),
             Contains("overlaps 'a'"));
  CHECK(complaint("  - { name: a, offset: 0, access: rw, count: 4 }\n  - { name: b, offset: 16, access: rw }\n") == "accepted");
  CHECK(complaint(
            "  - { name: a, offset: 0, access: rw, count: 4, stride: 8 }\n  - { name: b, offset: 4, access: rw, count: 4, stride: 8 }\n") ==
        "accepted");
  CHECK_THAT(
      complaint(
          "  - { name: a, offset: 0, access: rw, count: 3, stride: 12 }\n  - { name: b, offset: 16, access: rw, count: 3, stride: 8 }\n"),
      Contains("overlaps 'a'"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, count: 1025 }\n"), Contains("outside the window"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, count: 2, stride: 6 }\n"), Contains("stride"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, count: 0 }\n"), Contains("at least one element"));
}

TEST_CASE("texts of a description cannot break out of what is written", "[registers]") {
  const RegisterBanks banks{
      "models.x",
      parse_register_banks("registers:\n  - { name: a, offset: 0, access: rw, doc: \"ends */ here <b> & | \\\"q\\\"\" }\n", "x")};
  CHECK_THAT(registers_as_c(banks), Contains("ends * / here"));
  CHECK_THAT(registers_as_svd(banks), Contains("&lt;b&gt; &amp; | &quot;q&quot;"));
  CHECK_THAT(registers_as_markdown(banks), Contains("& \\|"));
}

TEST_CASE("regs names what is allowed where it is asked for something else", "[registers]") {
  const ProcessResult none = run_snnvp({"regs", "models.dram"});
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, Contains("models.dram has no registers") && Contains("models.prosperity"));
  const ProcessResult near = run_snnvp({"regs", "models.prosperty"});
  CHECK(near.exit_code == 2);
  CHECK_THAT(near.err, Contains("did you mean models.prosperity?"));
  CHECK(run_snnvp({"regs", "models.prosperity", "--format", "pdf"}).exit_code == 2);
  const ProcessResult nowhere = run_snnvp({"regs", "engine", "--format", "c", "--out", "/no/such/folder/x.h"});
  CHECK(nowhere.exit_code == 2);
  CHECK_THAT(nowhere.err, Contains("/no/such/folder"));
}
