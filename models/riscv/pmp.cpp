// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/pmp.h>

namespace snnvp::riscv {
namespace {
enum Mode : unsigned { off = 0, tor = 1, na4 = 2, napot = 3 };
}

bool Pmp::allows(std::uint32_t address, std::uint32_t bytes, Access access, bool machine) const {
  if (active_ == 0) return machine || entries_ == 0;
  const std::uint64_t first = address, end = first + bytes;
  for (unsigned i = 0; i < entries_; ++i) {
    const Range& r = ranges_[i];
    if (first >= r.end || end <= r.first) continue;
    if (first < r.first || end > r.end) return false;
    if (machine && !is_locked(i)) return true;
    const unsigned needed = access == Access::read ? 1 : access == Access::write ? 2 : 4;
    return (config_[i] & needed) != 0;
  }
  return machine;
}

bool Pmp::is_uniform(std::uint32_t address, std::uint32_t bytes) const {
  const std::uint64_t first = address, end = first + bytes;
  for (unsigned i = 0; i < entries_; ++i) {
    const Range& r = ranges_[i];
    if (first >= r.end || end <= r.first) continue;
    return first >= r.first && end <= r.end;
  }
  return true;
}

std::uint32_t Pmp::config(unsigned word) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i)
    if (word * 4 + i < entries_) value |= std::uint32_t{config_[word * 4 + i]} << (8 * i);
  return value;
}

bool Pmp::set_config(unsigned word, std::uint32_t value) {
  bool changed = false;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned entry = word * 4 + i;
    if (entry >= entries_ || is_locked(entry)) continue;
    const auto byte = static_cast<std::uint8_t>(value >> (8 * i) & 0x9F);
    if ((byte & 3) == 2) continue;  // writable but not readable is reserved
    changed |= config_[entry] != byte;
    config_[entry] = byte;
  }
  if (changed) refresh();
  return changed;
}

bool Pmp::set_address(unsigned entry, std::uint32_t value) {
  if (entry >= entries_ || is_locked(entry)) return false;
  const bool next_is_locked_tor = entry + 1 < entries_ && is_locked(entry + 1) && (config_[entry + 1] >> 3 & 3) == tor;
  if (next_is_locked_tor || address_[entry] == value) return false;
  address_[entry] = value;
  refresh();
  return true;
}

void Pmp::reset() {
  config_.fill(0);
  address_.fill(0);
  refresh();
}

void Pmp::refresh() {
  active_ = 0;
  for (unsigned i = 0; i < entries_; ++i) {
    Range& r = ranges_[i];
    const std::uint64_t here = std::uint64_t{address_[i]} << 2;
    r = {};
    switch (config_[i] >> 3 & 3) {
      case tor: r = {i == 0 ? 0 : std::uint64_t{address_[i - 1]} << 2, here}; break;
      case na4: r = {here, here + 4}; break;
      case napot: {
        const std::uint64_t ones = address_[i] ^ (std::uint64_t{address_[i]} + 1);  // the trailing ones and the zero above them
        const std::uint64_t size = (ones + 1) << 2;
        r.first = here & ~(size - 1);
        r.end = r.first + size;
        break;
      }
      default: continue;
    }
    if (r.end <= r.first)
      r = {};
    else
      ++active_;
  }
}

}  // namespace snnvp::riscv
