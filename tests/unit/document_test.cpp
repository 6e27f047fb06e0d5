// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <string>

#include <snnvp/platform/base/random.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/config/scenario.h>

using namespace snnvp;

namespace {

/// Everything that reading `text` reports, as the user sees it.
std::string errors(const std::string& text) {
  Diagnostics diagnostics;
  read_yaml_text(text, "x.yaml", ".", diagnostics);
  return diagnostics.format();
}

Node good(const std::string& text) {
  Diagnostics diagnostics;
  Node node = read_yaml_text(text, "x.yaml", ".", diagnostics);
  INFO(diagnostics.format());
  REQUIRE_FALSE(diagnostics.has_errors());
  return node;
}

/// What checking `text` as the parameter `p` reports.
std::string param_errors(const std::string& text, const ParamSpec& spec) {
  Diagnostics diagnostics;
  const Node node = read_yaml_text(text, "x.yaml", ".", diagnostics);
  check_params(&node, {spec}, "models.demo", "params", diagnostics);
  return diagnostics.format();
}

const std::string reuse = "    to reuse parts of a scenario write extends: FILE, or platform.defaults for a whole kind\n";

}  // namespace

TEST_CASE("tlm.V13 row 1: a duplicate key is an error with both positions", "[document]") {
  CHECK(errors("a: 1\nb: 2\na: 3\n") == "x.yaml:3:1: a: duplicate key\n    first given at x.yaml:1:1\n");
  CHECK(errors("p:\n  - {name: x, k: 1, k: 2}\n  - {k: 1, k: 2}\n") ==
        "x.yaml:2:21: p.x.k: duplicate key\n    first given at x.yaml:2:15\n"
        "x.yaml:3:12: p[1].k: duplicate key\n    first given at x.yaml:3:6\n");
}

TEST_CASE("tlm.V13 row 2: a leading zero names both readings", "[document]") {
  const ParamSpec rows = param("p", 4, "rows");
  CHECK(param_errors("p: 010\n", rows) ==
        "x.yaml:1:4: params.p: '010' has a leading zero: write '10' for the decimal number, or 8 if octal was meant\n"
        "    allowed: integer, default 4\n");
  CHECK(param_errors("p: 0o10\n", rows) ==
        "x.yaml:1:4: params.p: '0o10': octal and binary numbers are not read; write it in decimal or with 0x\n"
        "    allowed: integer, default 4\n");
}

