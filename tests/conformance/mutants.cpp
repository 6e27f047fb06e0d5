// SPDX-License-Identifier: Apache-2.0
#include "mutants.h"

#include <algorithm>
#include <stdexcept>

#include <snnvp/platform/conform/bench.h>
#include <snnvp/platform/tlm/protocol_monitor.h>

#include "mutant_at.h"
#include "mutant_initiator.h"
#include "mutant_memory.h"
#include "mutant_registers.h"
#include "mutant_router.h"

namespace snnvp::conformance {
namespace {

constexpr std::size_t size = 2048;

unsigned number_of(const std::string& id) { return static_cast<unsigned>(std::stoul(id.substr(2))); }

Fault fault_of(unsigned number) { return static_cast<Fault>(static_cast<unsigned>(Fault::mt1_no_status) + number - 1); }

KindDescriptor memory(const std::string& id, bool dmi) {
  KindDescriptor kind;
  kind.kind = "mutant." + id;
  kind.ports = {target("in")};
  kind.needs_clock = false;
  kind.is_memory = true;
  kind.params = {param("allow_dmi", dmi, "grants DMI")};
  kind.window = [](const ParamSet&, const std::string&) { return size; };
  return kind;
}

KindDescriptor plain_memory(const std::string& id, Fault fault) {
  KindDescriptor kind = memory(id, true);
  kind.factory = [fault](const sc_core::sc_module_name& name, const ParamSet&) {
    return std::make_unique<MutantMemory>(name, size, fault);
  };
  return kind;
}

KindDescriptor router(const std::string& id, unsigned fault) {
  KindDescriptor kind;
  kind.kind = "mutant." + id;
  PortSpec in = target("in"), out = initiator("out");
  in.is_vector = out.is_vector = true;
  kind.ports = {in, out};
  kind.needs_clock = false;
  kind.routes_addresses = true;
  kind.factory = [fault](const sc_core::sc_module_name& name, const ParamSet& p) {
    return std::make_unique<MutantRouter>(name, static_cast<unsigned>(p.peers("in").size()), static_cast<unsigned>(p.peers("out").size()),
                                          fault);
  };
  return kind;
}

KindDescriptor at_memory(const std::string& id, MutantAtMemory::Style style, unsigned fault) {
  KindDescriptor kind = memory(id, false);
  kind.factory = [=](const sc_core::sc_module_name& name, const ParamSet&) {
    return std::make_unique<MutantAtMemory>(name, size, style, fault);
  };
  return kind;
}

KindDescriptor registers(const std::string& id, unsigned fault) {
  KindDescriptor kind;
  kind.kind = "mutant." + id;
  kind.ports = {target("regs")};
  kind.needs_clock = false;
  kind.registers = MutantRegisters::description();
  kind.factory = [fault](const sc_core::sc_module_name& name, const ParamSet&) { return std::make_unique<MutantRegisters>(name, fault); };
  return kind;
}

KindDescriptor kind_of(const std::string& id) {
  using Style = MutantAtMemory::Style;
  if (id == "healthy memory") return plain_memory("healthy_memory", Fault::none);
  if (id == "waits") return plain_memory(id, Fault::waits_before_answer);
  if (id == "healthy interconnect") return router("healthy_interconnect", 0);
  if (id == "healthy registers") return registers("healthy_registers", 0);
  if (id == "four phases") return at_memory("four_phases", Style::four_phases, 0);
  if (id == "no END_REQ") return at_memory("no_END_REQ", Style::no_end_request, 0);
  if (id == "END_REQ by TLM_UPDATED") return at_memory("END_REQ_by_TLM_UPDATED", Style::updated, 0);
  if (id == "early completion") return at_memory("early_completion", Style::early, 0);
  const unsigned n = number_of(id);
  if (id[1] == 'T') return plain_memory(id, fault_of(n));
  if (id[1] == 'B') return router(id, n);
  if (id[1] == 'R') return registers(id, n);
  const Style style = n == 2 || n == 3 ? Style::early : n == 4 || n == 5 ? Style::updated : Style::four_phases;
  return at_memory(id, style, n);
}

/// An initiator is judged by the monitor before a target that keeps all rules.
nlohmann::ordered_json judge_initiator(unsigned fault) {
  MutantInitiator initiator("initiator", fault);
  ProtocolMonitor monitor("monitor", "initiator.out -> target.in", ProtocolMonitor::Mode::count);
  // A target that completes at once needs no memory manager.
  MutantAtMemory target("target", size, fault == 8 ? MutantAtMemory::Style::early : MutantAtMemory::Style::four_phases, 0);
  initiator.out.bind(monitor.in);
  monitor.out.bind(target.in);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
  nlohmann::ordered_json broken = nlohmann::ordered_json::array();
  for (unsigned rule = 1; rule <= ProtocolMonitor::last_rule; ++rule)
    if (monitor.count_of(rule) != 0) broken.push_back("M" + std::to_string(rule));
  return broken;
}

}  // namespace

const std::vector<Mutant>& mutants() {
  static const std::vector<Mutant> all{
      {"MT1", "never sets the status", {"M1"}},
      {"MT2", "answers IGNORE with COMMAND_ERROR", {"S2"}},
      {"MT3", "writes memory on IGNORE", {"S3"}},
      {"MT4", "uses the length for the range, not the streaming span", {"S2"}},
      {"MT5", "accepts an access that crosses its end", {"S2"}},
      {"MT6", "checks the range with a sum that wraps", {"S2"}},
      {"MT7", "range check off by one", {"S2"}},
      {"MT8", "GENERIC_ERROR instead of ADDRESS_ERROR", {"S2"}},
      {"MT9", "does a part of a write that fails", {"S3"}},
      {"MT10", "clears the data of a read that fails", {"M7"}},
      {"MT11", "ignores byte enables", {"S1"}},
      {"MT12", "does not repeat a short byte-enable array", {"S1"}},
      {"MT13", "clears disabled lanes of a read", {"M7"}},
      {"MT14", "ignores the streaming width", {"S1"}},
      {"MT15", "streams with a wrong stride", {"S1"}},
      {"MT16", "drops the remainder of length / streaming width", {"S1", "M1"}},
      {"MT17", "overwrites the delay", {"M2"}},
      {"MT18", "decreases the delay", {"M2"}},
      {"MT19", "leaves the address changed", {"M3"}},
      {"MT20", "leaves the length changed", {"M4"}},
      {"MT21", "leaves the streaming width changed", {"M4"}},
      {"MT22", "leaves the byte-enable pointer null", {"M5"}},
      {"MT23", "modifies write data", {"M6"}},
      {"MT24", "changes the command", {"M4"}},
      {"MT25", "grants DMI but never hints it", {"S6"}},
      {"MT26", "refuses byte enables that are all off", {"S2"}},
      {"MT27", "debug access returns 0", {"S4"}},
      {"MT28", "debug access waits", {"M11"}},
      {"MT29", "debug access claims bytes outside", {"S4"}},
      {"MT30", "debug access returns 0 where a part is inside", {"S4"}},
      {"MT31", "a debug read has a side effect", {"S4"}},
      {"MT32", "debug access returns the length, not the count", {"S4"}},
      {"MT33", "debug access notifies an event", {"M11"}},
      {"MT34", "DMI ends at the size, not one before it", {"S5"}},
      {"MT35", "DMI window is all of 64 bits", {"S5"}},
      {"MT36", "DMI pointer is not that of the window's start", {"S5"}},
      {"MT37", "DMI starts at the address asked for", {"S5"}},
      {"MT38", "grants DMI with access none", {"M12"}},
      {"MT39", "leaves DMI latencies 0", {"S5"}},
      {"MT40", "grants DMI outside its range", {"M12"}},
      {"MT41", "resets without taking DMI back", {"S5"}},
      {"MB1", "does not restore the address", {"M3"}},
      {"MB2", "does not restore it after an error", {"M3"}},
      {"MB3", "sends what crosses two windows to the first", {"S2"}},
      {"MB4", "answers OK where nothing is mapped", {"S2"}},
      {"MB5", "does not translate the DMI window", {"S5", "M12"}},
      {"MB6", "does not clip the DMI window", {"S5"}},
      {"MB7", "does not translate an invalidation", {"S5"}},
      {"MB8", "tells the first initiator only of an invalidation", {"S5"}},
      {"MB9", "does not translate debug accesses", {"S4"}},
      {"MB10", "hands the target a delay of zero", {"B4"}},
      {"MB11", "turns an error into OK", {"S2"}},
      {"MB12", "leaves its way out of DMI latencies", {"S5"}},
      {"MB13", "does not translate a refused DMI range", {"S5"}},
      {"MB14", "decodes 32 bits of the address", {"S2"}},
      {"MB15", "drops extensions", {"B9"}},
      {"MB16", "does not add its way to the delay", {"S6"}},
      {"MB17", "does not clip debug accesses", {"S4"}},
      {"MB18", "clips the DMI window without moving the pointer", {"S5"}},
      {"MB19", "takes DMI back through the first of two windows only", {"S5"}},
      {"MA1", "keeps a payload that it has not acquired, and uses it when it is free", {"S8"}},
      {"MA2", "completes early without its latency", {"S6"}},
      {"MA3", "TLM_COMPLETED with INCOMPLETE", {"M1"}},
      {"MA4", "annotated time decreases", {"M14"}},
      {"MA5", "TLM_UPDATED with the phase that was sent", {"M14"}},
      {"MA6", "responds twice", {"S7"}},
      {"MA7", "never releases some payloads", {"S8"}},
      {"MA8", "answers only the first request", {"S7"}},
      {"MA9", "BEGIN_REQ on the backward path", {"M14"}},
      {"MA10", "END_RESP on the backward path", {"M14"}},
      {"MA11", "END_REQ twice", {"M14"}},
      {"MA12", "loses one request in fifty", {"S7"}},
      {"MA13", "responds before the time it gave END_REQ", {"M14"}},
      {"MA14", "changes the length", {"M4"}},
      {"MA15", "changes the address", {"M3"}},
      {"MA16", "begins a response while one is open", {"M14"}},
      {"MA17", "BEGIN_RESP with INCOMPLETE", {"M1"}},
      {"MR1", "a wrong reset value", {"R1"}},
      {"MR2", "a write reaches a reserved bit", {"R2"}},
      {"MR3", "a register to clear by 1 stores what is written", {"R3"}},
      {"MR4", "a register that reading clears is not cleared", {"R3"}},
      {"MR5", "a debug read clears", {"R4"}},
      {"MR6", "a write to a read-only register answers OK", {"S2"}},
      {"MR7", "a hole reads 0", {"S2"}},
      {"MR8", "accepts two bytes", {"S2"}},
      {"MR9", "accepts misaligned accesses", {"S2"}},
      {"MR10", "reset forgets a register", {"R1"}},
      {"MR11", "takes a part of a register by byte enables", {"S2"}},
      {"MI1", "sends a payload with its last status", {"M10"}},
      {"MI2", "sends a payload with its last DMI hint", {"M10"}},
      {"MI3", "streaming width 0", {"M10"}},
      {"MI4", "byte enables of length 0", {"M10"}},
      {"MI5", "a byte enable of 0x01", {"M10"}},
      {"MI6", "no data pointer", {"M10"}},
      {"MI7", "b_transport from a method process", {"M10"}},
      {"MI8", "non-blocking call without a memory manager", {"M14"}},
      {"MI9", "BEGIN_REQ before the END_REQ of the request before", {"M14"}},
      {"MI10", "END_REQ on the forward path", {"M14"}},
      {"MI11", "sends a payload again while it is on its way", {"M14"}},
      {"MI12", "changes the address while the payload is on its way", {"M3", "M14"}},
      {"MI13", "END_RESP before BEGIN_RESP", {"M14"}},
      {"MI14", "b_transport with a payload whose phases go on", {"M14"}},
  };
  return all;
}

const std::vector<Mutant>& legal_variants() {
  static const std::vector<Mutant> all{
      {"healthy memory", "the memory of MT1 to MT41 without a fault", {}},
      {"waits", "waits 3 ns before it answers", {}},
      {"healthy interconnect", "the interconnect of MB1 to MB19 without a fault", {}},
      {"four phases", "the memory of MA1 to MA17 without a fault", {}},
      {"no END_REQ", "BEGIN_RESP stands for END_REQ", {}},
      {"END_REQ by TLM_UPDATED", "END_REQ is the return value", {}},
      {"early completion", "TLM_COMPLETED with the latency in the delay", {}},
      {"healthy registers", "the bank of MR1 to MR11 without a fault", {}},
      {"MI0", "the initiator of MI1 to MI14 without a fault", {}},
  };
  return all;
}

std::vector<std::string> broken_rules(const std::string& id) {
  if (id.rfind("MI", 0) == 0) {
    const conform::IsolatedResult result = conform::run_isolated([&](conform::Whereabouts&) { return judge_initiator(number_of(id)); }, 60);
    if (!result.failure.empty()) throw std::runtime_error(result.failure);
    return result.value.get<std::vector<std::string>>();
  }
  const KindDescriptor kind = kind_of(id);
  conform::BenchOptions options;
  options.kind = kind.kind;
  if (!kind.routes_addresses && kind.is_memory) options.latency = 2000;
  if (kind.routes_addresses) options.latency = 5000;  // the probe and the way
  std::vector<std::string> broken;
  const auto kinds = [&] {
    auto registry = make_registry();
    registry->add(kind);
    return registry;
  };
  for (const conform::Verdict& verdict : conform::run_bench_isolated(kinds, options, 60)) {
    const std::vector<std::string> more = verdict.broken();
    broken.insert(broken.end(), more.begin(), more.end());
  }
  return broken;
}

}  // namespace snnvp::conformance
