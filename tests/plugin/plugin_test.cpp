// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include <snnvp/platform/plugin/version.h>

#include "../support/process.h"
#include "outside.h"

using namespace snnvp::test;

namespace {

const std::string examples = outside::prefix() + "/share/doc/snnvp/examples";

/// A scenario of one block of a kind.
std::string one_block(const ScratchFolder& folder, const std::string& kind, const std::string& plugins = "",
                      const std::string& params = "") {
  return folder.write("one.yaml", "scenario: 1\n" + plugins + "platform:\n  clocks: { core: 1 GHz }\n  blocks: [ { name: x, kind: " + kind +
                                      (params.empty() ? "" : ", params: { " + params + " }") + " } ]\n");
}

ProcessResult run_tool(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), outside::tool());
  return run_process(arguments, "/");
}

nlohmann::json report_of(const ProcessResult& run) {
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  return nlohmann::json::parse(run.out);
}

std::string copy_scenario(const ScratchFolder& folder, const std::string& library) {
  std::string text = slurp(examples + "/plugin_dma/copy.yaml");
  const std::string name = "libacme.so";
  text.replace(text.find(name), name.size(), outside::plugin(library));
  return folder.write("copy.yaml", text);
}

}  // namespace

TEST_CASE("tlm.V5 a vendor's initiator and target run from a scenario, built by g++ and by clang++, with monitors in every link") {
  const ScratchFolder folder;
  std::string first;
  for (const char* library : {"acme", "acme_clang"}) {
    if (!std::filesystem::exists(outside::plugin(library))) {
      WARN("SKIPPED: no clang++ here");
      continue;
    }
    const auto report = report_of(run_tool({"run", copy_scenario(folder, library), "--json", "--quiet", "--set", "run.protocol_check=on"}));
    CHECK(report["status"] == "ok");
    nlohmann::json stats;
    for (const auto& block : report["blocks"]) stats[block["name"].get<std::string>()] = block["stats"];
    CHECK(stats["tester"]["compared"] == 250);
    CHECK(stats["tester"]["wrong"] == 0);
    CHECK(stats["dma"]["bytes"] == 1000);
    CHECK(stats["dma"]["bursts"] == 8);  // of 128 bytes, from platform.defaults
    CHECK(report["energy"]["by_block"]["dma"]["total_j"].get<double>() > 0);
  }
}

TEST_CASE("tlm.V15 equal runs of foreign blocks give equal bytes") {
  const ScratchFolder folder;
  const std::string scenario = copy_scenario(folder, "acme");
  CHECK(run_tool({"run", scenario, "--json", "--quiet"}).out == run_tool({"run", scenario, "--json", "--quiet"}).out);
}

TEST_CASE("registers that a plug-in describes become headers and files for debuggers like built-in ones") {
  const ScratchFolder folder;
  const std::string scenario = copy_scenario(folder, "acme");
  const ProcessResult header = run_tool({"regs", "acme.dma", "--format", "c", "--plugin", outside::plugin("acme")});
  CHECK(header.out.find("#define SNN_ACME_DMA_STATUS_FAILED_MASK 0x4u") != std::string::npos);
  const ProcessResult map = run_tool({"map", scenario, "--from", "tester.out", "--format", "svd"});
  INFO(map.err);
  CHECK(map.out.find("<name>acknowledge</name>") != std::string::npos);
  CHECK(run_tool({"firmware", "headers", scenario, "--out", folder.path() + "/include"}).exit_code == 0);
  CHECK(slurp(folder.path() + "/include/acme_dma_regs.h") == header.out);
  CHECK(std::filesystem::exists(folder.path() + "/include/dma_regs.h"));
}

