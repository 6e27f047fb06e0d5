// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/config/params.h>
#include <snnvp/platform/config/scenario.h>

using namespace snnvp;

namespace {

const std::string vgg9 = R"(scenario: 1
name: vgg9-on-prosperity
platform:
  clocks: { core: 500 MHz }
  defaults: { models.dram: { channels: 2 } }
  blocks:
    - { name: dram, kind: models.dram,       params: { preset: ddr4_2133p, size: 1 GiB } }
    - { name: bus,  kind: interconnect.bus,  clock: core, params: { width: 128 B } }
    - { name: pu,   kind: models.prosperity, clock: core, clocks: { noc: core }, tier: 1, params: { tile_m: 256 } }
    - { name: host, kind: models.host,       clock: core }
  links:
    - { from: host.out, to: bus.in }
    - { from: pu.irq,   to: "host.irq[0]" }
  maps:
    - { through: bus, to: dram.in, base: 0x8000_0000, size: 1 GiB, offset: 4 KiB }
    - { through: bus, to: pu.regs, base: 268500992, size: 4096 }
workload:
  kind: trace
  network: networks/vgg9_cifar10
technology: { preset: prosperity_paper }
run: { until: idle, limit: 1 s, check_output: false, protocol_check: on, quantum: 10 us, heartbeat: 5 s, wall_limit: 100 s }
)";

struct Loaded {
  std::unique_ptr<Scenario> scenario;
  std::string errors;
};

Loaded load(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Diagnostics diagnostics;
  Loaded result{load_scenario_text(text, "x.yaml", overrides, diagnostics), {}};
  result.errors = diagnostics.format();
  return result;
}

/// What loading a scenario reports whose platform is `text` (indented by two, from line 3 on).
std::string platform_errors(const std::string& text) { return load("scenario: 1\nplatform:\n" + text).errors; }

const std::string block = "  blocks: [ { name: pu, kind: models.prosperity } ]\n";

}  // namespace

TEST_CASE("a scenario becomes plain structs", "[scenario]") {
  const auto [scenario, errors] = load(vgg9);
  REQUIRE(errors.empty());
  CHECK(scenario->name == "vgg9-on-prosperity");
  REQUIRE(scenario->clocks.size() == 1);
  CHECK(scenario->clocks[0].hz == 500'000'000);
  REQUIRE(scenario->blocks.size() == 4);
  const BlockDecl& pu = scenario->blocks[2];
  CHECK(pu.path == "platform.blocks.pu");
  CHECK(pu.kind == "models.prosperity");
  CHECK(pu.clock == std::string("core"));
  CHECK(pu.clocks == std::vector<std::pair<std::string, std::string>>{{"noc", "core"}});
  CHECK(pu.tier == 1u);
  CHECK(pu.params->find("tile_m")->text == "256");
  CHECK(pu.kind_pos.line == 9);
  CHECK(pu.kind_pos.column == 27);
  CHECK(scenario->blocks[3].params == nullptr);
  CHECK_FALSE(scenario->blocks[0].clock);
  REQUIRE(scenario->links.size() == 2);
  CHECK(scenario->links[1].to == "host.irq[0]");
  CHECK(scenario->links[1].path == "platform.links[1]");
  REQUIRE(scenario->maps.size() == 2);
  CHECK(scenario->maps[0].base == 0x80000000);
  CHECK(scenario->maps[0].size == std::uint64_t{1} << 30);
  CHECK(scenario->maps[0].offset == 4096);
  CHECK(scenario->maps[1].base == 0x10010000);
  CHECK(scenario->defaults->find("models.dram")->find("channels")->text == "2");
  CHECK(scenario->workload->find("kind")->text == "trace");
  CHECK(scenario->technology->find("preset")->text == "prosperity_paper");
  CHECK(scenario->plugins == nullptr);
  CHECK(scenario->run.limit == 1'000'000'000'000);
  CHECK_FALSE(scenario->run.check_output);
  CHECK(scenario->run.protocol_check == ProtocolCheck::on);
  CHECK(scenario->run.quantum == 10'000'000);
  CHECK(scenario->run.heartbeat_s == 5);
  CHECK(scenario->run.wall_limit_s == 100);
}

