// SPDX-License-Identifier: Apache-2.0
// Debug transport, DMI and reset: the other views of a memory.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <snnvp/platform/conform/tester.h>

namespace snnvp::conform {

using Role = PortAbilities::Role;

void Tester::plain(Command command, Address address, std::uint8_t* data, unsigned length) {
  Stimulus s;
  s.command = command;
  s.address = address;
  s.length = s.streaming_width = length;
  fill(unmanaged_, s, buffer_, enables_);
  unmanaged_.set_data_ptr(data);
}

unsigned Tester::debug(Command command, Address address, std::uint8_t* data, unsigned length) {
  plain(command, address, data, length);
  const unsigned done = out->transport_dbg(unmanaged_);
  unmanaged_.set_data_ptr(nullptr);  // the caller's buffer ends with the caller
  unmanaged_.set_data_length(0);
  return done;
}

/// What a memory holds at first is its own affair.
void Tester::learn() {
  for (const Window& window : model_.windows)
    for (GoldenMemory::Region& region : golden_[window.memory].regions())
      for (std::size_t i = 0; i < region.bytes.size(); i += 64) {
        const Address at = region.start + i;
        const auto length = static_cast<unsigned>(std::min<std::size_t>(64, region.bytes.size() - i));
        if (!window.is_own || at < window.offset || at + length > window.offset + window.size) continue;
        std::uint8_t* bytes = region.bytes.data() + i;
        const Address address = window.base + (at - window.offset);
        if (model_.abilities.debug_read != Ability::no && debug(Command::read, address, bytes, length) == length) continue;
        sc_core::sc_time delay;
        plain(Command::read, address, bytes, length);
        out->b_transport(unmanaged_, delay);
        unmanaged_.set_data_ptr(nullptr);
      }
}

void Tester::compare_memory() {
  doing_ = "a comparison of the whole memory";
  if (model_.abilities.debug_read == Ability::no) return verdict_.not_applicable("S3", "the port has no debug access");
  for (const Window& window : model_.windows) {
    if (!window.is_own) continue;
    for (GoldenMemory::Region& region : golden_[window.memory].regions()) {
      const Address first = std::max(region.start, window.offset);
      const Address end = std::min(region.start + region.bytes.size(), window.offset + window.size);
      if (first >= end) continue;
      std::vector<std::uint8_t> seen(static_cast<std::size_t>(end - first));
      const Address at = window.base + (first - window.offset);
      const unsigned done = debug(Command::read, at, seen.data(), static_cast<unsigned>(seen.size()));
      if (done == 0 && model_.abilities.debug_read == Ability::unstated)
        return verdict_.not_applicable("S3", "the port answers no debug reads");
      check("S4", done == seen.size(), fmt::format("a debug read of {} bytes at {:#x} gave {}", seen.size(), at, done));
      std::uint8_t* golden = region.bytes.data() + (first - region.start);
      const std::size_t many = std::min<std::size_t>(done, seen.size());
      const auto wrong = std::mismatch(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(many), golden);
      check("S3", wrong.first == seen.begin() + static_cast<std::ptrdiff_t>(many),
            wrong.first == seen.end() ? ""
                                      : fmt::format("memory byte at {:#x} is {:#04x}, expected {:#04x}",
                                                    at + static_cast<Address>(wrong.first - seen.begin()), *wrong.first, *wrong.second));
      std::copy_n(seen.begin(), many, golden);  // what was told is not told again
    }
  }
}

void Tester::check_debug() {
  doing_ = "debug access";
  if (model_.abilities.debug_read == Ability::no || model_.windows.empty()) {
    // Nothing to see; the monitor looks at what the call leaves behind.
    std::uint8_t bytes[8] = {};
    const unsigned n = debug(Command::read, 0, bytes, 8);
    if (model_.abilities.debug_read == Ability::no)
      check("S4", n == 0, fmt::format("a debug read gave {} bytes of a port without debug access", n));
    return;
  }
  const Window& window = draw_.own_window();
  std::uint8_t first[40], second[40];
  std::memset(first, 0x5A, sizeof first);
  std::memset(second, 0x5A, sizeof second);
  const bool is_memory = model_.is_memory();
  const Address near_end = is_memory && window.size >= 10 ? window.last() - 9 : window.base + draw_.offset_in(window);
  const unsigned done = debug(Command::read, near_end, first, 40);
  if (done == 0 && model_.abilities.debug_read == Ability::unstated)
    return verdict_.not_applicable("S4", "the port answers no debug access");
  if (is_memory && window.size >= 10) check("S4", done == 10, fmt::format("a debug read of 40 bytes, 10 before the end, gave {}", done));
  check("S4", done > 40 || std::all_of(first + done, first + 40, [](std::uint8_t b) { return b == 0x5A; }),
        "a debug read changed bytes beyond its count");
  const unsigned again = debug(Command::read, near_end, second, 40);
  check("S4", again == done && std::memcmp(first, second, sizeof first) == 0, "a repeated debug read gave other bytes");
  const Address beyond = window.last() + 1;
  if (model_.window_of(beyond, 1) == nullptr && beyond != 0) {
    const unsigned n = debug(Command::read, beyond, first, 40);
    check("S4", n == 0, fmt::format("a debug read outside gave {} bytes", n));
  }
  std::uint8_t written[12];
  for (std::uint8_t& byte : written) byte = draw_.byte();
  if (!is_memory) {
    if (model_.abilities.debug_write == Ability::no) {
      const unsigned n = debug(Command::write, near_end, written, 4);
      check("S4", n == 0, fmt::format("a debug write to a register did {} bytes", n));
    }
    return;
  }
  // Debug writes reach the same bytes, and only those inside.
  if (window.size < 10 || model_.abilities.debug_write == Ability::no) return;
  const unsigned n = debug(Command::write, near_end, written, 12);
  if (n == 0 && model_.abilities.debug_write == Ability::unstated) return;
  check("S4", n == 10, fmt::format("a debug write across the end gave {}", n));
  for (Address i = 0; i < 10; ++i) golden_[window.memory].at(window.offset + window.size - 10 + i) = written[i];
}

void Tester::check_dmi() {
  doing_ = "a DMI request";
  const Window& window = draw_.own_window();
  const Address address = window.base + draw_.offset_in(window);
  plain(draw_.below(2) != 0 ? Command::read : Command::write, address, buffer_.data() + guard, 4);
  tlm::tlm_dmi dmi;
  const bool granted = out->get_direct_mem_ptr(unmanaged_, dmi);
  unmanaged_.set_data_ptr(nullptr);
  if (granted) verdict_.checked("M12");
  if (!model_.is_memory()) {
    if (model_.abilities.dmi == Ability::no) check("S5", !granted, "DMI was granted");
    return;
  }
  const std::string range = fmt::format("{:#x} to {:#x}", dmi.get_start_address(), dmi.get_end_address());
  check("S5", unmanaged_.get_address() == address, "a DMI request changed the address");
  check("S5", dmi.get_start_address() <= address && dmi.get_end_address() >= address,
        "the DMI answer " + range + " does not hold the address");
  if (window.dmi != Ability::unstated)
    check("S5", granted == (window.dmi == Ability::yes), granted ? "DMI was granted" : "DMI was refused");
  if (granted) return check_dmi_grant(window, address, dmi);
  if (model_.is_strict) {
    check("S5", dmi.is_none_allowed(), "a DMI refusal allows an access");
    check("S5", dmi.get_start_address() >= window.base && dmi.get_end_address() <= window.last(),
          "the refused range " + range + " leaves the window");
  }
}

void Tester::check_dmi_grant(const Window& window, Address address, const tlm::tlm_dmi& dmi) {
  const std::string range = fmt::format("{:#x} to {:#x}", dmi.get_start_address(), dmi.get_end_address());
  const bool is_window = dmi.get_start_address() == window.base && dmi.get_end_address() == window.last();
  const bool is_inside = dmi.get_start_address() >= window.base && dmi.get_end_address() <= window.last();
  check("S5", model_.is_strict ? is_window : is_inside,
        fmt::format("the DMI window is {}, expected {:#x} to {:#x}", range, window.base, window.last()));
  if (!is_inside || dmi.get_dmi_ptr() == nullptr || dmi.get_start_address() > address) return;
  const Picoseconds read = ps_of(dmi.get_read_latency()), write = ps_of(dmi.get_write_latency());
  if (window.dmi_latency)
    check("S5", read == *window.dmi_latency && write == *window.dmi_latency,
          fmt::format("the DMI latency is {} and {} ps, expected {} ps", read, write, *window.dmi_latency));
  check("S5", read >= window.dmi_least && write >= window.dmi_least,
        fmt::format("the DMI latency is {} and {} ps, the way and the memory take {} ps", read, write, window.dmi_least));
  if (!dmi.is_read_allowed()) return;
  std::uint8_t* byte = dmi.get_dmi_ptr() + (address - dmi.get_start_address());
  std::uint8_t& golden = golden_[window.memory].at(address - window.base + window.offset);
  check("S5", *byte == golden, fmt::format("DMI shows {:#04x} at {:#x}, expected {:#04x}", *byte, address, golden));
  if (dmi.is_write_allowed()) golden = *byte = draw_.byte();  // the next reads by transport must see it

  const Address outside = window.last() + 1;
  if (model_.window_of(outside, 1) != nullptr) return;
  tlm::tlm_dmi other;
  plain(Command::read, outside, buffer_.data() + guard, 4);
  check("S5", !out->get_direct_mem_ptr(unmanaged_, other), "DMI was granted outside");
  unmanaged_.set_data_ptr(nullptr);
}

void Tester::check_reset() {
  if (!options_.reset) return;
  invalidations_.clear();
  options_.reset();
  for (const Window& window : model_.windows) {
    if (!model_.is_memory() || window.dmi != Ability::yes) continue;
    verdict_.checked("M13");
    const bool told = std::any_of(invalidations_.begin(), invalidations_.end(),
                                  [&](const auto& range) { return range.first <= window.base && range.second >= window.last(); });
    check("S5", told, fmt::format("reset did not invalidate DMI of {:#x} to {:#x}", window.base, window.last()));
  }
  for (const auto& [start, end] : invalidations_)
    if (model_.is_memory() && model_.is_strict && start <= end)
      check("S5", model_.window_of(start, end - start + 1) != nullptr,
            fmt::format("an invalidation {:#x} to {:#x} leaves its window", start, end));
  if (model_.abilities.role == Role::registers) compare_reset_values("after a reset");
  if (model_.is_memory()) compare_memory();
}

}  // namespace snnvp::conform
