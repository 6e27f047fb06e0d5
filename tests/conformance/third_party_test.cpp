// SPDX-License-Identifier: Apache-2.0
// A base-protocol checker of others' making stands between our blocks and has nothing to say.
#include <catch2/catch.hpp>

#include <deque>
#include <memory>
#include <numeric>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/models/dram/dram.h>
#include <snnvp/models/memory_traffic/memory_traffic.h>
#include <snnvp/models/prosperity/prosperity.h>
#include <snnvp/platform/conform/bench.h>
#include <snnvp/platform/engine/job.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"
#include "base_protocol_checker.h"

using namespace snnvp;
using foreign::BaseProtocolChecker;
using snnvp::test::FreshKernel;

namespace {

std::vector<std::string> all_complaints(const std::deque<BaseProtocolChecker>& checkers) {
  std::vector<std::string> all;
  for (const BaseProtocolChecker& checker : checkers) all.insert(all.end(), checker.complaints.begin(), checker.complaints.end());
  return all;
}

/// A block of ours with the checker before its socket `in`, as a kind of its own.
class Guarded : public sc_core::sc_module, public Resettable {
public:
  Guarded(const sc_core::sc_module_name& name, const KindDescriptor& kind, const ParamSet& params)
      : sc_module(name), in("in"), checker("checker"), inner_(kind.factory("inner", params)) {
    in.bind(checker.target);
    auto* socket = sc_core::sc_find_object((std::string(inner_->name()) + ".in").c_str());
    checker.initiator.bind(dynamic_cast<tlm::tlm_base_target_socket_b<32>&>(*socket));
  }
  ~Guarded() override {
    // The kit sends malformed payloads on purpose; complaints about those are about the kit.
    std::vector<std::string> complaints;
    for (const std::string& text : checker.complaints)
      if (text.find("14.11: null") == std::string::npos && text.find("14.12") == std::string::npos &&
          text.find("14.14") == std::string::npos && text.find("14.15") == std::string::npos)
        complaints.push_back(text);
    last_seen = {{"complaints", complaints}, {"blocking", checker.blocking}, {"phased", checker.phased},
                 {"debugs", checker.debugs}, {"grants", checker.grants},     {"refusals", checker.refusals}};
  }
  void reset() override { dynamic_cast<Resettable&>(*inner_).reset(); }
  tlm::tlm_target_socket<32> in;
  BaseProtocolChecker checker;
  static nlohmann::ordered_json last_seen;

private:
  std::unique_ptr<sc_core::sc_module> inner_;
};
nlohmann::ordered_json Guarded::last_seen;

/// What the checker said, and how many calls of each kind it saw.
nlohmann::ordered_json run_guarded(const std::string& kind, const std::vector<std::string>& set) {
  const conform::IsolatedResult result = conform::run_isolated(
      [&](conform::Whereabouts& where) {
        const auto registry = all_kinds();
        KindDescriptor guarded = *registry->find(kind);
        const KindDescriptor& inside = *registry->find(kind);
        guarded.kind = "guarded.block";
        guarded.factory = [&inside](const sc_core::sc_module_name& name, const ParamSet& p) {
          return std::make_unique<Guarded>(name, inside, p);
        };
        registry->add(std::move(guarded));
        conform::BenchOptions options;
        options.kind = "guarded.block";
        options.overrides = set;
        const auto verdicts = run_bench(*registry, options, where);
        nlohmann::ordered_json seen = Guarded::last_seen;
        seen["passed"] = verdicts.at(0).passed();
        return seen;
      },
      300);
  INFO(result.failure << result.wrong_input);
  REQUIRE(result.failure.empty());
  REQUIRE(result.wrong_input.empty());
  return result.value;
}

}  // namespace

TEST_CASE("tlm.E2 an outside checker finds nothing in our memories, blocking and with phases", "[conformance]") {
  struct Case {
    const char* kind;
    std::vector<std::string> set;
    bool dmi;
  };
  for (const Case& c : {Case{"models.sram", {"size=4 KiB"}, false}, Case{"models.sram", {"size=4 KiB", "allow_dmi=true"}, true},
                        Case{"models.dram", {"allow_dmi=true"}, true}, Case{"models.dram", {"timing=bank"}, false}}) {
    INFO(c.kind);
    const auto seen = run_guarded(c.kind, c.set);
    CHECK(seen.at("complaints").dump() == "[]");
    CHECK(seen.at("passed") == true);
    CHECK(seen.at("blocking") > 3000);
    CHECK(seen.at("phased") > 700);
    CHECK(seen.at("debugs") > 50);
    CHECK((seen.at(c.dmi ? "grants" : "refusals") > 10));
  }
}