TEST_CASE("tlm.V13 row 3: underscores and hexadecimal and exponents are read", "[document]") {
  const Node node = good("a: 1_000\nb: 0x1000_0000\nc: 1e3\n");
  Diagnostics diagnostics;
  const Value values = check_params(&node, {param("a", 0, ""), param("b", 0, ""), param("c", 0, "")}, "models.demo", "params", diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(values.find("a")->as_u64() == 1000);
  CHECK(values.find("b")->as_u64() == 0x10000000);
  CHECK(values.find("c")->as_u64() == 1000);
}

TEST_CASE("tlm.V13 row 4: infinity and not-a-number are errors", "[document]") {
  CHECK(param_errors("p: .inf\n", param("p", 0.5, "")) ==
        "x.yaml:1:4: params.p: '.inf': infinity and not-a-number are not allowed\n    allowed: number, default 0.5\n");
  CHECK(param_errors("p: .nan\n", param("p", 0.5, "")) ==
        "x.yaml:1:4: params.p: '.nan': infinity and not-a-number are not allowed\n    allowed: number, default 0.5\n");
}

TEST_CASE("tlm.V13 row 5: a quoted scalar is a string only", "[document]") {
  CHECK(param_errors("p: \"7\"\n", param("p", 4, "")) ==
        "x.yaml:1:4: params.p: the quoted text '7' is a text because of its quotes; remove them\n    allowed: integer, default 4\n");
  CHECK(param_errors("p: 'true'\n", param("p", true, "")) ==
        "x.yaml:1:4: params.p: the quoted text 'true' is not true or false\n    allowed: true or false, default true\n");
  CHECK(param_errors("p: '4 KiB'\n", quantity("p", Dimension::bytes, 64, "")) ==
        "x.yaml:1:4: params.p: the quoted text '4 KiB' is a text because of its quotes; remove them\n"
        "    allowed: quantity in B, kB, KiB, MB, MiB, GB, GiB, TB, TiB, default 64 B\n");
  CHECK(param_errors("p: '7'\n", param("p", "x", "")).empty());
}

TEST_CASE("tlm.V13 row 6: only true and false are booleans", "[document]") {
  for (const char* word : {"yes", "on", "y", "n", "no", "off", "True", "FALSE", "1"})
    CHECK(param_errors(std::string("p: ") + word + "\n", param("p", true, "")) ==
          std::string("x.yaml:1:4: params.p: '") + word + "' is not true or false\n    allowed: true or false, default true\n");
}

TEST_CASE("tlm.V13 row 7: a merge key names what to use instead", "[document]") {
  CHECK(errors("base:\n  <<: {a: 1}\n") == "x.yaml:2:3: base.<<: the merge key << is not supported\n" + reuse);
  CHECK(good("\"<<\": 1\n").find("<<") != nullptr);
}

TEST_CASE("tlm.V13 row 8: several documents in a file are an error", "[document]") {
  const std::string hint = "    put it into a file of its own\n";
  CHECK(errors("a: 1\n---\nb: 2\n") == "x.yaml:2:1: a second document begins here; a file holds one\n" + hint);
  CHECK(errors("a: 1\n...\nb: 2\n") == "x.yaml:3:1: a second document begins here; a file holds one\n" + hint);
  CHECK(good("---\na: 1\n...\n").find("a")->text == "1");
}

TEST_CASE("tlm.V13 row 9: an empty file is an empty scenario", "[document]") {
  for (const char* text : {"", "\n\n", "# nothing\n", "---\n", "~\n", "null\n", "\xEF\xBB\xBF"})
    CHECK(errors(text) == "x.yaml:1:1: empty scenario\n");
}

TEST_CASE("tlm.V13 row 10: a file that cannot be opened is named", "[document]") {
  const auto problem = [](const char* path) {
    Diagnostics diagnostics;
    read_yaml_file(path, diagnostics);
    return diagnostics.format();
  };
  CHECK(problem("/nowhere/x.yaml") == "cannot read /nowhere/x.yaml: No such file or directory\n");
  CHECK(problem("/") == "cannot read /: it is a folder\n");
  CHECK(problem("/dev/zero") == "cannot read /dev/zero: it is not a regular file\n");
  CHECK(problem("") == "the file name is empty\n");
}

TEST_CASE("tlm.V13 row 11: null is an error where a value is needed", "[document]") {
  const std::string allowed = "    allowed: integer, default 4\n";
  CHECK(param_errors("p: null\n", param("p", 4, "")) == "x.yaml:1:4: params.p: a value is needed here, not null\n" + allowed);
  CHECK(param_errors("p: ~\n", param("p", 4, "")) == "x.yaml:1:4: params.p: a value is needed here, not null\n" + allowed);
  // A forgotten value is reported at its key, not at whatever comes next.
  CHECK(param_errors("# c\np:\n\n# c\n", param("p", 4, "")) == "x.yaml:2:1: params.p: a value is needed here, not null\n" + allowed);
  CHECK(param_errors("p: null\n", param("p", 4, "").optional_null()).empty());
  CHECK(param_errors("p: 'null'\n", param("p", "x", "")).empty());
}

TEST_CASE("tlm.V13 row 12: keys are compared as text", "[document]") {
  CHECK(errors("1: a\n\"1\": b\n") == "x.yaml:2:1: 1: duplicate key\n    first given at x.yaml:1:1\n");
}

TEST_CASE("tlm.V13 row 13: tags are errors", "[document]") {
  const std::string hint = "    leave it out; quotes make a text\n";
  CHECK(errors("a: !foo 1\n") == "x.yaml:1:4: a: the tag '!foo' is not supported\n" + hint);
  CHECK(errors("a: !!str x\n") == "x.yaml:1:4: a: the tag '!!str' is not supported\n" + hint);
  CHECK(errors("a: !m {}\nb: !l []\n") ==
        "x.yaml:1:4: a: the tag '!m' is not supported\n" + hint + "x.yaml:2:4: b: the tag '!l' is not supported\n" + hint);
}

TEST_CASE("tlm.V13 row 14: syntax errors carry our file name and say what to do", "[document]") {
  CHECK(errors("a: 1\n\tb: 2\n") == "x.yaml:2:1: a: a tab in the indentation\n    indent with spaces\n");
  CHECK(errors("a:\n\tb: 1\n") == "x.yaml:2:3: a tab in the indentation\n    indent with spaces\n");
  CHECK(errors("a: [1, 2\nb: 3\n") ==
        "x.yaml:2:2: a[2]: ']' is missing: the list that begins at line 1 column 4 is not closed\n"
        "    quote texts that hold brackets, as in \"noc.in[3]\"\n");
  CHECK(errors("l: {from: a.out, to: noc.in[3]}\n") ==
        "x.yaml:1:28: l: '}' is missing: the map that begins at line 1 column 4 is not closed\n"
        "    quote texts that hold brackets, as in \"noc.in[3]\"\n");
  CHECK(errors("a: 1\n  b: 2\n") == "x.yaml:2:4: a ':' that begins no value here\n    check the indentation; quote texts that hold ': '\n");
  CHECK(errors("x:\n  - a\n - b\n") ==
        "x.yaml:3:2: this does not continue the list or map above\n"
        "    check the indentation; quote texts that hold quotes or brackets\n");
  CHECK(errors("- a\nb: 1\n") == "x.yaml:2:1: this does not belong to the list or map above\n    check the indentation\n");
  CHECK(errors("a: @x\n") == "x.yaml:1:4: a: a plain text cannot begin with this character\n    quote it\n");
}

TEST_CASE("tlm.V13 row 15: positions count from 1 and in characters", "[document]") {
  const Node node = good("\xC3\xA9: {\xC2\xB5: 1, n: [2, '3']}\r\nb:\r\n  c: 4\r\n");
  const Node& map = node.entries[0].value;
  CHECK(map.entries[0].key_pos.column == 5);
  CHECK(map.entries[0].value.pos.column == 8);
  CHECK(map.entries[1].key_pos.column == 11);
  CHECK(map.entries[1].value.items[1].pos.column == 18);
  CHECK(node.find("b")->find("c")->pos.line == 3);
  CHECK(node.find("b")->find("c")->pos.column == 6);
  CHECK(node.find_entry("b")->key_pos.file == "x.yaml");
}

TEST_CASE("tlm.V13 anchors and aliases are refused whether or not they are used", "[document]") {
  CHECK(errors("a: &x 1\nb: *x\n") ==
        "x.yaml:1:4: a: anchors (&x) are not supported\n" + reuse + "x.yaml:2:4: b: aliases (*name) are not supported\n" + reuse);
  CHECK(errors("b: *zz\n") == "x.yaml:1:4: b: aliases (*name) are not supported\n" + reuse);
}

TEST_CASE("tlm.V13 keys must be plain texts", "[document]") {
  CHECK(errors("? [1, 2]\n: 3\n") == "x.yaml:1:3: a key must be a plain text, not a list or map\n");
  CHECK(errors(": 1\n") == "x.yaml:1:1: a key may not be empty or null\n    quote it if this text is meant\n");
  CHECK(errors("null: 1\n") == "x.yaml:1:1: a key may not be empty or null\n    quote it if this text is meant\n");
}

TEST_CASE("tlm.V13 a quote that is never closed is found", "[document]") {
  CHECK(errors("a: 'x\nb: 2\n") == "x.yaml:1:4: a: the quote opened here is never closed\n");
  CHECK(errors("a: \"x\\\"\n") == "x.yaml:1:4: a: the quote opened here is never closed\n");
  CHECK(good("a: 'it''s'\n").find("a")->text == "it's");
  CHECK(good("a: \"\\\\\"\n").find("a")->text == "\\");
}

TEST_CASE("tlm.V13 bytes that are no text are refused", "[document]") {
  CHECK(errors(std::string("a: \0\n", 5)) == "x.yaml:1:4: a zero byte; this is not a text file\n");
  CHECK(errors("a: 1\nb: \xFF\n") == "x.yaml:2:4: the byte 0xff is not UTF-8\n    save the file as UTF-8\n");
  CHECK(errors("a: 1\x04\nb: 2\n") == "x.yaml:1:5: the control character 0x04\n    inside double quotes it can be written as \\x04\n");
  CHECK(errors("a: 1\rb: 2\r") == "x.yaml:1:5: a carriage return without a line feed\n    end lines with LF or CR LF\n");
}

TEST_CASE("tlm.V13 size and depth are limited", "[document]") {
  CHECK(errors(std::string(200'000, '[')).find("nested more than 64 levels deep") != std::string::npos);
  CHECK(errors(std::string(200'000, '{')).find("nested more than 64 levels deep") != std::string::npos);
  std::string dashes;
  for (int i = 0; i < 100; ++i) dashes += "- ";
  CHECK(errors(dashes) == "x.yaml:1:129: nested more than 64 levels deep\n");
  std::string list = "a: [";
  for (int i = 0; i < 60'000; ++i) list += "1,";
  CHECK(errors(list + "]").find("a[49997]: more than 50000 values in one file") != std::string::npos);
  CHECK(errors("a: [" + std::string(1'000'000, ',') + "]") ==
        "x.yaml:1:1: the file is too large for a scenario\n    bulk data belong into npy or csv files\n");
  CHECK(errors(std::string((16u << 20) + 1, ' ')) == "x.yaml: the text has 16777217 bytes, the limit is 16777216\n");
}

TEST_CASE("scalars keep their text and whether they were quoted", "[document]") {
  const Node node = good("a: 010\nb: \"010\"\nc: |\n  two\n  lines\nd: [x, 'y']\ne:\n");
  CHECK(node.find("a")->text == "010");
  CHECK_FALSE(node.find("a")->quoted);
  CHECK(node.find("b")->quoted);
  CHECK(node.find("c")->text == "two\nlines\n");
  CHECK(node.find("c")->quoted);
  CHECK_FALSE(node.find("d")->items[0].quoted);
  CHECK(node.find("d")->items[1].quoted);
  CHECK(node.find("e")->is_null());
  CHECK(node.find("f") == nullptr);
  CHECK(node.find("a")->find("x") == nullptr);
}

TEST_CASE("several problems of a file are all told", "[document]") {
  const std::string text = errors("a: &x 1\nb: !t 2\na: 3\nc:\n  <<: {}\n");
  CHECK(text.find("x.yaml:1:4: a: anchors") != std::string::npos);
  CHECK(text.find("x.yaml:2:4: b: the tag '!t'") != std::string::npos);
  CHECK(text.find("x.yaml:3:1: a: duplicate key") != std::string::npos);
  CHECK(text.find("x.yaml:5:3: c.<<: the merge key") != std::string::npos);
}

TEST_CASE("relative paths start from the folder of their file", "[document]") {
  CHECK(resolve_path("scenarios", "networks/a") == "scenarios/networks/a");
  CHECK(resolve_path("scenarios/papers", "../networks/a") == "scenarios/networks/a");
  CHECK(resolve_path(".", "networks/a") == "networks/a");
  CHECK(resolve_path("scenarios", "/data/a") == "/data/a");
  CHECK(folder_of("scenarios/a.yaml") == "scenarios");
  CHECK(folder_of("a.yaml") == ".");
}

namespace {

const std::string seed_text = R"(scenario: 1
name: "fuzz"
platform:
  clocks: { core: 500 MHz, noc: 1_000 kHz }
  defaults: { models.dram: { size: 1 GiB, banks: [1, 2, 0x10] } }
  blocks:
    - { name: dram, kind: models.dram, params: { preset: 'ddr4_2133p', channels: 4 } }
    - name: pu
      kind: models.prosperity
      clock: core
      params:
        tile_m: 256
        lif.threshold: 1.5e2   # dotted
        note: |
          two
          lines
  links:
    - { from: pu.irq, to: "host.irq[0]" }
  maps:
    - { through: bus, to: dram.in, base: 0x8000_0000, size: 1 GiB }
workload: { kind: trace, network: networks/a, engines: [pu] }
run: { until: idle, limit: 1 s, check_output: true, protocol_check: off }
)";

std::string mutate(std::string text, RandomStream& random) {
  static constexpr std::string_view special = "{}[]:,-#&*!|>'\"%@`?<\t\n \r\\\x04~0x_.e";
  for (std::uint64_t n = 1 + random.below(6); n > 0; --n) {
    const std::size_t at = random.below(text.size() + 1);
    switch (random.below(6)) {
      case 0: text.insert(at, 1, special[random.below(special.size())]); break;
      case 1: text.insert(at, 1, static_cast<char>(random.next_int8())); break;
      case 2: text.erase(at, 1 + random.below(8)); break;
      case 3: text.insert(at, text.substr(random.below(text.size() + 1), random.below(40))); break;
      case 4: text.resize(at); break;
      default:
        if (at < text.size()) text[at] = special[random.below(special.size())];
    }
    if (text.empty()) text = " ";
  }
  return text;
}

}  // namespace

TEST_CASE("tlm.V13 a mutated scenario is read or refused and never crashes", "[document][fuzz]") {
  RandomStream random(1, "mutations");
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = mutate(seed_text, random);
    Diagnostics diagnostics;
    const auto scenario = load_scenario_text(text, "fuzz.yaml", {"platform.blocks.pu.params.tile_m=64", "run.limit=2 s"}, diagnostics);
    REQUIRE(scenario);
    refused += diagnostics.has_errors();
    for (const Diagnostic& item : diagnostics.items()) REQUIRE_FALSE(item.text.empty());
  }
  CHECK(refused > 1000);
  CHECK(refused < 5000);
}

TEST_CASE("tlm.V13 a mutated override is applied or refused and never crashes", "[document][fuzz]") {
  RandomStream random(2, "mutations");
  for (int i = 0; i < 5000; ++i) {
    const std::string text = mutate("platform.blocks.pu.params.tile_m={a: [1, 64 KiB], b: 'x'}", random);
    Diagnostics diagnostics;
    REQUIRE(load_scenario_text(seed_text, "fuzz.yaml", {text}, diagnostics));
  }
}
