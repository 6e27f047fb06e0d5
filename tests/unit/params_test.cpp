// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/config/params.h>

using namespace snnvp;

namespace {

const std::vector<ParamSpec> demo = {
    param("tile_m", 256, "rows of a tile").range(1, 2048).unit("rows"),
    param("tile_k", 16, "columns of a tile").range(1, 64),
    param("timing", "tile", "timing model").choices({"tile", "paper"}),
    param("ratio", 0.5, "share").range(0, 1),
    param("dense", false, "no sparsity"),
    quantity("size", Dimension::bytes, 65536, "capacity").range(1024, 1 << 20),
    group("lif",
          {param("threshold", 64, "firing threshold").range(-32768, 32767), param("reset", "zero", "").choices({"zero", "subtract"})},
          "neuron"),
    list_of("weights", param("weight", 0, "").range(-128, 127), "list of weights").range(0, 3),
    map_of("price", param("value", 0.0, "").at_least(0), "price per event"),
    param("limit", 7, "").optional_null(),
    path_param("network", "folder of the network"),
};

struct Checked {
  Value values;
  std::string errors;
};

Checked check(const std::string& text, const std::vector<ParamSpec>& specs = demo) {
  Diagnostics diagnostics;
  const Node node = read_yaml_text(text, "x.yaml", "scenarios", diagnostics);
  Checked result{check_params(&node, specs, "models.demo", "params", diagnostics), {}};
  result.errors = diagnostics.format();
  return result;
}

}  // namespace