TEST_CASE("tlm.A1 an outside checker finds nothing between our traffic source and our memory with banks", "[conformance]") {
  FreshKernel kernel;
  MemoryTrafficBlock traffic("traffic");
  BaseProtocolChecker checker("checker");
  Dram::Params params;
  params.bank_timing = true;
  Dram dram("dram", params);
  traffic.out.bind(checker.target);
  checker.initiator.bind(dram.in);
  MemoryTraffic work;
  work.footprint = 1 << 20;
  work.pattern = MemoryTraffic::Pattern::random;
  work.requests = 2000;
  work.outstanding = 16;
  work.write_share = 0.5;
  traffic.set_traffic(work);
  traffic.prepare();
  sc_core::sc_start();
  CHECK(traffic.is_finished());
  CHECK(checker.phased >= 2000);
  CHECK(checker.complaints == std::vector<std::string>{});
}

TEST_CASE("tlm.E2 an outside checker finds nothing in any link of a platform with an engine at work", "[conformance]") {
  namespace job = snnvp::engine;
  constexpr Address registers = 0x1000'0000, memory = 0x8000'0000;
  constexpr unsigned steps = 8, inputs = 64, outputs = 96;
  FreshKernel kernel;
  Bus::Params bus_params;
  bus_params.initiators = bus_params.targets = 2;
  bus_params.width_bytes = 16;
  Bus bus("bus", bus_params, ClockDomain(800'000'000));
  Dram::Params dram_params;
  dram_params.size = 1 << 20;
  dram_params.allow_dmi = true;
  Dram dram("dram", dram_params);
  Prosperity::Params params;
  params.unit.tile_m = 16, params.unit.tile_n = 32;
  Prosperity engine("engine", params, ClockDomain(500'000'000));
  sc_core::sc_signal<bool> irq("irq");
  engine.irq(irq);
  bus.map(memory, 1 << 20, 0);
  bus.map(registers, 4096, 1);

  std::uint32_t status = ~0U;
  std::vector<std::int32_t> sums(steps * outputs);
  test::Script script("script", [&](InitiatorPort& port) {
    std::vector<std::uint8_t> spikes(steps * inputs / 8, 0xFF), weights(inputs * outputs, 1);
    job::JobDescriptor layer;
    layer.operation = job::Operation::gemm;
    layer.flags = job::flag_first | job::flag_store_sums;
    layer.gemm.T = steps, layer.gemm.C = inputs, layer.gemm.N = outputs;
    const auto operand = [](Address at, job::Format format, std::uint32_t rows, std::uint32_t columns) {
      job::Operand o;
      o.address = at;
      o.format = format;
      o.shape = {rows, columns, 0, 0};
      return o;
    };
    layer.operands[job::operand::input] = operand(memory + 0x1000, job::Format::spikes, steps, inputs);
    layer.operands[job::operand::weights] = operand(memory + 0x2000, job::Format::int8, inputs, outputs);
    layer.operands[job::operand::sums] = operand(memory + 0x8000, job::Format::int32, steps, outputs);
    const job::DescriptorBytes image = job::encode(layer);
    sc_core::sc_time delay;
    port.write(memory + 0x1000, spikes.data(), spikes.size(), delay);
    port.write(memory + 0x2000, weights.data(), weights.size(), delay);
    port.debug_write(memory, image.data(), image.size());
    const auto put = [&](Address offset, std::uint32_t value) {
      port.write(registers + offset, reinterpret_cast<const std::uint8_t*>(&value), 4, delay);
    };
    put(0x10, 3), put(0x20, static_cast<std::uint32_t>(memory)), put(0x24, 0), put(0x34, 1);
    sc_core::wait(delay);
    while (!irq.read()) sc_core::wait(irq.value_changed_event());
    delay = sc_core::SC_ZERO_TIME;
    port.read(registers + 0x0C, reinterpret_cast<std::uint8_t*>(&status), 4, delay);
    port.read(memory + 0x8000, reinterpret_cast<std::uint8_t*>(sums.data()), sums.size() * 4, delay);
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    payload.set_read();
    payload.set_address(memory + 0x40);
    CHECK(port->get_direct_mem_ptr(payload, dmi));
    payload.set_address(0x42);
    CHECK(!port->get_direct_mem_ptr(payload, dmi));
    dram.reset();
    engine.reset();
  });
  std::deque<BaseProtocolChecker> checkers;
  const auto link = [&](tlm::tlm_initiator_socket<32>& from, tlm::tlm_target_socket<32>& to) {
    checkers.emplace_back(sc_core::sc_module_name(("checker_" + std::to_string(checkers.size())).c_str()));
    from.bind(checkers.back().target);
    checkers.back().initiator.bind(to);
  };
  link(script.out, bus.in[0]);
  link(engine.dma, bus.in[1]);
  link(bus.out[0], dram.in);
  link(bus.out[1], engine.regs);
  sc_core::sc_start();
  CHECK(status == 0);
  CHECK(std::accumulate(sums.begin(), sums.end(), 0) == static_cast<int>(steps * outputs * inputs));
  CHECK(all_complaints(checkers) == std::vector<std::string>{});
  for (const BaseProtocolChecker& checker : checkers) CHECK(checker.blocking != 0);
  CHECK(checkers[2].invalidations == 1);
}