TEST_CASE("tlm.V5 list and describe show a foreign kind like a built-in one, and its parameters are checked like theirs") {
  const ProcessResult list = run_tool({"list", "--plugin", outside::plugin("acme")});
  CHECK(list.out.find("acme.dma") != std::string::npos);
  const auto described = nlohmann::json::parse(run_tool({"describe", "acme.dma", "--json", "--plugin", outside::plugin("acme")}).out);
  CHECK(described["parameters"][0]["name"] == "burst");
  CHECK(described["ports"].size() == 3);
  const ScratchFolder folder;
  const std::string scenario = copy_scenario(folder, "acme");
  const ProcessResult unknown = run_tool({"check", scenario, "--set", "platform.blocks.dma.params.brust=8"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err.find("did you mean burst?") != std::string::npos);
  const ProcessResult range = run_tool({"check", scenario, "--set", "platform.blocks.dma.params.burst=2"});
  CHECK(range.exit_code == 2);
  CHECK(range.err.find("4..4096") != std::string::npos);
}

TEST_CASE("tlm.P1 a plug-in is found beside the scenario, on the command line and in SNNVP_PLUGIN_PATH") {
  const ScratchFolder folder;
  std::filesystem::copy_file(examples + "/plugin_dma/copy.yaml", folder.path() + "/copy.yaml");
  const std::string scenario = folder.path() + "/copy.yaml";
  CHECK(run_tool({"check", scenario}).exit_code == 2);
  CHECK(run_process({"/usr/bin/env", "SNNVP_PLUGIN_PATH=/nowhere:" + outside::folder("outside"), outside::tool(), "check", scenario})
            .exit_code == 0);
  std::filesystem::copy_file(outside::plugin("acme"), folder.path() + "/libacme.so");
  CHECK(run_tool({"check", scenario}).exit_code == 0);
  CHECK(run_tool({"check", one_block(folder, "acme.tester"), "--plugin", outside::plugin("acme")}).err.find("is not bound") !=
        std::string::npos);
}

TEST_CASE("tlm.V6 each way to build a plug-in wrong is told in a sentence that names the file and the cure") {
  const ScratchFolder folder;
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"cxx20", "it is built with C++20; the SystemC library here is C++17: compile it with -std=c++17"},
      {"old_strings", "std::string of libstdc++ (_GLIBCXX_USE_CXX11_ABI=0)"},
      {"no_entry", "its entry snnvp_plugin is not exported"},
      {"hidden_entry", "its entry snnvp_plugin is not exported"},
      {"wrong_abi", "it speaks plug-in ABI 99"},
      {"other_systemc", "it is built for SystemC 2.3.3-Accellera; this snnvp runs SystemC 2.3.4-Accellera"},
      {"api_symbol", "it is built for SystemC 2.3.3; this snnvp runs SystemC 2.3.4"},
      {"missing_symbol", "it needs the symbol vendor::microcode(std::"},
      {"other_headers", "it is built with the headers of another version of snnvp"},
  };
  std::set<std::string> messages;
  for (const auto& [name, text] : expected) {
    const ProcessResult run = run_tool({"list", "--plugin", outside::plugin(name)});
    INFO(name << ": " << run.err);
    CHECK(run.exit_code == 2);
    CHECK(run.err.find(text) != std::string::npos);
    CHECK(run.err.find("lib" + name + ".so") != std::string::npos);
    // In a scenario with the place of the line.
    const ProcessResult checked = run_tool({"check", one_block(folder, "models.dram", "plugins: [ " + outside::plugin(name) + " ]\n")});
    CHECK(checked.exit_code == 2);
    CHECK(checked.err.find("one.yaml:2:12: plugins[0]") != std::string::npos);
  }
}

TEST_CASE("tlm.V6 files that are no plug-in at all") {
  const ScratchFolder folder;
  const auto said = [&](const std::string& file) {
    const ProcessResult run = run_tool({"list", "--plugin", file});
    CHECK(run.exit_code == 2);
    return run.err;
  };
  CHECK(said(folder.write("text.so", "int main() {}")).find("no ELF shared object") != std::string::npos);
  CHECK(said(folder.write("empty.so", "")).find("no ELF shared object") != std::string::npos);
  CHECK(said(folder.path() + "/absent.so").find("cannot be opened") != std::string::npos);
  std::string other = slurp(outside::plugin("acme"));
  other[18] = static_cast<char>(183), other[19] = 0;  // e_machine: AArch64
  CHECK(said(folder.write("arm.so", other)).find("another machine (ELF machine 183") != std::string::npos);
  other = slurp(outside::plugin("acme"));
  other.resize(9000);
  CHECK(said(folder.write("cut.so", other)).find("the file is cut short") != std::string::npos);
  CHECK(said(folder.path()).find("plug-in") != std::string::npos);
}

