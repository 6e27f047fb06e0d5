// SPDX-License-Identifier: Apache-2.0
// A register bank against its description: reset values, masks, access types, debug reads.
#include <fmt/format.h>

#include <snnvp/platform/conform/tester.h>

namespace snnvp::conform {
namespace {

bool reads(const RegisterSpec& r) { return r.access != RegisterAccess::wo; }

/// Stored by the bank itself and nobody else's business: what is written stays, so that it can be compared.
bool is_stored(const RegisterSpec& r) { return r.access == RegisterAccess::rw && r.sync == RegisterSync::none; }

}  // namespace

bool Tester::read_register(Address address, std::uint32_t& value) {
  std::uint8_t bytes[4] = {};
  sc_core::sc_time delay;
  plain(Command::read, address, bytes, model_.register_bytes);
  out->b_transport(unmanaged_, delay);
  unmanaged_.set_data_ptr(nullptr);
  value = 0;
  for (unsigned i = 0; i < model_.register_bytes; ++i) value |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  return unmanaged_.is_response_ok();
}

bool Tester::write_register(Address address, std::uint32_t value) {
  std::uint8_t bytes[4];
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  sc_core::sc_time delay;
  plain(Command::write, address, bytes, model_.register_bytes);
  out->b_transport(unmanaged_, delay);
  unmanaged_.set_data_ptr(nullptr);
  return unmanaged_.is_response_ok();
}

std::uint32_t Tester::debug_register(Address address, bool& is_there) {
  std::uint8_t bytes[4] = {};
  is_there = debug(Command::read, address, bytes, model_.register_bytes) == model_.register_bytes;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < model_.register_bytes; ++i) value |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

/// A reset value other than 0 is what the description says; one of 0 may be set by a parameter, then a reset brings it back.
void Tester::compare_reset_values(const char* when) {
  const bool is_first = first_values_.empty();
  if (is_first) first_values_.resize(model_.registers.size());
  for (std::size_t i = 0; i < model_.registers.size(); ++i) {
    const RegisterSpec& r = model_.registers[i];
    if (r.count > 1 || (!is_stored(r) && r.access != RegisterAccess::w1c)) continue;
    bool is_there = false;
    const std::uint32_t value = debug_register(r.offset, is_there), described = r.reset & r.mask;
    if (!is_there) continue;
    if (is_first) first_values_[i] = described == 0 ? value : described;
    check("R1", value == first_values_[i],
          fmt::format("register {} is {:#x} {}, its reset value is {:#x}", r.name, value, when, first_values_[i]));
  }
}

/// What is written stays, or the nearest value that is allowed: then writing that changes nothing.
void Tester::check_stored(const RegisterSpec& r) {
  std::uint32_t first = 0, value = 0;
  bool is_exact = true, is_stuck = true, has_first = false;
  for (const std::uint32_t pattern : {0xA5A5'A5A5U, 0x5A5A'5A5AU, 1U, 2U}) {
    if (!write_register(r.offset, pattern) || !read_register(r.offset, value)) continue;
    check("R2", (value & ~r.mask) == 0, fmt::format("a write reached reserved bits of register {}: {:#x}", r.name, value));
    is_exact = is_exact && (value & r.mask) == (pattern & r.mask);
    is_stuck = is_stuck && (!has_first || value == first);
    first = has_first ? first : value;
    has_first = true;
    std::uint32_t again = 0;
    write_register(r.offset, value);
    read_register(r.offset, again);
    check("R3", again == value, fmt::format("register {} holds {:#x} after {:#x} was written, which it held", r.name, again, value));
  }
  check("R3", is_exact || !is_stuck || !has_first, fmt::format("register {} holds {:#x} whatever is written", r.name, value));
}

void Tester::check_register(const RegisterSpec& r) {
  bool is_there = false, again = false;
  std::uint32_t value = 0;
  const std::uint32_t seen = debug_register(r.offset, is_there);
  const std::uint32_t twice = debug_register(r.offset, again);
  if (reads(r) && is_there) {
    check("R4", again && seen == twice, fmt::format("register {}: a second debug read gave {:#x}, the first {:#x}", r.name, twice, seen));
    const bool ok = read_register(r.offset, value);
    check("R4", !ok || value == seen, fmt::format("register {} reads {:#x}, a debug read gave {:#x}", r.name, value, seen));
    check("R2", !ok || (value & ~r.mask) == 0, fmt::format("register {} reads {:#x}, reserved bits are {:#x}", r.name, value, ~r.mask));
    if (ok && r.access == RegisterAccess::rc && value != 0) {
      read_register(r.offset, value);
      check("R3", value == 0, fmt::format("register {} is {:#x} after a read that clears it", r.name, value));
    }
  } else {
    check("R4", !reads(r) || model_.abilities.debug_read != Ability::yes,
          fmt::format("register {} cannot be read by debug access", r.name));
  }
  if (is_stored(r)) {
    check_stored(r);
  } else if (r.access == RegisterAccess::w1c && write_register(r.offset, ~0U)) {
    read_register(r.offset, value);
    check("R3", (value & ~seen) == 0, fmt::format("register {} has bits {:#x} after ones were written to clear", r.name, value));
  }
}

void Tester::check_registers() {
  doing_ = "registers one by one";
  if (model_.registers.empty()) return;
  compare_reset_values("at the start");
  for (const RegisterSpec& r : model_.registers)
    if (r.count == 1) check_register(r);
  if (!options_.reset) return;
  options_.reset();
  compare_reset_values("after a reset");
}

}  // namespace snnvp::conform
