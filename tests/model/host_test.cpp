// SPDX-License-Identifier: Apache-2.0
// Whole platforms in a process of their own: the driver, unused blocks, monitors, foreign kinds.
#include <snnvp/models/host/host.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/engine/accelerator.h>

#include "../support/forked_run.h"

using namespace snnvp;
using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string tile = "platform.blocks.pu.params.timing=tile";

/// The platform of papers/prosperity.yaml written out, with more lines where a test needs them.
std::string scenario_text(const std::string& blocks = {}, const std::string& links = {}, const std::string& maps = {}, bool with_irq = true,
                          const std::string& run = "until: idle, limit: 1 s") {
  return R"(scenario: 1
name: whole
platform:
  clocks: { core: 500 MHz }
  blocks:
    - { name: bus, kind: interconnect.bus, clock: core, params: { width: 128 B } }
    - { name: dram, kind: models.dram, params: { preset: ddr4_2133p, size: 64 MiB } }
    - { name: host, kind: models.host, clock: core }
    - { name: pu, kind: models.prosperity, clock: core }
)" + blocks +
         "  links:\n    - { from: host.out, to: bus.in }\n    - { from: pu.dma, to: bus.in }\n" +
         (with_irq ? "    - { from: pu.irq, to: \"host.irq[0]\" }\n" : "") + links + R"(  maps:
    - { through: bus, to: dram.in, base: 0x8000_0000, size: 64 MiB }
    - { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB }
)" + maps +
         "workload: { kind: trace, network: " SNNVP_SOURCE_DIR
         "/scenarios/networks/own_small }\ntechnology: { preset: generic28 }\nrun: { " +
         run + " }\n";
}

json run_text(const std::string& text, const std::function<json(const RunOutcome&)>& look, const std::vector<std::string>& overrides = {}) {
  return in_child([&]() -> json {
    Prepared prepared = prepare_text(text, "whole.yaml", overrides, all_kinds());
    RunOptions options;
    options.progress = false;
    return look(simulate(prepared, options));
  });
}

json ending(const RunOutcome& outcome) {
  const RunEnd end = end_of(outcome);
  return {{"status", end.status},     {"exit_code", end.exit_code}, {"mismatches", end.mismatches},
          {"compared", end.compared}, {"cycles", end.cycles},       {"rules", end.rules},
          {"text", end.text}};
}

std::uint64_t stat(const RunOutcome& outcome, const std::string& block, const std::string& name) {
  for (const BlockReport& b : outcome.report.blocks)
    for (const auto& [key, value] : b.stats)
      if (b.name == block && key == name && std::holds_alternative<std::uint64_t>(value)) return std::get<std::uint64_t>(value);
  return 0;
}

unsigned monitors_below(const std::vector<sc_core::sc_object*>& objects) {
  unsigned count = 0;
  for (sc_core::sc_object* object : objects)
    count += (std::string(object->name()).find("monitor") != std::string::npos) + monitors_below(object->get_child_objects());
  return count;
}

/// A block that does nothing but emit a key nobody has a price for.
class Strange : public sc_core::sc_module, public EventProvider {
public:
  explicit Strange(const sc_core::sc_module_name& name) : sc_module(name) {}
  EventCounts events() const override { return {{"frobnicate.3", 3}}; }
};

std::unique_ptr<Registry> with_strange_kind() {
  auto registry = all_kinds();
  KindDescriptor d;
  d.kind = "models.strange";
  d.doc = "test";
  d.needs_clock = false;
  d.events = [](const ParamSet&) { return std::vector<std::string>{"frobnicate.3"}; };
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet&) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Strange>(name);
  };
  registry->add(std::move(d));
  return registry;
}

}  // namespace

TEST_CASE("the driver's register offsets are those of the common front end") {
  const RegisterMap map = parse_register_map(engine::common_registers, "engine");
  const std::pair<const char*, std::uint64_t> offsets[] = {{"status", 0x0C},        {"irq_enable", 0x10},   {"irq_status", 0x14},
                                                           {"desc_addr_lo", 0x20},  {"desc_addr_hi", 0x24}, {"doorbell", 0x34},
                                                           {"error_addr_lo", 0x38}, {"error_addr_hi", 0x3C}};
  for (const auto& [name, offset] : offsets) {
    bool found = false;
    for (const auto& r : map.registers)
      if (r.name == name) found = r.offset == offset;
    INFO(name);
    CHECK(found);
  }
}

TEST_CASE("without an interrupt the driver polls and the run ends as well") {
  const json by_irq = run_text(scenario_text(), ending);
  const json by_polling = run_text(scenario_text({}, {}, {}, false), [](const RunOutcome& outcome) {
    json j = ending(outcome);
    j["polls"] = stat(outcome, "host", "polls");
    j["interrupts"] = stat(outcome, "host", "interrupts");
    return j;
  });
  CHECK(by_polling.at("status") == "ok");
  CHECK(by_polling.at("polls") > 5);
  CHECK(by_polling.at("interrupts") == 0);
  CHECK(by_polling.at("mismatches") == 0);
  CHECK(by_polling.at("compared") == by_irq.at("compared"));
}

