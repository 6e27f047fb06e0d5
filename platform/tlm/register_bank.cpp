// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/register_bank.h>

#include <stdexcept>
#include <utility>

namespace snnvp {

RegisterBank::RegisterBank(RegisterMap map)
    : map_(std::move(map)), step_(map_.width / 8), values_(map_.registers.size()), hooks_(map_.registers.size()) {
  if (!map_.registers.empty()) by_word_.assign(map_.registers.back().offset / step_ + 1, -1);
  for (std::size_t i = 0; i < map_.registers.size(); ++i) {
    if (map_.registers[i].count != 1) throw std::logic_error("register bank '" + map_.bank + "' is made of single registers, no arrays");
    by_word_[map_.registers[i].offset / step_] = static_cast<int>(i);
    values_[i] = map_.registers[i].reset;
  }
}

TargetPort::Options RegisterBank::port_options() const {
  TargetPort::Options options;
  options.size = map_.size;
  options.min_access = step_;
  options.max_access = map_.max_access;
  options.split_bursts = map_.max_access > step_;
  options.aligned_only = true;
  options.byte_enables = false;
  options.streaming = false;
  return options;
}

unsigned RegisterBank::index(const std::string& name) const {
  for (std::size_t i = 0; i < map_.registers.size(); ++i)
    if (map_.registers[i].name == name) return static_cast<unsigned>(i);
  throw std::logic_error("register bank '" + map_.bank + "' describes no register '" + name + "'");
}

void RegisterBank::on_read(const std::string& name, ReadHandler handler, PeekHandler peek) {
  Hooks& hooks = hooks_[index(name)];
  hooks.read = std::move(handler);
  hooks.peek = std::move(peek);
}

void RegisterBank::on_write(const std::string& name, WriteHandler handler) { hooks_[index(name)].write = std::move(handler); }

void RegisterBank::counter64(const std::string& lo, const std::string& hi, std::function<std::uint64_t()> counter) {
  const unsigned high = index(hi);
  on_read(
      lo,
      [this, high, counter](sc_core::sc_time&) {
        const std::uint64_t value = counter();
        set(high, static_cast<std::uint32_t>(value >> 32));
        return static_cast<std::uint32_t>(value);
      },
      [counter] { return static_cast<std::uint32_t>(counter()); });
}

void RegisterBank::reset() {
  for (std::size_t i = 0; i < map_.registers.size(); ++i) values_[i] = map_.registers[i].reset;
  update(sc_core::SC_ZERO_TIME);
}

int RegisterBank::slot(Address address) const {
  const Address word = address / step_;
  return word < by_word_.size() ? by_word_[word] : -1;
}

bool RegisterBank::covers(Address address, Bytes length) const {
  for (Address word = address / step_; word <= (address + length - 1) / step_; ++word)
    if (slot(word * step_) < 0) return false;
  return true;
}

bool RegisterBank::allows(tlm::tlm_command command, Address address, Bytes length) const {
  for (Address word = address / step_; word <= (address + length - 1) / step_; ++word) {
    const RegisterAccess access = map_.registers[static_cast<std::size_t>(slot(word * step_))].access;
    const bool refused =
        command == tlm::TLM_READ_COMMAND ? access == RegisterAccess::wo : access == RegisterAccess::ro || access == RegisterAccess::rc;
    if (refused) return false;
  }
  return true;
}

std::uint32_t RegisterBank::load(std::size_t i, sc_core::sc_time& delay) {
  const RegisterSpec& spec = map_.registers[i];
  const bool is_cleared = spec.access == RegisterAccess::rc;
  const std::uint32_t value = hooks_[i].read ? hooks_[i].read(delay) & spec.mask : values_[i];
  if (is_cleared) values_[i] = 0;
  if (is_cleared || hooks_[i].read) update(delay);
  return value;
}

bool RegisterBank::read(Address address, std::uint8_t* data, Bytes, sc_core::sc_time& delay) {
  const std::uint32_t value = load(static_cast<std::size_t>(slot(address)), delay);
  for (Bytes b = 0; b < step_; ++b) data[b] = static_cast<std::uint8_t>(value >> (8 * b));
  return true;
}

WordResult RegisterBank::read_word(Address address, Bytes, std::uint32_t& value, sc_core::sc_time& delay) {
  const int at = slot(address);
  if (at < 0) return WordResult::refused;
  const auto i = static_cast<std::size_t>(at);
  const RegisterAccess access = map_.registers[i].access;
  if (access == RegisterAccess::wo) return WordResult::refused;
  delay += access_time_;
  if (!hooks_[i].read && access != RegisterAccess::rc) return value = values_[i], WordResult::quiet;
  value = load(i, delay);
  return WordResult::done;
}

bool RegisterBank::write(Address address, const std::uint8_t* data, Bytes, sc_core::sc_time& delay) {
  std::uint32_t value = 0;
  for (Bytes b = 0; b < step_; ++b) value |= static_cast<std::uint32_t>(data[b]) << (8 * b);
  store(static_cast<std::size_t>(slot(address)), value, delay);
  return true;
}

WordResult RegisterBank::write_word(Address address, Bytes, std::uint32_t value, sc_core::sc_time& delay) {
  const int at = slot(address);
  if (at < 0) return WordResult::refused;
  const auto i = static_cast<std::size_t>(at);
  const RegisterAccess access = map_.registers[i].access;
  if (access == RegisterAccess::ro || access == RegisterAccess::rc) return WordResult::refused;
  delay += access_time_;
  store(i, step_ == 4 ? value : value & ((1u << 8 * step_) - 1), delay);
  return hooks_[i].write || update_ ? WordResult::done : WordResult::quiet;
}

void RegisterBank::store(std::size_t i, std::uint32_t value, sc_core::sc_time& delay) {
  const RegisterSpec& spec = map_.registers[i];
  value &= spec.mask;
  switch (spec.access) {
    case RegisterAccess::w1c: values_[i] &= ~value; break;
    case RegisterAccess::w1s: values_[i] |= value; break;
    default: values_[i] = value;
  }
  if (hooks_[i].write) hooks_[i].write(value, delay);
  update(delay);
}

std::uint32_t RegisterBank::peek(int slot) const {
  const auto i = static_cast<std::size_t>(slot);
  return hooks_[i].peek ? hooks_[i].peek() & map_.registers[i].mask : values_[i];
}

Bytes RegisterBank::debug_read(Address address, std::uint8_t* data, Bytes length) const {
  for (Bytes done = 0; done < length; ++done) {
    const int at = slot(address + done);
    if (at < 0 || map_.registers[static_cast<std::size_t>(at)].access == RegisterAccess::wo) return done;
    data[done] = static_cast<std::uint8_t>(peek(at) >> (8 * ((address + done) % step_)));
  }
  return length;
}

}  // namespace snnvp