TEST_CASE("tlm.V6 a kind that exists already names both owners, an unfit version both versions") {
  const ScratchFolder folder;
  const ProcessResult built_in = run_tool({"list", "--plugin", outside::plugin("clash")});
  CHECK(built_in.exit_code == 2);
  CHECK(built_in.err.find("the kind models.dram exists already: it is built in") != std::string::npos);
  const ProcessResult both = run_tool({"list", "--plugin", outside::plugin("acme"), "--plugin", outside::plugin("clash")});
  CHECK(both.exit_code == 2);
  CHECK(both.err.find("the kind acme.dma exists already: plug-in " + std::filesystem::canonical(outside::plugin("acme")).string()) !=
        std::string::npos);
  const auto required = [&](const std::string& requirement) {
    return run_tool({"check", one_block(folder, "models.dram",
                                        "plugins: [ { path: " + outside::plugin("acme") + ", requires: '" + requirement + "' } ]\n")});
  };
  CHECK(required(">=2").err.find("it is version 1.2.0, >=2 is required") != std::string::npos);
  CHECK(required("newest").err.find("cannot be compared with 'newest'") != std::string::npos);
}

TEST_CASE("tlm.P7 whatever a factory throws becomes a sentence") {
  const ScratchFolder folder;
  const std::vector<std::pair<std::string, std::string>> expected = {{"error", "threw: the licence has expired"},
                                                                     {"report", "threw: acme: no such microcode"},
                                                                     {"number", "threw: something that is no std::exception"},
                                                                     {"nothing", "factory returns no module"}};
  for (const auto& [what, text] : expected) {
    const ProcessResult run =
        run_tool({"run", one_block(folder, "broken.kind", "", "what: " + what), "--quiet", "--plugin", outside::plugin("throwing")});
    INFO(what << ": " << run.err);
    CHECK(run.exit_code == 2);
    CHECK(run.err.find(text) != std::string::npos);
    CHECK(run.err.find("libthrowing.so: broken.kind") != std::string::npos);
  }
}

TEST_CASE("tlm.P6 versions are compared by their numbers") {
  using snnvp::version_satisfies;
  CHECK(version_satisfies("1.2.0", ">=1.0,<2") == true);
  CHECK(version_satisfies("1.10", ">1.9") == true);
  CHECK(version_satisfies("1.2.0", "=1.2") == true);
  CHECK(version_satisfies("2.0", "<2") == false);
  for (const char* bad : {"", "1.2", ">=", ">=1..2", "~1", ">=1.2.3.4", ">=99999999999"}) CHECK_FALSE(version_satisfies("1.2.0", bad));
  CHECK_FALSE(version_satisfies("one", ">=1"));
}