TEST_CASE("no parameters at all mean all defaults", "[params]") {
  Diagnostics diagnostics;
  const Value values = check_params(nullptr, demo, "models.demo", "params", diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(values.keys().size() == demo.size());
  CHECK(values.find("tile_m")->as_u64() == 256);
  CHECK(values.find("lif.threshold")->as_i64() == 64);
  CHECK(values.find("weights")->items().empty());
  CHECK(values.find("network")->is_null());
  const Value defaults = default_params(demo);
  CHECK(defaults.keys() == values.keys());
}

TEST_CASE("given parameters are converted and the others keep their defaults", "[params]") {
  const auto [values, errors] = check(
      "tile_m: 0x40\ntiming: paper\nratio: 1\ndense: true\nsize: 4 KiB\nlif: {threshold: -5}\nweights: [1, -2]\n"
      "price: {add.16: 0.05}\nlimit: null\nnetwork: networks/a\n");
  CHECK(errors.empty());
  CHECK(values.find("tile_m")->as_u64() == 64);
  CHECK(values.find("tile_k")->as_u64() == 16);
  CHECK(values.find("timing")->as_text() == "paper");
  CHECK(values.find("ratio")->type() == Value::Type::real);
  CHECK(values.find("dense")->as_bool());
  CHECK(values.find("size")->as_u64() == 4096);
  CHECK(values.find("lif.threshold")->as_i64() == -5);
  CHECK(values.find("lif.reset")->as_text() == "zero");
  CHECK(values.find("weights")->items()[1].as_i64() == -2);
  CHECK(values.find("price")->keys() == std::vector<std::string>{"add.16"});
  CHECK(values.find("limit")->is_null());
  CHECK(values.find("network")->as_text() == "scenarios/networks/a");
}

TEST_CASE("an unknown parameter is told at its key with what is allowed", "[params]") {
  CHECK(check("{tile_m: 64, tile_kk: 16}").errors ==
        "x.yaml:1:14: params.tile_kk: unknown parameter of models.demo\n"
        "    allowed: dense, lif, limit, network, price, ratio, size, tile_k, tile_m, timing, weights   did you mean tile_k?\n");
  CHECK(check("lif: {treshold: 3}").errors ==
        "x.yaml:1:7: params.lif.treshold: unknown parameter of models.demo\n    allowed: reset, threshold   did you mean threshold?\n");
  CHECK(check("threshold: 3", {demo[6]}).errors ==
        "x.yaml:1:1: params.threshold: unknown parameter of models.demo\n    allowed: lif   did you mean lif.threshold?\n");
  CHECK(check("x: 3", {}).errors == "x.yaml:1:1: params.x: unknown parameter of models.demo\n    it takes no parameters\n");
}

TEST_CASE("a bad value is told at the value with what is allowed", "[params]") {
  CHECK(check("tile_m: 4096").errors ==
        "x.yaml:1:9: params.tile_m: '4096' is out of range: 1..2048\n    allowed: integer 1..2048 rows, default 256\n");
  CHECK(check("tile_m: 64 KiB").errors ==
        "x.yaml:1:9: params.tile_m: '64 KiB' is not an integer\n    allowed: integer 1..2048 rows, default 256\n");
  CHECK(check("tile_m: [64]").errors ==
        "x.yaml:1:9: params.tile_m: a single value is expected, not a list\n    allowed: integer 1..2048 rows, default 256\n");
  CHECK(check("timing: tyle").errors ==
        "x.yaml:1:9: params.timing: 'tyle' is not one of the choices\n    allowed: tile, paper   did you mean tile?\n");
  CHECK(check("ratio: 1.5").errors == "x.yaml:1:8: params.ratio: '1.5' is out of range: 0..1\n    allowed: number 0..1, default 0.5\n");
  CHECK(check("size: 65536").errors ==
        "x.yaml:1:7: params.size: '65536' has no unit; write for instance 64 KiB (units: B, kB, KiB, MB, MiB, GB, GiB, TB, TiB)\n"
        "    allowed: quantity in B, kB, KiB, MB, MiB, GB, GiB, TB, TiB 1 KiB..1 MiB, default 64 KiB\n");
  CHECK(check("size: 2 MiB").errors.find("'2 MiB' is out of range: 1 KiB..1 MiB") != std::string::npos);
  CHECK(check("limit: -1").errors == "x.yaml:1:8: params.limit: '-1' is negative\n    allowed: integer or null, default 7\n");
  CHECK(check("weights: [1, 300]").errors ==
        "x.yaml:1:14: params.weights[1]: '300' is out of range: -128..127\n    allowed: integer -128..127, default 0\n");
  CHECK(check("weights: [1, 2, 3, 4]").errors ==
        "x.yaml:1:10: params.weights: a list of 4 items is out of range: 0..3\n"
        "    allowed: list of integer -128..127 (0..3 items), default []\n");
  CHECK(check("weights: 1").errors.find("a list is expected, not '1'") != std::string::npos);
  CHECK(check("price: {add.16: -1}").errors.find("x.yaml:1:17: params.price.add.16: '-1' is out of range: at least 0") == 0);
  CHECK(check("network: ''").errors.find("x.yaml:1:10: params.network: the path is empty") == 0);
  CHECK(check("[1, 2]").errors.find("x.yaml:1:1: params: a map of parameters is expected, not a list") == 0);
}

TEST_CASE("a dotted key equals nesting", "[params]") {
  CHECK(check("lif.threshold: 3\nlif.reset: subtract\n").values.find("lif.threshold")->as_i64() == 3);
  const Checked both = check("lif.threshold: 3\nlif: {reset: subtract}\n");
  CHECK(both.errors.empty());
  CHECK(both.values.find("lif.threshold")->as_i64() == 3);
  CHECK(both.values.find("lif.reset")->as_text() == "subtract");
  CHECK(check("price.add.16: 2").values.find("price")->keys() == std::vector<std::string>{"add.16"});
  CHECK(check("lif.treshold: 3").errors.find("x.yaml:1:1: params.lif.treshold: unknown parameter") == 0);
  const std::string twice = "given twice\n    first given at x.yaml:1:";
  CHECK(check("lif.threshold: 3\nlif: {threshold: 4}\n").errors == "x.yaml:2:7: params.lif.threshold: " + twice + "1\n");
  CHECK(check("lif: {threshold: 4}\nlif.threshold: 3\n").errors == "x.yaml:2:1: params.lif.threshold: " + twice + "7\n");
  CHECK(check("lif: 5\nlif.threshold: 3\n").errors.find("params.lif.threshold: given twice") != std::string::npos);
  CHECK(check("price.a: 1\nprice: {a: 2}\n").errors.find("params.price.a: given twice") != std::string::npos);
}

TEST_CASE("a missing required parameter is told at the map", "[params]") {
  const std::vector<ParamSpec> specs = {required_param("size", ParamType::quantity, "capacity", Dimension::bytes).at_least(1),
                                        group("port", {required_param("width", ParamType::integer, "")}, "")};
  CHECK(check("\n{port: {}}", specs).errors ==
        "x.yaml:2:1: params.size: required parameter of models.demo is missing\n"
        "    allowed: quantity in B, kB, KiB, MB, MiB, GB, GiB, TB, TiB at least 1 B, required\n"
        "x.yaml:2:8: params.port.width: required parameter of models.demo is missing\n    allowed: integer, required\n");
  CHECK(check("size: 1 B", specs).errors ==
        "x.yaml:1:1: params.port.width: required parameter of models.demo is missing\n    allowed: integer, required\n");
}

TEST_CASE("items of a list are addressed by their name where they have one", "[params]") {
  const std::vector<ParamSpec> specs = {list_of("layers", group("layer", {param("name", "", ""), param("T", 4, "").at_least(1)}, ""), "")};
  CHECK(check("layers: [{name: conv, T: 0}, {T: 0}]", specs).errors ==
        "x.yaml:1:26: params.layers.conv.T: '0' is out of range: at least 1\n    allowed: integer at least 1, default 4\n"
        "x.yaml:1:34: params.layers[1].T: '0' is out of range: at least 1\n    allowed: integer at least 1, default 4\n");
}

TEST_CASE("parameters without described structure take any value", "[params]") {
  const Checked checked = check("free: {a: [1, -2.5, x, '3', true, null]}", {param("free", Value::make_record(), "")});
  CHECK(checked.errors.empty());
  const Value& list = *checked.values.find("free.a");
  CHECK(list.items()[0].as_u64() == 1);
  CHECK(list.items()[1].as_double() == -2.5);
  CHECK(list.items()[2].as_text() == "x");
  CHECK(list.items()[3].as_text() == "3");
  CHECK(list.items()[4].as_bool());
  CHECK(list.items()[5].is_null());
}

TEST_CASE("all problems of a parameter map are told at once", "[params]") {
  Diagnostics diagnostics;
  const Node node = read_yaml_text("tile_m: 0\ntimming: tile\nratio: x\nlif: {reset: none}\nweights: {}\n", "x.yaml", ".", diagnostics);
  check_params(&node, demo, "models.demo", "params", diagnostics);
  CHECK(diagnostics.error_count() == 5);
}

TEST_CASE("allowed values are described in words", "[params]") {
  CHECK(describe_allowed(demo[0]) == "integer 1..2048 rows, default 256");
  CHECK(describe_allowed(demo[2]) == "one of tile, paper, default tile");
  CHECK(describe_allowed(demo[4]) == "true or false, default false");
  CHECK(describe_allowed(demo[6]) == "map with threshold, reset");
  CHECK(describe_allowed(demo[8]) == "map from names to number at least 0");
  CHECK(describe_allowed(demo[10]) == "path of a file or folder");
  CHECK(describe_allowed(param("seed", std::uint64_t{1} << 63, "")) == "integer, default 9223372036854775808");
  CHECK(describe_allowed(quantity("limit", Dimension::time, Value(), "").optional_null()) ==
        "quantity in ps, ns, us, ms, s or null, default null");
}
