// SPDX-License-Identifier: Apache-2.0
#include "mutant_registers.h"

#include <algorithm>

namespace snnvp::conformance {
namespace {

void replace(std::string& text, const std::string& what, const std::string& by) { text.replace(text.find(what), what.size(), by); }

/// The description with the fault in it, where that is all there is to it.
std::string altered(unsigned fault) {
  std::string text = MutantRegisters::description();
  if (fault == 1) replace(text, "reset: 0x1234", "reset: 0x1235");
  if (fault == 2) replace(text, "bits: \"7:0\"", "bits: \"11:0\"");
  if (fault == 3) replace(text, "access: w1c", "access: rw");
  if (fault == 4) replace(text, "access: rc", "access: ro");
  if (fault == 6) replace(text, "name: id, offset: 0x00, access: ro", "name: id, offset: 0x00, access: rw");
  return text;
}

}  // namespace

const char* MutantRegisters::description() {
  return R"(
bank: { name: regs, size: 256 B, width: 32 }
registers:
  - { name: id, offset: 0x00, access: ro, reset: 0x4D52, doc: "identity" }
  - { name: base, offset: 0x04, access: rw, reset: 0x1234, doc: "an address" }
  - { name: shape, offset: 0x08, access: rw, fields: [ { name: rows, bits: "7:0", reset: 16, doc: "rows" } ], doc: "a shape" }
  - { name: cause, offset: 0x10, access: w1c, doc: "causes" }
  - { name: taken, offset: 0x14, access: rc, reset: 7, doc: "events since the last read" }
  - { name: other, offset: 0x18, access: rw, doc: "another value" }
)";
}

MutantRegisters::MutantRegisters(const sc_core::sc_module_name& name, unsigned fault)
    : sc_module(name), regs("regs", *this, options(fault)), fault_(fault), bank_(parse_register_map(altered(fault), "mutant")) {}

TargetPort::Options MutantRegisters::options(unsigned fault) {
  TargetPort::Options o;
  o.size = 256;
  o.min_access = fault == 8 ? 2 : 4;
  o.max_access = 4;
  o.aligned_only = fault != 9;
  o.byte_enables = fault == 11;
  o.streaming = false;
  return o;
}

bool MutantRegisters::allows(tlm::tlm_command command, Address address, Bytes length) const {
  return !bank_.covers(address, length) || bank_.allows(command, address, length);
}

bool MutantRegisters::read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) {
  std::uint8_t word[4] = {};
  if (bank_.covers(address, length)) bank_.read(address, word, 4, delay);
  std::copy_n(word, length, data);
  return true;
}

bool MutantRegisters::write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time& delay) {
  std::uint8_t word[4] = {};
  std::copy_n(data, length, word);
  return !bank_.covers(address, length) || bank_.write(address, word, 4, delay);
}

Bytes MutantRegisters::debug_read(Address address, std::uint8_t* data, Bytes length) const {
  if (has(5) && bank_.covers(address, 1)) {  // as a read: clears what that clears
    sc_core::sc_time delay;
    std::uint8_t word[4];
    bank_.read(address / 4 * 4, word, 4, delay);
    const Bytes done = std::min<Bytes>(length, 4 - address % 4);
    std::copy_n(word + address % 4, done, data);
    return done;
  }
  return bank_.debug_read(address, data, length);
}

void MutantRegisters::reset() {
  const std::uint32_t base = bank_.value(bank_.index("base"));
  bank_.reset();
  if (has(10)) bank_.set(bank_.index("base"), base);
}

}  // namespace snnvp::conformance
