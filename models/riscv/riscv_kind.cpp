// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <snnvp/models/riscv/riscv.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

ParamSpec cache_group(const char* name, const char* what) {
  return group(name,
               {quantity("size", Dimension::bytes, Bytes{0}, "capacity, a power of two; 0: none").range(0, 1 << 24).from("assumed"),
                quantity("line", Dimension::bytes, Bytes{32}, "line, a power of two").range(4, 4096).from("assumed"),
                param("ways", 1, "lines of a set, a power of two").range(1, 64).from("assumed"),
                param("penalty", 20, "cycles of a miss").range(0, 1000).unit("cycles").from("assumed")},
               what);
}

/// `timing_table`: one optional number for each class.
ParamSpec table_group() {
  std::vector<ParamSpec> members;
  const riscv::Timing defaults = riscv::Timing::table();
  for (const riscv::TimingClass& c : riscv::timing_classes()) {
    const bool may_be_zero = std::string(c.name) == "trap" || std::string(c.name) == "load_use";
    members.push_back(
        param(c.name, defaults.*c.member, std::string("cycles of class ") + c.name).range(may_be_zero ? 0 : 1, 1000).unit("cycles"));
  }
  return group("timing_table", std::move(members),
               "cycles by class, used with timing: table; the defaults are those of the riscv-vp simulator");
}

riscv::CacheParams cache_of(const ParamSet& set, const std::string& name) {
  return {set.get<std::uint32_t>(name + ".size"), set.get<std::uint32_t>(name + ".line"), set.get<std::uint32_t>(name + ".ways"),
          set.get<unsigned>(name + ".penalty")};
}

riscv::Timing timing_of(const ParamSet& set) {
  const std::string profile = set.get<std::string>("timing");
  if (profile == "unit") return riscv::Timing::unit();
  riscv::Timing timing;
  if (profile == "table") {
    timing = riscv::Timing::table();
    for (const riscv::TimingClass& c : riscv::timing_classes()) timing.*c.member = set.get<unsigned>(std::string("timing_table.") + c.name);
    timing.csr_light = timing.csr;
    timing.fence_i = timing.fence;
    timing.lr_sc = timing.load;
  } else {
    timing.trap = set.get<unsigned>("trap_cycles");
    timing.mret = set.get<unsigned>("mret_cycles");
  }
  return timing;
}

Riscv::Params params_of(const ParamSet& set) {
  Riscv::Params params;
  params.hart_id = set.get<std::uint32_t>("hart_id");
  params.reset_pc = set.get<std::uint32_t>("reset_pc");
  params.timing = timing_of(set);
  params.misaligned_trap = set.get<std::string>("misaligned") == "trap";
  params.pmp_entries = set.get<unsigned>("pmp_entries");
  params.max_instructions = set.get<std::uint64_t>("max_instructions");
  params.spin_check = set.get<bool>("spin_check");
  params.icache = cache_of(set, "icache");
  params.dcache = cache_of(set, "dcache");
  params.exact = set.get<std::string>("sync") == "exact";
  params.quantum = set.get<Picoseconds>("quantum");
  params.dmi = set.get<bool>("dmi");
  params.insn_trace = set.get_optional<std::string>("insn_trace").value_or("");
  params.whole_words = set.get<std::string>("bus_access") == "word";
  params.has_mei = !set.peers("mei").empty();
  params.has_mti = !set.peers("mti").empty();
  params.has_msi = !set.peers("msi").empty();
  return params;
}

void check_cache(const ParamSet& set, const std::string& name, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const riscv::CacheParams cache = cache_of(set, name);
  if (cache.size == 0) return;
  const auto is_power = [](std::uint32_t n) { return n != 0 && (n & (n - 1)) == 0; };
  const std::string at = path + "." + name;
  if (!is_power(cache.size)) diagnostics.error(pos, at + ".size", "is no power of two");
  if (!is_power(cache.line)) diagnostics.error(pos, at + ".line", "is no power of two");
  if (!is_power(cache.ways)) diagnostics.error(pos, at + ".ways", "is no power of two");
  if (std::uint64_t{cache.line} * cache.ways > cache.size)
    diagnostics.error(pos, at + ".size", "is smaller than one set of lines", "allowed: at least line x ways");
}

