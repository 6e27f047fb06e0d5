// SPDX-License-Identifier: Apache-2.0
// The wrapper: what a scenario may say of the vendor's blocks. The interfaces of snnvp are optional; with them the blocks' figures
// stand in the report like those of built-in ones.
#include <snnvp/plugin.h>

#include "acme_dma.h"

namespace {

using namespace snnvp;

struct WrappedDma : acme::Dma, StatProvider, EventProvider, IdleProvider {
  using Dma::Dma;
  void report_stats(StatSink& sink) const override {
    sink.integer("copies", copies());
    sink.integer("bytes", bytes());
    sink.integer("bursts", bursts());
  }
  // Every byte passes the FIFO of 256 x 32 bit once each way.
  EventCounts events() const override { return {{"sram_rd.1024.32", bytes() / 4}, {"sram_wr.1024.32", bytes() / 4}}; }
  bool is_idle() const override { return !is_busy(); }
  std::string waiting_for() const override { return is_busy() ? "a copy to finish" : ""; }
};

struct WrappedTester : acme::Tester, StatProvider, IdleProvider {
  using Tester::Tester;
  void report_stats(StatSink& sink) const override {
    sink.integer("compared", compared());
    sink.integer("wrong", wrong());
  }
  bool is_idle() const override { return has_ended(); }
  std::string waiting_for() const override { return has_ended() ? "" : "the copy, or an answer"; }
};

/// For headers of firmware and for debuggers: snnvp regs acme.dma --format c --plugin libacme.so
const char* const dma_registers = R"(
bank: { name: regs, size: 4 KiB, width: 32 }
registers:
  - { name: source,      offset: 0x00, access: rw, doc: "First byte to copy" }
  - { name: destination, offset: 0x04, access: rw, doc: "Where it goes" }
  - { name: length,      offset: 0x08, access: rw, doc: "Bytes" }
  - { name: go,          offset: 0x0C, access: wo, doc: "Any write starts a copy" }
  - name: status
    offset: 0x10
    access: ro
    doc: "State"
    fields:
      - { name: busy,   bits: "0", doc: "A copy is under way" }
      - { name: done,   bits: "1", doc: "It is complete" }
      - { name: failed, bits: "2", doc: "An access was refused" }
  - { name: acknowledge, offset: 0x14, access: wo, doc: "Any write clears done and failed, and with them the interrupt" }
)";

void register_kinds(void* registry) {
  KindDescriptor dma;
  dma.kind = "acme.dma";
  dma.doc = "Copy engine with a register bank and an interrupt";
  dma.params = {param("burst", 64, "bytes per access").range(4, 4096).unit("byte")};
  dma.ports = {target("regs", "6 registers of 32 bit"), initiator("out", "data"), irq_out("irq", "high until acknowledged")};
  dma.stats = {{"copies", "1", StatKind::count, "Copies done"},
               {"bytes", "B", StatKind::bytes, "Bytes copied"},
               {"bursts", "1", StatKind::count, "Bursts read, and as many written"}};
  dma.events = [](const ParamSet&) { return std::vector<std::string>{"sram_rd.1024.32", "sram_wr.1024.32"}; };
  dma.registers = dma_registers;
  dma.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  dma.sources = {{"burst pace", Certainty::assumed, "one cycle before each burst"}};
  dma.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) {
    return std::make_unique<WrappedDma>(name, p.get<unsigned>("burst"),
                                        sc_core::sc_time(1.0 / static_cast<double>(p.clock()), sc_core::SC_SEC));
  };
  plugin_registry(registry).add(std::move(dma));

  KindDescriptor tester;
  tester.kind = "acme.tester";
  tester.doc = "Fills memory, has acme.dma copy it, compares";
  tester.params = {param("dma", 0x1000'0000, "address of the DMA's registers"), param("memory", 0x8000'0000U, "first byte to use"),
                   param("length", 1024, "bytes to copy").range(4, 65536)};
  tester.ports = {initiator("out"), irq_in("irq")};
  tester.ports.back().is_vector = false;
  tester.ports.back().is_optional = false;
  tester.stats = {{"compared", "words", StatKind::count, "Words compared"},
                  {"wrong", "1", StatKind::count, "Words and answers that were wrong"}};
  tester.needs_clock = false;
  tester.energy_not_counted = "a test driver";
  tester.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) {
    return std::make_unique<WrappedTester>(name, p.get<std::uint32_t>("dma"), p.get<std::uint32_t>("memory"),
                                           p.get<std::uint32_t>("length"));
  };
  plugin_registry(registry).add(std::move(tester));
}

}  // namespace

SNNVP_PLUGIN("acme", "1.2.0", register_kinds)