TEST_CASE("tlm.V14 a monitor that is off is no object at all") {
  const auto count = [](const char* check) {
    return in_child([&]() -> json {
      Prepared prepared = prepare_text(scenario_text(), "whole.yaml", {std::string("run.protocol_check=") + check}, all_kinds());
      unsigned monitors = 0;
      RunOptions options;
      options.progress = false;
      options.on_finished = [&](engine::JobDriver&, const MemoryProgram&) {
        monitors = monitors_below(sc_core::sc_get_top_level_objects());
      };
      const RunEnd end = end_of(simulate(prepared, options));
      return {{"monitors", monitors}, {"cycles", end.cycles}, {"status", end.status}};
    });
  };
  const json off = count("off"), on = count("on");
  CHECK(off.at("monitors") == 0);
  CHECK(on.at("monitors") > 0);
  CHECK(off.at("status") == "ok");
  CHECK(on.at("status") == "ok");
  CHECK(on.at("cycles") == off.at("cycles"));
}

TEST_CASE("a run with monitors on every link finds no protocol violation") {
  for (const char* timing : {"paper", "tile"}) {
    const RunEnd end =
        run_forked("papers/prosperity.yaml",
                   {"run.protocol_check=on", std::string("platform.blocks.pu.params.timing=") + timing, "workload.store_sums=true"});
    INFO(end.text);
    CHECK(end.status == "ok");
    CHECK(std::count(end.rules.begin(), end.rules.end(), "protocol_violation") == 0);
  }
}

TEST_CASE("formats.F11 a block that is never used has null statistics only and is diagnosed") {
  const json found = run_text(
      scenario_text("    - { name: spare_mem, kind: models.sram, clock: core, params: { size: 4 KiB } }\n    - { name: spare_unit, kind: "
                    "models.neuron, clock: core }\n",
                    "    - { from: spare_unit.dma, to: bus.in }\n    - { from: spare_unit.irq, to: \"host.irq[1]\" }\n",
                    "    - { through: bus, to: spare_mem.in, base: 0x2000_0000, size: 4 KiB }\n    - { through: bus, to: spare_unit.regs, "
                    "base: 0x1002_0000, size: 4 KiB }\n"),
      [](const RunOutcome& outcome) -> json {
        json j = {{"touched", 0}, {"stats", 0}, {"never", json::array()}, {"status", outcome.report.status}, {"energy", json::object()}};
        for (const BlockReport& block : outcome.report.blocks) {
          if (block.name.rfind("spare", 0) != 0) continue;
          for (const auto& [name, value] : block.stats) {
            j["stats"] = j["stats"].get<int>() + 1;
            if (!std::holds_alternative<std::monostate>(value)) j["touched"] = j["touched"].get<int>() + 1;
          }
          for (const auto& [key, count] : block.events) j["energy"][key] = count;
        }
        for (const auto& d : outcome.report.diagnosis)
          if (d.rule == "never_touched") j["never"].push_back(d.text);
        return j;
      },
      {"workload.engines=[pu]"});
  CHECK(found.at("status") == "ok");
  CHECK(found.at("stats") >= 12);
  CHECK(found.at("touched") == 0);
  REQUIRE(found.at("never").size() == 2);
  CHECK(found.at("never")[0].get<std::string>().find("spare_mem") == 0);
  CHECK(found.at("never")[1].get<std::string>().find("spare_unit") == 0);
  for (const auto& [key, count] : found.at("energy").items()) CHECK(count == 0);
}

TEST_CASE("energy.E24 a foreign block with an unpriced event is refused before the run with block and key and nearest key") {
  const std::string text = scenario_text("    - { name: odd, kind: models.strange }\n");
  try {
    prepare_text(text, "whole.yaml", {}, with_strange_kind());
    FAIL("accepted");
  } catch (const InputError& error) {  // exit code 2 at the command line
    const std::string message = error.what();
    INFO(message);
    CHECK(message.find("'odd'") != std::string::npos);
    CHECK(message.find("'frobnicate.3'") != std::string::npos);
    CHECK(message.find("nearest known key: ") != std::string::npos);
  }
}

TEST_CASE("a limit in the middle of a run is told with what was still at work") {
  const json end = run_text(scenario_text({}, {}, {}, true, "until: idle, limit: 5 us"), ending);
  CHECK(end.at("status") == "limit");
  CHECK(end.at("exit_code") == 1);
  CHECK(end.at("text").get<std::string>().find("pu waits: conv2d job") != std::string::npos);
}

TEST_CASE("another seed draws other weights and gives other sums in equal time") {
  const auto run = [](const char* seed) {
    return in_child([&]() -> json {
      Prepared prepared =
          prepare(SNNVP_SOURCE_DIR "/scenarios/papers/prosperity.yaml", {tile, std::string("workload.seed=") + seed}, all_kinds());
      RunOptions options;
      options.progress = false;
      std::vector<std::uint8_t> sums(4000);
      options.on_finished = [&](engine::JobDriver& driver, const MemoryProgram& program) {
        driver.debug_read(program.expectations.front().address, sums.data(), sums.size());
      };
      const RunEnd end = end_of(simulate(prepared, options));
      return {{"status", end.status}, {"cycles", end.cycles}, {"sums", sums}};
    });
  };
  const json one = run("1"), again = run("1"), two = run("2");
  CHECK(one == again);
  CHECK(one.at("status") == "ok");
  CHECK(two.at("status") == "ok");
  CHECK(one.at("sums") != two.at("sums"));
  CHECK(one.at("cycles") == two.at("cycles"));
}
