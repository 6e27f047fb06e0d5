// SPDX-License-Identifier: Apache-2.0
// The command from outside, and blocks that need a second process.
#include <catch2/catch.hpp>

#include <future>

#include <nlohmann/json.hpp>

#include "../support/process.h"

using namespace snnvp::test;

namespace {

/// A second simulator with a memory at address 0, until its peer goes.
std::future<ProcessResult> serve_memory(const ScratchFolder& folder, const std::string& address) {
  const std::string file = folder.write("memory.yaml", R"(scenario: 1
name: memory_side
platform:
  clocks: { core: 1 GHz }
  blocks:
    - { name: bus,  kind: interconnect.bus, clock: core }
    - { name: dram, kind: models.dram, params: { size: 1 MiB } }
    - { name: link, kind: interconnect.remote, params: { listen: ")" +
                                                           address + R"(", quantum: 200 ns, timeout: 20 s } }
  links:
    - { from: link.out, to: bus.in }
  maps:
    - { through: bus, to: dram.in, base: 0x0, size: 1 MiB }
run: { until: idle, limit: 1 s }
)");
  return std::async(std::launch::async, [file] { return run_snnvp({"run", file, "--json", "--quiet"}, "/"); });
}

}  // namespace

TEST_CASE("conform tells each rule as text and as JSON, with exit code 0", "[conformance]") {
  const ProcessResult text = run_snnvp({"conform", "models.sram", "--set", "size=4 KiB", "--count", "1000"});
  INFO(text.out << text.err);
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("models.sram.in: pass (1000 transactions)") != std::string::npos);
  CHECK(text.out.find("all rules hold") != std::string::npos);
  const ProcessResult json = run_snnvp({"conform", "models.sram", "--count", "1000", "--json"});
  const auto told = nlohmann::json::parse(json.out);
  CHECK(told.at("verdict") == "pass");
  bool has_reason = false;
  for (const auto& rule : told.at("subjects").at(0).at("ports").at(0).at("rules"))
    has_reason = has_reason || (rule.at("verdict") == "not applicable" && !rule.at("because").get<std::string>().empty());
  CHECK(has_reason);
  CHECK(run_snnvp({"conform", "models.sram", "--count", "1000", "--json"}).out == json.out);
}

TEST_CASE("conform judges initiators by what they send in a scenario", "[conformance]") {
  const ProcessResult run = run_snnvp({"conform", "scenarios/product_sparsity.yaml", "--port", "pu", "--json"}, SNNVP_SOURCE_DIR);
  INFO(run.err);
  CHECK(run.exit_code == 0);
  const auto told = nlohmann::json::parse(run.out);
  REQUIRE(told.at("subjects").at(0).at("ports").size() == 2);
  for (const auto& link : told.at("subjects").at(0).at("ports")) CHECK(link.at("transactions") > 0);
}

TEST_CASE("conform names what is wrong with its command line, with exit code 2", "[conformance]") {
  const auto refused = [](const std::vector<std::string>& words, const std::string& text) {
    const ProcessResult run = run_snnvp(words);
    INFO(run.err);
    CHECK(run.exit_code == 2);
    CHECK(run.err.find(text) != std::string::npos);
  };
  refused({"conform"}, "nothing to check");
  refused({"conform", "models.srma"}, "did you mean models.sram?");
  refused({"conform", "models.host"}, "has no target port");
  refused({"conform", "models.sram", "--port", "inn"}, "did you mean in?");
  refused({"conform", "models.sram", "--set", "sise=4 KiB"}, "size");
  refused({"conform", "models.sram", "--memory", "many"}, "--memory many");
  refused({"conform", "models.sram", "--latency", "long"}, "--latency long");
  refused({"conform", "nowhere.yaml"}, "nowhere.yaml");
  refused({"conform", "--plugin", "nowhere.so"}, "nowhere.so");
}

TEST_CASE("tlm.V1 the bridge passes the kit with a memory in another process behind it", "[conformance]") {
  const ScratchFolder folder;
  const std::string address = "unix:" + folder.path() + "/link.sock";
  auto peer = serve_memory(folder, address);
  const ProcessResult run = run_snnvp({"conform", "interconnect.remote", "--set", "connect=" + address, "--set", "memory=1 MiB", "--set",
                                       "quantum=100 ns", "--count", "1000"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(run.out.find("interconnect.remote.in: pass (1000 transactions)") != std::string::npos);
  peer.get();
}

TEST_CASE("a workload lies in the memory of another process behind a bridge, and every value is right", "[conformance]") {
  const ScratchFolder folder;
  const std::string address = "unix:" + folder.path() + "/link.sock";
  auto peer = serve_memory(folder, address);
  const std::string file = folder.write("engine.yaml", R"(scenario: 1
name: engine_side
platform:
  clocks: { core: 500 MHz }
  blocks:
    - { name: bus,  kind: interconnect.bus, clock: core }
    - { name: host, kind: models.host, clock: core }
    - { name: pu,   kind: models.prosperity, clock: core }
    - { name: link, kind: interconnect.remote, params: { connect: ")" +
                                                           address + R"(", quantum: 200 ns, timeout: 20 s, memory: 1 MiB } }
  links:
    - { from: host.out, to: bus.in }
    - { from: pu.dma,   to: bus.in }
    - { from: pu.irq,   to: "host.irq[0]" }
  maps:
    - { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB }
    - { through: bus, to: link.in, base: 0x8000_0000, size: 1 MiB }
workload: { kind: synthetic, m: 16, k: 32, n: 16 }
run: { until: idle, limit: 10 ms }
)");
  const ProcessResult run = run_snnvp({"run", file, "--json", "--quiet"}, "/");
  INFO(run.out << run.err);
  REQUIRE(run.exit_code == 0);
  const auto report = nlohmann::json::parse(run.out);
  CHECK(report.at("status") == "ok");
  for (const auto& block : report.at("blocks"))
    if (block.at("name") == "link") CHECK(block.at("stats").at("requests_sent") > 0);
  peer.get();
}

TEST_CASE("tlm.V16 tools/test --all runs tests and a million transactions per port under the address and undefined-behaviour sanitizers",
          "[conformance]") {
  const std::string script = slurp(std::string(SNNVP_SOURCE_DIR) + "/tools/test");
  const auto loop = script.find("for preset in asan ubsan");
  REQUIRE(loop != std::string::npos);
  const std::string body = script.substr(loop, script.find("\ndone", loop) - loop);
  CHECK(body.find("run_tests \"$build/$preset\"") != std::string::npos);
  CHECK(body.find("SNNVP_CONFORM_COUNT=1000000 \"$build/$preset/tests/test_conformance\" \"tlm.V1 every*\"") != std::string::npos);
  const auto presets = nlohmann::json::parse(slurp(std::string(SNNVP_SOURCE_DIR) + "/CMakePresets.json"));
  for (const char* sanitizer : {"address", "undefined", "thread"}) {
    bool is_there = false;
    for (const auto& preset : presets.at("configurePresets"))
      is_there = is_there || preset.dump().find(std::string("-fsanitize=") + sanitizer) != std::string::npos;
    CHECK(is_there);
  }
}
