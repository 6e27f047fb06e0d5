// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/extends.h>
#include <snnvp/platform/config/scenario.h>

using namespace snnvp;
namespace fs = std::filesystem;

namespace {

/// Scenario files in a folder of their own that goes away with the test; it is the working directory meanwhile,
/// so that messages hold no absolute paths.
class Files {
public:
  Files() : old_(fs::current_path()), folder_(fs::temp_directory_path() / ("snnvp_extends_test." + std::to_string(::getpid()))) {
    fs::create_directories(folder_ / "parts");
    fs::current_path(folder_);
  }
  ~Files() {
    fs::current_path(old_);
    fs::remove_all(folder_);
  }
  Files& write(const std::string& name, const std::string& text) {
    std::ofstream(name) << text;
    return *this;
  }

private:
  fs::path old_, folder_;
};

struct Resolved {
  Node root;
  std::vector<std::string> read_files;
  std::string errors;
  nlohmann::json json;
};

Resolved resolve(const std::string& file) {
  Resolved result;
  Diagnostics diagnostics;
  result.root = read_yaml_file(file, diagnostics);
  resolve_extends(result.root, file, diagnostics, result.read_files);
  result.errors = diagnostics.format();
  result.json = to_json(result.root);
  return result;
}

nlohmann::json parse(const char* text) { return nlohmann::json::parse(text); }

}  // namespace

TEST_CASE("a scenario extends another and its own values win", "[extends]") {
  Files files;
  files.write("base.yaml",
              "scenario: 1\nname: base\nrun: { limit: 1 s, check_output: true }\nworkload: { kind: trace, engines: [a, b] }\n");
  files.write("own.yaml", "scenario: 1\nextends: base.yaml\nrun: { limit: 2 s }\nworkload: { engines: [c] }\n");
  const Resolved own = resolve("own.yaml");
  CHECK(own.errors.empty());
  CHECK(own.json == parse(R"({"scenario": 1, "name": "base", "run": {"limit": "2 s", "check_output": true},
                               "workload": {"kind": "trace", "engines": ["c"]}})"));
  CHECK(own.read_files == std::vector<std::string>{"base.yaml"});
  // Positions stay with what was written.
  CHECK(own.root.find("run")->find("limit")->pos.file == "own.yaml");
  CHECK(own.root.find("run")->find("check_output")->pos.file == "base.yaml");
}

TEST_CASE("lists with names merge by name in place and append what is new", "[extends]") {
  Files files;
  files.write("parts/platform.yaml",
              "clocks: { core: 500 MHz }\n"
              "blocks:\n  - { name: bus, kind: interconnect.bus, params: { width: 64 B } }\n  - { name: pu, kind: models.prosperity }\n"
              "links:\n  - { from: pu.dma, to: bus.in }\n  - { from: host.out, to: bus.in }\n"
              "maps:\n  - { through: bus, to: pu.regs, base: 0x1000, size: 4 KiB }\n");
  files.write(
      "own.yaml",
      "platform:\n  extends: parts/platform.yaml\n  blocks:\n    - { name: dma, kind: models.dma }\n"
      "    - { name: bus, params: { latency: 2 } }\n"
      "  links:\n    - { from: host.out, to: \"bus.in[1]\" }\n    - { from: dma.out, to: bus.in }\n"
      "  maps:\n    - { through: bus, to: pu.regs, base: 0x2000 }\n    - { through: bus, to: dma.regs, base: 0x3000, size: 4 KiB }\n");
  const Resolved own = resolve("own.yaml");
  CHECK(own.errors.empty());
  CHECK(own.json["platform"] == parse(R"({
    "clocks": {"core": "500 MHz"},
    "blocks": [{"name": "bus", "kind": "interconnect.bus", "params": {"width": "64 B", "latency": 2}},
               {"name": "pu", "kind": "models.prosperity"}, {"name": "dma", "kind": "models.dma"}],
    "links": [{"from": "pu.dma", "to": "bus.in"}, {"from": "host.out", "to": "bus.in[1]"}, {"from": "dma.out", "to": "bus.in"}],
    "maps": [{"through": "bus", "to": "pu.regs", "base": 8192, "size": "4 KiB"},
             {"through": "bus", "to": "dma.regs", "base": 12288, "size": "4 KiB"}]})"));
}

TEST_CASE("a section may be taken from a whole scenario and later files win", "[extends]") {
  Files files;
  files.write("a.yaml", "scenario: 1\nworkload: { kind: trace, seed: 1, name: a }\nrun: { limit: 1 s }\n");
  files.write("b.yaml", "kind: synthetic\nseed: 2\n");
  files.write("own.yaml", "workload:\n  extends: [a.yaml, b.yaml]\n  seed: 3\n");
  const Resolved own = resolve("own.yaml");
  CHECK(own.errors.empty());
  CHECK(own.json == parse(R"({"workload": {"kind": "synthetic", "seed": 3, "name": "a"}})"));
  CHECK(own.read_files == std::vector<std::string>{"a.yaml", "b.yaml"});
}