ParamSpec insn_trace() {
  ParamSpec spec = required_param("insn_trace", ParamType::text,
                                  "file for a line per retired instruction, relative to where the command runs; slow; null: none");
  spec.required = false;
  return spec.optional_null();
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "models.riscv";
  kind.doc = "RISC-V hart RV32IMAC_Zicsr_Zifencei with machine and user mode and PMP; exact cycles by a public table";
  const std::string page = "spec/firmware.md 3";
  kind.params = {
      param("hart_id", 0, "value of mhartid; several harts are several blocks").range(0, 4095).from(page),
      param("reset_pc", std::uint64_t{0x8000'0000}, "first address without a program of its own").range(0, 4294967294.0).from(page),
      param("timing", "inorder4", "unit: a cycle an instruction; inorder4: the table of the CV32E40P manual; table: timing_table")
          .choices({"unit", "inorder4", "table"})
          .from("CV32E40P user manual, Pipeline details"),
      table_group(),
      param("trap_cycles", 4, "entry of a trap, with inorder4").range(0, 255).unit("cycles").from("assumed: not in the manual"),
      param("mret_cycles", 2, "return from a trap, with inorder4").range(1, 255).unit("cycles").from("assumed: not in the manual"),
      param("sync", "exact", "exact: never runs past what could influence it; quantum: past everything but the quantum")
          .choices({"exact", "quantum"})
          .from(page),
      quantity("quantum", Dimension::time, 100'000'000, "longest slice; with sync: exact and one hart it changes only the speed")
          .at_least(1)
          .from(page),
      param("misaligned", "hardware", "misaligned accesses to memory are done, or trap").choices({"hardware", "trap"}).from(page),
      param("pmp_entries", 16, "16, or 0: no protection").range(0, 16).from(page),
      cache_group("icache", "instruction cache: tags only, it adds its misses"),
      cache_group("dcache", "data cache: tags only, it adds its misses"),
      param("dmi", true, "memory is accessed through pointers; false: every access goes over the bus").from(page),
      param("bus_access", "natural", "natural: devices see accesses of 1, 2 and 4 bytes; word: reads are whole words")
          .choices({"natural", "word"})
          .from(page),
      param("max_instructions", std::uint64_t{0}, "ends the run with status limit; 0: no limit").from(page),
      insn_trace(),
      param("spin_check", true, "an endless jump to itself that no interrupt can leave parks the hart").from(page),
  };
  PortSpec bus = initiator("bus", "fetch, loads and stores");
  kind.ports = {bus,
                {"mei", PortKind::irq_in, "external interrupt, a level", false, true},
                {"mti", PortKind::irq_in, "timer interrupt, a level", false, true},
                {"msi", PortKind::irq_in, "software interrupt, a level", false, true}};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Riscv>(name, params_of(set), ClockDomain(set.clock()));
  };
  kind.stats = {
      {"instructions", "1", StatKind::count, "instructions retired"},
      {"cycles", "cycles", StatKind::cycles, "cycles since reset, sleep and stalls included"},
      {"cpi", "cycles", StatKind::ratio, "cycles per instruction"},
      {"stall_cycles", "cycles", StatKind::cycles, "cycles accesses over the bus took beyond one each"},
      {"sleep_cycles", "cycles", StatKind::cycles, "cycles in wfi"},
      {"mmio_reads", "1", StatKind::count, "reads over the bus"},
      {"mmio_writes", "1", StatKind::count, "writes over the bus"},
      {"exceptions", "1", StatKind::count, "exceptions taken"},
      {"interrupts", "1", StatKind::count, "interrupts taken"},
  };
  for (const char* name : {"alu", "mul", "div", "load", "store", "branch", "jump", "csr", "amo", "system"})
    kind.stats.push_back({std::string("insn_") + name, "1", StatKind::count, std::string("instructions of class ") + name});
  for (const char* name : {"icache_hits", "icache_misses", "dcache_hits", "dcache_misses"})
    kind.stats.push_back({name, "1", StatKind::count, "look-ups of the modelled cache; null without one"});
  kind.events = [](const ParamSet&) { return std::vector<std::string>{"instr"}; };
  kind.sources = {{"cycles of inorder4", Certainty::structural, "public table of the CV32E40P manual; not compared with its RTL"},
                  {"trap and mret cycles", Certainty::assumed, "not in the manual"},
                  {"fetch without stalls", Certainty::assumed, "tightly coupled instruction memory unless an instruction cache is on"}};
  kind.runs_firmware = true;
  kind.check = [](const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
    const unsigned pmp = set.get<unsigned>("pmp_entries");
    if (pmp != 0 && pmp != 16) diagnostics.error(pos, path + ".pmp_entries", "a hart has 16 entries or none", "allowed: 0, 16");
    check_cache(set, "icache", pos, path, diagnostics);
    check_cache(set, "dcache", pos, path, diagnostics);
  };
  return kind;
}

}  // namespace

void register_riscv(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
