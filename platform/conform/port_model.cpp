// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/port_model.h>

#include <algorithm>

namespace snnvp::conform {
namespace {

using Role = PortAbilities::Role;

}  // namespace

std::string text_of(StatusSet set) {
  static const std::vector<std::pair<Status, const char*>> names{{Status::ok, "OK"},
                                                                 {Status::incomplete, "INCOMPLETE"},
                                                                 {Status::generic, "GENERIC_ERROR"},
                                                                 {Status::address, "ADDRESS_ERROR"},
                                                                 {Status::command, "COMMAND_ERROR"},
                                                                 {Status::burst, "BURST_ERROR"},
                                                                 {Status::byte_enable, "BYTE_ENABLE_ERROR"}};
  std::string text;
  for (const auto& [status, name] : names)
    if (holds(set, status)) text += (text.empty() ? "" : " or ") + std::string(name);
  return text;
}

bool Stimulus::has_disabled_lane() const {
  for (unsigned i = 0; i < length; ++i)
    if (!lane(i)) return true;
  return false;
}

GoldenMemory::GoldenMemory(Bytes size) {
  if (size <= whole) {
    regions_.push_back({0, std::vector<std::uint8_t>(static_cast<std::size_t>(size))});
    return;
  }
  regions_.push_back({0, std::vector<std::uint8_t>(end)});
  regions_.push_back({size - end, std::vector<std::uint8_t>(end)});
}

const Window* PortModel::window_of(Address address, Bytes span) const {
  const auto found = std::find_if(windows.begin(), windows.end(), [&](const Window& w) { return w.covers(address, span); });
  return found == windows.end() ? nullptr : &*found;
}

const RegisterSpec* PortModel::register_at(Address address) const {
  const auto found = std::find_if(registers.begin(), registers.end(), [&](const RegisterSpec& r) {
    if (r.stride == 0) return address >= r.offset && address < r.offset + register_bytes;
    if (address < r.offset || address >= r.offset + Address{r.stride} * r.count) return false;
    return (address - r.offset) % r.stride < register_bytes;
  });
  return found == registers.end() ? nullptr : &*found;
}

/// T2.
bool PortModel::is_hole(const Stimulus& s) const {
  if (abilities.role == Role::packets && abilities.only_address_0) return s.address != 0;
  if (windows.empty()) return false;
  if (window_of(s.address, s.span()) == nullptr) return true;
  if (abilities.role != Role::registers || registers.empty()) return false;
  for (Bytes i = 0; i < s.span(); ++i)
    if (register_at(s.address + i) == nullptr) return true;
  return false;
}

bool PortModel::is_array(const Stimulus& s) const {
  for (Bytes i = 0; i < s.span(); ++i)
    if (const RegisterSpec* r = registers.empty() ? nullptr : register_at(s.address + i); r != nullptr && r->count > 1) return true;
  return false;
}

/// T3.
bool PortModel::is_forbidden(const Stimulus& s) const {
  if (abilities.role == Role::packets) return s.command != Command::write;
  if (is_memory() && s.command == Command::write && !read_only.empty()) {
    const Window* window = window_of(s.address, s.span());
    if (window == nullptr || window->memory != 0) return false;
    const Address start = s.address - window->base + window->offset;
    for (Bytes i = 0; i < s.span(); ++i)
      if (read_only[static_cast<std::size_t>(start + i)]) return true;
  }
  if (abilities.role != Role::registers) return false;
  for (Bytes i = 0; i < s.span(); ++i) {
    const RegisterSpec* r = register_at(s.address + i);
    if (r == nullptr) continue;
    if (s.command == Command::read ? r->access == RegisterAccess::wo : r->access == RegisterAccess::ro || r->access == RegisterAccess::rc)
      return true;
  }
  return false;
}

/// The rest of T5.
bool PortModel::is_bad_size(const Stimulus& s) const {
  const Bytes least = abilities.min_access;
  if (s.length < least || s.length > abilities.max_access) return true;
  const bool splits = abilities.role == Role::registers && abilities.max_access > least;
  if (splits && s.length % least != 0) return true;
  if (!abilities.aligned_only) return false;
  const Bytes alignment = splits ? least : (s.length & (~s.length + 1));
  return s.address % alignment != 0;
}

StatusSet PortModel::faults(const Stimulus& s) const {
  StatusSet found = 0;
  const auto add = [&](bool is_wrong, Status status) {
    if (is_wrong && (!is_strict || found == 0)) found |= only(status);
  };
  add(s.is_malformed(), Status::generic);
  if (s.is_malformed()) return found;
  add(is_hole(s), Status::address);
  add(is_forbidden(s), Status::command);
  add(abilities.byte_enables == Ability::no && s.has_disabled_lane(), Status::byte_enable);
  add(abilities.streaming == Ability::no && s.span() < s.length, Status::burst);
  add(is_bad_size(s), Status::burst);
  return found;
}

StatusSet PortModel::predict(const Stimulus& s) const {
  const StatusSet generic = only(Status::generic);
  const StatusSet any_error = generic | only(Status::address) | only(Status::command) | only(Status::burst) | only(Status::byte_enable);
  if (abilities.is_wide_first && s.length > register_bytes && !s.is_malformed() && s.command != Command::ignore)
    return only(Status::ok) | any_error;
  if (s.command == Command::ignore) return is_strict ? only(Status::ok) : only(Status::ok) | any_error;
  StatusSet found = faults(s);
  // How many elements an array has may depend on the block's parameters.
  if (is_array(s)) found |= only(Status::address) | (found == 0 ? only(Status::ok) | generic : 0);
  if (is_strict && found != 0) return found;
  // A register bank may refuse what its description cannot say, a packet may be none that the block understands.
  const bool may_fail = abilities.role == Role::registers || abilities.role == Role::packets;
  if (is_strict) return may_fail ? only(Status::ok) | generic : only(Status::ok);
  // A foreign bank may as well ignore a write to what is read only, and read something where nothing is to be read.
  const bool may_ignore = abilities.role == Role::registers && found == only(Status::command);
  if (found != 0) return found | any_error | (may_ignore ? only(Status::ok) : 0);
  found = only(Status::ok);
  if (abilities.byte_enables == Ability::unstated && !s.enables.empty()) found |= only(Status::byte_enable) | generic;
  if (abilities.streaming == Ability::unstated && s.span() < s.length) found |= only(Status::burst) | generic;
  if (abilities.role == Role::unstated || may_fail) found |= any_error;
  return found;
}

void PortModel::apply(const Stimulus& s, std::uint8_t* data, Golden& golden) const {
  const Window& window = *window_of(s.address, s.span());
  GoldenMemory& memory = golden[window.memory];
  const Address start = s.address - window.base + window.offset;
  for (unsigned i = 0; i < s.length; ++i) {
    if (!s.lane(i)) continue;
    std::uint8_t& byte = memory.at(start + i % s.span());
    if (s.command == Command::write)
      byte = data[i];
    else
      data[i] = byte;
  }
}

}  // namespace snnvp::conform