TEST_CASE("paths keep starting from the file they are written in", "[extends]") {
  Files files;
  files.write("parts/workload.yaml", "network: ../networks/a\nweights: w.npz\n");
  files.write("own.yaml", "workload: { extends: parts/workload.yaml, weights: mine.npz }\n");
  const Resolved own = resolve("own.yaml");
  const Node& workload = *own.root.find("workload");
  CHECK(workload.find("network")->base_dir == "parts");
  CHECK(workload.find("weights")->base_dir == ".");
  // And extends itself is relative to its own file.
  files.write("parts/one.yaml", "extends: two.yaml\nlimit: 1 s\n")
      .write("parts/two.yaml", "quantum: 1 us\n")
      .write("top.yaml", "run: { extends: parts/one.yaml }\n");
  CHECK(resolve("top.yaml").json == parse(R"({"run": {"limit": "1 s", "quantum": "1 us"}})"));
}

TEST_CASE("dotted and nested keys merge", "[extends]") {
  Files files;
  files.write("base.yaml", "workload: { lif.threshold: 3, lif.reset: zero, neuron: { leak: 1, kind: lif } }\n");
  files.write("own.yaml", "extends: base.yaml\nworkload: { lif: { threshold: 5 }, neuron.leak: 2 }\n");
  const Resolved own = resolve("own.yaml");
  CHECK(own.json == parse(R"({"workload": {"lif": {"threshold": 5, "reset": "zero"}, "neuron": {"leak": 2, "kind": "lif"}}})"));
}

TEST_CASE("extends that cannot be resolved are told at the file name", "[extends]") {
  Files files;
  files.write("own.yaml", "platform:\n  extends: no.yaml\n");
  CHECK(resolve("own.yaml").errors == "own.yaml:2:12: platform.extends: cannot read no.yaml: No such file or directory\n");
  files.write("own.yaml", "extends: parts\n");
  CHECK(resolve("own.yaml").errors == "own.yaml:1:10: extends: cannot read parts: it is a folder\n");
  files.write("own.yaml", "extends: { file: x }\n");
  CHECK(resolve("own.yaml").errors == "own.yaml:1:10: extends: a file or a list of files is expected, not a map\n");
  files.write("own.yaml", "extends: []\n");
  CHECK(resolve("own.yaml").errors == "own.yaml:1:10: extends: a file or a list of files is expected, not an empty list\n");
  files.write("own.yaml", "extends: [[a]]\n");
  CHECK(resolve("own.yaml").errors == "own.yaml:1:11: extends: the name of a file is expected, not a list\n");
  files.write("part.yaml", "- a\n").write("own.yaml", "extends: part.yaml\n");
  CHECK(resolve("own.yaml").errors == "part.yaml:1:1: a map is expected, not a list\n");
  files.write("part.yaml", "scenario: 1\n").write("own.yaml", "run: { extends: part.yaml }\n");
  CHECK(resolve("own.yaml").errors == "own.yaml:1:17: run.extends: 'part.yaml' is a scenario without the key run\n");
  files.write("part.yaml", "a: 1\na: 2\n").write("own.yaml", "extends: part.yaml\n");
  CHECK(resolve("own.yaml").errors == "part.yaml:2:1: a: duplicate key\n    first given at part.yaml:1:1\n");
}

TEST_CASE("files that extend each other in a circle are refused", "[extends]") {
  Files files;
  files.write("a.yaml", "extends: b.yaml\n").write("b.yaml", "extends: parts/../a.yaml\n");
  CHECK(resolve("a.yaml").errors == "b.yaml:1:10: extends: files extend each other in a circle: a.yaml -> b.yaml -> a.yaml\n");
  files.write("self.yaml", "run: { extends: self.yaml }\n");
  CHECK(resolve("self.yaml").errors == "self.yaml:1:17: run.extends: files extend each other in a circle: self.yaml -> self.yaml\n");
}

TEST_CASE("files that multiply are refused", "[extends]") {
  Files files;
  for (int i = 0; i < 30; ++i) {
    const std::string next = std::to_string(i + 1) + ".yaml";
    files.write(std::to_string(i) + ".yaml", "extends: [" + next + ", " + next + "]\n");
  }
  files.write("30.yaml", "name: x\n");
  CHECK(resolve("0.yaml").errors.find("more than 100 files are extended") != std::string::npos);
}

TEST_CASE("read_files lists the scenario and then what it extends", "[extends][scenario]") {
  Files files;
  files.write("a.yaml", "scenario: 1\nextends: b.yaml\nplatform: { extends: parts/c.yaml }\n").write("b.yaml", "name: b\n");
  files.write("parts/c.yaml", "blocks: [ { name: pu, kind: models.prosperity } ]\n");
  Diagnostics diagnostics;
  const auto scenario = load_scenario("a.yaml", {"platform.blocks.pu.params.tile_m=64"}, diagnostics);
  CHECK(diagnostics.format().empty());
  CHECK(scenario->read_files == std::vector<std::string>{"a.yaml", "parts/c.yaml", "b.yaml"});
  CHECK(scenario->name == "b");
  REQUIRE(scenario->blocks.size() == 1);
  CHECK(scenario->blocks[0].params->find("tile_m")->text == "64");
}
