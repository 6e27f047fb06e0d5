// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/overrides.h>

using namespace snnvp;

namespace {

const std::string document = R"(name: demo
platform:
  blocks:
    - { name: bus, kind: interconnect.bus }
    - { name: pu, kind: models.prosperity, params: { tile_m: 256, lif.threshold: 3, sizes: [1, 2] } }
  links:
    - { from: pu.dma, to: bus.in }
)";

struct Applied {
  Node root;
  std::string errors;

  /// The node at a path of keys and list indices as compact JSON.
  std::string json() const { return to_json(root).dump(); }
};

Applied apply(const std::string& text) {
  Diagnostics diagnostics;
  Applied result{read_yaml_text(document, "x.yaml", "scenarios", diagnostics), {}};
  apply_override(result.root, text, diagnostics);
  result.errors = diagnostics.format();
  return result;
}

const Node& pu_params(const Applied& applied) {
  INFO(applied.errors);
  REQUIRE(applied.errors.empty());
  return *applied.root.find("platform")->find("blocks")->items[1].find("params");
}

}  // namespace

TEST_CASE("an override reaches list items by name and by index", "[overrides]") {
  CHECK(pu_params(apply("platform.blocks.pu.params.tile_m=64")).find("tile_m")->text == "64");
  CHECK(pu_params(apply("platform.blocks[1].params.tile_m=64")).find("tile_m")->text == "64");
  CHECK(pu_params(apply("platform.blocks.pu.params.sizes[1]=5")).find("sizes")->items[1].text == "5");
  CHECK(apply("platform.links[0].to=bus.in[2]").root.find("platform")->find("links")->items[0].find("to")->text == "bus.in[2]");
}

TEST_CASE("the value of an override is YAML with its place in the text", "[overrides]") {
  const Applied list = apply("platform.blocks.pu.params.sizes=[7, 64 KiB]");
  const Node& sizes = *pu_params(list).find("sizes");
  CHECK(sizes.items[1].text == "64 KiB");
  CHECK(sizes.items[1].pos.file == "--set platform.blocks.pu.params.sizes=[7, 64 KiB]");
  CHECK(sizes.items[1].pos.line == 1);
  CHECK(sizes.items[1].pos.column == 37);
  CHECK(sizes.items[1].base_dir == ".");
  CHECK(pu_params(apply("platform.blocks.pu.params.note='x=y'")).find("note")->text == "x=y");
  CHECK(pu_params(apply("platform.blocks.pu.params.tile_m=null")).find("tile_m")->is_null());
  CHECK(pu_params(apply("platform.blocks.pu.params.opt={a: 1}")).find("opt")->find("a")->text == "1");
}

TEST_CASE("missing maps are made on the way", "[overrides]") {
  const Applied run = apply("run.limit=2 s");
  REQUIRE(run.errors.empty());
  CHECK(run.root.find("run")->find("limit")->text == "2 s");
  CHECK(run.root.find_entry("run")->key_pos.column == 1);
  const Applied host = apply("platform.blocks.bus.params.width=64 B");
  CHECK(host.root.find("platform")->find("blocks")->items[0].find("params")->find("width")->text == "64 B");
  const Applied defaults = apply("platform.defaults.models.dram.channels=2");
  CHECK(defaults.root.find("platform")->find("defaults")->find("models.dram")->find("channels")->text == "2");
}

TEST_CASE("an override finds dotted keys", "[overrides]") {
  const Applied applied = apply("platform.blocks.pu.params.lif.threshold=9");
  CHECK(pu_params(applied).find("lif.threshold")->text == "9");
  CHECK(pu_params(applied).find("lif") == nullptr);
}

TEST_CASE("a wrong override is told with its place in the text", "[overrides]") {
  CHECK(apply("run.limit").errors == "--set run.limit:1:1: '=' is missing\n    write --set key.path=value\n");
  CHECK(apply("=1").errors == "--set =1:1:1: a name is missing in the key path\n    write --set key.path=value\n");
  CHECK(apply("a..b=1").errors == "--set a..b=1:1:3: a..b: a name is missing in the key path\n    write --set key.path=value\n");
  CHECK(apply("a[x]=1").errors == "--set a[x]=1:1:2: a[x]: an index is a number in brackets, as in links[0]\n");
  CHECK(apply("run.limit=").errors ==
        "--set run.limit=:1:10: run.limit: no value after '='\n    write null for no value, '' for an empty text\n");
  CHECK(apply("run.limit=#x").errors.find("quote a text that begins with #") != std::string::npos);
  CHECK(apply("platform.blocks.puu.params.x=1").errors ==
        "--set platform.blocks.puu.params.x=1:1:17: platform.blocks.puu: there is no item of this name\n"
        "    allowed: bus, pu   did you mean pu?\n");
  CHECK(apply("platform.links[1].to=a").errors ==
        "--set platform.links[1].to=a:1:15: platform.links[1]: there is no such item\n    allowed: [0] to [0]\n");
  CHECK(apply("platform.links.pu.to=a").errors.find("its items have no names; write an index, as in links[0]") != std::string::npos);
  CHECK(apply("name.x=1").errors == "--set name.x=1:1:6: name.x: name is 'demo'; it has no members\n");
  CHECK(apply("name[0]=1").errors == "--set name[0]=1:1:5: name: there is no list here, it is 'demo'\n");
  CHECK(apply("run.limit=[1").errors.find("--set run.limit=[1:1:11: ']' is missing") == 0);
  CHECK(apply("run.limit=*x").errors.find("aliases (*name) are not supported") != std::string::npos);
}

TEST_CASE("a wrong override changes nothing", "[overrides]") {
  const std::string before = apply("name=demo").json();
  for (const char* text : {"platform.blocks.puu.params.x=1", "name.x=1", "run.limit=[1", "a..b=1"}) CHECK(apply(text).json() == before);
}