TEST_CASE("tlm.V4 sockets are bound by name: simple, raw, multi, optional and passed-through ones, and ten wrong pairs with ten messages") {
  const ScratchFolder folder;
  const std::string scenario = folder.write("pair.yaml",
                                            "scenario: 1\nplatform:\n  blocks:\n    - { name: a, kind: odd.initiator }\n"
                                            "    - { name: b, kind: odd.target }\n  links: [ { from: a.m, to: b.s } ]\n");
  const auto run = [&](const std::string& from, const std::string& to) {
    return run_tool({"run", scenario, "--json", "--quiet", "--plugin", outside::plugin("odd"), "--set",
                     "platform.blocks.a.params.type=" + from, "--set", "platform.blocks.b.params.type=" + to});
  };
  for (const char* from : {"simple", "raw", "multi", "optional"})
    for (const char* to : {"simple", "passthrough", "raw", "multi", "optional", "inside"}) {
      INFO(from << " to " << to);
      const ProcessResult result = run(from, to);
      INFO(result.err);
      REQUIRE(result.exit_code == 0);
      const auto report = nlohmann::json::parse(result.out);
      CHECK(report["blocks"][0]["stats"]["read_back"] == 4711);
      CHECK(report["blocks"][1]["stats"].is_null());  // a block without StatProvider
    }
  const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> wrong = {
      {{"simple", "wide"}, "b.s: the socket is 64 bits wide, links are 32: put a snnvp::width_adapter<32, 64>"},
      {{"wide", "simple"}, "a.m: the socket is 128 bits wide, links are 32: put a snnvp::width_adapter<128>"},
      {{"simple", "types"}, "b.s: it is a"},
      {{"types", "simple"}, "a.m: it is a"},
      {{"simple", "initiator"}, "b.s: it is an initiator socket, a target socket is needed"},
      {{"target", "simple"}, "a.m: it is a target socket, an initiator socket is needed"},
      {{"simple", "signal"}, "b.s: it is a sc_signal, not a target socket"},
      {{"port", "simple"}, "a.m: it is a sc_out"},
      {{"simple", "absent"}, "b.s: the module created no socket or pin of this name; it has: slave"},
      {{"absent", "simple"}, "a.m: the module created no socket or pin of this name; it has: master"},
      {{"unlisted", "simple"}, "is not bound: port not bound: port 'a.extra'"},
  };
  std::set<std::string> messages;
  for (const auto& [pair, text] : wrong) {
    const ProcessResult result = run(pair.first, pair.second);
    INFO(pair.first << " to " << pair.second << ": " << result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(text) != std::string::npos);
    messages.insert(result.err);
  }
  CHECK(messages.size() == wrong.size());
}

TEST_CASE("tlm.A7 a foreign AT memory that inherits nothing of ours stands in for models.dram, with and without debug access") {
  const ScratchFolder folder;
  std::string text = slurp(examples + "/plugin_memory/inference.yaml");
  const std::string name = "libat_memory.so";
  text.replace(text.find(name), name.size(), outside::plugin("at_memory"));
  const std::string scenario = folder.write("inference.yaml", text);
  const auto good = report_of(run_tool({"run", scenario, "--json", "--quiet", "--set", "run.protocol_check=on"}));
  CHECK(good["status"] == "ok");
  CHECK(good["check"]["compared"].get<std::uint64_t>() == 48 * 64);
  CHECK(good["check"]["mismatches"] == 0);
  bool is_named = false;
  for (const auto& item : good["energy"]["not_counted"]) is_named = is_named || item["block"] == "dram";
  CHECK(is_named);
  // The host places and reads back by timed accesses, and says so.
  const auto timed = report_of(run_tool({"run", scenario, "--json", "--quiet", "--set", "platform.blocks.dram.params.debug=false"}));
  CHECK(timed["check"]["compared"] == good["check"]["compared"]);
  CHECK(timed["check"]["mismatches"] == 0);
  CHECK(timed["totals"]["cycles"] == good["totals"]["cycles"]);
  CHECK(timed.dump().find("the memory refuses debug access") != std::string::npos);
  // Time is the memory's: a slower one costs more.
  const auto slow = report_of(run_tool({"run", scenario, "--json", "--quiet", "--set", "platform.blocks.dram.params.latency=400 ns"}));
  CHECK(slow["totals"]["cycles"].get<std::uint64_t>() > good["totals"]["cycles"].get<std::uint64_t>());
}

