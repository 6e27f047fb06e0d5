// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/config/canonical.h>

using namespace snnvp;
using Json = nlohmann::ordered_json;

TEST_CASE("JSON text has fixed bytes", "[json]") {
  Json report;
  report["schema"] = 1;
  report["name"] = "vgg9 \"x\"\n";
  report["energy"] = 1.5e-6;
  report["whole"] = 3.0;
  report["tenth"] = 0.1;
  report["big"] = std::numeric_limits<std::uint64_t>::max();
  report["negative"] = -5;
  report["nan"] = std::nan("");
  report["infinite"] = std::numeric_limits<double>::infinity();
  report["none"] = nullptr;
  report["shape"] = {4, 128, 32};
  report["empty"] = {{"list", Json::array()}, {"map", Json::object()}};
  report["layers"] = {{{"name", "conv2d_0"}}};
  CHECK(to_json_text(report) ==
        "{\n"
        "  \"schema\": 1,\n"
        "  \"name\": \"vgg9 \\\"x\\\"\\n\",\n"
        "  \"energy\": 1.5e-06,\n"
        "  \"whole\": 3,\n"
        "  \"tenth\": 0.1,\n"
        "  \"big\": 18446744073709551615,\n"
        "  \"negative\": -5,\n"
        "  \"nan\": null,\n"
        "  \"infinite\": null,\n"
        "  \"none\": null,\n"
        "  \"shape\": [4, 128, 32],\n"
        "  \"empty\": {\n"
        "    \"list\": [],\n"
        "    \"map\": {}\n"
        "  },\n"
        "  \"layers\": [\n"
        "    {\n"
        "      \"name\": \"conv2d_0\"\n"
        "    }\n"
        "  ]\n"
        "}\n");
  CHECK(to_json_line({{"a", {1, 2.5}}, {"b", nullptr}}) == "{\"a\": [1, 2.5], \"b\": null}");
}

TEST_CASE("JSON text reads back to the same doubles", "[json]") {
  RandomStream random(1, "json");
  for (int i = 0; i < 5000; ++i) {
    const double value = std::ldexp(random.uniform() - 0.5, static_cast<int>(random.below(600)) - 300);
    REQUIRE(Json::parse(to_json_text(value)).get<double>() == value);
  }
}

TEST_CASE("long JSON arrays have one item per line and broken UTF-8 does not throw", "[json]") {
  const Json numbers(std::vector<int>(60, 7));
  CHECK(to_json_text(numbers).substr(0, 10) == "[\n  7,\n  7");
  CHECK(to_json_text("\xff") == "\"\xEF\xBF\xBD\"\n");
}

TEST_CASE("resolved YAML is block style with sorted keys and quotes where needed", "[json][canonical]") {
  const nlohmann::json tree = {
      {"scenario", 1},
      {"name", "on"},
      {"platform",
       {{"clocks", {{"core", "500 MHz"}}},
        {"blocks", {{{"name", "pu"}, {"kind", "models.prosperity"}, {"params", {{"tile_m", 256}, {"ratio", 0.5}, {"note", "64"}}}}}},
        {"links", {{{"from", "pu.irq"}, {"to", "host.irq[0]"}}}}}},
      {"empty", nlohmann::json::object()},
      {"tiles", {1, 2, 3}}};
  CHECK(to_yaml(tree) ==
        "empty: {}\n"
        "name: \"on\"\n"
        "platform:\n"
        "  blocks:\n"
        "    - kind: models.prosperity\n"
        "      name: pu\n"
        "      params:\n"
        "        note: \"64\"\n"
        "        ratio: 0.5\n"
        "        tile_m: 256\n"
        "  clocks:\n"
        "    core: 500 MHz\n"
        "  links:\n"
        "    - { from: pu.irq, to: \"host.irq[0]\" }\n"
        "scenario: 1\n"
        "tiles: [1, 2, 3]\n");
}

namespace {

std::string random_text(RandomStream& random) {
  static constexpr std::string_view alphabet = "ab01 .:-#,[]{}'\"\\&*!|>%@`?~_+/=\n\tXe\x7f\x01";
  std::string text;
  for (std::uint64_t n = random.below(8); n > 0; --n) text += alphabet[random.below(alphabet.size())];
  return text;
}

nlohmann::json random_tree(RandomStream& random, int depth) {
  switch (random.below(depth > 0 ? 9 : 6)) {
    case 0: return nullptr;
    case 1: return random.bernoulli(0.5);
    case 2: return random.next_u64() >> random.below(64);
    case 3: return static_cast<std::int64_t>(random.next_u64()) / 2;
    case 4: return std::ldexp(random.uniform(), static_cast<int>(random.below(100)) - 50);
    case 5: return random_text(random);
    case 6: {
      nlohmann::json list = nlohmann::json::array();
      for (std::uint64_t n = random.below(5); n > 0; --n) list.push_back(random_tree(random, depth - 1));
      return list;
    }
    default: {
      nlohmann::json map = nlohmann::json::object();
      for (std::uint64_t n = random.below(5); n > 0; --n) map[random_text(random)] = random_tree(random, depth - 1);
      return map;
    }
  }
}

}  // namespace

TEST_CASE("resolved YAML reads back to the same values", "[json][canonical]") {
  RandomStream random(1, "canonical");
  for (int i = 0; i < 3000; ++i) {
    const nlohmann::json tree = {{"root", random_tree(random, 4)}};
    Diagnostics diagnostics;
    const Node node = read_yaml_text(to_yaml(tree), "resolved.yaml", ".", diagnostics);
    INFO(to_yaml(tree) << diagnostics.format());
    REQUIRE_FALSE(diagnostics.has_errors());
    REQUIRE(to_json(node) == tree);
  }
}

TEST_CASE("the canonical hash sees values and not their spelling", "[json][canonical]") {
  const auto hash = [](const char* text) {
    Diagnostics diagnostics;
    return canonical_hash(to_json(read_yaml_text(text, "x.yaml", ".", diagnostics)));
  };
  CHECK(hash("{a: 16, b: [1, x]}") == hash("b:\n  - 1\n  - \"x\"  # comment\na: 0x10\n"));
  CHECK(hash("a: 16") != hash("a: 17"));
  CHECK(hash("a: 16") != hash("a: \"16\""));
  CHECK(hash("a: 1").size() == 64);
}

TEST_CASE("a checked value becomes JSON with numbers in base units", "[json][canonical]") {
  Value record = Value::make_record();
  record.set("size", std::uint64_t{65536});
  record.set("offset", -3);
  record.set("price", 0.5);
  record.set("none", Value());
  Value list = Value::make_list();
  list.push_back(true);
  list.push_back("x");
  record.set("list", std::move(list));
  CHECK(to_json(record) == nlohmann::json::parse(R"({"size": 65536, "offset": -3, "price": 0.5, "none": null, "list": [true, "x"]})"));
  CHECK(to_yaml(record) == "list: [true, x]\nnone: null\noffset: -3\nprice: 0.5\nsize: 65536\n");
}