TEST_CASE("the section run has defaults that the structs share", "[scenario]") {
  const auto [scenario, errors] = load("scenario: 1\nplatform:\n" + block);
  REQUIRE(errors.empty());
  const RunDecl plain, &run = scenario->run;
  CHECK(scenario->name == "x");
  CHECK(run.limit == plain.limit);
  CHECK(run.check_output == plain.check_output);
  CHECK(run.protocol_check == plain.protocol_check);
  CHECK(run.quantum == plain.quantum);
  CHECK(run.heartbeat_s == plain.heartbeat_s);
  CHECK(run.watchdog == plain.watchdog);
  CHECK(run.wall_limit_s == plain.wall_limit_s);
}

TEST_CASE("overrides are checked like the file", "[scenario]") {
  const auto [scenario, errors] = load(vgg9, {"run.limit=2 ms", "platform.clocks.core=1 GHz", "platform.blocks.pu.params.tile_m=64"});
  CHECK(errors.empty());
  CHECK(scenario->run.limit == 2'000'000'000);
  CHECK(scenario->clocks[0].hz == 1'000'000'000);
  CHECK(scenario->blocks[2].params->find("tile_m")->text == "64");
  CHECK(load(vgg9, {"run.limit=2 parsec"}).errors ==
        "--set run.limit=2 parsec:1:11: run.limit: unknown unit 'parsec' in '2 parsec'; write for instance 100 us (units: ps, ns, us, ms, "
        "s)\n"
        "    allowed: quantity in ps, ns, us, ms, s or null, default null\n");
  CHECK(load(vgg9, {"platform.blok.pu=1"}).errors ==
        "--set platform.blok.pu=1:1:10: platform.blok: unknown key of platform\n"
        "    allowed: clocks, blocks, links, maps, defaults, extends   did you mean blocks?\n");
  CHECK(load(vgg9, {"extends=a.yaml"}).errors == "--set extends=a.yaml:1:1: extends: extends cannot be set from outside the file\n");
  CHECK(load(vgg9, {"platform.blocks.pu.clock=noc"}).errors ==
        "--set platform.blocks.pu.clock=noc:1:26: platform.blocks.pu.clock: there is no clock 'noc'\n    clocks: core\n");
}

TEST_CASE("the top of a scenario is checked", "[scenario]") {
  CHECK(load("").errors == "x.yaml:1:1: empty scenario\n");
  CHECK(load("- 1\n").errors == "x.yaml:1:1: a scenario is a map, not a list\n    it begins with scenario: 1\n");
  CHECK(load("platform:\n" + block).errors ==
        "x.yaml:1:1: scenario: the key is missing\n    write scenario: 1, the version of the format\n");
  CHECK(load("scenario: 2\nplatform:\n" + block).errors ==
        "x.yaml:1:11: scenario: '2' is no known version of the scenario format\n    allowed: 1\n");
  CHECK(load("scenario: 1\n").errors ==
        "x.yaml:1:1: platform: the key is missing\n    a scenario needs a platform with clocks, blocks, links and maps\n");
  CHECK(load("scenario: 1\nplatforms: {}\nplatform:\n" + block).errors ==
        "x.yaml:2:1: platforms: unknown key of a scenario\n"
        "    allowed: scenario, name, extends, plugins, platform, workload, technology, run   did you mean platform?\n");
  CHECK(load("scenario: 1\nname: [a]\nplatform:\n" + block).errors == "x.yaml:2:7: name: a short text is expected, not a list\n");
  CHECK(load("scenario: 1\nworkload: trace\nplatform:\n" + block).errors == "x.yaml:2:11: workload: a map is expected, not 'trace'\n");
  CHECK(load("scenario: 1\nplugins: a.so\nplatform:\n" + block).errors == "x.yaml:2:10: plugins: a list is expected, not 'a.so'\n");
  CHECK(load("scenario: 1\nplatform: []\n").errors == "x.yaml:2:11: platform: a map is expected, not an empty list\n");
}

TEST_CASE("clocks are checked", "[scenario]") {
  CHECK(platform_errors("  clocks: { core: 0 Hz }\n" + block) ==
        "x.yaml:3:19: platform.clocks.core: '0 Hz' is out of range: 1 Hz..1000 GHz\n"
        "    allowed: quantity in Hz, kHz, MHz, GHz 1 Hz..1000 GHz\n");
  CHECK(platform_errors("  clocks: { core: 500 }\n" + block).find("'500' has no unit; write for instance 500 MHz") != std::string::npos);
  CHECK(platform_errors("  clocks: { Core: 1 GHz }\n" + block) ==
        "x.yaml:3:13: platform.clocks.Core: 'Core' is not a name\n"
        "    names are lower-case letters, digits and underscores, beginning with a letter\n");
  CHECK(platform_errors("  clocks: [core]\n" + block) == "x.yaml:3:11: platform.clocks: a map is expected, not a list\n");
  CHECK(platform_errors("  clocks: { core: 1 GHz, noc: 2 GHz }\n  blocks: [ { name: pu, kind: a.b, clock: cor } ]\n") ==
        "x.yaml:4:43: platform.blocks.pu.clock: there is no clock 'cor'\n    clocks: core, noc   did you mean core?\n");
  CHECK(platform_errors("  blocks: [ { name: pu, kind: a.b, clocks: { dma: core } } ]\n") ==
        "x.yaml:3:51: platform.blocks.pu.clocks.dma: there is no clock 'core'\n    platform.clocks declares none\n");
  // A clock of wrong frequency is still known to the blocks.
  CHECK(
      load("scenario: 1\nplatform:\n  clocks: { core: x }\n  blocks: [ { name: pu, kind: a.b, clock: core } ]\n").errors.find("no clock") ==
      std::string::npos);
}

TEST_CASE("blocks are checked", "[scenario]") {
  CHECK(platform_errors("  links: []\n") ==
        "x.yaml:3:3: platform.blocks: a platform needs at least one block\n    blocks: [ { name: ..., kind: ... } ]\n");
  CHECK(platform_errors("  blocks: []\n") == "x.yaml:3:11: platform.blocks: a platform needs at least one block\n");
  CHECK(platform_errors("  blocks: { pu: x }\n") == "x.yaml:3:11: platform.blocks: a list is expected, not a map\n");
  CHECK(platform_errors("  blocks: [ pu ]\n") ==
        "x.yaml:3:13: platform.blocks[0]: a map is expected, not 'pu'\n    write { name: ..., kind: ... }\n");
  CHECK(platform_errors("  blocks: [ { kind: a.b } ]\n") == "x.yaml:3:13: platform.blocks[0].name: the key is missing\n");
  CHECK(platform_errors("  blocks: [ { name: pu } ]\n") == "x.yaml:3:13: platform.blocks.pu.kind: the key is missing\n");
  CHECK(platform_errors("  blocks: [ { name: PU-1, kind: a.b } ]\n") ==
        "x.yaml:3:21: platform.blocks.PU-1.name: 'PU-1' is not a name\n"
        "    names are lower-case letters, digits and underscores, beginning with a letter\n");
  CHECK(platform_errors("  blocks:\n    - { name: pu, kind: a.b }\n    - { name: pu, kind: a.c }\n") ==
        "x.yaml:5:15: platform.blocks.pu.name: a second block of this name\n    the first is at x.yaml:4:7\n");
  CHECK(platform_errors("  blocks: [ { name: pu, kind: a.b, parms: {} } ]\n") ==
        "x.yaml:3:36: platform.blocks.pu.parms: unknown key of a block\n"
        "    allowed: name, kind, clock, clocks, pins, params, tier, floorplan   did you mean params?\n");
  CHECK(platform_errors("  blocks: [ { name: pu, kind: a.b, params: [1] } ]\n") ==
        "x.yaml:3:44: platform.blocks.pu.params: a map is expected, not a list\n    write { name: value }\n");
  CHECK(platform_errors("  blocks: [ { name: pu, kind: [a] } ]\n") ==
        "x.yaml:3:31: platform.blocks.pu.kind: a text is expected, not a list\n");
  CHECK(platform_errors("  blocks: [ { name: pu, kind: a.b, tier: -1 } ]\n").find("'-1' is out of range: 0..1023") != std::string::npos);
  CHECK(platform_errors("  variant: 2d\n" + block).find("platform.variant: unknown key of platform") != std::string::npos);
  CHECK(platform_errors("  defaults: { models.dram: 5 }\n" + block) ==
        "x.yaml:3:28: platform.defaults.models.dram: a map is expected, not '5'\n    write { parameter: value }\n");
}

TEST_CASE("links and maps are checked", "[scenario]") {
  CHECK(platform_errors(block + "  links: [ { from: pu.dma } ]\n") == "x.yaml:4:12: platform.links[0].to: the key is missing\n");
  CHECK(platform_errors(block + "  links: [ { from: pu.dma, too: bus.in } ]\n") ==
        "x.yaml:4:12: platform.links[0].to: the key is missing\n"
        "x.yaml:4:28: platform.links[0].too: unknown key of a link\n    allowed: from, to   did you mean to?\n");
  CHECK(platform_errors(block + "  links: [ pu.dma ]\n").find("platform.links[0]: a map is expected, not 'pu.dma'") != std::string::npos);
  const std::string units = "    write 0x1000, 4096 or 4 KiB (units: B, kB, KiB, MB, MiB, GB, GiB, TB, TiB)\n";
  const auto map = [](const std::string& rest) {
    return platform_errors(block + "  maps: [ { through: bus, to: pu.regs, " + rest + " } ]\n");
  };
  CHECK(map("base: 0").find("x.yaml:4:11: platform.maps[0].size: the key is missing\n") == 0);
  CHECK(map("base: 0, size: 0") == "x.yaml:4:55: platform.maps[0].size: a window of size 0 maps nothing\n");
  CHECK(map("base: 010, size: 1") ==
        "x.yaml:4:46: platform.maps[0].base: '010' has a leading zero: write '10' for the decimal number, or 8 if octal was meant\n" +
            units);
  CHECK(map("base: -4, size: 1") == "x.yaml:4:46: platform.maps[0].base: '-4' is negative\n" + units);
  CHECK(map("base: '0', size: 1").find("the quoted text '0' is a text because of its quotes; remove them") != std::string::npos);
  CHECK(map("base: 0, size: 4 KB").find("unknown unit 'KB' in '4 KB'; did you mean kB?") != std::string::npos);
  CHECK(map("base: 0xffff_ffff_ffff_f000, size: 8 KiB") ==
        "x.yaml:4:75: platform.maps[0].size: '8 KiB' from base 0xfffffffffffff000 ends beyond 64 bits\n");
  CHECK(map("base: 0, size: 8 KiB, offset: 0xffff_ffff_ffff_f000").find("from offset 0xfffffffffffff000 ends beyond 64 bits") !=
        std::string::npos);
  CHECK(map("base: 0xffff_ffff_ffff_f000, size: 4 KiB").empty());
  CHECK(map("base: 0, size: 1, sise: 2").find("platform.maps[0].sise: unknown key of an address map entry") != std::string::npos);
}

TEST_CASE("the section run is checked", "[scenario]") {
  const auto run = [](const std::string& text) { return load("scenario: 1\nrun: { " + text + " }\nplatform:\n" + block).errors; };
  CHECK(run("limmit: 1 s") ==
        "x.yaml:2:8: run.limmit: unknown parameter of run\n"
        "    allowed: check_output, gdb, heartbeat, limit, outputs, protocol_check, quantum, record, trace, until, wall_limit, watchdog, "
        "windows   did you mean limit?\n");
  CHECK(run("until: done") == "x.yaml:2:15: run.until: 'done' is not one of the choices\n    allowed: idle\n");
  CHECK(run("check_output: yes") ==
        "x.yaml:2:22: run.check_output: 'yes' is not true or false\n    allowed: true or false, default true\n");
  CHECK(run("protocol_check: true") == "x.yaml:2:24: run.protocol_check: 'true' is not one of the choices\n    allowed: off, on, count\n");
  CHECK(run("quantum: 0").find("'0' is out of range: at least 1 ps") != std::string::npos);
  CHECK(run("limit: null").empty());
}

TEST_CASE("all problems of a scenario are told in one go and in the order of the file", "[scenario]") {
  const auto [scenario, errors] = load(R"(scenario: 3
platfrom: {}
platform:
  clocks: { core: fast }
  blocks:
    - { name: pu, kind: models.prosperity, clock: core, parms: {} }
    - { name: pu, kind: models.prosperity, clock: cor }
  maps:
    - { through: bus, to: pu.regs, base: 08, size: 4 }
run: { limit: 5 }
)",
                                       {"platform.blocks.dram.params.x=1"});
  std::vector<std::string> starts;
  for (std::size_t at = 0; at < errors.size(); at = errors.find('\n', at) + 1)
    if (errors[at] != ' ') starts.push_back(errors.substr(at, errors.find(": ", at) - at));
  CHECK(starts == std::vector<std::string>{"--set platform.blocks.dram.params.x=1:1:17", "x.yaml:1:11", "x.yaml:2:1", "x.yaml:4:19",
                                           "x.yaml:6:57", "x.yaml:7:15", "x.yaml:7:51", "x.yaml:9:42", "x.yaml:10:15"});
}