TEST_CASE("tlm.C1 a Verilog block behind AXI4-Lite runs in a scenario with a clock and a reset, and ends with it") {
  if (!std::filesystem::exists(outside::plugin("rtl"))) {
    WARN("SKIPPED: no Verilator here");
    return;
  }
  const ScratchFolder folder;
  std::string text = slurp(examples + "/rtl_cosim/count.yaml");
  const std::string name = "librtl.so";
  text.replace(text.find(name), name.size(), outside::plugin("rtl"));
  const std::string scenario = folder.write("count.yaml", text);
  const ProcessResult run = run_tool({"run", scenario, "--json", "--quiet", "--set", "run.protocol_check=on"});
  const auto report = report_of(run);
  CHECK(report["status"] == "ok");
  nlohmann::json stats;
  for (const auto& block : report["blocks"]) stats[block["name"].get<std::string>()] = block["stats"];
  CHECK(stats["feeder"]["wrong"] == 0);
  CHECK(stats["counter"]["writes"] == 201);
  CHECK(stats["counter"]["reads"] == 4);
  // README.md of the example: an access takes 2 to 3 cycles of the block's clock, so the clock's frequency is the time it takes.
  const auto cycles = stats["counter"]["access_cycles"].get<std::uint64_t>();
  CHECK((cycles >= 2 * 205 && cycles <= 3 * 205));
  const double seconds = report["time"]["seconds"].get<double>();
  const auto slower = report_of(run_tool({"run", scenario, "--json", "--quiet", "--set", "platform.clocks.rtl=100 MHz"}));
  CHECK(slower["time"]["seconds"].get<double>() > 1.8 * (seconds - 100e-9));
  CHECK(run_tool({"run", scenario, "--json", "--quiet", "--set", "run.protocol_check=on"}).out == run.out);
}

TEST_CASE("tlm.C2 pins are checked: missing, unknown, a clock on a reset pin, a clock that is not declared") {
  if (!std::filesystem::exists(outside::plugin("rtl"))) {
    WARN("SKIPPED: no Verilator here");
    return;
  }
  const ScratchFolder folder;
  const auto said = [&](const std::string& pins) {
    const std::string file =
        folder.write("pins.yaml",
                     "scenario: 1\nplatform:\n  clocks: { core: 1 GHz }\n  blocks:\n    - { name: f, kind: rtl.feeder }\n"
                     "    - { name: c, kind: rtl.spike_counter, pins: " +
                         pins + " }\n  links: [ { from: f.out, to: c.regs } ]\n");
    const ProcessResult run = run_tool({"check", file, "--plugin", outside::plugin("rtl")});
    return run.exit_code == 0 ? "ok" : run.exit_code == 2 ? run.err : "crash";
  };
  CHECK(said("{ clk: core, rst_n: reset_n }") == "ok");
  CHECK(said("{ clk: core }").find("c.rst_n is not joined") != std::string::npos);
  CHECK(said("{ clk: core, rst_n: reset_n, rts: reset }").find("no clock or reset pin rts") != std::string::npos);
  CHECK(said("{ clk: core, rst_n: core }").find("rst_n is a reset pin, core is none") != std::string::npos);
  CHECK(said("{ clk: reset, rst_n: reset_n }").find("clk is a clock pin, reset is none") != std::string::npos);
  CHECK(said("{ clk: cor, rst_n: reset_n }").find("there is no clock 'cor'") != std::string::npos);
}

TEST_CASE("tlm.V1 the example plug-ins pass the kit, which shows when a foreign block breaks a rule", "[plugin]") {
  for (const char* name : {"acme", "at_memory"}) {
    const ProcessResult run = run_process({SNNVP_EXECUTABLE, "conform", "--plugin", outside::plugin(name), "--count", "2000", "--json"});
    INFO(run.out << run.err);
    CHECK(run.exit_code == 0);
    const auto told = nlohmann::json::parse(run.out);
    CHECK(told.at("verdict") == "pass");
    CHECK(told.at("subjects").at(0).at("ports").at(0).at("transactions") == 2000);
  }
  // A declared time that the memory does not take.
  const ProcessResult broken =
      run_process({SNNVP_EXECUTABLE, "conform", "--plugin", outside::plugin("at_memory"), "--count", "500", "--latency", "1 us"});
  CHECK(broken.exit_code == 1);
  CHECK(broken.out.find("S6") != std::string::npos);
}
