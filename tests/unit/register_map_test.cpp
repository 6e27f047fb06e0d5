// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/register_map.h>

#include <catch2/catch.hpp>

#include <string>

#include <snnvp/platform/base/diagnostics.h>

using namespace snnvp;
using Catch::Contains;

namespace {

const char* const good = R"(
bank: { name: regs, size: 4 KiB, width: 32 }
registers:
  - { name: irq_status, offset: 0x14, access: w1c, sync: always, doc: "Cause bits" }
  - { name: id, offset: 0x00, access: ro, reset: 0x534E5650, doc: "Block identity" }
  - name: ctrl
    offset: 0x08
    access: w1s
    sync: always
    fields:
      - { name: start, bits: "0", doc: "Starts the job" }
      - { name: abort, bits: "1" }
  - name: shape
    offset: 0x40
    access: rw
    fields: [ { name: rows, bits: "7:0", reset: 16, range: "1..64", doc: "Active rows" }, { name: wide, bits: "31", reset: 1 } ]
)";

/// The message for a description with these register lines.
std::string complaint(const std::string& registers, const std::string& bank = "{ name: regs, size: 4 KiB, width: 32 }") {
  try {
    parse_register_map("bank: " + bank + "\nregisters:\n" + registers, "test.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a register description is read in offset order", "[register_map]") {
  const RegisterMap map = parse_register_map(good, "good.yaml");
  CHECK(map.bank == "regs");
  CHECK(map.size == 4096);
  REQUIRE(map.registers.size() == 4);
  CHECK(map.registers[0].name == "id");
  CHECK(map.registers[0].reset == 0x534E5650);
  CHECK(map.registers[0].access == RegisterAccess::ro);
  CHECK(map.registers[0].mask == 0xFFFFFFFF);
  const RegisterSpec* ctrl = map.find("ctrl");
  REQUIRE(ctrl != nullptr);
  CHECK(ctrl->mask == 3);
  CHECK(ctrl->sync == RegisterSync::always);
  const RegisterSpec* shape = map.find("shape");
  REQUIRE(shape != nullptr);
  CHECK(shape->mask == 0x800000FF);
  CHECK(shape->reset == 0x80000010);
  CHECK(shape->fields[0].range == "1..64");
  CHECK(map.find("nothing") == nullptr);
}

TEST_CASE("the common head comes before a block's own registers", "[register_map]") {
  const char* own = "registers:\n  - { name: tile, offset: 0x100, access: rw }\n";
  const RegisterMap map = parse_register_map(own, "own.yaml", good);
  CHECK(map.registers.size() == 5);
  CHECK(map.bank == "regs");
  CHECK(map.registers.back().name == "tile");
  CHECK_THROWS_WITH(parse_register_map("registers:\n  - { name: tile, offset: 0x40, access: rw }\n", "own.yaml", good),
                    Contains("own.yaml:2") && Contains("overlaps 'shape'"));
}

TEST_CASE("registers may be bytes and bursts may be allowed", "[register_map]") {
  const RegisterMap map =
      parse_register_map("bank: { name: uart, size: 256 B, width: 8 }\nregisters:\n  - { name: thr, offset: 1, access: wo }\n", "uart");
  CHECK(map.width == 8);
  CHECK(map.registers[0].mask == 0xFF);
  CHECK(map.max_access == 1);
  CHECK(parse_register_map("bank: { name: regs, max_access: 64 B }\nregisters: []\n", "x").max_access == 64);
}

TEST_CASE("mistakes in a register description are told with their place", "[register_map]") {
  CHECK_THAT(complaint("  - { name: a, offset: 0, acess: rw }"),
             Contains("unknown key 'acess'") && Contains("access") && Contains("test.yaml:3"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rx }"), Contains("'rx'") && Contains("w1c"));
  CHECK_THAT(complaint("  - { name: a, offset: 2, access: rw }"), Contains("not a multiple of 4"));
  CHECK_THAT(complaint("  - { name: a, offset: 0x1000, access: rw }"), Contains("outside the window"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw }\n  - { name: b, offset: 0, access: rw }"), Contains("overlaps 'a'"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw }\n  - { name: a, offset: 4, access: rw }"), Contains("exists already"));
  CHECK_THAT(complaint("  - { name: A, offset: 0, access: rw }"), Contains("lower_snake"));
  CHECK_THAT(complaint("  - { offset: 0, access: rw }"), Contains("no 'name'"));
  CHECK_THAT(complaint("  - { name: a, access: rw }"), Contains("no 'offset'"));
  CHECK_THAT(complaint("  - { name: a, offset: 0 }"), Contains("no 'access'"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, reset: 0x100000000 }"), Contains("out of range"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, fields: [ { name: f, bits: \"3:0\" }, { name: g, bits: \"4:3\" } ] }"),
             Contains("'f' and 'g' share bits"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, reset: 0x10, fields: [ { name: f, bits: \"3:0\" } ] }"),
             Contains("outside the mask"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, fields: [ { name: f, bits: \"32:0\" } ] }"), Contains("no bits"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, fields: [ { name: f, bits: \"0:3\" } ] }"), Contains("no bits"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, fields: [ { name: f, bits: \"1:0\", reset: 4 } ] }"),
             Contains("out of range"));
  CHECK_THAT(complaint("  - { name: a, offset: 0, access: rw, fields: [ { name: f, bits: \"1:0\", range: \"0..4\" } ] }"),
             Contains("range"));
  CHECK_THAT(complaint("  []", "{ name: regs, size: 3000 B }"), Contains("power of two"));
  CHECK_THAT(complaint("  []", "{ name: regs, width: 16 }"), Contains("register width"));
  CHECK_THAT(complaint("  - 7"), Contains("must be a map"));
}

TEST_CASE("all mistakes of a description are told at once", "[register_map]") {
  const std::string text = complaint("  - { name: a, offset: 0, access: rx }\n  - { name: b, offset: 4, access: rw, rest: 1 }");
  CHECK_THAT(text, Contains("'rx'") && Contains("'rest'"));
}
